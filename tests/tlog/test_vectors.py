from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.errors import DetenteError
from detente.tlog.checkpoint import open_checkpoint
from detente.tlog.hash import Hash
from detente.tlog.keys import PublicKeys
from detente.tlog.note import format_note, parse_note, parse_verifier_key
from detente.tlog.policy import check_policy, format_policy, parse_policy
from detente.tlog.proof import check_proof, check_proof_under, format_proof, parse_proof
from tests.make_vectors import VECTORS, cases

FOLDERS = ("note", "vkey", "checkpoint", "policy", "tlog-proof")


def files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((VECTORS / folder).glob("*.json"))


def keys(case: dict[str, Any]) -> PublicKeys:
    first, second = (parse_verifier_key(text) for text in case["vkeys"])
    assert (first.name, first.algorithm) == (case["origin"], 0x01)
    assert (second.name, second.algorithm) == (case["origin"], 0x06)
    return PublicKeys(first.key, second.key)


def read_note(case: dict[str, Any]) -> None:
    note = case["note"] if "note" in case else base64.b64decode(case["note_base64"])
    opened = parse_note(note)
    assert format_note(opened) == note
    assert parse_note(note.encode()) == opened


def read_vkey(case: dict[str, Any]) -> None:
    assert parse_verifier_key(case["vkey"]).text() == case["vkey"]


def read_checkpoint(case: dict[str, Any]) -> None:
    signed = open_checkpoint(case["note"], case["origin"], keys(case))
    assert signed.checkpoint.origin == case["origin"]
    assert str(signed.checkpoint.size) == case["size"]
    assert signed.checkpoint.root.hex() == case["root_hex"]
    assert str(signed.time_s) == case["time_s"]
    ids = [line.key_id for line in parse_note(signed.note).signatures]
    assert ids == [parse_verifier_key(text).id for text in case["vkeys"]]
    assert open_checkpoint(signed.note, case["origin"], keys(case)) == signed


def read_policy(case: dict[str, Any]) -> None:
    policy = parse_policy(case["policy"])
    assert parse_policy(format_policy(policy)) == policy
    assert parse_policy(case["policy"].encode()) == policy
    check_policy(policy, case["note"])


def read_proof(case: dict[str, Any]) -> None:
    proof = parse_proof(case["proof"])
    assert format_proof(proof) == case["proof"]
    assert parse_proof(case["proof"].encode()) == proof
    check_proof(proof, Hash(bytes.fromhex(case["leaf_hex"])), case["origin"], keys(case))


READERS = {
    "note": read_note,
    "vkey": read_vkey,
    "checkpoint": read_checkpoint,
    "policy": read_policy,
    "tlog-proof": read_proof,
}


@pytest.mark.parametrize("path", list(files()), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_vector(path: Path) -> None:
    case = json.loads(path.read_text(encoding="utf-8"))
    read = READERS[path.parent.name]
    if case["expect"] == "ok":
        read(case)
        return
    with pytest.raises(DetenteError) as caught:
        read(case)
    assert type(caught.value).__name__ == case["expect"]


def test_every_case_has_its_file_and_every_file_its_case() -> None:
    made = dict(cases())
    assert len(made) == len(list(cases()))
    assert {f"{path.parent.name}/{path.stem}" for path in files()} == set(made)
    for name, case in made.items():
        kept = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
        signed = {"note", "proof"}  # may hold ML-DSA-44 signatures, which differ when made again
        assert kept.keys() == case.keys()
        assert {key: kept[key] for key in kept.keys() - signed} == {
            key: case[key] for key in case.keys() - signed
        }


def test_most_cases_are_negative() -> None:
    expected = [case["expect"] for _, case in cases()]
    assert expected.count("ok") * 2 < len(expected)


def test_a_policy_demands_of_a_proof_what_we_demand() -> None:
    case = json.loads((VECTORS / "tlog-proof" / "middle.json").read_text(encoding="utf-8"))
    policy = json.loads((VECTORS / "policy" / "signed-twice.json").read_text(encoding="utf-8"))
    proof, leaf = parse_proof(case["proof"]), Hash(bytes.fromhex(case["leaf_hex"]))
    ours = check_proof(proof, leaf, case["origin"], keys(case))
    theirs = check_proof_under(parse_policy(policy["policy"]), proof, leaf)
    assert theirs.checkpoint == ours.checkpoint
    assert list(theirs.times_s.values()) == [ours.time_s]
