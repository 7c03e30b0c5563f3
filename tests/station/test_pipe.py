from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing, suppress

import pytest
from OpenSSL import SSL

from detente.errors import DetenteError, Forged, Malformed, Unreachable
from detente.station import pipe as bounds
from detente.station.pipe import FRAME_BYTES_MAX, Patience, Pipe, dial, serve
from detente.station.tls import RECORD_BYTES_MAX
from tests.station.links import (
    EAST_CONTEXT,
    EAST_KEY,
    NORTH_CONTEXT,
    NORTH_KEY,
    SOUTH,
    SOUTH_CONTEXT,
    SOUTH_KEY,
    STRANGER_CONTEXT,
    STRANGER_KEY,
    foreign,
)

HOST = "127.0.0.1"
SHORT = Patience(handshake=0.2, send=0.2)
LONG = Patience(handshake=60, send=60)


class North:
    """A listening station that echoes every frame, and keeps what it was told of the links."""

    def __init__(self) -> None:
        self.port = 0
        self.reports: asyncio.Queue[DetenteError] = asyncio.Queue()
        self.pipes: list[Pipe] = []

    async def echo(self, pipe: Pipe) -> None:
        self.pipes.append(pipe)
        while True:
            await pipe.send(await pipe.receive())

    async def told(self) -> DetenteError:
        async with asyncio.timeout(10):
            return await self.reports.get()

    async def works(self) -> None:
        """Others go on: an honest party still gets its answer."""
        async with await dial(HOST, self.port, EAST_CONTEXT, NORTH_KEY) as pipe:
            await pipe.send(b"line test")
            assert await pipe.receive() == b"line test"


@asynccontextmanager
async def north(patience: Patience = LONG) -> AsyncIterator[North]:
    station = North()
    async with serve(
        HOST,
        0,
        NORTH_CONTEXT,
        {SOUTH_KEY, EAST_KEY},
        station.echo,
        patience=patience,
        report=station.reports.put_nowait,
    ) as station.port:
        yield station


@asynccontextmanager
async def stranger(port: int) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


class Rogue:
    """A dialer on a blocking socket that holds a good key and breaks the rules of frames."""

    def __init__(self, port: int, context: SSL.Context | None = None) -> None:
        self._socket = socket.create_connection((HOST, port), timeout=10)
        self.tls = SSL.Connection(context or foreign(SOUTH), self._socket)
        self._socket.settimeout(None)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.tls.set_connect_state()

    def greet(self) -> None:
        self.tls.do_handshake()
        assert self.tls.recv(4) == bytes(4)

    def say(self, data: bytes) -> None:
        self.tls.sendall(data)

    def say_end(self) -> None:
        self.tls.shutdown()

    def close_writing(self) -> None:
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        self._socket.close()


async def rogue(port: int, act: Callable[[Rogue], None]) -> None:
    def run() -> None:
        with closing(Rogue(port)) as one:
            one.greet()
            act(one)
            while True:  # until the other end has had enough of us
                try:
                    if not one.tls.recv(65536):
                        return
                except SSL.Error:
                    return

    await asyncio.to_thread(run)


async def test_each_end_learns_the_key_of_the_other() -> None:
    async with north() as station, await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY) as pipe:
        await pipe.send(b"where")
        assert await pipe.receive() == b"where"
        assert pipe.public_key == NORTH_KEY
        assert [other.public_key for other in station.pipes] == [SOUTH_KEY]
        assert f"{HOST}:{station.port}" in pipe.where


async def test_a_thousand_frames_both_ways_in_order() -> None:
    frames = [b"frame %d" % number * (number % 50 + 1) for number in range(1000)]
    async with north() as station, await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY) as pipe:
        async with asyncio.TaskGroup() as group:
            heard = group.create_task(receive_all(pipe, len(frames)))
            for frame in frames:
                await pipe.send(frame)
        assert heard.result() == frames


async def receive_all(pipe: Pipe, count: int) -> list[bytes]:
    return [await pipe.receive() for _ in range(count)]


async def test_frames_at_the_edges_of_a_record_and_of_the_bound_arrive_whole() -> None:
    record = RECORD_BYTES_MAX
    sizes = [1, record - 5, record - 4, record - 3, 2 * record - 4, 10_000_000, FRAME_BYTES_MAX]
    async with north() as station, await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY) as pipe:
        for size in sizes:
            frame = bytes(range(251)) * (size // 251 + 1)
            async with asyncio.TaskGroup() as group:
                heard = group.create_task(pipe.receive())
                await pipe.send(frame[:size])
            assert heard.result() == frame[:size]


async def test_two_senders_do_not_mix_their_frames() -> None:
    long, short = b"a" * 200_000, b"b"
    async with north() as station, await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY) as pipe:
        async with asyncio.TaskGroup() as group:
            for _ in range(5):
                group.create_task(pipe.send(long))
                group.create_task(pipe.send(short))
            heard = group.create_task(receive_all(pipe, 10))
        assert sorted(heard.result()) == [long] * 5 + [short] * 5


async def test_a_frame_out_of_bounds_of_our_own_is_a_bug() -> None:
    async with north() as station, await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY) as pipe:
        for frame in (b"", bytes(FRAME_BYTES_MAX + 1)):
            with pytest.raises(AssertionError):
                await pipe.send(frame)
        await pipe.send(b"and nothing was said of it")
        assert await pipe.receive() == b"and nothing was said of it"


async def test_an_unexpected_dialer_is_refused_and_told_so() -> None:
    async with north() as station:
        with pytest.raises(Unreachable, match="does not know our link key"):
            await dial(HOST, station.port, STRANGER_CONTEXT, NORTH_KEY)
        told = await station.told()
        assert isinstance(told, Forged)
        assert STRANGER_KEY.hex() in told.what
        assert told.where.startswith(f"{HOST}:")
        await station.works()


async def test_an_unexpected_listener_is_refused() -> None:
    async with north() as station:
        with pytest.raises(Forged, match=NORTH_KEY.hex()):
            await dial(HOST, station.port, SOUTH_CONTEXT, EAST_KEY)
        await station.told()
        await station.works()


async def test_a_party_is_welcome_from_the_moment_it_is_known() -> None:
    known = {EAST_KEY}
    station = North()
    async with serve(HOST, 0, NORTH_CONTEXT, known, station.echo) as port:
        with pytest.raises(Unreachable):
            await dial(HOST, port, SOUTH_CONTEXT, NORTH_KEY)
        known.add(SOUTH_KEY)
        await (await dial(HOST, port, SOUTH_CONTEXT, NORTH_KEY)).close()


@pytest.mark.parametrize(
    "context, kind, why",
    [
        (foreign(None), Forged, "showed no certificate"),
        (foreign(SOUTH, groups="X25519"), Unreachable, "cannot use X25519MLKEM768"),
        (
            foreign(SOUTH, groups="X25519", version=SSL.TLS1_2_VERSION),
            Unreachable,
            "does not speak TLS 1.3; it offered TLS 1.2",
        ),
    ],
)
async def test_a_handshake_on_other_terms_is_refused(
    context: SSL.Context, kind: type[DetenteError], why: str
) -> None:
    def attempt(port: int) -> None:
        with closing(Rogue(port, context)) as one, pytest.raises(SSL.Error):
            one.greet()

    async with north() as station:
        await asyncio.to_thread(attempt, station.port)
        told = await station.told()
        assert isinstance(told, kind)
        assert told.what.startswith(why)
        await station.works()


async def test_plain_http_is_named_and_dropped() -> None:
    async with north() as station:
        async with stranger(station.port) as (reader, writer):
            writer.write(b"GET / HTTP/1.1\r\nHost: north\r\n\r\n")
            await reader.read()
        assert (await station.told()).what.startswith("speaks plain HTTP")
        await station.works()


async def test_a_stranger_that_hangs_up_is_named() -> None:
    async with north() as station:
        async with stranger(station.port):
            pass
        assert "was cut off in the handshake" in (await station.told()).what
        await station.works()


async def test_a_stranger_that_says_nothing_loses_its_place() -> None:
    async with north(SHORT) as station, stranger(station.port) as (reader, _):
        assert await reader.read() == b""
        assert (await station.told()).what == "finished no handshake within 0.2 s"


async def test_silent_strangers_keep_nobody_out() -> None:
    async with north() as station:
        silent = [
            await asyncio.open_connection(HOST, station.port)
            for _ in range(bounds.HANDSHAKES_MAX + 2)
        ]
        await station.works()
        for _ in range(3):  # the honest one needed a place as well
            assert (await station.told()).what == "idled while others waited for a place"
        assert station.reports.qsize() <= 1  # the honest one hung up
        for _, writer in silent:
            writer.close()


async def test_a_party_holds_a_bounded_number_of_links() -> None:
    async with north() as station:
        held = [
            await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY)
            for _ in range(bounds.PIPES_PER_KEY_MAX + 1)
        ]
        assert (await station.told()).what == f"has {bounds.PIPES_PER_KEY_MAX} links already"
        with pytest.raises(Unreachable):
            await held[-1].receive()
        await station.works()
        for pipe in held:
            await pipe.close()


@pytest.mark.parametrize("length", [0, FRAME_BYTES_MAX + 1, 2**32 - 1])
async def test_a_length_out_of_bounds_is_refused_before_its_bytes(length: int) -> None:
    async with north() as station:
        await rogue(station.port, lambda one: one.say(length.to_bytes(4, "big")))
        told = await station.told()
        assert isinstance(told, Malformed)
        assert str(length) in told.what
        assert SOUTH_KEY.hex()[:16] in told.where
        await station.works()


@pytest.mark.parametrize(
    "act, why",
    [
        (lambda one: (one.say(b"\0\0\0\x09abc"), one.close_writing()), "was cut off in a frame"),
        (lambda one: (one.say(b"\0\0"), one.close_writing()), "was cut off between frames"),
        (lambda one: one.close_writing(), "was cut off between frames"),
        (lambda one: (one.say(b"\0\0\0\x09abc"), one.say_end()), "ended the link in a frame"),
        (lambda one: one.say_end(), "ended the link between frames"),
    ],
)
async def test_a_half_closed_link_is_a_closed_one(act: Callable[[Rogue], None], why: str) -> None:
    async with north() as station:
        await rogue(station.port, act)
        assert (await station.told()).what.startswith(why)
        await station.works()


async def test_one_that_never_reads_is_dropped_and_holds_up_nobody() -> None:
    async with north(SHORT) as station:
        pipe = await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY)
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(send_until_dropped(pipe))
            await station.works()
        assert sending.result().startswith(f"{pipe.where}: ")
        while "took nothing" not in (told := await station.told()).what:
            pass
        assert SOUTH_KEY.hex()[:16] in told.where
        await pipe.close()
        await station.works()


async def send_until_dropped(pipe: Pipe) -> str:
    """Say more than all the buffers of an echo hold, and listen to nothing."""
    with pytest.raises(Unreachable) as caught:
        await send_forever(pipe, bytes(1_000_000), [])
    return str(caught.value)


async def send_forever(pipe: Pipe, frame: bytes, sent: list[bytes]) -> None:
    while True:
        await pipe.send(frame)
        sent.append(frame)


async def test_one_whose_frames_are_all_there_leaves_others_their_turn() -> None:
    there, turns = asyncio.Event(), asyncio.Queue[None]()

    async def others() -> None:
        while True:
            turns.put_nowait(None)
            await asyncio.sleep(0)

    async def hear(pipe: Pipe) -> None:
        await there.wait()
        turning = asyncio.create_task(others())
        await receive_all(pipe, 100)
        turning.cancel()

    def say(one: Rogue) -> None:
        one.say((b"\0\0\x03\xe8" + bytes(1000)) * 100)
        loop.call_soon_threadsafe(there.set)

    loop = asyncio.get_running_loop()
    async with serve(HOST, 0, NORTH_CONTEXT, {SOUTH_KEY}, hear) as port:
        await rogue(port, say)
    assert turns.qsize() >= 100_000 // bounds.ARRIVING_BYTES


async def test_little_is_kept_for_one_that_does_not_read() -> None:
    heard = asyncio.Event()

    async def deaf(pipe: Pipe) -> None:
        await heard.wait()

    async with serve(HOST, 0, NORTH_CONTEXT, {SOUTH_KEY}, deaf) as port:
        pipe = await dial(HOST, port, SOUTH_CONTEXT, NORTH_KEY, patience=SHORT)
        taken: list[bytes] = []
        with pytest.raises(Unreachable, match=r"took nothing for 0\.2 s"):
            await send_forever(pipe, bytes(1000), taken)
        kernel = 2 * (bounds.SEND_BUFFER_BYTES + bounds.RECEIVE_BUFFER_BYTES)
        assert sum(map(len, taken)) < kernel
        heard.set()
        await pipe.close()


async def test_closing_wakes_whoever_waits_and_says_why() -> None:
    async with north() as station:
        pipe = await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY)
        waiting = asyncio.create_task(pipe.receive())
        await asyncio.sleep(0)
        await pipe.close()
        with pytest.raises(Unreachable, match="closed by us"):
            await waiting
        with pytest.raises(Unreachable, match="closed by us"):
            await pipe.send(b"too late")
        await pipe.close()
        assert (await station.told()).what == "ended the link between frames"


async def test_a_receive_that_is_given_up_ends_the_pipe() -> None:
    async with north() as station, await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY) as pipe:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await pipe.receive()
        with pytest.raises(Unreachable, match="given up halfway"):
            await pipe.receive()


async def test_a_fault_of_ours_ends_one_link_only(caplog: pytest.LogCaptureFixture) -> None:
    async def faulty(pipe: Pipe) -> None:
        raise AssertionError((await pipe.receive()).decode())

    async with serve(HOST, 0, NORTH_CONTEXT, {SOUTH_KEY}, faulty) as port:
        for _ in range(2):
            async with await dial(HOST, port, SOUTH_CONTEXT, NORTH_KEY) as pipe:
                await pipe.send(b"a bug")
                with pytest.raises(Unreachable):
                    await pipe.receive()
    faults = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert len(faults) == 2
    assert "a bug" in str(faults[0].exc_info)


async def test_reports_go_to_the_log_unless_told_otherwise(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serve(HOST, 0, NORTH_CONTEXT, {SOUTH_KEY}, North().echo) as port:
        with pytest.raises(Unreachable):
            await dial(HOST, port, STRANGER_CONTEXT, NORTH_KEY)
    assert STRANGER_KEY.hex() in caplog.text


async def test_when_the_listener_stops_its_links_end() -> None:
    async with north() as station:
        pipe = await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY)
    with pytest.raises(Unreachable, match="ended the link"):
        await pipe.receive()
    await pipe.close()
    with pytest.raises(Unreachable, match="refused"):
        await dial(HOST, station.port, SOUTH_CONTEXT, NORTH_KEY)


async def test_a_port_in_use_is_said() -> None:
    async with north() as station:
        with pytest.raises(Unreachable, match="in use"):
            async with serve(HOST, station.port, NORTH_CONTEXT, {SOUTH_KEY}, station.echo):
                pass


async def test_a_listener_that_is_no_station_is_named() -> None:
    async def speak(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n")
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(speak, HOST, 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable, match="does not speak TLS") as caught:
            await dial(HOST, port, SOUTH_CONTEXT, NORTH_KEY)
        assert caught.value.where == f"{HOST}:{port}"


async def test_a_listener_that_says_nothing_is_given_up() -> None:
    with (
        socket.create_server((HOST, 0)) as silent,
        pytest.raises(Unreachable, match=r"no link within 0\.2 s"),
    ):
        await dial(HOST, silent.getsockname()[1], SOUTH_CONTEXT, NORTH_KEY, patience=SHORT)
