"""A store in one SQLite file per line.

We use the SQLite that comes with apsw and never the system's: releases 3.7.0 to 3.51.2 can corrupt
a database in WAL mode that has two connections (sqlite.org/wal.html, section "The WAL-Reset Bug").
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import apsw

from detente.errors import Conflict, Malformed, Refused, Unreachable
from detente.store.faults import RESTORE, translated

APPLICATION_ID = int.from_bytes(b"Dtnt")
"""Stands in the header of every database of ours (sqlite.org/fileformat.html, 1.3.9)."""

SCHEMA = (
    # A step never changes once it has been released: what it made is on somebody's disk.
    """
    CREATE TABLE journal (
        position INTEGER PRIMARY KEY CHECK (position >= 0),  -- without gaps from 0
        entry    BLOB NOT NULL
    ) STRICT;
    """,
    """
    CREATE TABLE kept (
        name  TEXT NOT NULL PRIMARY KEY,
        value BLOB NOT NULL
    ) STRICT;
    """,
)
"""Step n brings a database from version n to version n + 1; a new one takes them all."""

VERSION = len(SCHEMA)

BUSY_MS = 1_000
"""How long we wait for another process that is writing; a write takes about a millisecond."""

WAL_PAGES = 16_384
"""64 MiB. A write-ahead log longer than this is brought in before the next append."""

BATCH_ENTRIES = 1_024
BATCH_BYTES = 1 << 20
"""A read holds no more than one batch, and one entry, in memory."""


class SQLite:
    """A `Store` in a file that several processes may open; each append has one winner."""

    def __init__(self, path: Path, db: apsw.Connection) -> None:
        """Use `open` or `create`, which know that the file is ours."""
        self._path, self._db = path, db
        self._file = _identity(path)
        self._wal_pages = 0
        db.set_wal_hook(self._grown)  # in place of SQLite's own, which would tend while appending

    @classmethod
    def create(cls, path: Path) -> SQLite:
        """Make the database of a new line, readable by its owner only.

        Raises `Refused` if there is a file, `Unreachable` if none can be made.
        """
        path = path.absolute()
        with translated(path), _appearing(path) as part:
            db = _connect(part)
            try:
                _secure(db)
                db.pragma("application_id", APPLICATION_ID)
                _upgrade(db)
            finally:
                db.close()
        return cls.open(path)

    @classmethod
    def open(cls, path: Path) -> SQLite:
        """Open the database of a line, and bring it to our version if it is older.

        Raises `Refused` if the file is not ours or from a newer version, `Unreachable` if it is
        away or cannot be written, `Malformed` if it is damaged.
        """
        path = path.absolute()
        with translated(path):
            if not path.exists():
                raise Unreachable(
                    "there is no such file", where=str(path), mend="mount its disk or " + RESTORE
                )
            db = _connect(path)
            try:
                _recognise(db, path)
                _secure(db)
                if db.pragma("journal_mode", "wal") != "wal":
                    raise Unreachable(
                        "this file system cannot hold a write-ahead log",
                        where=str(path),
                        mend="keep the database on a local disk",
                    )
                _upgrade(db)
                return cls(path, db)
            except BaseException:
                db.close()
                raise

    def length(self) -> int:
        with translated(self._path):
            return self._length()

    def read(self, start: int = 0) -> Iterator[bytes]:
        end = self.length()
        if not 0 <= start <= end:
            raise IndexError(f"the journal holds {end} entries, not {start}")
        return self._batches(start, end)

    def entry(self, index: int) -> bytes:
        end = self.length()
        if not 0 <= index < end:
            raise IndexError(f"the journal holds {end} entries, none at {index}")
        return next(self._batches(index, index + 1))

    def append(self, length: int, entries: Sequence[bytes]) -> None:
        with self._writing():
            found = self._length()
            if found != length:
                raise Conflict(
                    f"the journal holds {found} entries, not {length}", where=str(self._path)
                )
            self._db.executemany("INSERT INTO journal VALUES (?, ?)", enumerate(entries, length))

    def keep(self, name: str, value: bytes) -> None:
        with self._writing():
            self._db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", (name, value))

    def kept(self, name: str) -> bytes | None:
        with translated(self._path):
            value: bytes | None = self._db.execute(
                "SELECT value FROM kept WHERE name = ?", (name,)
            ).get
            return value

    def tend(self) -> None:
        """Bring the write-ahead log into the database. To be called when there is nothing to do.

        It waits for nobody: what a reader still needs is left for the next time. Raises
        `Unreachable` if the disk is full or fails; nothing is lost, for the log stays.
        """
        with translated(self._path), suppress(apsw.BusyError):  # another process is at it
            self._db.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
            self._wal_pages = 0

    def backup(self, path: Path) -> None:
        """Copy the database as it is now into a new file, while it may be in use.

        To put a backup back: stop the station, remove the database with its `-wal` and `-shm`,
        which belong to it alone, and move the copy to its name.

        Raises `Refused` if there is a file, `Unreachable` if the copy cannot be made, `Malformed`
        if the copy is damaged, and so the original too.
        """
        path = path.absolute()
        with translated(path), _appearing(path) as part:
            copy = _connect(part)
            try:
                _secure(copy)
                with copy.backup("main", self._db, "main") as pages:
                    pages.step(-1)
                with translated(self._path):
                    if (found := copy.pragma("quick_check")) != "ok":
                        raise apsw.CorruptError(found)
            finally:
                copy.close()

    def close(self) -> None:
        with translated(self._path):
            self._db.close()

    def _length(self) -> int:
        found: int = self._db.execute("SELECT coalesce(max(position) + 1, 0) FROM journal").get
        return found

    def _batches(self, start: int, end: int) -> Iterator[bytes]:
        # No statement stays open between batches: a reader that pauses would hold the log back.
        while start < end:
            for entry in self._batch(start, end):
                yield entry
                start += 1

    def _batch(self, start: int, end: int) -> list[bytes]:
        batch: list[bytes] = []
        held = 0
        with translated(self._path):
            rows = self._db.execute(
                "SELECT position, entry FROM journal WHERE position >= ? AND position < ?"
                " ORDER BY position LIMIT ?",
                (start, end, BATCH_ENTRIES),
            )
            for position, entry in rows:
                if position != start + len(batch):
                    break
                batch.append(entry)
                held += len(entry)
                if held >= BATCH_BYTES:
                    break
            rows.close()
        if not batch:
            raise Malformed(f"entry {start} is missing", where=str(self._path), mend=RESTORE)
        return batch

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with translated(self._path):
            if _identity(self._path) != self._file:
                raise Unreachable(
                    "the file was moved or replaced while it was in use",
                    where=str(self._path),
                    mend="start the station again",
                )
            if self._wal_pages > WAL_PAGES:
                self.tend()
            with _transaction(self._db):
                yield

    def _grown(self, _db: apsw.Connection, _name: str, pages: int) -> int:
        self._wal_pages = pages
        return apsw.SQLITE_OK


def _connect(path: Path) -> apsw.Connection:
    db = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE)
    db.set_busy_timeout(BUSY_MS)
    db.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 1)
    db.config(apsw.SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0)
    return db


def _secure(db: apsw.Connection) -> None:
    db.pragma("synchronous", "full")  # a commit is on the disk when it returns
    db.pragma("fullfsync", 1)  # and on macOS through the disk's own cache, too
    db.pragma("checkpoint_fullfsync", 1)
    db.pragma("cell_size_check", 1)  # find damage before it is followed


def _recognise(db: apsw.Connection, path: Path) -> None:
    if path.stat().st_size == 0:
        raise Refused(
            "the file is empty: its making was interrupted",
            where=str(path),
            mend="remove it and make it again",
        )
    try:
        ours = db.pragma("application_id") == APPLICATION_ID and db.pragma("user_version") > 0
    except apsw.NotADBError:
        ours = False
    if not ours:
        raise Refused(
            "this is not a database of Detente",
            where=str(path),
            mend="correct the path; the file was left as it is",
        )
    version = db.pragma("user_version")
    if version > VERSION:
        raise Refused(
            f"the database has schema version {version}, and this program knows {VERSION} at most",
            where=str(path),
            mend="start the newer program that wrote it; there is no way back to an older one",
        )


def _upgrade(db: apsw.Connection) -> None:
    """Take the steps that the database lacks. A second process finds none left."""
    if db.pragma("user_version") >= VERSION:
        return
    with _transaction(db):
        found = db.pragma("user_version")
        for version, step in enumerate(SCHEMA[found:], found + 1):
            db.execute(step)
            db.pragma("user_version", version)


@contextmanager
def _transaction(db: apsw.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")  # nobody else writes from here: what we read stays true
    try:
        yield
        db.execute("COMMIT")
    except BaseException:
        if db.in_transaction:  # SQLite itself rolls some failures back
            db.execute("ROLLBACK")
        raise


@contextmanager
def _appearing(path: Path) -> Iterator[Path]:
    """A file to be filled, which then stands at `path`: whole or not at all, in nobody's place."""
    _claim(path)
    part = path.with_name(path.name + ".part")
    try:
        _no_log_at(path)
        part.unlink(missing_ok=True)  # of one who was killed, for the name is ours
        _claim(part)
        yield part
        part.replace(path)
        _sync(path.parent)
    except BaseException:
        part.unlink(missing_ok=True)
        path.unlink(missing_ok=True)
        raise


def _claim(path: Path) -> None:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    except FileExistsError as error:
        raise Refused(
            "there is a file already", where=str(path), mend="choose another name or remove it"
        ) from error


def _no_log_at(path: Path) -> None:
    for left in ("-wal", "-journal"):
        if Path(f"{path}{left}").exists():  # SQLite would play it into the new file
            raise Refused(
                "the log of a database that is gone lies here",
                where=f"{path}{left}",
                mend="move it away, with the -shm beside it",
            )


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _identity(path: Path) -> tuple[int, int] | None:
    # By stat alone: to open the file and close it again would drop every lock that SQLite holds.
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_dev, found.st_ino
