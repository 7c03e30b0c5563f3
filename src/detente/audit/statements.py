"""A joint statement in one file for the press: its texts, and the proof that the parties agreed.

The accord stays private. The file holds the parties' cards: whose keys these are, the reader knows
from fingerprints that the parties have published elsewhere. Without the accord it cannot show that
no other party belongs to the line, or that the line was no exercise.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.audit.exports import Text
from detente.audit.messages import Evidence, Proven, check_said, evidence
from detente.errors import Forged, Malformed, Refused
from detente.line.accord import PARTIES_MAX, Card, parse_card
from detente.line.act import Accept, Body, Conclude, Formed, Releasability
from detente.line.canonical import encode, exact
from detente.line.message import parse_message
from detente.line.rules import VOCABULARIES, form_of, understood
from detente.line.state import State
from detente.line.threads import proposal
from detente.tlog.advance import Branch
from detente.tlog.hash import Hash

STATEMENT_BYTES_MAX: Final = 1 << 26
FORM: Final = "joint_statement"


class Statement(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="format",
    tag="detente-statement@v1",
):
    """Each message with its proofs. `accepts`: one of every party but the proposer. `cards`: of
    every party, in the order of their names. `exercise`: what the maker says of the line.
    """

    accepts: Annotated[tuple[Evidence, ...], Meta(min_length=1, max_length=PARTIES_MAX)]
    cards: Annotated[tuple[Text, ...], Meta(min_length=2, max_length=PARTIES_MAX)]
    conclusion: Evidence
    exercise: bool
    proposal: Evidence


@dataclasses.dataclass(frozen=True, slots=True)
class Agreed:
    """What a statement's file proves: these texts, agreed by all of these parties, whose keys are
    those of these cards. `exercise` is only what the file says.
    """

    line: Hash
    cards: tuple[Card, ...]
    exercise: bool
    texts: Mapping[str, str]  # by language
    publish_s: int  # POSIX seconds: from when on it may be published
    proposal: Proven
    accepts: tuple[Proven, ...]
    conclusion: Proven

    def untrusted(self, fingerprints: AbstractSet[Hash]) -> tuple[str, ...]:
        """Parties whose keys are only the word of the file: nobody brought their fingerprints."""
        return tuple(c.party for c in self.cards if c.fingerprint() not in fingerprints)


def statement(
    state: State,
    sealed: Branch,
    leaf: Callable[[Hash], bytes],
    digest: Hash,
    checkpoints: Sequence[str] = (),
) -> bytes:
    """The file. Raises `Refused` unless it is a joint statement that its proposer concluded."""
    said = state.messages.get(digest)
    if said is None or said.form is None or said.form.name != FORM:
        raise Refused("this is no joint statement", where=digest.hex()[:16])
    found = proposal(state, digest)
    if not found.agreed:
        raise Refused(
            "it is not agreed", where=digest.hex()[:16],
            mend="every other party accepts, and then its proposer concludes",
        )  # fmt: skip

    def prove(one: Hash) -> Evidence:
        return evidence(state, sealed, leaf, one, checkpoints)

    conclusion = found.concluded[0]
    data = encode(
        Statement(
            accepts=tuple(map(prove, state.messages[conclusion].named)),
            cards=tuple(encode(card).decode() for card in state.first.parties),
            conclusion=prove(conclusion), exercise=state.first.exercise, proposal=prove(digest),
        )
    )  # fmt: skip
    try:
        check_statement(data)
    except Forged as error:
        raise Refused(error.what, where=error.where) from error
    return data


_file: Final = msgspec.json.Decoder(Statement)


def check_statement(data: bytes) -> Agreed:
    """What the file proves. Raises `Forged` where it does not hold, `Malformed` if it is none."""
    file = exact(_file, data, limit=STATEMENT_BYTES_MAX, what="statement")
    cards = _cards(file.cards)
    line = Hash(bytes.fromhex(parse_message(file.proposal.message.encode()).header.line))

    def check(one: Evidence) -> Proven:
        return check_said(cards, line, one.message.encode(), one.proofs, one.rekeys)

    proposed, concluded = check(file.proposal), check(file.conclusion)
    accepts = tuple(map(check, file.accepts))
    body = _proposed(proposed)
    author = proposed.message.header.author
    for each in accepts:
        head = each.message.header
        if not isinstance(_body(each), Accept) or head.reply != proposed.leaf.hex():
            raise Forged("it accepts something else", where=f"acceptance by {head.author}")
    by = [each.message.header.author for each in accepts]
    if sorted(by) != [card.party for card in cards if card.party != author]:
        raise Forged("not every other party has accepted, once each", where="statement.accepts")
    head, end = concluded.message.header, _body(concluded)
    if not isinstance(end, Conclude) or (head.author, head.reply) != (author, proposed.leaf.hex()):
        raise Forged("its proposer has not concluded it", where="statement.conclusion")
    if sorted(end.accepts) != sorted(each.leaf.hex() for each in accepts):
        raise Forged("it concludes on other acceptances", where="statement.conclusion")
    return Agreed(
        line,
        cards,
        file.exercise,
        body.slots["texts"],
        body.slots["publish"],
        proposed,
        accepts,
        concluded,
    )


def _cards(texts: tuple[str, ...]) -> tuple[Card, ...]:
    """Cards of different parties, which share nothing that would let one play another."""
    cards = tuple(parse_card(text.encode()) for text in texts)
    names = [card.party for card in cards]
    if names != sorted(set(names)):
        raise Malformed(
            "cards stand in the order of their parties' names, each once", where="statement.cards"
        )
    for field in ("origin", "ed25519", "mldsa44"):
        if len({getattr(card, field) for card in cards}) < len(cards):
            raise Malformed(f"two parties have the same {field}", where="statement.cards")
    return cards


def _body(proven: Proven) -> Body | None:
    message = proven.message
    return understood(VOCABULARIES[max(VOCABULARIES)], message.header.act, message.body)


def _proposed(proposed: Proven) -> Formed:
    """The joint statement that was proposed, which both may publish, or `Forged`."""
    body = _body(proposed)
    form = form_of(VOCABULARIES[max(VOCABULARIES)], body) if body is not None else None
    if not isinstance(body, Formed) or form is None or form.name != FORM:
        raise Forged("what was proposed is no joint statement", where="statement.proposal")
    if body.releasability is not Releasability.JOINT:
        raise Forged(
            f"they agreed on it for themselves: it is marked {body.releasability.value}, not joint",
            where="statement.proposal",
        )
    return body
