"""`detente backup`, `recover` and its drill: real processes, a real disk that is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.cli.exits import Exit
from tests.cli.talking import form, talking
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error


def test_the_drill_loses_a_disk_and_nothing_else() -> None:
    typed = detente("recover", "--drill")
    assert typed.code == Exit.OK, typed
    assert "EXERCISE: the disk was lost, the backup put back, and 13 leaves were there" in typed.out


@pytest.mark.covers(14)
def test_a_station_moves_to_another_folder_and_goes_on(tmp_path: Path) -> None:
    """A second site: the backup, and the signer's log, which is moved and never copied."""
    with talking(tmp_path / "stage") as stage:
        north = stage.actors[NORTH]
        file = tmp_path / "backup.tar"
        made = answer("backup", file, folder=north.folder)
        assert made["files"] > 4
        leaf = form(stage, SOUTH, "information", "about=line")
        running = error("recover", file, folder=north.folder)
        assert "the station is running" in running["what"]
        stage.stop(NORTH)
        second = tmp_path / "second"
        place = second / "lines" / LINE
        place.mkdir(parents=True)
        (north.place / "signer.log").rename(place / "signer.log")
        found = answer("recover", file, folder=second)
        assert (found["lost_signers"], found["folder"]) == ([], str(second))
        north.folder = second
        stage.start(NORTH)
        stage.wait_quiet()
        assert answer("show", LINE, leaf, folder=second)["mark"] == "regular"
        assert form(stage, NORTH, "information", "about=line")


def test_a_lost_signer_is_said_at_once(tmp_path: Path) -> None:
    with talking(tmp_path / "stage") as stage:
        file = tmp_path / "backup.tar"
        answer("backup", file, folder=stage.actors[NORTH].folder)
    found = detente("recover", file, folder=tmp_path / "new")
    assert f"THE SIGNER OF lines/{LINE} IS LOST: do not start it" in found.out
    assert detente("recover", folder=tmp_path).code == Exit.USAGE
