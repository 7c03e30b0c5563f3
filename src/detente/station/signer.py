"""The signer's own files: the leaves of our ledger, kept away from the database.

The log is in no backup and is never restored from one: it is what stops our keys from signing two
roots for one size when the database comes back from the past.

It begins with a header block; then two slots for the time, each in a block of its own; then the
records, one per leaf: a head of fixed length and the leaf. A head carries the leaf's hash, so the
leaf needs no other checksum, and a damaged leaf keeps its place in the tree. Times without leaves
alternate between the slots, so that a power cut spoils at most the one that was being written.

A write that the power cut short was never signed, so a torn end is dropped when the log is opened.
What was durable before is not a torn end: each head tells where the durable part ended when it was
written, and a damaged head before that point means that the signer no longer knows what it signed.
Checksums are keyed with bytes that never leave this file: nobody's leaf can imitate a head.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import struct
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from detente.errors import DetenteError, Refused, Unreachable
from detente.station import files
from detente.tlog.hash import leaf_hash
from detente.tlog.signer import MAX_LEAF_BYTES, Leaf

BLOCK_BYTES = 4096  # no disk tears one block by writing another
WRITE_BYTES_MAX = 1 << 22  # of records made durable together: so long may a torn end be
SALT_BYTES = 16
SUM_BYTES = 16

_MAGIC = b"detente signer log 1\n"
_FAMILY = b"detente signer log "
_HEADER = struct.Struct(">H")  # length of the origin; origin, salt and checksum follow
_SLOT = struct.Struct(">Q")  # ms UTC
_SLOTS = (BLOCK_BYTES, 2 * BLOCK_BYTES)
_START = 3 * BLOCK_BYTES
_MARK = b"\xd7LEA"
_HEAD = struct.Struct(">4sBIQQ32s")  # mark, turns, length of leaf, ms UTC, durable before, hash
_HEAD_BYTES = _HEAD.size + SUM_BYTES

_CLOSE = "sign nothing more: close this ledger and open a successor line"


@dataclass(frozen=True, slots=True)
class _Head:
    """What stands before a leaf."""

    turns: bool
    length: int
    time_ms: int
    settled: int
    hash: bytes


class FileLog:
    """The `LeafLog` of a station: an append-only file, 0600, that one process may hold."""

    def __init__(self, path: Path, descriptor: int, salt: bytes) -> None:
        """For `create` and `open`."""
        self._path, self._descriptor, self._salt = path, descriptor, salt
        self._hashes, self._offsets = bytearray(), array("Q")
        self._generation = self._time_ms = self._slot = 0
        self._end = _START
        self._broken = False

    @classmethod
    def create(cls, path: Path, origin: str) -> FileLog:
        """The empty log of a new ledger. Raises `Refused` if there is one already.

        Only for a ledger of which nothing was ever signed: a lost log cannot be made anew.
        """
        name, salt = origin.encode(), os.urandom(SALT_BYTES)
        head = _MAGIC + _HEADER.pack(len(name)) + name + salt
        head += hashlib.sha256(head).digest()
        if len(head) > BLOCK_BYTES:
            raise Refused(f"an origin of {len(name)} bytes", where=str(path))
        files.create(path, head.ljust(_START, b"\0"))
        return cls.open(path, origin)

    @classmethod
    def open(cls, path: Path, origin: str) -> FileLog:
        """The log of `origin`, held until `close`.

        Raises `Refused` if it is missing, another's, open elsewhere, readable by others or damaged
        where it must not be; `Unreachable` if the disk will not.
        """
        with files.told(path):
            try:
                descriptor = os.open(path, os.O_RDWR)
            except FileNotFoundError as error:
                raise Refused(
                    "the signer has been lost: its log is missing", where=str(path), mend=_CLOSE
                ) from error
            try:
                files.require_private(descriptor, path)
                _lock(descriptor, path)
                log = cls(path, descriptor, _salt_of(descriptor, origin, path))
                log._load()
            except BaseException:
                os.close(descriptor)
                raise
        return log

    def close(self) -> None:
        """Let go of the file. Nothing is lost by not calling it."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor, self._broken = -1, True

    def hashes(self) -> bytes:
        return bytes(self._hashes)

    def generation(self) -> int:
        return self._generation

    def last_time(self) -> int:
        return self._time_ms

    def read(self, index: int) -> bytes | None:
        offset = self._offsets[index]
        with files.told(self._path):
            head = self._head_at(offset)
            if head is None:
                return None
            data = os.pread(self._descriptor, head.length, offset + _HEAD_BYTES)
        return data if leaf_hash(data) == head.hash else None

    def append(self, time_ms: int, leaves: Sequence[Leaf]) -> None:
        """One write and one fdatasync for every `WRITE_BYTES_MAX` bytes, as a rule one in all."""
        if self._broken:
            raise Unreachable(
                "the signer's disk has failed", where=str(self._path), mend="restart the station"
            )
        if not leaves:
            self._keep_time(time_ms)
        for part in _parts(leaves):
            self._keep_leaves(time_ms, part)

    def _keep_time(self, time_ms: int) -> None:
        slot = 1 - self._slot
        data = _SLOT.pack(time_ms)
        self._durably(data + self._sum(_SLOTS[slot], data), _SLOTS[slot])
        self._slot, self._time_ms = slot, time_ms

    def _keep_leaves(self, time_ms: int, leaves: Sequence[Leaf]) -> None:
        data, hashes, offsets = bytearray(), list[bytes](), list[int]()
        for leaf in leaves:
            offset = self._end + len(data)
            offsets.append(offset)
            hashes.append(leaf_hash(leaf.data))
            head = _HEAD.pack(_MARK, leaf.turns, len(leaf.data), time_ms, self._end, hashes[-1])
            data += head + self._sum(offset, head) + leaf.data
        self._durably(data, self._end)
        self._end += len(data)
        self._hashes += b"".join(hashes)
        self._offsets.extend(offsets)
        self._generation += sum(leaf.turns for leaf in leaves)
        self._time_ms = time_ms

    def _durably(self, data: bytes | bytearray, offset: int) -> None:
        try:
            files.write_whole(self._descriptor, memoryview(data), offset)
            os.fdatasync(self._descriptor)
        except OSError as error:
            self._retreat()
            raise files.unreachable(self._path, error) from error

    def _retreat(self) -> None:
        """Drop what a failed write left: a later one must not find it behind its own end.

        A disk that cannot even do that is not asked again: after a failed synchronisation the
        system may call pages clean that never reached it.
        """
        try:
            os.ftruncate(self._descriptor, self._end)
            os.fsync(self._descriptor)
        except OSError:
            self._broken = True

    # -- opening

    def _load(self) -> None:
        length = os.fstat(self._descriptor).st_size
        if length < _START:
            raise self._damaged("its file has been cut short")
        self._load_times()
        while self._end < length:
            head = self._head_at(self._end)
            following = self._end + _HEAD_BYTES + (head.length if head else 0)
            if head is None or following > length:
                self._drop_torn_end(length)
                return
            self._hashes += head.hash
            self._offsets.append(self._end)
            self._generation += head.turns
            self._time_ms = max(self._time_ms, head.time_ms)
            self._end = following

    def _load_times(self) -> None:
        damaged = 0
        for slot, offset in enumerate(_SLOTS):
            data = os.pread(self._descriptor, _SLOT.size + SUM_BYTES, offset)
            if data.strip(b"\0") == b"":  # never written
                continue
            if data[_SLOT.size :] != self._sum(offset, data[: _SLOT.size]):
                damaged += 1
                self._slot = 1 - slot  # the next time goes where there is nothing to lose
                continue
            (time_ms,) = _SLOT.unpack_from(data)
            if time_ms >= self._time_ms:
                self._time_ms = time_ms
                self._slot = slot
        if damaged == len(_SLOTS):
            raise self._damaged("both its times are damaged")

    def _drop_torn_end(self, length: int) -> None:
        """Forget what was being written when the power went, if that is what it is."""
        if length - self._end > WRITE_BYTES_MAX:
            raise self._damaged(f"it is damaged at byte {self._end}, long before its end")
        rest = os.pread(self._descriptor, length - self._end, self._end)
        at = rest.find(_MARK)
        while at >= 0:
            head = self._head_at(self._end + at)
            if head is not None and head.settled > self._end:
                raise self._damaged(f"it is damaged at byte {self._end}, which was durable")
            at = rest.find(_MARK, at + 1)
        os.ftruncate(self._descriptor, self._end)
        os.fsync(self._descriptor)

    def _damaged(self, what: str) -> DetenteError:
        return Refused(
            f"the signer no longer knows what it signed: {what}", where=str(self._path), mend=_CLOSE
        )

    def _head_at(self, offset: int) -> _Head | None:
        data = os.pread(self._descriptor, _HEAD_BYTES, offset)
        if data[_HEAD.size :] != self._sum(offset, data[: _HEAD.size]):
            return None
        mark, turns, length, time_ms, settled, digest = _HEAD.unpack_from(data)
        assert mark == _MARK
        return _Head(bool(turns), length, time_ms, settled, digest)

    def _sum(self, offset: int, data: bytes) -> bytes:
        """It covers the place too: what stands elsewhere is not taken for what belongs here."""
        place = offset.to_bytes(8, "big")
        return hashlib.blake2s(place + data, key=self._salt, digest_size=SUM_BYTES).digest()


def _lock(descriptor: int, path: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise Refused(
            "another process holds this signer",
            where=str(path),
            mend="a line has one station: stop the other one",
        ) from error


def _salt_of(descriptor: int, origin: str, path: Path) -> bytes:
    """The key of the checksums, if the header is whole and of this ledger."""
    header = os.pread(descriptor, BLOCK_BYTES, 0).ljust(BLOCK_BYTES, b"\0")
    if header.startswith(_FAMILY) and not header.startswith(_MAGIC):
        raise Refused(
            "it was written by a newer version", where=str(path), mend="run that version again"
        )
    name = len(_MAGIC) + _HEADER.size
    (length,) = _HEADER.unpack_from(header, len(_MAGIC))
    salt = name + length
    end = salt + SALT_BYTES
    if hashlib.sha256(header[:end]).digest() != header[end : end + 32]:
        raise Refused("this is not a signer's log, or its header is damaged", where=str(path))
    found = header[name:salt].decode()
    if found != origin:
        raise Refused(f"this is the signer of {found!a}, not of {origin!a}", where=str(path))
    return header[salt:end]


def _parts(leaves: Sequence[Leaf]) -> Iterator[Sequence[Leaf]]:
    """Runs of leaves that are made durable together."""
    start = size = 0
    for index, leaf in enumerate(leaves):
        assert len(leaf.data) <= MAX_LEAF_BYTES
        length = _HEAD_BYTES + len(leaf.data)
        if size + length > WRITE_BYTES_MAX:
            yield leaves[start:index]
            start, size = index, 0
        size += length
    if start < len(leaves):
        yield leaves[start:]
