"""Scripts are read exactly, and what is wrong is named by its line."""

from __future__ import annotations

import pytest

from detente.errors import Malformed
from detente.exercise.library import shipped
from detente.exercise.script import Statement, parse_script, parse_statement

TEXT = """
title: A test
line: test
begins: 2026-01-01T00:00Z
source: made up
you: northland
partner: southmark
brief:
  One line.
  Another.

# a remark
00:00 southmark test text="a b" as=first
00:01 you acknowledge first understood   # the model
00:02 note Something happens: a thing.
00:03 fault down
expect 00:05 acknowledge first | It is answered
never suspend | It is not suspended
01:00:30 end
"""


def test_what_a_script_says() -> None:
    script = parse_script(TEXT, "x")
    assert (script.title, script.you, script.partner) == ("A test", "northland", "southmark")
    assert script.brief == "One line.\nAnother."
    assert [each.at for each in script.injects] == [0, 60_000, 120_000, 180_000, 3_630_000]
    first = script.injects[0]
    assert first.what == Statement("test", (), (("text", "a b"), ("as", "first")))
    assert script.injects[2].what.words == ("Something happens: a thing.",)
    assert [(each.by, each.why) for each in script.expected] == [
        (300_000, "It is answered"), (None, "It is not suspended"),
    ]  # fmt: skip
    assert script.ends == 3_630_000


@pytest.mark.parametrize(
    "old, new, where, what",
    [
        ("title: A test\n", "", "x: title", "it is missing"),
        ("you: northland", "you: North Land", "x: you", "no name of a party"),
        ("00:00 southmark", "0:00 southmark", "x: line 13", None),
        ("00:00 southmark", "00:99 southmark", "x: line 13", "is no time"),
        ("00:00 southmark", "00:00 westmere", "x: line 13", "nobody is called 'westmere'"),
        ("fault down", "fault sideways", "x: line 16", "no fault 'sideways'"),
        ('"a b"', '"a b', "x: line 13", "it cannot be read"),
        (" | It is answered", "", "x: line 17", "it does not say why"),
        ("01:00:30 end", "", "x", "it does not end"),
        ("as=first", "as=accident", "x: line 13", "is the name of a form"),
    ],
)
def test_what_is_no_script_is_named_by_its_line(
    old: str, new: str, where: str, what: str | None
) -> None:
    text = TEXT.replace(old, new, 1)
    if what is None:
        parse_script(text, "x")
        return
    with pytest.raises(Malformed, match=what) as caught:
        parse_script(text, "x")
    assert caught.value.where == where


def test_words_and_values() -> None:
    found = parse_statement("notify accident craft='1 fighter manned' x=1=2 https://a=b", "x")
    assert found.words == ("accident", "https://a=b")
    assert dict(found.named) == {"craft": "1 fighter manned", "x": "1=2"}


def test_every_shipped_case_has_a_source() -> None:
    assert set(shipped()) == {
        "twenty_seven_minutes", "the_accident", "forty_eight_hours", "unanswered_calls",
        "night_of_drones",
    }  # fmt: skip
    for script in shipped().values():
        assert len(script.source) > 60
        assert "other names" in script.source
        assert script.expected
