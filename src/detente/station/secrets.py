"""What officers prove themselves with: a password and a one-time code, and a password for duress.

Passwords are kept as Argon2id (RFC 9106) makes them, codes are those of RFC 6238, and all of it
stands encrypted under the station's passphrase. A code counts once.
"""

from __future__ import annotations

import base64
import contextlib
import os
from pathlib import Path
from typing import Annotated, Final, NamedTuple
from urllib.parse import parse_qs, urlsplit

import msgspec
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.twofactor import InvalidToken
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from msgspec import Meta

from detente.errors import Refused
from detente.station.envelope import Cost, EnvelopeFile

HOLDS: Final = "officers"
STEP_S: Final = 30
DIGITS: Final = 6
CLOCK: Final = "clock"  # where a code is refused for one that is wrong: nobody is locked for it
CLOCK_HOURS: Final = tuple(each for each in range(-14, 15) if each)  # as far as time zones go
STEPS_AN_HOUR: Final = 120
DRIFT_STEPS: Final = 1  # either side of now
SECRET_BYTES: Final = 20
PASSWORD_CHARACTERS_MIN: Final = 10
SALT_BYTES: Final = 16
HASH_BYTES: Final = 32


class Secret(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One officer's. `since`: when he was admitted with it, ms UTC; `step`: the last time step
    whose code was used.
    """

    code: Annotated[bytes, Meta(min_length=SECRET_BYTES, max_length=SECRET_BYTES)]
    duress: str = ""
    password: str
    since: int = 0
    step: int = 0


class Checked(NamedTuple):
    """Whose password was right: whether it was that for duress, and the time step of the code, or
    why the code is refused.
    """

    duress: bool
    step: int = 0
    refused: Refused | None = None


class _Secrets(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    officers: dict[str, Secret]


def check_passwords(officer: str, password: str, duress: str) -> None:
    """Raise `Refused` for what is no password, before anything is made or lost."""
    for each in (password, duress) if duress else (password,):
        if len(each) < PASSWORD_CHARACTERS_MIN:
            raise Refused(
                f"a password of {len(each)} characters", where=f"officer {officer}",
                mend=f"use {PASSWORD_CHARACTERS_MIN} or more; four random words are good",
            )  # fmt: skip
    if password == duress:
        raise Refused("both passwords are the same", where=f"officer {officer}")


class Secrets:
    """The file of all of them."""

    def __init__(self, envelope: EnvelopeFile, officers: dict[str, Secret], cost: Cost) -> None:
        """For `create` and `open`."""
        self._envelope, self._officers, self._cost = envelope, officers, cost

    @classmethod
    def create(cls, path: Path, passphrase: bytes, cost: Cost | None = None) -> Secrets:
        value = msgspec.json.encode(_Secrets(officers={}))
        return cls(EnvelopeFile.create(path, passphrase, HOLDS, value, cost), {}, cost or Cost())

    @classmethod
    def open(cls, path: Path, passphrase: bytes, cost: Cost | None = None) -> Secrets:
        envelope, value = EnvelopeFile.open(path, passphrase, HOLDS)
        try:
            found = msgspec.json.decode(value, type=_Secrets)
        except msgspec.MsgspecError as error:
            raise Refused(f"this version cannot read it: {error}", where=str(path)) from error
        return cls(envelope, dict(found.officers), cost or Cost())

    def admit(self, officer: str, password: str, duress: str, now: int) -> str:
        """Give an officer a password, and a fresh secret for codes: its `otpauth:` address."""
        check_passwords(officer, password, duress)
        code = os.urandom(SECRET_BYTES)
        self._officers[officer] = Secret(
            code=code, password=self._hash(password), since=now,
            duress=self._hash(duress) if duress else "",
        )  # fmt: skip
        self._keep()
        return _totp(code).get_provisioning_uri(officer, "Detente")

    def remove(self, officer: str) -> None:
        self._officers.pop(officer, None)
        self._keep()

    def since(self, officer: str) -> int | None:
        """When he was admitted with what is kept of him; None: there is nothing."""
        found = self._officers.get(officer)
        return found.since if found else None

    def check(self, officer: str, password: str, code: str, now: int) -> Checked:
        """Raise `Refused` unless the password is right; the answer says whether the code is.

        It takes as long whichever password it was, and whether there is one: two of them are made.
        """
        found = self._officers.get(officer)
        if found is None:
            self._hash(password)
            self._hash(password)
            raise _wrong()
        usual = _same(password, found.password)
        second = _same(password, found.duress or found.password)
        duress = not usual and bool(found.duress) and second
        if not usual and not duress:
            raise _wrong()
        try:
            return Checked(duress, _step_of(found, code, now))
        except Refused as error:
            return Checked(duress, refused=error)

    def use(self, officer: str, checked: Checked) -> None:
        """He has signed on with this code: it counts no more, nor any before it."""
        found = self._officers[officer]
        self._officers[officer] = msgspec.structs.replace(found, step=checked.step)
        self._keep()

    def _hash(self, password: str) -> str:
        cost = self._cost
        kdf = Argon2id(
            salt=os.urandom(SALT_BYTES), length=HASH_BYTES, iterations=cost.iterations,
            lanes=cost.lanes, memory_cost=cost.memory_kib,
        )  # fmt: skip
        return kdf.derive_phc_encoded(password.encode())

    def _keep(self) -> None:
        self._envelope.replace(msgspec.json.encode(_Secrets(officers=self._officers)))


def _same(password: str, kept: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(password.encode(), kept)
    except InvalidKey:
        return False
    return True


def _totp(code: bytes) -> TOTP:
    return TOTP(code, DIGITS, SHA1(), STEP_S)  # noqa: S303 - RFC 6238's own, as all apps have it


def _step_of(secret: Secret, code: str, now: int) -> int:
    """The time step of a code that was not used before."""
    present = now // 1_000 // STEP_S
    for step in range(present - DRIFT_STEPS, present + DRIFT_STEPS + 1):
        try:
            _totp(secret.code).verify(code.encode(), step * STEP_S)
        except InvalidToken:
            continue
        if step <= secret.step:
            raise Refused(
                "this code was used already", where="sign-on", mend="wait for the next one"
            )
        return step
    for hours in CLOCK_HOURS:
        with contextlib.suppress(InvalidToken):
            _totp(secret.code).verify(code.encode(), (present + hours * STEPS_AN_HOUR) * STEP_S)
            raise Refused(
                f"this code is right {abs(hours)} h {'from now' if hours > 0 else 'ago'}: "
                "a clock is wrong by its time zone",
                where=CLOCK, mend="set the clock of this machine, or that of the authenticator",
            )  # fmt: skip
    raise _wrong()


def _wrong() -> Refused:
    return Refused(
        "the password or the code is wrong", where="sign-on",
        mend="five wrong ones lock the name for a quarter of an hour",
    )  # fmt: skip


def code_at(uri: str, now: int) -> str:
    """The code that an authenticator shows for an `otpauth:` address; for rehearsals and tests."""
    secret = parse_qs(urlsplit(uri).query)["secret"][0]
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    return _totp(key).generate(now // 1_000).decode()
