"""A joint statement in one file: its texts, and that all agreed; and no lie in it survives."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detente.audit import check_statement, statement
from detente.errors import DetenteError, Forged, Refused
from detente.line.canonical import encode
from detente.tlog.hash import Hash
from tests.line.cases_vocabulary_2 import Speaker
from tests.lines import Line
from tests.stations import NORTHLAND, SOUTHMARK


@pytest.fixture(scope="module")
def line() -> Line:
    line = Line(vocabulary=2, languages=("en", "ru"))
    line.opened()
    return line


def agree(line: Line, form: str = "joint_statement") -> Hash:
    north, south = Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)
    proposal = north.form(form)
    accepted = south.act("accept", {}, proposal)
    north.act("conclude", {"accepts": [accepted.hex()]}, proposal)
    return proposal


def made(line: Line, proposal: Hash) -> bytes:
    station = line[SOUTHMARK]
    return statement(station.state, line.sealed(SOUTHMARK), station.leaf, proposal)


@pytest.fixture(scope="module")
def file(line: Line) -> bytes:
    return made(line, agree(line))


def test_it_shows_the_texts_and_that_all_agreed(file: bytes) -> None:
    found = check_statement(file)
    assert found.texts == {"en": "We agree.", "ru": "Мы согласны."}
    assert found.proposal.message.header.author == NORTHLAND
    assert [each.message.header.author for each in found.accepts] == [SOUTHMARK]
    assert {each.party for each in found.conclusion.heard} == {SOUTHMARK}


def test_a_changed_byte_is_found_wherever_it_is(file: bytes) -> None:
    for at in range(0, len(file), 97):
        spoilt = bytes([*file[:at], file[at] ^ 1, *file[at + 1 :]])
        with pytest.raises(DetenteError):
            check_statement(spoilt)


def test_parts_of_another_statement_do_not_pass(line: Line, file: bytes) -> None:
    whole: dict[str, Any] = msgspec.json.decode(file)
    other: dict[str, Any] = msgspec.json.decode(made(line, agree(line)))
    for change, why in (
        ({"accepts": other["accepts"]}, "it accepts something else"),
        ({"conclusion": other["conclusion"]}, "has not concluded it"),
        ({"conclusion": whole["accepts"][0]}, "has not concluded it"),
        ({"proposal": whole["conclusion"]}, "no joint statement"),
        ({"accepts": whole["accepts"] * 2}, "not every other party"),
        ({"accepts": [whole["proposal"]]}, "it accepts something else"),
    ):
        with pytest.raises(Forged, match=why):
            check_statement(encode({**whole, **change}))


def test_what_is_not_agreed_or_no_statement_is_refused(line: Line) -> None:
    north, south = Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)
    proposal = north.form("joint_statement")
    south.act("accept", {}, proposal)
    with pytest.raises(Refused, match="it is not agreed"):
        made(line, proposal)
    with pytest.raises(Refused, match="no joint statement"):
        made(line, agree(line, "form_of_address"))
