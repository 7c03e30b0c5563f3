"""What the vectors of this folder share: keys from names, one small log, and its checkpoint."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeAlias

from detente.tlog.checkpoint import Checkpoint, sign_checkpoint
from detente.tlog.hash import Hash
from detente.tlog.keys import PrivateKeys
from detente.tlog.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    Signature,
    VerifierKey,
)
from tests.tlog import naive

Case: TypeAlias = dict[str, str | int | list[str]]

ORIGIN = "detente.example/7d0f9be3a1c2845566b1f00c9e8d3a42"
WITNESS = "witness.example/w1"
TIME_S = 1_790_000_000
LEAVES = [b"leaf %d" % index for index in range(7)]


def private(name: str) -> PrivateKeys:
    """Two seeds made of a name: of use to vectors, and to nobody else."""

    def seed(algorithm: str) -> bytes:
        return hashlib.sha256(f"detente vectors: {algorithm} of {name}".encode()).digest()

    return PrivateKeys(seed("ed25519"), seed("mldsa44"))


LOG = private("log")
OTHER = private("other")
COSIGNER = private("witness")

LOG_VKEY = VerifierKey(ORIGIN, ED25519, LOG.public.ed25519)
LOG_VKEY_06 = VerifierKey(ORIGIN, COSIGNATURE_MLDSA44, LOG.public.mldsa44)
COSIGNER_VKEY_04 = VerifierKey(WITNESS, COSIGNATURE_ED25519, COSIGNER.public.ed25519)
COSIGNER_VKEY_06 = VerifierKey(WITNESS, COSIGNATURE_MLDSA44, COSIGNER.public.mldsa44)


def root(leaves: Sequence[bytes]) -> Hash:
    return Hash(naive.root([naive.leaf(data) for data in leaves]))


def path(index: int, leaves: Sequence[bytes]) -> list[Hash]:
    return [Hash(each) for each in naive.path(index, [naive.leaf(data) for data in leaves])]


def head(size: int = len(LEAVES), origin: str = ORIGIN) -> Checkpoint:
    return Checkpoint(origin, size, root(LEAVES[:size]))


def signed(checkpoint: Checkpoint | None = None, time_s: int = TIME_S) -> str:
    return sign_checkpoint(LOG, checkpoint or head(), time_s)


def plain(keys: PrivateKeys, name: str, text: str) -> Signature:
    """A 0x01 line over any text at all."""
    vkey = VerifierKey(name, ED25519, keys.public.ed25519)
    return Signature(name, vkey.id, keys.sign_ed25519(text.encode()))


def flipped(signature: Signature, byte: int = -1) -> Signature:
    """One bit of the blob changed."""
    blob = bytearray(signature.blob)
    blob[byte] ^= 1
    return Signature(signature.name, signature.key_id, bytes(blob))


def padding_bits(encoded: str) -> str:
    """Another spelling of the same bytes: the last bit before one `=` set."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return encoded[:-2] + alphabet[alphabet.index(encoded[-2]) + 1] + "="
