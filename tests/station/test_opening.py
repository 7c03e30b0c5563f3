from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from detente.cli.stage import PASSPHRASE
from detente.errors import DetenteError, Malformed, Refused, Unreachable
from detente.line.decide import ANYBODY
from detente.station.opening import Line, open_line
from detente.store.sqlite import SQLite
from tests.station.living import NORTHLAND, SOUTHMARK, founded


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return founded(tmp_path, (NORTHLAND, SOUTHMARK)).actors[NORTHLAND].place


def opened(place: Path, party: str = NORTHLAND, passphrase: bytes = PASSPHRASE) -> Line:
    return open_line(place, party, passphrase, ANYBODY)


def test_a_line_is_held_by_one_process_until_it_is_closed(place: Path) -> None:
    line = opened(place)
    with pytest.raises(Refused, match="another process holds this signer"):
        opened(place)
    line.close()
    opened(place).close()


def entry_of_nothing(place: Path) -> None:
    store = SQLite.open(place / "journal.db")
    store.append(0, [b"no entry"])
    store.close()


WOUNDS: dict[str, tuple[Callable[[Path], object], type[DetenteError], str]] = {
    "no accord": (lambda p: (p / "accord.json").unlink(), Refused, "detente accord join"),
    "a damaged accord": (
        lambda p: (p / "accord.json").write_bytes(b"{}"), Malformed, "accord.json: it is damaged",
    ),
    "keys of another": (
        lambda p: (p / "keys.json").write_bytes(
            (p.parents[2] / SOUTHMARK / "lines" / p.name / "keys.json").read_bytes()
        ),
        Refused, "keys.json: these are not the keys of our card",
    ),
    "no keys": (lambda p: (p / "keys.json").unlink(), Refused, "keys.json"),
    "no signer": (lambda p: (p / "signer.log").unlink(), Refused, "the signer has been lost"),
    "no database": (lambda p: (p / "journal.db").unlink(), Unreachable, "there is no such file"),
    "no database of ours": (
        lambda p: (p / "journal.db").write_bytes(b"x" * 4_096), Refused, "not a database of Det",
    ),
    "an entry of nothing": (entry_of_nothing, Malformed, "journal entry"),
}  # fmt: skip


@pytest.mark.parametrize("wound", WOUNDS)
def test_what_does_not_fit_is_named_and_nothing_stays_held(place: Path, wound: str) -> None:
    harm, kind, words = WOUNDS[wound]
    keep = {path: path.read_bytes() for path in place.iterdir() if path.is_file()}
    harm(place)
    with pytest.raises(kind, match=words):
        opened(place)
    for path in place.glob("journal.db*"):
        path.unlink()
    for path, data in keep.items():
        path.write_bytes(data)
        path.chmod(0o600)
    opened(place).close()


def test_the_wrong_passphrase_or_party_is_refused(place: Path) -> None:
    with pytest.raises(Refused, match=r"keys\.json"):
        opened(place, passphrase=b"guessed")
    with pytest.raises(Refused, match="'westmere' is no party of this accord"):
        opened(place, party="westmere")
