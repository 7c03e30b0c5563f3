"""The bell: a configured command, run when a person must act, and again until nobody needs to.

So a station rings with no screen open. The command gets the reasons on its standard input, one JSON
object a line, and the number of them in `DETENTE_REASONS`; what it does with them (a horn, a pager,
a lamp) is the site's affair. It is never given what was said.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import msgspec

log = logging.getLogger(__name__)

COMMAND_S_MAX: Final = 60.0  # then it is ended, with whatever it started
RINGS_MAX: Final = 4  # at a time: one that hangs must not keep a new reason silent


REASONS: Final = (
    "book", "clock", "disk", "flash", "fork", "full", "late", "line", "listen", "signer", "stale",
    "store", "unmanned",
)  # fmt: skip


class Reason(msgspec.Struct, frozen=True, order=True):
    """Why the bell rings: `what` is one of `REASONS`."""

    what: str
    line: str
    subject: str  # a leaf, a party, or the trouble in words


class Bell:
    """Rings while there are reasons: at once for a new one, then every `repeat_s` seconds."""

    def __init__(
        self, command: Sequence[str], repeat_s: float, command_s_max: float = COMMAND_S_MAX
    ) -> None:
        self._command, self._repeat_s = tuple(command), repeat_s
        self._command_s_max = command_s_max
        self._reasons: frozenset[Reason] = frozenset()
        self._new = asyncio.Event()

    @property
    def reasons(self) -> frozenset[Reason]:
        return self._reasons

    def set(self, reasons: frozenset[Reason]) -> None:
        """These are the reasons now. One that was not among them rings at once."""
        fresh = reasons - self._reasons
        self._reasons = reasons
        for reason in sorted(fresh):
            line = f"{reason.line}: " if reason.line else ""
            log.warning("alarm: %s%s: %s", line, reason.what, reason.subject)
        if fresh:
            self._new.set()

    async def run(self) -> None:
        rings = set[asyncio.Task[None]]()
        async with asyncio.TaskGroup() as group:
            while True:
                new = await self._moment()
                wanted = self._reasons and self._command
                if wanted and len(rings) < (RINGS_MAX if new else 1):
                    ring = group.create_task(self._ring(sorted(self._reasons)))
                    rings.add(ring)
                    ring.add_done_callback(rings.discard)

    async def _moment(self) -> bool:
        """Wait until it is time to ring. Whether it is for a new reason."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._repeat_s if self._reasons else None):
                await self._new.wait()
        new = self._new.is_set()
        self._new.clear()
        return new

    async def _ring(self, reasons: Sequence[Reason]) -> None:
        text = b"".join(msgspec.json.encode(reason) + b"\n" for reason in reasons)
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                env={**os.environ, "DETENTE_REASONS": str(len(reasons))},
                start_new_session=True,
            )
        except (OSError, ValueError) as error:
            log.error("the alarm command cannot be run: %s", error)
            return
        try:
            async with asyncio.timeout(self._command_s_max):
                await process.communicate(text)
        except TimeoutError:
            log.error("the alarm command did not end within %g s", self._command_s_max)
        else:
            if process.returncode:
                log.error("the alarm command failed with %s", process.returncode)
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                await process.wait()
