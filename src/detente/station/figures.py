"""What the parties agreed to count, month by month: tests, acknowledgements, answers, notices.

Asked of the state, like all else, and never stored. Months are of UTC; a message belongs to the
month in which we wrote it down.
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any, Final

from detente.journal import Journal
from detente.line.due import Calls, Meeting, caller, missed, missed_calls, turn_of
from detente.line.form import lead_s
from detente.line.message import parse_message
from detente.line.rules import ENDS_A_QUESTION, UNACKNOWLEDGED, Mark, Thread
from detente.line.state import State
from detente.line.threads import acknowledge_due, answer_due
from detente.phrase.dtg import iso
from detente.tlog.hash import Hash

KEPT: Final = ("tests", "acknowledgements", "answers", "notices")  # as an accord names them


@dataclasses.dataclass(slots=True)
class _Tally:
    held: int = 0
    missed: int = 0
    acknowledged: list[int] = dataclasses.field(default_factory=list)  # seconds
    acknowledged_late: int = 0
    answered: list[int] = dataclasses.field(default_factory=list)
    answered_late: int = 0
    leads: list[int] = dataclasses.field(default_factory=list)


def figures(
    journal: Journal, now: int, calls: Calls, agenda: Iterable[Meeting] = ()
) -> list[dict[str, Any]]:
    """A row for each month and party. `now`: our clock, ms UTC; `calls` as far as our ledger."""
    state, found = journal.state, defaultdict[tuple[str, str], _Tally](_Tally)
    _tests(state, found, now, calls, agenda)
    for leaf, said in state.messages.items():
        if state.mark(leaf) is not Mark.REGULAR:
            continue
        if said.act not in UNACKNOWLEDGED:
            _replies(state, found, leaf, now, None)
        if leaf in state.begun.get(Thread.QUESTION, ()):
            _replies(state, found, leaf, now, ENDS_A_QUESTION)
        if said.form is not None and said.form.lead is not None:
            slots = parse_message(journal.leaf(leaf)).body["slots"]
            lead = lead_s(said.form, slots, said.recorded_at)
            if lead is not None:
                found[_month(said.recorded_at), said.author].leads.append(lead)
    return [_row(month, party, found[month, party]) for month, party in sorted(found)]


def _month(ms: int) -> str:
    return iso(ms)[:7]


def _tests(
    state: State, found: Mapping[tuple[str, str], _Tally], now: int, calls: Calls,
    agenda: Iterable[Meeting],
) -> None:  # fmt: skip
    """A test counts for whose turn it was. Calls of contacts that nobody made are missed, too."""
    turns = set[int]()
    for author, at, _ in calls.tests:
        turn = turn_of(state.accord, at)
        if caller(state.accord, turn) == author and turn not in turns:
            turns.add(turn)
            found[_month(at), author].held += 1
    for each in (*missed(state, now, calls), *missed_calls(state, now, calls, agenda)):
        found[_month(each.at), each.party].missed += 1


def _replies(
    state: State, found: Mapping[tuple[str, str], _Tally], leaf: Hash, now: int,
    acts: frozenset[str] | None,
) -> None:  # fmt: skip
    """When each other party first replied to a message: by any act, or by what answers."""
    said = state.messages[leaf]
    due = acknowledge_due(state, leaf) if acts is None else answer_due(state, leaf)
    for party in state.first.names:
        if party == said.author:
            continue
        times = [
            state.messages[each].recorded_at
            for each in state.replies.get(leaf, ())
            if state.messages[each].author == party
            and (acts is None or state.messages[each].act in acts)
        ]
        tally = found[_month(said.recorded_at), party]
        taken = tally.acknowledged if acts is None else tally.answered
        if times:
            taken.append(max(0, min(times) - said.recorded_at) // 1_000)
        late = min(times) > due if times else _open_until(state, leaf, now, acts) > due
        if acts is None:
            tally.acknowledged_late += late
        else:
            tally.answered_late += late


def _open_until(state: State, leaf: Hash, now: int, acts: frozenset[str] | None) -> int:
    """Nobody is late with the answer to what was withdrawn in time."""
    withdrawn = (
        state.messages[each].recorded_at
        for each in state.replies.get(leaf, ())
        if state.messages[each].act == "cancel" and state.mark(each) is Mark.REGULAR
    )
    return now if acts is None else min(withdrawn, default=now)


def _row(month: str, party: str, tally: _Tally) -> dict[str, Any]:
    return {
        "month": month,
        "party": party,
        "tests_held": tally.held,
        "tests_missed": tally.missed,
        "acknowledged": len(tally.acknowledged),
        "acknowledged_late": tally.acknowledged_late,
        "acknowledge_s": _median(tally.acknowledged),
        "answered": len(tally.answered),
        "answered_late": tally.answered_late,
        "answer_s": _median(tally.answered),
        "notices": len(tally.leads),
        "lead_s": _median(tally.leads),
    }


def _median(values: list[int]) -> int | None:
    return round(median(values)) if values else None
