"""The station book: durable, signed, healed, and read by a stranger."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from detente.audit.books import check_book
from detente.errors import Forged, Malformed, Refused
from detente.people.events import (
    Drafted,
    Failed,
    LetGo,
    SignedOn,
    TookOver,
)
from detente.station.book import Book, book_folder, make_book
from tests.people.made import DIGEST, admitted
from tests.station.test_secrets import CHEAP, PASSPHRASE
from tests.stations import NOON, NORTHLAND

ON = SignedOn(mark="00" * 16, officer="alfa", post="watch", seat="one")


@pytest.fixture
def book(tmp_path: Path) -> Book:
    make_book(tmp_path, NORTHLAND, PASSPHRASE, CHEAP)
    return Book.open(tmp_path, NORTHLAND, PASSPHRASE)


def test_what_is_written_is_there_after_a_start_and_can_be_audited(
    book: Book, tmp_path: Path
) -> None:
    book.write(admitted("alfa", "watch"), NOON)
    book.write(ON, NOON + 1)
    book.close()
    again = Book.open(tmp_path, NORTHLAND, PASSPHRASE)
    assert again.roster.holder("watch") == "alfa"
    found = check_book(again.export(NOON + 2_000))
    assert [type(leaf.what).__name__ for leaf in found.leaves] == ["Admitted", "SignedOn"]
    assert found.faults == ()
    assert found.keys == again.keys.digest()
    assert found.time_s == NOON // 1_000 + 2


def test_a_database_from_the_past_is_healed_from_its_own_signer(book: Book, tmp_path: Path) -> None:
    path = book_folder(tmp_path) / "book.db"
    book.write(admitted("alfa", "watch"), NOON)
    book.close()
    shutil.copy(path, tmp_path / "old.db")
    book = Book.open(tmp_path, NORTHLAND, PASSPHRASE)
    for _ in range(3):
        book.write(ON, NOON)
    note = book.export(NOON)
    book.close()
    for file in path.parent.glob("book.db*"):
        file.unlink()
    shutil.copy(tmp_path / "old.db", path)
    book = Book.open(tmp_path, NORTHLAND, PASSPHRASE)
    assert book.roster.size == 1
    book.heal(NOON)
    assert check_book(book.export(NOON)).leaves == check_book(note).leaves


def test_a_book_is_made_once(book: Book, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="has a book already"):
        make_book(tmp_path, NORTHLAND, PASSPHRASE, CHEAP)


def test_a_changed_book_is_found(book: Book) -> None:
    book.write(admitted("alfa", "watch"), NOON)
    book.write(Failed(officer="alfa", seat="one"), NOON)
    data = book.export(NOON)
    for old, new in ((b"alfa", b"baler"), (b"failed", b"failes"), (b'"note":"d', b'"note":"e')):
        with pytest.raises((Forged, Malformed)):
            check_book(data.replace(old, new))
    with pytest.raises(Malformed):
        check_book(data + b" ")


def test_the_audit_names_what_was_done_without_authority(book: Book) -> None:
    go = LetGo(
        digest=DIGEST, drafter="alfa", line="border", officer="alfa", persons=2, post="watch",
        review=True, urgent=False,
    )  # fmt: skip
    drafted = Drafted(
        act="notify", digest=DIGEST, form=1, line="border", officer="alfa", precedence="FLASH"
    )
    book.write(admitted("alfa", "watch"), NOON)
    book.write(drafted, NOON)
    book.write(go, NOON)
    book.write(TookOver(offer="00" * 32, officer="alfa", post="watch"), NOON)
    book.write(Failed(officer="nobody", seat="one"), NOON - 1)
    found = check_book(book.export(NOON))
    assert found.put_back == (4,)  # a clock that was put right is no fault
    faults = [what for _, what in found.faults]
    assert [what.split(",")[0] for what in faults] == [
        f"alfa let {DIGEST[:12]} go alone",
        f"{DIGEST[:12]} went without a review by a third officer",
        "alfa took over watch",
        "there was no officer nobody",
    ]


def test_what_could_not_be_read_back_is_never_written(book: Book, tmp_path: Path) -> None:
    book.write(admitted("alfa", "watch"), NOON)
    for what in (
        Failed(officer="alfa", seat="x" * 2_001), Failed(officer="Alfa Bravo", seat=""),
        admitted("alfa", until=-1), admitted("alfa", until=2**53),
    ):  # fmt: skip
        with pytest.raises(Refused, match="cannot stand in the book"):
            book.write(what, NOON)
    book.write(ON, NOON)
    book.close()
    assert Book.open(tmp_path, NORTHLAND, PASSPHRASE).roster.size == 2
