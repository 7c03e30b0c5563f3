"""The two signature keys of a party, and the one rule by which signatures hold.

A party signs with Ed25519 *and* ML-DSA-44 (FIPS 204), and what it signs holds only if both do:
the first is old and trusted, the second outlives a quantum computer.

Ed25519 is not one algorithm: libraries disagree about hundreds of hand-made signatures, and a
signature that convinces one party's tools and not the other's is a weapon. Our rule is RFC 8032
without cofactor, and refuses keys and points R that are not canonical or of low order.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey, MLDSA44PublicKey

from detente.errors import Forged, Malformed
from detente.tlog.hash import Hash

SEED_BYTES = 32
ED25519_KEY_BYTES = 32
ED25519_SIGNATURE_BYTES = 64
MLDSA44_KEY_BYTES = 1312
MLDSA44_SIGNATURE_BYTES = 2420

_DIGEST_DOMAIN = b"detente/keys/v1\n"

_P = 2**255 - 19
_Y_MASK = 2**255 - 1
# The eight points of low order have these five y, whatever the sign bit says. The last two are
# the points of order eight.
_LOW_ORDER_Y = frozenset(
    {
        0,
        1,
        _P - 1,
        0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826,
        0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7,
    }
)


@dataclass(frozen=True, slots=True)
class PublicKeys:
    """What a party's log signs with, as bytes: Ed25519 (32) and ML-DSA-44 (1312)."""

    ed25519: bytes
    mldsa44: bytes

    def __post_init__(self) -> None:
        if len(self.ed25519) != ED25519_KEY_BYTES or is_weak(self.ed25519):
            raise Malformed("not a sound Ed25519 public key", where="keys")
        if len(self.mldsa44) != MLDSA44_KEY_BYTES:
            raise Malformed("not an ML-DSA-44 public key", where="keys")

    def digest(self) -> Hash:
        """What an accord holds of keys not yet shown. Lengths are fixed: nothing can slide."""
        return Hash(hashlib.sha256(_DIGEST_DOMAIN + self.ed25519 + self.mldsa44).digest())


@dataclass(frozen=True, slots=True)
class PrivateKeys:
    """The secret half: two seeds of 32 bytes. Seeds are never part of a repr."""

    ed25519_seed: bytes = field(repr=False)
    mldsa44_seed: bytes = field(repr=False)
    public: PublicKeys = field(init=False, compare=False)
    _ed25519: Ed25519PrivateKey = field(init=False, repr=False, compare=False)
    _mldsa44: MLDSA44PrivateKey = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not len(self.ed25519_seed) == len(self.mldsa44_seed) == SEED_BYTES:
            raise Malformed(f"a seed that is not {SEED_BYTES} bytes long", where="keys")
        ed25519 = Ed25519PrivateKey.from_private_bytes(self.ed25519_seed)
        mldsa44 = MLDSA44PrivateKey.from_seed_bytes(self.mldsa44_seed)
        # Expanding the seeds costs as much as a signature, so it is done once.
        object.__setattr__(self, "_ed25519", ed25519)
        object.__setattr__(self, "_mldsa44", mldsa44)
        public = PublicKeys(
            ed25519.public_key().public_bytes_raw(), mldsa44.public_key().public_bytes_raw()
        )
        object.__setattr__(self, "public", public)

    def sign_ed25519(self, data: bytes) -> bytes:
        """64 bytes, the same for the same data (RFC 8032)."""
        return self._ed25519.sign(data)

    def sign_mldsa44(self, data: bytes) -> bytes:
        """2420 bytes, different every time (FIPS 204, hedged, empty context)."""
        return self._mldsa44.sign(data)


def is_weak(point: bytes) -> bool:
    """Whether 32 bytes encode an Ed25519 point that is not canonical or of low order."""
    y = int.from_bytes(point, "little") & _Y_MASK
    # The other encodings that are not canonical are x = 0 with a sign: y = 1 and y = -1, below.
    return y >= _P or y in _LOW_ORDER_Y


def verify_ed25519(key: bytes, data: bytes, signature: bytes, *, where: str = "") -> None:
    """RFC 8032 without cofactor, S canonical, no weak key and no weak R; or Forged."""
    sound = len(key) == ED25519_KEY_BYTES and len(signature) == ED25519_SIGNATURE_BYTES
    if not sound or is_weak(key) or is_weak(signature[:ED25519_KEY_BYTES]):
        raise Forged("an Ed25519 key or signature of a kind that we never accept", where=where)
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, data)
    except InvalidSignature as error:
        raise Forged("the Ed25519 signature does not hold", where=where) from error


def verify_mldsa44(key: bytes, data: bytes, signature: bytes, *, where: str = "") -> None:
    """FIPS 204 with an empty context; or Forged."""
    if len(key) != MLDSA44_KEY_BYTES or len(signature) != MLDSA44_SIGNATURE_BYTES:
        raise Forged("an ML-DSA-44 key or signature of the wrong length", where=where)
    try:
        MLDSA44PublicKey.from_public_bytes(key).verify(signature, data)
    except InvalidSignature as error:
        raise Forged("the ML-DSA-44 signature does not hold", where=where) from error
