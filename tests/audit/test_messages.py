from __future__ import annotations

import msgspec
import pytest

from detente.audit import (
    Evidence,
    check_message,
    evidence,
    files,
    format_evidence,
    parse_evidence,
)
from detente.audit.keyring import REKEYS_MAX
from detente.errors import DetenteError, Forged, Malformed, Refused
from detente.line.rules import Thread
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.policy import parse_policy
from detente.tlog.proof import TlogProof, check_proof_under, format_proof, parse_proof
from tests.lines import Line, make_leaf, sign
from tests.stations import NORTHLAND, SOUTHMARK, TRIO, rekey_body

replace = msgspec.structs.replace


@pytest.fixture(scope="module")
def line() -> Line:
    line = Line(TRIO)
    line.opened()
    line.say(NORTHLAND, "query", {"text": "Whose?"})
    return line


def prove(
    line: Line, digest: Hash, *, by: str = SOUTHMARK, checkpoints: tuple[str, ...] = ()
) -> Evidence:
    station = line[by]
    return evidence(station.state, line.sealed(by), station.leaf, digest, checkpoints)


def check(line: Line, found: Evidence) -> tuple[str, list[str]]:
    """Who said it and who heard it."""
    proven = check_message(line.terms, found.message.encode(), found.proofs, found.rekeys)
    return proven.said.party, [each.party for each in proven.heard]


def asked(line: Line) -> Hash:
    (query,) = line[SOUTHMARK].state.begun[Thread.QUESTION]
    return query


def test_a_message_is_proven_said_and_heard_with_nothing_but_the_accord(line: Line) -> None:
    found = prove(line, asked(line))
    proven = check_message(line.terms, found.message.encode(), found.proofs)
    assert proven.message.body == {"text": "Whose?"}
    assert proven.leaf == asked(line)
    assert (proven.said.party, proven.said.index) == (NORTHLAND, 4)
    assert [each.party for each in proven.heard] == [SOUTHMARK, "westmere"]
    assert proven.said.time_s == line.now // 1000


def test_it_is_one_canonical_file(line: Line) -> None:
    found = prove(line, asked(line))
    data = format_evidence(found)
    assert data.startswith(b'{"format":"detente-message@v1","message":"{')
    assert parse_evidence(data) == found
    for spoilt in (data[:-1], data + b" ", data.replace(b"@v1", b"@v2"), b"{}"):
        with pytest.raises(Malformed):
            parse_evidence(spoilt)


def test_or_files_that_other_tools_read(line: Line) -> None:
    found = prove(line, asked(line))
    out = files(found, line.terms)
    assert sorted(out) == sorted(
        ["message.json", *(f"{name}.tlog-{kind}" for name in TRIO for kind in ("proof", "policy"))]
    )
    for name in TRIO:
        proof = parse_proof(out[f"{name}.tlog-proof"])
        policy = parse_policy(out[f"{name}.tlog-policy"])
        check_proof_under(policy, proof, leaf_hash(out["message.json"]))
        with pytest.raises(DetenteError):
            check_proof_under(policy, proof, leaf_hash(b"another message"))


def test_who_has_not_heard_is_not_said_to_have() -> None:
    line = Line()
    line.opened()
    line.unlink(NORTHLAND, SOUTHMARK)
    digest = line.say(NORTHLAND, "test")
    assert check(line, prove(line, digest, by=NORTHLAND)) == (NORTHLAND, [])


def test_what_is_not_ours_to_prove_is_refused(line: Line) -> None:
    with pytest.raises(Refused, match="no such message"):
        prove(line, Hash(bytes(32)))


def test_what_is_not_sealed_is_not_said() -> None:
    line = Line()
    line.opened()
    line.stations[NORTHLAND].signer_away = True
    digest = line.release(NORTHLAND, "test")
    with pytest.raises(Refused, match="northland has not signed it yet"):
        prove(line, digest, by=NORTHLAND)


def test_keys_that_were_changed_are_proven_too() -> None:
    line = Line()
    line.opened()
    rekey = line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 1))
    found = prove(line, rekey)
    assert len(found.rekeys) == 1
    assert check(line, found) == (NORTHLAND, [SOUTHMARK])
    with pytest.raises(Forged):
        check(line, replace(found, rekeys=()))
    assert len(files(found, line.terms)) == 5


def test_a_signature_by_keys_that_were_no_longer_in_force_proves_nothing() -> None:
    line = Line()
    line.opened()
    rekey = line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 1))
    genuine = prove(line, rekey)
    stolen = make_leaf(line.accord, NORTHLAND, "test", {"text": ""}, serial=2)
    forged = _signed_by_old_keys(line, [*line.leaves(NORTHLAND)[1:], stolen])
    # Whoever is not shown the rekey cannot know; whoever is, does.
    assert check_message(line.terms, stolen, [forged]).said.index == 4
    with pytest.raises(Forged):
        check_message(line.terms, stolen, [forged], genuine.rekeys)


def _signed_by_old_keys(line: Line, leaves: list[bytes]) -> str:
    branch = sign(line.accord, NORTHLAND, leaves, generation=0)
    last = branch.mirror.size - 1
    return format_proof(TlogProof(last, branch.mirror.inclusion(last, last + 1), branch.note))


def test_keys_changed_twice_need_a_checkpoint_by_those_in_between() -> None:
    line = Line()
    line.opened()
    line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 1))
    between = line.sealed(NORTHLAND).note
    line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 2))
    digest = line.say(NORTHLAND, "test")
    assert not line.errors
    found = prove(line, digest, checkpoints=(line.sealed(SOUTHMARK).note, between))
    assert len(found.rekeys) == 2
    assert check(line, found) == (NORTHLAND, [SOUTHMARK])
    with pytest.raises(Forged, match="not promised"):
        prove(line, digest)


# -- what does not hold ----------------------------------------------------------------------------


def test_other_words_are_not_proven(line: Line) -> None:
    found = prove(line, asked(line))
    with pytest.raises(Forged, match="does not lead to the root"):
        check(line, replace(found, message=found.message.replace("Whose?", "Yours?")))


def test_a_reader_s_ledger_does_not_show_that_it_was_said(line: Line) -> None:
    found = prove(line, asked(line))
    with pytest.raises(Forged, match="nothing shows that northland said it"):
        check(line, replace(found, proofs=found.proofs[1:]))


def test_one_proof_from_each_ledger(line: Line) -> None:
    found = prove(line, asked(line))
    with pytest.raises(Forged, match="a second proof from one ledger"):
        check(line, replace(found, proofs=(*found.proofs, found.proofs[1])))


def test_a_message_of_another_line(line: Line) -> None:
    found = prove(line, asked(line))
    other = Line(TRIO, name="other")
    with pytest.raises(Forged, match="another line"):
        check_message(other.terms, found.message.encode(), found.proofs)


def test_a_proof_of_a_stranger_s_ledger(line: Line) -> None:
    found = prove(line, asked(line))
    strange = found.proofs[1].replace(f"{SOUTHMARK}.example", "elsewhere.example")
    with pytest.raises(Forged, match="no party of the accord"):
        check(line, replace(found, proofs=(found.proofs[0], strange)))


@pytest.mark.parametrize("spoilt", ["message", "proof"])
def test_what_cannot_be_read(line: Line, spoilt: str) -> None:
    found = prove(line, asked(line))
    message = b"{}" if spoilt == "message" else found.message.encode()
    with pytest.raises(Malformed):
        check_message(line.terms, message, ["" if spoilt == "proof" else found.proofs[0]])


# -- rekeys that do not hold -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def turned() -> tuple[Line, Evidence]:
    line = Line()
    line.opened()
    digest = line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 1))
    return line, prove(line, digest)


def _carrying(proof: str, leaf: bytes) -> str:
    parsed = parse_proof(proof)
    return format_proof(TlogProof(parsed.index, parsed.path, parsed.note, leaf))


@pytest.mark.parametrize(
    "author,act,header,because",
    [
        ("westmere", "rekey", {}, "another line"),
        (NORTHLAND, "rekey", {"line": "00" * 32}, "another line"),
        (NORTHLAND, "open", {}, "not promised"),
        (SOUTHMARK, "rekey", {}, "not promised"),
        (NORTHLAND, "rekey", {"salt": "22" * 16}, "does not lead to the root"),
    ],
)
def test_a_rekey_that_was_never_said(
    turned: tuple[Line, Evidence], author: str, act: str, header: dict[str, str], because: str
) -> None:
    line, found = turned
    body = rekey_body(NORTHLAND, 1) if act == "rekey" else {}
    leaf = make_leaf(line.accord, author, act, body, **header)
    with pytest.raises(Forged, match=because):
        check(line, replace(found, rekeys=(_carrying(found.rekeys[0], leaf),)))


def test_a_rekey_that_only_the_old_keys_signed(turned: tuple[Line, Evidence]) -> None:
    line, found = turned
    proof = _signed_by_old_keys(line, line.leaves(NORTHLAND)[1:])
    with pytest.raises(Forged):
        check(line, replace(found, rekeys=(_carrying(proof, found.message.encode()),)))


def test_more_rekeys_than_a_line_has(turned: tuple[Line, Evidence]) -> None:
    line, found = turned
    with pytest.raises(Malformed, match="more than 256 rekeys"):
        check_message(line.terms, found.message.encode(), found.proofs, [""] * (REKEYS_MAX + 1))
