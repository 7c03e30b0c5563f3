"""What is owed on one line, followed as its ledger grows; and of it what the bell rings for."""

from __future__ import annotations

from typing import Any, Final

from detente.journal import Journal
from detente.line.due import Calls, Due, due, follow, missed

Answer = dict[str, Any]
MISSED_MAX: Final = 100  # turns that are told, the latest


class Owing:
    """A view of one journal; a look costs what is new, and what still stands."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._calls = Calls()

    def due(self, now: int) -> tuple[Due, ...]:
        """Every duty that stands, the earliest first. `now`: our clock, ms UTC."""
        state = self._journal.state
        self._calls = follow(state, self._calls)
        return due(state, now, self._calls)

    def late(self, now: int, limit: int) -> tuple[str, ...]:
        """What is late, in a few words each, which change with each rung of its ladder."""
        return tuple(_words(each, now) for each in self.due(now)[:limit] if each.late(now))

    def view(self, now: int) -> Answer:
        """As plain values, for the local socket."""
        standing = self.due(now)
        turns = missed(self._journal.state, now, self._calls)
        return {
            "due": [_plain(each, now) for each in standing],
            "missed": [{"turn": at, "party": party} for at, party in turns[-MISSED_MAX:]],
            "missed_count": len(turns),
        }


def _words(each: Due, now: int) -> str:
    rung = each.rung(now)
    about = f" {each.leaf.hex()[:8]}" if each.leaf else ""
    stands = f"{'' if each.arrived else 'not arrived, '}{rung.value if rung else 'due'}"
    return f"{each.owes} owes {each.to}: {each.duty.value}{about}; {stands}"


def _plain(each: Due, now: int) -> Answer:
    rung = each.rung(now)
    return {
        "duty": each.duty.value,
        "owes": each.owes,
        "to": each.to,
        "channel": each.channel,
        "leaf": each.leaf.hex() if each.leaf else None,
        "since": each.since,
        "until": each.until,
        "late": each.late(now),
        "rung": rung.value if rung else None,
        "arrived": each.arrived,
    }
