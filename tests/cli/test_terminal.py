"""An officer at a real terminal: asked slot by slot, told why, shown what is confirmed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detente.cli.exits import Exit
from detente.cli.stage import Stage
from tests.cli.talking import talking
from tests.cli.terminal import Terminal
from tests.cli.typed import LINE, NORTH, SOUTH, answer


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with talking(tmp_path_factory.mktemp("running")) as stage:
        yield stage


def test_a_form_is_asked_for_slot_by_slot_and_a_wrong_answer_is_told_why(stage: Stage) -> None:
    folder = stage.actors[NORTH].folder
    with Terminal(folder, "draft", LINE, "--form", "exercise", "--channel", "duty") as terminal:
        terminal.waits_for("activity (command_post, field")
        terminal.types("war")
        terminal.waits_for("slots.activity: 'war' is no word of it")
        terminal.waits_for("activity (command_post, field")
        terminal.types("naval")
        terminal.waits_for("designation")
        terminal.types("")
        terminal.waits_for("area (")
        terminal.types("north_sea")
        terminal.waits_for("window (")
        terminal.types("+3d to +2d")
        terminal.waits_for("it ends before it begins")
        terminal.types("+2d to +3d")
        for _ in ("troops", "craft", "treaty"):
            terminal.waits_for(", or nothing")
            terminal.types("")
        terminal.waits_for("Notice 2: exercise")
        terminal.waits_for("Area: the North Sea.")
        assert terminal.ends() == Exit.OK
    (draft,) = answer("outbox", LINE, folder=folder)["drafts"]
    assert draft["text"].startswith("Notice 2: exercise\n")


def test_whoever_breaks_off_is_told_what_was_typed(stage: Stage) -> None:
    folder = stage.actors[NORTH].folder
    with Terminal(folder, "draft", LINE, "--form", "launch", "--channel", "duty") as terminal:
        terminal.waits_for("launched (")
        terminal.types("sounding_rocket")
        terminal.waits_for("launch_area (")
        terminal.types("circle 44N 31E 60km")
        terminal.waits_for("impact_area (")
        terminal.types("")
        terminal.waits_for("window (")
        terminal.breaks_off()
        terminal.waits_for(
            "Typed so far: --set launched=sounding_rocket --set 'launch_area=circle 44N 31E 60km'"
        )
        assert terminal.ends() == Exit.INTERRUPTED


def test_a_first_notice_is_two_keystrokes_and_one_deliberate_act(stage: Stage) -> None:
    with Terminal(stage.actors[NORTH].folder, "first", LINE) as terminal:
        terminal.waits_for("Which")
        number = next(
            line.split()[0] for line in terminal.screen.splitlines() if "accident" in line
        )
        terminal.types(number)
        terminal.waits_for("Notice 12: ")
        terminal.waits_for("digest")
        terminal.waits_for("Release it?")
        terminal.types("y")
        terminal.waits_for("released")
        assert terminal.ends() == Exit.OK
    stage.wait_quiet()
    heard = answer("inbox", LINE, folder=stage.actors[SOUTH].folder)["messages"]
    assert heard[-1]["text"].startswith("Notice 12: ")


def test_nobody_says_understood_to_a_position_that_he_was_not_shown_in_words(stage: Stage) -> None:
    slots = ("craft=1 unidentified", "position=59N 27E 1km", "time=now", "trust=good")
    sets = [part for slot in slots for part in ("--set", slot)]
    draft = answer(
        "draft", LINE, "--form", "unknown_track", *sets, "--channel", "duty",
        folder=stage.actors[NORTH].folder,
    )["draft"]  # fmt: skip
    leaf = answer("release", draft, folder=stage.actors[NORTH].folder)["leaf"]
    stage.wait_quiet()
    folder = stage.actors[SOUTH].folder
    with Terminal(folder, "ack", LINE, leaf, "understood") as terminal:
        terminal.waits_for("Question 8: ")
        terminal.waits_for("read back: ")
        terminal.waits_for("Release it?")
        terminal.types("n")
        terminal.waits_for("nothing was released: you said no")
        assert terminal.ends() == Exit.REFUSED
    assert answer("show", LINE, leaf, folder=folder)["replies"] == []
