from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Forged, Malformed
from detente.tlog.hash import leaf_hash
from detente.tlog.policy import policy_of
from detente.tlog.proof import (
    MAX_EXTRA_BYTES,
    MAX_PROOF_BYTES,
    TlogProof,
    check_proof,
    check_proof_under,
    format_proof,
    parse_proof,
)
from tests.tlog.cases import LEAVES, LOG, ORIGIN, head, path, signed

NOTE = signed()


@pytest.mark.parametrize("size", range(1, len(LEAVES) + 1))
def test_every_leaf_of_every_size_is_proven_to_us_and_to_strangers(size: int) -> None:
    note, policy = signed(head(size)), policy_of(ORIGIN, LOG.public)
    for index, leaf in enumerate(LEAVES[:size]):
        proof = TlogProof(index, tuple(path(index, LEAVES[:size])), note, leaf)
        assert parse_proof(format_proof(proof)) == proof
        hashed = leaf_hash(leaf)
        assert check_proof(proof, hashed, ORIGIN, LOG.public).checkpoint == head(size)
        assert check_proof_under(policy, proof, hashed).checkpoint == head(size)
        with pytest.raises(Forged):
            check_proof(proof, leaf_hash(b"another"), ORIGIN, LOG.public)
        with pytest.raises(Forged):
            check_proof_under(policy, proof, leaf_hash(b"another"))


def test_bounds() -> None:
    largest = TlogProof(0, tuple(path(0, LEAVES)), NOTE, bytes(MAX_EXTRA_BYTES))
    assert parse_proof(format_proof(largest)) == largest
    for data in ("a" * (MAX_PROOF_BYTES + 1), b"a" * (MAX_PROOF_BYTES + 1)):
        with pytest.raises(Malformed, match="longer than"):
            parse_proof(data)


def test_bytes_that_are_no_text() -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        parse_proof(b"\xff")


TEXT = format_proof(TlogProof(3, tuple(path(3, LEAVES)), NOTE, b"extra"))


@given(st.integers(0, len(TEXT.partition("\n\n")[0]) + 100), st.characters())
def test_a_proof_with_one_character_changed_is_refused_or_another_proof(at: int, new: str) -> None:
    changed = TEXT[:at] + new + TEXT[at + 1 :]
    with contextlib.suppress(Malformed):
        assert format_proof(parse_proof(changed)) == changed


@given(st.lists(st.sampled_from(TEXT.splitlines(keepends=True))).map("".join))
def test_any_lines_are_a_proof_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert format_proof(parse_proof(text)) == text
