"""The two hashes of a transparency log (RFC 6962, section 2.1): of a leaf, and of a node.

The prefix byte keeps a node from being shown as a leaf and a leaf as a node.
"""

from __future__ import annotations

import hashlib
from typing import NewType

HASH_BYTES = 32

Hash = NewType("Hash", bytes)

EMPTY_ROOT = Hash(hashlib.sha256(b"").digest())


def leaf_hash(data: bytes) -> Hash:
    """The hash of one leaf's bytes."""
    return Hash(hashlib.sha256(b"\x00" + data).digest())


def node_hash(left: Hash, right: Hash) -> Hash:
    """The hash of a node over its two children."""
    return Hash(hashlib.sha256(b"\x01" + left + right).digest())
