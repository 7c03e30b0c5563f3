"""Who owes whom what: a duty stands until what is owed was said, and no machine ends one."""

from __future__ import annotations

from typing import Any

import msgspec

from detente.line.accord import Channel
from detente.line.canonical import encode
from detente.line.due import (
    Calls,
    Due,
    Duty,
    Meeting,
    Missed,
    Rung,
    caller,
    due,
    follow,
    late,
    missed,
    missed_calls,
    turn_of,
)
from detente.line.threads import acknowledge_due
from tests.line.cases_vocabulary_2 import WORDS, Speaker
from tests.line.cases_vocabulary_3 import begun
from tests.lines import Line
from tests.stations import (
    FLASH,
    IMMEDIATE,
    NOON,
    NORTHLAND,
    PAIR,
    ROUTINE,
    SOUTHMARK,
    TRIO,
    WESTMERE,
    amend_body,
)

HOUR = 3_600_000


def stage(parties: Any = PAIR) -> tuple[Line, Any]:
    line = Line(parties, vocabulary=2, languages=("en", "ru"))
    line.opened()
    return line, [Speaker(line, party) for party in line.stations]


def owed(line: Line, duty: Duty, party: str = NORTHLAND) -> list[Due]:
    return [each for each in due(line[party].state, line.now) if each.duty is duty]


def who(line: Line, duty: Duty, party: str = NORTHLAND) -> list[str]:
    return [each.owes for each in owed(line, duty, party)]


# -- acknowledgements ------------------------------------------------------------------------------


def test_a_receipt_ends_no_duty_and_a_persons_word_does() -> None:
    line, (north, south) = stage()
    leaf = north.form("information")
    state = line[NORTHLAND].state
    assert state.vouches(SOUTHMARK, leaf)
    (found,) = (each for each in owed(line, Duty.ACKNOWLEDGE) if each.leaf == leaf)
    assert (found.owes, found.to, found.arrived) == (SOUTHMARK, NORTHLAND, True)
    assert found.until == acknowledge_due(state, leaf)
    south.act("acknowledge", {"rung": "displayed", "text": ""}, leaf)
    assert leaf not in [each.leaf for each in owed(line, Duty.ACKNOWLEDGE)]


def test_an_answer_is_a_persons_word_too_and_is_to_be_acknowledged_itself() -> None:
    line, (north, south) = stage()
    question = north.form("question")
    answer = south.form("answer", reply=question)
    leaves = {each.leaf: each.owes for each in owed(line, Duty.ACKNOWLEDGE)}
    assert question not in leaves
    assert leaves[answer] == NORTHLAND
    ack = north.act("acknowledge", {"rung": "understood", "text": ""}, answer)
    leaves = {each.leaf: each.owes for each in owed(line, Duty.ACKNOWLEDGE)}
    assert answer not in leaves
    assert ack not in leaves


def test_what_has_not_arrived_is_no_silence_of_a_person() -> None:
    line, (north, _) = stage()
    line.unlink(*PAIR)
    leaf = north.form("information")
    (found,) = (each for each in owed(line, Duty.ACKNOWLEDGE) if each.leaf == leaf)
    assert not found.arrived


def test_each_of_three_owes_for_itself() -> None:
    line, (north, south, _) = stage(TRIO)
    leaf = north.form("unknown_track")
    south.form("track_answer", reply=leaf)
    for duty in (Duty.ACKNOWLEDGE, Duty.ANSWER):
        assert [each.owes for each in owed(line, duty) if each.leaf == leaf] == [WESTMERE]


# -- threads ---------------------------------------------------------------------------------------


def test_standby_stops_no_clock_and_a_late_answer_ends_the_duty() -> None:
    line, (north, south) = stage()
    question = north.form("question")
    south.act("standby", {"text": "we ask the fleet"}, question)
    (found,) = owed(line, Duty.ANSWER)
    assert found.until - found.since == 172_800_000
    line.tick(found.until - line.now)
    assert not owed(line, Duty.ANSWER)[0].late(line.now)
    line.tick(1)
    assert owed(line, Duty.ANSWER)[0].late(line.now)
    south.form("answer", reply=question)
    assert owed(line, Duty.ANSWER) == []
    other = north.form("question")
    north.act("cancel", {"reason": WORDS}, other)
    assert owed(line, Duty.ANSWER) == []


def test_a_proposal_is_decided_by_the_others_and_concluded_by_its_proposer() -> None:
    line, (north, south, west) = stage(TRIO)
    proposal = north.form("contact_proposal")
    assert who(line, Duty.DECIDE) == [SOUTHMARK, WESTMERE]
    accepts = [south.act("accept", {}, proposal)]
    assert who(line, Duty.DECIDE) == [WESTMERE]
    assert who(line, Duty.CONCLUDE) == []
    accepts.append(west.act("accept", {}, proposal))
    assert who(line, Duty.DECIDE) == []
    assert who(line, Duty.CONCLUDE) == [NORTHLAND]
    north.act("conclude", {"accepts": [each.hex() for each in accepts]}, proposal)
    assert who(line, Duty.CONCLUDE) == []
    rejected = north.form("contact_proposal")
    south.act("reject", {"reason": None}, rejected)
    assert who(line, Duty.DECIDE) == []


def test_an_amendment_waits_for_consents() -> None:
    line, (north, south) = stage()
    state = line[NORTHLAND].state
    leaf = north.act("amend", amend_body(state, standing_orders=("be calm",)))
    assert who(line, Duty.AGREE) == [SOUTHMARK]
    south.act("agree", {}, leaf)
    assert who(line, Duty.AGREE) == []


def test_whoever_suspends_reviews_it_by_the_time_he_named() -> None:
    line, (_, south) = stage()
    line.say(SOUTHMARK, "suspend", {"reason": "a quarrel", "review": NOON + HOUR})
    (found,) = owed(line, Duty.REVIEW)
    assert (found.owes, found.until) == (SOUTHMARK, NOON + HOUR)
    (leaf,) = line[NORTHLAND].state.standing_suspensions("duty")
    south.line.say(SOUTHMARK, "restore", {"lifts": [leaf.hex()]})
    assert owed(line, Duty.REVIEW) == []


# -- line tests ------------------------------------------------------------------------------------


def test_each_calls_in_its_turn_and_a_missed_turn_stays_missed() -> None:
    line, _ = stage()
    accord, first = line[NORTHLAND].state.accord, NOON // HOUR + 1
    assert owed(line, Duty.TEST) == []  # the line began in this hour
    line.tick(first * HOUR - line.now)
    (found,) = owed(line, Duty.TEST)
    assert (found.owes, found.leaf) == (caller(accord, first), None)
    assert found.until - found.since == HOUR // 6
    other = next(party for party in PAIR if party != found.owes)
    line.say(other, "test")
    assert len(owed(line, Duty.TEST)) == 1  # out of turn: it shows the circuit, and is no call
    line.say(found.owes, "test")
    assert owed(line, Duty.TEST) == []
    line.tick(2 * HOUR)
    assert missed(line[NORTHLAND].state, line.now) == (Missed((first + 1) * HOUR, other),)
    assert who(line, Duty.TEST) == [found.owes]


def test_a_test_that_comes_a_little_early_is_the_next_turns() -> None:
    line, _ = stage()
    accord = line[NORTHLAND].state.accord
    assert turn_of(accord, 10 * HOUR - HOUR // 12) == 10
    assert turn_of(accord, 10 * HOUR - HOUR // 12 - 1) == 9


# -- ladders, and what they are made of ------------------------------------------------------------


def test_a_ladder_goes_up_by_as_much_time_as_was_given() -> None:
    one = Due(Duty.ACKNOWLEDGE, SOUTHMARK, NORTHLAND, "duty", None, 0, 60)
    assert one.rung(60) is None
    rungs = [one.rung(now) for now in (61, 120, 180, 240, 9_999)]
    assert rungs == [Rung.REPEAT, Rung.ALTERNATE, Rung.NEXT_LEVEL, Rung.OTHER_PATH, rungs[3]]


def test_calls_are_the_same_followed_at_any_pace() -> None:
    line, (north, south) = stage()
    state, calls = line[NORTHLAND].state, Calls()
    for step in range(3):
        leaf = north.form("information")
        line.say(SOUTHMARK, "test")
        if step:
            south.act("acknowledge", {"rung": "understood", "text": ""}, leaf)
        state = line[NORTHLAND].state
        calls = follow(state, calls)
    assert calls == follow(state)
    assert due(state, line.now, calls) == due(state, line.now)


def test_what_is_slow_and_late_hides_no_flash_and_no_test() -> None:
    line = begun()
    line.opened()
    for _ in range(40):
        line.say(NORTHLAND, "query", {"text": "whose?"}, precedence=ROUTINE)
    line.tick(9 * HOUR)
    flash = line.say(NORTHLAND, "notify", precedence=FLASH)
    line.tick(2 * HOUR // 3)
    state = line[SOUTHMARK].state
    found = late(state, line.now, follow(state))
    assert len(found) == 32
    assert flash in {each.leaf for each in found}
    assert Duty.TEST in {each.duty for each in found}


# -- contacts that recur ---------------------------------------------------------------------------


def met() -> tuple[Line, Meeting]:
    line = begun()
    line.opened()
    at = line.now + HOUR
    return line, Meeting("weekly", NORTHLAND, at, at + 600_000, at + 24 * HOUR)


def calls_due(line: Line, meeting: Meeting) -> list[Due]:
    found = due(line[NORTHLAND].state, line.now, None, (meeting,))
    return [each for each in found if each.duty is Duty.CALL]


def test_a_contact_is_due_from_its_hour_until_somebody_calls() -> None:
    line, meeting = met()
    assert calls_due(line, meeting) == []
    line.tick(HOUR)
    (found,) = calls_due(line, meeting)
    assert (found.owes, found.to, found.contact) == (NORTHLAND, SOUTHMARK, "weekly")
    assert (found.since, found.until, found.channel) == (meeting.at, meeting.until, "duty")
    line.say(NORTHLAND, "callup", {"call": "contact", "contact": ""})
    assert calls_due(line, meeting)  # a call of its own is another call
    line.say(NORTHLAND, "callup", {"call": "contact", "contact": "monthly"})
    assert calls_due(line, meeting)  # and so is that for another contact
    call = line.say(SOUTHMARK, "callup", {"call": "contact", "contact": "weekly"})
    assert calls_due(line, meeting) == []
    owed = {each.leaf for each in due(line[NORTHLAND].state, line.now)}
    assert call in owed
    line.say(NORTHLAND, "ready", {"text": ""}, reply=call)
    owed = {each.leaf for each in due(line[NORTHLAND].state, line.now)}
    assert call not in owed  # and nobody acknowledges that somebody is there
    assert line[NORTHLAND].state.own.leaf(line[NORTHLAND].state.own.size - 1) not in owed


def test_a_contact_that_nobody_called_for_is_missed() -> None:
    line, meeting = met()
    line.say(NORTHLAND, "callup", {"call": "contact", "contact": "weekly"})  # an hour too early
    line.tick(26 * HOUR)
    assert calls_due(line, meeting) == []
    state = line[SOUTHMARK].state
    assert missed_calls(state, line.now, follow(state), (meeting,)) == (
        Missed(meeting.at, NORTHLAND, "weekly"),
    )


def test_a_call_is_answered_within_its_contact_or_is_missed_by_whoever_was_silent() -> None:
    line, meeting = met()
    line.tick(HOUR)
    call = line.say(NORTHLAND, "callup", {"call": "contact", "contact": "weekly"})
    opening = line.say(NORTHLAND, "callup", {"call": "opening", "contact": ""})
    state = line[NORTHLAND].state
    until = {each.leaf: each.until - each.since for each in due(state, line.now) if each.leaf}
    assert until[call] == 600_000  # and not the six hours of a ROUTINE
    assert until[opening] == state.accord.clocks.acknowledge_s.flash * 1_000
    line.tick(25 * HOUR)
    state = line[NORTHLAND].state
    assert missed_calls(state, line.now, follow(state), (meeting,)) == (
        Missed(meeting.at, SOUTHMARK, "weekly"),
    )
    line.say(SOUTHMARK, "ready", {"text": ""}, reply=call)
    state = line[NORTHLAND].state
    assert missed_calls(state, line.now, follow(state), (meeting,)) == ()


def test_an_amendment_is_owed_consent_whatever_was_acknowledged() -> None:
    line = begun()
    line.opened()
    later = amendment_of(line, "order 1")
    leaf = line.say(NORTHLAND, "amend", later)
    line.say(SOUTHMARK, "acknowledge", {"rung": "displayed", "text": ""}, reply=leaf)
    (found,) = owed(line, Duty.AGREE)
    assert (found.owes, found.leaf) == (SOUTHMARK, leaf)
    other = line.say(SOUTHMARK, "amend", amendment_of(line, "order 2"))
    assert len(owed(line, Duty.AGREE)) == 2
    line.say(NORTHLAND, "agree", {}, reply=other)
    assert owed(line, Duty.AGREE) == []  # another accord stands


def test_nobody_missed_what_was_agreed_to_later() -> None:
    line = begun()
    line.opened()
    line.tick(24 * 60 * HOUR)
    daily = msgspec.structs.replace(line.accord.calls[0], name="daily", rule="FREQ=DAILY")
    accord = msgspec.structs.replace(line.accord, contacts=(daily,))
    body = {
        "accord": msgspec.json.decode(encode(accord)),
        "predecessor": line[NORTHLAND].state.standing.hex(),
    }
    line.say(SOUTHMARK, "agree", {}, reply=line.say(NORTHLAND, "amend", body))
    state, calls = line[NORTHLAND].state, follow(line[NORTHLAND].state)
    assert state.accord.calls == (daily,)

    def fell(at: int) -> Meeting:
        return Meeting("daily", NORTHLAND, at, at + 600_000, at + 24 * HOUR)

    before, after = fell(line.now - HOUR), fell(line.now + HOUR)
    found = missed_calls(state, line.now + 48 * HOUR, calls, (before, after))
    assert found == (Missed(after.at, NORTHLAND, "daily"),)


def amendment_of(line: Line, order: str) -> dict[str, Any]:
    """The body of an amendment that adds a standing order."""
    accord = msgspec.structs.replace(line.accord, standing_orders=(order,))
    return {
        "accord": msgspec.json.decode(encode(accord)),
        "predecessor": line[NORTHLAND].state.standing.hex(),
    }


def test_what_came_before_the_line_was_opened_is_owed_by_nobody() -> None:
    line = begun()
    past = Meeting("weekly", NORTHLAND, line.now - HOUR, line.now, line.now + 24 * HOUR)
    line.opened()
    assert calls_due(line, past) == []
    state = line[NORTHLAND].state
    assert missed_calls(state, line.now + 48 * HOUR, follow(state), (past,)) == ()


# -- what was restored is tested -------------------------------------------------------------------


def test_a_channel_that_is_open_again_is_tested_by_whoever_suspended_it() -> None:
    line = begun()
    line.opened()
    suspension = line.say(SOUTHMARK, "suspend")
    line.say(SOUTHMARK, "test", {"text": "too early"})
    for party in (SOUTHMARK, NORTHLAND):
        assert not [each for each in owed(line, Duty.TEST) if each.contact]
        line.say(party, "restore", {"lifts": [suspension.hex()]})
    (found,) = (each for each in owed(line, Duty.TEST) if each.contact)
    assert (found.owes, found.to, found.channel, found.contact) == (
        SOUTHMARK, NORTHLAND, "duty", "restored",
    )  # fmt: skip
    assert found.until - found.since == 60_000
    line.say(NORTHLAND, "test", {"text": "anybody's will do"})
    assert not [each for each in owed(line, Duty.TEST) if each.contact]


def test_an_urgent_question_has_a_clock_of_its_own_where_the_accord_gives_one() -> None:
    slow = Channel(name="duty", title="Duty", answer_s=7 * 86_400, urgent_s=2 * 86_400)
    line = Line(vocabulary=3, languages=("en", "ru"), channels=(slow,))
    line.opened()
    for precedence, days in ((ROUTINE, 7), (IMMEDIATE, 2), (FLASH, 2)):
        leaf = line.say(NORTHLAND, "query", {"text": "whose?"}, precedence=precedence)
        (found,) = (each for each in owed(line, Duty.ANSWER) if each.leaf == leaf)
        assert found.until - found.since == days * 86_400_000


def test_what_a_bell_is_told_is_late_and_the_longest_first() -> None:
    line = begun()
    line.opened()
    north = Speaker(line, NORTHLAND)
    first = [north.form("information") for _ in range(5)]
    line.tick(40 * HOUR)
    north.form("information")
    state = line[NORTHLAND].state
    found = late(state, line.now, follow(state), (), 3)
    assert len(found) == 3
    everything = [each for each in due(state, line.now) if each.late(line.now)]
    opening = [each for each in found if each.leaf and state.messages[each.leaf].act == "open"]
    assert found[0] == opening[0]  # a FLASH comes first
    slow = [each.until for each in late(state, line.now, follow(state), (), 99)]
    assert slow[-5:] == sorted(slow[-5:])  # and of each kind the longest late
    assert {each.leaf for each in late(state, line.now, follow(state), (), 99)} == {
        each.leaf for each in everything
    }
    assert set(first) <= {each.leaf for each in everything}
