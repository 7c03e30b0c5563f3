from __future__ import annotations

from typing import Any

import click
import pytest

from detente.cli.drafting import body_of

NONE: dict[str, Any] = {
    "text": None, "kind": None, "reason": None, "review": None, "rung": None, "lifts": ()
}  # fmt: skip


def test_a_body_is_made_of_the_options_that_were_given() -> None:
    assert body_of(None, NONE) == {}
    assert body_of(None, {**NONE, "kind": "hazard", "text": "mines"}) == {
        "kind": "hazard",
        "text": "mines",
    }
    times = {**NONE, "reason": "x", "review": "221830Z NOV 26"}
    assert body_of(None, times) == {"reason": "x", "review": 1795372200000}
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
