from __future__ import annotations

import asyncio

import pytest

from detente.station import duty
from detente.station.duty import for_ever, heed_cancelling
from tests.station.living import logged, until


async def test_a_duty_that_ends_begins_again() -> None:
    times = 0

    async def brief() -> None:
        nonlocal times
        times += 1
        await asyncio.sleep(0)

    task = asyncio.create_task(for_ever(("brief", brief)))
    await until(lambda: times > 3, "it did not begin again")
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()


async def test_a_fault_is_written_down_and_is_no_end(caplog: pytest.LogCaptureFixture) -> None:
    async def faulty() -> None:
        raise AssertionError("impossible")

    task = asyncio.create_task(for_ever(("the bell", faulty)))
    await logged(caplog, "the bell: begun anew after a fault of ours")
    assert "AssertionError: impossible" in caplog.text
    assert not task.done()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert duty.AGAIN_S > 0


async def test_a_duty_that_fails_in_the_moment_in_which_it_is_cancelled_ends() -> None:
    """A task group then raises the failure alone, and the cancellation would be lost."""
    fails = asyncio.Event()

    async def fail() -> None:
        await fails.wait()
        raise OSError("the cable was cut")

    async def grouped() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())

    task = asyncio.create_task(for_ever(("a link", grouped)))
    await asyncio.sleep(0.01)
    fails.set()
    task.cancel()
    done, _ = await asyncio.wait([task], timeout=20)
    assert done
    assert task.cancelled()


async def test_one_who_is_not_being_cancelled_goes_on() -> None:
    heed_cancelling()
