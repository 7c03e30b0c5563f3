from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.tlog.hash import EMPTY_ROOT, HASH_BYTES
from detente.tlog.mirror import Mirror
from detente.tlog.tree import check_consistency, check_inclusion
from tests.tlog import naive

SIZES = 70


def mirror_of(leaves: list[bytes]) -> Mirror:
    return Mirror().extend(b"".join(leaves))


def is_of(mirror: Mirror, leaves: list[bytes]) -> bool:
    """Whether a mirror is, in all that it tells, the one of these leaf hashes."""
    return (
        mirror.size == len(leaves)
        and mirror.root == naive.root(leaves)
        and mirror.hashes(0, len(leaves)) == b"".join(leaves)
        and [mirror.leaf(i) for i in range(len(leaves))] == leaves
        and mirror.root_at(len(leaves) // 2) == naive.root(leaves[: len(leaves) // 2])
        and mirror == mirror_of(leaves)
    )


def test_the_empty_mirror() -> None:
    assert is_of(Mirror(), [])
    assert Mirror().root == EMPTY_ROOT
    assert Mirror().extend(b"") == Mirror()


def test_the_root_at_every_size() -> None:
    leaves = naive.leaves(SIZES)
    mirror = mirror_of(leaves)
    for size in range(SIZES + 1):
        assert mirror.root_at(size) == naive.root(leaves[:size])
        assert is_of(mirror.truncate(size), leaves[:size])


@given(st.lists(st.integers(0, 20), max_size=12))
def test_leaves_may_come_in_any_portions(portions: list[int]) -> None:
    leaves = naive.leaves(sum(portions))
    mirror, size = Mirror(), 0
    for portion in portions:
        mirror = mirror.extend(b"".join(leaves[size : size + portion]))
        size += portion
        assert mirror.root == naive.root(leaves[:size])
    assert is_of(mirror, leaves)


@given(st.data())
def test_no_mirror_ever_changes_whatever_grows_beside_it(data: st.DataObject) -> None:
    """Extend, truncate, extend with the same or with others, from any mirror made so far."""
    known: list[tuple[Mirror, list[bytes]]] = [(Mirror(), [])]
    for step in range(data.draw(st.integers(1, 12), "steps")):
        mirror, leaves = data.draw(st.sampled_from(known))
        start = data.draw(st.integers(0, len(leaves)), "start")
        longest = data.draw(st.sampled_from([leaves for _, leaves in known]))
        follows = longest[start : start + data.draw(st.integers(0, 9), "same")]
        new = naive.leaves(data.draw(st.integers(0, 9), "other"), f"step {step}")
        grown = mirror.truncate(start).extend(b"".join(follows + new))
        known.append((grown, leaves[:start] + follows + new))
        assert all(is_of(mirror, leaves) for mirror, leaves in known)
    for mirror, leaves in known:
        for other, others in known:
            assert mirror.starts_with(other) == (leaves[: len(others)] == others)
            assert (mirror == other) == (leaves == others)
            assert len({mirror, other}) == 1 + (leaves != others)


def test_memory_is_shared_along_one_ledger_and_copied_beside_it() -> None:
    leaves = naive.leaves(20)
    ten = mirror_of(leaves[:10])
    twenty = ten.extend(b"".join(leaves[10:]))
    assert twenty._forest is ten._forest
    assert ten.extend(b"".join(leaves[10:15]))._forest is ten._forest
    more = ten.extend(b"".join(leaves[10:] + naive.leaves(3, "later")))
    assert more._forest is ten._forest
    assert twenty.truncate(4).extend(b"".join(leaves[4:6]))._forest is ten._forest
    other = ten.extend(b"".join(leaves[10:12] + naive.leaves(1, "other")))
    assert other._forest is not ten._forest
    assert sum(map(len, more._forest.levels)) < 2 * more.size * HASH_BYTES
    assert sum(map(len, other._forest.levels)) < 2 * other.size * HASH_BYTES


def test_a_ledger_that_goes_on_otherwise_is_no_beginning() -> None:
    leaves = naive.leaves(9)
    mirror, other = mirror_of(leaves), mirror_of([*leaves[:8], *naive.leaves(1, "other")])
    assert mirror.starts_with(mirror.truncate(8))
    assert mirror.starts_with(mirror)
    assert mirror.starts_with(mirror_of(leaves[:8]))
    assert mirror.starts_with(Mirror())
    assert mirror.starts_with(other.truncate(8))
    assert not mirror.starts_with(other)
    assert not mirror.truncate(8).starts_with(mirror)
    assert mirror != other
    assert mirror != "a mirror"
    assert repr(Mirror()) == f"Mirror(size=0, root={EMPTY_ROOT.hex()})"


def test_the_inclusion_proofs_are_those_of_the_rfc_and_hold() -> None:
    leaves = naive.leaves(40)
    mirror = mirror_of(leaves)
    for size in range(1, 41):
        for index in range(size):
            path = mirror.inclusion(index, size)
            assert list(path) == naive.path(index, leaves[:size])
            check_inclusion(mirror.leaf(index), index, size, path, mirror.root_at(size))


def test_the_consistency_proofs_are_those_of_the_rfc_and_hold() -> None:
    leaves = naive.leaves(40)
    mirror = mirror_of(leaves)
    for size in range(1, 41):
        assert mirror.consistency(0, size) == ()
        for old in range(1, size + 1):
            path = mirror.consistency(old, size)
            assert list(path) == naive.proof(old, leaves[:size])
            check_consistency(old, size, path, mirror.root_at(old), mirror.root_at(size))
    assert mirror.consistency(0, 0) == ()


@pytest.mark.parametrize("length", [1, 31, 33, 63])
def test_hashes_come_whole(length: int) -> None:
    with pytest.raises(Malformed, match="not whole hashes"):
        Mirror().extend(bytes(length))


def test_a_truncated_mirror_shows_nothing_of_what_follows() -> None:
    mirror = mirror_of(naive.leaves(9)).truncate(5)
    with pytest.raises(IndexError):
        mirror.root_at(6)
    with pytest.raises(IndexError):
        mirror.truncate(6)
    with pytest.raises(IndexError):
        mirror.truncate(-1)
    for index in (-1, 5):
        with pytest.raises(IndexError):
            mirror.leaf(index)
    with pytest.raises(IndexError):
        mirror.hashes(3, 2)
    for index, size in ((-1, 3), (5, 6), (3, 3), (0, 6)):
        with pytest.raises(IndexError):
            mirror.inclusion(index, size)
    for old, size in ((-1, 3), (4, 3), (0, 6)):
        with pytest.raises(IndexError):
            mirror.consistency(old, size)


def test_a_hundred_thousand_leaves_cost_64_bytes_each() -> None:
    leaves = naive.leaves(100_000)
    mirror = mirror_of(leaves)
    assert sum(map(len, mirror._forest.levels)) <= 64 * 100_000
    assert mirror.truncate(65_536).root == mirror.root_at(65_536)
    again = Mirror()
    for at in range(0, 100_000, 1_000):
        again = again.extend(b"".join(leaves[at : at + 1_000]))
    assert again == mirror
