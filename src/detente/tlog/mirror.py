"""A mirror: all the leaf hashes of one ledger, up to a size.

A mirror is an immutable value; inside, mirrors of one ledger share one `_Forest`, to which hashes
are only ever appended. So each next mirror costs its new leaves, and an older one stays as it was.
"""

from __future__ import annotations

from hashlib import sha256

from detente.errors import Malformed
from detente.tlog.hash import EMPTY_ROOT, HASH_BYTES, Hash
from detente.tlog.tree import split

_PAIR_BYTES = 2 * HASH_BYTES


class _Forest:
    """The hashes of every complete subtree, level by level (0: the leaves): 64 bytes a leaf.

    Owned by all the mirrors that hold it: none of them may change what is there, only add to it.
    """

    __slots__ = ("levels",)

    def __init__(self, levels: list[bytearray]) -> None:
        self.levels = levels

    def append(self, hashes: bytes) -> None:
        """Add leaves, and at each level what they complete."""
        level = 0
        while hashes:
            if level == len(self.levels):
                self.levels.append(bytearray())
            here = self.levels[level]
            begin = len(here) // _PAIR_BYTES * _PAIR_BYTES  # a hash without a sibling counts again
            here += hashes
            pairs = bytes(here[begin:])
            hashes = b"".join(
                sha256(b"\x01" + pairs[at : at + _PAIR_BYTES]).digest()
                for at in range(0, len(pairs) - HASH_BYTES, _PAIR_BYTES)
            )
            level += 1

    def first(self, size: int) -> _Forest:
        """A copy of what stands over the first `size` leaves, to go on otherwise from there."""
        levels = [level[: (size >> i) * HASH_BYTES] for i, level in enumerate(self.levels)]
        return _Forest(levels)


class Mirror:
    """The leaf hashes of one ledger up to `size`. Two are equal if their sizes and roots are.

    An index or size outside of it is an `IndexError`: ask `size` first.
    """

    __slots__ = ("_forest", "_root", "_size")

    def __init__(self) -> None:
        self._forest, self._size = _Forest([bytearray()]), 0
        self._root: Hash | None = None

    @property
    def size(self) -> int:
        """How many leaves."""
        return self._size

    @property
    def root(self) -> Hash:
        """The root over all of them (RFC 6962, 2.1)."""
        if self._root is None:
            self._root = self._over(0, self._size)
        return self._root

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Mirror):
            return NotImplemented
        return self._size == other._size and self.root == other.root

    def __hash__(self) -> int:
        return hash((self._size, self.root))

    def __repr__(self) -> str:
        return f"Mirror(size={self._size}, root={self.root.hex()})"

    def root_at(self, size: int) -> Hash:
        """The root that the ledger had at an earlier size."""
        self._require(0, size)
        return self._over(0, size)

    def leaf(self, index: int) -> Hash:
        """The hash of one leaf."""
        return Hash(self.hashes(index, index + 1))

    def hashes(self, start: int, end: int) -> bytes:
        """The hashes of the leaves [start, end), 32 bytes each, one after the other."""
        self._require(start, end)
        return bytes(self._forest.levels[0][start * HASH_BYTES : end * HASH_BYTES])

    def extend(self, hashes: bytes) -> Mirror:
        """The mirror of this ledger after more leaves, given as their hashes, 32 bytes each.

        Raises `Malformed` if they are not whole hashes.
        """
        if len(hashes) % HASH_BYTES:
            raise Malformed(f"{len(hashes)} bytes are not whole hashes of {HASH_BYTES}")
        if not hashes:
            return self
        begin, forest = self._size * HASH_BYTES, self._forest
        follows = forest.levels[0][begin : begin + len(hashes)]
        if not hashes.startswith(follows):
            forest, follows = forest.first(self._size), bytearray()
        if len(follows) < len(hashes):
            forest.append(hashes[len(follows) :])
        return self._like(forest, self._size + len(hashes) // HASH_BYTES)

    def truncate(self, size: int) -> Mirror:
        """The mirror of this ledger at an earlier size."""
        self._require(0, size)
        return self if size == self._size else self._like(self._forest, size)

    def starts_with(self, other: Mirror) -> bool:
        """Whether the other is this ledger at an earlier size, or at this one."""
        if other._size > self._size:
            return False
        return self._forest is other._forest or self._over(0, other._size) == other.root

    def inclusion(self, index: int, size: int) -> tuple[Hash, ...]:
        """The proof that leaf `index` stands in the tree of `size` leaves (RFC 6962, 2.1.1)."""
        self._require(index, index + 1)
        self._require(index + 1, size)
        start, end, path = 0, size, list[Hash]()
        while end - start > 1:
            middle = start + split(end - start)
            if index < middle:
                path.append(self._over(middle, end))
                end = middle
            else:
                path.append(self._over(start, middle))
                start = middle
        return tuple(reversed(path))

    def consistency(self, old: int, size: int) -> tuple[Hash, ...]:
        """The proof that the tree of `size` leaves begins with that of `old` (RFC 6962, 2.1.2).

        Empty if `old` is nothing or the whole.
        """
        self._require(0, old)
        self._require(old, size)
        if not old:
            return ()
        start, end, path = 0, size, list[Hash]()
        while end != old:
            middle = start + split(end - start)
            if old <= middle:
                path.append(self._over(middle, end))
                end = middle
            else:
                path.append(self._over(start, middle))
                start = middle
        if start:  # the old tree is no subtree of its own: its last complete part begins the path
            path.append(self._over(start, end))
        return tuple(reversed(path))

    @classmethod
    def _like(cls, forest: _Forest, size: int) -> Mirror:
        mirror: Mirror = cls.__new__(cls)
        mirror._forest, mirror._size, mirror._root = forest, size, None
        return mirror

    def _require(self, start: int, end: int) -> None:
        if not 0 <= start <= end <= self._size:
            raise IndexError(f"leaves {start} to {end} of a mirror of {self._size}")

    def _over(self, start: int, end: int) -> Hash:
        """The root over the leaves [start, end) of one subtree, which begins at `start`.

        They are the fewest complete subtrees that cover them (their compact range), each smaller
        than the one before: joined from the right.
        """
        levels, rest, root = self._forest.levels, end - start, b""
        while rest:
            level = (rest & -rest).bit_length() - 1
            end -= 1 << level
            at = (end >> level) * HASH_BYTES
            left = levels[level][at : at + HASH_BYTES]
            root = sha256(b"\x01" + left + root).digest() if root else bytes(left)
            rest &= rest - 1
        return Hash(root or EMPTY_ROOT)
