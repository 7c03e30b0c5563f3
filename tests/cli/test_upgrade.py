"""A line moves to the next vocabulary when both have it, and both agree."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from detente.cli.stage import Stage, exercise
from detente.line.accord import Channel
from detente.line.canonical import encode
from tests.cli.talking import form, shown
from tests.cli.typed import LINE, NORTH, SOUTH, answer, error

OLD = (Channel(name="duty", title="Duty officers"), Channel(name="high-level", title="Chiefs"))


@pytest.mark.covers(92)
def test_a_line_moves_to_the_next_vocabulary_when_both_agree(tmp_path: Path) -> None:
    stage = Stage(tmp_path, (NORTH, SOUTH))
    new = exercise(stage.cards())
    old = msgspec.structs.replace(new, vocabulary=2, channels=OLD)
    stage.found(old)
    with stage:
        north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
        for party in (NORTH, SOUTH):
            stage.start(party)
            for channel in ("duty", "high-level"):
                answer("open", LINE, channel, folder=stage.actors[party].folder)
        stage.wait_quiet()
        matter = form(stage, NORTH, "question", "asks=purpose", "about=exercise")
        up = ("raise", LINE, matter, "--channel", "high-level", "--reason", "no answer", "--yes")
        assert "no act 'raise'" in error(*up, folder=north)["what"]
        path = tmp_path / "next.accord.json"
        path.write_bytes(encode(new))
        amend = answer("amend", LINE, path, "--yes", folder=north)["leaf"]
        stage.wait_quiet()
        assert answer("status", LINE, folder=south)["lines"][0]["vocabulary"] == 2
        answer("agree", LINE, amend, "--yes", folder=south)
        stage.wait_quiet()
        for folder in (north, south):
            assert answer("status", LINE, folder=folder)["lines"][0]["vocabulary"] == 3
        leaf = answer(*up, folder=north)["leaf"]
        stage.wait_quiet()
        assert shown(stage, SOUTH, leaf)["act"] == "raise"
