"""Fakes: what the outside is in tests, with the faults that the outside has."""

from __future__ import annotations

from collections.abc import Sequence

from detente.tlog.hash import leaf_hash
from detente.tlog.signer import Leaf


class PowerCut(Exception):
    """The power went, or the disk was full."""


class MemoryLog:
    """A signer's memory, kept in memory: a `LeafLog`. It outlives the signer that holds it."""

    def __init__(self) -> None:
        self.kept: list[tuple[int, Leaf]] = []
        self.damaged: dict[int, bytes | None] = {}
        self.reads: list[int] = []
        self.times: list[int] = []
        self._keeps: int | None = None

    def cut(self, keeps: int) -> None:
        """The next append ends in a power cut, after it has kept so many of its leaves."""
        self._keeps = keeps

    def damage(self, index: int, data: bytes | None = None) -> None:
        """One leaf can no longer be read, or is read as something else."""
        self.damaged[index] = data

    def hashes(self) -> bytes:
        return b"".join(leaf_hash(leaf.data) for _, leaf in self.kept)

    def generation(self) -> int:
        return sum(leaf.turns for _, leaf in self.kept)

    def last_time(self) -> int:
        return self.times[-1] if self.times else 0

    def read(self, index: int) -> bytes | None:
        self.reads.append(index)
        return self.damaged.get(index, self.kept[index][1].data)

    def append(self, time_ms: int, leaves: Sequence[Leaf]) -> None:
        keeps, self._keeps = self._keeps, None
        survivors = leaves if keeps is None else leaves[:keeps]
        self.kept += [(time_ms, leaf) for leaf in survivors]
        if survivors or keeps is None:
            self.times.append(time_ms)
        if keeps is not None:
            raise PowerCut
