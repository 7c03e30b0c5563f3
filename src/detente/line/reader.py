"""What one reader holds, as far as its own words on this link go, and so what to tell it next.

A reader is no part of the state: it is forgotten with its link and begins again with `where`.
Whatever it is wrong about costs traffic only, for an advance that the reader has already is
harmless.

The outbox is a view: every message of our ledger whose leaf is in no ledger that the reader signed,
most urgent and our own first. Hashes flow at once; bytes wait while `FRAMES_MAX` frames are
unreceipted, so that little stands before a FLASH, which never waits.
"""

from __future__ import annotations

import dataclasses
from collections import deque
from collections.abc import Mapping
from typing import Final

from detente.line.frame import Beat, Held, Ledger, Where
from detente.line.message import Precedence
from detente.line.state import State
from detente.tlog.advance import Branch
from detente.tlog.checkpoint import read_checkpoint
from detente.tlog.hash import Hash
from detente.tlog.mirror import Mirror

FRAMES_MAX: Final = 16  # unreceipted, FLASH apart
LEAVES_MAX: Final = 64  # in one frame
LEAF_BYTES_MAX: Final = 32_768  # in one frame, unless a single leaf is larger
RELAY_AFTER_MS: Final = 1_000  # others' words go by their author first; after that, by us

_URGENT_FIRST: Final = tuple(reversed(Precedence))
Milestones = Mapping[str, tuple[Branch, ...]]
_Ledgers = list[tuple[str, tuple[Branch, ...]]]  # by party; of a forked one, several branches


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """An advance to be: hashes in place, bytes still to be fetched by their leaf hash."""

    start: int
    branch: Branch
    leaves: tuple[Hash, ...] = ()

    @property
    def hashes(self) -> bytes:
        return self.branch.mirror.hashes(self.start, self.branch.mirror.size)


def where(state: State) -> Where:
    """All that we hold. Of our own ledger, what we have left, whatever we once signed."""
    ledgers = []
    for party in state.first.names:
        mirrors = (state.own,) if party == state.us else state.mirrors(party)
        held = tuple(Held(root=mirror.root, size=mirror.size) for mirror in mirrors)
        ledgers.append(Ledger(branches=held, party=party))
    return Where(by=state.us, held=tuple(ledgers))


class Reader:
    """One other party at the end of a live link. Owned by the journal."""

    def __init__(self, party: str) -> None:
        self.party = party
        self.told = False  # whether it has said where it stands
        self._holds: dict[str, list[Mirror]] = {}
        self._queues: dict[tuple[str, Precedence], deque[Hash]] = {}
        self._flying: dict[Hash, int] = {}  # leaf: the frame it went out in
        self._frames = 0
        self._relay_at: int | None = None
        self._others = False  # whether ledgers of others are to be told as well

    # -- what we learn of it -----------------------------------------------------------------------

    def stands(self, state: State, told: Where) -> None:
        """It told us where it stands: whatever we thought that it held or was about to hold is
        void.
        """
        self.told, self._others, self._holds = True, True, {}
        for ledger in told.held:
            for held in ledger.branches:
                self._matches(state, ledger.party, held.size, held.root)
        self.restock(state)

    def restock(self, state: State) -> None:
        """Queue all that it lacks once more, whatever is on its way: our ledger grew behind our
        back.
        """
        self._queues, self._flying, self._relay_at, self._others = {}, {}, None, True
        lacking = [
            (state.messages[leaf].serial, leaf) for leaf in state.lacking.get(self.party, ())
        ]
        for _, leaf in sorted(lacking):
            self._push(state, leaf)

    def beats(self, state: State, beat: Beat) -> bool:
        """It showed its newest checkpoints. Whether one of them is not of a ledger as we hold
        it.
        """
        self._others, news = True, False
        for note in beat.checkpoints:
            checkpoint = read_checkpoint(note)
            party = state.whose(checkpoint.origin)
            news |= not self._matches(state, party, checkpoint.size, checkpoint.root)
        return news

    def showed(self, party: str, mirror: Mirror) -> None:
        """It sent us this much of a ledger, so it has that much."""
        self._hold(party, mirror)

    def recorded(self, state: State, leaf: Hash, now: int) -> None:
        """A leaf was added to our own ledger."""
        if leaf not in state.lacking.get(self.party, ()):
            return
        self._push(state, leaf)
        if state.messages[leaf].author != state.us:
            self.relay(now)

    def relay(self, now: int) -> None:
        """Ledgers of others are told soon, unless their owners are quicker."""
        if self._relay_at is None:
            self._relay_at = now + RELAY_AFTER_MS

    def receipted(self, leaves: bytes) -> None:
        """Its ledger grew by these leaves."""
        if self._flying:
            for at in range(0, len(leaves), 32):
                self._flying.pop(Hash(leaves[at : at + 32]), None)

    def _matches(self, state: State, party: str, size: int, root: bytes) -> bool:
        for mirror in (state.own,) if party == state.us else state.mirrors(party):
            if size <= mirror.size and mirror.root_at(size) == root:
                self._hold(party, mirror.truncate(size))
                return True
        return False

    def _hold(self, party: str, mirror: Mirror) -> None:
        kept = [held for held in self._holds.get(party, ()) if not mirror.starts_with(held)]
        if not any(held.starts_with(mirror) for held in kept):
            kept.append(mirror)
        self._holds[party] = kept

    def _push(self, state: State, leaf: Hash) -> None:
        said = state.messages[leaf]
        self._queues.setdefault((said.author, said.precedence), deque()).append(leaf)

    # -- what we tell it ---------------------------------------------------------------------------

    def next_plan(
        self, state: State, sealed: Branch, milestones: Milestones, now: int
    ) -> Plan | None:
        """The one advance to send now, or None while there is nothing or the window is full.

        Hashes first, so that its mirrors are current, each with the most urgent of that author's
        words; then words alone, most urgent and our own first; last its own ledger, if it has lost
        some of it. Ledgers of others follow what it told us of itself, or words that their author
        was slow to bring.
        """
        waiting = self._relay_at is not None and 0 < self._relay_at - now <= RELAY_AFTER_MS
        if self._relay_at is not None and not waiting:  # a clock that was set back waits no longer
            self._others = True
        ledgers: _Ledgers = [(state.us, (sealed,))]
        if self._others:
            ledgers += [(p, state.branches.get(p, ())) for p in state.others if p != self.party]
        steps = [(p, (*milestones.get(p, ()), *branches)) for p, branches in ledgers]
        plan = self._growth(state, steps, sealed) or self._words(state, ledgers, sealed)
        if plan is None and self._others:
            returned = (*milestones.get(self.party, ()), *state.branches.get(self.party, ()))
            plan = self._given_back(state, returned) or self._own_words(state, sealed)
            self._others = plan is not None or self._waiting(state)
            self._relay_at = self._relay_at if self._others else None
        return plan

    def _growth(self, state: State, ledgers: _Ledgers, sealed: Branch) -> Plan | None:
        for party, branches in ledgers:
            for branch in branches:
                start = self._start(party, branch.mirror)
                if start < branch.mirror.size:
                    self._hold(party, branch.mirror)
                    limit = None if branch is branches[-1] else branch.mirror
                    batch = self._batch(state, party, _URGENT_FIRST, sealed, limit)
                    return Plan(start, branch, batch)
        return None

    def _words(self, state: State, ledgers: _Ledgers, sealed: Branch) -> Plan | None:
        for precedence in _URGENT_FIRST:
            for party, branches in ledgers:
                batch = self._batch(state, party, (precedence,), sealed) if branches else ()
                if batch:
                    return Plan(branches[0].mirror.size, branches[0], batch)
        return None

    def _given_back(self, state: State, branches: tuple[Branch, ...]) -> Plan | None:
        """Its own ledger, as far as it has lost what it signed; bytes in its own order.

        A rekey goes along however late it stands: without it nothing that the new keys have signed
        holds for a party that has lost even them.
        """
        turned = {generation.leaf for generation in state.generations(self.party)}
        for branch in branches:
            start, size, leaves = self._start(self.party, branch.mirror), 0, list[Hash]()
            if start == branch.mirror.size:
                continue
            for index in range(start, branch.mirror.size):
                leaf = branch.mirror.leaf(index)
                said = state.messages.get(leaf)
                size += said.size if said else 0
                full = len(leaves) >= LEAVES_MAX or (leaves and size > LEAF_BYTES_MAX)
                if said and (leaf in turned or not full):
                    leaves.append(leaf)
            self._hold(self.party, branch.mirror)
            return Plan(start, branch, tuple(leaves))
        return None

    def _own_words(self, state: State, sealed: Branch) -> Plan | None:
        """Its own words, where both of us have lost the ledger with them: any advance serves."""
        batch = self._batch(state, self.party, _URGENT_FIRST, sealed)
        return Plan(sealed.mirror.size, sealed, batch) if batch else None

    def _start(self, party: str, mirror: Mirror) -> int:
        """As much of a branch as it is known to have. Of a branch it has not seen: nothing."""
        held = self._holds.get(party, ())
        if any(each.starts_with(mirror) for each in held):
            return mirror.size
        return max((each.size for each in held if mirror.starts_with(each)), default=0)

    def _batch(
        self,
        state: State,
        author: str,
        precedences: tuple[Precedence, ...],
        sealed: Branch,
        limit: Mirror | None = None,
    ) -> tuple[Hash, ...]:
        """A frame full of one author's words. What is receipted by now is passed over, and what our
        signer has not sealed yet waits, or what stands past `limit`: nobody could believe it.
        """
        lacking, batch, size = state.lacking.get(self.party, ()), list[Hash](), 0
        rekeys = self._rekeys(state, author)
        for precedence in precedences:
            queue = self._queues.get((author, precedence))
            whole = precedence is Precedence.FLASH and rekeys
            while queue and (precedence is Precedence.FLASH or self._window()):
                leaf = queue[0]
                if state.messages[leaf].place >= sealed.mirror.size:
                    break
                if limit is not None and state.place(author, leaf) >= limit.size:
                    break
                if leaf in lacking:
                    size += state.messages[leaf].size
                    full = len(batch) == LEAVES_MAX or (batch and size > LEAF_BYTES_MAX)
                    if full and not (whole and rekeys.difference(batch)):
                        break
                    batch.append(leaf)
                queue.popleft()
        if batch:
            self._frames += 1
            self._flying.update(dict.fromkeys(batch, self._frames))
        return tuple(batch)

    def _rekeys(self, state: State, author: str) -> frozenset[Hash]:
        """Rekeys that wait in this author's queue. The checkpoint over one holds only for a reader
        that records it, hence every FLASH before it: these go in one frame, however many they are.
        """
        queue = self._queues.get((author, Precedence.FLASH), ())
        if not queue or author not in state.rekeys:
            return frozenset()
        known = (generation.leaf for generation in state.generations(author))
        return frozenset(leaf for leaf in known if leaf is not None and leaf in queue)

    def _window(self) -> bool:
        return len(set(self._flying.values())) < FRAMES_MAX

    def _waiting(self, state: State) -> bool:
        """Whether words of others still stand behind the window."""
        return any(queue for (author, _), queue in self._queues.items() if author != state.us)
