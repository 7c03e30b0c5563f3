"""A joint statement in one file: its texts, and the proof that every party agreed to them.

It holds the accord, and with it every party's card: whose keys these are, the reader knows from
fingerprints that the parties have published elsewhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.audit.exports import Text
from detente.audit.messages import Evidence, Proven, check_message, evidence
from detente.errors import Forged, Refused
from detente.line.accord import PARTIES_MAX, parse_accord
from detente.line.act import Conclude, Formed
from detente.line.canonical import encode, exact
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
    """Each message with its proofs. `accepts`: one of every party but the proposer."""

    accepts: Annotated[tuple[Evidence, ...], Meta(min_length=1, max_length=PARTIES_MAX)]
    accord: Text
    conclusion: Evidence
    proposal: Evidence


@dataclasses.dataclass(frozen=True, slots=True)
class Agreed:
    """What a statement's file proves: these texts, agreed by all of these parties."""

    terms: bytes
    texts: Mapping[str, str]  # by language
    publish_s: int  # POSIX seconds: from when on it may be published
    proposal: Proven
    accepts: tuple[Proven, ...]
    conclusion: Proven


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
            accord=state.terms.decode(), conclusion=prove(conclusion), proposal=prove(digest),
        )
    )  # fmt: skip
    check_statement(data)
    return data


_file: Final = msgspec.json.Decoder(Statement)


def check_statement(data: bytes) -> Agreed:
    """What the file proves. Raises `Forged` where it does not hold, `Malformed` if it is none."""
    file = exact(_file, data, limit=STATEMENT_BYTES_MAX, what="statement")
    terms = file.accord.encode()
    accord = parse_accord(terms)

    def check(one: Evidence) -> Proven:
        return check_message(terms, one.message.encode(), one.proofs, one.rekeys)

    proposed, concluded = check(file.proposal), check(file.conclusion)
    accepts = tuple(map(check, file.accepts))
    leaf, author = proposed.leaf.hex(), proposed.message.header.author
    vocabulary = VOCABULARIES[max(VOCABULARIES)]
    body = understood(vocabulary, proposed.message.header.act, proposed.message.body)
    form = form_of(vocabulary, body) if body is not None else None
    if not isinstance(body, Formed) or form is None or form.name != FORM:
        raise Forged("what was proposed is no joint statement", where="statement.proposal")
    for each in accepts:
        head = each.message.header
        if (head.act, head.reply) != ("accept", leaf):
            raise Forged("it accepts something else", where=f"acceptance by {head.author}")
    by = [each.message.header.author for each in accepts]
    if sorted(by) != sorted(name for name in accord.names if name != author):
        raise Forged("not every other party has accepted, once each", where="statement.accepts")
    head = concluded.message.header
    end = understood(vocabulary, head.act, concluded.message.body)
    named = {each.leaf.hex() for each in accepts}
    if not isinstance(end, Conclude) or (head.author, head.reply) != (author, leaf):
        raise Forged("its proposer has not concluded it", where="statement.conclusion")
    if set(end.accepts) != named:
        raise Forged("it concludes on other acceptances", where="statement.conclusion")
    texts: dict[str, str] = body.slots["texts"]
    return Agreed(terms, texts, body.slots["publish"], proposed, accepts, concluded)
