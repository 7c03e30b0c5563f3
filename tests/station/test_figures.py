"""Figures by month: held and missed, in time and late, and never by a machine's receipt."""

from __future__ import annotations

from typing import Any

from detente.line.due import caller, follow, turn_of
from detente.station.figures import KEPT, figures
from tests.line.cases_vocabulary_2 import Speaker
from tests.line.cases_vocabulary_3 import begun
from tests.lines import Line
from tests.stations import NORTHLAND, PAIR, SOUTHMARK

HOUR = 3_600_000


def counted(line: Line, party: str) -> dict[str, Any]:
    journal = line[NORTHLAND]
    rows = figures(journal, line.now, follow(journal.state))
    (row,) = (each for each in rows if each["party"] == party)
    return row


def test_a_receipt_is_no_acknowledgement_and_the_time_to_one_is_counted() -> None:
    line = begun()
    line.opened()
    north, south = Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)
    leaf = north.form("question")
    before = counted(line, SOUTHMARK)
    assert (before["acknowledged"], before["answered"]) == (0, 0)
    line.tick(90_000)
    south.act("acknowledge", {"rung": "understood", "text": ""}, leaf)
    line.tick(10_000)
    south.form("answer", reply=leaf)
    found = counted(line, SOUTHMARK)
    assert (found["acknowledged"], found["acknowledge_s"]) == (1, 90)
    assert (found["answered"], found["answer_s"], found["answered_late"]) == (1, 100, 0)


def test_what_was_never_answered_is_late_when_its_time_is_over() -> None:
    line = begun()
    line.opened()
    Speaker(line, NORTHLAND).form("question")
    line.tick(400 * HOUR)
    found = counted(line, SOUTHMARK)
    assert (found["answered"], found["answered_late"], found["answer_s"]) == (0, 1, None)


def test_tests_count_for_whose_turn_it_was() -> None:
    line = begun()
    line.opened()
    line.tick(HOUR)
    whose = caller(line.accord, turn_of(line.accord, line.now))
    other = next(party for party in PAIR if party != whose)
    for party in (whose, whose, other):
        line.say(party, "test", {"text": ""})
    line.tick(2 * HOUR)
    held = [counted(line, party)["tests_held"] for party in (whose, other)]
    missed = [counted(line, party)["tests_missed"] for party in (whose, other)]
    assert (held, missed) == ([1, 0], [0, 1])


def test_a_notice_has_the_lead_that_it_had() -> None:
    line = begun()
    line.opened()
    Speaker(line, SOUTHMARK).form("line_works")
    found = counted(line, SOUTHMARK)
    assert found["notices"] == 1
    assert isinstance(found["lead_s"], int)


def test_an_accord_names_what_is_kept() -> None:
    assert KEPT == ("tests", "acknowledgements", "answers", "notices")
