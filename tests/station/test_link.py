"""Links between real stations: which address, which pipe, and what goes first."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import permutations
from pathlib import Path

import pytest

from detente.cli.stage import Stage, free_port
from detente.line.message import Precedence
from detente.station.link import COLLISION_S, RETRY_S, Link
from detente.station.pipe import Pipe, dial, serve
from tests.station.links import (
    EAST_CONTEXT,
    NORTH_CONTEXT,
    NORTH_KEY,
    SOUTH_CONTEXT,
    SOUTH_KEY,
)
from tests.station.living import (
    NORTHLAND,
    SOUTHMARK,
    Rogue,
    circuit,
    founded,
    heard,
    logged,
    notify,
    readdress,
    receipted,
    running,
    say,
    until,
)
from tests.station.proxies import cable

PAIR = (NORTHLAND, SOUTHMARK)


@pytest.fixture
def pair(tmp_path: Path) -> Stage:
    return founded(tmp_path, PAIR)


def link(us: str, party: str) -> Link:
    return Link(us, party, b"", (), NORTH_CONTEXT)


@asynccontextmanager
async def joined() -> AsyncIterator[tuple[Pipe, Pipe]]:
    """The two ends of a pipe: that of North, who dialled, and that of South."""
    ends = asyncio.Queue[Pipe]()
    done = asyncio.Event()

    async def hold(pipe: Pipe) -> None:
        ends.put_nowait(pipe)
        await done.wait()

    async with (
        serve("127.0.0.1", 0, SOUTH_CONTEXT, {NORTH_KEY}, hold) as port,
        await dial("127.0.0.1", port, NORTH_CONTEXT, SOUTH_KEY) as near,
    ):
        yield near, await ends.get()
        done.set()


# -- one pipe --------------------------------------------------------------------------------------


@pytest.mark.parametrize("at_a", list(permutations("ab")), ids="".join)
@pytest.mark.parametrize("at_b", list(permutations("ab")), ids="".join)
async def test_of_two_dialled_at_once_both_ends_keep_the_same(
    at_a: tuple[str, str], at_b: tuple[str, str]
) -> None:
    """In whatever order each end sees them: it is the one that `a` dialled."""
    a, b = link("a", "b"), link("b", "a")
    async with joined() as (as_dialled_by_a, as_heard_by_b), joined() as (by_b, heard_by_a):
        pipes_at_a = {"a": as_dialled_by_a, "b": heard_by_a}
        pipes_at_b = {"a": as_heard_by_b, "b": by_b}
        for dialler in at_a:
            await a.take(pipes_at_a[dialler], dialled=dialler == "a")
        for dialler in at_b:
            await b.take(pipes_at_b[dialler], dialled=dialler == "b")
        assert a.pipe is as_dialled_by_a
        assert b.pipe is as_heard_by_b
        assert a.pipe is not None
        await a.pipe.send(b"still up")
        assert await as_heard_by_b.receive() == b"still up"


async def test_later_the_newer_one_is_taken_for_the_old_may_be_dead() -> None:
    us = link("a", "b")
    async with joined() as (old, _), joined() as (new, _):
        assert await us.take(old, dialled=True)
        us._since -= COLLISION_S + 1
        assert await us.take(new)
        assert us.pipe is new
        assert not us.drop(old)
        assert us.drop(new)
        assert us.pipe is None


async def test_of_two_that_replace_an_old_one_at_once_only_one_is_used() -> None:
    us = link("a", "b")
    async with joined() as (old, _), joined() as (one, _), joined() as (other, _):
        await us.take(old)
        async with old._sending:  # it takes a while to close
            takes = [asyncio.create_task(us.take(pipe)) for pipe in (one, other)]
            await asyncio.sleep(0)
        assert await asyncio.gather(*takes) == [False, True]
        assert us.pipe is other


async def test_stations_that_dial_each_other_come_to_rest_with_one_pipe(
    pair: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    async with running(pair, NORTHLAND) as north, running(pair, SOUTHMARK) as south:
        for number in range(3):
            await receipted(north, await notify(north, f"{number}"), SOUTHMARK)
            await receipted(south, await notify(south, f"{number}"), NORTHLAND)
        pipes = [circuit(north).links[SOUTHMARK].pipe, circuit(south).links[NORTHLAND].pipe]
        ups = caplog.text.count("demo: linked with")
        for _ in range(2):  # heartbeats go over it, and nobody dials
            circuit(north).offsets.clear()
            circuit(south).offsets.clear()
            await until(lambda: bool(circuit(north).offsets), "no heartbeat")
            await until(lambda: bool(circuit(south).offsets), "no heartbeat")
        assert pipes == [circuit(north).links[SOUTHMARK].pipe, circuit(south).links[NORTHLAND].pipe]
        assert caplog.text.count("demo: linked with") == ups
        assert ups <= 6


# -- dialling --------------------------------------------------------------------------------------


@pytest.mark.covers(8)
async def test_any_address_will_do_and_the_next_is_tried_at_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The first does not answer, behind the second is somebody else, and the third is the one."""
    stage = founded(tmp_path, PAIR)
    async with AsyncExitStack() as stack:

        async def never(pipe: Pipe) -> None:
            raise AssertionError(pipe)

        other = await stack.enter_async_context(
            serve("127.0.0.1", 0, EAST_CONTEXT, {NORTH_KEY}, never)
        )
        right = stage.actors[SOUTHMARK].port
        readdress(stage, NORTHLAND, *[("127.0.0.1", p) for p in (free_port(), other, right)])
        readdress(stage, SOUTHMARK, ("127.0.0.1", free_port()))
        south = await stack.enter_async_context(running(stage, SOUTHMARK))
        north = await stack.enter_async_context(running(stage, NORTHLAND))
        await heard(south, await notify(north, "found you"))
    text = caplog.text
    assert text.count("no link with southmark") == 2
    assert "Connection refused" in text
    assert "showed the link key" in text


async def test_an_address_that_fails_is_named_once_and_tried_for_ever(
    pair: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    tries = 0

    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal tries
        tries += 1
        writer.close()

    server = await asyncio.start_server(count, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    readdress(pair, NORTHLAND, ("127.0.0.1", free_port()), ("127.0.0.1", port))
    async with running(pair, NORTHLAND):
        await until(lambda: tries >= 3, "it gave up")
    server.close()
    assert caplog.text.count("no link with southmark") == 2


async def test_one_who_hangs_up_at_once_is_not_dialled_without_a_pause(pair: Stage) -> None:
    """He has the right key, and ends every link as soon as it is up."""
    ups = 0

    async def hang_up(_: Pipe) -> None:
        nonlocal ups
        ups += 1

    rogue = Rogue(pair, SOUTHMARK, NORTHLAND)
    port = pair.actors[SOUTHMARK].port
    async with (
        serve("127.0.0.1", port, rogue.context(), {rogue.victim_key()}, hang_up),
        running(pair, NORTHLAND),
    ):
        clock = asyncio.get_running_loop().time
        began = clock()
        await until(lambda: ups >= 3, "it gave up")
        assert clock() - began >= 2 * RETRY_S - 0.5  # the first was before we looked


async def test_a_station_that_comes_back_again_and_again_is_heard_each_time(pair: Stage) -> None:
    async with running(pair, NORTHLAND) as north:
        for number in range(3):
            leaf = await notify(north, f"{number}")
            async with running(pair, SOUTHMARK) as south:
                await heard(south, leaf)


# -- silence ---------------------------------------------------------------------------------------


async def test_a_pipe_that_goes_silent_is_dropped_and_dialled_anew(
    pair: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """The cable is cut without a word to either end: three beats later it is given up."""
    async with cable(pair.actors[SOUTHMARK].port) as wire:
        readdress(pair, NORTHLAND, ("127.0.0.1", wire.port))
        readdress(pair, SOUTHMARK, ("127.0.0.1", free_port()))
        async with running(pair, SOUTHMARK) as south, running(pair, NORTHLAND) as north:
            await receipted(north, await notify(north, "before"), SOUTHMARK)
            first = circuit(north).links[SOUTHMARK].pipe
            wire.open.clear()
            lost = await notify(north, "into the cut cable")
            await until(lambda: circuit(north).stale(SOUTHMARK), "it is not shown as stale")
            status = north.office._status("demo")
            assert status["technical"][SOUTHMARK]["stale"] is True
            assert status["technical"][SOUTHMARK]["heard_ago_ms"] >= 3_000
            await logged(caplog, "southmark has been silent too long: dialling anew")
            await logged(caplog, "alarm: demo: stale: southmark")
            wire.open.set()
            await heard(south, lost)
            assert circuit(north).links[SOUTHMARK].pipe is not first
            await until(lambda: not circuit(north).stale(SOUTHMARK), "it is still stale")
            assert wire.links >= 2


# -- what goes first -------------------------------------------------------------------------------


async def test_a_flash_overtakes_what_waits_for_a_slow_cable(tmp_path: Path) -> None:
    """A hundred long notices wait before a cable that carries nothing; then one FLASH. Before it
    arrives only what the buffers held: a small part.
    """
    stage = founded(tmp_path, PAIR, beat_s=60)
    text = "a long and dull notice " * 80
    async with cable(stage.actors[SOUTHMARK].port) as wire:
        readdress(stage, NORTHLAND, ("127.0.0.1", wire.port))
        readdress(stage, SOUTHMARK, ("127.0.0.1", free_port()))
        async with running(stage, SOUTHMARK) as south, running(stage, NORTHLAND) as north:
            await receipted(north, await say(north, "open"), SOUTHMARK)
            wire.open.clear()
            for number in range(600):
                last = await notify(north, f"{number} {text}", precedence=Precedence.ROUTINE)
            flash = await notify(north, "urgent")
            wire.open.set()
            await receipted(north, flash, SOUTHMARK)
            await receipted(north, last, SOUTHMARK)
            messages = circuit(south).journal.state.messages
            routine = [s.place for s in messages.values() if s.precedence is Precedence.ROUTINE]
            before = sum(place < messages[flash].place for place in routine)
    assert len(routine) == 600
    assert before < 300
