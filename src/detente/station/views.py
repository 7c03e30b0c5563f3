"""What a station tells of a line, as plain values: messages, channels, keys.

docs/cli.md lists the fields, as the commands give them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from typing import Any, Final

from detente.errors import Refused
from detente.journal import Journal
from detente.line.message import parse_message
from detente.line.rules import Mark
from detente.line.state import Said, State
from detente.line.threads import acknowledge_due
from detente.line.views import why
from detente.station.cosigner import verified
from detente.tlog.checkpoint import read_checkpoint
from detente.tlog.hash import HASH_BYTES, Hash
from detente.tlog.note import (
    COSIGNATURE_MLDSA44,
    ED25519,
    VerifierKey,
    parse_note,
    parse_verifier_key,
)

PREFIX_MIN: Final = 4  # hexadecimal digits that name a leaf

Answer = dict[str, Any]


class Box(enum.Enum):
    """Messages of the others, messages of ours, or of all."""

    INBOX = "inbox"
    OUTBOX = "outbox"
    ALL = "all"


def verifier_keys(state: State, party: str) -> tuple[str, str]:
    """Those in force, as far as we have been shown: a checkpoint needs both."""
    card, keys = state.first.card(party), state.generations(party)[-1].keys
    assert card is not None
    return (
        VerifierKey(card.origin, ED25519, keys.ed25519).text(),
        VerifierKey(card.origin, COSIGNATURE_MLDSA44, keys.mldsa44).text(),
    )


def cosigned_view(state: State, name: str, note: str | None) -> Answer:
    """How much of our ledger a witness has cosigned, and when by its clock."""
    if note is None:
        return {"name": name, "size": None, "time": None}
    witness = next(each for each in state.accord.witnesses if each.name == name)
    checkpoint = read_checkpoint(note)
    times = verified(parse_note(note), checkpoint, tuple(map(parse_verifier_key, witness.keys)))
    time_ms = max((time_s for _, time_s in times), default=0) * 1000
    return {"name": name, "size": checkpoint.size, "time": time_ms}


def witnessed(state: State, notes: Mapping[str, str | None], now: int) -> str:
    """Whether as many witnesses as the accord asks for have cosigned of late: `met`, `not met`, or
    empty where it asks for none.
    """
    policy = state.accord.witness_policy
    if not policy:
        return ""
    since = now - policy.age_s * 1_000
    times = (cosigned_view(state, name, note)["time"] for name, note in notes.items())
    recent = sum(time is not None and time >= since for time in times)
    return "met" if recent >= policy.quorum else "not met"


def channel_view(journal: Journal, channel: str, *, whole: bool = True) -> Answer:
    """What each party declares about a channel, and what that makes it; `whole`: in its words."""
    state, terms = journal.state, journal.state.accord.channel(channel)
    return {
        "channel": channel,
        "level": terms.level.value if terms and terms.level else "",
        "topic": (terms.topic or "") if terms else "",
        "joint": state.joint(channel).value,
        "halves": {party: state.half(party, channel).value for party in state.first.names},
        "suspensions": [
            {**view(journal, leaf), "lifted_by": sorted(state.lifters(leaf))}
            for leaf in state.standing_suspensions(channel)
            if whole
        ],
    }


def view(journal: Journal, leaf: Hash) -> Answer:
    """A message as it stands: what was said, how it counts, and who has heard it."""
    state = journal.state
    said, verdict = state.messages[leaf], state.verdict(leaf)
    message = parse_message(journal.leaf(leaf))
    return {
        "leaf": leaf.hex(),
        "author": said.author,
        "number": f"{said.precedence.value} {said.serial}",
        "precedence": said.precedence.value,
        "serial": said.serial,
        "channel": said.channel,
        "epoch": said.epoch,
        "act": said.act,
        "time": said.time,
        "recorded": said.recorded_at,
        "recovered": said.recovered,
        "to": list(message.header.to),
        "reply": message.header.reply,
        "releasers": list(message.header.releasers),
        "body": message.body,
        "mark": verdict.mark.value,
        "why": why(state, leaf, message),
        "safety_of_life": said.safety_of_life,
        "acknowledge_by": acknowledge_due(state, leaf),
        "heard_by": [p for p in state.first.names if p != said.author and heard(journal, p, leaf)],
        "replies": [
            {
                "leaf": reply.hex(),
                "act": state.messages[reply].act,
                "author": state.messages[reply].author,
            }
            for reply in state.replies.get(leaf, ())
        ],
        "translations": [
            {"leaf": reply.hex(), "author": state.messages[reply].author, "body": body}
            for reply in state.replies.get(leaf, ())
            if (body := _translation(journal, reply)) is not None
        ],
    }


def _translation(journal: Journal, leaf: Hash) -> dict[str, Any] | None:
    """The body of a translation that counts."""
    state = journal.state
    if state.messages[leaf].act != "translate" or state.mark(leaf) is not Mark.REGULAR:
        return None
    return parse_message(journal.leaf(leaf)).body


def heard(journal: Journal, party: str, leaf: Hash) -> bool:
    """Heard is what stands in a reader's signed ledger: in ours only when our signer has sealed
    it.
    """
    if party != journal.state.us:
        return journal.state.vouches(party, leaf)
    sealed = journal.sealed
    return sealed is not None and journal.state.messages[leaf].place < sealed.mirror.size


def messages(
    journal: Journal, box: Box, last: int, seen: Callable[[str], bool] = lambda _: True
) -> list[Answer]:
    """The newest messages of a box, of the channels that are to be `seen`, in the order of our own
    ledger.
    """
    state, found = journal.state, list[Hash]()
    for place in range(state.own.size - 1, 0, -1):
        if len(found) >= last:
            break
        leaf = state.own.leaf(place)
        said = state.messages.get(leaf)
        if said is not None and _in_box(said, state.us, box) and seen(said.channel):
            found.append(leaf)
    return [view(journal, leaf) for leaf in reversed(found)]


def _in_box(said: Said, us: str, box: Box) -> bool:
    match box:
        case Box.INBOX:
            return said.author != us
        case Box.OUTBOX:
            return said.author == us
        case Box.ALL:
            return True


def find(journal: Journal, prefix: str) -> Hash:
    """The leaf whose hash begins so, or `Refused`."""
    if len(prefix) < PREFIX_MIN or any(c not in "0123456789abcdef" for c in prefix):
        raise Refused(
            f"{prefix!r} names no message", where="leaf", mend="give its first hex digits"
        )
    if len(prefix) == 2 * HASH_BYTES and Hash(bytes.fromhex(prefix)) in journal.state.messages:
        return Hash(bytes.fromhex(prefix))
    found = [leaf for leaf in journal.state.messages if leaf.hex().startswith(prefix)]
    if len(found) != 1:
        raise Refused(f"{len(found)} messages begin with {prefix!r}", where="leaf")
    return found[0]
