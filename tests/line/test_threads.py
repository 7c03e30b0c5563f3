"""What becomes of proposals, incidents, zones and questions: the same for all who heard it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import Refused
from detente.line.accord import Channel
from detente.line.rules import Mark
from detente.line.state import State, begin
from detente.line.threads import (
    answer_due,
    incidents,
    latest,
    proposals,
    questions,
    shared,
    zones,
)
from detente.line.views import shared as all_shared
from detente.tlog.hash import Hash, leaf_hash
from tests.line.cases_vocabulary_2 import FORMS, WORDS, Speaker, make_line
from tests.line.written import leaf, own, start
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


def test_what_is_decided_is_not_decided_again() -> None:
    _, (north, south) = stage()
    proposal = north.form("contact_proposal")
    south.act("reject", {"reason": WORDS}, proposal)
    for act, body in (("accept", {}), ("reject", {"reason": None})):
        with pytest.raises(Refused, match="we have given our answer"):
            south.act(act, body, proposal)
    with pytest.raises(Refused, match="a reply only to a message of another party"):
        north.act("accept", {}, proposal)


def test_the_latest_revision_is_the_one_furthest_on_in_its_authors_ledger() -> None:
    line, (north, south) = stage()
    notice = north.form("exercise")
    revisions = [north.form("exercise", "revise", notice) for _ in range(4)]
    south.form("question")
    for party in line.stations:
        assert latest(line[party].state, notice) == revisions[-1]
    with pytest.raises(Refused, match="another form than what it replies to"):
        north.form("launch", "revise", notice)
    with pytest.raises(Refused, match="a reply only to a message of the same party"):
        south.form("exercise", "revise", notice)


def test_an_incident_that_nobody_else_knows_of_is_not_closed_by_one() -> None:
    line, (north, _) = stage()
    incident = north.form("incident_opened")
    north.form("incident_closed", reply=incident)
    assert not incidents(line[NORTHLAND].state)[0].closed


def test_an_incident_is_withdrawn_unless_another_party_knows_of_it() -> None:
    line, (north, south) = stage()
    alone, known = north.form("incident_opened"), north.form("incident_opened")
    south.form("incident_account", reply=known)
    for opening in (alone, known):
        north.act("cancel", {"reason": WORDS}, opening)
    found = {each.opening: each.withdrawn for each in incidents(line[SOUTHMARK].state)}
    assert found == {alone: True, known: False}


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


def test_an_answer_that_comes_late_ends_the_question_all_the_same() -> None:
    line, (north, south) = stage()
    question = north.form("question")
    due = answer_due(line[NORTHLAND].state, question)
    assert due == line.now + FORMS["question"].answer_s * 1_000
    waits = south.act("standby", {"text": "we ask the fleet"}, question)
    line.tick(due - line.now + 1)
    (found,) = questions(line[NORTHLAND].state)
    assert (found.answers, found.standbys, found.cancelled) == ((), (waits,), False)
    answer = south.form("answer", reply=question)
    for party in line.stations:
        (found,) = questions(line[party].state)
        assert found.answers == (answer,)
    state = line[NORTHLAND].state
    assert state.messages[answer].recorded_at > due == answer_due(state, question)
    check_agreed(line)


def test_whoever_asked_may_withdraw_the_question() -> None:
    line, (north, south) = stage()
    question = north.form("concern")
    with pytest.raises(Refused, match="a reply only to a message of the same party"):
        south.act("cancel", {"reason": WORDS}, question)
    north.act("cancel", {"reason": WORDS}, question)
    (found,) = questions(line[SOUTHMARK].state)
    assert (found.cancelled, found.answers) == (True, ())


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


# -- the order of hearing is nothing ---------------------------------------------------------------


LINE = make_line()
LEAVES = LINE.leaves(NORTHLAND)[1:]


def beginning(us: str = NORTHLAND) -> State:
    return own(begin(us, LINE.terms), LINE.terms)


@settings(max_examples=60)
@given(st.permutations(LEAVES), st.integers(0, len(LEAVES)))
def test_the_same_messages_make_the_same_threads(order: list[bytes], some: int) -> None:
    chosen = order[some:]
    one, other = own(beginning(), *chosen), own(beginning(SOUTHMARK), *sorted(chosen))
    assert all_shared(one) == all_shared(other)


def test_what_passes_with_its_original_is_looked_for_sixteen_messages_back_and_no_further() -> None:
    """Anybody may counter for ever; nobody's station falls over it."""
    counters = Channel(name="duty", passes=("propose",), title="Duty officers")
    state = start(vocabulary=2, channels=(counters,))
    on: dict[str, Any] = {"accord": state.line, "line": state.line}
    body = example(FORMS["contact_proposal"])
    leaves = [leaf(SOUTHMARK, "propose", 0, body, **on)]
    for serial in range(1, 2_000):
        reply = leaf_hash(leaves[-1])
        leaves.append(leaf(SOUTHMARK, "counter", serial, body, reply=reply, **on))
    state = own(state, *leaves)
    for back, passes in ((0, True), (1, True), (14, True), (15, False), (1_999, False)):
        words = leaf(NORTHLAND, "counter", 0, body, reply=leaf_hash(leaves[back]), **on)
        found = own(state, words).verdict(leaf_hash(words))
        assert found.why == ("" if passes else "not on a half that is closed")


def test_heard_backwards_the_whole_line_is_what_it_was() -> None:
    found = all_shared(own(beginning(), *reversed(LEAVES)))
    assert found == all_shared(LINE[NORTHLAND].state)
    assert found["incidents"]
    assert found["zones"]
    assert sum(each["agreed"] for each in found["proposals"].values()) == 2


def test_a_conclusion_counts_when_its_acceptance_is_heard() -> None:
    line, (north, south) = stage()
    proposal = north.form("contact_proposal")
    accepted = south.act("accept", {}, proposal)
    concluded = conclude(north, proposal, accepted)
    terms, *leaves = line.leaves(NORTHLAND)
    late = leaves.pop(-2)
    state = own(begin(NORTHLAND, terms), terms, *leaves)
    assert state.verdict(concluded).why == "an acceptance that we have not heard"
    assert not proposals(state)[0].agreed
    state = own(state, late)
    assert state.mark(concluded) is Mark.REGULAR
    assert proposals(state)[0].agreed
