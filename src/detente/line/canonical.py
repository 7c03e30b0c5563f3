"""The one way to put a value into bytes: canonical JSON (RFC 8785), and a narrow profile of it.

The profile: the top level is an object; keys are `[a-z][a-z0-9_]*`; integers are smaller than 2^53
either way and there are no floats; nothing is nested deeper than `DEPTH_MAX`; text is strict UTF-8.
With such keys and no floats, RFC 8785 asks only for sorted keys and its escapes, which msgspec
writes.

Bytes are decoded, encoded again and compared, so that what two implementations accept cannot differ
by a space, a repeated key, an escape, `-0`, or base64 with stray bits: any of them is `Malformed`.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, Final, TypeVar

import msgspec

from detente.errors import Malformed

DEPTH_MAX: Final = 8
BRACKETS_MAX: Final = 65_536  # more cannot stand in a leaf, and a frame has no use for them
INTEGER_BOUND: Final = 2**53
_KEY: Final = re.compile(r"[a-z][a-z0-9_]*")
# What is no bracket is skipped, strings whole; the end matches too, or each byte would be tried
# anew.
_BRACKET: Final = re.compile(
    rb'(?:"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[^"{}\[\]]++)*+([{}\[\]]|\Z)', re.DOTALL
)
# Bidirectional controls reorder what an officer reads; the others are invisible.
_UNSPOKEN: Final = frozenset(
    "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
)

T = TypeVar("T")
encode = msgspec.json.Encoder(order="sorted").encode


def exact(decoder: msgspec.json.Decoder[T], data: bytes, *, limit: int, what: str) -> T:
    """Decode bytes of at most `limit` octets, and refuse all that would not encode to the same
    bytes.
    """
    if len(data) > limit:
        raise Malformed(f"{len(data)} bytes, at most {limit} are allowed", where=what)
    check_depth(data, what)
    try:
        value = decoder.decode(data)
        again = encode(value)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(str(error) or type(error).__name__, where=what) from error
    if again != data:
        raise Malformed(f"not canonical from byte {_first_difference(again, data)}", where=what)
    return value


def check_depth(data: bytes, what: str) -> None:
    """Count brackets before anything is parsed: a parser's stack is not ours to spend."""
    if data.count(b"{") + data.count(b"[") <= DEPTH_MAX:
        return
    depth = 0
    for count, bracket in enumerate(_BRACKET.finditer(data)):
        if count > BRACKETS_MAX:
            raise Malformed(f"more than {BRACKETS_MAX} brackets", where=what)
        if bracket[1] in (b"{", b"["):
            depth += 1
        elif bracket[1]:
            depth -= 1
        if depth > DEPTH_MAX:
            raise Malformed(
                f"nested deeper than {DEPTH_MAX} at byte {bracket.start(1)}", where=what
            )


def check_profile(value: object, where: str) -> None:
    """What RFC 8785 leaves open: no floats, small integers, plain keys. `where` grows as a path."""
    match value:
        case dict():
            for key, item in value.items():
                if not _KEY.fullmatch(key):
                    raise Malformed(f"the key {key!r} is not [a-z][a-z0-9_]*", where=where)
                check_profile(item, f"{where}.{key}")
        case list():
            for index, item in enumerate(value):
                check_profile(item, f"{where}[{index}]")
        case float():
            raise Malformed("a number that is not a whole number", where=where)
        case int() if not -INTEGER_BOUND < value < INTEGER_BOUND:
            raise Malformed("an integer of 2^53 or more", where=where)


def check_spoken(value: Any, where: str) -> None:
    """What we release is NFC without control or bidirectional characters; line ends are allowed."""
    match value:
        case dict():
            for key, item in value.items():
                check_spoken(item, f"{where}.{key}")
        case list() | tuple():
            for index, item in enumerate(value):
                check_spoken(item, f"{where}[{index}]")
        case str() if value.isascii() and value.replace("\n", "").isprintable():
            pass  # nearly all there is, keys above all: no need to look at each character
        case str():
            if not unicodedata.is_normalized("NFC", value):
                raise Malformed("text is not NFC", where=where, mend="normalise it first")
            for character in value:
                if character in _UNSPOKEN or (
                    unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")
                    and character != "\n"
                ):
                    raise Malformed(f"the character U+{ord(character):04X}", where=where)


def _first_difference(one: bytes, other: bytes) -> int:
    for index, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return index
    return min(len(one), len(other))
