"""A tree as RFC 6962 writes it down, recursive and without memory: the oracle for the fast one."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence


def leaf(data: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + data).digest()


def leaves(count: int, tag: str = "leaf") -> list[bytes]:
    return [leaf(f"{tag} {i}".encode()) for i in range(count)]


def root(hashes: Sequence[bytes]) -> bytes:
    if not hashes:
        return hashlib.sha256(b"").digest()
    if len(hashes) == 1:
        return hashes[0]
    k = _largest_power_of_two_below(len(hashes))
    return hashlib.sha256(b"\x01" + root(hashes[:k]) + root(hashes[k:])).digest()


def path(index: int, hashes: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]) of section 2.1.1."""
    if len(hashes) == 1:
        return []
    k = _largest_power_of_two_below(len(hashes))
    if index < k:
        return [*path(index, hashes[:k]), root(hashes[k:])]
    return [*path(index - k, hashes[k:]), root(hashes[:k])]


def proof(old: int, hashes: Sequence[bytes], *, whole: bool = True) -> list[bytes]:
    """PROOF(m, D[n]) and SUBPROOF(m, D[n], b) of section 2.1.2."""
    if old == len(hashes):
        return [] if whole else [root(hashes)]
    k = _largest_power_of_two_below(len(hashes))
    if old <= k:
        return [*proof(old, hashes[:k], whole=whole), root(hashes[k:])]
    return [*proof(old - k, hashes[k:], whole=False), root(hashes[:k])]


def _largest_power_of_two_below(size: int) -> int:
    k = 1
    while 2 * k < size:
        k *= 2
    return k
