"""A station's book, read by one who holds neither its database nor its keys.

The file has every leaf, in order, and the note that the book's own keys signed over them. Each leaf
is folded as the station folds it; a release that the book itself shows to have lacked its second
person, its reviewer, or an officer who might sign on, is a fault.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from detente.errors import Forged, Malformed
from detente.line.canonical import encode, exact
from detente.people.events import Admitted, Event, Leaf, LetGo, TookOver, parse_leaf
from detente.people.roster import Roster, evolve
from detente.tlog.checkpoint import Verify, open_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.keys import PublicKeys
from detente.tlog.mirror import Mirror

BOOK_BYTES_MAX: Final = 1 << 30


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    ed25519: Annotated[bytes, Meta(min_length=32, max_length=32)]
    format: Literal["detente-book@1"] = "detente-book@1"
    leaves: tuple[str, ...]
    mldsa44: Annotated[bytes, Meta(min_length=1_312, max_length=1_312)]
    note: str
    origin: str


_decoder: Final = msgspec.json.Decoder(_File)


@dataclasses.dataclass(frozen=True, slots=True)
class Book:
    """A book that holds: who kept it, how much was signed and when, at which leaves its clock had
    been put back, and what is wrong with it. No rule depends on a clock: that is no fault.
    """

    origin: str
    keys: Hash  # their digest, to compare with what the station shows
    leaves: tuple[Leaf, ...]
    time_s: int
    put_back: tuple[int, ...]
    faults: tuple[tuple[int, str], ...]  # number of the leaf, and what


def format_book(origin: str, keys: PublicKeys, leaves: Sequence[bytes], note: str) -> bytes:
    """The file. `note` is over exactly these leaves."""
    return encode(
        _File(
            ed25519=keys.ed25519, leaves=tuple(leaf.decode() for leaf in leaves),
            mldsa44=keys.mldsa44, note=note, origin=origin,
        )
    )  # fmt: skip


def check_book(data: bytes, verify: Verify = open_checkpoint) -> Book:
    """Raise `Malformed` for what is no book, `Forged` for one whose keys did not sign it so."""
    file = exact(_decoder, data, limit=BOOK_BYTES_MAX, what="book")
    keys = PublicKeys(file.ed25519, file.mldsa44)
    signed = verify(file.note, file.origin, keys)
    hashes = b"".join(leaf_hash(text.encode()) for text in file.leaves)
    mirror = Mirror().extend(hashes)
    if (mirror.size, mirror.root) != (signed.checkpoint.size, signed.checkpoint.root):
        raise Forged(
            f"its keys signed {signed.checkpoint.size} leaves, and not these", where="book",
            mend="get the file again from the station",
        )  # fmt: skip
    leaves = tuple(map(_parsed, range(len(file.leaves)), file.leaves))
    back = tuple(now.number for last, now in pairwise(leaves) if now.at < last.at)
    return Book(file.origin, keys.digest(), leaves, signed.time_s, back, tuple(_faults(leaves)))


def _parsed(number: int, text: str) -> Leaf:
    leaf = parse_leaf(text.encode())
    if leaf.number != number:
        raise Malformed(f"it calls itself {leaf.number}", where=f"leaf {number} of the book")
    return leaf


def _faults(leaves: Sequence[Leaf]) -> Iterator[tuple[int, str]]:
    roster = Roster()
    for leaf in leaves:
        yield from ((leaf.number, what) for what in _wrong(roster, leaf.what))
        roster = evolve(roster, leaf)


def _wrong(roster: Roster, what: Event) -> Iterator[str]:
    match what:
        case LetGo():
            yield from _unauthorised(roster, what)
        case TookOver():
            watch = roster.watches.get(what.post)
            offer = watch.offer if watch else None
            if not what.offer:
                if had := roster.holder(what.post):
                    yield f"{what.officer} took over {what.post}, which {had} had"
            elif offer is None or offer[0].hex() != what.offer or offer[1].to != what.officer:
                yield f"{what.officer} took over {what.post}, which nobody had offered him"
        case Admitted():
            return
        case _:
            name = getattr(what, "officer", "")
            if name not in roster.officers:
                yield f"there was no officer {name}"


def _unauthorised(roster: Roster, what: LetGo) -> Iterator[str]:
    """What a release lacked, by what stands in the book before it."""
    if what.officer not in roster.officers:
        yield f"{what.officer}, who is no officer, let {what.digest[:12]} go"
    if what.urgent:
        return
    draft = roster.drafts.get(what.digest)
    if what.persons > 1 and (draft is None or draft.drafter == what.officer):
        yield f"{what.officer} let {what.digest[:12]} go alone, where two persons are asked for"
    if what.review:
        seen = (draft.approved if draft else frozenset()) - {what.officer}
        if not seen - {draft.drafter if draft else ""}:
            yield f"{what.digest[:12]} went without a review by a third officer"
