"""The bell: a configured command, run when a person must act, and again until nobody needs to.

So a station rings with no screen open. The command gets the reasons on its standard input, one JSON
object a line, and the number of them in `DETENTE_REASONS`; what it does with them (a horn, a pager,
a lamp) is the site's affair. It is never given what was said.
"""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Sequence
from typing import Final

import msgspec

log = logging.getLogger(__name__)

COMMAND_S_MAX: Final = 60.0  # then it is ended, and rung again in its turn


class Reason(msgspec.Struct, frozen=True, order=True):
    """Why the bell rings: `what` is one of flash, stale, signer, store, disk, line."""

    what: str
    line: str
    subject: str  # a leaf, a party, or the trouble in words


class Bell:
    """Rings while there are reasons: at once for a new one, then every `repeat_s` seconds."""

    def __init__(self, command: Sequence[str], repeat_s: float) -> None:
        self._command, self._repeat_s = tuple(command), repeat_s
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
            log.warning("alarm: %s: %s: %s", reason.line, reason.what, reason.subject)
        if fresh:
            self._new.set()

    async def run(self) -> None:
        while True:
            try:
                async with asyncio.timeout(self._repeat_s if self._reasons else None):
                    await self._new.wait()
            except TimeoutError:
                pass
            self._new.clear()
            if self._reasons and self._command:
                await self._ring(sorted(self._reasons))

    async def _ring(self, reasons: Sequence[Reason]) -> None:
        text = b"".join(msgspec.json.encode(reason) + b"\n" for reason in reasons)
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                env={**os.environ, "DETENTE_REASONS": str(len(reasons))},
            )
        except OSError as error:
            log.error("the alarm command cannot be run: %s", error)
            return
        try:
            async with asyncio.timeout(COMMAND_S_MAX):
                await process.communicate(text)
        except TimeoutError:
            log.error("the alarm command did not end within %g s", COMMAND_S_MAX)
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            log.error("the alarm command failed with %s", process.returncode)
