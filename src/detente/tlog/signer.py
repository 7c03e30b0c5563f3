"""The signer is the first reader of our own ledger: a mirror that signs.

It is handed leaves, never bytes to sign. It keeps them in a memory of its own, away from the
database, refuses what does not extend them, and signs only what that memory durably holds, under
a time that never goes back. So there is one signed root for each size, whatever happens to the
database, to the clock or to the power.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from detente.errors import Refused
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import Checkpoint
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash
from detente.tlog.mirror import Mirror

MAX_LEAF_BYTES = 65_535  # what an entry bundle of C2SP tlog-tiles can hold
MAX_REST_BYTES = 1 << 23  # of leaves in one answer to a station behind us; it asks again
MIN_TIME_MS = 1_000  # a clock that starts at nothing: a signed time is in seconds and never zero
MAX_TIME_MS = (1 << 53) - 1  # a clock run wild: still an integer to every reader


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf to keep, and whether it turns the ledger to its next generation of keys."""

    data: bytes
    turns: bool


class LeafLog(Protocol):
    """The signer's own memory. It is in no backup and is never restored from one.

    A leaf may be damaged, what is kept beside it may not: hash, turn and time of each leaf are
    what the next signature stands on, so a log that cannot tell them does not open.
    """

    def hashes(self) -> bytes:
        """The leaf hashes of all leaves kept, damaged ones too, 32 bytes each."""

    def generation(self) -> int:
        """How many of all leaves kept turn, damaged ones too."""

    def last_time(self) -> int:
        """The latest time kept, in ms UTC; 0 if none."""

    def read(self, index: int) -> bytes | None:
        """One leaf; None if it is damaged."""

    def append(self, time_ms: int, leaves: Sequence[Leaf]) -> None:
        """Keep the time, and leaves after those kept already. Durable when it returns.

        If it is cut short, what it kept of the leaves is a beginning of them. There may be none:
        then only the time is kept.
        """


class Behind(Exception):
    """The station holds less of its own ledger than its signer: here is the rest."""

    def __init__(self, advance: Advance) -> None:
        super().__init__(f"{len(advance.hashes) // HASH_BYTES} leaves from {advance.start} on")
        self.advance = advance


@dataclass(frozen=True, slots=True)
class _Held:
    """What the log holds, as far as it must be in memory."""

    mirror: Mirror
    generation: int
    time_ms: int


class Signer:
    """Signs the ledger `origin` as `log` keeps it.

    `turns` says whether a leaf moves the ledger to the next generation of keys; the checkpoint
    over it is the first that they sign. `sign(generation, checkpoint, time_s)` returns the note.
    """

    def __init__(
        self,
        origin: str,
        log: LeafLog,
        sign: Callable[[int, Checkpoint, int], str],
        turns: Callable[[bytes], bool],
    ) -> None:
        self._origin, self._log, self._sign, self._turns = origin, log, sign, turns
        self._known: _Held | None = None

    @property
    def size(self) -> int:
        """How many leaves it holds: at least as many as it ever signed."""
        return self._held().mirror.size

    @property
    def root(self) -> Hash:
        """The root over them."""
        return self._held().mirror.root

    def seal(self, start: int, leaves: Sequence[bytes], now: int, signed: int = 0) -> str:
        """Take what our ledger holds from `start` on, and sign all of it: the signed checkpoint.

        `now` is in ms UTC; `signed` is the largest size that we know our keys have signed. With
        no leaves, `start` is the size of our ledger: then compare the checkpoint's root with ours.

        Raises `Refused` if the leaves do not continue what is held here or if this memory is not
        the one that signed, and `Behind` if they end before what is held here does.
        """
        mirror = self._held().mirror
        if signed > mirror.size:
            raise Refused(
                f"our keys have signed {signed} leaves, but the signer holds {mirror.size}: "
                "it has been lost or replaced by an older one",
                where=self._origin,
                mend="sign nothing more: close this ledger and open a successor line",
            )
        self._require_start(start, "it is handed leaves")
        fresh = self._continuing(mirror, start, leaves)
        end = start + len(leaves)
        if end < mirror.size:
            raise Behind(self.rest(end, now))
        return self._seal(fresh, now)

    def rest(self, start: int, now: int) -> Advance:
        """What a restored station has forgotten: an advance of its own ledger from `start` on.

        It carries every leaf hash, and the leaves that are not damaged, as many as
        `MAX_REST_BYTES` hold. `now` is in ms UTC. Raises `Refused` if `start` is past the end.
        """
        self._require_start(start, "it is asked for the rest")
        mirror = self._held().mirror
        leaves, size = list[bytes](), 0
        for index in range(start, mirror.size):
            data = self._log.read(index)
            if data is None or leaf_hash(data) != mirror.leaf(index):
                continue
            size += len(data)
            if size > MAX_REST_BYTES:
                break
            leaves.append(data)
        note = self._seal((), now)
        return Advance(start, mirror.hashes(start, mirror.size), note, tuple(leaves))

    def _require_start(self, start: int, when: str) -> None:
        size = self._held().mirror.size
        if not 0 <= start <= size:
            raise Refused(
                f"a gap: the signer holds {size} leaves, and {when} from {start} on",
                where=self._origin,
                mend=f"start at {size} or before",
            )

    def _continuing(self, mirror: Mirror, start: int, leaves: Sequence[bytes]) -> Sequence[bytes]:
        """Those leaves that are new here, if the others are what is held here."""
        for index, data in enumerate(leaves, start):
            if len(data) > MAX_LEAF_BYTES:
                raise Refused(
                    f"leaf {index} has {len(data)} bytes, more than {MAX_LEAF_BYTES}",
                    where=self._origin,
                )
            if index < mirror.size and leaf_hash(data) != mirror.leaf(index):
                raise Refused(
                    f"another ledger: leaf {index} is not the one that the signer holds",
                    where=self._origin,
                    mend="a person must decide which of the two was said",
                )
        return leaves[mirror.size - start :]

    def _seal(self, fresh: Sequence[bytes], now: int) -> str:
        held = self._keep(fresh, now)
        checkpoint = Checkpoint(self._origin, held.mirror.size, held.mirror.root)
        return self._sign(held.generation, checkpoint, held.time_ms // 1000)

    def _keep(self, fresh: Sequence[bytes], now: int) -> _Held:
        """Make leaves and time durable: before, nothing may be signed over them."""
        held = self._held()
        time_ms = max(held.time_ms, MIN_TIME_MS, min(now, MAX_TIME_MS))
        if not fresh and time_ms == held.time_ms:
            return held
        leaves = [Leaf(data, self._turns(data)) for data in fresh]
        self._known = None  # an append that fails may have kept some: then ask the log again
        self._log.append(time_ms, leaves)
        self._known = _Held(
            held.mirror.extend(b"".join(leaf_hash(leaf.data) for leaf in leaves)),
            held.generation + sum(leaf.turns for leaf in leaves),
            time_ms,
        )
        return self._known

    def _held(self) -> _Held:
        if self._known is None:
            mirror = Mirror().extend(self._log.hashes())
            self._known = _Held(mirror, self._log.generation(), self._log.last_time())
        return self._known
