"""`./dev bench line`: what a FLASH costs from release to receipt, against its floor; and three
goals.

    python -m bench.line [--pairs 5] [--each 200] [--quick]

Floor and figure are taken in turn, pair by pair, on the same disk; the median of the pairs' ratios
is what binds. The goals are absolute figures for a quiet two-core machine, printed beside it. The
table goes to docs/benchmarks.md under the command that made it.
"""

from __future__ import annotations

import argparse
import asyncio
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench._report import Row, write
from bench.floor import Floor
from detente.cli.stage import LINE, PASSPHRASE, Stage, exercise
from detente.errors import DetenteError
from detente.line.decide import Release
from detente.line.message import Content, Precedence
from detente.station.config import load_config
from detente.station.orders import Wait
from detente.station.station import Station

RATIO_MAX = 2.0
IN_FLIGHT = 64
RATE_MIN = 2_000.0
ENTRIES = 100_000
READY_S_MAX, READY_MB_MAX = 3.0, 150.0
CRISES, CRISES_S_MAX = 300, 60.0
NORTH, SOUTH = "northland", "southmark"
NOTE = """\
The floor is five durable writes, two hybrid signatures, two hybrid verifications
and one round trip of TLS between two processes, with nothing else: `bench/floor.py`."""


class Author:
    """Northland's station inside this process; Southmark's is a process of its own."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self.station = Station(load_config(stage.actors[NORTH].folder), PASSPHRASE)

    async def start(self) -> None:
        started = asyncio.Event()
        self._task = asyncio.create_task(self.station.run(started.set))
        await started.wait()
        link = self.station.circuits[LINE].links[SOUTH]
        while link.pipe is None:
            await asyncio.sleep(0.01)
        await self.say("open", {}, Precedence.FLASH)

    async def say(self, act: str, body: dict[str, str], precedence: Precedence) -> None:
        """Release, and return when Southmark's sealed checkpoint over it is recorded here."""
        content = Content(
            act=act, author=NORTH, body=body, channel="duty", line=self._stage.line.hex(),
            precedence=precedence, salt=secrets.token_hex(16),
        )  # fmt: skip
        result = await self.station.circuits[LINE].put(Release(content))
        if isinstance(result, DetenteError):
            raise result
        await self.station.office.answer(Wait(LINE, result[0].hex()))

    async def median_ms(self, count: int) -> float:
        times = []
        for number in range(count):
            begin = time.perf_counter()
            await self.say("test", {"text": f"measured {number}"}, Precedence.FLASH)
            times.append((time.perf_counter() - begin) * 1000)
        return statistics.median(times)

    async def rate(self, count: int) -> float:
        """Receipted ROUTINE messages a second, with `IN_FLIGHT` under way at any time."""
        gate, begin = asyncio.Semaphore(IN_FLIGHT), time.perf_counter()

        async def one(number: int) -> None:
            async with gate:
                await self.say("test", {"text": f"bulk {number}"}, Precedence.ROUTINE)

        await asyncio.gather(*(one(number) for number in range(count)))
        return count / (time.perf_counter() - begin)

    async def stop(self) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self.station.close()


async def measure(folder: Path, pairs: int, each: int, bulk: int) -> list[Row]:
    with Stage(folder, (NORTH, SOUTH)) as stage:
        stage.found(exercise(stage.cards()))
        stage.start(SOUTH)
        floor, author = Floor(folder), Author(stage)
        await floor.start()
        await author.start()
        await floor.median_ms(20)
        await author.median_ms(20)
        found = []
        for number in range(pairs):
            below, above = await floor.median_ms(each), await author.median_ms(each)
            found.append((below, above))
            print(
                f"pair {number + 1}: floor {below:.2f} ms, release to receipt {above:.2f} ms, "
                f"ratio {above / below:.2f}",
                flush=True,
            )
        rate = await author.rate(bulk)
        await floor.stop()
        await author.stop()
    ratio = statistics.median(above / below for below, above in found)
    figure = (
        f"{ratio:.2f} x ({statistics.median(a for _, a in found):.2f} ms over "
        f"{statistics.median(b for b, _ in found):.2f} ms)"
    )
    return [
        Row("FLASH, release to receipt, over the floor", figure, f"at most {RATIO_MAX} x",
            ratio <= RATIO_MAX, binds=True),
        Row(f"receipted messages a second, {IN_FLIGHT} in flight", f"{rate:,.0f}",
            f"at least {RATE_MIN:,.0f}", rate >= RATE_MIN, binds=False),
    ]  # fmt: skip


def journal_ready(folder: Path, entries: int) -> Row:
    """A process of its own, so that its memory is that of the journal."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.journal", str(folder), str(entries)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seconds, megabytes = map(float, done.stdout.split())
    return Row(
        f"a journal of {entries:,} entries, ready", f"{seconds:.1f} s, {megabytes:.0f} MB",
        f"{READY_S_MAX:g} s, {READY_MB_MAX:g} MB",
        seconds <= READY_S_MAX and megabytes <= READY_MB_MAX, binds=False,
    )  # fmt: skip


def crises(count: int) -> Row:
    begin = time.perf_counter()
    command = [sys.executable, "-m", "detente", "--json", "simulate", "--seed", "1"]
    subprocess.run([*command, "--crises", str(count)], capture_output=True, check=True)
    seconds = (time.perf_counter() - begin) * CRISES / count
    return Row(
        f"{CRISES} simulated crises", f"{seconds:.0f} s", f"{CRISES_S_MAX:g} s",
        seconds <= CRISES_S_MAX, binds=False,
    )  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(prog="./dev bench line")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--each", type=int, default=200)
    parser.add_argument("--quick", action="store_true", help="a short look; nothing is written")
    options = parser.parse_args()
    pairs, each = (3, 50) if options.quick else (options.pairs, options.each)
    with tempfile.TemporaryDirectory(prefix="detente-bench-", dir=Path.cwd()) as name:
        rows = asyncio.run(measure(Path(name), pairs, each, 500 if options.quick else 6_000))
        rows.append(journal_ready(Path(name), ENTRIES // 10 if options.quick else ENTRIES))
    rows.append(crises(CRISES // 10 if options.quick else CRISES))
    for row in rows:
        print(row.text())
    if not options.quick:
        write("line", rows, NOTE)
    return 0 if all(row.met for row in rows if row.binds) else 1


if __name__ == "__main__":
    sys.exit(main())
