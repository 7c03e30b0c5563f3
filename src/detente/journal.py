"""decide, commit, evolve, seal, tell: the only way a line moves.

    step = decide(...)     pure; may refuse; signs nothing
    store.append(...)      one transaction, only if nobody else has written since
    state = evolve(...)    the same fold as recovery and audit
    signer.seal(...)       only over what is stored
    frames                 only from what is sealed

So nothing leaves the house before it is stored, and nothing is signed that is not. Starting up is
the same fold; after it the signer is asked first, and until it has sealed exactly what we hold,
nothing is added to our own ledger: only mirrors grow.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import Final, assert_never

from detente.errors import Conflict, DetenteError, Forged, Refused, Unreachable
from detente.line.canonical import encode
from detente.line.decide import ANYBODY, Arrived, Authority, Begin, Event, Release, decide, turns
from detente.line.entry import Entry, Grown, Own, parse_entry
from detente.line.evolve import fold
from detente.line.frame import Beat, Carried, Where
from detente.line.reader import Reader, where
from detente.line.state import State
from detente.store import Store
from detente.tlog.advance import Advance, Beyond, Branch
from detente.tlog.checkpoint import Verify, read_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.mirror import Mirror
from detente.tlog.signer import Behind, Signer

TRIES: Final = 8
STEP_MAX: Final = 64  # events in one commit, one seal, one write to a link
RECENT_MAX: Final = 1_024  # leaves whose bytes are kept at hand


@dataclasses.dataclass(frozen=True, slots=True)
class Outcome:
    """What a step did. `results` has for each event the leaves it added to our ledger, or why
    none.
    """

    results: tuple[tuple[Hash, ...] | DetenteError, ...]
    grown: frozenset[str]  # parties whose ledger we saw grow


class Journal:
    """One line of one station. Nothing else writes to its store while it lives."""

    def __init__(
        self,
        begin: State,
        store: Store,
        signer: Signer,
        verify: Verify,
        authority: Authority = ANYBODY,
    ) -> None:
        self._begin, self._store, self._signer, self._verify = begin, store, signer, verify
        self._authority = authority
        self._readers: dict[str, Reader] = {}
        self._asks: set[str] = set()  # readers to be told where we stand
        self._missed: set[str] = set()  # readers who brought words that we could not write down
        self._recent: dict[Hash, bytes] = {}
        self._milestones: dict[tuple[str, tuple[tuple[int, ...], ...]], tuple[Branch, ...]] = {}
        self.sealed: Branch | None = None  # all that our signer has signed, once it was asked
        self.trouble: DetenteError | None = None  # why it does not sign
        self._refold()

    @property
    def ready(self) -> bool:
        """Whether our signer has sealed exactly what we hold."""
        return self.sealed is not None and self.sealed.mirror.size == self.state.own.size

    @property
    def _hears(self) -> bool:
        """Whether what we are told can be added to our ledger."""
        return self.ready and not self.state.recovering

    # -- events ------------------------------------------------------------------------------------

    def handle(self, events: Sequence[Event], now: int, *, sender: str = "") -> Outcome:
        """Take at most `STEP_MAX` events in one step. `sender`: at the end of which link they
        arrived.

        No events is a tick: the signer is asked again if it was away. Raises `Unreachable` if the
        events could not be stored; then nothing has happened.
        """
        assert len(events) <= STEP_MAX
        self._ask_signer(now)
        try:
            entries, results = self._record(events, now, sender)
        except Unreachable:
            self._missed.add(sender)
            raise
        for entry in entries:
            self._learn(entry, sender, now)
        self._seal(now)
        if (
            sender in self._readers
            and self.state.recovering
            and any(isinstance(e, Own) for e in entries)
        ):
            self._ask(sender)  # for the next of our lost leaves
        if not events and self._missed and (self._hears or self.state.recovering):
            self._asks |= self._missed & self._readers.keys()
            self._missed.clear()
        return Outcome(
            tuple(results), frozenset(self._whose(e) for e in entries if isinstance(e, Grown))
        )

    # -- links -------------------------------------------------------------------------------------

    def link(self, party: str) -> None:
        """A link to a party came up. The first frame on it is `where`."""
        if party not in self.state.others:
            raise Forged(f"{party!r} is no other party of this line", where="link")
        self._readers[party] = Reader(party)
        self._ask(party)

    def unlink(self, party: str) -> None:
        self._readers.pop(party, None)
        self._asks.discard(party)

    def ask_again(self) -> None:
        """Words were left with those who brought them, for want of room: now they may come."""
        self._asks |= self._readers.keys()

    def stands(self, sender: str, told: Where) -> None:
        """A reader said where it stands."""
        reader = self._reader(sender)
        for ledger in told.held:
            if ledger.party not in self.state.first.names:
                raise Forged(f"{ledger.party!r} is no party of this line", where="where")
        reader.stands(self.state, told)

    def beats(self, sender: str, beat: Beat) -> None:
        """A reader showed its newest checkpoints. If it knows more than we, it is told where we
        stand.
        """
        if self._reader(sender).beats(self.state, beat):
            self._ask(sender)

    def beat(self, now: int) -> bytes:
        """The newest checkpoint held of every party, ours included."""
        notes = [self.sealed.note] if self.sealed else []
        notes += [
            self.state.branches[p][0].note for p in self.state.others if p in self.state.branches
        ]
        return encode(Beat(by=self.state.us, checkpoints=tuple(notes), time=now))

    def next_frame(self, party: str, now: int) -> bytes | None:
        """The most urgent frame for a reader, or None while there is nothing to tell it.

        Ask for one at a time, when the link can take it: then a FLASH waits behind one frame only.
        """
        if party in self._asks:
            self._asks.remove(party)
            return encode(where(self.state))
        reader = self._readers.get(party)
        if reader is None or not reader.told or self.sealed is None or not self.sealed.mirror.size:
            return None
        milestones = {p: self.milestones(p) for p in self.state.first.names}
        plan = reader.next_plan(self.state, self.sealed, milestones, now)
        if plan is None:
            return None
        leaves = tuple(self.leaf(leaf) for leaf in plan.leaves)
        return encode(Carried(Advance(plan.start, plan.hashes, plan.branch.note, leaves)))

    def milestones(self, party: str) -> tuple[Branch, ...]:
        """The last checkpoint by each of a party's keys, but for the first keys and the present, on
        every branch of its ledger.

        Without them nobody could believe what an earlier rekey promised. They stand in the journal,
        ours because it is written down before a rekey; rekeys are rare, so it is read for them.
        """
        if len(self.state.rekeys.get(party, ())) < 2:
            return ()
        mirrors = self.state.mirrors(party)
        turned = tuple(turns(self.state, party, mirror) for mirror in mirrors)
        if (party, turned) not in self._milestones:
            found: dict[str, Branch] = {}
            for mirror, places in zip(mirrors, turned, strict=True):
                last: dict[int, Branch] = {}
                for branch in self._shown(party, mirror):
                    last[sum(place < branch.mirror.size for place in places)] = branch
                kept = (last[g] for g in range(1, len(places)) if g in last)
                found.update((branch.note, branch) for branch in kept)
            self._milestones[party, turned] = tuple(found.values())
        return self._milestones[party, turned]

    def _shown(self, party: str, mirror: Mirror) -> Iterator[Branch]:
        """Every checkpoint in the journal that a mirror has grown through."""
        for data in self._store.read():
            entry = parse_entry(data)
            if isinstance(entry, Grown) and self._whose(entry) == party:
                checkpoint = read_checkpoint(entry.advance.note)
                size = checkpoint.size
                if size <= mirror.size and mirror.root_at(size) == checkpoint.root:
                    yield Branch(mirror.truncate(size), entry.advance.note)

    def _ask(self, party: str) -> None:
        """Tell a reader where we stand, next of all: it answers with what we lack."""
        self._asks.add(party)

    def _reader(self, sender: str) -> Reader:
        if sender not in self._readers:
            raise Forged(f"{sender!r} has no link", where="frame")
        return self._readers[sender]

    # -- bytes -------------------------------------------------------------------------------------

    def leaf(self, digest: Hash) -> bytes:
        """The bytes of a leaf of our own ledger."""
        if digest == self.state.line:
            return self.state.terms
        found = self._recent.get(digest)
        if found is None:
            entry = parse_entry(self._store.entry(self.state.messages[digest].entry))
            assert isinstance(entry, Own)
            found = entry.leaf
        return found

    # -- inside ------------------------------------------------------------------------------------

    def _refold(self) -> None:
        self.state: State = fold(self._begin, map(parse_entry, self._store.read()))

    def _record(
        self, events: Sequence[Event], now: int, sender: str = ""
    ) -> tuple[list[Entry], list[tuple[Hash, ...] | DetenteError]]:
        for _ in range(TRIES):
            state, entries, results = self._decided(events, now, sender)
            try:
                self._commit(entries)
            except Conflict:  # a second process: what was decided is worth nothing now
                self._refold()
                self._restock()
                continue
            self.state = state
            return entries, results
        raise Unreachable("another process keeps writing", where="store", mend="stop one of them")

    def _decided(
        self, events: Sequence[Event], now: int, sender: str
    ) -> tuple[State, list[Entry], list[tuple[Hash, ...] | DetenteError]]:
        """Decide on each event as if those before it had been written down, which they will be."""
        state, entries = self.state, list[Entry]()
        results = list[tuple[Hash, ...] | DetenteError]()
        for event in events:
            before = self._before(event, now)
            try:
                decided = decide(
                    fold(state, before),
                    event,
                    now,
                    ready=self.ready,
                    authority=self._authority,
                    verify=self._verify,
                )
            except Beyond:
                results.append(())
                if not self._hears:
                    self._missed.add(sender)  # asked once we can hear, or it would go on for ever
                elif sender in self._readers:
                    self._ask(sender)
                continue
            except DetenteError as error:
                results.append(error)
                # While we fetch back our own, a rekey of theirs may be among what we lost: what
                # does not hold now is asked for again.
                if isinstance(error, Unreachable) or state.recovering:
                    self._missed.add(sender)
                continue
            recovering, state = state.recovering, decided.state
            entries += [*before, *decided.entries]
            if isinstance(event, Arrived) and (
                _lacks(state, event.advance) or (recovering and _behind(state, event.advance))
            ):
                self._missed.add(sender)
            results.append(tuple(leaf_hash(e.leaf) for e in decided.entries if isinstance(e, Own)))
        return state, entries, results

    def _before(self, event: Event, now: int) -> list[Entry]:
        """What our present keys signed last is written down before a rekey ends them."""
        if isinstance(event, Release) and event.content.act == "rekey" and self.sealed is not None:
            return [Grown(Advance(self.sealed.mirror.size, b"", self.sealed.note, ()), now)]
        return []

    def _commit(self, entries: Sequence[Entry]) -> None:
        if entries:
            self._store.append(self.state.length, [encode(entry) for entry in entries])
        for entry in entries:
            if isinstance(entry, Own):
                self._recent[leaf_hash(entry.leaf)] = entry.leaf
        while len(self._recent) > RECENT_MAX:
            del self._recent[next(iter(self._recent))]

    def _learn(self, entry: Entry, sender: str, now: int) -> None:
        """What an entry tells us of our readers."""
        match entry:
            case Own(leaf, _):
                digest = leaf_hash(leaf)
                for reader in self._readers.values():
                    reader.recorded(self.state, digest, now)
            case Grown(advance, _):
                whose = self._whose(entry)
                if whose in self._readers:
                    self._readers[whose].receipted(advance.hashes)
                if sender in self._readers and (shown := _shown(self.state, advance)):
                    self._readers[sender].showed(whose, shown)  # this branch, and no other
                self._pass_on({whose, sender}, now)
            case _:
                assert_never(entry)

    def _pass_on(self, told: set[str], now: int) -> None:
        """A ledger may be another for somebody else, be it by the order of its leaves alone:
        without a word to carry it, and with no heart beating, it is told all the same.
        """
        for party, reader in self._readers.items():
            if party not in told:
                reader.relay(now)

    def _whose(self, entry: Grown) -> str:
        return self.state.whose(entry.advance.note.partition("\n")[0])

    def _restock(self) -> None:
        for reader in self._readers.values():
            if reader.told:
                reader.restock(self.state)

    # -- the signer --------------------------------------------------------------------------------

    def _ask_signer(self, now: int) -> None:
        """The first thing after a start: our ledger's first reader must have sealed what we
        hold.
        """
        if self.sealed is None:
            self._seal(now)
        if self.ready and not self.state.own.size:
            self._record([Begin()], now)
            self._seal(now)

    def _seal(self, now: int) -> None:
        """Have our ledger signed as it stands. What the signer knows and we do not comes back
        first.
        """
        for _ in range(TRIES):
            if self.ready and not self.state.recovering:
                return
            try:
                self.sealed = self._signed(now)
                self.trouble = None
            except Behind as behind:
                if not self._caught_up(behind.advance, now):
                    return
            except (Refused, Unreachable) as error:
                self.trouble = error
                return

    def _signed(self, now: int) -> Branch:
        own, start = self.state.own, min(self._signer.size, self.state.own.size)
        if start == self._signer.size and own.root_at(start) != self._signer.root:
            raise Refused(
                f"the signer holds another ledger than ours up to {start}", where=self.state.us,
                mend="a person must decide which of the two was said",
            )  # fmt: skip
        leaves = [self.leaf(own.leaf(index)) for index in range(start, own.size)]
        signed = self.state.signed.size
        return Branch(own, self._signer.seal(start, leaves, now, signed))

    def _caught_up(self, advance: Advance, now: int) -> bool:
        """A second process wrote it, or else we have lost it and the signer gives it back."""
        size = self.state.own.size
        if self._store.length() != self.state.length:
            self._refold()
        if self.state.own.size == size:
            _, results = self._record([Arrived(advance, recalled=True)], now)
            self.trouble = next((r for r in results if isinstance(r, DetenteError)), None)
        self._restock()
        return self.state.own.size > size


def _behind(state: State, advance: Advance) -> bool:
    """Whether a ledger was not grown to what came: while we fetch back our own, one with a rekey
    waits, and its words may all be ours again by then.
    """
    return _shown(state, advance) is None


def _shown(state: State, advance: Advance) -> Mirror | None:
    """As much of a ledger as an advance shows, on whatever branch of it we hold."""
    checkpoint = read_checkpoint(advance.note)
    size, root = checkpoint.size, checkpoint.root
    held = state.mirrors(state.whose(checkpoint.origin))
    found = (m for m in held if size <= m.size and m.root_at(size) == root)
    return next((mirror.truncate(size) for mirror in found), None)


def _lacks(state: State, advance: Advance) -> bool:
    """Whether words came that we did not write down: they wait, or came before what vouches for
    them.
    """
    return any(leaf_hash(leaf) not in state.messages for leaf in advance.leaves)
