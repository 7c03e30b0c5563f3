from __future__ import annotations

from pathlib import Path

import pytest

from detente.cli.stage import LINE, PASSPHRASE
from detente.errors import Refused
from detente.station.config import load_config
from detente.station.offline import offline_office
from detente.station.orders import List
from detente.station.station import Station
from detente.station.views import Box
from detente.tlog.hash import Hash
from tests.station.living import NORTHLAND, SOUTHMARK, founded, heard, receipted, running
from tests.station.test_orders import say
from tests.station.test_station import SECOND, add_line


@pytest.mark.covers(9)
async def test_what_is_said_without_a_station_travels_when_it_runs(tmp_path: Path) -> None:
    stage = founded(tmp_path, (NORTHLAND, SOUTHMARK))
    config = load_config(stage.actors[NORTHLAND].folder)
    with offline_office(config, PASSPHRASE) as office:
        leaf = Hash(bytes.fromhex((await office.answer(say(office)))["leaf"]))
    async with running(stage, SOUTHMARK) as southmark, running(stage, NORTHLAND) as us:
        await heard(southmark, leaf)
        await receipted(us, leaf, SOUTHMARK)
    with offline_office(config, PASSPHRASE) as office:
        (message,) = (await office.answer(List(LINE, Box.ALL)))["messages"]
    assert message["heard_by"] == [SOUTHMARK]


def test_no_station_starts_meanwhile(tmp_path: Path) -> None:
    stage = founded(tmp_path, (NORTHLAND, SOUTHMARK))
    config = load_config(stage.actors[NORTHLAND].folder)
    with (
        offline_office(config, PASSPHRASE),
        pytest.raises(Refused, match="another process holds this signer"),
    ):
        Station(config, PASSPHRASE)
    Station(config, PASSPHRASE).close()


async def test_no_files_are_used_while_a_station_runs(tmp_path: Path) -> None:
    stage = founded(tmp_path, (NORTHLAND, SOUTHMARK))
    config = load_config(stage.actors[NORTHLAND].folder)
    async with running(stage, NORTHLAND):
        with (
            pytest.raises(Refused, match="another process holds this signer"),
            offline_office(config, PASSPHRASE),
        ):
            pass


async def test_a_line_that_cannot_be_opened_does_not_hide_the_others(tmp_path: Path) -> None:
    stage = founded(tmp_path, (NORTHLAND, SOUTHMARK))
    add_line(stage)
    actor = stage.actors[NORTHLAND]
    (actor.folder / "lines" / SECOND / "signer.log").unlink()
    config = load_config(actor.folder)
    with (
        pytest.raises(Refused, match="the signer has been lost"),
        offline_office(config, PASSPHRASE),
    ):
        pass
    with offline_office(config, PASSPHRASE, LINE) as office:
        assert (await office.answer(List(LINE, Box.ALL)))["messages"] == []
    async with running(stage, NORTHLAND) as north:
        assert set(north.circuits) == {LINE}
        assert "signer.log" in str(north.broken[SECOND])
