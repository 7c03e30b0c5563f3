"""Which FLASH messages of others still wait for a person of ours. Followed leaf by leaf, never
stored.
"""

from __future__ import annotations

import itertools

from detente.journal import Journal
from detente.line.message import Precedence
from detente.line.rules import UNACKNOWLEDGED
from detente.tlog.hash import Hash


class Attention:
    """A view of one journal that costs only what is new since it was last asked."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._seen = 0  # leaves of our own ledger that were looked at
        self._waiting: dict[Hash, None] = {}
        self._answered: set[Hash] = set()

    def waiting(self) -> tuple[Hash, ...]:
        """The leaf hashes, in the order in which we heard them."""
        self._look()
        return tuple(self._waiting)

    def newest(self, count: int) -> tuple[Hash, ...]:
        """As many of them as a bell has use for, the newest first."""
        self._look()
        return tuple(itertools.islice(reversed(self._waiting), count))

    def _look(self) -> None:
        state = self._journal.state
        for place in range(self._seen, state.own.size):
            leaf = state.own.leaf(place)
            said = state.messages.get(leaf)
            if said is None:
                continue
            if said.author == state.us and said.reply is not None:  # a person of ours wrote it
                self._answered.add(said.reply)
                self._waiting.pop(said.reply, None)
            calls = said.author != state.us and said.act not in UNACKNOWLEDGED
            if calls and said.precedence is Precedence.FLASH and leaf not in self._answered:
                self._waiting[leaf] = None
        self._seen = state.own.size
