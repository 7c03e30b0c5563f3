"""Power cuts, second writers, full and failing disks: with real processes and real disks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detente.errors import Conflict, Unreachable
from detente.store import SQLite
from tests.store import writer

PATIENCE = 60
"""Seconds after which a process is held to hang."""

ENVIRONMENT = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "line.db"
    SQLite.create(path).close()
    return path


def command(program: str, *arguments: object) -> list[str]:
    assert writer.__file__ is not None
    return [sys.executable, writer.__file__, program, *map(str, arguments)]


def start(program: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        command(program, *arguments),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT,
    )  # fmt: skip


def told(arguments: list[str]) -> dict[str, Any]:
    done = subprocess.run(
        arguments, stdout=subprocess.PIPE, check=True, timeout=PATIENCE, env=ENVIRONMENT
    )
    tale: dict[str, Any] = json.loads(done.stdout)
    return tale


def read_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


# Other processes


def test_of_two_processes_one_wins_each_index_and_nothing_is_overwritten(path: Path) -> None:
    count = 300
    racers = {name: start("race", path, name, count) for name in ("north", "south")}
    for racer in racers.values():
        assert read_line(racer) == "ready"
    for racer in racers.values():
        assert racer.stdin is not None
        racer.stdin.write("go\n")
        racer.stdin.flush()
    tales = {name: racer.communicate(timeout=PATIENCE)[0] for name, racer in racers.items()}

    winners: dict[int, list[str]] = {index: [] for index in range(count)}
    losers: dict[int, list[str]] = {index: [] for index in range(count)}
    for name, tale in tales.items():
        for line in tale.splitlines():
            outcome, index = line.split()
            {"won": winners, "lost": losers}[outcome][int(index)].append(name)
    store = SQLite.open(path)
    journal = [entry.decode() for entry in store.read()]
    store.close()
    assert [len(names) for names in winners.values()] == [1] * count
    assert [len(names) for names in losers.values()] == [1] * count
    assert journal == [f"{winners[index][0]} {index}" for index in range(count)]


def test_two_stores_in_one_process_have_one_winner_too(path: Path) -> None:
    first, second = SQLite.open(path), SQLite.open(path)
    first.append(0, [b"first"])

    with pytest.raises(Conflict, match="holds 1 entries, not 0"):
        second.append(0, [b"second"])

    assert list(second.read()) == [b"first"]
    first.close()
    second.close()


def test_while_another_process_writes_nothing_is_appended(path: Path) -> None:
    store = SQLite.open(path)
    holder = start("hold", path)
    assert read_line(holder) == "holding"

    with pytest.raises(Unreachable, match=r"line\.db: another process is writing: .*\(stop it"):
        store.append(0, [b"a"])
    assert store.length() == 0

    holder.communicate("go on\n", timeout=PATIENCE)
    store.append(0, [b"a"])
    assert list(store.read()) == [b"a"]
    store.close()


# Power cuts


def test_what_was_stored_before_a_kill_is_there_after_it(path: Path) -> None:
    stored = 0
    for cut in range(5):
        with start("forever", path) as process:
            for _ in range(5 + 3 * cut):
                stored = int(read_line(process))
            process.kill()
            while line := read_line(process):  # what it told before the kill and we had not read
                stored = int(line)

        store = SQLite.open(path)
        journal = list(store.read())
        store.close()
        # The last append may have been stored without having been told, but never a part of it.
        assert len(journal) in (stored, stored + 3)
        assert journal == [b"%d " % index + writer.ENTRY for index in range(len(journal))]


# Disks


def test_a_database_that_may_not_grow_is_unreachable_and_unchanged(path: Path) -> None:
    store = SQLite.open(path)
    store.append(0, [b"a"])
    room = store._db.pragma("page_count")
    store._db.pragma("max_page_count", room)

    with pytest.raises(Unreachable, match=r"line\.db: the disk is full: .*\(free some space\)"):
        store.append(1, [b"b", *[bytes(10_000)] * 3])
    with pytest.raises(Unreachable, match="the disk is full"):
        store.keep("name", bytes(10_000))
    store.close()

    again = SQLite.open(path)
    assert list(again.read()) == [b"a"]
    assert again.kept("name") is None
    again.append(1, [bytes(10_000)])
    assert again.length() == 2
    again.close()


def test_a_disk_that_fails_is_unreachable_and_loses_nothing(path: Path) -> None:
    tale = told(command("limited", path, 300_000))

    assert "line.db: the disk failed: " in tale["error"]
    assert "look for its errors" in tale["error"]
    assert tale["stored"] > 10
    assert tale["held"] == tale["stored"]
    store = SQLite.open(path)
    store.append(tale["stored"], [b"after"])
    assert list(store.read()) == [writer.ENTRY] * tale["stored"] + [b"after"]
    store.close()


def test_out_of_file_handles_is_unreachable(path: Path) -> None:
    assert "the file cannot be opened" in told(command("handles", path))["error"]


@pytest.fixture
def small_disk(tmp_path: Path) -> list[str]:
    """A command before a command, that gives it a disk of 2 MiB at `tmp_path`."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs unshare")
    script = f'mount -t tmpfs -o size=2m none "{tmp_path}" && exec "$@"'
    prefix = [unshare, "--map-root-user", "--mount", "sh", "-c", script, "sh"]
    if subprocess.run([*prefix, "true"], check=False, capture_output=True).returncode:
        pytest.skip("may not mount a disk here")
    return prefix


def test_a_full_disk_is_unreachable_and_loses_nothing(
    small_disk: list[str], tmp_path: Path
) -> None:
    tale = told([*small_disk, *command("full", tmp_path)])

    assert "line.db: the disk is full: " in tale["error"]
    assert "line.db: the disk is full: " in tale["untended"]
    assert "copy.db: " in tale["uncopied"]
    assert tale["files"] == ["line.db"]
    assert tale["stored"] > 10
    assert tale["held"] == tale["stored"]
    assert tale["whole"]


def test_a_disk_that_may_only_be_read_is_unreachable(small_disk: list[str], tmp_path: Path) -> None:
    tale = told([*small_disk, *command("readonly", tmp_path)])

    opened, created = tale["errors"]
    assert "line.db: the file can" in opened
    assert "writable for this user" in opened
    assert "new.db: the file cannot be used: Read-only file system" in created
    assert tale["entries"] == ["a", "b"]
