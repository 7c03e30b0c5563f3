"""A station as a whole: how it starts and stops, and that one line's trouble is not another's."""

from __future__ import annotations

import asyncio
import json
import resource
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from detente.cli.stage import (
    CHEAP,
    LINE,
    PASSPHRASE,
    Stage,
    end,
    exercise,
    free_port,
    launch,
    wait,
)
from detente.errors import Refused, Unreachable
from detente.line.canonical import encode
from detente.line.message import Content, Precedence
from detente.station.config import load_config
from detente.station.founding import join, make_card
from detente.station.orders import List, Say, Show, Status
from detente.station.station import Station
from detente.station.views import Box
from detente.tlog.hash import leaf_hash
from tests.station.living import (
    NORTHLAND,
    SOUTHMARK,
    circuit,
    founded,
    heard,
    logged,
    notify,
    running,
    until,
)

PAIR = (NORTHLAND, SOUTHMARK)
SECOND = "second"
FILE_BYTES = 1 << 20  # each file of a station on the full disk may have so many


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Stage]:
    with founded(tmp_path, PAIR) as stage:
        yield stage


def log_of(stage: Stage, party: str) -> str:
    return (stage.actors[party].folder / "serve.log").read_text()


# -- starting and stopping -------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_cleanly_though_somebody_waits_for_an_answer(
    pair: Stage, number: signal.Signals
) -> None:
    pair.start(NORTHLAND)
    leaf = said(pair, LINE, "before the end")["leaf"]
    actor = pair.actors[NORTHLAND]
    with socket.socket(socket.AF_UNIX) as patient:
        patient.connect(str(actor.folder / "control.sock"))
        order = {"do": "wait", "line": LINE, "leaf": leaf, "timeout_ms": 600_000}
        patient.sendall(json.dumps(order).encode() + b"\n")
        process = actor.process
        assert process is not None
        process.send_signal(number)
        assert process.wait(20) == 0
        with suppress(ConnectionResetError):
            assert patient.recv(1) == b""
    assert not (actor.folder / "control.sock").exists()
    assert "Traceback" not in log_of(pair, NORTHLAND)
    pair.start(NORTHLAND)
    assert [message["leaf"] for message in pair.messages(NORTHLAND)] == [leaf]


async def test_a_second_station_of_one_folder_is_refused(pair: Stage) -> None:
    config = load_config(pair.actors[NORTHLAND].folder)
    async with running(pair, NORTHLAND):
        with pytest.raises(Refused, match="another process holds this signer"):
            Station(config, PASSPHRASE)


async def test_where_it_cannot_listen_it_says_so_dials_and_tries_again(
    pair: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    actor, started = pair.actors[NORTHLAND], asyncio.Event()
    async with running(pair, SOUTHMARK) as south:
        with socket.create_server(("127.0.0.1", actor.port)):
            station = Station(load_config(actor.folder), PASSPHRASE)
            task = asyncio.create_task(station.run(started.set))
            await logged(caplog, "demo: nobody can dial us")
            await logged(caplog, "alarm: demo: listen: ")
            await heard(south, await notify(station, "we can still speak"))
            (fault,) = station.office._status(LINE)["faults"]
            assert "Address already in use" in fault
            assert not started.is_set()
        await until(started.is_set, "it does not try again")
        assert station.office._status(LINE)["faults"] == []
        task.cancel()
        await asyncio.wait([task])
        station.close()


async def test_strangers_do_not_fill_the_log(pair: Stage, caplog: pytest.LogCaptureFixture) -> None:
    async with running(pair, NORTHLAND) as north:
        for _ in range(200):
            _, writer = await asyncio.open_connection("127.0.0.1", pair.actors[NORTHLAND].port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            writer.close()
        async with running(pair, SOUTHMARK) as south:
            await heard(south, await notify(north, "to those we know"))
    assert 0 < sum("127.0.0.1:" in m and "offered" in m for m in caplog.messages) <= 21


# -- a lost database -------------------------------------------------------------------------------


def test_a_station_that_lost_its_database_gets_everything_back(pair: Stage) -> None:
    for party in PAIR:
        pair.start(party)
    leaf = said(pair, LINE, "before the disk died")["leaf"]
    pair.wait_receipt(NORTHLAND, leaf, [SOUTHMARK])
    actor = pair.actors[NORTHLAND]
    serve = ["--dir", str(actor.folder), "serve", "--lost-database", LINE]
    pair.stop(NORTHLAND)
    assert run_to_its_end(serve, actor.folder / "refused.log") == 3
    assert "the database is there" in (actor.folder / "refused.log").read_text()
    for path in actor.place.glob("journal.db*"):
        path.unlink()
    actor.process = launch(serve, actor.folder / "serve.log")
    wait(lambda: answers(pair, NORTHLAND), "it does not start")
    wait(lambda: [m["leaf"] for m in pair.messages(NORTHLAND)] == [leaf], "it is not back")
    pair.wait_receipt(NORTHLAND, said(pair, LINE, "and on")["leaf"], [SOUTHMARK])


def run_to_its_end(args: list[str], log: Path) -> int:
    process = launch(args, log)
    try:
        return process.wait(20)
    finally:
        end(process, signal.SIGKILL)


def answers(stage: Stage, party: str) -> bool:
    process: subprocess.Popen[bytes] | None = stage.actors[party].process
    assert process is not None
    assert process.poll() is None, log_of(stage, party)
    stage.ask(party, Status())
    return True


# -- two lines -------------------------------------------------------------------------------------


def add_line(stage: Stage) -> None:
    """A second line between the same parties."""
    cards = [make_card(a.folder, a.party, SECOND, PASSPHRASE, CHEAP) for a in stage.actors.values()]
    terms, ports = encode(exercise(cards)), {party: free_port() for party in stage.actors}
    for actor in stage.actors.values():
        join(actor.folder, actor.party, SECOND, terms)
        lines = [f"\n[line.{SECOND}]", f'listen = "127.0.0.1:{ports[actor.party]}"']
        lines.append(f"[line.{SECOND}.addresses]")
        lines += [f'{p} = ["127.0.0.1:{ports[p]}"]' for p in stage.actors if p != actor.party]
        with (actor.folder / "detente.toml").open("a") as file:
            file.write("\n".join(lines) + "\n")


def said(stage: Stage, line: str, text: str, precedence: Precedence = Precedence.FLASH) -> Any:
    """Have Northland say on a line what is safety of life."""
    place = stage.actors[NORTHLAND].folder / "lines" / line / "accord.json"
    content = Content(
        act="notify", author=NORTHLAND, body={"kind": "search_and_rescue", "text": text},
        channel="duty", line=leaf_hash(place.read_bytes()).hex(), precedence=precedence,
        salt=leaf_hash(text.encode()).hex()[:32],
    )  # fmt: skip
    return stage.ask(NORTHLAND, Say(line, encode(content), ("duty officer",)))


def fill(stage: Stage) -> Unreachable:
    """Say more on the first line than its files may hold; what the last was answered with."""
    for number in range(1_000):
        try:
            said(stage, LINE, f"{number} {'a long notice ' * 130}", Precedence.ROUTINE)
        except Unreachable as error:
            return error
    raise AssertionError("the disk is never full")


def test_a_full_disk_under_one_line_does_not_touch_the_other(pair: Stage) -> None:
    """Files may have a certain length only, so that line is full on which much is said."""
    add_line(pair)
    for party in PAIR:
        pair.start(party)
    first = said(pair, LINE, "the first")["leaf"]
    pair.wait_receipt(NORTHLAND, first, [SOUTHMARK])
    process = pair.actors[NORTHLAND].process
    assert process is not None
    _, hard = resource.prlimit(process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (FILE_BYTES, hard))
    error = fill(pair)
    assert "disk" in str(error)
    recorded = [message["leaf"] for message in messages(pair, LINE)]
    assert first in recorded
    other = said(pair, SECOND, "the other line goes on")["leaf"]
    wait(lambda: heard_by(pair, SECOND, other) == [SOUTHMARK], "it does not")
    status = {each["line"]: each for each in pair.ask(NORTHLAND, Status())["lines"]}
    assert any("disk" in fault for fault in faults(status[LINE]))
    assert faults(status[SECOND]) == []
    assert "alarm: demo: store: " in log_of(pair, NORTHLAND)
    resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (hard, hard))
    last = said(pair, LINE, "there is room again")["leaf"]
    wait(lambda: heard_by(pair, LINE, last) == [SOUTHMARK], "it is not heard")
    wait(lambda: faults(pair.status(NORTHLAND)) == [], "the fault is still shown")
    assert [message["leaf"] for message in messages(pair, LINE)] == [*recorded, last]
    assert "Traceback" not in log_of(pair, NORTHLAND)


def faults(status: Any) -> list[str]:
    return [*status["faults"], *([status["trouble"]] if status["trouble"] else [])]


def messages(stage: Stage, line: str) -> Any:
    return stage.ask(NORTHLAND, List(line, Box.ALL, 10_000))["messages"]


def heard_by(stage: Stage, line: str, leaf: str) -> Any:
    return stage.ask(NORTHLAND, Show(line, leaf))["heard_by"]


@pytest.mark.covers(67)
async def test_the_status_shows_the_disk_and_the_other_clock(pair: Stage) -> None:
    async with running(pair, NORTHLAND) as north, running(pair, SOUTHMARK):
        offsets = circuit(north).offsets
        await until(lambda: SOUTHMARK in offsets, "no heartbeat")
        (line,) = (await north.office.answer(Status()))["lines"]
        assert line["disk_free_bytes"] > 0
        assert abs(line["technical"][SOUTHMARK]["clock_offset_ms"]) < 60_000
