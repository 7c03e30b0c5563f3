from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Forged, Malformed
from detente.tlog.advance import MAX_BRANCHES, Advance, Beyond, Branch, extend, grown
from detente.tlog.checkpoint import Checkpoint
from detente.tlog.hash import HASH_BYTES, Hash
from detente.tlog.mirror import Mirror
from tests.tlog import naive

ORIGIN = "example.org/line/1"


def mirror_of(leaves: list[bytes]) -> Mirror:
    return Mirror().extend(b"".join(leaves))


def signed(leaves: list[bytes], size: int | None = None) -> Checkpoint:
    return Checkpoint(ORIGIN, len(leaves) if size is None else size, Hash(naive.root(leaves)))


def branch(leaves: list[bytes]) -> Branch:
    return Branch(mirror_of(leaves), f"a note over {len(leaves)}")


LEDGER = naive.leaves(30)
FORKED = [*LEDGER[:12], *naive.leaves(20, "forked")]
EARLIER = [*LEDGER[:5], *naive.leaves(9, "earlier")]


def test_an_advance_travels_as_canonical_fields_and_nothing_else() -> None:
    advance = Advance(3, b"".join(LEDGER[3:5]), "note", (b"leaf 3", b"leaf 4"))
    data = msgspec.json.encode(advance)
    assert msgspec.json.decode(data, type=Advance) == advance
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(data[:-1] + b',"more":1}', type=Advance)


@pytest.mark.parametrize("start", [0, 1, 7, 16, 20])
@pytest.mark.parametrize("end", [20, 21, 30])
def test_a_mirror_grows_from_anywhere_inside_it(start: int, end: int) -> None:
    base = mirror_of(LEDGER[:20])
    found = extend([base], start, b"".join(LEDGER[start:end]), signed(LEDGER[:end]))
    assert found == mirror_of(LEDGER[:end])
    assert base == mirror_of(LEDGER[:20])


def test_a_first_advance_needs_no_base() -> None:
    assert extend([], 0, b"".join(LEDGER), signed(LEDGER)) == mirror_of(LEDGER)
    assert extend([], 0, b"", signed([])) == Mirror()
    assert extend([Mirror()], 0, b"".join(LEDGER), signed(LEDGER)) == mirror_of(LEDGER)


def test_what_is_held_already_comes_from_the_base_whatever_the_hashes_say() -> None:
    base = mirror_of(LEDGER)
    junk = naive.leaves(12, "junk")
    found = extend([base], 8, b"".join(junk), signed(LEDGER[:20]))
    assert found == mirror_of(LEDGER[:20])
    assert found._forest is base._forest
    assert extend([base], 20, b"", signed(LEDGER[:20])) == found
    assert extend([base], 0, b"", signed([])) == Mirror()


def test_an_advance_beyond_every_base_is_answered_not_believed() -> None:
    hashes = b"".join(LEDGER[21:])
    with pytest.raises(Beyond):
        extend([mirror_of(LEDGER[:20]), mirror_of(FORKED[:20])], 21, hashes, signed(LEDGER))
    with pytest.raises(Beyond):
        extend([], 21, hashes, signed(LEDGER))
    assert extend([mirror_of(LEDGER[:21])], 21, hashes, signed(LEDGER)) == mirror_of(LEDGER)


def test_an_advance_beyond_the_one_branch_that_it_may_continue_is_not_called_forged() -> None:
    bases = [mirror_of(LEDGER), mirror_of(FORKED[:20])]
    with pytest.raises(Beyond):
        extend(bases, 25, b"".join(FORKED[25:]), signed(FORKED))
    with pytest.raises(Forged):
        extend(bases, 20, b"".join(FORKED[21:]), signed(FORKED[:-1]))


def test_the_branch_that_it_continues_is_found_among_several() -> None:
    bases = [mirror_of(LEDGER[:20]), mirror_of(FORKED[:25]), mirror_of(EARLIER)]
    for ledger, start in itertools.product((LEDGER, FORKED), (0, 3, 12, 16, 20)):
        found = extend(bases, start, b"".join(ledger[start:]), signed(ledger))
        assert found == mirror_of(ledger)
    assert bases == [mirror_of(LEDGER[:20]), mirror_of(FORKED[:25]), mirror_of(EARLIER)]


def test_a_new_branch_may_leave_the_middle_of_one_that_is_not_the_first() -> None:
    bases = [mirror_of(LEDGER), mirror_of(FORKED)]
    third = [*FORKED[:17], *naive.leaves(6, "third")]
    found = extend(bases, 17, b"".join(third[17:]), signed(third))
    assert found == mirror_of(third)
    assert bases == [mirror_of(LEDGER), mirror_of(FORKED)]


def test_a_shorter_branch_than_all_bases_is_a_branch_all_the_same() -> None:
    short = [*LEDGER[:5], *naive.leaves(2, "short")]
    assert extend([mirror_of(LEDGER)], 5, b"".join(short[5:]), signed(short)) == mirror_of(short)


def test_hashes_that_lead_elsewhere_are_forged_and_leave_no_trace() -> None:
    base = mirror_of(LEDGER[:20])
    for start in (20, 13, 0):
        junk = naive.leaves(30 - start, "junk")
        with pytest.raises(Forged, match="signed root of 30"):
            extend([base], start, b"".join(junk), signed(LEDGER))
        assert base == mirror_of(LEDGER[:20])
    swapped = [*LEDGER[20:28], LEDGER[29], LEDGER[28]]
    with pytest.raises(Forged):
        extend([base], 20, b"".join(swapped), signed(LEDGER))
    found = extend([base], 20, b"".join(LEDGER[20:]), signed(LEDGER))
    assert found == mirror_of(LEDGER)


def test_right_hashes_after_the_wrong_branch_are_forged() -> None:
    with pytest.raises(Forged):
        extend([mirror_of(FORKED[:20])], 20, b"".join(LEDGER[20:]), signed(LEDGER))


@pytest.mark.parametrize(
    "start, length, size",
    [
        (20, 9 * HASH_BYTES, 30),
        (20, 11 * HASH_BYTES, 30),
        (20, 10 * HASH_BYTES - 1, 30),
        (20, 10 * HASH_BYTES + 1, 30),
        (31, 0, 30),
        (-1, 31 * HASH_BYTES, 30),
        (-1, HASH_BYTES, 0),
        (1 << 63, 0, 30),
    ],
)
def test_sizes_and_hashes_must_add_up(start: int, length: int, size: int) -> None:
    with pytest.raises(Malformed, match="do not reach"):
        extend([mirror_of(LEDGER)], start, bytes(length), signed(LEDGER, size))


def test_a_hundred_thousand_hashes_are_one_advance() -> None:
    leaves = naive.leaves(100_000)
    first = mirror_of(leaves[:10])
    checkpoint = Checkpoint(ORIGIN, 100_000, mirror_of(leaves).root)
    # As many bases as there may be, all alike up to the start: the hashes are added once only.
    bases = [first.extend(leaf) for leaf in naive.leaves(MAX_BRANCHES, "branch")]
    found = extend(bases, 10, b"".join(leaves[10:]), checkpoint)
    assert found.size == 100_000
    assert found.root == checkpoint.root


def test_a_branch_grows_in_its_place() -> None:
    one, other = branch(LEDGER[:20]), branch(FORKED[:20])
    assert grown((), one) == (one,)
    assert grown((one, other), branch(LEDGER)) == (branch(LEDGER), other)
    assert grown((one, other), branch(FORKED)) == (one, branch(FORKED))
    assert grown((branch([]),), one) == (one,)


def test_what_is_covered_changes_nothing() -> None:
    branches = (branch(LEDGER), branch(FORKED))
    for known in (LEDGER, LEDGER[:12], LEDGER[:20], FORKED, FORKED[:20], []):
        assert grown(branches, branch(known)) is branches
    assert grown(branches, Branch(mirror_of(LEDGER), "a later note over the same")) is branches


def test_a_contradiction_stands_beside_and_the_first_stays_first() -> None:
    first, second, third = branch(LEDGER[:20]), branch(FORKED[:20]), branch(EARLIER)
    branches = grown(grown((first,), second), third)
    assert branches == (first, second, third)
    assert grown(branches, branch(LEDGER)) == (branch(LEDGER), second, third)


def test_more_contradictions_than_convict_are_not_kept() -> None:
    branches: tuple[Branch, ...] = ()
    for i in range(MAX_BRANCHES):
        branches = grown(branches, branch([*LEDGER[:4], *naive.leaves(1, f"branch {i}")]))
    assert len(branches) == MAX_BRANCHES
    assert grown(branches, branch(LEDGER)) is branches
    longer = [*LEDGER[:4], *naive.leaves(3, "branch 7")]
    assert grown(branches, branch(longer))[7] == branch(longer)


@given(st.data())
def test_branches_always_contradict_one_another_and_hold_all_that_was_shown(
    data: st.DataObject,
) -> None:
    ledgers = [LEDGER, FORKED, EARLIER]
    branches: tuple[Branch, ...] = ()
    shown: list[list[bytes]] = []
    for _ in range(data.draw(st.integers(1, 10), "advances")):
        ledger = data.draw(st.sampled_from(ledgers), "ledger")
        end = data.draw(st.integers(0, len(ledger)), "end")
        start = data.draw(st.integers(0, end), "start")
        bases = [known.mirror for known in branches]
        try:
            found = extend(bases, start, b"".join(ledger[start:end]), signed(ledger[:end]))
        except Beyond:
            assert start > min((base.size for base in bases), default=0)
            continue
        except Forged:
            assert all(
                base.truncate(min(start, base.size)) != mirror_of(ledger[:start]) for base in bases
            )
            continue
        assert found == mirror_of(ledger[:end])
        first = branches[0].mirror if branches else Mirror()
        branches = grown(branches, Branch(found, "note"))
        shown.append(ledger[:end])
        kept = branches[0].mirror
        assert kept.starts_with(first)
        assert all(
            any(known.mirror.starts_with(mirror_of(ledger)) for known in branches)
            for ledger in shown
        )
        assert not any(
            one.mirror.starts_with(other.mirror)
            for one, other in itertools.permutations(branches, 2)
        )
