"""How each party behaves on a line: what it said last, the tests it answered, the calls it met.

Observed is a fact of its own. Silence is not suspension, and suspension is not silence: nothing
here looks at what anybody declares, nor at whether the circuit works.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Final

from detente.line.due import Calls, Meeting, calls_for, missed, missed_calls
from detente.line.state import State
from detente.tlog.hash import Hash

LOOKED_BACK_MS: Final = 86_400_000  # tests and calls of the last day
LOOKED_BACK_TESTS: Final = 10_000


@dataclasses.dataclass(frozen=True, slots=True)
class Observed:
    """One party as seen from here. Times are ms UTC by our own clock, None: never."""

    last: int | None  # its last words, on any channel
    channels: Mapping[str, int]  # its last words, by channel
    tests_heard: int  # tests by others within a day, that stand in its ledger
    tests_answered: int  # of these, those to which a person of it replied
    calls_met: int  # contacts within a day for which it called, or answered whoever did
    missed: int  # tests and calls within a day that it was to make


def observed(
    state: State, now: int, calls: Calls, agenda: Sequence[Meeting] = ()
) -> dict[str, Observed]:
    """Every party, ourselves too. `calls` as far as our ledger goes."""
    since = now - LOOKED_BACK_MS
    meetings = [each for each in agenda if since <= each.at <= now]
    over = (*missed(state, now, calls), *missed_calls(state, now, calls, agenda))
    tests = [
        (author, leaf)
        for author, heard, leaf in calls.tests[-LOOKED_BACK_TESTS:]
        if since <= heard <= now
    ]
    found = {}
    for party in state.first.names:
        channels = {name: at for (who, name), at in calls.last.items() if who == party}
        heard = [leaf for author, leaf in tests if author != party and _has(state, party, leaf)]
        found[party] = Observed(
            last=max(channels.values(), default=None),
            channels=channels,
            tests_heard=len(heard),
            tests_answered=sum(_replied(state, party, leaf) for leaf in heard),
            calls_met=sum(
                any(_took_part(state, party, leaf) for leaf in calls_for(calls, each))
                for each in meetings
            ),
            missed=sum(each.party == party and each.at >= since for each in over),
        )
    return found


def _has(state: State, party: str, leaf: Hash) -> bool:
    return party == state.us or state.vouches(party, leaf)


def _took_part(state: State, party: str, callup: Hash) -> bool:
    return state.messages[callup].author == party or _replied(state, party, callup)


def _replied(state: State, party: str, leaf: Hash) -> bool:
    return any(state.messages[each].author == party for each in state.replies.get(leaf, ()))
