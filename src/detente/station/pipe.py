"""A pipe: one established link that carries opaque frames both ways. The asyncio edge of `tls`.

On the wire, inside TLS: a frame is its length in 4 bytes, big-endian, then its bytes. The listener
speaks first, with one empty frame, which says that it has accepted the dialer's key (in TLS 1.3 the
dialer cannot know otherwise). No other frame is empty.

Little is kept between a frame and the wire, in our memory and in the kernel's, so that a FLASH
waits behind little: one record of TLS, and what a small socket buffer holds. A pipe that fails in
one direction has ended in both. Frames that were under way are then lost, and said again by the
line on the next pipe.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from OpenSSL import SSL

from detente.errors import DetenteError, Malformed, Unreachable
from detente.station.tls import RECORD_BYTES_MAX, Tls

FRAME_BYTES_MAX = 16 * 2**20
LENGTH_BYTES = 4
ARRIVING_BYTES = 65536
SEND_BUFFER_BYTES = 65536
UNSENT_BYTES_MAX = 16384
RECEIVE_BUFFER_BYTES = 262144

HANDSHAKES_MAX = 64
PIPES_PER_KEY_MAX = 8
BACKLOG = 128
ACCEPT_PAUSE_S = 0.1

TCP_OPTIONS = {
    "TCP_NODELAY": 1,
    "TCP_NOTSENT_LOWAT": UNSENT_BYTES_MAX,
    "TCP_KEEPIDLE": 10,  # s; with the next two, a cut cable shows after 25 s of silence
    "TCP_KEEPINTVL": 5,
    "TCP_KEEPCNT": 3,
}

log = logging.getLogger(__name__)


def log_report(error: DetenteError) -> None:
    """Why a link was refused or ended, for those who keep no record of their own."""
    log.warning("%s", error)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long we wait, in seconds: for a whole handshake, and until one record is taken."""

    handshake: float = 10.0
    send: float = 30.0


class Pipe:
    """One link to the holder of `public_key` (32 bytes, Ed25519); `where` names it in logs.

    One task sends and one receives. Every failure, a cancelled call included, ends the pipe, since
    half a frame may be on its way; every later call raises Unreachable with the first reason.
    """

    def __init__(self, link: socket.socket, tls: Tls, where: str, patience: Patience) -> None:
        self.public_key, self.where = tls.public_key, f"{where} {tls.public_key.hex()[:16]}"
        self._socket, self._tls, self._patience = link, tls, patience
        self._arriving = memoryview(bytearray(ARRIVING_BYTES))
        self._sending, self._receiving = asyncio.Lock(), asyncio.Lock()
        self._ended = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def send(self, frame: bytes) -> None:
        """Hand one frame, of 1 to FRAME_BYTES_MAX bytes, to the kernel. Raises Unreachable."""
        assert 0 < len(frame) <= FRAME_BYTES_MAX, f"a frame of {len(frame)} bytes"
        await self._send(frame)

    async def receive(self) -> bytes:
        """Wait for the next frame.

        Raises Malformed for a length out of bounds, Unreachable when the pipe has ended.
        """
        async with self._receiving:
            with self._ending():
                length = await self._length()
                if not 0 < length <= FRAME_BYTES_MAX:
                    what = f"announced a frame of {length} bytes, not 1 to {FRAME_BYTES_MAX}"
                    raise Malformed(what, where=self.where)
                return await self._exactly(length, f"in a frame of {length} bytes")

    async def close(self) -> None:
        """End the pipe. Safe to repeat."""
        self._end("closed by us")
        async with self._sending, self._receiving:  # nobody waits on the descriptor any more
            self._socket.close()

    async def greet(self) -> None:
        """The listener's first frame."""
        await self._send(b"")

    async def greeted(self) -> None:
        """Wait for the listener's first frame. Raises Malformed when it is another."""
        async with self._receiving:
            with self._ending():
                if await self._length():
                    raise Malformed("spoke before it greeted", where=self.where)

    async def _send(self, frame: bytes) -> None:
        async with self._sending:
            with self._ending():
                first = RECORD_BYTES_MAX - LENGTH_BYTES
                await self._push(len(frame).to_bytes(LENGTH_BYTES, "big") + frame[:first])
                rest = memoryview(frame)[first:]
                for at in range(0, len(rest), RECORD_BYTES_MAX):
                    await asyncio.sleep(0)  # one who takes all at once must leave others their turn
                    await self._push(rest[at : at + RECORD_BYTES_MAX])

    async def _push(self, record: bytes | memoryview) -> None:
        self._tls.write(record)
        deadline = asyncio.timeout(self._patience.send)
        try:
            async with deadline:
                await asyncio.get_running_loop().sock_sendall(self._socket, self._tls.outgoing())
        except TimeoutError:
            if deadline.expired():
                raise self._unreachable(f"took nothing for {self._patience.send:g} s") from None
            raise

    async def _length(self) -> int:
        return int.from_bytes(await self._exactly(LENGTH_BYTES, "between frames"), "big")

    async def _exactly(self, count: int, place: str) -> bytes:
        parts, missing = list[bytes](), count
        while missing:
            part = self._tls.read(missing)
            if part is None:
                await self._arrive(place)
            elif part:
                parts.append(part)
                missing -= len(part)
            else:
                raise self._unreachable(f"ended the link {place}")
        return parts[0] if len(parts) == 1 else b"".join(parts)

    async def _arrive(self, place: str) -> None:
        await asyncio.sleep(0)  # one whose bytes are always there must leave others their turn
        count = await asyncio.get_running_loop().sock_recv_into(self._socket, self._arriving)
        if not count:
            raise self._unreachable(f"was cut off {place}")
        self._tls.feed(self._arriving[:count])

    @contextmanager
    def _ending(self) -> Iterator[None]:
        if self._ended:
            raise self._unreachable(self._ended)
        try:
            yield
        except (OSError, DetenteError) as error:
            if self._ended:  # by the other direction, which knows the cause
                raise self._unreachable(self._ended) from None
            self._end(error.what if isinstance(error, DetenteError) else _os_text(error))
            if isinstance(error, DetenteError):
                raise
            raise self._unreachable(self._ended) from None
        except BaseException:
            self._end("a call was given up halfway")
            raise

    def _end(self, why: str) -> None:
        if self._ended:
            return
        self._ended = why
        with suppress(OSError):
            if not self._sending.locked():  # else half a record may be on its way
                self._tls.close()
                self._socket.send(self._tls.outgoing())
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)  # wakes whoever waits in the other direction

    def _unreachable(self, what: str) -> Unreachable:
        return Unreachable(what, where=self.where)


async def dial(
    host: str, port: int, context: SSL.Context, expected: bytes, *, patience: Patience = Patience()
) -> Pipe:
    """Open a pipe to the holder of the link key `expected` (32 bytes), who has accepted ours.

    Raises Unreachable when nobody answers or no secure link can be agreed, Forged when the one who
    answers is somebody else.
    """
    where = _shown((host, port))
    try:
        async with asyncio.timeout(patience.handshake):
            link = await _connected(host, port)
            try:
                tls = Tls(context, {expected}, dialing=True, where=where)
                pipe = await _established(link, tls, where, patience)
                await pipe.greeted()
            except BaseException:
                link.close()
                raise
    except TimeoutError:
        raise Unreachable(f"no link within {patience.handshake:g} s", where=where) from None
    except OSError as error:
        raise Unreachable(_os_text(error), where=where) from None
    return pipe


@asynccontextmanager
async def serve(
    host: str,
    port: int,
    context: SSL.Context,
    allowed: Container[bytes],
    handler: Callable[[Pipe], Awaitable[None]],
    *,
    patience: Patience = Patience(),
    report: Callable[[DetenteError], None] = log_report,
) -> AsyncIterator[int]:
    """Listen while the body runs, and give the number of the port. Port 0 takes any free one.

    `handler` runs once for each pipe whose other end holds one of the `allowed` link keys (a live
    view is welcome); the pipe is closed when it returns. Whatever ends a pipe or refuses a stranger
    goes to `report`, and the others go on. Raises Unreachable when the address cannot be had; what
    the body raises comes out in an ExceptionGroup, as from any task group.
    """
    try:
        listening = await _listening(host, port)
    except OSError as error:
        mend = "see who else listens there"
        raise Unreachable(_os_text(error), where=_shown((host, port)), mend=mend) from None
    listener = _Listener(context, allowed, handler, patience, report)
    with closing(listening):
        async with asyncio.TaskGroup() as group:
            accepting = group.create_task(listener.accept(listening))
            yield listening.getsockname()[1]
            accepting.cancel()


class _Listener:
    def __init__(
        self,
        context: SSL.Context,
        allowed: Container[bytes],
        handler: Callable[[Pipe], Awaitable[None]],
        patience: Patience,
        report: Callable[[DetenteError], None],
    ) -> None:
        self._context, self._allowed, self._handler = context, allowed, handler
        self._patience, self._report = patience, report
        self._greeting: dict[asyncio.Timeout, None] = {}  # in order of arrival
        self._open = Counter[bytes]()

    async def accept(self, listening: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    link, address = await loop.sock_accept(listening)
                except OSError as error:  # no descriptors, no memory, or the stranger has gone
                    self._report(Unreachable(f"cannot accept a link: {_os_text(error)}"))
                    await asyncio.sleep(ACCEPT_PAUSE_S)
                else:
                    group.create_task(self._welcome(link, _shown(address)))

    async def _welcome(self, link: socket.socket, where: str) -> None:
        try:
            with closing(link):
                async with await self._handshake(link, where) as pipe:
                    await self._handle(pipe)
        except DetenteError as error:
            self._report(error)
        except OSError as error:
            self._report(Unreachable(_os_text(error), where=where))
        except Exception:  # a fault of ours in one pipe is no reason to fall silent on the others
            log.exception("%s: the link is dropped", where)

    async def _handshake(self, link: socket.socket, where: str) -> Pipe:
        self._make_room()
        deadline = asyncio.timeout(self._patience.handshake)
        try:
            async with deadline:
                self._greeting[deadline] = None
                _tune(link)
                tls = Tls(self._context, self._allowed, dialing=False, where=where)
                pipe = await _established(link, tls, where, self._patience)
                await pipe.greet()
                return pipe
        except TimeoutError:
            in_time = f"finished no handshake within {self._patience.handshake:g} s"
            why = in_time if deadline in self._greeting else "idled while others waited for a place"
            raise Unreachable(why, where=where) from None
        finally:
            self._greeting.pop(deadline, None)

    def _make_room(self) -> None:
        # An honest handshake takes a few round trips, so the oldest is the likeliest to be idle.
        while len(self._greeting) >= HANDSHAKES_MAX:
            oldest = next(iter(self._greeting))
            del self._greeting[oldest]
            if not oldest.expired():
                oldest.reschedule(asyncio.get_running_loop().time())

    async def _handle(self, pipe: Pipe) -> None:
        if self._open[pipe.public_key] >= PIPES_PER_KEY_MAX:
            raise Unreachable(f"has {PIPES_PER_KEY_MAX} links already", where=pipe.where)
        self._open[pipe.public_key] += 1
        try:
            await self._handler(pipe)
        finally:
            self._open[pipe.public_key] -= 1


async def _established(link: socket.socket, tls: Tls, where: str, patience: Patience) -> Pipe:
    loop = asyncio.get_running_loop()
    while True:
        if outgoing := tls.outgoing():
            await loop.sock_sendall(link, outgoing)
        if tls.established:
            return Pipe(link, tls, where, patience)
        arrived = await loop.sock_recv(link, ARRIVING_BYTES)
        if not arrived:
            raise Unreachable("was cut off in the handshake", where=where)
        try:
            tls.feed(arrived)
        except DetenteError:
            with suppress(OSError):
                link.send(tls.outgoing())  # says why, if it can be said at once
            raise


async def _connected(host: str, port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    errors = []
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    for family, kind, protocol, _, address in found:
        link = socket.socket(family, kind, protocol)
        try:
            _tune(link)
            await loop.sock_connect(link, address)
            return link
        except OSError as error:
            link.close()
            errors.append(_os_text(error))
        except BaseException:
            link.close()
            raise
    raise OSError("; ".join(errors))


async def _listening(host: str, port: int) -> socket.socket:
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
    )
    family, _, _, _, address = found[0]
    listening = socket.create_server(address[:2], family=family, backlog=BACKLOG)
    listening.setblocking(False)
    # Links inherit it, from their first packet on: later is too late to hold a flood back.
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    return listening


def _tune(link: socket.socket) -> None:
    link.setblocking(False)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    link.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in TCP_OPTIONS.items():
        if hasattr(socket, name):  # not every system has them all, and a link works without
            link.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)


def _shown(address: tuple[str, int]) -> str:
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _os_text(error: OSError) -> str:
    if error.errno is None or isinstance(error, socket.gaierror):
        return error.strerror or str(error)
    return os.strerror(error.errno)  # asyncio puts the call that failed in place of the reason
