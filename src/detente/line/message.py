"""What is said on a line: a header and a body.

The header is one fixed shape for the life of the line and is the whole meaning of *well-formed*;
the body is any canonical object. Which bodies are understood is a matter of the vocabulary
(`rules`).
"""

from __future__ import annotations

import enum
import functools
import hashlib
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from detente.errors import Malformed
from detente.line.canonical import check_profile, encode, exact
from detente.tlog.hash import Hash

LEAF_BYTES_MAX: Final = 65_535  # C2SP tlog-tiles: an entry has a 16-bit length
FLASH_BYTES_MAX: Final = 4_096
SERIAL_BOUND: Final = 2**31
POSTS_MAX: Final = 16
RELEASERS_MAX: Final = 8

Count = Annotated[int, Meta(ge=0, lt=SERIAL_BOUND)]
Millis = Annotated[int, Meta(ge=0, lt=2**53)]
PartyName = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]{0,31}\Z")]
Name = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_-]{0,31}\Z")]
Hex32 = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Salt = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
Line = Annotated[str, Meta(min_length=1, max_length=256)]


@functools.total_ordering
class Precedence(enum.Enum):
    """Speed of service, not importance or secrecy. `Precedence.FLASH` is the greatest."""

    ROUTINE = "ROUTINE"
    PRIORITY = "PRIORITY"
    IMMEDIATE = "IMMEDIATE"
    FLASH = "FLASH"

    def __lt__(self, other: Precedence) -> bool:
        return _RANK[self] < _RANK[other]


_RANK: Final = {precedence: rank for rank, precedence in enumerate(Precedence)}

Number = tuple[str, Precedence, int]  # author, precedence, serial: each author counts without gaps


class Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, gc=False):
    """Who says what to whom, where it stands among the author's words, and under which terms."""

    accord: Hex32  # leaf hash of the accord, or of the amendment, that it is said under
    act: Name
    author: PartyName
    channel: Name
    epoch: Count  # how often the author had changed its half of the channel
    line: Hex32  # leaf hash of the line's first accord
    precedence: Precedence
    releasers: Annotated[tuple[Line, ...], Meta(max_length=RELEASERS_MAX)]
    reply: Hex32 | None  # leaf hash of what this answers
    salt: Salt  # 16 random bytes: a neighbour's proof must not let a short text be guessed
    serial: Count
    time: Millis  # the author's clock, UTC; no rule depends on it
    to: Annotated[tuple[Name, ...], Meta(max_length=POSTS_MAX)]  # posts; none means all

    @property
    def number(self) -> Number:
        return self.author, self.precedence, self.serial


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    body: dict[str, Any]
    header: Header


class Content(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What officers preview and approve: all of a message that does not depend on when it is
    said.
    """

    act: Name
    author: PartyName
    body: dict[str, Any]
    channel: Name
    line: Hex32
    precedence: Precedence
    reply: Hex32 | None = None
    salt: Salt
    to: Annotated[tuple[Name, ...], Meta(max_length=POSTS_MAX)] = ()

    def digest(self) -> Hash:
        """SHA-256 of the canonical bytes: what two officers compare before one of them releases."""
        return Hash(hashlib.sha256(encode(self)).digest())


_message: Final = msgspec.json.Decoder(Message)
_content: Final = msgspec.json.Decoder(Content)


def parse_message(leaf: bytes) -> Message:
    """Raise `Malformed` for anything but the canonical bytes of a message."""
    message = exact(_message, leaf, limit=LEAF_BYTES_MAX, what="message")
    check_profile(message.body, "message.body")
    return message


def parse_content(data: bytes) -> Content:
    content = exact(_content, data, limit=LEAF_BYTES_MAX, what="content")
    check_profile(content.body, "content.body")
    return content


def content_of(message: Message) -> Content:
    """The content that a message was released from: its digest is what the officers saw."""
    head = message.header
    return Content(
        act=head.act,
        author=head.author,
        body=message.body,
        channel=head.channel,
        line=head.line,
        precedence=head.precedence,
        reply=head.reply,
        salt=head.salt,
        to=head.to,
    )


def format_message(message: Message) -> bytes:
    """The leaf of a message. What does not parse back is `Malformed`, and is never said."""
    leaf = encode(message)
    if parse_message(leaf) != message:
        raise Malformed("it does not read back as it was written", where="message")
    return leaf
