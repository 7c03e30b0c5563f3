"""What a station does for as long as it runs, one task each. A fault of ours in one is written
down, and is no end of the others.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

log = logging.getLogger(__name__)

AGAIN_S: Final = 5.0  # after a fault of ours

Duty = tuple[str, Callable[[], Awaitable[None]]]  # what it is, for the log


async def for_ever(duty: Duty) -> None:
    """Until cancelled, again and again."""
    what, run = duty
    while True:
        try:
            await run()
        except Exception:
            log.exception("%s: begun anew after a fault of ours", what)
            heed_cancelling()
            await asyncio.sleep(AGAIN_S)


def heed_cancelling() -> None:
    """Raise `CancelledError` if this task is being cancelled.

    A task group that fails in the moment in which it is cancelled raises the failure alone (until
    Python 3.13): whoever goes on after one must ask, or would never end.
    """
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
