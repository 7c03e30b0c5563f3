"""A backup of a station: whole, without its signers, and never taken for another."""

from __future__ import annotations

import tarfile
from pathlib import Path

import pytest

from detente.cli.stage import LINE
from detente.errors import Malformed, Refused
from detente.station.backup import MANIFEST, back_up, put_back
from detente.station.book import make_book
from detente.station.founding import line_folder
from tests.station.test_founding import joined
from tests.station.test_secrets import CHEAP, PASSPHRASE
from tests.stations import NOON


def station(folder: Path) -> Path:
    joined(folder)
    home = folder / "northland"
    (home / "detente.toml").write_text('party = "northland"\n')
    (home / "session").write_text("a token")
    (home / "witness").mkdir()
    for state in (home / "witness" / "state", home / "elsewhere"):
        state.mkdir()
        (state / "ledger").write_bytes(b"what a witness has cosigned")
    make_book(home, "northland", PASSPHRASE, CHEAP)
    return home


def names(file: Path) -> set[str]:
    with tarfile.open(file) as tar:
        return set(tar.getnames())


def test_all_is_in_it_but_the_signers_and_who_is_signed_on(tmp_path: Path) -> None:
    home, file = station(tmp_path), tmp_path / "backup.tar"
    manifest = back_up(home, file, NOON, (home / "elsewhere",))
    line = "lines/border"
    assert names(file) == {
        "detente.toml", f"{line}/accord.json", f"{line}/card.json", f"{line}/keys.json",
        f"{line}/journal.db", "book/book.db", "book/keys.json", "book/origin", MANIFEST,
    }  # fmt: skip
    assert (line_folder(home, "border") / "signer.log").exists()
    assert file.stat().st_mode & 0o077 == 0
    assert manifest.taken == NOON
    with pytest.raises(Refused, match="there is a file already"):
        back_up(home, file, NOON)
    assert LINE not in names(file)
    for inside in (home / "backup.tar", tmp_path / "x" / ".." / "northland" / "b.tar"):
        with pytest.raises(Refused, match="own folder is lost with it"):
            back_up(home, inside, NOON)


def test_it_goes_where_the_signers_are_left_and_says_where_they_are_not(tmp_path: Path) -> None:
    home, file = station(tmp_path), tmp_path / "backup.tar"
    back_up(home, file, NOON)
    with pytest.raises(Refused, match="is there already, and 8 others"):
        put_back(file, home)
    empty = tmp_path / "empty"
    assert put_back(file, empty)[1] == ("book", "lines/border")
    assert (empty / "lines" / "border" / "keys.json").stat().st_mode & 0o077 == 0
    kept = tmp_path / "kept"
    (kept / "lines" / "border").mkdir(parents=True)
    log = line_folder(home, "border") / "signer.log"
    (kept / "lines" / "border" / "signer.log").write_bytes(log.read_bytes())
    assert put_back(file, kept)[1] == ("book",)


def test_a_backup_that_is_damaged_or_leads_elsewhere_writes_nothing(tmp_path: Path) -> None:
    home, file = station(tmp_path), tmp_path / "backup.tar"
    back_up(home, file, NOON)
    data = file.read_bytes()
    for number, spoilt in enumerate((
        data[: len(data) // 2], data.replace(b"northland", b"southland", 1), b"", b"x" * 2_000,
        data.replace(b"detente.toml\0", b"../escape.t\0\0", 1),
    )):  # fmt: skip
        path = tmp_path / f"spoilt{number}"
        path.write_bytes(spoilt)
        with pytest.raises(Malformed) as caught:
            put_back(path, tmp_path / "into")
        assert caught.value.where == str(path)
    assert not (tmp_path / "into").exists()
