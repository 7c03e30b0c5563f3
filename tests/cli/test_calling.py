"""Calls between posts, and a matter that goes up, as officers type them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detente.cli.stage import Stage
from tests.cli.talking import form, shown, talking
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with talking(tmp_path_factory.mktemp("running")) as stage:
        for party in (NORTH, SOUTH):
            answer("open", LINE, "high-level", folder=stage.actors[party].folder)
        stage.wait_quiet()
        yield stage


@pytest.mark.covers(3, 4, 5, 10)
def test_a_post_is_called_up_answers_and_has_nothing_to_report(stage: Stage) -> None:
    north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
    call = answer("call", LINE, "opening", folder=north)["leaf"]
    stage.wait_quiet()
    assert shown(stage, SOUTH, call)["text"] == "Call-up: the opening call."
    ready = answer("ready", LINE, call, "--text", "Good morning", "--yes", folder=south)["leaf"]
    test = answer("test-line", LINE, folder=north)
    assert test["text"].startswith("Line test: “")  # of the bank of texts
    nothing = answer("nothing", LINE, test["leaf"], "--yes", folder=south)["leaf"]
    stage.wait_quiet()
    assert shown(stage, NORTH, ready)["text"] == "Ready: this post is manned. “Good morning”"
    assert shown(stage, NORTH, nothing)["text"] == "Nothing to report."
    (line,) = answer("status", LINE, folder=north)["lines"]
    seen = line["observed"][SOUTH]
    assert seen["tests_answered"] == seen["tests_heard"] == 1
    assert f"observed {SOUTH}" in detente("status", LINE, folder=north).out
    owed = answer("due", LINE, folder=north)["lines"][0]["due"]
    assert not {each["leaf"] for each in owed} & {call, ready, test["leaf"], nothing}


@pytest.mark.covers(26)
def test_a_matter_goes_up_with_a_clock(stage: Stage) -> None:
    north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
    matter = form(stage, NORTH, "question", "asks=purpose", "about=exercise")
    leaf = answer(
        "raise", LINE, matter, "--channel", "high-level", "--reason", "no answer", "--yes",
        folder=north,
    )["leaf"]  # fmt: skip
    stage.wait_quiet()
    found = shown(stage, SOUTH, leaf)
    assert found["channel"] == "high-level"
    assert found["text"].startswith("We raise this matter to a higher level: “no answer”")
    owed = answer("due", LINE, folder=south)["lines"][0]["due"]
    assert ("answer", leaf) in [(each["duty"], each["leaf"]) for each in owed]
    refused = error(
        "raise", LINE, leaf, "--channel", "duty", "--reason", "x", "--yes", folder=north
    )
    assert "duty is no higher" in refused["what"]


@pytest.mark.covers(11)
def test_works_on_the_line_stand_on_the_board_until_they_are_withdrawn(stage: Stage) -> None:
    north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
    slots = ("working=slowly", "fault=works", "window=+1h to +3h", "reached=voice")
    leaf = form(stage, NORTH, "line_works", *slots)
    (line,) = answer("status", LINE, folder=south)["lines"]
    assert [each["leaf"] for each in line["works"]] == [leaf]
    out = detente("status", LINE, folder=south).out
    assert f"WORKS ON THE LINE, announced by {NORTH}: {leaf[:8]}" in out
    assert "How we are reached: by voice." in out
    body = '{"reason":{"language":"en","text":"put off"}}'
    draft = answer(
        "draft", LINE, "cancel", "--channel", "duty", "--body", body, "--reply", leaf, folder=north
    )
    answer("release", draft["draft"], folder=north)
    stage.wait_quiet()
    assert answer("status", LINE, folder=south)["lines"][0]["works"] == []


def test_a_contact_that_the_accord_does_not_have_is_refused(stage: Stage) -> None:
    refused = error("call", LINE, "monthly", folder=stage.actors[NORTH].folder)
    assert refused["mend"] == "one of opening, closing, test"


@pytest.mark.covers(21)
def test_what_all_have_restored_is_tested_before_it_is_relied_on(stage: Stage) -> None:
    def owed(party: str) -> list[tuple[str, str]]:
        (line,) = answer("due", LINE, folder=stage.actors[party].folder)["lines"]
        return [(e["owes"], e["channel"]) for e in line["due"] if e["contact"] == "restored"]

    north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
    review = ("--reason", "a protest", "--review", "+48h", "--yes")
    answer("suspend", LINE, "high-level", *review, folder=south)
    stage.wait_quiet()
    for folder in (north, south):
        assert owed(NORTH) == []
        answer("restore", LINE, "high-level", "--yes", folder=folder)
        stage.wait_quiet()
    assert owed(NORTH) == owed(SOUTH) == [(SOUTH, "high-level")]
    assert "test of the channel, which is open again" in detente("due", LINE, folder=north).out
    answer("test-line", LINE, "--channel", "high-level", folder=south)
    stage.wait_quiet()
    assert owed(NORTH) == []
