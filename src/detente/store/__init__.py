"""Keeping bytes in order. A store knows sizes, not messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from detente.store.memory import Memory
from detente.store.sqlite import SQLite

__all__ = ["Memory", "SQLite", "Store"]


class Store(Protocol):
    """The journal of one line, which only ever grows, and a few named values beside it.

    What fails for a reason outside raises `Unreachable`, and the same call may be made again: if
    a failing disk had taken the entries after all, the second `append` is a `Conflict`. Stored
    bytes that cannot be read back raise `Malformed`.
    """

    def length(self) -> int:
        """How many entries the journal holds."""

    def read(self, start: int = 0) -> Iterator[bytes]:
        """The entries from `start` to the end as it is now, whatever is appended meanwhile.

        Raises `IndexError` if the journal is shorter than `start`.
        """

    def entry(self, index: int) -> bytes:
        """One entry. Raises `IndexError` if there is none at `index`."""

    def append(self, length: int, entries: Sequence[bytes]) -> None:
        """Add all entries or none. They are durable when this returns.

        Raises `Conflict` unless the journal is still `length` entries long.
        """

    def keep(self, name: str, value: bytes) -> None:
        """Put a small value under a name, in place of the one before. It is no part of the journal.

        Durable when this returns.
        """

    def kept(self, name: str) -> bytes | None:
        """The value last put under a name."""

    def close(self) -> None:
        """Let go of files. What is stored stays."""
