"""What is observed of a party: its words, its answers to tests, the calls that it missed."""

from __future__ import annotations

from detente.line.due import Meeting, follow
from detente.line.observed import Observed, observed
from detente.line.rules import Joint
from tests.line.cases_vocabulary_3 import begun
from tests.stations import FLASH, NORTHLAND, SOUTHMARK, Line

HOUR = 3_600_000


def seen(line: Line, party: str, *agenda: Meeting) -> Observed:
    state = line[NORTHLAND].state
    return observed(state, line.now, follow(state), agenda)[party]


def test_nobody_has_said_anything_at_first() -> None:
    line = begun()
    assert seen(line, SOUTHMARK) == Observed(None, {}, 0, 0, 0, 0)


def test_a_test_that_arrived_is_told_from_one_that_a_person_answered() -> None:
    line = begun().opened()
    first = line.say(NORTHLAND, "test", {"text": ""})
    line.say(NORTHLAND, "test", {"text": ""})
    found = seen(line, SOUTHMARK)
    assert (found.tests_heard, found.tests_answered) == (2, 0)  # a receipt is no answer
    line.say(SOUTHMARK, "nothing", {}, reply=first)
    assert (seen(line, SOUTHMARK).tests_heard, seen(line, SOUTHMARK).tests_answered) == (2, 1)
    assert (
        seen(line, SOUTHMARK).last
        == line[NORTHLAND]
        .state.messages[line[NORTHLAND].state.own.leaf(line[NORTHLAND].state.own.size - 1)]
        .recorded_at
    )
    line.unlink(NORTHLAND, SOUTHMARK)
    line.say(NORTHLAND, "test", {"text": ""})
    assert seen(line, SOUTHMARK).tests_heard == 2  # what has not arrived is nobody's silence
    line.tick(25 * HOUR)
    assert seen(line, SOUTHMARK).tests_heard == 0


def test_missed_tests_and_calls_are_counted_for_a_day() -> None:
    line = begun().opened()
    at = line.now + HOUR
    meeting = Meeting("weekly", SOUTHMARK, at, at + 600_000, at + 2 * HOUR)
    line.tick(20 * HOUR)
    both = seen(line, NORTHLAND, meeting).missed + seen(line, SOUTHMARK, meeting).missed
    tests = seen(line, NORTHLAND).missed + seen(line, SOUTHMARK).missed
    assert (both, tests) == (20, 19)


def test_a_call_is_met_by_whoever_takes_part_in_it() -> None:
    line = begun().opened()
    meeting = Meeting("weekly", NORTHLAND, line.now, line.now + 600_000, line.now + 24 * HOUR)
    call = line.say(NORTHLAND, "callup", {"call": "contact", "contact": "weekly"})
    met = [seen(line, party, meeting).calls_met for party in (NORTHLAND, SOUTHMARK)]
    assert met == [1, 0]  # a receipt is no part in it
    line.say(SOUTHMARK, "ready", {"text": ""}, reply=call)
    assert seen(line, SOUTHMARK, meeting).calls_met == 1
    line.tick(30 * HOUR)
    assert seen(line, SOUTHMARK, meeting).calls_met == 0


def test_silence_declares_nothing_and_a_suspension_is_no_silence() -> None:
    line = begun().opened()
    line.tick(90 * HOUR)
    state = line[NORTHLAND].state
    assert state.joint("duty") is Joint.OPEN
    line.say(SOUTHMARK, "suspend", {"reason": "talks", "review": 1}, precedence=FLASH)
    test = line.say(NORTHLAND, "test", {"text": ""})
    line.say(SOUTHMARK, "nothing", {}, reply=test)
    assert line[NORTHLAND].state.joint("duty") is Joint.SUSPENDED
    found = seen(line, SOUTHMARK)
    assert (found.tests_heard, found.tests_answered) == (1, 1)
