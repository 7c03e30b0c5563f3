"""A certificate of non-reply proves what it says, and no lie in it survives."""

from __future__ import annotations

import msgspec
import pytest

from detente.audit import check_non_reply, non_reply
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


@pytest.fixture(scope="module")
def question(line: Line) -> Hash:
    return Speaker(line, NORTHLAND).form("question")


@pytest.fixture(scope="module")
def file(line: Line, question: Hash) -> bytes:
    return certificate(line, question)


def certificate(line: Line, question: Hash, party: str = SOUTHMARK) -> bytes:
    station = line[NORTHLAND]
    return non_reply(station.state, line.sealed(NORTHLAND), station.leaf, question, party)


def test_it_shows_the_question_the_size_the_time_and_no_answer(
    line: Line, question: Hash, file: bytes
) -> None:
    found = check_non_reply(file)
    assert (found.party, found.unseen) == (SOUTHMARK, 0)
    assert found.question.header.author == NORTHLAND
    assert found.size == line[NORTHLAND].state.mirror(SOUTHMARK).size
    assert found.index == found.size - 1
    assert found.time_s > 0


def test_a_changed_byte_is_found_wherever_it_is(file: bytes) -> None:
    for at in range(0, len(file), 41):
        spoilt = bytes([*file[:at], file[at] ^ 1, *file[at + 1 :]])
        with pytest.raises(DetenteError):
            check_non_reply(spoilt)


def test_lies_are_found(line: Line, file: bytes) -> None:
    whole = msgspec.json.decode(file)
    other = check_non_reply(file).question.header.line
    lies = (
        ({"question": other}, "the question does not stand"),
        ({"party": "eastmark"}, "no party"),
        ({"party": NORTHLAND}, "."),
        ({"messages": whole["messages"][:-1]}, "."),
        ({"messages": ["", *whole["messages"][1:-1], ""]}, "the question does not stand"),
        ({"messages": [whole["messages"][1], *whole["messages"][1:]]}, "not what its hash says"),
    )
    for change, why in lies:
        with pytest.raises(DetenteError, match=why):
            check_non_reply(encode({**whole, **change}))


def test_a_leaf_that_was_never_shown_is_counted_and_said(file: bytes) -> None:
    whole = msgspec.json.decode(file)
    hidden = encode({**whole, "messages": ["", *whole["messages"][1:]]})
    assert check_non_reply(hidden).unseen == 1


def test_what_was_answered_is_no_silence_and_the_earlier_certificate_still_holds(
    line: Line, question: Hash, file: bytes
) -> None:
    north, south = Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)
    with pytest.raises(Refused, match="this is no question"):
        certificate(line, north.act("test", {"text": ""}))
    with pytest.raises(Refused, match="is not who was asked"):
        certificate(line, question, NORTHLAND)
    south.form("answer", reply=question)
    with pytest.raises(Refused, match="it was answered"):
        certificate(line, question)
    assert check_non_reply(file).party == SOUTHMARK
    late = msgspec.json.decode(file)
    station = line[NORTHLAND]
    mirror = station.state.mirror(SOUTHMARK)
    assert mirror.size > len(late["messages"]) + 1


def test_a_question_that_was_not_heard_is_no_silence(line: Line) -> None:
    line.unlink(NORTHLAND, SOUTHMARK)
    asked = line.release(NORTHLAND, "query", {"text": "and now?"})
    with pytest.raises(Refused, match="that is no silence"):
        certificate(line, asked)
    line.link(NORTHLAND, SOUTHMARK)
    line.deliver()
    assert check_non_reply(certificate(line, asked)).unseen == 0


def test_a_file_of_another_accord_is_forged(file: bytes) -> None:
    whole = msgspec.json.decode(file)
    other = Line(vocabulary=2, languages=("en", "ru", "uk")).terms.decode()
    with pytest.raises(Forged, match="another accord"):
        check_non_reply(encode({**whole, "accord": other}))
