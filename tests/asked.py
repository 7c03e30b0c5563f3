"""What officers ask of a line in a transcript, each answered from a station's own state alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from detente.journal import Journal
from detente.line.message import parse_message
from detente.line.rules import Mark
from detente.line.state import Said, State
from detente.line.threads import acknowledge_due, answer_due, questions
from detente.phrase.dtg import dtg
from detente.tlog.hash import Hash

NO_CALL: Final = frozenset(("acknowledge", "open", "test", "answer", "standby", "accept"))


def owed(journal: Journal, since: int, now: int) -> Iterator[str]:
    """Who owes whom what by when: of each message after the first `since` leaves, whether it
    arrived, which person has taken it, and whether it was answered.
    """
    state = journal.state
    asked = {each.query: each.answers for each in questions(state)}
    for leaf in (state.own.leaf(place) for place in range(since, state.own.size)):
        said = state.messages[leaf]
        if said.act in NO_CALL or state.mark(leaf) is not Mark.REGULAR:
            continue
        for party in state.first.names:
            if party != said.author:
                taken = _taken(journal, leaf, party, now)
                yield f"{said.author} {number(said)} to {party}: {taken}"
        if leaf in asked:
            yield f"{said.author} {number(said)}: {_answered(state, leaf, asked[leaf], now)}"


def number(said: Said) -> str:
    return f"{said.precedence.value} {said.serial}"


def _taken(journal: Journal, leaf: Hash, party: str, now: int) -> str:
    """Its receipt, which a machine gives, and the rungs, which a person of the party climbs."""
    state = journal.state
    if state.us != party and not state.vouches(party, leaf):
        return "no receipt yet"
    replies = [
        reply
        for reply in state.replies.get(leaf, ())
        if (said := state.messages[reply]).act == "acknowledge" and said.author == party
    ]
    rungs = [
        parse_message(journal.leaf(reply)).body["rung"].replace("_", " ")
        for reply in sorted(replies, key=lambda reply: state.place(party, reply))
    ]
    if rungs:
        return f"arrived; a person said {', then '.join(rungs)}"
    due = acknowledge_due(state, leaf)
    word = "OVERDUE since" if due < now else "by"
    return f"arrived; a person has yet to acknowledge it, {word} {dtg(due)}"


def _answered(state: State, leaf: Hash, answers: tuple[Hash, ...], now: int) -> str:
    if answers:
        return f"answered in {', '.join(number(state.messages[each]) for each in answers)}"
    due = answer_due(state, leaf)
    return f"no answer, {'OVERDUE since' if due < now else 'due by'} {dtg(due)}"
