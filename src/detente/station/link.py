"""The link with one other party of one line: dialling for ever, and telling it what it lacks.

Any address that answers with the party's pinned key will do, and when one fails the next is tried
at once. There is no growing back-off, nothing bounces, and no timeout closes a line. If both
stations dial at the same moment, the pipe dialled by the party whose name comes first stays.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from OpenSSL import SSL

from detente.errors import DetenteError
from detente.station.pipe import Patience, Pipe, dial

if TYPE_CHECKING:
    from detente.station.circuit import Circuit

log = logging.getLogger(__name__)

RETRY_S: Final = 1.0  # from one round of all addresses to the next, at least
COLLISION_S: Final = 5.0  # two pipes as close together as this were dialled at the same moment
DIALLING: Final = Patience(handshake=5.0)  # an address that says nothing must not hold up the next

Address = tuple[str, int]


THEY_DIALLED: Final = "they dialled"


class Link:
    """At most one pipe at a time to `party`, whoever dialled it."""

    def __init__(
        self, us: str, party: str, key: bytes, addresses: Sequence[Address], context: SSL.Context
    ) -> None:
        self.party, self.key, self.addresses = party, key, addresses
        self.pipe: Pipe | None = None
        self.beat_due = False
        self._us, self._context = us, context
        self._dialled, self._since = False, 0.0  # whether it was we who dialled the pipe, and when
        self._wake = asyncio.Event()
        self._down = asyncio.Event()
        self._down.set()
        self._reported: dict[Address, str] = {}
        self._address: Address | None = None  # that we dialled last, with success

    @property
    def path(self) -> str:
        """How the pipe that we use came about: the address that we dialled, or *they dialled*."""
        if self.pipe is None:
            return ""
        if not self._dialled or self._address is None:
            return THEY_DIALLED
        host, port = self._address
        return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"

    def wake(self) -> None:
        """There may be something to tell."""
        self._wake.set()

    # -- the pipe ----------------------------------------------------------------------------------

    async def take(self, pipe: Pipe, *, dialled: bool = False) -> bool:
        """Make a pipe the one we use, unless it collides with a better one."""
        now, old = time.monotonic(), self.pipe
        if old is not None and dialled != self._dialled and now - self._since < COLLISION_S:
            ours_stays = self._us < self.party
            if self._dialled == ours_stays:
                return False
        self.pipe, self._dialled, self._since = pipe, dialled, now
        self._down.clear()
        if old is not None:
            await old.close()
        return self.pipe is pipe  # while the old one closed, a newer one may have come

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
            again_at = time.monotonic() + RETRY_S
            await self._round(circuit)
            await asyncio.sleep(again_at - time.monotonic())

    async def _round(self, circuit: Circuit) -> None:
        """Every address once, until there is a pipe; then as long as it lasts."""
        for address in self.addresses:
            pipe = await self._try(address)
            if pipe is not None:
                async with pipe:
                    await circuit.attend(self, pipe, dialled=True)
                return
            if not self._down.is_set():
                return

    async def _try(self, address: Address) -> Pipe | None:
        try:
            pipe = await dial(*address, self._context, self.key, patience=DIALLING)
        except DetenteError as error:
            if str(error) != self._reported.get(address):
                log.warning("no link with %s: %s", self.party, error)
            self._reported[address] = str(error)
            return None
        self._reported.clear()
        self._address = address
        return pipe

    # -- telling -----------------------------------------------------------------------------------

    async def tell(self, pipe: Pipe, circuit: Circuit) -> None:
        """Send one frame at a time, asking for the most urgent one only when it can go."""
        while self.pipe is pipe:
            self._wake.clear()
            while (frame := self._next_frame(pipe, circuit)) is not None:
                await pipe.send(frame)
            await self._wake.wait()

    def _next_frame(self, pipe: Pipe, circuit: Circuit) -> bytes | None:
        if self.pipe is not pipe:  # what is asked for now is meant for the pipe that replaced it
            return None
        now = circuit.clock()
        frame = circuit.journal.next_frame(self.party, now)
        if frame is None and self.beat_due:
            self.beat_due = False
            frame = circuit.journal.beat(now)
        return frame
