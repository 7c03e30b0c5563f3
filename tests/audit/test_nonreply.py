"""A certificate of non-reply proves what it says, and no lie in it survives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import pytest

from detente.audit import check_non_reply, non_reply
from detente.audit.keyring import prove_rekeys
from detente.audit.nonreply import NonReply
from detente.errors import DetenteError, Forged, Refused
from detente.line.canonical import encode
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.text import encode_base64
from tests.line.cases_vocabulary_2 import Speaker
from tests.lines import Line, advance_of, make_leaf, sign
from tests.stations import NORTHLAND, PRIORITY, ROUTINE, SOUTHMARK, TRIO, WESTMERE, rekey_body


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


def forge(
    line: Line, question: Hash, leaves: Sequence[bytes], generation: int = 0,
    rekeys: Sequence[str] = (), party: str = SOUTHMARK,
) -> bytes:  # fmt: skip
    """What whoever holds keys of the party could sign, around any leaves."""
    branch = sign(line.accord, party, leaves, generation)
    hashes = branch.mirror.hashes(0, branch.mirror.size)
    return encode(
        NonReply(
            accord=line.terms.decode(), hashes=encode_base64(hashes),
            messages=tuple(leaf.decode() for leaf in leaves), note=branch.note, party=party,
            question=question.hex(), rekeys=tuple(rekeys),
        )
    )  # fmt: skip


def opened(*parties: str, **changes: Any) -> Line:
    parties = parties or (NORTHLAND, SOUTHMARK)
    line = Line(parties, vocabulary=2, languages=("en", "ru"), **changes)
    line.opened()
    return line


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


def test_what_is_no_question_to_the_party_is_no_silence() -> None:
    line = opened()
    test = line.say(NORTHLAND, "test", {"text": ""})
    own = Speaker(line, SOUTHMARK).form("question")
    leaves = line.leaves(SOUTHMARK)[1:]
    with pytest.raises(Forged, match="this is no question"):
        check_non_reply(forge(line, test, leaves))
    with pytest.raises(Forged, match="nobody asked southmark this"):
        check_non_reply(forge(line, own, leaves))
    elsewhere = opened(name="elsewhere")
    asked = Speaker(elsewhere, NORTHLAND).form("question")
    with pytest.raises(Forged, match="nobody asked southmark this"):
        check_non_reply(forge(line, asked, elsewhere.leaves(SOUTHMARK)[1:]))


def test_an_answer_that_is_left_out_is_missed() -> None:
    line = opened()
    asked = Speaker(line, NORTHLAND).form("question")
    before = msgspec.json.decode(certificate(line, asked))
    Speaker(line, SOUTHMARK).form("answer", reply=asked)
    mirror = line[NORTHLAND].state.mirror(SOUTHMARK)
    note = line[NORTHLAND].state.branches[SOUTHMARK][0].note
    with pytest.raises(Forged, match="do not lead to the signed root"):
        check_non_reply(encode({**before, "note": note}))
    leaves = line.leaves(SOUTHMARK)[1:]
    with pytest.raises(Forged, match="it was answered"):
        check_non_reply(forge(line, asked, leaves))
    messages = (*(leaf.decode() for leaf in leaves[:-1]), "")
    hidden = {"messages": messages, "note": note}
    hashes = encode_base64(mirror.hashes(0, mirror.size))
    found = check_non_reply(encode({**before, **hidden, "hashes": hashes}))
    assert found.unseen == 1  # and so it says that this one may answer


@pytest.mark.parametrize("form, act", [("answer", "answer"), ("denial", "denial")])
def test_an_answer_and_a_denial_end_it_and_nobody_else_s(form: str, act: str) -> None:
    line = opened(*TRIO)
    asked = Speaker(line, NORTHLAND).form("question")
    line.say(WESTMERE, "answer", {"text": "not ours"}, reply=asked)
    assert check_non_reply(certificate(line, asked)).party == SOUTHMARK
    Speaker(line, SOUTHMARK).form(form, act, asked)
    with pytest.raises(Refused, match="it was answered"):
        certificate(line, asked)


def test_a_question_that_was_withdrawn_is_no_silence() -> None:
    line = opened()
    asked = Speaker(line, NORTHLAND).form("question")
    reason = {"reason": {"language": "en", "text": "found"}}
    Speaker(line, NORTHLAND).act("cancel", reason, asked)
    with pytest.raises(Refused, match="it was withdrawn"):
        certificate(line, asked)
    with pytest.raises(Forged, match="it was withdrawn"):
        check_non_reply(forge(line, asked, line.leaves(SOUTHMARK)[1:]))


def test_who_was_asked_may_be_left_out_where_it_is_one() -> None:
    line = opened()
    asked = Speaker(line, NORTHLAND).form("question")
    assert check_non_reply(certificate(line, asked, "")).party == SOUTHMARK
    trio = opened(*TRIO)
    asked = Speaker(trio, NORTHLAND).form("question")
    with pytest.raises(Refused, match="several parties were asked") as caught:
        certificate(trio, asked, "")
    assert caught.value.mend == "one of southmark, westmere"
    assert check_non_reply(certificate(trio, asked, WESTMERE)).party == WESTMERE


def test_the_keys_are_those_that_the_ledger_has_come_to() -> None:
    line = opened()
    line.say(SOUTHMARK, "rekey", rekey_body(SOUTHMARK, 1))
    asked = Speaker(line, NORTHLAND).form("question")
    genuine = certificate(line, asked)
    assert check_non_reply(genuine).party == SOUTHMARK
    whole = msgspec.json.decode(genuine)
    leaves, station = line.leaves(SOUTHMARK)[1:], line[NORTHLAND]
    with pytest.raises(Forged, match="a rekey that is not proven"):
        check_non_reply(encode({**whole, "rekeys": []}))
    with pytest.raises(Forged, match="a rekey that is not proven"):  # a thief of the old keys
        check_non_reply(forge(line, asked, leaves))
    rekeys = [*prove_rekeys(station.state, line.sealed(NORTHLAND), station.leaf, SOUTHMARK, ())]
    with pytest.raises(Forged):
        check_non_reply(forge(line, asked, leaves, 0, rekeys))
    assert check_non_reply(forge(line, asked, leaves, 1, rekeys)).size == len(leaves) + 1


def test_an_answer_in_another_record_of_the_party_is_known_too() -> None:
    line = opened()
    asked = Speaker(line, NORTHLAND).form("question")
    leaves = line.leaves(SOUTHMARK)[1:]
    reply = {"precedence": ROUTINE, "epoch": 1, "reply": asked.hex()}
    late = make_leaf(line.accord, SOUTHMARK, "answer", {"text": "ours"}, **reply)
    line.say(SOUTHMARK, "test", {"text": ""}, precedence=PRIORITY)
    line.show(NORTHLAND, advance_of(sign(line.accord, SOUTHMARK, [*leaves, late]), *leaves, late))
    state = line[NORTHLAND].state
    assert state.contradicted == (SOUTHMARK,)
    assert leaf_hash(late) in state.messages
    with pytest.raises(Refused, match="it was answered"):
        certificate(line, asked)


def test_a_leaf_whose_bytes_are_withheld_from_us_stands_by_its_hash() -> None:
    line = opened()
    asked = Speaker(line, NORTHLAND).form("question")
    leaves = line.leaves(SOUTHMARK)[1:]
    secret = make_leaf(line.accord, SOUTHMARK, "test", {"text": "?"}, precedence=ROUTINE, epoch=1)
    withheld = advance_of(sign(line.accord, SOUTHMARK, [*leaves, secret]), *leaves)
    line.show(NORTHLAND, withheld)
    assert leaf_hash(secret) in line[NORTHLAND].state.outstanding
    found = check_non_reply(certificate(line, asked))
    assert (found.unseen, found.size) == (1, len(leaves) + 2)
