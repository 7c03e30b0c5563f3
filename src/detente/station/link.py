"""The link with one other party of one line: dialling for ever, and telling it what it lacks.

Any address that answers with the party's pinned key will do, and the next is tried at once. There
is no growing back-off, nothing bounces, and no timeout closes a line. If both stations dial at the
same moment, the pipe dialled by the party whose name comes first stays.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from OpenSSL import SSL

from detente.errors import DetenteError
from detente.station.pipe import Pipe, dial

if TYPE_CHECKING:
    from detente.station.circuit import Circuit

log = logging.getLogger(__name__)

RETRY_S = 1.0
COLLISION_S = 5.0  # two pipes as close together as this were dialled at the same moment

Address = tuple[str, int]


class Link:
    """At most one pipe at a time to `party`, whoever dialled it."""

    def __init__(
        self, us: str, party: str, key: bytes, addresses: Sequence[Address], context: SSL.Context
    ) -> None:
        self.party, self.key, self.addresses = party, key, addresses
        self.pipe: Pipe | None = None
        self.beat_due = False
        self._us, self._context = us, context
        self._dialled = False  # whether we dialled the pipe that is up
        self._since = 0.0
        self._wake = asyncio.Event()
        self._down = asyncio.Event()
        self._down.set()
        self._reported = ""

    def wake(self) -> None:
        """There may be something to tell."""
        self._wake.set()

    # -- the pipe ----------------------------------------------------------------------------------

    async def take(self, pipe: Pipe, *, dialled: bool = False) -> bool:
        """Make a pipe the one we use, unless it collides with a better one."""
        now = time.monotonic()
        if self.pipe is not None:
            collides = dialled != self._dialled and now - self._since < COLLISION_S
            ours_stays = self._us < self.party
            if collides and self._dialled == ours_stays:
                return False
            await self.pipe.close()
        self.pipe, self._dialled, self._since = pipe, dialled, now
        self._down.clear()
        return True

    def drop(self, pipe: Pipe) -> bool:
        """A pipe has ended. Whether it was the one we used."""
        if self.pipe is not pipe:
            return False
        self.pipe = None
        self._down.set()
        return True

    async def dial(self, circuit: Circuit) -> None:
        """Whenever there is no pipe, try every address in turn; a second later, again."""
        if self._us > self.party:
            await asyncio.sleep(RETRY_S / 3)  # let the other dial first: fewer collisions
        while self.addresses:
            await self._down.wait()
            for host, port in self.addresses:
                pipe = await self._try(host, port)
                if pipe is not None:
                    async with pipe:
                        await circuit.attend(self, pipe, dialled=True)
                    break
                if not self._down.is_set():
                    break
            else:
                await asyncio.sleep(RETRY_S)

    async def _try(self, host: str, port: int) -> Pipe | None:
        try:
            pipe = await dial(host, port, self._context, self.key)
        except DetenteError as error:
            if str(error) != self._reported:
                log.warning("no link with %s: %s", self.party, error)
            self._reported = str(error)
            return None
        self._reported = ""
        return pipe

    # -- telling -----------------------------------------------------------------------------------

    async def tell(self, pipe: Pipe, circuit: Circuit) -> None:
        """Send one frame at a time, asking for the most urgent one only when it can go."""
        while True:
            self._wake.clear()
            while True:
                now = circuit.clock()
                frame = circuit.journal.next_frame(self.party, now)
                if frame is None and self.beat_due:
                    self.beat_due = False
                    frame = circuit.journal.beat(now)
                if frame is None:
                    break
                await pipe.send(frame)
            await self._wake.wait()
