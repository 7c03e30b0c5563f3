from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest

from detente.cli.drafting import body_of
from tests.cli.typed import LINE, NORTH, answer, detente, error, founded

NONE: dict[str, Any] = {
    "text": None, "kind": None, "reason": None, "review": None, "rung": None, "lifts": ()
}  # fmt: skip


def test_a_body_is_made_of_the_options_that_were_given() -> None:
    assert body_of(None, NONE) == {}
    assert body_of(None, {**NONE, "kind": "hazard", "text": "mines"}) == {
        "kind": "hazard",
        "text": "mines",
    }
    times = {**NONE, "reason": "x", "review": "221830Z NOV 99"}
    assert body_of(None, times) == {"reason": "x", "review": 4099055400000}
    assert body_of(None, {**NONE, "lifts": ("ab", "cd")}) == {"lifts": ["ab", "cd"]}


def test_a_body_may_be_given_whole() -> None:
    assert body_of('{"text":"x"}', NONE) == {"text": "x"}


@pytest.mark.parametrize("text", ["", "{", "[]", "7", '"text"', "null"])
def test_a_body_is_an_object(text: str) -> None:
    with pytest.raises(click.BadParameter):
        body_of(text, NONE)


def test_a_body_comes_from_one_place() -> None:
    with pytest.raises(click.UsageError, match="--body and --text exclude each other"):
        body_of("{}", {**NONE, "text": "x"})


def test_what_we_look_at_again_is_to_come() -> None:
    with pytest.raises(click.BadParameter, match="221830Z NOV 25 is past; write a time to come"):
        body_of(None, {**NONE, "review": "221830Z NOV 25"})


# -- drafts on a station that is not running -------------------------------------------------------


@pytest.fixture
def north(tmp_path: Path) -> Path:
    return founded(tmp_path).actors[NORTH].folder


def drafted(north: Path) -> str:
    words = ("--channel", "duty", "--text", "hello")
    name: str = answer("draft", LINE, "test", *words, folder=north)["draft"]
    return name


def test_a_draft_that_has_gone_says_as_what(north: Path) -> None:
    name = drafted(north)
    said = answer("release", name, folder=north)
    again = error("release", name, folder=north)
    assert again["what"] == f"this draft was released already, as {said['number']}"
    assert f"detente show {LINE} {said['leaf'][:12]}" in again["mend"]
    assert answer("outbox", LINE, folder=north)["drafts"] == []


def test_a_draft_is_thrown_away(north: Path) -> None:
    name = drafted(north)
    assert answer("discard", name, folder=north) == {"draft": name, "line": LINE}
    assert "no drafts begin with" in error("release", name, folder=north)["what"]
    listed = answer("outbox", LINE, folder=north)
    assert (listed["drafts"], listed["messages"]) == ([], [])
    kept = drafted(north)
    asked = detente("discard", kept, folder=north, stdin="n\n")
    assert "hello" in asked.out
    assert asked.code != 0
    assert [each["draft"] for each in answer("outbox", LINE, folder=north)["drafts"]] == [kept]


def test_a_draft_for_no_channel_is_refused_at_once(north: Path) -> None:
    found = error("draft", LINE, "test", "--channel", "bar", "--text", "x", folder=north)
    assert (found["where"], found["mend"]) == ("--channel", "one of duty, high-level")
