"""`detente statistics`: a table, a plot, and a file, with what was agreed and nothing else."""

from __future__ import annotations

from pathlib import Path

import msgspec

from detente.cli.stage import Stage, exercise
from tests.cli.talking import form, talking
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente


def test_the_table_and_its_file(tmp_path: Path) -> None:
    with talking(tmp_path / "stage") as stage:
        folder = stage.actors[NORTH].folder
        leaf = form(stage, NORTH, "question", "asks=purpose", "about=exercise")
        answer("ack", LINE, leaf, "--yes", folder=stage.actors[SOUTH].folder)
        stage.wait_quiet()
        path = tmp_path / "figures.csv"
        found = answer("statistics", LINE, "--csv", path, folder=folder)
        assert [each["party"] for each in found["months"]] == [NORTH, SOUTH]
        assert found["months"][1]["acknowledged"] == 1
        head, *rows = path.read_text().splitlines()
        assert head.startswith("month,party,tests_held,tests_missed,acknowledged,")
        assert len(rows) == 2
        out = detente("statistics", LINE, folder=folder).out
        assert "acknowledged_late" in out


def test_only_what_was_agreed_is_shown(tmp_path: Path) -> None:
    stage = Stage(tmp_path, (NORTH, SOUTH))
    stage.found(msgspec.structs.replace(exercise(stage.cards()), statistics=("tests",)))
    with stage:
        folder = stage.actors[NORTH].folder
        answer("open", LINE, "duty", folder=folder)
        out = detente("statistics", LINE, folder=folder).out
        assert "tests_held       tests_missed" in out
        assert "acknowledged" not in out
