"""Whose checkpoints to believe now, in a file for witnesses."""

from __future__ import annotations

from pathlib import Path

from detente.tlog.note import COSIGNATURE_MLDSA44, ED25519, parse_verifier_key
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, founded


def test_the_keys_in_force_are_those_after_the_last_rekey(tmp_path: Path) -> None:
    north = founded(tmp_path).actors[NORTH].folder
    before = answer("keys", LINE, folder=north)
    assert before["file"] is None
    assert tuple(before["keys"][NORTH]) == tuple(answer("card", LINE, folder=north)["keys"])
    answer("rekey", LINE, "--yes", folder=north)
    after = answer("keys", LINE, "--out", tmp_path / "keys.txt", folder=north)
    assert after["keys"][SOUTH] == before["keys"][SOUTH]
    assert set(after["keys"][NORTH]).isdisjoint(before["keys"][NORTH])
    written = (tmp_path / "keys.txt").read_text().split()
    assert written == [*after["keys"][NORTH], *after["keys"][SOUTH]]
    kinds = [parse_verifier_key(key).algorithm for key in written]
    assert kinds == [ED25519, COSIGNATURE_MLDSA44] * 2


def test_a_person_sees_whose_they_are(tmp_path: Path) -> None:
    north = founded(tmp_path).actors[NORTH].folder
    spoken = detente("keys", LINE, folder=north).out
    assert spoken.index(NORTH) < spoken.index(SOUTH)
