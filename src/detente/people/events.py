"""What stands in a station's book: who did what, one leaf each, in canonical JSON.

The book is a ledger as the line's are (a C2SP log), and private: nothing of it is ever sent. An
officer stands in it by the name that the station gave; a message names posts and never a person.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from detente.errors import Malformed, Refused

LEAF_BYTES_MAX: Final = 65_535
ITEMS_MAX: Final = 500
ITEMS_BYTES: Final = 40_000  # of an offer, within a leaf

Name = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_-]{0,31}\Z")]
Digest = Annotated[str, Meta(pattern=r"\A[0-9a-f]{64}\Z")]
Millis = Annotated[int, Meta(ge=0, lt=2**53)]
Words = Annotated[str, Meta(max_length=2_000)]
Scope = Annotated[str, Meta(pattern=r"\A(\*|[a-z][a-z0-9_-]{0,31}/(\*|[a-z][a-z0-9_-]{0,31}))\Z")]


class Event(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, tag_field="event"
):
    """The base of all that is written down."""


class Admitted(Event, frozen=True, tag="admitted"):
    """An officer may sign on. `posts` that he may hold, `needs` what he may read (`line/channel`,
    `line/*` or `*`), `until`: his qualification, ms UTC.
    """

    administrator: bool
    needs: Annotated[tuple[Scope, ...], Meta(max_length=64)]
    officer: Name
    posts: Annotated[tuple[Name, ...], Meta(max_length=64)]
    until: Millis


class Qualified(Event, frozen=True, tag="qualified"):
    """His qualification was renewed."""

    officer: Name
    until: Millis


class Dismissed(Event, frozen=True, tag="dismissed"):
    """An officer may no longer sign on."""

    officer: Name
    reason: Words


class SignedOn(Event, frozen=True, tag="signed_on"):
    """Somebody sat down at a seat. The random `mark` says nothing to whoever reads over his
    shoulder.
    """

    mark: Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]
    officer: Name
    post: Name
    seat: Words


class SignedOff(Event, frozen=True, tag="signed_off"):
    """He left, or his session came to its end."""

    officer: Name
    post: Name
    reason: Words


class Failed(Event, frozen=True, tag="failed"):
    """Somebody gave a wrong password or code under this name."""

    officer: Name
    seat: Words


class Drafted(Event, frozen=True, tag="drafted"):
    """A draft was written. `form` is 0 where there is none."""

    act: Name
    digest: Digest
    form: int
    line: Name
    officer: Name
    precedence: str


class Reviewed(Event, frozen=True, tag="reviewed"):
    """A draft was looked at by another. `good`: he has nothing against it."""

    digest: Digest
    good: bool
    line: Name
    officer: Name
    reason: Words


class LetGo(Event, frozen=True, tag="let_go", omit_defaults=True):
    """A release, written before anything is said. `persons` and `review`: what the matrix asked
    for. `urgent`: on his own word, for lives were in danger. Its hash stands in the message: the
    random `mark` keeps whoever reads that from guessing the names.
    """

    digest: Digest
    drafter: Annotated[str, Meta(max_length=32)]
    line: Name
    officer: Name
    persons: int
    post: Name
    review: bool
    urgent: bool
    mark: Annotated[str, Meta(pattern=r"\A([0-9a-f]{32})?\Z")] = ""


class Withheld(Event, frozen=True, tag="withheld"):
    """A release that did not go, and why."""

    digest: Digest
    line: Name
    officer: Name
    reason: Words


class Read(Event, frozen=True, tag="read"):
    """A message was shown to an officer, or printed for him."""

    leaf: Digest
    line: Name
    officer: Name
    printed: bool = False


class Listed(Event, frozen=True, tag="listed"):
    """So many messages of a line were shown to an officer together, the newest of them this."""

    count: int
    line: Name
    newest: Digest
    officer: Name


class Exported(Event, frozen=True, tag="exported"):
    """A file for a stranger left the station: all of a line, or what is proven of one message.
    `what`: the order that asked for it.
    """

    leaf: Annotated[str, Meta(max_length=64)]  # as it was named; empty: all of the line
    line: Name
    officer: Name
    what: Name


class Offered(Event, frozen=True, tag="offered"):
    """The watch is offered to a relief, with what is open, each in a few words."""

    items: Annotated[tuple[Words, ...], Meta(max_length=ITEMS_MAX)]
    officer: Name
    post: Name
    to: Name


class TookOver(Event, frozen=True, tag="took_over"):
    """He has read what is open and has the watch. `offer`: the leaf of the offer; empty: nobody had
    the watch to offer.
    """

    offer: Annotated[str, Meta(pattern=r"\A([0-9a-f]{64})?\Z")]
    officer: Name
    post: Name


class Challenged(Event, frozen=True, tag="challenged"):
    """A voice was asked for the words that only its station can make of this number."""

    line: Name
    number: int
    officer: Name
    outcome: str  # right, or wrong
    party: Name


class Answered(Event, frozen=True, tag="answered"):
    """A voice asked for the words that only our station can make of this number, and they were
    shown for it.
    """

    line: Name
    number: int
    officer: Name
    party: Name


AnyEvent = (
    Admitted | Qualified | Dismissed | SignedOn | SignedOff | Failed | Drafted | Reviewed | LetGo
    | Withheld | Read | Listed | Exported | Offered | TookOver | Challenged | Answered
)  # fmt: skip


class Leaf(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One leaf of the book: when, by our own clock (ms UTC), and what. `number` is its index."""

    at: Millis
    number: Millis
    what: AnyEvent


_encode: Final = msgspec.json.Encoder(order="sorted").encode
_decode: Final = msgspec.json.Decoder(Leaf).decode


def check_event(what: AnyEvent) -> None:
    """Raise `Refused` for what could not be read back from the book."""
    try:
        parse_leaf(format_leaf(Leaf(at=0, number=0, what=what)))
    except Malformed as error:
        raise Refused(
            f"it cannot stand in the book: {error.what}", where="station book",
            mend="use fewer words, and names of a-z, 0-9, _ and -",
        ) from error  # fmt: skip


def format_leaf(leaf: Leaf) -> bytes:
    return _encode(leaf)


def parse_leaf(data: bytes) -> Leaf:
    """Raise `Malformed` unless these are the bytes that `format_leaf` gives."""
    if len(data) > LEAF_BYTES_MAX:
        raise Malformed(f"{len(data)} bytes, at most {LEAF_BYTES_MAX}", where="leaf of the book")
    try:
        leaf = _decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise Malformed(str(error), where="leaf of the book") from error
    if format_leaf(leaf) != data:
        raise Malformed("not canonical", where="leaf of the book")
    return leaf


def fitting(items: Sequence[str]) -> tuple[str, ...]:
    """As many as go into one leaf, and how many more there are."""
    size, found = 0, list[str]()
    for each in items:
        size += len(each.encode()) + 3
        if size > ITEMS_BYTES:
            return (*found, f"{len(items) - len(found)} more: see `detente due`")
        found.append(each)
    return tuple(found)


def plain(leaf: Leaf) -> dict[str, Any]:
    """As plain values, the event's own fields beside the time. The number of a challenge, which is
    not that of the leaf, is `challenge`.
    """
    what = msgspec.to_builtins(leaf.what)
    if "number" in what:
        what["challenge"] = what.pop("number")
    return {"at": leaf.at, "number": leaf.number, **what}
