"""A store that lives as long as the process: for the simulator, and to be compared with."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detente.errors import Conflict


class Memory:
    """A `Store` in two Python containers."""

    def __init__(self) -> None:
        self._journal: list[bytes] = []
        self._kept: dict[str, bytes] = {}

    def length(self) -> int:
        return len(self._journal)

    def read(self, start: int = 0) -> Iterator[bytes]:
        if not 0 <= start <= len(self._journal):
            raise IndexError(f"the journal holds {len(self._journal)} entries, not {start}")
        return iter(self._journal[start:])

    def entry(self, index: int) -> bytes:
        if not 0 <= index < len(self._journal):
            raise IndexError(f"the journal holds {len(self._journal)} entries, none at {index}")
        return self._journal[index]

    def append(self, length: int, entries: Sequence[bytes]) -> None:
        if len(self._journal) != length:
            raise Conflict(f"the journal holds {len(self._journal)} entries, not {length}")
        self._journal += tuple(entries)  # whole before the first is added: all or none

    def keep(self, name: str, value: bytes) -> None:
        self._kept[name] = value

    def kept(self, name: str) -> bytes | None:
        return self._kept.get(name)

    def close(self) -> None:
        """Nothing to let go of; what is stored can still be read."""
