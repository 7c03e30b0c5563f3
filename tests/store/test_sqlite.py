"""What only a store in a file can get wrong: whose file it is, its age, its copies, its damage."""

from __future__ import annotations

import os
import re
import tracemalloc
from pathlib import Path

import apsw
import pytest

from detente.errors import Malformed, Refused, Unreachable
from detente.store import sqlite
from detente.store.sqlite import APPLICATION_ID, VERSION, SQLite

SCHEMA_1 = """
PRAGMA application_id = 1148481140;
CREATE TABLE journal (
    position INTEGER PRIMARY KEY CHECK (position >= 0),
    entry    BLOB NOT NULL
) STRICT;
INSERT INTO journal VALUES (0, x'61'), (1, x'62');
PRAGMA user_version = 1;
"""
"""What the first version made, as it stands on disks. Never change it."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "line.db"


def write_raw(path: Path, *statements: str) -> None:
    db = apsw.Connection(str(path))
    for statement in statements:
        db.execute(statement)
    db.close()


def contents(path: Path) -> list[bytes]:
    store = SQLite.open(path)
    try:
        return list(store.read())
    finally:
        store.close()


def filled(path: Path, entries: list[bytes]) -> SQLite:
    store = SQLite.create(path)
    store.append(0, entries)
    return store


# Making and opening


def test_what_was_appended_is_there_when_opened_again(path: Path) -> None:
    store = filled(path, [b"a", b"b"])
    store.keep("name", b"value")
    store.close()
    store.close()

    again = SQLite.open(path)

    assert list(again.read()) == [b"a", b"b"]
    assert again.kept("name") == b"value"
    again.close()


def test_only_the_owner_may_read_any_of_its_files(path: Path) -> None:
    before = os.umask(0)
    try:
        store = filled(path, [b"a"])
        store.backup(path.with_name("copy.db"))
        modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}
        store.close()
    finally:
        os.umask(before)

    assert modes == dict.fromkeys(("line.db", "line.db-wal", "line.db-shm", "copy.db"), 0o600)


def test_a_commit_is_on_the_disk_when_it_returns(path: Path) -> None:
    store = SQLite.create(path)

    settings = {
        name: store._db.pragma(name)
        for name in ("journal_mode", "synchronous", "fullfsync", "wal_autocheckpoint")
    }
    store.close()

    assert settings == {
        "journal_mode": "wal", "synchronous": 2, "fullfsync": 1, "wal_autocheckpoint": 0,
    }  # fmt: skip


def test_the_file_says_whose_it_is_and_how_old(path: Path) -> None:
    SQLite.create(path).close()

    header = path.read_bytes()[:100]

    assert header[68:72] == b"Dtnt"
    assert int.from_bytes(header[60:64]) == VERSION


def test_no_file_is_ever_overwritten(path: Path) -> None:
    filled(path, [b"a"]).close()

    with pytest.raises(Refused, match="a file already"):
        SQLite.create(path)

    assert contents(path) == [b"a"]


@pytest.mark.parametrize("left", ["-wal", "-journal"])
def test_the_log_of_a_lost_database_is_not_played_into_a_new_one(path: Path, left: str) -> None:
    Path(f"{path}{left}").write_bytes(b"what a power cut left")

    with pytest.raises(Refused, match=rf"line\.db{left}: .*\(move it away"):
        SQLite.create(path)

    assert not path.exists()


def test_a_missing_database_is_never_made_in_silence(path: Path) -> None:
    with pytest.raises(Unreachable, match=r"line\.db: there is no such file \(mount its disk"):
        SQLite.open(path)

    assert list(path.parent.iterdir()) == []


def test_a_folder_that_is_away_is_unreachable(path: Path) -> None:
    with pytest.raises(Unreachable, match="No such file or directory"):
        SQLite.create(path / "line.db")


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="cannot be opened"):
        SQLite.open(tmp_path)


def test_a_making_that_was_cut_short_is_told(path: Path) -> None:
    path.touch()

    with pytest.raises(Refused, match=r"empty: .*\(remove it and make it again\)"):
        SQLite.open(path)


def test_rubbish_left_by_a_making_that_was_cut_short_is_no_hindrance(path: Path) -> None:
    for left in ("line.db.part", "line.db.part-journal"):
        path.with_name(left).write_bytes(b"half a database")

    filled(path, [b"a"]).close()

    assert contents(path) == [b"a"]
    assert [file.name for file in path.parent.iterdir()] == ["line.db"]


@pytest.mark.parametrize("data", [b"x", b"to whom it may concern\n" * 500, bytes(8192)])
def test_what_is_no_database_is_refused_and_left_alone(path: Path, data: bytes) -> None:
    path.write_bytes(data)

    with pytest.raises(Refused, match=r"line\.db: this is not a database of Detente"):
        SQLite.open(path)

    assert path.read_bytes() == data


@pytest.mark.parametrize(
    "header",
    [
        "PRAGMA user_version = 2",
        "PRAGMA application_id = 252006673",
        f"PRAGMA application_id = {APPLICATION_ID}",
        f"PRAGMA application_id = {APPLICATION_ID}; PRAGMA user_version = -1",
    ],
)
def test_a_database_of_others_is_refused_and_left_alone(path: Path, header: str) -> None:
    write_raw(path, "CREATE TABLE journal (position INTEGER PRIMARY KEY, entry BLOB)", header)
    before = path.read_bytes()

    with pytest.raises(Refused, match="not a database of Detente"):
        SQLite.open(path)

    assert path.read_bytes() == before


# Versions


def test_a_newer_database_is_refused_and_left_alone(path: Path) -> None:
    filled(path, [b"a"]).close()
    write_raw(path, f"PRAGMA user_version = {VERSION + 1}")
    before = path.read_bytes()

    with pytest.raises(
        Refused, match=rf"version {VERSION + 1}, and this program knows {VERSION} .*newer program"
    ):
        SQLite.open(path)

    assert path.read_bytes() == before


def test_an_older_database_is_brought_up_to_date(path: Path) -> None:
    write_raw(path, SCHEMA_1)

    store = SQLite.open(path)
    store.append(2, [b"c"])
    store.keep("name", b"value")
    store.close()

    again = SQLite.open(path)
    assert list(again.read()) == [b"a", b"b", b"c"]
    assert again.kept("name") == b"value"
    assert again._db.pragma("user_version") == VERSION
    again.close()


def test_an_older_database_becomes_what_a_new_one_is(tmp_path: Path) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    write_raw(old, SCHEMA_1)
    SQLite.open(old).close()
    SQLite.create(new).close()

    def tables(path: Path) -> list[list[str]]:
        db = apsw.Connection(str(path))
        found = [str(sql) for (sql,) in db.execute("SELECT sql FROM sqlite_schema ORDER BY name")]
        db.close()
        return [re.sub("--.*", "", sql).split() for sql in found]

    assert tables(old) == tables(new)


def test_a_step_that_fails_leaves_the_older_version_whole(path: Path) -> None:
    write_raw(path, SCHEMA_1, "CREATE TABLE kept (squatter TEXT)")

    with pytest.raises(Malformed, match="table kept already exists"):
        SQLite.open(path)

    db = apsw.Connection(str(path))
    assert db.pragma("user_version") == 1
    assert db.execute("SELECT count(*) FROM journal").get == 2
    db.close()


# Reading long journals


@pytest.mark.parametrize("count,size", [(100_000, 10), (300, 100_000)])
def test_a_long_journal_is_read_a_batch_at_a_time(path: Path, count: int, size: int) -> None:
    store = filled(path, [bytes(size)] * count)
    tracemalloc.start()

    read = sum(1 for _ in store.read())
    _, peak = tracemalloc.get_traced_memory()

    tracemalloc.stop()
    store.close()
    assert read == count
    assert peak < 2 * sqlite.BATCH_BYTES


# The write-ahead log


def test_tending_brings_the_log_in_and_loses_nothing(path: Path) -> None:
    store = filled(path, [bytes(100_000)])
    before = path.stat().st_size
    store.tend()

    assert before < 100_000 < path.stat().st_size
    assert list(store.read()) == [bytes(100_000)]
    store.close()


def test_an_append_alone_does_not_touch_the_database_itself(path: Path) -> None:
    store = SQLite.create(path)
    before = path.stat()
    for index in range(100):
        store.append(index, [bytes(65_535)])

    assert path.stat().st_size == before.st_size
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    store.close()


def test_the_log_stays_bounded_when_nobody_tends(path: Path) -> None:
    bound = sqlite.WAL_PAGES * 4096
    step = 8 << 20
    store = SQLite.create(path)
    for index in range(3 * bound // step):
        store.append(index, [bytes(step)])
    log = Path(f"{path}-wal").stat().st_size
    length = store.length()
    store.close()

    assert log <= bound + 2 * step
    assert length == 3 * bound // step


# Copies


def test_a_live_database_can_be_copied(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    store = filled(path, [b"a", bytes(50_000)])
    store.keep("name", b"value")
    store.backup(copy)
    store.append(2, [b"later"])

    assert contents(copy) == [b"a", bytes(50_000)]
    assert list(store.read()) == [b"a", bytes(50_000), b"later"]
    store.close()


def test_a_copy_can_be_taken_while_somebody_writes(path: Path, tmp_path: Path) -> None:
    store = filled(path, [b"a"])
    writer = apsw.Connection(str(path))
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("INSERT INTO journal VALUES (1, x'00')")

    store.backup(tmp_path / "copy.db")

    writer.close()
    store.close()
    assert contents(tmp_path / "copy.db") == [b"a"]


def test_a_copy_never_takes_the_place_of_a_file(path: Path) -> None:
    store = filled(path, [b"a"])

    with pytest.raises(Refused, match="a file already"):
        store.backup(path)

    store.append(1, [b"b"])
    store.close()
    assert contents(path) == [b"a", b"b"]


def test_a_damaged_database_is_not_copied(path: Path, tmp_path: Path) -> None:
    filled(path, [bytes([i]) * 3_000 for i in range(200)]).close()
    damage(path, 10)
    store = SQLite.open(path)

    with pytest.raises(Malformed, match=r"line\.db: the database is damaged"):
        store.backup(tmp_path / "copy.db")

    store.close()
    assert [file.name for file in tmp_path.iterdir()] == ["line.db"]


# Damage


def damage(path: Path, page: int) -> None:
    with path.open("r+b") as file:
        file.seek(page * 4096)
        file.write(b"\xff" * 4096)


def test_a_damaged_journal_is_told_and_not_guessed(path: Path) -> None:
    filled(path, [b"%d" % i for i in range(5_000)]).close()
    damage(path, 7)
    store = SQLite.open(path)

    with pytest.raises(Malformed, match=r"line\.db: .*damaged.*put back a backup"):
        list(store.read())

    store.close()


def test_a_missing_entry_is_named(path: Path) -> None:
    filled(path, [b"a", b"b", b"c", b"d"]).close()
    write_raw(path, "DELETE FROM journal WHERE position = 2")
    store = SQLite.open(path)
    reader = store.read()

    assert [next(reader), next(reader)] == [b"a", b"b"]
    with pytest.raises(Malformed, match="entry 2 is missing"):
        next(reader)
    with pytest.raises(Malformed, match="entry 2 is missing"):
        store.entry(2)
    assert store.entry(3) == b"d"
    store.close()


def test_a_missing_table_is_damage(path: Path) -> None:
    filled(path, [b"a"]).close()
    write_raw(path, "DROP TABLE journal")
    store = SQLite.open(path)

    with pytest.raises(Malformed, match="no such table: journal"):
        store.length()
    with pytest.raises(Malformed, match="no such table: journal"):
        store.append(0, [b"x"])

    store.close()


# Things that go away while in use


def test_a_file_replaced_while_in_use_takes_no_more(path: Path, tmp_path: Path) -> None:
    store = filled(path, [b"a"])
    backup = tmp_path / "old.db"
    filled(backup, [b"z"]).close()
    backup.replace(path)

    with pytest.raises(Unreachable, match=r"moved or replaced .*\(start the station again\)"):
        store.append(1, [b"b"])
    with pytest.raises(Unreachable, match="moved or replaced"):
        store.keep("name", b"value")

    store._db.close()


def test_a_file_removed_while_in_use_takes_no_more(path: Path) -> None:
    store = filled(path, [b"a"])
    path.unlink()

    with pytest.raises(Unreachable, match="moved or replaced"):
        store.append(1, [b"b"])

    store.close()


def test_using_a_closed_store_is_a_bug_of_ours(path: Path) -> None:
    store = filled(path, [b"a"])
    store.close()

    with pytest.raises(AssertionError, match="ConnectionClosedError"):
        store.length()
