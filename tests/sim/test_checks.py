"""Each check fails when its promise is broken: a check that cannot fail keeps nothing."""

from __future__ import annotations

import pytest

from detente.line.entry import Own
from detente.sim.checks import Broken, Record, Written
from detente.tlog.checkpoint import Checkpoint
from detente.tlog.hash import leaf_hash
from detente.tlog.mirror import Mirror

ORIGIN = "north.example/" + "0" * 32
ONE, TWO, OTHER = (leaf_hash(leaf) for leaf in (b"one", b"two", b"other"))


def checkpoint(*leaves: bytes) -> Checkpoint:
    mirror = Mirror().extend(b"".join(leaves))
    return Checkpoint(ORIGIN, mirror.size, mirror.root)


def sealed(*ledgers: tuple[bytes, ...]) -> Record:
    record = Record()
    for leaves in ledgers:
        record.sealed("north", checkpoint(*leaves), b"".join(leaves))
    return record


def test_a_ledger_that_grows_keeps_every_promise() -> None:
    record = sealed((ONE,), (ONE, TWO), (ONE,))
    assert record.ledger("north").size == 2
    assert record.shows("north", Mirror().extend(ONE))


@pytest.mark.parametrize(
    "ledgers",
    [
        pytest.param(((ONE,), (OTHER,)), id="two roots for one size"),
        pytest.param(((ONE, TWO), (OTHER,)), id="a smaller one that is no beginning"),
        pytest.param(((ONE,), (OTHER, TWO)), id="a larger one that is no continuation"),
    ],
)
def test_two_ledgers_of_one_party(ledgers: tuple[tuple[bytes, ...], ...]) -> None:
    with pytest.raises(Broken, match="one root"):
        sealed(*ledgers)


def test_a_leaf_signed_twice() -> None:
    with pytest.raises(Broken, match="once"):
        sealed((ONE, TWO, ONE))


def test_what_nobody_signed_was_not_heard() -> None:
    record = sealed((ONE,), (ONE, TWO, OTHER))
    assert not record.shows("north", Mirror().extend(ONE + TWO))
    assert not record.shows("north", Mirror().extend(OTHER))


def test_what_was_signed_is_not_written_again_as_if_it_were_new() -> None:
    with pytest.raises(Broken, match="once"):
        Written("north", sealed((ONE,))).add(Own(b"one", 0), ORIGIN)


def test_what_was_never_signed_may_be_written_again() -> None:
    written = Written("north", sealed((ONE,)))
    written.resume(Own(b"one", 0), ORIGIN)
    written.add(Own(b"two", 0), ORIGIN)
