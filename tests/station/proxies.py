"""A cable with a tap: a TCP proxy on loopback that can be shut while bytes are on their way."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

PIECE_BYTES = 4_096
BUFFER_BYTES = 8_192  # of its own, as little as the system allows: what waits, waits at the sender


class Cable:
    """Carries what comes to `port` on to `target`, piece by piece, while it is open."""

    def __init__(self, target: int) -> None:
        self.port, self.carried, self.links = 0, 0, 0
        self.open = asyncio.Event()
        self.open.set()
        self._target = target

    async def _link(self, near: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        self.links += 1
        with contextlib.closing(near), socket.socket() as far, contextlib.suppress(OSError):
            for end in (near, far):
                end.setblocking(False)
                end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, BUFFER_BYTES)
            far.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
            await loop.sock_connect(far, ("127.0.0.1", self._target))
            async with asyncio.TaskGroup() as group:
                group.create_task(self._carry(near, far))
                group.create_task(self._carry(far, near))

    async def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        with contextlib.suppress(OSError):
            while data := await loop.sock_recv(source, PIECE_BYTES):
                await self.open.wait()
                await loop.sock_sendall(sink, data)
                self.carried += len(data)
            sink.shutdown(socket.SHUT_WR)


@contextlib.asynccontextmanager
async def cable(target: int) -> AsyncIterator[Cable]:
    loop, found, tasks = asyncio.get_running_loop(), Cable(target), set[asyncio.Task[None]]()
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER_BYTES)
        found.port = server.getsockname()[1]

        async def accept() -> None:
            while True:
                near, _ = await loop.sock_accept(server)
                tasks.add(asyncio.create_task(found._link(near)))

        tasks.add(asyncio.create_task(accept()))
        yield found
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
