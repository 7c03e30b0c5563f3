"""What becomes of proposals, incidents, zones and questions: the same for all who heard it."""

from __future__ import annotations

from typing import Any

import pytest

from detente.errors import Refused
from detente.line.rules import Mark
from detente.line.threads import (
    answer_due,
    incidents,
    latest,
    proposals,
    questions,
    shared,
    zones,
)
from detente.tlog.hash import Hash
from tests.line.cases_vocabulary_2 import FORMS, WORDS, Speaker
from tests.lines import Line
from tests.phrase.bodies import example
from tests.stations import NORTHLAND, PAIR, SOUTHMARK, TRIO, check_agreed


def stage(parties: Any = PAIR) -> tuple[Line, Any]:
    line = Line(parties, vocabulary=2, languages=("en", "ru"))
    line.opened()
    return line, [Speaker(line, party) for party in line.stations]


def conclude(speaker: Speaker, proposal: Hash, *accepts: Hash) -> Hash:
    return speaker.act("conclude", {"accepts": [leaf.hex() for leaf in accepts]}, proposal)


def test_nothing_is_agreed_until_its_proposer_concludes() -> None:
    line, (north, south) = stage()
    proposal = north.form("contact_proposal")
    accepted = south.act("accept", {}, proposal)
    (found,) = proposals(line[SOUTHMARK].state)
    assert (found.accepted, found.agreed) == ((accepted,), False)
    with pytest.raises(Refused, match="a reply only to a message of the same party"):
        conclude(south, proposal, accepted)
    conclude(north, proposal, accepted)
    assert all(proposals(line[party].state)[0].agreed for party in line.stations)
    for act, body in (("accept", {}), ("reject", {"reason": None})):
        with pytest.raises(Refused, match="is agreed already"):
            south.act(act, body, proposal)
    with pytest.raises(Refused, match="is agreed already"):
        north.act("cancel", {"reason": WORDS}, proposal)
    check_agreed(line)


def test_every_other_party_has_to_accept() -> None:
    line, (north, south, third) = stage(TRIO)
    proposal = north.form("contact_proposal")
    one = south.act("accept", {}, proposal)
    with pytest.raises(Refused, match="not every other party has accepted"):
        conclude(north, proposal, one)
    with pytest.raises(Refused, match="we have given our answer"):
        south.act("reject", {"reason": None}, proposal)
    other = third.act("accept", {}, proposal)
    conclude(north, proposal, one, other)
    assert proposals(line[SOUTHMARK].state)[0].agreed
    check_agreed(line)


def test_an_acceptance_of_another_proposal_is_none() -> None:
    _, (north, south) = stage()
    one, other = north.form("contact_proposal"), north.form("form_of_address")
    accepted = south.act("accept", {}, other)
    with pytest.raises(Refused, match="no acceptance of this proposal"):
        conclude(north, one, accepted)
    with pytest.raises(Refused, match="an acceptance that we have not heard"):
        conclude(north, one, Hash(bytes(32)))


def test_a_counter_proposal_is_a_proposal_of_its_own_and_keeps_the_form() -> None:
    line, (north, south) = stage()
    proposal = north.form("contact_proposal")
    with pytest.raises(Refused, match="another form than what it replies to"):
        south.form("form_of_address", "counter", proposal)
    counter = south.form("contact_proposal", "counter", proposal)
    conclude(south, counter, north.act("accept", {}, counter))
    first, second = sorted(proposals(line[NORTHLAND].state), key=lambda each: each.agreed)
    assert (first.proposal, first.countered) == (proposal, (counter,))
    assert second.proposal == counter


def test_what_was_withdrawn_is_not_accepted() -> None:
    _, (north, south) = stage()
    proposal = north.form("contact_proposal")
    north.act("cancel", {"reason": WORDS}, proposal)
    with pytest.raises(Refused, match="was withdrawn"):
        south.act("accept", {}, proposal)


def test_an_incident_holds_two_accounts_and_is_closed_by_both() -> None:
    line, (north, south) = stage()
    incident = north.form("incident_opened")
    accounts = [side.form("incident_account", reply=incident) for side in (north, south)]
    revised = south.form("incident_account", "revise", accounts[1])
    north.form("incident_closed", reply=incident)
    (found,) = incidents(line[SOUTHMARK].state)
    assert set(found.accounts) == {*accounts, revised}
    assert (found.closed, sorted(found.closed_by)) == (False, [NORTHLAND])
    assert latest(line[NORTHLAND].state, accounts[1]) == revised
    assert latest(line[NORTHLAND].state, accounts[0]) == accounts[0]
    south.form("incident_closed", reply=incident)
    assert incidents(line[NORTHLAND].state)[0].closed
    check_agreed(line)


def test_an_incident_that_nobody_else_knows_of_is_not_closed_by_one() -> None:
    line, (north, _) = stage()
    incident = north.form("incident_opened")
    north.form("incident_closed", reply=incident)
    assert not incidents(line[NORTHLAND].state)[0].closed


def test_a_zone_is_its_declarers_word_and_the_others_take_it_or_not() -> None:
    line, (north, south) = stage()
    zone = south.form("zone_declared")
    with pytest.raises(Refused, match="follows only one of another party"):
        south.form("zone_acknowledged", reply=zone)
    with pytest.raises(Refused, match="follows only one of the same party"):
        north.form("zone_lifted", reply=zone)
    with pytest.raises(Refused, match="form 5 to nothing"):
        north.form("zone_disputed")
    with pytest.raises(Refused, match="follows another form than that"):
        north.form("zone_disputed", reply=north.form("incident_opened"))
    north.form("zone_disputed", reply=zone)
    (found,) = zones(line[SOUTHMARK].state)
    assert sorted(found.disputed_by) == [NORTHLAND]
    assert not found.acknowledged_by
    assert not found.lifted
    south.form("zone_lifted", reply=zone)
    assert zones(line[NORTHLAND].state)[0].lifted


def test_a_question_has_the_clock_of_its_form_and_is_ended_late_too() -> None:
    line, (north, south) = stage()
    plain = north.act("query", {"text": "whose is it?"})
    concern = north.form("concern")
    state = line[NORTHLAND].state
    clocks = [
        (answer_due(state, leaf) - state.messages[leaf].recorded_at) // 1_000
        for leaf in (plain, concern)
    ]
    assert clocks == [86_400, FORMS["concern"].answer_s]
    denial = south.form("denial", reply=concern)
    answers = {each.query: each.answers for each in questions(line[NORTHLAND].state)}
    assert answers == {plain: (), concern: (denial,)}


def test_a_question_that_saves_lives_passes_under_suspension() -> None:
    line, (north, south) = stage()
    line.say(SOUTHMARK, "suspend", {"reason": "a quarrel", "review": 1})
    track = north.form("unknown_track")
    answer = south.form("track_answer", reply=track)
    assert line[NORTHLAND].state.mark(answer) is Mark.REGULAR
    with pytest.raises(Refused, match="the channel is suspended"):
        north.form("question")


@pytest.mark.parametrize(
    "act, body, why",
    [
        ("goodwill", {"words": {"language": "fr", "text": "bonjour"}}, "'fr' is no language"),
        ("notify", {"form": 99}, "Object missing required field"),
        ("notify", example(FORMS["concern"]), "notify with form 27: there is no such thing"),
        ("propose", {**example(FORMS["joint_statement"])}, "slots.texts"),
    ],
)
def test_what_our_own_officer_is_refused(act: str, body: dict[str, Any], why: str) -> None:
    _, (north, _) = stage()
    if act == "propose":
        body = {**body, "slots": {**body["slots"], "texts": {"en": "only one"}}}
    with pytest.raises(Refused, match=why):
        north.act(act, body)


def test_a_translation_is_checked_by_another() -> None:
    _, (north, south) = stage()
    words = north.act("goodwill", {"words": WORDS})
    body = {"by": "A", "checked_by": "A", "language": "ru", "machine": False, "text": "слова"}
    with pytest.raises(Refused, match="checked by another person"):
        south.act("translate", body, words)
    for fine in ({**body, "checked_by": "B"}, {**body, "checked_by": "", "machine": True}):
        south.act("translate", fine, words)


def test_threads_of_a_line_without_any_are_nothing() -> None:
    line, _ = stage()
    assert shared(line[NORTHLAND].state) == {}
