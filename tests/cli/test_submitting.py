from __future__ import annotations

import os
from pathlib import Path

import pytest

from detente.cli.setting import Setting
from detente.cli.submitting import submit_now
from detente.errors import Refused
from tests.cli.typed import LINE, NORTH, PASSPHRASE, founded


@pytest.mark.parametrize(
    "name, what", [(None, "no witness has an address"), ("x/w", "no witness 'x/w' with an address")]
)
def test_without_a_witness_there_is_nothing_to_show(
    name: str | None, what: str, tmp_path: Path
) -> None:
    folder = founded(tmp_path).actors[NORTH].folder
    read, write = os.pipe()
    os.write(write, PASSPHRASE)
    os.close(write)
    try:
        with pytest.raises(Refused, match=what):
            submit_now(Setting(directory=folder, passphrase_fd=read), LINE, name)
    finally:
        os.close(read)


def test_a_running_station_shows_its_checkpoints_itself(tmp_path: Path) -> None:
    with founded(tmp_path) as stage:
        stage.start(NORTH)
        with pytest.raises(Refused, match="shows its checkpoints itself"):
            submit_now(Setting(directory=stage.actors[NORTH].folder), LINE, None)
