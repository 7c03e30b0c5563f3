"""A joint statement in one file: its texts, and that all agreed; and no lie in it survives."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detente.audit import Evidence, check_statement, evidence, statement
from detente.errors import DetenteError, Forged, Malformed, Refused
from detente.line import threads
from detente.line.canonical import encode
from detente.line.message import Precedence
from detente.tlog.hash import Hash, leaf_hash
from tests import lines
from tests.line.cases_vocabulary_2 import Speaker
from tests.lines import Line
from tests.stations import NORTHLAND, SOUTHMARK, TRIO, WESTMERE, card, rekey_body

replace = msgspec.structs.replace


def make_line(*parties: str, **changes: Any) -> Line:
    line = Line(parties or (NORTHLAND, SOUTHMARK), vocabulary=2, languages=("en", "ru"), **changes)
    line.opened()
    return line


@pytest.fixture(scope="module")
def line() -> Line:
    return make_line()


def agree(line: Line, form: str = "joint_statement", **more: Any) -> Hash:
    """Northland proposes and concludes, everybody else accepts."""
    north = Speaker(line, NORTHLAND)
    proposal = north.form(form, **more)
    others = [name for name in line.stations if name != NORTHLAND]
    accepts = [Speaker(line, name).act("accept", {}, proposal) for name in others]
    north.act("conclude", {"accepts": [leaf.hex() for leaf in accepts]}, proposal)
    return proposal


def made(line: Line, proposal: Hash) -> bytes:
    station = line[SOUTHMARK]
    return statement(station.state, line.sealed(SOUTHMARK), station.leaf, proposal)


@pytest.fixture(scope="module")
def file(line: Line) -> bytes:
    return made(line, agree(line))


@pytest.fixture(scope="module")
def whole(file: bytes) -> dict[str, Any]:
    value: dict[str, Any] = msgspec.json.decode(file)
    return value


def prints(line: Line) -> frozenset[Hash]:
    return frozenset(each.fingerprint() for each in line.accord.parties)


# -- honest ----------------------------------------------------------------------------------------


def test_it_shows_the_texts_and_that_all_agreed(line: Line, file: bytes) -> None:
    found = check_statement(file)
    assert found.texts == {"en": "We agree.", "ru": "Мы согласны."}
    assert found.proposal.message.header.author == NORTHLAND
    assert [each.message.header.author for each in found.accepts] == [SOUTHMARK]
    assert {each.party for each in found.conclusion.heard} == {SOUTHMARK}
    assert (found.line, found.cards) == (line[NORTHLAND].state.line, line.accord.parties)
    assert found.exercise


def test_the_accord_stays_private(line: Line, file: bytes, whole: dict[str, Any]) -> None:
    assert sorted(whole) == ["accepts", "cards", "conclusion", "exercise", "format", "proposal"]
    for private in ("Duty officers", "acknowledge_s", "bytes_a_minute", "strait"):
        assert private in line.terms.decode()
        assert private not in file.decode()


def test_whose_keys_these_are_is_known_from_fingerprints(line: Line, file: bytes) -> None:
    found = check_statement(file)
    assert found.untrusted(prints(line)) == ()
    assert found.untrusted({card(NORTHLAND).fingerprint()}) == (SOUTHMARK,)
    assert found.untrusted(frozenset()) == (NORTHLAND, SOUTHMARK)


def test_three_parties_agree_and_one_has_new_keys() -> None:
    line = make_line(*TRIO)
    Speaker(line, WESTMERE).act("rekey", rekey_body(WESTMERE, 1))
    found = check_statement(made(line, agree(line)))
    assert {each.message.header.author for each in found.accepts} == {SOUTHMARK, WESTMERE}
    assert found.untrusted(prints(line)) == ()


def test_a_counter_proposal_may_be_what_is_agreed() -> None:
    line = make_line()
    north, south = Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)
    counter = south.form("joint_statement", "counter", north.form("joint_statement"))
    accepted = north.act("accept", {}, counter)
    south.act("conclude", {"accepts": [accepted.hex()]}, counter)
    assert check_statement(made(line, counter)).proposal.message.header.author == SOUTHMARK


def test_what_is_not_agreed_or_no_statement_is_refused() -> None:
    line = make_line()
    north, south = Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)
    proposal = north.form("joint_statement")
    south.act("accept", {}, proposal)
    with pytest.raises(Refused, match="it is not agreed"):
        made(line, proposal)
    with pytest.raises(Refused, match="no joint statement"):
        made(line, agree(line, "form_of_address"))
    with pytest.raises(Refused, match="marked ours, not joint"):
        made(line, agree(line, releasability="ours"))
    with pytest.raises(Refused, match="no joint statement"):
        made(line, Hash(bytes(32)))


# -- lies ------------------------------------------------------------------------------------------


def test_a_changed_byte_is_found_wherever_it_is(line: Line, file: bytes) -> None:
    """In the file itself, or, in a card, because nobody has published such a fingerprint."""
    for at in range(0, len(file), 97):
        spoilt = bytes([*file[:at], file[at] ^ 1, *file[at + 1 :]])
        try:
            found = check_statement(spoilt)
        except DetenteError:
            continue
        assert found.untrusted(prints(line)), at


def test_parts_of_another_statement_do_not_pass(line: Line, whole: dict[str, Any]) -> None:
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


def test_parts_of_another_line_do_not_pass(whole: dict[str, Any]) -> None:
    elsewhere = make_line(name="elsewhere")
    other: dict[str, Any] = msgspec.json.decode(made(elsewhere, agree(elsewhere)))
    for part in ("accepts", "conclusion", "proposal"):
        with pytest.raises(Forged, match="another line"):
            check_statement(encode({**whole, part: other[part]}))


def test_a_party_that_is_left_out_is_missed() -> None:
    line = make_line(*TRIO)
    whole: dict[str, Any] = msgspec.json.decode(made(line, agree(line)))
    by = [each["message"] for each in whole["accepts"]]
    kept = [a for a, m in zip(whole["accepts"], by, strict=True) if WESTMERE not in m]
    with pytest.raises(Forged, match="not every other party"):
        check_statement(encode({**whole, "accepts": kept}))
    cards = [text for text in whole["cards"] if WESTMERE not in text]
    with pytest.raises(Forged, match="no party"):  # whose ledgers prove it to be heard
        check_statement(encode({**whole, "cards": cards, "accepts": kept}))
    for part in (whole["proposal"], whole["conclusion"], *kept):
        part["proofs"] = [text for text in part["proofs"] if f"{WESTMERE}.example" not in text]
    with pytest.raises(Forged, match="other acceptances"):
        check_statement(encode({**whole, "cards": cards, "accepts": kept}))


def test_keys_of_another_card_do_not_pass(whole: dict[str, Any]) -> None:
    north, south, west = map(card, TRIO)
    forged = replace(south, ed25519=west.ed25519, mldsa44=west.mldsa44)
    with pytest.raises(Forged):
        check_statement(encode({**whole, "cards": [encode(c).decode() for c in (north, forged)]}))
    renamed = replace(south, party=WESTMERE)
    with pytest.raises(Forged):
        check_statement(encode({**whole, "cards": [encode(c).decode() for c in (north, renamed)]}))


def test_only_whoever_proposed_it_concludes_it() -> None:
    line = make_line()
    proposal = agree(line)
    whole: dict[str, Any] = msgspec.json.decode(made(line, proposal))
    (accepted,) = threads.proposal(line[NORTHLAND].state, proposal).accepted
    serial = line[SOUTHMARK].state.tally(SOUTHMARK, Precedence.ROUTINE)
    lie = lines.make_leaf(
        line.accord, SOUTHMARK, "conclude", {"accepts": [accepted.hex()]}, epoch=1,
        precedence=Precedence.ROUTINE, reply=proposal.hex(), serial=serial,
    )  # fmt: skip
    ledger = lines.sign(line.accord, SOUTHMARK, [*line.leaves(SOUTHMARK)[1:], lie])
    line.show(NORTHLAND, lines.advance_of(ledger, lie))
    station = line[NORTHLAND]
    proven = evidence(station.state, line.sealed(NORTHLAND), station.leaf, leaf_hash(lie))
    with pytest.raises(Forged, match="its proposer has not concluded it"):
        check_statement(encode({**whole, "conclusion": proven}))


def test_another_form_that_was_agreed_is_no_statement(line: Line, whole: dict[str, Any]) -> None:
    proposal = agree(line, "form_of_address")
    station = line[SOUTHMARK]
    (conclusion,) = threads.proposal(station.state, proposal).concluded

    def prove(leaf: Hash) -> Evidence:
        return evidence(station.state, line.sealed(SOUTHMARK), station.leaf, leaf)

    accepts = tuple(map(prove, station.state.messages[conclusion].named))
    change = {"accepts": accepts, "conclusion": prove(conclusion), "proposal": prove(proposal)}
    with pytest.raises(Forged, match="no joint statement"):
        check_statement(encode({**whole, **change}))


def test_cards_that_let_one_play_another_are_none(whole: dict[str, Any]) -> None:
    north, south = card(NORTHLAND), card(SOUTHMARK)
    for cards, why in (
        ((south, north), "in the order"),
        ((north, north), "in the order"),
        ((north, replace(north, party=SOUTHMARK)), "the same origin"),
        ((north, replace(south, ed25519=north.ed25519)), "the same ed25519"),
        ((north, replace(south, mldsa44=north.mldsa44)), "the same mldsa44"),
    ):
        with pytest.raises(Malformed, match=why):
            check_statement(encode({**whole, "cards": [encode(c).decode() for c in cards]}))
