"""Keys of every party, of every generation: real ones in a few crises, quick ones in the others.

Quick signatures are keyed hashes, so that anybody who knows a public key could forge them; the liar
and the attacker of a crisis know that they may not. They are laid out as the real ones are: a note
of two lines under the key ids of a party's two keys, both of which must hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, Protocol

from detente.errors import Forged
from detente.tlog.checkpoint import (
    Checkpoint,
    Signed,
    Verify,
    open_checkpoint,
    parse_checkpoint,
    sign_checkpoint,
)
from detente.tlog.keys import MLDSA44_KEY_BYTES, PrivateKeys, PublicKeys, is_weak
from detente.tlog.note import (
    COSIGNATURE_MLDSA44,
    ED25519,
    Note,
    Signature,
    format_note,
    key_id,
    parse_note,
)

GENERATIONS: Final = 4
_TIME_BYTES: Final = 8


class Keyring(Protocol):
    """Everybody's keys, by party and generation."""

    @property
    def verify(self) -> Verify:
        """What every station checks checkpoints with."""

    def public(self, party: str, generation: int) -> PublicKeys:
        """The keys of a generation, from 0 to `GENERATIONS` - 1."""

    def sign(self, party: str, generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        """The signed note."""


class Quick:
    """Keyed hashes in place of signatures."""

    @property
    def verify(self) -> Verify:
        return _open_quickly

    def public(self, party: str, generation: int) -> PublicKeys:
        return _quick_keys(party, generation)

    def sign(self, party: str, generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        keys, text = self.public(party, generation), checkpoint.text()
        lines = _quick_lines(keys, checkpoint.origin, text, time_s.to_bytes(_TIME_BYTES, "big"))
        return format_note(Note(text, lines))


class Real:
    """Ed25519 and ML-DSA-44. The second is randomised: notes differ from run to run."""

    @property
    def verify(self) -> Verify:
        return open_checkpoint

    def public(self, party: str, generation: int) -> PublicKeys:
        return _real_keys(party, generation).public

    def sign(self, party: str, generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        return sign_checkpoint(_real_keys(party, generation), checkpoint, time_s)


def half_signed(
    ring: Keyring, party: str, generation: int, forged: Checkpoint, which: int
) -> list[str]:
    """What an attacker can show who has broken one of a party's two schemes (0: Ed25519).

    The other line missing, repeated, or taken from another checkpoint.
    """
    text = forged.text()
    good = parse_note(ring.sign(party, generation, forged, 1)).signatures
    old = parse_note(ring.sign(party, generation, Checkpoint(forged.origin, 0, forged.root), 1))
    lines = list(good)
    lines[1 - which] = old.signatures[1 - which]
    choices: Sequence[Sequence[Signature]] = ((good[which],), (good[which],) * 2, lines)
    return [format_note(Note(text, tuple(choice))) for choice in choices]


@dataclass(frozen=True, slots=True)
class _Seed:
    party: str
    generation: int

    def bytes(self, size: int, purpose: str) -> bytes:
        return hashlib.shake_256(f"{purpose} {self.party} {self.generation}".encode()).digest(size)


@cache
def _real_keys(party: str, generation: int) -> PrivateKeys:
    seed = _Seed(party, generation)
    return PrivateKeys(seed.bytes(32, "ed25519"), seed.bytes(32, "mldsa44"))


@cache
def _quick_keys(party: str, generation: int) -> PublicKeys:
    seed = _Seed(party, generation)
    ed25519 = next(
        key for at in range(256) if not is_weak(key := seed.bytes(32, f"quick ed25519 {at}"))
    )
    return PublicKeys(ed25519, seed.bytes(MLDSA44_KEY_BYTES, "quick mldsa44"))


def _quick_lines(
    keys: PublicKeys, origin: str, text: str, time: bytes
) -> tuple[Signature, Signature]:
    data = text.encode()
    first = hashlib.blake2b(data, key=keys.ed25519).digest()
    second = hashlib.blake2b(time + data, key=keys.mldsa44[:64]).digest()
    one, two = _key_ids(keys, origin)
    return Signature(origin, one, first), Signature(origin, two, time + second)


@cache
def _key_ids(keys: PublicKeys, origin: str) -> tuple[bytes, bytes]:
    first = key_id(origin, ED25519, keys.ed25519)
    return first, key_id(origin, COSIGNATURE_MLDSA44, keys.mldsa44)


def _open_quickly(note: str, origin: str, keys: PublicKeys) -> Signed:
    """As `open_checkpoint` does: both lines, each once, both true; those of others dropped."""
    opened = parse_note(note)
    checkpoint = parse_checkpoint(opened.text)
    if checkpoint.origin != origin:
        raise Forged("a checkpoint of another ledger", where=origin)
    ids = _key_ids(keys, origin)
    found = [line for line in opened.signatures if line.name == origin and line.key_id in ids]
    found.sort(key=lambda line: ids.index(line.key_id))
    time = found[-1].blob[:_TIME_BYTES] if found else b""
    if tuple(found) != _quick_lines(keys, origin, opened.text, time):
        raise Forged("the signatures do not hold", where=origin)
    kept = format_note(Note(opened.text, tuple(found)))
    return Signed(checkpoint, int.from_bytes(time, "big"), kept)
