"""Other processes for the tests of the store: each is run by itself and tells what became of it."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import apsw

from detente.errors import Conflict, Unreachable
from detente.store import SQLite

ENTRY = bytes(4_000)


def race(path: Path, name: str, count: str) -> None:
    """Try for every index once, as fast as can be; each index has one winner."""
    store = SQLite.open(path)
    print("ready", flush=True)
    sys.stdin.readline()
    index = 0
    while index < int(count):
        try:
            store.append(index, [f"{name} {index}".encode()])
        except Unreachable:
            continue  # the other held the file all the time that we waited
        except Conflict:
            print("lost", index)
        else:
            print("won", index)
        index += 1
    store.close()


def forever(path: Path) -> None:
    """Append three entries at a time, and tell the length after each time, until killed."""
    store = SQLite.open(path)
    length = store.length()
    while True:
        store.append(length, [b"%d " % index + ENTRY for index in range(length, length + 3)])
        length += 3
        print(length, flush=True)


def hold(path: Path) -> None:
    """Begin to write, and stop half-way until told to go on."""
    db = apsw.Connection(str(path))
    db.execute("BEGIN IMMEDIATE")
    print("holding", flush=True)
    sys.stdin.readline()
    db.close()


def fill(store: SQLite) -> tuple[int, str]:
    """Append until it fails: how many were said to be stored, and the error."""
    length = store.length()
    while True:
        try:
            store.append(length, [ENTRY])
        except Unreachable as error:
            return length, str(error)
        length += 1


def limited(path: Path, size: str) -> None:
    """Fill a file that may not grow beyond `size` bytes: to SQLite, a disk that fails."""
    store = SQLite.open(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(size), int(size)))
    stored, error = fill(store)
    held = store.length()
    store._db.close()
    print(json.dumps({"stored": stored, "error": error, "held": held}))


def handles(path: Path) -> None:
    """Open when no file can be opened."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    try:
        SQLite.open(path)
    except Unreachable as error:
        print(json.dumps({"error": str(error)}))


def full(folder: Path) -> None:
    """Fill a small disk, look at it again, make room, and go on."""
    path, ballast = folder / "line.db", folder / "ballast"
    ballast.write_bytes(bytes(1 << 20))
    store = SQLite.create(path)
    store.append(0, [b"first"])
    stored, error = fill(store)
    untended = ""
    try:
        store.tend()
    except Unreachable as caught:
        untended = str(caught)
    uncopied = ""
    try:
        store.backup(folder / "copy.db")
    except Unreachable as caught:
        uncopied = str(caught)
    other = SQLite.open(path)
    held = len(list(other.read()))
    other.close()
    ballast.unlink()
    store.append(stored, [b"last"])
    store.tend()
    store.close()
    again = SQLite.open(path)
    entries = list(again.read())
    again.close()
    told = {
        "stored": stored, "error": error, "untended": untended, "uncopied": uncopied, "held": held,
        "files": sorted(file.name for file in folder.iterdir()),
        "whole": entries == [b"first", *[ENTRY] * (stored - 1), b"last"],
    }  # fmt: skip
    print(json.dumps(told))


def readonly(folder: Path) -> None:
    """Use a database on a disk that may only be read, then on one that may be written again."""
    path = folder / "line.db"
    store = SQLite.create(path)
    store.append(0, [b"a"])
    store.close()
    errors: list[str] = []
    remount(folder, "ro")
    attempts = ((SQLite.open, path), (SQLite.create, folder / "new.db"))
    for attempt, target in attempts:
        try:
            attempt(target)
        except Unreachable as error:
            errors.append(str(error))
    remount(folder, "rw")
    again = SQLite.open(path)
    again.append(1, [b"b"])
    entries = [entry.decode() for entry in again.read()]
    again.close()
    print(json.dumps({"errors": errors, "entries": entries}))


def remount(folder: Path, mode: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{mode}", str(folder)], check=True)


PROGRAMS: dict[str, Callable[..., None]] = {
    program.__name__: program for program in (race, forever, hold, limited, handles, full, readonly)
}

if __name__ == "__main__":
    PROGRAMS[sys.argv[1]](Path(sys.argv[2]), *sys.argv[3:])
