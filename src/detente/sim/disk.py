"""Disks that lose power: the store of a station, and the memory of its signer.

Each fails as the real one does. A commit is all or nothing, for the store is a database; the
signer's memory may have kept a beginning of what was being added, because a torn record is dropped
when its file is opened again.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

from detente.errors import Unreachable
from detente.line.entry import parse_entry
from detente.sim.checks import Written
from detente.store.memory import Memory
from detente.tlog.hash import leaf_hash
from detente.tlog.signer import Leaf

CUT: Final = 0.005  # the chance at each moment at which a power cut would hurt


class PowerCut(Exception):
    """Whatever was in memory is gone."""


class Power:
    """The mains of every station; once healed it never fails."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self.cuts = 0
        self.steady = False

    def may_fail(self) -> None:
        if self.fails():
            raise PowerCut

    def fails(self) -> bool:
        failed = not self.steady and self._rng.random() < CUT
        self.cuts += failed
        return failed

    def torn(self, count: int) -> int:
        """How many of `count` things were kept before it failed."""
        return self._rng.randint(0, count)


class Disk:
    """A station's store. `written` is told of every entry, and knows what may not come twice."""

    def __init__(self, power: Power, origin: str, written: Written | None) -> None:
        self._power, self._origin, self._written = power, origin, written
        self._store = Memory()
        self.full = False

    def put_back(self, entries: Sequence[bytes], written: Written | None) -> None:
        """In place of what there was: an old backup, or nothing at all."""
        self._store, self._written = Memory(), written
        self.write(entries)
        for entry in entries:
            if written is not None:
                written.resume(parse_entry(entry), self._origin)

    def write(self, entries: Sequence[bytes]) -> None:
        """Add entries past every rule, as only its owner can."""
        self._store.append(self._store.length(), entries)

    def length(self) -> int:
        return self._store.length()

    def read(self, start: int = 0) -> Iterator[bytes]:
        return self._store.read(start)

    def entry(self, index: int) -> bytes:
        return self._store.entry(index)

    def append(self, length: int, entries: Sequence[bytes]) -> None:
        if self.full:
            raise Unreachable("the disk is full", where="store", mend="free some space")
        self._power.may_fail()
        self._store.append(length, entries)
        for entry in entries:
            self._tell(entry)
        self._power.may_fail()

    def keep(self, name: str, value: bytes) -> None:
        self._store.keep(name, value)

    def kept(self, name: str) -> bytes | None:
        return self._store.kept(name)

    def close(self) -> None:
        self._store.close()

    def _tell(self, entry: bytes) -> None:
        if self._written is not None:
            self._written.add(parse_entry(entry), self._origin)


class LeafMemory:
    """A signer's memory: a `LeafLog` that outlives the signer, may be damaged, and may be away."""

    def __init__(self, power: Power, leaves: Sequence[Leaf] = (), time_ms: int = 0) -> None:
        self._power = power
        self._leaves: list[Leaf] = []
        self._hashes = bytearray()
        self._time_ms = time_ms
        self._keep(time_ms, leaves)
        self.damaged: set[int] = set()
        self.away = False

    def copy(self) -> LeafMemory:
        return LeafMemory(self._power, self._leaves, self._time_ms)

    def hashes(self) -> bytes:
        self._reach()
        return bytes(self._hashes)

    def generation(self) -> int:
        self._reach()
        return sum(leaf.turns for leaf in self._leaves)

    def last_time(self) -> int:
        return self._time_ms

    def read(self, index: int) -> bytes | None:
        self._reach()
        return None if index in self.damaged else self._leaves[index].data

    def append(self, time_ms: int, leaves: Sequence[Leaf]) -> None:
        self._reach()
        if self._power.fails():
            self._keep(time_ms, leaves[: self._power.torn(len(leaves))])
            raise PowerCut
        self._keep(time_ms, leaves)
        self._time_ms = time_ms

    def _keep(self, time_ms: int, leaves: Sequence[Leaf]) -> None:
        if leaves:
            self._time_ms = time_ms
        for leaf in leaves:
            self._leaves.append(leaf)
            self._hashes += leaf_hash(leaf.data)

    def _reach(self) -> None:
        if self.away:
            raise Unreachable("the signer does not answer", where="signer")
