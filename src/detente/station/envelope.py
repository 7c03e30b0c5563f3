"""Secrets on a disk: one encrypted value in a JSON envelope, under a passphrase.

Argon2id (RFC 9106, its second recommended choice) makes the passphrase slow to guess, and
ChaCha20-Poly1305 (RFC 8439) hides the value and binds to it all that stands in the envelope. The
key is kept in memory, never the passphrase, so that a new value can take the old one's place
without asking a person again.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from msgspec import Meta

from detente.errors import DetenteError, Refused
from detente.station import files

PASSPHRASE_BYTES_MIN: Final = 12
PASSPHRASE_BYTES_MAX: Final = 4_096
KEY_BYTES: Final = 32
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12

Salt = Annotated[bytes, Meta(min_length=SALT_BYTES, max_length=SALT_BYTES)]
Nonce = Annotated[bytes, Meta(min_length=NONCE_BYTES, max_length=NONCE_BYTES)]


class Cost(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What one guess costs. The upper bounds are for a file that somebody else has written."""

    iterations: Annotated[int, Meta(ge=1, le=64)] = 3
    lanes: Annotated[int, Meta(ge=1, le=16)] = 4
    memory_kib: Annotated[int, Meta(ge=8 * 16, le=1 << 20)] = 1 << 16


class _Lid(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What everybody may read, and nobody may change unseen."""

    cipher: Literal["chacha20-poly1305"] = "chacha20-poly1305"
    cost: Cost
    format: Literal["detente-envelope/1"] = "detente-envelope/1"
    holds: Annotated[str, Meta(max_length=64)]
    kdf: Literal["argon2id"] = "argon2id"
    nonce: Nonce
    salt: Salt


class _Envelope(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    lid: _Lid
    sealed: bytes


_encode: Final = msgspec.json.Encoder(order="sorted").encode
_decode: Final = msgspec.json.Decoder(_Envelope).decode


class EnvelopeFile:
    """One opened envelope. `holds` says what it is for: nothing opens as something else."""

    def __init__(self, path: Path, key: bytes, cost: Cost, salt: bytes, holds: str) -> None:
        """For `create` and `open`."""
        self.path = path
        self._cipher, self._cost, self._salt, self._holds = ChaCha20Poly1305(key), cost, salt, holds

    @classmethod
    def create(
        cls, path: Path, passphrase: bytes, holds: str, value: bytes, cost: Cost | None = None
    ) -> EnvelopeFile:
        """A new file, 0600, durable when this returns. Raises `Refused` if there is one already."""
        if len(passphrase) < PASSPHRASE_BYTES_MIN:
            raise Refused(
                f"a passphrase of {len(passphrase)} bytes",
                where=str(path),
                mend=f"use {PASSPHRASE_BYTES_MIN} or more; five random words are good",
            )
        cost, salt = cost or Cost(), os.urandom(SALT_BYTES)
        made = cls(path, _derive(passphrase, salt, cost), cost, salt, holds)
        files.create(path, made._sealed(value))
        return made

    @classmethod
    def open(cls, path: Path, passphrase: bytes, holds: str) -> tuple[EnvelopeFile, bytes]:
        """The envelope and what it holds.

        Raises `Refused` if it is missing, readable by others, damaged or of another kind, or if
        the passphrase is wrong; `Unreachable` if the disk will not.
        """
        data = files.read_private(path)
        if data is None:
            raise Refused("there is no such file", where=str(path))
        envelope = _read(data, path)
        lid = envelope.lid
        if lid.holds != holds:
            raise Refused(f"it holds {lid.holds}, not {holds}", where=str(path))
        opened = cls(path, _derive(passphrase, lid.salt, lid.cost), lid.cost, lid.salt, holds)
        try:
            value = opened._cipher.decrypt(lid.nonce, envelope.sealed, _encode(lid))
        except InvalidTag as error:
            raise Refused(
                "the passphrase does not open it",
                where=str(path),
                mend="if the passphrase is right, the file was altered: put back a copy of it",
            ) from error
        return opened, value

    def replace(self, value: bytes) -> None:
        """Put another value in place of the one it holds. Durable when this returns."""
        files.replace(self.path, self._sealed(value))

    def _sealed(self, value: bytes) -> bytes:
        lid = _Lid(
            cost=self._cost, holds=self._holds, nonce=os.urandom(NONCE_BYTES), salt=self._salt
        )
        sealed = self._cipher.encrypt(lid.nonce, value, _encode(lid))
        return msgspec.json.format(_encode(_Envelope(lid=lid, sealed=sealed))) + b"\n"


def _read(data: bytes, path: Path) -> _Envelope:
    try:
        return _decode(data)
    except msgspec.MsgspecError as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> DetenteError:
    return Refused(
        f"not an envelope that this version can read: {error}",
        where=str(path),
        mend="put back a copy of it",
    )


def _derive(passphrase: bytes, salt: bytes, cost: Cost) -> bytes:
    if not 1 <= len(passphrase) <= PASSPHRASE_BYTES_MAX:
        raise Refused(f"a passphrase has 1 to {PASSPHRASE_BYTES_MAX} bytes")
    kdf = Argon2id(
        salt=salt,
        length=KEY_BYTES,
        iterations=cost.iterations,
        lanes=cost.lanes,
        memory_cost=cost.memory_kib,
    )
    return kdf.derive(passphrase)
