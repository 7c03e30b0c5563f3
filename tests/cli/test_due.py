"""`detente due` on a running line: what is owed, what is late, and whose silence it is."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from detente.cli.stage import Stage
from tests.cli.talking import form, talking
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with talking(tmp_path_factory.mktemp("running")) as stage:
        yield stage


def owed(stage: Stage, party: str, leaf: str) -> list[tuple[str, str]]:
    (line,) = answer("due", LINE, folder=stage.actors[party].folder)["lines"]
    return [(each["duty"], each["owes"]) for each in line["due"] if each["leaf"] == leaf]


@pytest.mark.covers(31, 36)
def test_both_see_who_owes_and_a_persons_word_ends_it(stage: Stage) -> None:
    leaf = form(stage, NORTH, "question", "asks=purpose", "about=exercise")
    for party in (NORTH, SOUTH):
        assert owed(stage, party, leaf) == [("acknowledge", SOUTH), ("answer", SOUTH)]
    answer("answer", LINE, leaf, "--standby", "--yes", folder=stage.actors[SOUTH].folder)
    stage.wait_quiet()
    for party in (NORTH, SOUTH):
        assert owed(stage, party, leaf) == [("answer", SOUTH)]
    form(stage, SOUTH, "answer", "result=explained", "inquiry=finished", more=("--reply", leaf))
    assert owed(stage, NORTH, leaf) == []


def test_the_screen_says_whose_it_is_and_what_to_do_next(stage: Stage) -> None:
    slots = ("event=fire", "time=now", "danger=over")
    leaf = form(stage, NORTH, "accident", *slots)
    end = time.monotonic() + 40  # its clock is ten seconds on this exercise
    while "OVERDUE" not in (out := detente("due", folder=stage.actors[NORTH].folder).out):
        assert time.monotonic() < end, out
        time.sleep(0.5)
    assert f"{SOUTH} owes us: acknowledge" in out
    assert "next: say it again" in out
    theirs = detente("due", LINE, folder=stage.actors[SOUTH].folder).out
    assert f"WE OWE {NORTH}: acknowledge {leaf[:8]}" in theirs


@pytest.mark.covers(1, 2)
def test_whose_turn_it_is_to_test_the_line_is_told_to_both(stage: Stage) -> None:
    def tests(party: str) -> list[dict[str, Any]]:
        (line,) = answer("due", LINE, folder=stage.actors[party].folder)["lines"]
        return [each for each in line["due"] if each["duty"] == "test"]

    end = time.monotonic() + 60  # a turn is thirty seconds on this exercise
    while not (owed := tests(NORTH)):
        assert time.monotonic() < end
        time.sleep(0.5)
    assert tests(SOUTH) == owed
    who = owed[0]["owes"]
    answer("test-line", LINE, folder=stage.actors[who].folder)
    assert owed[0] not in tests(NORTH)


def test_what_has_not_arrived_is_shown_as_that(stage: Stage) -> None:
    stage.stop(SOUTH)
    folder = stage.actors[NORTH].folder
    draft = answer(
        "draft", LINE, "--form", "information", "--set", "about=line", "--channel", "duty",
        folder=folder,
    )["draft"]  # fmt: skip
    leaf = answer("release", draft, folder=folder)["leaf"]
    out = detente("due", LINE, folder=folder).out
    assert f"acknowledge {leaf[:8]}" in out
    assert "NOT ARRIVED: no person there can have seen it" in out
    stage.start(SOUTH)
    stage.wait_quiet()
