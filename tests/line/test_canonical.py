from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.line.canonical import (
    BRACKETS_MAX,
    DEPTH_MAX,
    INTEGER_BOUND,
    check_depth,
    check_profile,
    check_spoken,
    encode,
    exact,
)

LIMIT = 1 << 20
_any: msgspec.json.Decoder[dict[str, Any]] = msgspec.json.Decoder(dict[str, Any])


def read(data: bytes) -> dict[str, Any]:
    value = exact(_any, data, limit=LIMIT, what="test")
    check_profile(value, "test")
    return value


KEYS = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(1 - INTEGER_BOUND, INTEGER_BOUND - 1)
    | st.text(st.characters(codec="utf-8"))
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)  # fmt: skip
BODIES = st.dictionaries(KEYS, VALUES, max_size=4)


def depth(value: object) -> int:
    match value:
        case dict():
            return 1 + max(map(depth, value.values()), default=0)
        case list():
            return 1 + max(map(depth, value), default=0)
    return 0


@given(BODIES)
def test_what_is_written_is_read(value: dict[str, Any]) -> None:
    if depth(value) > DEPTH_MAX:
        with pytest.raises(Malformed, match="nested deeper than 8"):
            read(encode(value))
    else:
        assert read(encode(value)) == value


@given(BODIES, st.data())
def test_a_changed_byte_is_another_value_or_none(
    value: dict[str, Any], data: st.DataObject
) -> None:
    written = bytearray(encode(value))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    try:
        read(bytes(written))
    except Malformed:
        return
    assert encode(read(bytes(written))) == bytes(written)


@pytest.mark.parametrize(
    "data, why",
    [
        (b"", "truncated"),
        (b"[]", "Expected `object`, got `array`"),
        (b"null", "Expected `object`"),
        (b"{}x", "trailing"),
        (b' {"a":1}', "not canonical from byte 0"),
        (b'{"a":1}\n', "not canonical from byte 7"),
        (b'{"a": 1}', "not canonical from byte 5"),
        (b'{"b":1,"a":1}', "not canonical from byte 2"),
        (b'{"a":1,"a":2}', "not canonical"),
        (b'{"a":1,"a":1}', "not canonical from byte 6"),
        (b'{"a":-0}', "not canonical from byte 5"),
        (b'{"a":+5}', "malformed"),
        (b'{"a":007}', "malformed"),
        (b'{"a":1_000}', "malformed"),
        ('{"a":١}'.encode(), "malformed"),
        (b'{"a":NaN}', "malformed"),
        (b'{"a":Infinity}', "malformed"),
        (b'{"a":1e400}', "out of range"),
        (b'{"a":1.0}', "test.a: a number that is not a whole number"),
        (b'{"a":[1.5]}', r"test.a\[0\]: a number that is not a whole number"),
        (b'{"a":1e2}', "not canonical"),
        (b'{"a":9007199254740992}', r"an integer of 2\^53 or more"),
        (b'{"a":9007199254740993}', r"an integer of 2\^53 or more"),
        (b'{"a":-9007199254740992}', r"an integer of 2\^53 or more"),
        (b'{"a":18446744073709551616}', r"an integer of 2\^53 or more"),
        (b'{"a":' + b"9" * 5_000 + b"}", "out of range"),
        (b'{"a":"\\u0041"}', "not canonical from byte 6"),
        (b'{"a":"\\/"}', "not canonical"),
        (b'{"a":"\\ud800"}', "truncated"),
        (b'{"a":"\xed\xa0\x80"}', "utf-8"),
        (b'{"a":"\xff"}', "utf-8"),
        (b'{"a":"\xc0\xaf"}', "utf-8"),
        (b'{"a":"\t"}', "malformed|invalid"),
        (b'{"A":1}', r"the key 'A' is not \[a-z\]"),
        (b'{"a\\n":1}', "is not"),
        (b'{"":1}', "is not"),
        (b'{"_a":1}', "is not"),
        ('{"é":1}'.encode(), "is not"),
        (b'{"a":{"b-c":1}}', "test.a: the key 'b-c'"),
    ],
)  # fmt: skip
def test_only_one_encoding_is_read(data: bytes, why: str) -> None:
    with pytest.raises(Malformed, match=why):
        read(data)


@pytest.mark.parametrize("number", [0, 1, -1, INTEGER_BOUND - 1, 1 - INTEGER_BOUND, True, False])
def test_whole_numbers_are_read(number: int) -> None:
    assert read(encode({"a": number}))["a"] is number or read(encode({"a": number}))["a"] == number


class _Bytes(msgspec.Struct):
    data: bytes


_bytes: msgspec.json.Decoder[_Bytes] = msgspec.json.Decoder(_Bytes)


@pytest.mark.parametrize("text", ["QUJ=", "QUI", "QU\\nI=", "QUI=\\n", "QUI=!", "-_8=", "QUI=QUI="])
def test_of_three_texts_that_are_one_value_one_is_read(text: str) -> None:
    assert exact(_bytes, b'{"data":"QUI="}', limit=LIMIT, what="test").data == b"AB"
    with pytest.raises(Malformed):
        exact(_bytes, f'{{"data":"{text}"}}'.encode(), limit=LIMIT, what="test")


def test_the_limit_is_looked_at_first() -> None:
    assert read(b'{"a":"' + b"x" * (LIMIT - 8) + b'"}')
    with pytest.raises(Malformed, match=f"{LIMIT + 1} bytes, at most {LIMIT} are allowed"):
        read(b"x" * (LIMIT + 1))


@pytest.mark.parametrize("opens, shuts", [(b'{"a":', b"}"), (b"[", b"]")])
def test_depth_is_counted_before_anything_is_parsed(opens: bytes, shuts: bytes) -> None:
    inner = DEPTH_MAX - 1
    assert read(b'{"a":' + opens * inner + b"0" + shuts * inner + b"}")
    for deep in (DEPTH_MAX, 1_000, 60_000):
        with pytest.raises(Malformed, match="nested deeper than 8"):
            read(b'{"a":' + opens * deep + b"0" + shuts * deep + b"}")


def test_brackets_in_text_are_text() -> None:
    for text in ("[" * 100, '"[{' * 100, "\\[" * 100, "\\" * 9 + "[" * 9, "[" * (BRACKETS_MAX + 1)):
        assert read(encode({"a": text, "b": [[text]]}))["a"] == text


def test_brackets_side_by_side_are_not_deep() -> None:
    assert len(read(encode({"a": [[]] * 1_000}))["a"]) == 1_000
    with pytest.raises(Malformed, match=f"more than {BRACKETS_MAX} brackets"):
        read(encode({"a": [[]] * BRACKETS_MAX}))


def test_an_unfinished_string_costs_no_more_than_a_finished_one() -> None:
    """A pattern that tries each quote anew would take minutes over this."""
    with pytest.raises(Malformed):
        check_depth(b"[" * (DEPTH_MAX + 1) + b'"' + b'\\"' * 500_000, "test")


class _Endless:
    """A decoder whose stack gives out, as an encoder's may."""

    def decode(self, data: bytes) -> Any:
        raise RecursionError


def test_a_stack_that_gives_out_is_malformed() -> None:
    endless: Any = _Endless()
    with pytest.raises(Malformed, match="RecursionError"):
        exact(endless, b"{}", limit=LIMIT, what="test")


@pytest.mark.parametrize(
    "text",
    ["", "plain", "two\nlines", "é", "Zürich, Киев, 東京", "שלום", "नमस्ते", "🕊", "a\u200db"],
)
def test_what_may_be_spoken(text: str) -> None:
    check_spoken({"a": [text, ({"b": text},)], "n": 1}, "body")


@pytest.mark.parametrize(
    "text, why",
    [
        ("e\u0301", "text is not NFC"),
        ("\u212b", "text is not NFC"),
        ("a\r\n", "the character U\\+000D"),
        ("\x00", "U\\+0000"),
        ("\x1b[31m", "U\\+001B"),
        ("\x7f", "U\\+007F"),
        ("\x85", "U\\+0085"),
        ("\u2028", "U\\+2028"),
        ("\u2029", "U\\+2029"),
        ("\u202eeruc", "U\\+202E"),
        ("\u2066", "U\\+2066"),
        ("\u200f", "U\\+200F"),
        ("\u061c", "U\\+061C"),
        ("\ud800", "U\\+D800"),
    ],
)
def test_what_is_never_released(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=why) as caught:
        check_spoken({"a": ["fine", text]}, "body")
    assert caught.value.where == "body.a[1]"
