"""One line in operation: what goes first, what a full disk does, and which clock decides."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from detente.errors import Refused, Unreachable
from detente.line.decide import Release
from detente.line.message import Precedence
from detente.station.circuit import MISSED_BEATS_MAX, TROUBLE_S, Circuit
from detente.station.link import Link
from detente.station.station import Station, now_ms
from detente.store import Memory
from detente.tlog.checkpoint import open_checkpoint
from tests.station.links import NORTH_CONTEXT
from tests.station.living import (
    NORTHLAND,
    SOUTHMARK,
    circuit,
    founded,
    heard,
    logged,
    notify,
    receipted,
    running,
    say,
    until,
)
from tests.station.test_complaints import Steady
from tests.stations import FLASH, IMMEDIATE, ROUTINE, Line

DAY_MS = 86_400_000


@dataclasses.dataclass(slots=True)
class Scene:
    """Northland's circuit over a disk and a signer in memory. Nobody is linked."""

    line: Line
    steady: Steady
    circuit: Circuit

    def release(self, precedence: Precedence) -> Release:
        body = {"kind": "search_and_rescue", "text": "a boat"}
        return Release(self.line.content(NORTHLAND, "notify", body, precedence=precedence))

    def places(self, results: Sequence[object]) -> list[int]:
        """Where the leaves that steps added stand in our ledger."""
        leaves = [result[0] for result in results if isinstance(result, tuple)]
        return [self.circuit.journal.state.messages[leaf].place for leaf in leaves]


@pytest.fixture
def scene() -> Scene:
    line, steady = Line(linked=False), Steady()
    link = Link(NORTHLAND, SOUTHMARK, b"", (), NORTH_CONTEXT)
    made = Circuit(
        "strait", line[NORTHLAND], {SOUTHMARK: link}, lambda: line.now, lambda _: None, steady
    )
    return Scene(line, steady, made)


@asynccontextmanager
async def run(circuit: Circuit) -> AsyncIterator[None]:
    task = asyncio.create_task(circuit.run())
    yield
    task.cancel()
    await asyncio.wait([task])


# -- steps -----------------------------------------------------------------------------------------


async def test_our_flash_goes_first_and_alone_and_the_rest_share_one_seal(scene: Scene) -> None:
    order = [ROUTINE, IMMEDIATE, FLASH, ROUTINE, FLASH]
    scene.line.stations[NORTHLAND].sealed.clear()
    async with asyncio.TaskGroup() as group:
        puts = [group.create_task(scene.circuit.put(scene.release(each))) for each in order]
        await asyncio.sleep(0)  # all of them wait
        async with run(scene.circuit):
            results = await asyncio.gather(*puts)
    assert scene.places(results) == [3, 4, 1, 5, 2]
    assert scene.line.stations[NORTHLAND].sealed == [2, 3, 6]


async def test_what_is_refused_does_not_take_its_neighbours_with_it(scene: Scene) -> None:
    bad = Release(scene.line.content(NORTHLAND, "query"))  # on a closed channel
    async with run(scene.circuit):
        results = await asyncio.gather(
            *(scene.circuit.put(event) for event in (scene.release(ROUTINE), bad))
        )
    assert isinstance(results[1], Refused)
    assert scene.places(results) == [1]


# -- a disk that fails -----------------------------------------------------------------------------


async def test_what_cannot_be_stored_has_not_happened_and_may_be_said_again(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    disk = scene.line.stations[NORTHLAND].store
    async with run(scene.circuit):
        disk.full = True
        event = scene.release(FLASH)
        for _ in range(2):
            result = await scene.circuit.put(event)
            assert isinstance(result, Unreachable)
            assert "the disk is full" in str(scene.circuit.trouble)
        assert caplog.text.count("strait: store: the disk is full (free some space)") == 1
        assert scene.circuit.journal.state.own.size == 1
        disk.full = False
        assert scene.places([await scene.circuit.put(event)]) == [1]
        assert scene.circuit.trouble is None


async def test_a_trouble_that_does_not_come_back_is_over(scene: Scene) -> None:
    scene.line.stations[NORTHLAND].store.full = True
    async with run(scene.circuit):
        await scene.circuit.put(scene.release(FLASH))
    scene.circuit.tick()
    assert scene.circuit.trouble is not None
    scene.steady.now += TROUBLE_S + 1
    scene.circuit.tick()
    assert scene.circuit.trouble is None


class Faulty(Memory):
    """A store with a mistake of ours in it."""

    faults = 0

    def append(self, length: int, entries: Sequence[bytes]) -> None:
        if self.faults:
            self.faults -= 1
            raise ZeroDivisionError
        super().append(length, entries)


async def test_a_fault_of_ours_ends_a_step_and_not_the_line(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    station = scene.line.stations[NORTHLAND]
    faulty = Faulty()
    faulty.append(0, list(station.store.read()))
    faulty.faults = 1
    scene.circuit.journal._store = faulty
    async with run(scene.circuit):
        result = await scene.circuit.put(scene.release(FLASH))
        assert isinstance(result, Unreachable)
        assert "a fault of ours" in str(result)
        assert "ZeroDivisionError" in caplog.text
        assert scene.places([await scene.circuit.put(scene.release(FLASH))]) == [1]


# -- clocks ----------------------------------------------------------------------------------------


def test_who_misses_three_beats_is_stale_whatever_the_wall_clock_says(scene: Scene) -> None:
    beats_s = MISSED_BEATS_MAX * 10
    assert scene.circuit.silent_s(SOUTHMARK) is None
    scene.line.now += DAY_MS
    assert not scene.circuit.stale(SOUTHMARK)
    scene.line.now -= 2 * DAY_MS
    scene.steady.now += beats_s + 0.1
    assert scene.circuit.stale(SOUTHMARK)


async def test_a_clock_that_jumps_back_stops_nothing_and_signs_no_earlier_time(
    tmp_path: Path,
) -> None:
    stage = founded(tmp_path, (NORTHLAND, SOUTHMARK))
    async with running(stage, SOUTHMARK) as south, running(stage, NORTHLAND) as north:
        await receipted(north, await notify(north, "at the right time"), SOUTHMARK)
        before = signed_s(circuit(north))
        circuit(north).clock = lambda: now_ms() - DAY_MS
        said = await notify(north, "a day too early")
        await receipted(north, said, SOUTHMARK)
        assert signed_s(circuit(north)) >= before
        messages = circuit(south).journal.state.messages
        assert messages[said].time < (before - 43_200) * 1000  # what the author's clock said
        await until(lambda: circuit(south).offsets.get(NORTHLAND, 0) < -43_200_000, "no offset")
        assert not circuit(north).stale(SOUTHMARK)
        status = south.office._status("demo")["technical"][NORTHLAND]
        assert status["clock_offset_ms"] < -43_200_000
    async with running(stage, SOUTHMARK) as south, running(stage, NORTHLAND) as north:
        assert signed_s(circuit(north)) >= before
        await heard(south, await notify(north, "and after a restart"))


def signed_s(circuit: Circuit) -> int:
    """The time in our newest signed checkpoint, POSIX seconds."""
    state, sealed = circuit.journal.state, circuit.journal.sealed
    card = state.first.card(state.us)
    assert sealed is not None
    assert card is not None
    return open_checkpoint(sealed.note, card.origin, card.keys).time_s


# -- the last part of the disk ---------------------------------------------------------------------


async def test_the_last_part_of_the_disk_is_for_what_must_be_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    stage = founded(tmp_path, (NORTHLAND, SOUTHMARK))
    async with running(stage, SOUTHMARK) as south, running(stage, NORTHLAND) as north:
        await receipted(north, await notify(north, "while there is room"), SOUTHMARK)
        reserve(south, 1 << 50)
        await logged(caplog, "alarm: demo: disk: less than 1073741824 MiB are left")
        dull = await say(north, "test", {"text": "dull"}, precedence=ROUTINE)
        flash = await say(north, "test", {"text": "urgent"})
        await receipted(north, flash, SOUTHMARK)
        await heard(north, await notify(south, "our own goes, too"))
        assert set(circuit(south).journal.state.outstanding) == {dull}
        reserve(south, 0)
        await receipted(north, dull, SOUTHMARK)


def reserve(station: Station, octets: int) -> None:
    station._config = dataclasses.replace(station._config, disk_reserve_bytes=octets)
