from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import DetenteError, Forged, Malformed
from detente.tlog.hash import EMPTY_ROOT, HASH_BYTES, Hash
from detente.tlog.head import MAX_SIZE
from detente.tlog.tree import check_consistency, check_inclusion
from tests.tlog import naive
from tests.vectors import shared_vectors

SIZES = 35

Case = dict[str, Any]


def a_hash(text: str) -> Hash:
    return Hash(base64.b64decode(text, validate=True))


def a_path(case: Case) -> list[Hash]:
    return [a_hash(text) for text in case["proof"] or ()]


def hashes(values: list[bytes]) -> list[Hash]:
    return [Hash(value) for value in values]


def cases(folder: str) -> Iterator[tuple[str, Case]]:
    root = shared_vectors("merkle") / "testdata" / folder
    for file in sorted(Path(root).rglob("*.json")):
        yield str(file.relative_to(root)), json.loads(file.read_bytes())


def contradictions(folder: str, check: Callable[[Case], None]) -> list[str]:
    """The vectors of one folder that we do not judge as they want to be judged."""
    found = list(cases(folder))
    assert len(found) == 98
    return [name for name, case in found if (fault(check, case) is not None) != case["wantErr"]]


def fault(check: Callable[[Case], None], case: Case) -> DetenteError | None:
    try:
        check(case)
    except DetenteError as error:
        return error
    return None


def test_every_inclusion_vector() -> None:
    def check(case: Case) -> None:
        leaf, root = a_hash(case["leafHash"]), a_hash(case["root"])
        check_inclusion(leaf, case["leafIdx"], case["treeSize"], a_path(case), root)

    assert contradictions("inclusion", check) == []


def test_every_consistency_vector() -> None:
    def check(case: Case) -> None:
        old_root, new_root = a_hash(case["root1"]), a_hash(case["root2"])
        check_consistency(case["size1"], case["size2"], a_path(case), old_root, new_root)

    assert contradictions("consistency", check) == []


def test_every_naive_inclusion_proof_holds_for_its_leaf_and_place_alone() -> None:
    leaves = hashes(naive.leaves(SIZES))
    for size in range(1, SIZES):
        root = Hash(naive.root(leaves[:size]))
        for index in range(size):
            path = hashes(naive.path(index, leaves[:size]))
            check_inclusion(leaves[index], index, size, path, root)
            for other in set(range(size + 1)) - {index}:
                with pytest.raises((Forged, Malformed)):
                    check_inclusion(leaves[index], other, size, path, root)
            with pytest.raises(Forged):
                check_inclusion(leaves[index + 1], index, size, path, root)


def test_every_naive_consistency_proof_holds_for_its_sizes_alone() -> None:
    leaves = hashes(naive.leaves(SIZES))
    roots = [Hash(naive.root(leaves[:size])) for size in range(SIZES + 1)]
    for new in range(1, SIZES):
        for old in range(1, new + 1):
            path = hashes(naive.proof(old, leaves[:new]))
            check_consistency(old, new, path, roots[old], roots[new])
            for other in set(range(new + 2)) - {old}:
                with pytest.raises((Forged, Malformed)):
                    check_consistency(other, new, path, roots[other], roots[new])


@given(st.data())
def test_no_bit_of_a_proof_may_be_changed(data: st.DataObject) -> None:
    new = data.draw(st.integers(2, 200), "new")
    old = data.draw(st.integers(1, new - 1), "old")
    leaves = hashes(naive.leaves(new))
    old_root, new_root = Hash(naive.root(leaves[:old])), Hash(naive.root(leaves))
    inclusion = [leaves[old], *hashes(naive.path(old, leaves)), new_root]
    consistency = [old_root, *hashes(naive.proof(old, leaves)), new_root]

    def flipped(parts: list[Hash]) -> list[Hash]:
        at, bit = data.draw(st.integers(0, len(parts) - 1)), data.draw(st.integers(0, 255))
        number = int.from_bytes(parts[at], "big") ^ (1 << bit)
        return [*parts[:at], Hash(number.to_bytes(HASH_BYTES, "big")), *parts[at + 1 :]]

    leaf, *path, root = flipped(inclusion)
    with pytest.raises(Forged):
        check_inclusion(leaf, old, new, path, root)
    first, *path, last = flipped(consistency)
    with pytest.raises(Forged):
        check_consistency(old, new, path, first, last)


@pytest.mark.parametrize("change", [lambda path: path[:-1], lambda path: [*path, path[0]]])
def test_a_path_of_another_length_is_counted_before_it_is_hashed(
    change: Callable[[list[Hash]], list[Hash]],
) -> None:
    leaves = hashes(naive.leaves(13))
    root, old_root = Hash(naive.root(leaves)), Hash(naive.root(leaves[:6]))
    with pytest.raises(Malformed, match="hashes where 4 belong"):
        check_inclusion(leaves[5], 5, 13, change(hashes(naive.path(5, leaves))), root)
    with pytest.raises(Malformed, match="hashes where 4 belong"):
        check_consistency(6, 13, change(hashes(naive.proof(6, leaves))), old_root, root)


@pytest.mark.parametrize("length", [0, 31, 33, 64])
@pytest.mark.parametrize("at", range(5))
def test_every_hash_has_its_length(at: int, length: int) -> None:
    leaves = hashes(naive.leaves(8))
    root, old_root = Hash(naive.root(leaves)), Hash(naive.root(leaves[:4]))
    parts = [leaves[3], *hashes(naive.path(3, leaves)), root]
    parts[at] = Hash(bytes(length))
    with pytest.raises(Malformed, match="32 bytes"):
        check_inclusion(parts[0], 3, 8, parts[1:-1], parts[-1])
    parts = [old_root, *hashes(naive.proof(4, leaves)), root]
    parts[at % len(parts)] = Hash(bytes(length))
    with pytest.raises(Malformed, match="32 bytes"):
        check_consistency(4, 8, parts[1:-1], parts[0], parts[-1])


@pytest.mark.parametrize("index, size", [(0, 0), (-1, 1), (1, 1), (0, -1), (0, MAX_SIZE + 1)])
def test_no_such_leaf(index: int, size: int) -> None:
    leaf = Hash(bytes(HASH_BYTES))
    with pytest.raises(Malformed, match="no tree of this size"):
        check_inclusion(leaf, index, size, [], leaf)


@pytest.mark.parametrize("old, new", [(0, 0), (0, 3), (-1, 3), (3, 2), (1, MAX_SIZE + 1)])
def test_no_such_consistency(old: int, new: int) -> None:
    with pytest.raises(Malformed, match="does not continue"):
        check_consistency(old, new, [], EMPTY_ROOT, EMPTY_ROOT)


def test_sizes_too_long_to_print() -> None:
    leaf = Hash(bytes(HASH_BYTES))
    with pytest.raises(Malformed):
        check_inclusion(leaf, 0, 1 << 20_000, [], leaf)
    with pytest.raises(Malformed):
        check_consistency(1, 1 << 20_000, [], leaf, leaf)


def test_the_largest_tree_has_a_path_of_63_hashes() -> None:
    leaf = Hash(bytes(HASH_BYTES))
    with pytest.raises(Malformed, match="0 hashes where 63 belong"):
        check_inclusion(leaf, 0, MAX_SIZE, [], leaf)
    with pytest.raises(Forged):
        check_inclusion(leaf, 0, MAX_SIZE, [leaf] * 63, leaf)
