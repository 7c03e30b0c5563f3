"""What is told after an exercise: each clock of the accord against the officer's own, and what the
script asked of him. A score is what was met, of what was asked; nothing else is weighed.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterator

from detente.exercise.play import Done, Play
from detente.exercise.script import Expected
from detente.line.rules import ENDS_A_QUESTION, UNACKNOWLEDGED, Mark, Thread
from detente.line.threads import acknowledge_due, answer_due
from detente.tlog.hash import Hash


class Outcome(enum.Enum):
    """How something that was asked for came out."""

    MET = "met"
    LATE = "LATE"
    NEVER = "NEVER"
    BROKEN = "BROKEN"  # what was never to be done was


@dataclasses.dataclass(frozen=True, slots=True)
class Item:
    """One thing that was asked. Times are ms after the beginning; None: never."""

    what: str
    by: int | None
    at: int | None
    outcome: Outcome


@dataclasses.dataclass(frozen=True, slots=True)
class Debrief:
    """All of them."""

    items: tuple[Item, ...]

    @property
    def met(self) -> int:
        return sum(each.outcome is Outcome.MET for each in self.items)

    @property
    def score(self) -> int:
        """Of a hundred."""
        return round(100 * self.met / len(self.items)) if self.items else 100


def debrief(play: Play) -> Debrief:
    """As far as the exercise has come. What is not due yet is not asked."""
    asked = (_asked(play, each) for each in play.script.expected)
    now = play.table.now - play.begins
    return Debrief((
        *_clocks(play),
        *(i for i in asked if i.outcome is not Outcome.NEVER or i.by is None or i.by <= now),
    ))  # fmt: skip


def _clocks(play: Play) -> Iterator[Item]:
    """Every message of the other side that we heard: when a person said a word, and an answer."""
    state, now = play.table.journals[play.script.you].state, play.table.now
    for place in range(play.first, state.own.size):
        leaf = state.own.leaf(place)
        said = state.messages[leaf]
        if said.author == state.us or state.mark(leaf) is not Mark.REGULAR:
            continue
        if said.act in UNACKNOWLEDGED:
            continue
        name = next((n for n, each in play.names.items() if each == leaf), leaf.hex()[:8])
        at = _first(play, leaf)
        due = acknowledge_due(state, leaf)
        if at is not None or now > due:
            yield _item(play, f"a person's word to {said.act} {name}", due, at)
        if leaf in state.begun.get(Thread.QUESTION, ()):
            at, due = _first(play, leaf, ENDS_A_QUESTION), answer_due(state, leaf)
            if at is not None or now > due:
                yield _item(play, f"the answer to {name}", due, at)


def _first(play: Play, leaf: Hash, acts: frozenset[str] | None = None) -> int | None:
    """When the officer first replied to a message, by one of these acts."""
    times = (d.at for d in play.done if d.reply == leaf and (acts is None or d.act in acts))
    return min(times, default=None)


def _item(play: Play, what: str, due: int, at: int | None) -> Item:
    outcome = Outcome.NEVER if at is None else Outcome.MET if at <= due else Outcome.LATE
    return Item(what, due - play.begins, None if at is None else at - play.begins, outcome)


def _asked(play: Play, each: Expected) -> Item:
    found = min((d.at - play.begins for d in play.done if _is(play, d, each)), default=None)
    if each.by is None:
        return Item(each.why, None, found, Outcome.MET if found is None else Outcome.BROKEN)
    outcome = Outcome.NEVER
    if found is not None:
        outcome = Outcome.MET if found <= each.by else Outcome.LATE
    return Item(each.why, each.by, found, outcome)


def _is(play: Play, done: Done, each: Expected) -> bool:
    """Whether what was done is what was asked: the act, and each word of it that was given."""
    what = each.what
    if done.act != what.verb:
        return False
    for word in what.words:
        named = play.names.get(word)
        if word not in done.words and (named is None or named != done.reply):
            return False
    return True
