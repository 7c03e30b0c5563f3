"""One message alone: its bytes, and for each ledger that holds it a proof that anybody can check.

A message is said when it is in its author's ledger, and heard when it is in its reader's. So the
proof from the author's ledger shows that it was said, each other that it was heard, and neither
stands for the other. What nobody can prove is that nothing else was said.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.audit.exports import branches_of
from detente.audit.keyring import REKEYS_MAX, Proof, keyrings, party_of, proof_at, prove_rekeys
from detente.errors import Forged, Refused
from detente.line.accord import PARTIES_MAX, Card, parse_accord
from detente.line.canonical import encode, exact
from detente.line.message import LEAF_BYTES_MAX, Message, parse_message
from detente.line.state import State
from detente.tlog.advance import Branch
from detente.tlog.checkpoint import read_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.policy import format_policy, policy_of
from detente.tlog.proof import check_proof, format_proof, parse_proof

EVIDENCE_BYTES_MAX: Final = 1 << 25


class Evidence(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="format",
    tag="detente-message@v1",
):
    """A message and its tlog-proofs, its author's first. `rekeys`: proofs of the keys that signed
    them, each with the rekey message as its extra data.
    """

    message: Annotated[str, Meta(max_length=LEAF_BYTES_MAX)]
    proofs: Annotated[tuple[Proof, ...], Meta(min_length=1, max_length=PARTIES_MAX)]
    rekeys: Annotated[tuple[Proof, ...], Meta(max_length=REKEYS_MAX)]


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a message stands in a party's ledger, and when (POSIX seconds, its clock) it signed
    that.
    """

    party: str
    index: int
    time_s: int


@dataclasses.dataclass(frozen=True, slots=True)
class Proven:
    """What a message's proofs show."""

    leaf: Hash
    message: Message
    said: Place
    heard: tuple[Place, ...]


def evidence(
    state: State,
    sealed: Branch,
    leaf: Callable[[Hash], bytes],
    digest: Hash,
    checkpoints: Sequence[str] = (),
) -> Evidence:
    """All that we can prove of a message of our ledger. Arguments as of `equivocations`.

    Raises `Refused` if we do not hold it or its author's signature over it, and `Forged` if its
    party has changed its keys more than once and `checkpoints` lack one by keys in between.
    """
    said = state.messages.get(digest)
    if said is None:
        raise Refused("no such message in our ledger", where=digest.hex())
    parties = (said.author, *(name for name in state.first.names if name != said.author))
    proofs, rekeys = list[str](), list[str]()
    for party in parties:
        branches = branches_of(state, sealed, party) if party in state.first.names else ()
        proof = next(
            (found for b in branches if (found := proof_at((b,), b.note, digest)) is not None), None
        )
        if proof is not None:
            proofs.append(format_proof(proof))
            rekeys += prove_rekeys(state, sealed, leaf, party, checkpoints)
        elif party == said.author:
            raise Refused(
                f"{party} has not signed it yet", where=digest.hex(), mend="wait until it is said"
            )
    check_message(state.terms, leaf(digest), proofs, rekeys)
    return Evidence(message=leaf(digest).decode(), proofs=tuple(proofs), rekeys=tuple(rekeys))


_evidence: Final = msgspec.json.Decoder(Evidence)


def format_evidence(found: Evidence) -> bytes:
    """One canonical file."""
    return encode(found)


def parse_evidence(data: bytes) -> Evidence:
    """Raise `Malformed` unless this is the one encoding of a message with proofs."""
    return exact(_evidence, data, limit=EVIDENCE_BYTES_MAX, what="evidence")


def check_message(
    terms: bytes, message: bytes, proofs: Sequence[str], rekeys: Sequence[str] = ()
) -> Proven:
    """What is proven of a message to somebody who has only the accord (`terms`).

    Raises `Forged` if a proof does not hold, is of keys that were not in force, or if none is of
    its author's ledger: then nothing shows that it was said. `Malformed` for what cannot be read.
    """
    return check_said(parse_accord(terms).parties, leaf_hash(terms), message, proofs, rekeys)


def check_said(
    cards: Sequence[Card], line: Hash, message: bytes, proofs: Sequence[str], rekeys: Sequence[str]
) -> Proven:
    """The same to somebody who has the parties' cards and the line's id, and not its accord."""
    digest, parsed = leaf_hash(message), parse_message(message)
    if parsed.header.line != line.hex():
        raise Forged("it was said on another line", where="message")
    rings = keyrings(cards, line, rekeys)
    places: dict[str, Place] = {}
    for text in proofs:
        proof = parse_proof(text)
        party = party_of(cards, proof.note)
        keys = rings[party].in_force(read_checkpoint(proof.note).size)
        signed = check_proof(proof, digest, rings[party].card.origin, keys)
        if party in places:
            raise Forged("a second proof from one ledger", where=f"proof of {party}")
        places[party] = Place(party, proof.index, signed.time_s)
    said = places.pop(parsed.header.author, None)
    if said is None:
        raise Forged(f"nothing shows that {parsed.header.author} said it", where="proofs")
    return Proven(digest, parsed, said, tuple(places.values()))


def files(found: Evidence, terms: bytes) -> dict[str, bytes]:
    """The same as separate files for tools that know C2SP and nothing of lines: the leaf, a
    tlog-proof for each ledger, and for each the tlog-policy that it must satisfy. Names to
    contents.
    """
    accord = parse_accord(terms)
    rings = keyrings(accord.parties, leaf_hash(terms), found.rekeys)
    out = {"message.json": found.message.encode()}
    for text in found.proofs:
        note = parse_proof(text).note
        party = party_of(accord.parties, note)
        ring = rings[party]
        policy = policy_of(ring.card.origin, ring.in_force(read_checkpoint(note).size))
        out[f"{party}.tlog-proof"] = text.encode()
        out[f"{party}.tlog-policy"] = format_policy(policy).encode()
    return out
