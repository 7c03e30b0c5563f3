from __future__ import annotations

import hashlib

from detente.tlog.hash import EMPTY_ROOT, HASH_BYTES, leaf_hash, node_hash


def test_the_hashes_that_rfc_6962_implementations_publish() -> None:
    # The empty tree, the empty leaf, and the leaf "L123456" of Certificate Transparency.
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (
        leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    )
    assert (
        leaf_hash(b"L123456").hex()
        == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    )


def test_a_node_is_hashed_over_its_children_in_order() -> None:
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    assert node_hash(left, right) == hashlib.sha256(b"\x01" + left + right).digest()
    assert node_hash(left, right) != node_hash(right, left)
    assert len(node_hash(left, right)) == HASH_BYTES


def test_no_leaf_hashes_like_a_node() -> None:
    left, right = leaf_hash(b"left"), leaf_hash(b"right")
    assert leaf_hash(left + right) != node_hash(left, right)
    assert leaf_hash(b"\x01" + left + right) != node_hash(left, right)
