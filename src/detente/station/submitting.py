"""Our checkpoints, shown to one witness at the accord's fixed times, and its cosignatures kept.

Fixed times, and never because of a message: a witness must not learn from us when something is
said. It is never needed to speak; while it is away, nothing waits for it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from detente.errors import DetenteError
from detente.journal import Journal
from detente.line.accord import Accord, Witness
from detente.station.witness import submit
from detente.store import Store
from detente.tlog.checkpoint import read_checkpoint

log = logging.getLogger(__name__)


class Submitting:
    """One witness of one line."""

    def __init__(
        self, journal: Journal, store: Store, witness: Witness, url: str, clock: Callable[[], int]
    ) -> None:
        self._journal, self._store, self._witness, self._url = journal, store, witness, url
        self._clock = clock
        self.trouble: DetenteError | None = None  # why it last did not cosign

    async def run(self) -> None:
        every_ms = self._witness.every_s * 1000
        while True:
            await asyncio.sleep((every_ms - self._clock() % every_ms) / 1000)
            try:
                await self.once()
                self.trouble = None
            except DetenteError as error:
                self.trouble = error
                log.warning("witness %s: %s", self._witness.name, error)

    async def once(self) -> None:
        """Show the newest sealed checkpoint; keep it with the cosignatures that come back."""
        sealed = self._journal.sealed
        if sealed is None or not sealed.mirror.size:
            return
        held = self._store.kept(_name(self._witness))
        old = read_checkpoint(held.decode()).size if held else 0
        note = await submit(self._url, old, sealed.mirror, sealed.note, self._witness.keys)
        self._store.keep(_name(self._witness), note.encode())


def cosigned(store: Store, accord: Accord) -> dict[str, str | None]:
    """By witness of an accord: our newest checkpoint as it cosigned it, if it has."""
    found = {witness.name: store.kept(_name(witness)) for witness in accord.witnesses}
    return {name: note.decode() if note is not None else None for name, note in found.items()}


def _name(witness: Witness) -> str:
    return f"cosigned {witness.name}"
