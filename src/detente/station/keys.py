"""A party's private keys for one line, and the card that is made from them.

Log keys come in generations. The accord holds the hash of the next one, so the next one exists from
the start, and before a rekey reveals it the one after it must exist, durably: a promised key that
was lost would end the ledger at its next rekey.

The courier key is HPKE's MLKEM768_X25519. Its public half, as it stands on a card, is the
encapsulation key of ML-KEM-768 (FIPS 203, 1,184 bytes) and after it the X25519 public key (RFC
7748, 32 bytes). Its private half is kept as the two private keys themselves: d and z of ML-KEM-768
(64 bytes) and the X25519 scalar (32 bytes).
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Final, TypeVar

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import MLKEM768X25519PrivateKey, MLKEM768X25519PublicKey
from msgspec import Meta

from detente.errors import Malformed, Refused
from detente.line.accord import Card
from detente.line.act import Rekey
from detente.line.evolve import rekey_of
from detente.line.message import parse_message
from detente.station.envelope import Cost, EnvelopeFile
from detente.tlog.checkpoint import Checkpoint, sign_checkpoint
from detente.tlog.keys import SEED_BYTES, PrivateKeys, PublicKeys
from detente.tlog.signer import LeafLog, Signer

GENERATIONS_MAX: Final = 1_024
ORIGIN_RANDOM_BYTES: Final = 16
MLKEM_SEED_BYTES: Final = 64
MLKEM_PUBLIC_BYTES: Final = 1_184
X25519_BYTES: Final = 32
COURIER_BYTES: Final = MLKEM_PUBLIC_BYTES + X25519_BYTES

_REKEY: Final = b'"act":"rekey"'
_LINE: Final = "line keys"
_COSIGNER: Final = "witness keys"

Seed = Annotated[bytes, Meta(min_length=SEED_BYTES, max_length=SEED_BYTES)]


class _Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is written into an envelope, and never into a log or a traceback."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class _Pair(_Secret, frozen=True):
    ed25519: Seed
    mldsa44: Seed


class _LineSecrets(_Secret, frozen=True):
    courier_mlkem768: Annotated[
        bytes, Meta(min_length=MLKEM_SEED_BYTES, max_length=MLKEM_SEED_BYTES)
    ]
    courier_x25519: Annotated[bytes, Meta(min_length=X25519_BYTES, max_length=X25519_BYTES)]
    generations: Annotated[tuple[_Pair, ...], Meta(min_length=2, max_length=GENERATIONS_MAX)]
    link: Seed


_Kind = TypeVar("_Kind", bound=_Secret)
_encode: Final = msgspec.json.Encoder(order="sorted").encode
_line_secrets: Final = msgspec.json.Decoder(_LineSecrets)
_pair: Final = msgspec.json.Decoder(_Pair)


class KeyFile:
    """The opened key file of one line: all private keys of one party, and how to add to them."""

    def __init__(self, envelope: EnvelopeFile, secrets: _LineSecrets) -> None:
        """For `new_keys` and `open_keys`."""
        self._envelope, self._secrets = envelope, secrets
        self.generations = tuple(_private(pair) for pair in secrets.generations)

    @property
    def path(self) -> Path:
        return self._envelope.path

    def link_key(self) -> Ed25519PrivateKey:
        """What the other end of every link knows us by."""
        return Ed25519PrivateKey.from_private_bytes(self._secrets.link)

    def courier_key(self) -> MLKEM768X25519PrivateKey:
        """What opens frames that came by courier or relay."""
        return MLKEM768X25519PrivateKey(*self._courier())

    def courier_public(self) -> bytes:
        """Its public half, as it stands on a card."""
        mlkem, x25519 = self._courier()
        return mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw()

    def shared(self, courier: bytes) -> bytes:
        """A secret with whoever holds the courier key of another card, and with nobody else: X25519
        of both. Raises `Refused` for a card whose key is none.
        """
        _, ours = self._courier()
        try:
            theirs = X25519PublicKey.from_public_bytes(courier[MLKEM_PUBLIC_BYTES:])
            return ours.exchange(theirs)
        except ValueError as error:
            raise Refused("the courier key of that card is no key", where="card") from error

    def next_generation(self, in_force: int) -> Rekey:
        """The rekey that follows generation `in_force`: its body, to be released.

        The generation that it promises is durable when this returns. To ask again, after a crash
        or a refusal, promises the same keys.
        """
        if not 0 <= in_force < len(self.generations) - 1:
            raise Refused(
                f"the key file has no generation {in_force + 1}: it is older than our ledger",
                where=str(self.path),
                mend="put back the key file as it was after the last rekey",
            )
        if in_force + 2 == len(self.generations):
            self._add_generation()
        revealed, promised = (self.generations[in_force + step].public for step in (1, 2))
        return Rekey(
            ed25519=revealed.ed25519, mldsa44=revealed.mldsa44, next_keys=promised.digest().hex()
        )

    def _add_generation(self) -> None:
        if len(self.generations) == GENERATIONS_MAX:
            raise Refused(f"a line has {GENERATIONS_MAX} generations of keys at most")
        pair = _new_pair()
        secrets = msgspec.structs.replace(
            self._secrets, generations=(*self._secrets.generations, pair)
        )
        self._envelope.replace(_encode(secrets))
        self._secrets = secrets
        self.generations = (*self.generations, _private(pair))

    def _courier(self) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
        return (
            MLKEM768PrivateKey.from_seed_bytes(self._secrets.courier_mlkem768),
            X25519PrivateKey.from_private_bytes(self._secrets.courier_x25519),
        )


def new_keys(path: Path, passphrase: bytes, cost: Cost | None = None) -> KeyFile:
    """Fresh keys in a new file, with the generation that the accord will promise."""
    secrets = _LineSecrets(
        courier_mlkem768=os.urandom(MLKEM_SEED_BYTES),
        courier_x25519=os.urandom(X25519_BYTES),
        generations=(_new_pair(), _new_pair()),
        link=os.urandom(SEED_BYTES),
    )
    return KeyFile(EnvelopeFile.create(path, passphrase, _LINE, _encode(secrets), cost), secrets)


def open_keys(path: Path, passphrase: bytes) -> KeyFile:
    """The keys of a line. Raises `Refused` in words, see `EnvelopeFile.open`."""
    envelope, value = EnvelopeFile.open(path, passphrase, _LINE)
    return KeyFile(envelope, _read(_line_secrets, value, path))


def new_origin(party: str) -> str:
    """A name for a ledger, with 128 random bits: no two ledgers ever share one."""
    return f"detente/{party.replace('_', '-')}/{os.urandom(ORIGIN_RANDOM_BYTES).hex()}"


def card_of(party: str, origin: str, keys: KeyFile) -> Card:
    """What `party` hands over in person for a line that it begins with these keys."""
    first, following = (keys.generations[index].public for index in (0, 1))
    return Card(
        courier=keys.courier_public(),
        ed25519=first.ed25519,
        link=keys.link_key().public_key().public_bytes_raw(),
        mldsa44=first.mldsa44,
        next_keys=following.digest().hex(),
        origin=origin,
        party=party,
    )


def make_signer(party: str, origin: str, log: LeafLog, keys: KeyFile) -> Signer:
    """The signer of our ledger `origin`: it signs with the generation that the log has come to.

    A leaf turns the ledger if it is a rekey by `party` that reveals keys of ours that are not yet
    in force. `decide` lets us say only the one whose hash was promised, once.
    """

    def turns(leaf: bytes) -> bool:
        revealed = _revealed(leaf, party)
        return revealed in [later.public for later in keys.generations[log.generation() + 1 :]]

    def sign(generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        if generation >= len(keys.generations):
            raise Refused(
                f"the key file has no generation {generation} of our keys: it is older than what "
                "they have signed",
                where=origin,
                mend="put back the key file as it was after the last rekey",
            )
        return sign_checkpoint(keys.generations[generation], checkpoint, time_s)

    return Signer(origin, log, sign, turns)


def _revealed(leaf: bytes, party: str) -> PublicKeys | None:
    """The keys that a leaf reveals, if it is a rekey by `party`."""
    if _REKEY not in leaf:  # spares all other leaves the parsing: in text, quotes are escaped
        return None
    try:
        message = parse_message(leaf)
        body = rekey_of(message) if message.header.author == party else None
        return body.keys if body else None
    except Malformed:
        return None


def courier_recipient(courier: bytes) -> MLKEM768X25519PublicKey:
    """The courier key of a card, to seal frames to. Raises `Malformed` if it is none."""
    if len(courier) != COURIER_BYTES:
        raise Malformed(f"{len(courier)} bytes, not {COURIER_BYTES}", where="courier key")
    try:
        return MLKEM768X25519PublicKey(
            MLKEM768PublicKey.from_public_bytes(courier[:MLKEM_PUBLIC_BYTES]),
            X25519PublicKey.from_public_bytes(courier[MLKEM_PUBLIC_BYTES:]),
        )
    except ValueError as error:
        raise Malformed("no such ML-KEM-768 key", where="courier key") from error


def new_cosigner_keys(path: Path, passphrase: bytes, cost: Cost | None = None) -> PrivateKeys:
    """Fresh keys of a witness in a new file."""
    pair = _new_pair()
    EnvelopeFile.create(path, passphrase, _COSIGNER, _encode(pair), cost)
    return _private(pair)


def open_cosigner_keys(path: Path, passphrase: bytes) -> PrivateKeys:
    """The keys of a witness. Raises `Refused` in words, see `EnvelopeFile.open`."""
    _, value = EnvelopeFile.open(path, passphrase, _COSIGNER)
    return _private(_read(_pair, value, path))


def _new_pair() -> _Pair:
    return _Pair(ed25519=os.urandom(SEED_BYTES), mldsa44=os.urandom(SEED_BYTES))


def _private(pair: _Pair) -> PrivateKeys:
    return PrivateKeys(pair.ed25519, pair.mldsa44)


def _read(decoder: msgspec.json.Decoder[_Kind], value: bytes, path: Path) -> _Kind:
    try:
        return decoder.decode(value)
    except msgspec.MsgspecError as error:
        raise Refused(f"keys that this version cannot read: {error}", where=str(path)) from error
