"""Whose keys a stranger may believe, with nothing but the parties' cards and proofs.

A card promises its party's next keys by their hash. A rekey that reveals them is believed only
where the *new* keys signed a ledger that holds it: once they are public, anybody could write one
that promises keys of his own after them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Final

from msgspec import Meta

from detente.audit.exports import branches_of
from detente.errors import Forged, Malformed
from detente.line.accord import Card
from detente.line.evolve import rekey_of
from detente.line.message import Message, parse_message
from detente.line.state import State
from detente.tlog.advance import Branch
from detente.tlog.checkpoint import Verify, open_checkpoint, read_checkpoint
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash
from detente.tlog.keys import PublicKeys
from detente.tlog.note import ED25519, key_id, parse_note
from detente.tlog.proof import TlogProof, check_proof, format_proof, parse_proof

REKEYS_MAX: Final = 256  # of all parties
PROOF_CHARACTERS_MAX: Final = 131_072  # a note, a path, and a message as extra data

Proof = Annotated[str, Meta(max_length=PROOF_CHARACTERS_MAX)]


@dataclasses.dataclass(frozen=True, slots=True)
class Turn:
    """A rekey: its place in its party's ledger, the keys that it reveals, the hash of those
    after.
    """

    place: int
    keys: PublicKeys
    next_keys: str


@dataclasses.dataclass(frozen=True, slots=True)
class Keyring:
    """One party's keys as far as they are proven."""

    card: Card
    turns: tuple[Turn, ...] = ()

    def in_force(self, size: int) -> PublicKeys:
        """The keys that sign a ledger of `size` leaves: the first checkpoint over a rekey is by the
        new.
        """
        keys = self.card.keys
        for turn in self.turns:
            if turn.place < size:
                keys = turn.keys
        return keys

    def signer_of(self, note: str) -> PublicKeys:
        """Those of the party's keys that a note names, whenever they were in force; or `Forged`."""
        for keys in (self.card.keys, *(turn.keys for turn in self.turns)):
            if names(note, self.card.origin, keys):
                return keys
        raise Forged("signed by no keys that are proven to be the party's", where=self.card.party)

    def turned(self, message: Message, proof: TlogProof, leaf: Hash, verify: Verify) -> Keyring:
        """With one more rekey, or `Forged`."""
        body = rekey_of(message)
        promised = self.turns[-1].next_keys if self.turns else self.card.next_keys
        if body is None or body.keys.digest().hex() != promised:
            raise Forged("a rekey to keys that were not promised", where=self.card.party)
        check_proof(proof, leaf, self.card.origin, body.keys, verify)
        turn = Turn(proof.index, body.keys, body.next_keys)
        return dataclasses.replace(self, turns=(*self.turns, turn))


def names(note: str, origin: str, keys: PublicKeys) -> bool:
    """Whether a note has a line that claims to be by these keys. The claim is not checked."""
    wanted = key_id(origin, ED25519, keys.ed25519)
    return any((line.name, line.key_id) == (origin, wanted) for line in parse_note(note).signatures)


def keyrings(
    cards: Iterable[Card], line: Hash, rekeys: Sequence[str], verify: Verify = open_checkpoint
) -> Mapping[str, Keyring]:
    """Every party's keys, by its name. `rekeys`: for each, a tlog-proof that carries the message.

    Those of one party stand in their order. Raises `Forged` or `Malformed` for one that does not
    hold.
    """
    if len(rekeys) > REKEYS_MAX:
        raise Malformed(f"more than {REKEYS_MAX} rekeys", where="rekeys")
    rings = {card.party: Keyring(card) for card in cards}
    for text in rekeys:
        proof = parse_proof(text)
        message = parse_message(proof.extra)
        author = message.header.author
        if author not in rings or message.header.line != line.hex():
            raise Forged("a rekey of another line", where="rekeys")
        rings[author] = rings[author].turned(message, proof, leaf_hash(proof.extra), verify)
    return rings


def party_of(cards: Iterable[Card], note: str) -> str:
    """Whose ledger a note is about, or `Forged`."""
    origin = read_checkpoint(note).origin
    for card in cards:
        if card.origin == origin:
            return card.party
    raise Forged("no party of the accord keeps such a ledger", where=f"origin {origin!a}")


# -- making the proofs -----------------------------------------------------------------------------


def prove_rekeys(
    state: State,
    sealed: Branch,
    leaf: Callable[[Hash], bytes],
    party: str,
    checkpoints: Sequence[str],
) -> Iterator[str]:
    """What `keyrings` asks for, of one party, as far as there are checkpoints by each of its
    keys.
    """
    card = state.first.card(party)
    assert card is not None
    branches = branches_of(state, sealed, party)
    for generation in state.generations(party)[1:]:
        assert generation.leaf is not None
        for note in (*(branch.note for branch in branches), *checkpoints):
            if not names(note, card.origin, generation.keys):
                continue
            if found := proof_at(branches, note, generation.leaf):
                yield format_proof(dataclasses.replace(found, extra=leaf(generation.leaf)))
                break


def place_of(branch: Branch, leaf: Hash) -> int | None:
    """The index of a leaf hash in a branch."""
    hashes, at = branch.mirror.hashes(0, branch.mirror.size), -1
    while (at := hashes.find(leaf, at + 1)) >= 0:
        if at % HASH_BYTES == 0:
            return at // HASH_BYTES
    return None


def proof_at(branches: Sequence[Branch], note: str, leaf: Hash) -> TlogProof | None:
    """That a leaf stands in the tree that a note signs, if one of the branches is or was that
    tree.
    """
    checkpoint = read_checkpoint(note)
    for branch in branches:
        place = place_of(branch, leaf)
        if place is None or not place < checkpoint.size <= branch.mirror.size:
            continue
        if branch.mirror.root_at(checkpoint.size) == checkpoint.root:
            path = branch.mirror.inclusion(place, checkpoint.size)
            return TlogProof(place, path, note)
    return None
