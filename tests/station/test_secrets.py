"""Passwords, codes and duress."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from detente.errors import Refused
from detente.station.envelope import Cost
from detente.station.secrets import CLOCK, Secrets, code_at
from tests.stations import NOON

CHEAP = Cost(iterations=1, lanes=1, memory_kib=128)
PASSPHRASE = b"four words and a fifth"
RIGHT, DURESS = "a right password", "a sadder password"


def wrong_code(address: str, now: int) -> str:
    """A code that is right neither now nor where a clock is hours off."""
    hours, parts = range(-14, 15), (-30_000, 0, 30_000)
    near = (now + hour * 3_600_000 + part for hour in hours for part in parts)
    right = {code_at(address, at) for at in near}
    return next(each for each in map("{:06}".format, range(100)) if each not in right)


def made(folder: Path) -> tuple[Secrets, str]:
    secrets = Secrets.create(folder / "officers.json", PASSPHRASE, CHEAP)
    return secrets, secrets.admit("alfa", RIGHT, DURESS, NOON)


def test_a_password_and_a_code_are_both_asked_for(tmp_path: Path) -> None:
    secrets, address = made(tmp_path)
    code = code_at(address, NOON)
    refused = secrets.check("alfa", RIGHT, wrong_code(address, NOON), NOON).refused
    assert refused is not None
    assert refused.what == "the password or the code is wrong"
    with pytest.raises(Refused, match="the password or the code is wrong"):
        secrets.check("alfa", "a wrong password", code, NOON)
    with pytest.raises(Refused, match="the password or the code is wrong"):
        secrets.check("nobody", RIGHT, code, NOON)
    assert secrets.check("alfa", RIGHT, code, NOON).duress is False


def test_a_code_counts_once_also_after_a_start(tmp_path: Path) -> None:
    secrets, address = made(tmp_path)
    code = code_at(address, NOON)
    for _ in range(2):  # until somebody has signed on with it
        checked = secrets.check("alfa", RIGHT, code, NOON)
    secrets.use("alfa", checked)
    again = Secrets.open(tmp_path / "officers.json", PASSPHRASE, CHEAP)
    for each in (secrets, again):
        refused = each.check("alfa", RIGHT, code, NOON + 1).refused
        assert refused is not None
        assert "used already" in refused.what
    assert (
        again.check("alfa", RIGHT, code_at(address, NOON + 30_000), NOON + 30_000).duress is False
    )


def test_a_clock_may_be_half_a_minute_off_and_not_two_hours(tmp_path: Path) -> None:
    secrets, address = made(tmp_path)
    assert secrets.check("alfa", RIGHT, code_at(address, NOON - 30_000), NOON).duress is False
    refused = secrets.check("alfa", RIGHT, code_at(address, NOON + 7_200_000), NOON).refused
    assert refused is not None
    assert (refused.what, refused.where) == (
        "this code is right 2 h from now: a clock is wrong by its time zone", CLOCK
    )  # fmt: skip


def test_the_password_for_duress_opens_and_tells(tmp_path: Path) -> None:
    secrets, address = made(tmp_path)
    assert secrets.check("alfa", DURESS, code_at(address, NOON), NOON).duress is True


@pytest.mark.parametrize(
    "password, duress, what",
    [("short", "", "of 5 characters"), (RIGHT, "short", "of 5"), (RIGHT, RIGHT, "are the same")],
)
def test_passwords_that_are_none(tmp_path: Path, password: str, duress: str, what: str) -> None:
    secrets, _ = made(tmp_path)
    with pytest.raises(Refused, match=what):
        secrets.admit("bravo", password, duress, NOON)


def test_nothing_of_it_can_be_read_on_the_disk(tmp_path: Path) -> None:
    made(tmp_path)
    data = (tmp_path / "officers.json").read_bytes()
    assert b"alfa" not in data
    assert b"argon2id$" not in data
    assert (tmp_path / "officers.json").stat().st_mode & 0o077 == 0


def test_who_is_removed_signs_on_no_more(tmp_path: Path) -> None:
    secrets, address = made(tmp_path)
    secrets.remove("alfa")
    with pytest.raises(Refused):
        secrets.check("alfa", RIGHT, code_at(address, NOON), NOON)


def test_every_answer_takes_two_hashes_so_that_none_is_told_by_its_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets, _ = made(tmp_path)
    secrets.admit("bravo", RIGHT, "", NOON)
    made_ = list[str]()

    class Counted:
        """The library's own, and how often it was asked."""

        def __init__(self, **cost: Any) -> None:
            self._kdf = Argon2id(**cost)

        @staticmethod
        def verify_phc_encoded(material: bytes, kept: str) -> None:
            made_.append("verified")
            Argon2id.verify_phc_encoded(material, kept)

        def derive_phc_encoded(self, material: bytes) -> str:
            made_.append("derived")
            return self._kdf.derive_phc_encoded(material)

    monkeypatch.setattr("detente.station.secrets.Argon2id", Counted)
    for name in ("alfa", "bravo", "nobody"):
        for password in (RIGHT, DURESS, "a wrong password"):
            made_.clear()
            with contextlib.suppress(Refused):
                secrets.check(name, password, "000000", NOON)
            assert len(made_) == 2, (name, password)
