"""Two records that contradict: finding them, proving them, and convicting on the proof alone.

Evidence is two texts that a stranger can check with nothing but the accord:

    two signed checkpoints of one size with different roots,
    two tlog-proofs of different leaves at one index, or
    two tlog-proofs of different messages of one author with one number, from its own ledger.

A proof carries what it proves as its extra data: the bytes of a message, or the 32 bytes of a leaf
hash whose leaf nobody has shown us.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Annotated, Final, NoReturn

import msgspec
from msgspec import Meta

from detente.audit.exports import branches_of
from detente.audit.keyring import (
    REKEYS_MAX,
    Keyring,
    Proof,
    keyrings,
    party_of,
    place_of,
    proof_at,
    prove_rekeys,
)
from detente.errors import Equivocated, Forged
from detente.line.accord import Accord, parse_accord
from detente.line.canonical import encode, exact
from detente.line.message import Message, parse_message
from detente.line.state import State
from detente.tlog.advance import Branch
from detente.tlog.checkpoint import Verify, open_checkpoint
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash
from detente.tlog.head import Checkpoint
from detente.tlog.mirror import Mirror
from detente.tlog.proof import TlogProof, check_proof, format_proof, parse_proof

CONTRADICTION_BYTES_MAX: Final = 1 << 25


@dataclasses.dataclass(frozen=True, slots=True)
class Equivocation:
    """A party's signatures contradict each other: what `convict` takes."""

    party: str
    what: str
    evidence: tuple[str, str]
    rekeys: tuple[str, ...] = ()


class Contradiction(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="format",
    tag="detente-contradiction@v1",
):
    """The same in a file, for whoever has the accord: arguments of `convict`."""

    evidence: tuple[Proof, Proof]
    rekeys: Annotated[tuple[Proof, ...], Meta(max_length=REKEYS_MAX)]


_file: Final = msgspec.json.Decoder(Contradiction)


def format_contradiction(found: Equivocation) -> bytes:
    """One canonical file. It names nobody: whom it convicts, the signatures say."""
    return encode(Contradiction(evidence=found.evidence, rekeys=found.rekeys))


def parse_contradiction(data: bytes) -> Contradiction:
    """Raise `Malformed` unless this is the one encoding of such a file."""
    return exact(_file, data, limit=CONTRADICTION_BYTES_MAX, what="contradiction")


# -- finding ---------------------------------------------------------------------------------------


def equivocations(
    state: State, sealed: Branch, leaf: Callable[[Hash], bytes], checkpoints: Sequence[str] = ()
) -> tuple[Equivocation, ...]:
    """Every contradiction in what we hold, parties in their order. A view: nothing of it is stored.

    `leaf` gives the bytes of a leaf of our ledger; `checkpoints` are earlier ones, wanted only of a
    party that has changed its keys more than once.
    """
    found: list[Equivocation] = []
    for party in state.first.names:
        branches = branches_of(state, sealed, party)
        pairs = [*_ledgers(branches), *_numbers(state, branches, party, leaf)]
        if pairs:
            rekeys = tuple(prove_rekeys(state, sealed, leaf, party, checkpoints))
            found += [Equivocation(party, what, evidence, rekeys) for what, evidence in pairs]
    return tuple(found)


def _ledgers(branches: Sequence[Branch]) -> Iterator[tuple[str, tuple[str, str]]]:
    """Branches of which neither begins with the other."""
    for one, other in combinations(branches, 2):
        size = min(one.mirror.size, other.mirror.size)
        if one.mirror.root_at(size) == other.mirror.root_at(size):
            continue
        if one.mirror.size == other.mirror.size:
            yield f"two ledgers of {size} leaves", (one.note, other.note)
        else:
            place = _parting(one.mirror, other.mirror, size)
            yield (
                f"two ledgers from leaf {place} on",
                (_hash_at(one, place), _hash_at(other, place)),
            )


def _parting(one: Mirror, other: Mirror, size: int) -> int:
    return next(at for at in range(size) if one.leaf(at) != other.leaf(at))


def _hash_at(branch: Branch, place: int) -> str:
    path = branch.mirror.inclusion(place, branch.mirror.size)
    return format_proof(TlogProof(place, path, branch.note, branch.mirror.leaf(place)))


def _numbers(
    state: State, branches: Sequence[Branch], party: str, leaf: Callable[[Hash], bytes]
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Messages of the party that share a number."""
    for number, leaves in sorted(state.numbers.items(), key=lambda item: item[1]):
        author, precedence, serial = number
        if author != party or len(leaves) == 1:
            continue
        for one, other in combinations(leaves, 2):
            evidence = _said(branches, one, leaf(one)), _said(branches, other, leaf(other))
            if evidence[0] and evidence[1]:
                yield f"two messages {precedence.value} {serial}", evidence


def _said(branches: Sequence[Branch], digest: Hash, data: bytes) -> str:
    """The proof that a leaf is in one of the branches; empty if it is in none."""
    for branch in branches:
        if place_of(branch, digest) is not None:
            proof = proof_at((branch,), branch.note, digest)
            assert proof is not None
            return format_proof(dataclasses.replace(proof, extra=data))
    return ""


# -- convicting ------------------------------------------------------------------------------------


@dataclasses.dataclass(frozen=True, slots=True)
class _Claim:
    """What one text shows that a party signed."""

    party: str
    checkpoint: Checkpoint
    place: int | None = None
    leaf: Hash | None = None
    message: Message | None = None


def convict(
    terms: bytes,
    evidence: tuple[str, str],
    rekeys: Sequence[str] = (),
    verify: Verify = open_checkpoint,
) -> NoReturn:
    """Judge evidence of equivocation. `terms`: the accord; `rekeys`: as of `keyrings`.

    Raises `Equivocated`, which carries the evidence, if it holds, and `Forged` or `Malformed` if it
    does not. Keys that the party had replaced convict it too: it vouched for whatever they sign.
    """
    accord, line = parse_accord(terms), leaf_hash(terms)
    rings = keyrings(accord.parties, line, rekeys, verify)
    one, other = (_claim(text, rings, _whose(accord, text), verify) for text in evidence)
    where = f"ledgers of {one.party}"
    if one.party != other.party:
        raise Forged(f"one is of {one.party}, the other of {other.party}", where="evidence")
    what = _contradiction(one, other, line)
    if what is None:
        raise Forged("the two do not contradict each other", where=where)
    raise Equivocated(f"{one.party} signed {what}", evidence, where=where)


def _is_proof(text: str) -> bool:
    return text.startswith("c2sp.org/tlog-proof@")


def _whose(accord: Accord, text: str) -> str:
    return party_of(accord.parties, text.partition("\n\n")[2] if _is_proof(text) else text)


def _claim(text: str, rings: Mapping[str, Keyring], party: str, verify: Verify) -> _Claim:
    ring = rings[party]
    origin = ring.card.origin
    if not _is_proof(text):
        return _Claim(party, verify(text, origin, ring.signer_of(text)).checkpoint)
    proof = parse_proof(text)
    if len(proof.extra) == HASH_BYTES:  # no message is so short
        leaf, message = Hash(proof.extra), None
    else:
        leaf, message = leaf_hash(proof.extra), parse_message(proof.extra)
    signed = check_proof(proof, leaf, origin, ring.signer_of(proof.note), verify)
    return _Claim(party, signed.checkpoint, proof.index, leaf, message)


def _contradiction(one: _Claim, other: _Claim, line: Hash) -> str | None:
    """What no honest party signs, or None."""
    if one.leaf is None and other.leaf is None:
        if (
            one.checkpoint.size == other.checkpoint.size
            and one.checkpoint.root != other.checkpoint.root
        ):
            return f"two ledgers of {one.checkpoint.size} leaves"
        return None
    if one.leaf == other.leaf:
        return None
    if one.place is not None and one.place == other.place:
        return f"two leaves at index {one.place}"
    if one.message is None or other.message is None:
        return None
    first, second = one.message.header, other.message.header
    ours = first.author == one.party and first.line == line.hex() == second.line
    if ours and first.number == second.number:
        return f"two messages with the number {first.precedence.value} {first.serial}"
    return None
