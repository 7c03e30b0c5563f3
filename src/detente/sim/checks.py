"""The promises of a line, as a world is asked to keep them.

What an honest party signed, only the world knows for certain: it stands by and takes a record.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from typing import Final

from detente.audit import Code, Equivocation, Finding, audit, convict, export, parse_export
from detente.audit.exports import CHECKPOINTS_MAX
from detente.errors import DetenteError, Equivocated, Forged
from detente.journal import Journal
from detente.line.decide import ANYBODY, Arrived, Authority, decide
from detente.line.due import Duty, due, follow
from detente.line.entry import Entry, Grown, Own
from detente.line.evolve import evolve
from detente.line.message import Precedence, parse_message
from detente.line.observed import observed
from detente.line.rules import Half, Joint, Mark, Vocabularies
from detente.line.state import State
from detente.line.threads import questions
from detente.line.views import shared
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import Checkpoint, Verify, read_checkpoint
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash
from detente.tlog.mirror import Mirror


class Broken(AssertionError):
    """A promise was not kept. The first words name it."""

    def __init__(self, name: str, detail: object = "") -> None:
        super().__init__(f"{name}: {detail}")
        self.name = name


def promise(name: str, kept: bool, detail: object = "") -> None:
    if not kept:
        raise Broken(name, detail)


class Record:
    """Every checkpoint that an honest signer signed, and the leaves below it."""

    def __init__(self) -> None:
        self._roots: dict[tuple[str, int], Hash] = {}
        self._ledgers: dict[str, Mirror] = {}
        self._leaves: dict[str, set[Hash]] = {}

    def ledger(self, party: str) -> Mirror:
        """The largest ledger that a party signed."""
        return self._ledgers.get(party, Mirror())

    def leaves(self, party: str) -> set[Hash]:
        return self._leaves.setdefault(party, set())

    def sealed(self, party: str, checkpoint: Checkpoint, hashes: bytes) -> None:
        """No honest party ever signs two roots for one size, nor a ledger that does not grow."""
        size, root = checkpoint.size, checkpoint.root
        known = self._roots.setdefault((party, size), root)
        promise("one root", known == root, f"{party} signed two ledgers of {size} leaves")
        before = self.ledger(party)
        if size < before.size:
            promise("one root", before.root_at(size) == root, f"{party} turned off at {size}")
            return
        fresh = hashes[before.size * HASH_BYTES :]
        after = before.extend(fresh)
        grown = after.size == size and after.root == root
        promise("one root", grown, f"{party} signed {size} leaves that do not continue its ledger")
        self._ledgers[party] = after
        for at in range(0, len(fresh), HASH_BYTES):
            leaf = Hash(fresh[at : at + HASH_BYTES])
            promise("once", leaf not in self.leaves(party), f"{party} has {leaf.hex()} twice")
            self.leaves(party).add(leaf)

    def shows(self, party: str, mirror: Mirror) -> bool:
        """Whether an honest party once signed exactly this."""
        return not mirror.size or self._roots.get((party, mirror.size)) == mirror.root

    def speaks(self, state: State, stored: int, advance: Advance) -> None:
        """Commit, then seal, then speak: what leaves the house is stored there, and signed."""
        us, signed = state.us, read_checkpoint(advance.note)
        promise("stored", state.length <= stored, f"{us} spoke of {state.length}, stored {stored}")
        kept = signed.size <= state.own.size and state.own.root_at(signed.size) == signed.root
        promise("stored", kept, f"{us} spoke of {signed.size} leaves, holding {state.own}")
        for leaf in advance.leaves:
            sealed = leaf_hash(leaf) in self.leaves(us)
            promise("sealed", sealed, f"{us} spoke what it had not signed: {leaf!r}")


class Written:
    """One journal, as it is written: what comes a second time must be marked as recovered."""

    def __init__(self, party: str, record: Record) -> None:
        self._party, self._record = party, record
        self._size = self._recovered = 0

    def resume(self, entry: Entry, origin: str) -> None:
        """What stood in it before we looked."""
        match entry:
            case Own():
                self._size += 1
            case Grown(advance, _):
                checkpoint = read_checkpoint(advance.note)
                if checkpoint.origin == origin:
                    self._recovered = max(self._recovered, checkpoint.size)

    def add(self, entry: Entry, origin: str) -> None:
        """One more: it is new, or else what we have lost and been given back."""
        if isinstance(entry, Own):
            digest, ledger = leaf_hash(entry.leaf), self._record.ledger(self._party)
            again = self._size < ledger.size or digest in self._record.leaves(self._party)
            promise(
                "once", not again or self._size < self._recovered,
                f"{self._party} writes {digest.hex()} at {self._size} as if it were new",
            )  # fmt: skip
        self.resume(entry, origin)


# -- at every moment ------------------------------------------------------------------------------


def receipts(state: State, record: Record, honest: Iterable[str]) -> None:
    """Nothing counts as heard before a sealed checkpoint of its reader covers it."""
    for party in honest:
        mirror = state.mirror(party)
        promise("heard", record.shows(party, mirror), f"{state.us} has {mirror} of {party}")
        single = len(state.branches.get(party, ())) <= 1
        promise("slander", single, f"{state.us} holds two ledgers of {party}")


# -- once healed ----------------------------------------------------------------------------------


def not_lost(state: State, record: Record) -> None:
    """Nothing said is lost: neither by its author nor on the way."""
    promise("ready", not state.recovering, f"{state.us} still lacks leaves that it signed")
    whole = state.own == record.ledger(state.us)
    promise("lost", whole, f"{state.us} holds {state.own}, signed {record.ledger(state.us)}")
    twice = state.own.size != len({state.own.leaf(index) for index in range(state.own.size)})
    promise("once", not twice, f"{state.us} has a leaf twice")


def converged(states: Mapping[str, State], liars: Collection[str] = ()) -> None:
    """All that is said is heard by all, each knows it of the others, and all believe the same.

    But for the words of a liar whose signature over them was lost with a database, and that the
    liar shows to nobody again: whoever has them can convince nobody, and believes otherwise.
    """
    first = next(iter(states.values()))
    unproven = {
        leaf
        for state in states.values()
        for leaf, said in state.messages.items()
        if said.author in liars and not state.vouches(said.author, leaf)
    }
    for us, state in states.items():
        same = set(state.messages) - unproven == set(first.messages) - unproven
        promise("heard by all", same, f"{us} and {first.us} have not heard the same")
        apart = [] if unproven else _apart_in(state, first)
        promise("agreement", not apart, f"{us} and {first.us} differ in {apart}")
        for them, other in states.items():
            known = us == them or state.mirror(them) == other.own
            promise("receipt", known, f"{us} holds {state.mirror(them)} of {them}: {other.own}")


def _apart_in(one: State, other: State) -> list[str]:
    """The views of which two believe otherwise, one that only one of them has among them."""
    ours, theirs = shared(one), shared(other)
    return [name for name in ours | theirs if ours.get(name) != theirs.get(name)]


def regular(state: State, honest: Iterable[str]) -> None:
    """We never release what the rules call irregular, and nobody comes to call it so, nor hears it
    out of its order.
    """
    tallies = Counter[tuple[str, Precedence]]()
    for leaf, said in sorted(state.messages.items(), key=lambda item: item[1].place):
        if said.author in honest:
            verdict = state.verdict(leaf)
            promise("regular", verdict.mark is Mark.REGULAR, f"{state.us}: {verdict} {said}")
            key = said.author, said.precedence
            promise("in order", said.serial == tallies[key], f"{state.us}: {tallies[key]}, {said}")
            tallies[key] += 1


def contradicted(state: State) -> None:
    """Of two messages under one number neither stands, nor any half that they name, if FLASH."""
    for (author, precedence, serial), leaves in state.numbers.items():
        if len(leaves) == 1:
            continue
        for leaf in leaves:
            promise("neither", state.mark(leaf) is Mark.CONTRADICTED, f"{state.us}: {leaf.hex()}")
            if precedence is Precedence.FLASH and serial < state.tally(author, precedence):
                half = state.half(author, state.messages[leaf].channel)
                promise("neither", half is Half.CONTRADICTED, f"{state.us}: {author} {serial}")


UNANSWERED: Final = ("acknowledge", "nothing", "ready")  # they end a call, and begin none


def owed(state: State, now: int) -> None:
    """No duty vanishes: whoever has said no word to a message that counts owes one still, whatever
    its machine has signed for; and an open question is owed its answer.
    """
    told = {(each.duty, each.leaf, each.owes) for each in due(state, now)}
    for leaf, said in state.messages.items():
        if state.mark(leaf) is not Mark.REGULAR or said.act in UNANSWERED:
            continue
        replied = {state.messages[each].author for each in state.replies.get(leaf, ())}
        for party in set(state.first.names) - {said.author} - replied:
            promise(
                "owed", (Duty.ACKNOWLEDGE, leaf, party) in told, f"{state.us}: {party} owes {said}"
            )
    for duty, leaf, party in _unsettled(state):
        promise("owed", (duty, leaf, party) in told, f"{state.us}: {party} owes {duty.value}")
    for question in questions(state):
        if not question.answers and not question.cancelled:
            asker = state.messages[question.query].author
            for party in set(state.first.names) - {asker}:
                known = (Duty.ANSWER, question.query, party) in told
                promise("owed", known, f"{state.us}: {party} owes an answer")


def _unsettled(state: State) -> Iterator[tuple[Duty, Hash, str]]:
    """Suspensions to be looked at again, and amendments that wait for a consent."""
    for channel in (each.name for each in state.accord.channels):
        for leaf in state.standing_suspensions(channel):
            author = state.messages[leaf].author
            if state.joint(channel) is Joint.SUSPENDED and author not in state.lifters(leaf):
                yield Duty.REVIEW, leaf, author
    for leaf, one in state.amendments.items():
        if one.predecessor != state.standing or state.mark(leaf) is not Mark.REGULAR:
            continue
        if leaf in state.accords:
            continue
        agreed = {
            state.messages[each].author
            for each in state.replies.get(leaf, ())
            if state.messages[each].act == "agree" and state.mark(each) is Mark.REGULAR
        }
        for party in set(state.first.names) - {state.messages[leaf].author} - agreed:
            yield Duty.AGREE, leaf, party


def apart(state: State, now: int) -> None:
    """Declared and observed are two facts: what a channel is hangs on halves and suspensions and on
    no silence, and what is seen of a party on its words and on no suspension.
    """
    names = state.first.names
    for channel in (each.name for each in state.accord.channels):
        halves = {state.half(party, channel) for party in names}
        stand = [
            leaf
            for leaf in state.suspensions.get(channel, ())
            if state.mark(leaf) is Mark.REGULAR and len(state.lifters(leaf)) < len(names)
        ]
        told = Joint.OPEN if halves == {Half.OPEN} else Joint.CLOSED
        if stand or Half.SUSPENDED in halves:
            told = Joint.SUSPENDED
        if Half.CONTRADICTED in halves:
            told = Joint.CONTRADICTED
        promise("declared", state.joint(channel) is told, f"{state.us}: {channel} is not {told}")
    seen = observed(state, now, follow(state))
    for party in names:
        words = dict[str, int]()
        for said in sorted(state.messages.values(), key=lambda said: said.place):
            if said.author == party:
                words[said.channel] = said.recorded_at
        promise("observed", seen[party].channels == words, f"{state.us} of {party}")


def authorised(
    state: State, leaf_of: Callable[[Hash], bytes], honest: Collection[str], authority: Authority
) -> None:
    """No release of an honest party without one whom its matrix names."""
    for leaf, said in state.messages.items():
        allowed = authority.may.get(said.act)
        if said.author in honest and allowed is not None:
            releasers = parse_message(leaf_of(leaf)).header.releasers
            promise("authority", not allowed.isdisjoint(releasers), f"{said} by {releasers}")


def crosses_nowhere(state: State, other: State, leaves: Collection[bytes], verify: Verify) -> None:
    """Nothing of an exercise is taken in by another line between the same parties."""
    for branches in state.branches.values():
        for branch in branches:
            hashes = branch.mirror.hashes(0, branch.mirror.size)
            event = Arrived(Advance(0, hashes, branch.note, tuple(sorted(leaves))))
            try:
                decide(other, event, 1, ready=True, authority=ANYBODY, verify=verify)
            except Forged:
                continue
            promise("no exercise byte", kept=False, detail=f"{state.us}: {other.first.name}")


def owed_alike(states: Mapping[str, State], now: int) -> None:
    """All know the same of who owes whom what; by when is for each its own clock's affair."""
    found = {
        us: {(each.duty, each.leaf, each.owes, each.to) for each in due(state, now) if each.leaf}
        for us, state in states.items()
    }
    first = next(iter(found))
    for us, duties in found.items():
        promise("owed alike", duties == found[first], f"{us} and {first} differ in what is owed")


def vocabulary(state: State, beyond: Iterable[Hash]) -> None:
    """What lies beyond the vocabulary that a message was said under is understood by nobody."""
    for leaf in beyond:
        said = state.messages.get(leaf)
        if said is not None and len(state.numbers[said.number]) == 1:
            mark = state.mark(leaf)
            promise("vocabulary", mark is Mark.NOT_UNDERSTOOD, f"{state.us}: {mark} {said}")


def not_jammed(state: State, shown: State) -> None:
    """Whatever a party signed and showed is recorded, unless it waits for what is outstanding."""
    liar = shown.us
    words = {leaf: said for leaf, said in shown.messages.items() if said.author == liar}
    waits = any(
        leaf in state.outstanding and leaf not in words for leaf in state.vouched.get(liar, ())
    )
    for leaf, said in words.items():
        if state.vouches(liar, leaf):
            gap = said.serial > state.tally(liar, said.precedence)
            heard = leaf in state.messages or (gap and waits)
            promise("jam", heard, f"{state.us} did not record {said}")


def order_is_nothing(
    begin: State, state: State, leaves: Iterable[bytes], rng: random.Random
) -> None:
    """The same messages in any other order: the same beliefs."""
    shuffled = sorted(leaves)
    rng.shuffle(shuffled)
    other = evolve(begin, Own(state.terms, 0))
    for leaf in shuffled:
        other = evolve(other, Own(leaf, 0))
    apart = _apart_in(state, other)
    promise("order", not apart, f"{state.us} differs from a shuffled self in {apart}")


def clean(
    journal: Journal,
    entries: Iterable[Entry],
    liars: Collection[str],
    verify: Verify,
    vocabularies: Vocabularies,
) -> None:
    """A stranger who reads an honest ledger finds nothing wrong with it or with the honest,
    believes what its keeper does, and convicts whom the keeper found to lie on the evidence alone.
    """
    state, sealed = journal.state, journal.sealed
    assert sealed is not None
    notes = sorted({entry.advance.note for entry in entries if isinstance(entry, Grown)})
    kept = [branch.note for party in state.first.names for branch in journal.milestones(party)]
    kept += notes[len(kept) - CHECKPOINTS_MAX :]
    file = parse_export(export(state, sealed, journal.leaf, kept))
    report = audit(file, verify=verify, vocabularies=vocabularies)
    lost = any(said.recovered for said in state.messages.values())
    for finding in report.findings:
        # Who lost its database gets every leaf back, and not what former keys had signed over them.
        excused = finding.code is Code.KEYS and lost
        against = _against(finding, state) in liars
        promise("audit", excused or against, f"{state.us}: {finding}")
        if finding.evidence is not None:
            promise("convict", _convicts(finding.evidence, state, verify), f"{finding.evidence}")
    agrees = shared(report.state) == shared(state)
    promise("audit", agrees, f"{state.us}: the stranger believes something else")


def _against(finding: Finding, state: State) -> str:
    """Whom a finding speaks against; empty: the file itself."""
    match finding.code:
        case Code.UNVOUCHED:  # of a liar that shows nothing more, what it signed may be lost
            place = int(finding.where.removeprefix("leaf "))
            return state.messages[state.own.leaf(place)].author
        case Code.NOTE | Code.KEYS:  # it may change its keys otherwise on each of its branches
            return next((n for n in state.first.names if finding.what.startswith(n)), finding.whose)
        case _:
            return finding.whose


def _convicts(found: Equivocation, state: State, verify: Verify) -> bool:
    try:
        convict(state.terms, found.evidence, found.rekeys, verify)
    except Equivocated as error:
        return error.where == f"ledgers of {found.party}"
    except DetenteError:
        return False


def forks_found(states: Mapping[str, State], liars: Iterable[str]) -> int:
    """Two honest parties who were shown two ledgers: what either holds convicts their author."""
    found = 0
    for author, one, other in itertools.product(liars, states.values(), states.values()):
        if _apart(one.mirror(author), other.mirror(author)):
            branches = [branch.mirror for branch in one.branches[author]]
            convicted = any(_apart(a, b) for a, b in itertools.combinations(branches, 2))
            promise("fork", convicted, f"{one.us} and {other.us} hold two ledgers of {author}")
            found += 1
    return found


def _apart(one: Mirror, other: Mirror) -> bool:
    return not (one.starts_with(other) or other.starts_with(one))
