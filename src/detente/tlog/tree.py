"""The shape of a Merkle tree (RFC 6962, section 2.1), and the checking of proofs made from it.

Of a proof, everything that can be counted is counted before anything is hashed: a proof of the
wrong length, or with a hash of the wrong length, is `Malformed`; one that leads to another root
is `Forged`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detente.errors import Forged, Malformed
from detente.tlog.hash import HASH_BYTES, Hash, node_hash
from detente.tlog.head import MAX_SIZE


def split(size: int) -> int:
    """How many of `size` leaves (two at least) stand left of the root: a power of two."""
    return 1 << ((size - 1).bit_length() - 1)


def check_inclusion(leaf: Hash, index: int, size: int, path: Sequence[Hash], root: Hash) -> None:
    """Leaf number `index` of the tree of `size` leaves under `root` is `leaf` (RFC 9162, 2.1.3.2).

    Raises `Malformed` if there is no such leaf or the path has another length than such a path
    has, `Forged` if it leads to another root.
    """
    if not 0 <= index < size <= MAX_SIZE:
        raise Malformed("a proof of a leaf that no tree of this size has")
    lefts = list(_siblings_left(index, size - 1))
    _check_lengths(path, len(lefts), (leaf, root))
    for left, sibling in zip(lefts, path, strict=True):
        leaf = node_hash(sibling, leaf) if left else node_hash(leaf, sibling)
    _check_root(leaf, root, size)


def check_consistency(
    old: int, new: int, path: Sequence[Hash], old_root: Hash, new_root: Hash
) -> None:
    """The tree of `new` leaves begins with the tree of `old` leaves (RFC 9162, 2.1.4.2).

    With nothing (`old` 0) every tree begins: a proof of that would vouch for any root, so there is
    none. With itself it begins under one root, without a path. Raises `Malformed` if there is no
    such proof or it has another length, `Forged` if it leads to another root.
    """
    if not 0 < old <= new <= MAX_SIZE:
        raise Malformed("a proof for two sizes of which the later does not continue the earlier")
    if old == new:
        _check_lengths(path, 0, ())
        _check_root(old_root, new_root, new)
        return
    # The last complete subtree of the old tree stands in both. From there up, what is on its left
    # belongs to both trees, what is on its right only to the new one.
    level = (old & -old).bit_length() - 1
    lefts = list(_siblings_left((old >> level) - 1, (new - 1) >> level))
    alone = old == 1 << level  # then it is the old tree, and need not be told
    _check_lengths(path, len(lefts) + (not alone), (old_root, new_root))
    first, *siblings = (old_root, *path) if alone else path
    old_found = new_found = first
    for left, sibling in zip(lefts, siblings, strict=True):
        if left:
            old_found, new_found = node_hash(sibling, old_found), node_hash(sibling, new_found)
        else:
            new_found = node_hash(new_found, sibling)
    _check_root(old_found, old_root, old)
    _check_root(new_found, new_root, new)


def _siblings_left(index: int, last: int) -> Iterator[bool]:
    """From a node up to the root: whether each sibling stands on the left.

    `last` is the index of the last node on the level of `index`. A last node without a sibling
    is carried up as it is.
    """
    while last:
        if index & 1 or index < last:
            yield bool(index & 1)
        index, last = index >> 1, last >> 1


def _check_lengths(path: Sequence[Hash], length: int, others: Sequence[Hash]) -> None:
    if len(path) != length:
        raise Malformed(f"a proof of {len(path)} hashes where {length} belong")
    if any(len(value) != HASH_BYTES for value in (*path, *others)):
        raise Malformed(f"a hash that is not {HASH_BYTES} bytes long")


def _check_root(found: Hash, root: Hash, size: int) -> None:
    if found != root:
        raise Forged(f"the proof does not lead to the root of {size} leaves")
