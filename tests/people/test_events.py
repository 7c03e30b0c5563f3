"""The leaves of a book: exact bytes in, exact bytes out."""

from __future__ import annotations

import pytest

from detente.errors import Malformed
from detente.people.events import Admitted, Failed, Leaf, format_leaf, parse_leaf, plain

LEAF = Leaf(at=1, number=0, what=Failed(officer="alfa", seat="one"))


def test_a_leaf_reads_back() -> None:
    assert parse_leaf(format_leaf(LEAF)) == LEAF
    assert plain(LEAF) == {
        "at": 1,
        "number": 0,
        "event": "failed",
        "officer": "alfa",
        "seat": "one",
    }


@pytest.mark.parametrize(
    "old, new",
    [
        (b'"at":1', b'"at": 1'),
        (b'"at":1', b'"at":1.0'),
        (b'"at":1', b'"at":-1'),
        (b"failed", b"threatened"),
        (b'"alfa"', b'"Baker"'),
        (b'"seat":"one"', b'"seat":"one","more":1'),
        (b'"seat":"one"', b'"seat":"one","seat":"one"'),
        (b"{", b""),
    ],
)
def test_anything_else_is_malformed(old: bytes, new: bytes) -> None:
    with pytest.raises(Malformed):
        parse_leaf(format_leaf(LEAF).replace(old, new, 1))


@pytest.mark.parametrize("scope", ["border", "border/", "*/duty", "Border/*"])
def test_a_need_to_know_names_a_channel_a_line_or_all(scope: str) -> None:
    what = Admitted(administrator=False, needs=(scope,), officer="alfa", posts=(), until=1)
    with pytest.raises(Malformed):
        parse_leaf(format_leaf(Leaf(at=1, number=0, what=what)))
