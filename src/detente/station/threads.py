"""What has become of the threads of a line, as plain values for the local socket."""

from __future__ import annotations

from typing import Any

from detente.line.state import State
from detente.line.threads import (
    Incident,
    Proposal,
    Question,
    Zone,
    answer_due,
    incidents,
    latest,
    proposals,
    questions,
    zones,
)

Answer = dict[str, Any]


def threads_view(state: State) -> Answer:
    """`state` of each is one word. Times are ms UTC by our own clock."""
    return {
        "questions": [_question(state, each) for each in questions(state)],
        "proposals": [_proposal(state, each) for each in proposals(state)],
        "incidents": [_incident(state, each) for each in incidents(state)],
        "zones": [_zone(state, each) for each in zones(state)],
    }


def _question(state: State, found: Question) -> Answer:
    answered = [state.messages[leaf].recorded_at for leaf in found.answers]
    due = answer_due(state, found.query)
    word = "withdrawn" if found.cancelled else "answered" if answered else "open"
    return {
        **_thread(state, found.query, word),
        "due": due,
        "answers": [leaf.hex() for leaf in found.answers],
        "answered_late": bool(answered) and min(answered) > due,
    }


def _proposal(state: State, found: Proposal) -> Answer:
    words = {
        "agreed": found.agreed,
        "withdrawn": found.cancelled,
        "rejected": found.rejected,
        "countered": found.countered,
        "accepted": found.accepted,
    }
    word = next((word for word, so in words.items() if so), "open")
    return {
        **_thread(state, found.proposal, word),
        "accepts": [leaf.hex() for leaf in found.accepted],
    }


def _incident(state: State, found: Incident) -> Answer:
    newest = {
        state.messages[leaf].author: latest(state, leaf).hex()
        for leaf in sorted(found.accounts, key=lambda leaf: state.messages[leaf].place)
        if state.messages[leaf].act == "notify"
    }
    word = "closed" if found.closed else "withdrawn" if found.withdrawn else "open"
    return {
        **_thread(state, found.opening, word),
        "accounts": newest,
        "closed_by": sorted(found.closed_by),
    }


def _zone(state: State, found: Zone) -> Answer:
    word = "lifted" if found.lifted else "disputed" if found.disputed_by else "declared"
    if word == "declared" and found.acknowledged_by:
        word = "acknowledged"
    return {
        **_thread(state, found.declared, word),
        "acknowledged_by": sorted(found.acknowledged_by),
        "disputed_by": sorted(found.disputed_by),
    }


def _thread(state: State, leaf: Any, word: str) -> Answer:
    said = state.messages[leaf]
    return {"leaf": leaf.hex(), "author": said.author, "channel": said.channel, "state": word}
