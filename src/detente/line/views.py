"""What people ask of a state, and what must be the same for all who hold the same messages.

Nothing here is stored. Every value is a function of the set of messages, in an order of its own.
"""

from __future__ import annotations

from typing import Any

from detente.errors import Malformed
from detente.line.message import Message
from detente.line.rules import Mark, read_body
from detente.line.state import State
from detente.line.threads import questions
from detente.line.threads import shared as threads
from detente.tlog.hash import Hash


def channels(state: State) -> tuple[str, ...]:
    """The names of the standing accord's channels."""
    return tuple(sorted(channel.name for channel in state.accord.channels))


def why(state: State, leaf: Hash, message: Message) -> str:
    """Why a message does not count, with the field of a body that does not say what its act says.

    Empty if it counts.
    """
    said, verdict = state.messages[leaf], state.verdict(leaf)
    accord = state.accords.get(said.accord)
    vocabulary = state.vocabularies.get(accord.vocabulary) if accord else None
    if said.row is None and vocabulary is not None and verdict.mark is Mark.NOT_UNDERSTOOD:
        try:
            read_body(vocabulary, message.header.act, message.body)
        except Malformed as error:
            return f"{verdict.why}: {error.where}: {error.what}"
    return verdict.why


def shared(state: State) -> dict[str, Any]:
    """All that two stations with the same messages must agree on, as plain values.

    Leaf hashes are written in hex.
    """
    names, known = state.first.names, channels(state)
    return {
        "accords": sorted(leaf.hex() for leaf in state.accords),
        "halves": {
            f"{party} {channel}": [(step.serial, step.half.value) for step in history]
            for (party, channel), history in sorted(state.halves.items())
        },
        "joints": {channel: state.joint(channel).value for channel in known},
        "keys": {
            party: [g.keys.digest().hex() for g in state.generations(party)] for party in names
        },
        "marks": {leaf.hex(): state.mark(leaf).value for leaf in sorted(state.messages)},
        "questions": {
            each.query.hex(): {
                "answers": [leaf.hex() for leaf in each.answers],
                "standbys": [leaf.hex() for leaf in each.standbys],
            }
            for each in questions(state)
        },
        **threads(state),
        "standing": state.standing.hex(),
        "suspensions": {
            leaf.hex(): sorted(state.lifters(leaf))
            for leaves in state.suspensions.values()
            for leaf in sorted(leaves)
            if state.mark(leaf) is Mark.REGULAR
        },
    }
