from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.phrase.plain import shown, shown_lines

HIDDEN = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


@pytest.mark.parametrize(
    "heard, seen",
    [
        ("", ""),
        ("Чёрное море, 黒海, Ö", "Чёрное море, 黒海, Ö"),
        ("\x1b[2J", "\\u{1b}[2J"),
        ("one\r\ntwo", "one\\u{d}\\u{a}two"),
        ("safe\u202eexe.txt", "safe\\u{202e}exe.txt"),
        ("zero\u200bwidth", "zero\\u{200b}width"),
        ("\u2028", "\\u{2028}"),
        ("\udc80", "\\u{dc80}"),
        ("\U000e0041", "\\u{e0041}"),
        ("\\u{1b}", "\\u{5c}u{1b}"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_what_is_hidden_is_shown(heard: str, seen: str) -> None:
    assert shown(heard) == seen


@given(st.text(alphabet=st.characters(exclude_categories=())))
def test_nothing_hidden_is_left_and_nothing_is_lost(text: str) -> None:
    seen = shown(text)
    assert not any(unicodedata.category(character) in HIDDEN for character in seen)
    assert re.sub(r"\\u\{([0-9a-f]+)\}", lambda found: chr(int(found[1], 16)), seen) == text


def test_lines_are_kept_apart() -> None:
    assert shown_lines("first\nsecond\tcolumn\n") == ("first", "second\\u{9}column", "")
