from __future__ import annotations

import hashlib
from typing import Any

import msgspec
import pytest

from detente.errors import Malformed
from detente.line.canonical import encode
from detente.line.message import (
    LEAF_BYTES_MAX,
    Content,
    Header,
    Message,
    Precedence,
    content_of,
    format_message,
    parse_content,
    parse_message,
)

HEADER = Header(
    accord="ab" * 32,
    act="query",
    author="northland",
    channel="high-level",
    epoch=1,
    line="ab" * 32,
    precedence=Precedence.PRIORITY,
    releasers=("colonel", "general"),
    reply=None,
    salt="0f" * 16,
    serial=3,
    time=1_770_000_000_000,
    to=("watch",),
)
MESSAGE = Message(body={"text": "whose?"}, header=HEADER)


def changed(**fields: Any) -> bytes:
    """The bytes of the message with other values in its header; None in `drop` leaves one out."""
    plain = msgspec.json.decode(encode(MESSAGE))
    plain["header"].update(fields)
    return encode(plain)


def test_the_bytes_of_a_message_never_change() -> None:
    """What is written here is what an old ledger holds."""
    assert format_message(MESSAGE) == (
        b'{"body":{"text":"whose?"},"header":{"accord":"' + b"ab" * 32 + b'","act":"query",'
        b'"author":"northland","channel":"high-level","epoch":1,"line":"' + b"ab" * 32 + b'",'
        b'"precedence":"PRIORITY","releasers":["colonel","general"],"reply":null,'
        b'"salt":"' + b"0f" * 16 + b'","serial":3,"time":1770000000000,"to":["watch"]}}'
    )
    assert parse_message(format_message(MESSAGE)) == MESSAGE


def test_a_number_is_author_precedence_and_serial() -> None:
    assert HEADER.number == ("northland", Precedence.PRIORITY, 3)


def test_precedence_is_an_order() -> None:
    assert sorted({*Precedence}) == list(Precedence)
    assert Precedence.FLASH > Precedence.IMMEDIATE > Precedence.PRIORITY > Precedence.ROUTINE
    assert Precedence.ROUTINE <= Precedence.ROUTINE


@pytest.mark.parametrize(
    "field, value",
    [
        ("accord", "AB" * 32),
        ("accord", "ab" * 31),
        ("accord", "ab" * 32 + "\n"),
        ("act", "Query"),
        ("act", ""),
        ("act", "a" * 33),
        ("author", "north-land"),
        ("author", "northland\n"),
        ("author", "١"),
        ("channel", "9"),
        ("epoch", -1),
        ("epoch", 2**31),
        ("epoch", True),
        ("epoch", 1.0),
        ("epoch", "1"),
        ("precedence", "flash"),
        ("precedence", "OVERRIDE"),
        ("precedence", 3),
        ("releasers", [""]),
        ("releasers", ["x" * 257]),
        ("releasers", ["x"] * 9),
        ("reply", ""),
        ("reply", "x" * 64),
        ("salt", "0f" * 15),
        ("serial", 2**31),
        ("time", 2**53),
        ("time", -1),
        ("to", ["Watch"]),
        ("to", ["watch"] * 17),
        ("to", None),
        ("other", 1),
    ],
)
def test_a_header_has_one_shape(field: str, value: Any) -> None:
    with pytest.raises(Malformed, match="message"):
        parse_message(changed(**{field: value}))


@pytest.mark.parametrize("field", Header.__struct_fields__)
def test_no_field_may_be_missing(field: str) -> None:
    plain = msgspec.json.decode(encode(MESSAGE))
    del plain["header"][field]
    with pytest.raises(Malformed, match=f"missing required field `{field}`"):
        parse_message(encode(plain))


def test_a_body_is_any_canonical_object() -> None:
    body = {"a": [1, None, True, {"b": "x"}], "c": {}}
    assert parse_message(encode(Message(body, HEADER))).body == body
    for wrong in ({"a": 1.0}, {"a": 2**53}, {"A": 1}):
        with pytest.raises(Malformed, match=r"message\.body"):
            parse_message(encode(Message(wrong, HEADER)))


def test_a_body_a_thousand_deep_is_malformed() -> None:
    deep = b'{"body":{"a":' + b"[" * 1_000 + b"]" * 1_000 + b"}," + encode(MESSAGE)[26:]
    with pytest.raises(Malformed, match="nested deeper than 8"):
        parse_message(deep)


def test_a_leaf_has_a_bound() -> None:
    room = LEAF_BYTES_MAX - len(encode(Message({"text": ""}, HEADER)))
    fits = format_message(Message({"text": "x" * room}, HEADER))
    assert len(fits) == LEAF_BYTES_MAX
    with pytest.raises(Malformed, match="at most 65535"):
        format_message(Message({"text": "x" * (room + 1)}, HEADER))


def test_what_does_not_read_back_is_not_written() -> None:
    with pytest.raises(Malformed, match="does not read back"):
        format_message(Message({"text": ("a", "tuple")}, HEADER))
    with pytest.raises(Malformed, match="a number that is not a whole number"):
        format_message(Message({"text": 1.5}, HEADER))


def test_content_is_what_the_officers_saw() -> None:
    content = content_of(MESSAGE)
    assert content == Content(
        act="query", author="northland", body={"text": "whose?"}, channel="high-level",
        line="ab" * 32, precedence=Precedence.PRIORITY, salt="0f" * 16, to=("watch",),
    )  # fmt: skip
    later = msgspec.structs.replace(
        HEADER, serial=9, epoch=2, time=1, accord="cd" * 32, releasers=()
    )
    assert content_of(Message(MESSAGE.body, later)).digest() == content.digest()
    assert content.digest() == hashlib.sha256(encode(content)).digest()


@pytest.mark.parametrize("field", Content.__struct_fields__)
def test_every_field_of_content_is_in_its_digest(field: str) -> None:
    content = content_of(MESSAGE)
    others: dict[str, Any] = {
        "body": {"text": "Whose?"}, "precedence": Precedence.FLASH, "reply": "cd" * 32, "to": (),
    }  # fmt: skip
    other = others.get(field, "other")
    assert msgspec.structs.replace(content, **{field: other}).digest() != content.digest()


def test_content_is_read_exactly() -> None:
    content = content_of(MESSAGE)
    assert parse_content(encode(content)) == content
    with pytest.raises(Malformed, match=r"content\.body"):
        parse_content(encode(msgspec.structs.replace(content, body={"text": 0.5})))
    with pytest.raises(Malformed, match="not canonical"):
        parse_content(encode(content) + b"\n")
