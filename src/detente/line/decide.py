"""From an event to what to write down. Nothing is signed here, nothing is stored, nothing is sent.

Strict in what we release, exact in what we parse, total in what we record: our own officer is
refused what the rules forbid; whatever another party signed and is next in number is recorded,
however it counts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import Final, assert_never

import msgspec
from rpds import HashTrieMap

from detente.errors import DetenteError, Forged, Malformed, Refused, Unreachable
from detente.line.act import Rekey
from detente.line.entry import Entry, Grown, Own
from detente.line.evolve import evolve, here, rekey_of, summary
from detente.line.form import Form
from detente.line.message import Content, Precedence, format_message, parse_message
from detente.line.release import LEAVES_HEARD, released
from detente.line.rules import form_of, understood
from detente.line.state import Generation, State
from detente.tlog.advance import Advance, Branch, extend, grown
from detente.tlog.checkpoint import Verify, read_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.keys import PublicKeys
from detente.tlog.mirror import Mirror

SENIOR: Final = "senior"  # the posts that may release a form that is not the watch's
GENERATIONS_MAX: Final = 1_024  # of one party's keys on one line


@dataclasses.dataclass(frozen=True, slots=True)
class Begin:
    """The first event of a ledger: the accord becomes leaf 0, which is our signature under it."""


@dataclasses.dataclass(frozen=True, slots=True)
class Release:
    """An officer lets this content go. `releasers` are their assertions over its digest."""

    content: Content
    releasers: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Arrived:
    """An advance reached us, by whatever path. `recalled`: it is our own signer that gives back."""

    advance: Advance
    recalled: bool = False


Event = Begin | Release | Arrived


@dataclasses.dataclass(slots=True)
class Decided:
    """What to write down, in this order, and the state once it is."""

    state: State
    entries: list[Entry] = dataclasses.field(default_factory=list)

    def write(self, entry: Entry) -> None:
        self.entries.append(entry)
        self.state = evolve(self.state, entry)


@dataclasses.dataclass(frozen=True, slots=True)
class Authority:
    """Who may release what: acts, and for each the posts that may. An act that is not named is
    free. A form of the watch is free whatever its act, for a first notice waits for nobody; one of
    a senior post takes, beside the act's, those of `SENIOR`.
    """

    may: HashTrieMap[str, frozenset[str]] = HashTrieMap()

    def check(self, act: str, releasers: tuple[str, ...], form: Form | None = None) -> None:
        if form is not None and form.released_by == "watch":
            return
        for name in (act,) if form is None else (act, SENIOR):
            allowed = self.may.get(name)
            if allowed is not None and allowed.isdisjoint(releasers):
                who = ", ".join(sorted(allowed)) or "nobody"
                what = act if form is None else f"{act} of form {form.number}"
                raise Refused(
                    f"{what} may be released by {who} only", mend="ask one of them to release it"
                )


ANYBODY: Final = Authority()


def decide(
    state: State, event: Event, now: int, *, ready: bool, authority: Authority, verify: Verify
) -> Decided:
    """What to write down. `ready`: our signer has sealed the ledger we hold, so it is all of it.

    Raises `Refused` (our officer), `Unreachable` (not now), `Forged` or `Malformed` (what arrived),
    and `Beyond` for an advance that starts after what we hold: it is answered with where we stand.
    """
    decided = Decided(state)
    match event:
        case Begin():
            if not state.own.size:
                decided.write(Own(state.terms, now))
        case Release(content, releasers):
            if not ready or state.recovering:
                raise Unreachable(
                    "the signer has not sealed the ledger we hold", where="release",
                    mend="the draft is kept; release it again when the station has caught up",
                )  # fmt: skip
            authority.check(content.act, releasers, _form(state, content))
            try:
                message = released(state, content, releasers, now)
                decided.write(Own(format_message(message), now))
            except Malformed as error:  # it is our officer who wrote it
                raise Refused(error.what, where=error.where, mend=error.mend) from error
        case Arrived():
            _arrived(decided, event, now, ready, verify)
        case _:
            assert_never(event)
    return decided


def _form(state: State, content: Content) -> Form | None:
    vocabulary = state.vocabularies.get(state.accord.vocabulary)
    body = understood(vocabulary, content.act, content.body) if vocabulary else None
    return form_of(vocabulary, body) if vocabulary and body is not None else None


# -- what we hear ----------------------------------------------------------------------------------


def check_advance(
    state: State, advance: Advance, verify: Verify, *, recalled: bool = False
) -> tuple[str, Branch]:
    """Whose ledger this is and the branch it shows. Raises `Forged`, `Malformed` or `Beyond`."""
    checkpoint = read_checkpoint(advance.note)
    whose = state.whose(checkpoint.origin)
    mirror = extend(state.mirrors(whose), advance.start, advance.hashes, checkpoint)
    if mirror.size == 0 or mirror.leaf(0) != state.line:
        raise Forged("a ledger of another accord", where=f"advance of {whose}")
    if any(branch.note == advance.note for branch in state.branches.get(whose, ())):
        return whose, Branch(mirror, advance.note)  # we have checked this very note before
    keys = _keys(state, whose, mirror, advance.leaves, steps=GENERATIONS_MAX if recalled else 1)
    signed = verify(advance.note, checkpoint.origin, keys)
    return whose, Branch(mirror, signed.note)


def _keys(
    state: State, whose: str, mirror: Mirror, leaves: tuple[bytes, ...], steps: int = 1
) -> PublicKeys:
    """The keys in force at the end of a mirror: the first checkpoint over a rekey is by the new
    ones.

    An advance may reveal `steps` generations, one but for what our own signer gives back: what a
    rekey promises is believed once its own keys have signed it, or whoever saw the keys that it
    reveals could make up another, with a promise of his own.
    """
    turned = [generation for _, generation in _turned(state, whose, mirror)]
    found = turned[-1] if turned else state.generations(whose)[0]
    revealed: dict[str, Rekey] = {}  # the rekeys may be in this very advance
    for leaf in leaves:
        body = _rekey_in(leaf, whose)
        if body is not None and _place(state, whose, mirror, leaf_hash(leaf)) is not None:
            revealed[body.keys.digest().hex()] = body
    keys, promise = found.keys, found.next_keys
    for _ in range(steps):
        if promise not in revealed:
            break
        body = revealed[promise]
        keys, promise = body.keys, body.next_keys
    return keys


def turns(state: State, whose: str, mirror: Mirror) -> tuple[int, ...]:
    """Where the keys of a ledger changed, on this branch of it: the indices of the rekeys."""
    return tuple(index for index, _ in _turned(state, whose, mirror))


def _turned(state: State, whose: str, mirror: Mirror) -> Iterator[tuple[int, Generation]]:
    """Each generation that keeps the promise of the one before it on this branch, and where: on
    another branch another rekey may have kept it.
    """
    promise = state.generations(whose)[0].next_keys
    known = [generation for _, generation in state.rekeys.get(whose, ())]
    while known:
        for generation in known:
            if generation.keys.digest().hex() != promise or generation.leaf is None:
                continue
            index = _place(state, whose, mirror, generation.leaf)
            if index is not None:
                break
        else:
            return
        yield index, generation
        known.remove(generation)
        promise = generation.next_keys


def _place(state: State, whose: str, mirror: Mirror, leaf: Hash) -> int | None:
    """The index of a leaf in a mirror: where we saw it before, or else anywhere."""
    index = state.place(whose, leaf) if whose != state.us or leaf in state.messages else mirror.size
    if index < mirror.size and mirror.leaf(index) == leaf:
        return index
    return next((index for index in range(mirror.size) if mirror.leaf(index) == leaf), None)


def _rekey_in(leaf: bytes, whose: str) -> Rekey | None:
    if b'"act":"rekey"' not in leaf:
        return None
    try:
        message = parse_message(leaf)
    except Malformed:
        return None
    return rekey_of(message) if message.header.author == whose else None


def _arrived(decided: Decided, event: Arrived, now: int, ready: bool, verify: Verify) -> None:
    state, advance = decided.state, event.advance
    whose, new = check_advance(state, advance, verify, recalled=event.recalled)
    if whose == state.us and not _continues(state.own, new.mirror):
        # Our keys signed another ledger than ours: both are shown, and a person must act.
        _grow(decided, advance, whose, new, now)
        return
    if whose == state.us and state.own.starts_with(new.mirror):
        return
    turns = whose != state.us and any(_rekey_in(leaf, whose) for leaf in advance.leaves)
    if not (turns and state.recovering):  # our own leaves need nobody's signature but ours
        _grow(decided, advance, whose, new, now)
    if decided.state.recovering:
        _recover(decided, advance, now)
    elif ready and whose != state.us:
        _hear(decided, whose, advance, now)
    if turns and not state.recovering:
        _check_recorded(state, decided.state, whose, new, advance.leaves)


def _grow(decided: Decided, advance: Advance, whose: str, new: Branch, now: int) -> None:
    """The ledger as it has grown, if it has."""
    branches = decided.state.branches.get(whose, ())
    if grown(branches, new) is not branches:
        decided.write(Grown(msgspec.structs.replace(advance, leaves=(), note=new.note), now))


def _check_recorded(
    before: State, after: State, whose: str, new: Branch, leaves: tuple[bytes, ...]
) -> None:
    """Keys that only this advance reveals are believed if their rekey is recorded with it."""
    if _keys(before, whose, new.mirror, leaves) != _keys(after, whose, new.mirror, ()):
        raise Unreachable(
            "it is signed by keys whose rekey cannot be recorded yet", where=f"advance of {whose}",
            mend="nothing to do: it comes again with the words before that rekey",
        )  # fmt: skip


def _continues(one: Mirror, other: Mirror) -> bool:
    return one.starts_with(other) or other.starts_with(one)


def _recover(decided: Decided, advance: Advance, now: int) -> None:
    """Our own leaves come back, in our own order, as far as there are bytes for them.

    From whatever advance they are in: a leaf hash that we signed names its bytes.
    """
    state = decided.state
    bytes_of = {leaf_hash(leaf): leaf for leaf in advance.leaves}
    bytes_of[state.line] = state.terms
    signed = state.signed
    for index in range(state.own.size, signed.size):
        leaf = bytes_of.get(signed.leaf(index))
        if leaf is None:
            return
        decided.write(Own(leaf, now))


def _hear(decided: Decided, author: str, advance: Advance, now: int) -> None:
    """What its author signed and we lack: the most urgent first, each precedence by its numbers."""
    state = decided.state
    found: list[tuple[Precedence, int, Hash, bytes]] = []
    for leaf in advance.leaves:
        digest = leaf_hash(leaf)
        if digest in state.messages or not state.vouches(author, digest):
            continue
        try:
            message = parse_message(leaf)
        except Malformed:
            continue  # it has no number and holds nobody up
        if message.header.author == author and message.header.line == state.line.hex():
            found.append((message.header.precedence, message.header.serial, digest, leaf))
    found.sort(key=lambda item: item[1:3])
    found.sort(key=lambda item: item[0], reverse=True)
    for precedence, serial, digest, leaf in found:
        state = decided.state
        waits = serial > state.tally(author, precedence)
        known = (author, precedence, serial) in state.numbers
        if state.own.size >= LEAVES_HEARD:
            return  # it stays outstanding: no frame could tell of more to whoever lost it all
        if digest in state.messages or (
            waits and not known and not _skipped(state, author, digest)
        ):
            continue
        entry = Own(leaf, now)
        decided.write(entry)


def _skipped(state: State, author: str, digest: Hash) -> bool:
    """Whether nothing that could fill the gap is outstanding before a leaf, on some branch of
    its ledger.
    """
    for branch in state.branches[author]:
        index = _index(state, author, branch.mirror, digest)
        if index is not None and not any(
            (_index(state, author, branch.mirror, leaf) or branch.mirror.size) < index
            for leaf in state.outstanding
        ):
            return True
    return False


def _index(state: State, whose: str, mirror: Mirror, leaf: Hash) -> int | None:
    index = state.vouched[whose].get(leaf)
    if index is None:
        return None
    if index < mirror.size and mirror.leaf(index) == leaf:
        return index
    return next((at for at in range(mirror.size) if mirror.leaf(at) == leaf), None)


def unheard(state: State, advance: Advance) -> list[DetenteError]:
    """Why leaves of an advance were not recorded, for the log. Asked of the state after it."""
    found = list[DetenteError]()
    if all(leaf_hash(leaf) in state.messages for leaf in advance.leaves):
        return found
    whose = state.whose(read_checkpoint(advance.note).origin)
    for leaf in advance.leaves:
        digest = leaf_hash(leaf)
        if digest in state.messages or digest == state.line:
            continue
        where = f"leaf {digest.hex()[:16]} from {whose}'s ledger"
        try:
            head = parse_message(leaf).header
        except Malformed as error:
            found.append(Malformed(f"no message: {error}", where=where))
            continue
        if head.author != whose:
            found.append(Forged(f"it claims to be by {head.author!r}", where=where))
        elif head.line != state.line.hex():
            found.append(Forged("it is of another line", where=where))
        elif not state.vouches(whose, digest):
            found.append(Forged("its author never signed it", where=where))
        else:
            found.append(
                Unreachable("it waits for an earlier number or for our signer", where=where)
            )
    return found


def vital(state: State, leaf: bytes) -> bool:
    """Whether a leaf of another party is recorded even on the last part of our disk."""
    try:
        message = parse_message(leaf)
    except Malformed:
        return False
    said = summary(state, message, here(state, leaf, 0))
    return said.safety_of_life or said.precedence is Precedence.FLASH
