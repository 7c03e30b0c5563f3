"""What is owed on one line, followed as its ledger grows; and of it what the bell rings for."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from typing import Final

from detente.errors import DetenteError
from detente.journal import Journal
from detente.line.accord import Accord
from detente.line.due import Calls, Due, Meeting, due, follow, late, missed, missed_calls
from detente.line.message import parse_message
from detente.line.observed import observed
from detente.line.rules import Mark
from detente.phrase.dtg import dtg
from detente.station.calendar import DAY_MS, agenda
from detente.station.figures import figures
from detente.station.views import Answer, view
from detente.tlog.hash import Hash

log = logging.getLogger(__name__)

MISSED_MAX: Final = 100  # turns that are told, the latest
BACK_DAYS: Final = 31  # of contacts that are looked back at
AHEAD_DAYS: Final = 32


def _agenda(accord: Accord, since: int, until: int) -> tuple[Meeting, ...]:
    """The contacts, or none and a word in the log: one that cannot be reckoned is refused before it
    is agreed to, and if another program agreed, no clock of the station may stop for it.
    """
    try:
        return agenda(accord, since, until)
    except (DetenteError, ValueError, IndexError, OverflowError, OSError) as error:
        log.error("the contacts of the accord cannot be reckoned: %s", error)
        return ()


class Owing:
    """A view of one journal; a look costs what is new, and what still stands."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._calls = Calls()
        self._agenda: tuple[tuple[Hash, int], tuple[Meeting, ...]] | None = None

    def due(self, now: int) -> tuple[Due, ...]:
        """Every duty that stands, the earliest first. `now`: our clock, ms UTC."""
        state = self._journal.state
        self._calls = follow(state, self._calls)
        return due(state, now, self._calls, self.agenda(now))

    def agenda(self, now: int) -> tuple[Meeting, ...]:
        """The contacts of a month back and a month ahead, reckoned anew each day, or when the terms
        have changed.
        """
        state = self._journal.state
        key = state.standing, now // DAY_MS
        if self._agenda is None or self._agenda[0] != key:
            span = now - BACK_DAYS * DAY_MS, now + AHEAD_DAYS * DAY_MS
            self._agenda = key, _agenda(state.accord, *span)
        return self._agenda[1]

    def late(self, now: int, limit: int) -> tuple[str, ...]:
        """What is late, in a few words each, which change with each rung of its ladder."""
        state = self._journal.state
        self._calls = follow(state, self._calls)
        found = late(state, now, self._calls, self.agenda(now), limit)
        return tuple(self._words(each, now) for each in found)

    def figures(self, now: int) -> list[Answer]:
        """What is counted, month by month, since the line began."""
        self._calls = follow(self._journal.state, self._calls)
        since = now if self._calls.began is None else self._calls.began
        met = _agenda(self._journal.state.accord, since, now)
        return figures(self._journal, now, self._calls, met)

    def _works(self, now: int) -> tuple[Hash, ...]:
        """Announced works on the line that are not over, and were not withdrawn."""
        state, found = self._journal.state, list[Hash]()
        for leaf in self._calls.works:
            counts = (r for r in state.replies.get(leaf, ()) if state.mark(r) is Mark.REGULAR)
            gone = any(state.messages[each].act == "cancel" for each in counts)
            if state.mark(leaf) is Mark.REGULAR and not gone:
                window = parse_message(self._journal.leaf(leaf)).body["slots"]["window"]
                if now < window["to"] * 1_000:
                    found.append(leaf)
        return tuple(found)

    def open_items(
        self, now: int, limit: int, seen: Callable[[str], bool] = lambda _: True
    ) -> tuple[str, ...]:
        """Every duty that stands, what we owe first, in a few words each; of channels that are not
        to be `seen`, and beyond the limit, how much more there is.
        """
        us = self._journal.state.us
        found = sorted(self.due(now), key=lambda each: each.owes != us)
        told = [self._words(each, now) for each in found if seen(each.channel)]
        if len(told) == len(found) <= limit:
            return tuple(told)
        told = told[: limit - 1]
        return (*told, f"{len(found) - len(told)} more, too many to list or not to be known here")

    def board(self, now: int) -> Answer:
        """For the state board: what is observed, what is announced, and how much is owed."""
        standing, state = self.due(now), self._journal.state
        return {
            "works": [view(self._journal, leaf) for leaf in self._works(now)],
            "observed": {
                party: dataclasses.asdict(each)
                for party, each in observed(state, now, self._calls, self.agenda(now)).items()
            },
            "due": len(standing),
            "late": sum(each.late(now) for each in standing),
        }

    def view(self, now: int, seen: Callable[[str], bool] = lambda _: True) -> Answer:
        """As plain values, for the local socket: of the channels that are to be `seen`."""
        standing, state = self.due(now), self._journal.state
        over = missed_calls(state, now, self._calls, self.agenda(now))
        turns = [
            each
            for each in sorted((*missed(state, now, self._calls), *over))
            if seen(self._channel(each.contact))
        ]
        return {
            "due": [self._plain(each, now) for each in standing if seen(each.channel)],
            "missed": [
                {"turn": each.at, "party": each.party, "contact": each.contact}
                for each in turns[-MISSED_MAX:]
            ],
            "missed_count": len(turns),
            "next": [
                {"contact": each.contact, "party": each.party, "time": each.at}
                for each in self.agenda(now)
                if each.at > now and seen(self._channel(each.contact))
            ],
        }

    def _channel(self, contact: str) -> str:
        """Where a contact is kept; a line test, which has no name, on the first channel."""
        accord = self._journal.state.accord
        found = accord.contact(contact) if contact else None
        return found.channel if found else accord.channels[0].name

    def _plain(self, each: Due, now: int) -> Answer:
        rung = each.rung(now)
        return {
            "duty": each.duty.value,
            "owes": each.owes,
            "to": each.to,
            "channel": each.channel,
            "leaf": each.leaf.hex() if each.leaf else None,
            "act": self._journal.state.messages[each.leaf].act if each.leaf else "",
            "contact": each.contact,
            "since": each.since,
            "until": each.until,
            "late": each.late(now),
            "rung": rung.value if rung else None,
            "arrived": each.arrived,
        }

    def _words(self, each: Due, now: int) -> str:
        """In a few words, which change with each rung of its ladder."""
        rung = each.rung(now)
        about = f" {each.contact}" if each.contact else ""
        if each.leaf:
            about = f" {each.leaf.hex()[:8]} ({self._journal.state.messages[each.leaf].act})"
        to = "" if each.to == each.owes else f" {each.to}"
        stands = f"{'' if each.arrived else 'not arrived, '}{rung.value if rung else 'due'}"
        return f"{each.owes} owes{to}: {each.duty.value}{about}, by {dtg(each.until)}; {stands}"
