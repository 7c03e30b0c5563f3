"""A challenge over another path: who has the keys makes the words, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detente.cli.exits import Exit
from detente.cli.stage import Stage
from tests.cli.talking import talking
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with talking(tmp_path_factory.mktemp("running")) as stage:
        yield stage


@pytest.mark.covers(49)
def test_only_the_other_station_can_make_the_words(stage: Stage) -> None:
    north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
    before = answer("status", LINE, folder=north)["lines"][0]["leaves"]
    number = str(answer("voice", "ask", LINE, SOUTH, folder=north)["number"])
    made = answer("voice", "answer", LINE, NORTH, number, folder=south)["words"]
    heard = " / ".join(made).lower()
    assert answer("voice", "check", LINE, SOUTH, number, heard, folder=north)["right"] is True
    out = detente("voice", "check", LINE, SOUTH, number, heard, folder=north).out
    assert "RIGHT: whoever speaks sits beside the station of southmark." in out
    assert "Whatever is said by voice changes nothing" in out
    assert answer("status", LINE, folder=north)["lines"][0]["leaves"] == before


def test_other_numbers_other_directions_and_guesses_are_wrong(stage: Stage) -> None:
    north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
    right = answer("voice", "answer", LINE, NORTH, "123456", folder=south)["words"]
    turned = answer("voice", "answer", LINE, SOUTH, "123456", folder=north)["words"]
    assert right != turned  # what he asks you, you cannot ask him
    other = answer("voice", "answer", LINE, NORTH, "123457", folder=south)["words"]
    for words in (turned, other, [*right, "ALFA"], right[:1], ["ALFA BRAVO"], [""]):
        typed = detente("voice", "check", LINE, SOUTH, "123456", " ".join(words), folder=north)
        assert typed.code == Exit.FINDINGS, words
        assert "WRONG: nothing shows that this is southmark" in typed.out


def test_who_is_no_party_makes_no_words(stage: Stage) -> None:
    folder = stage.actors[NORTH].folder
    for party in ("westmere", NORTH):
        assert "no other party" in error("voice", "ask", LINE, party, folder=folder)["what"]
        found = error("voice", "answer", LINE, party, "1", folder=folder)
        assert "is no other party of this line" in found["what"]
        assert found["mend"] == f"one of {SOUTH}"
