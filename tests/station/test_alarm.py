"""The bell, with real commands."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from detente.station.alarm import RINGS_MAX, Bell, Reason
from tests.station.living import logged, until

FLASH = Reason("flash", "border", "ab" * 32)
STALE = Reason("stale", "border", "southmark")
LONG_S = 3_600.0

Ring = Callable[..., Awaitable[Bell]]


@pytest.fixture
async def bells() -> AsyncIterator[Ring]:
    """Makes bells that ring while the test runs."""
    tasks = list[asyncio.Task[None]]()

    async def make(command: list[str], repeat_s: float = LONG_S, limit_s: float = 60.0) -> Bell:
        bell = Bell(command, repeat_s, limit_s)
        tasks.append(asyncio.create_task(bell.run()))
        await asyncio.sleep(0)
        return bell

    yield make
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


@pytest.fixture
def record(tmp_path: Path) -> Path:
    return tmp_path / "rung"


def writing(record: Path) -> list[str]:
    """A command that writes down how it was run, all at once."""
    program = (
        "import os, sys; line = os.environ['DETENTE_REASONS'] + ' ' + sys.stdin.read();"
        f"open({str(record)!r}, 'a').write(line.replace('\\n', ';') + '\\n')"
    )
    return [sys.executable, "-c", program]


def lines(record: Path) -> list[str]:
    return record.read_text().splitlines() if record.exists() else []


def rung(record: Path, times: int) -> bool:
    return len(lines(record)) >= times


async def test_it_rings_at_once_with_every_reason(bells: Ring, record: Path) -> None:
    bell = await bells(writing(record))
    bell.set(frozenset((STALE, FLASH)))
    await until(lambda: len(lines(record)) == 1, "it did not ring")
    count, _, reasons = lines(record)[0].partition(" ")
    assert count == "2"
    assert [json.loads(reason) for reason in reasons.strip(";").split(";")] == [
        {"what": "flash", "line": "border", "subject": "ab" * 32},
        {"what": "stale", "line": "border", "subject": "southmark"},
    ]


async def test_a_new_reason_rings_at_once_and_an_old_one_does_not(
    bells: Ring, record: Path
) -> None:
    bell = await bells(writing(record))
    bell.set(frozenset((FLASH,)))
    await until(lambda: len(lines(record)) == 1, "it did not ring")
    bell.set(frozenset((FLASH,)))
    bell.set(frozenset((FLASH, STALE)))
    await until(lambda: len(lines(record)) == 2, "it did not ring for the new one")
    assert [line[0] for line in lines(record)] == ["1", "2"]


async def test_it_rings_again_until_there_is_no_reason(bells: Ring, record: Path) -> None:
    bell = await bells(writing(record), repeat_s=0.01)
    bell.set(frozenset((FLASH,)))
    await until(lambda: len(lines(record)) >= 3, "it did not repeat")
    bell.set(frozenset())
    bell.set(frozenset((STALE,)))
    await until(lambda: "stale" in lines(record)[-1], "it did not ring anew")
    await until(lambda: all("flash" not in line for line in lines(record)[-2:]), "it did not end")


async def test_a_command_that_hangs_is_ended_with_what_it_started(
    bells: Ring, record: Path, caplog: pytest.LogCaptureFixture
) -> None:
    hangs = ["/bin/sh", "-c", f"sleep 3600 & echo $! >> {record}; wait"]
    bell = await bells(hangs, limit_s=0.5)
    bell.set(frozenset((FLASH,)))
    await logged(caplog, "the alarm command did not end within 0.5 s")
    (child,) = map(int, lines(record))
    await until(lambda: not runs(child), "what it started goes on")


def runs(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(") ")[2][0]
    except OSError:
        return False
    return state != "Z"


async def test_a_new_reason_rings_though_the_command_hangs(bells: Ring, record: Path) -> None:
    """But never so many at a time that they eat the machine."""
    bell = await bells(["/bin/sh", "-c", f"echo $$ >> {record}; sleep 3600"], repeat_s=0.01)
    for number in range(RINGS_MAX + 2):
        bell.set(frozenset(Reason("flash", "border", str(n)) for n in range(number + 1)))
        wanted = min(number + 1, RINGS_MAX)
        await until(partial(rung, record, wanted), "it did not ring")
    assert len(lines(record)) == RINGS_MAX


@pytest.mark.parametrize(
    "command, words",
    [
        (["/bin/false"], "the alarm command failed with 1"),
        (["/bin/sh", "-c", "kill -9 $$"], "the alarm command failed with -9"),
        (["/no/such/horn"], "the alarm command cannot be run"),
        (["/etc"], "the alarm command cannot be run"),
        (["/bin/echo", "\0"], "the alarm command cannot be run"),
    ],
)
async def test_a_command_that_fails_is_named_and_tried_again(
    bells: Ring, caplog: pytest.LogCaptureFixture, command: list[str], words: str
) -> None:
    bell = await bells(command, repeat_s=0.01)
    bell.set(frozenset((FLASH,)))
    await until(lambda: caplog.text.count(words) >= 2, f"not twice in the log: {words}")
    assert f"alarm: border: flash: {FLASH.subject}" in caplog.text


async def test_a_command_that_does_not_read_is_no_trouble(bells: Ring, record: Path) -> None:
    bell = await bells(["/bin/sh", "-c", f"exec <&-; echo done >> {record}"])
    bell.set(frozenset(Reason("stale", "border", str(n) * 100) for n in range(5_000)))
    await until(lambda: "done" in lines(record), "it did not ring")  # and perhaps again


async def test_without_a_command_the_log_says_it(caplog: pytest.LogCaptureFixture) -> None:
    Bell((), 1.0).set(frozenset((FLASH, STALE)))
    assert caplog.messages == [
        f"alarm: border: flash: {FLASH.subject}", "alarm: border: stale: southmark"
    ]  # fmt: skip
    assert os.environ.get("DETENTE_REASONS") is None
