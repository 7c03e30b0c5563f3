"""What strangers and liars have us write into the log: each thing once in a while, and never so
much that they could fill our disk with it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from detente.station.rate import Bucket

LINES_A_MINUTE: Final = 20
AGAIN_S: Final = 600.0  # before the same text is written again
TEXTS_MAX: Final = 256
CHARACTERS_MAX: Final = 500


class Complaints:
    """About one party, or about all strangers. What is left out is counted in the next line."""

    def __init__(self, log: logging.Logger, steady: Callable[[], float] = time.monotonic) -> None:
        self._log, self._steady = log, steady
        self._said: dict[str, float] = {}
        self._lines = Bucket()
        self._unsaid = 0

    def __call__(self, what: object) -> None:
        """Write it, unless the same was written not long ago."""
        now, text = self._steady(), str(what)[:CHARACTERS_MAX]
        if now < self._said.get(text, now):
            self._unsaid += 1
        elif self._write(text, now, logging.WARNING):
            self._said.pop(text, None)
            self._said[text] = now + AGAIN_S
            if len(self._said) > TEXTS_MAX:
                del self._said[next(iter(self._said))]

    def again(self, what: object, level: int = logging.WARNING) -> None:
        """Write it though the same was written before, for it has happened again."""
        self._write(str(what)[:CHARACTERS_MAX], self._steady(), level)

    def _write(self, text: str, now: float, level: int) -> bool:
        if not self._lines.admits(1, LINES_A_MINUTE, now):
            self._unsaid += 1
            return False
        more = f" (and {self._unsaid} more that were not written)" if self._unsaid else ""
        self._unsaid = 0
        self._log.log(level, "%s%s", text, more)
        return True
