"""The vectors of messages, accords, advances, exports and vocabularies, read as anybody would."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.audit import audit, parse_export
from detente.errors import DetenteError
from detente.line.accord import parse_accord
from detente.line.canonical import encode
from detente.line.decide import check_advance
from detente.line.entry import Grown
from detente.line.evolve import evolve
from detente.line.frame import Carried, parse_frame
from detente.line.message import format_message, parse_message
from detente.line.rules import VOCABULARIES
from detente.line.slots import SlotKind, check_slot
from detente.line.state import State, begin
from detente.tlog.advance import Advance, Beyond
from detente.tlog.checkpoint import open_checkpoint
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash
from tests.line import cases_slots
from tests.line.cases_vocabulary import digest, dump, tables
from tests.line.cases_vocabulary_2 import dump_2, tables_2
from tests.lines import sign_hashes
from tests.make_vectors import VECTORS
from tests.make_vectors_line import cases
from tests.stations import NORTHLAND, SOUTHMARK

FOLDERS = (
    "message", "accord", "advance", "export", "vocabulary-1", "vocabulary-2", "vocabulary-3",
    "slots",
)  # fmt: skip
SIGNED = {"frame", "export"}  # hold ML-DSA-44 signatures, which differ when made again
Case = dict[str, Any]


def files() -> Iterator[Path]:
    for folder in FOLDERS:
        yield from sorted((VECTORS / folder).glob("*.json"))


def load(name: str) -> Case:
    case: Case = json.loads((VECTORS / f"{name}.json").read_text(encoding="utf-8"))
    return case


def read_message(case: Case) -> None:
    leaf = case["leaf"].encode() if "leaf" in case else base64.b64decode(case["leaf_base64"])
    message = parse_message(leaf)
    assert format_message(message) == leaf
    assert leaf_hash(leaf).hex() == case["leaf_hash_hex"]


def read_accord(case: Case) -> None:
    terms = case["accord"].encode()
    assert encode(parse_accord(terms)) == terms
    assert leaf_hash(terms).hex() == case["line_hex"]


def holding(terms: bytes, hashes: bytes) -> State:
    """Northland, holding so much of southmark's ledger."""
    state = begin(NORTHLAND, terms)
    held = [Hash(hashes[at : at + HASH_BYTES]) for at in range(0, len(hashes), HASH_BYTES)]
    if not held:
        return state
    note = sign_hashes(state.first, SOUTHMARK, held).note
    return evolve(state, Grown(Advance(0, hashes, note, ()), 0))


def read_advance(case: Case) -> None:
    terms = load(f"accord/{case['accord']}")["accord"].encode()
    state = holding(terms, base64.b64decode(case["held_base64"]))
    frame = parse_frame(case["frame"].encode())
    assert isinstance(frame, Carried)
    whose, branch = check_advance(state, frame.advance, open_checkpoint)
    assert whose == SOUTHMARK
    assert (str(branch.mirror.size), branch.mirror.root.hex()) == (case["size"], case["root_hex"])


def read_export(case: Case) -> None:
    report = audit(parse_export(case["export"].encode()))
    found = [f"{each.code.value}: {each.where}" for each in report.findings]
    assert found == case["findings"]


def read_vocabulary(case: Case) -> None:
    file = parse_export(case["export"].encode())
    report = audit(file)
    assert [each.code.value for each in report.findings] == ["equivocation"]
    assert digest(dump(report.state)) == case["state_sha256"]
    vocabulary = VOCABULARIES[parse_accord(file.terms).vocabulary]
    assert digest(tables(vocabulary)) == case["tables_sha256"]


def read_vocabulary_2(case: Case) -> None:
    file = parse_export(case["export"].encode())
    report = audit(file)
    assert report.findings == ()
    assert digest(dump_2(report.state)) == case["state_sha256"]
    vocabulary = VOCABULARIES[parse_accord(file.terms).vocabulary]
    assert digest(tables_2(vocabulary)) == case["tables_sha256"]


def read_slot(case: Case) -> None:
    check_slot(SlotKind(case["kind"]), case["value"], tuple(case.get("terms", ())), "slot")


READERS = {
    "message": read_message,
    "accord": read_accord,
    "advance": read_advance,
    "export": read_export,
    "vocabulary-1": read_vocabulary,
    "vocabulary-2": read_vocabulary_2,
    "vocabulary-3": read_vocabulary_2,
    "slots": read_slot,
}


@pytest.mark.parametrize("path", list(files()), ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_vector(path: Path) -> None:
    case, read = load(f"{path.parent.name}/{path.stem}"), READERS[path.parent.name]
    assert next(iter(case)) == "expect"
    if case["expect"] in ("ok", "findings"):
        read(case)
        return
    with pytest.raises((DetenteError, Beyond)) as caught:
        read(case)
    assert type(caught.value).__name__ == case["expect"]


def test_every_case_has_its_file_and_every_file_its_case() -> None:
    made = dict(cases())
    assert len(made) == len(list(cases()))
    assert {f"{path.parent.name}/{path.stem}" for path in files()} == set(made)
    for name, case in made.items():
        kept = load(name)
        assert kept.keys() == case.keys()
        for key in kept.keys() - SIGNED:
            assert kept[key] == case[key], name


def test_most_cases_are_negative() -> None:
    expected = [case["expect"] for _, case in cases()]
    assert expected.count("ok") * 2 < len(expected)


def test_the_frozen_ledger_says_everything_that_the_vocabulary_has() -> None:
    report = audit(parse_export(load("vocabulary-1/ledger")["export"].encode()))
    vocabulary = VOCABULARIES[1]
    assert {each.act for each in report.messages} == {*vocabulary.acts, "sing"}
    assert {each.mark.value for each in report.irregular} == {"contradicted", "not understood"}


def test_the_second_frozen_ledger_says_every_act_and_every_form() -> None:
    report = audit(parse_export(load("vocabulary-2/ledger")["export"].encode()))
    vocabulary = VOCABULARIES[2]
    assert {each.act for each in report.messages} == {*vocabulary.acts}
    said = report.state.messages.values()
    assert {each.form.number for each in said if each.form} == {*vocabulary.forms}
    assert not report.irregular


def test_the_third_frozen_ledger_says_every_act_and_form_that_it_adds() -> None:
    report = audit(parse_export(load("vocabulary-3/ledger")["export"].encode()))
    two, three = VOCABULARIES[2], VOCABULARIES[3]
    assert {each.act for each in report.messages} >= three.acts.keys() - two.acts.keys()
    said = report.state.messages.values()
    forms = {each.form.number for each in said if each.form}
    assert forms >= three.forms.keys() - two.forms.keys()
    assert not report.irregular


@pytest.mark.parametrize("kind", SlotKind)
def test_every_kind_of_slot_has_vectors_that_are_taken_and_some_that_are_not(
    kind: SlotKind,
) -> None:
    made = [case["expect"] for _, case in cases_slots.cases() if case["kind"] == kind.value]
    assert {*made} == {"ok", "Malformed"}


@pytest.mark.parametrize("version", VOCABULARIES)
def test_every_vocabulary_that_is_released_has_its_frozen_ledger(version: int) -> None:
    assert (VECTORS / f"vocabulary-{version}" / "ledger.json").is_file()
