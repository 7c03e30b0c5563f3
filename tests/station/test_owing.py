"""What a station tells of what is owed on a line: the same at every pace, and late in words."""

from __future__ import annotations

from detente.line.due import follow, missed, missed_calls
from detente.station.calendar import agenda
from detente.station.owing import MISSED_MAX, Owing
from tests.line.cases_vocabulary_3 import begun
from tests.stations import FLASH, NOON, NORTHLAND, SOUTHMARK, Line

HOUR = 3_600_000


def test_what_is_late_is_told_anew_at_each_rung_until_a_person_says_a_word() -> None:
    line = Line()
    leaf = line.say(NORTHLAND, "open")
    line.say(SOUTHMARK, "open")
    owing = Owing(line[NORTHLAND])
    assert owing.late(line.now + 60_000, 32) == ()
    told = [owing.late(line.now + 60_000 * n + 1, 32)[-1] for n in (1, 2, 3, 4, 9)]
    rungs = [each.partition("; ")[2] for each in told]
    assert rungs == ["repeat", "alternate", "next level", "other path", "other path"]
    assert any(leaf.hex()[:8] in each for each in owing.late(line.now + 60_001, 32))
    line.say(SOUTHMARK, "acknowledge", reply=leaf)
    assert not any(leaf.hex()[:8] in each for each in owing.late(line.now + 60_001, 32))


def test_it_is_the_same_followed_or_asked_once() -> None:
    line = Line().opened()
    followed = Owing(line[SOUTHMARK])
    for _ in range(4):
        leaf = line.say(NORTHLAND, "notify", precedence=FLASH)
        followed.due(line.now)
    line.say(SOUTHMARK, "acknowledge", reply=leaf)
    assert followed.view(line.now) == Owing(line[SOUTHMARK]).view(line.now)


def test_the_latest_missed_turns_are_told_and_all_are_counted() -> None:
    line = Line().opened()
    found = Owing(line[NORTHLAND]).view(NOON + 500 * HOUR)
    assert found["missed_count"] == 499
    assert len(found["missed"]) == MISSED_MAX
    assert found["missed"][-1]["turn"] == (NOON // HOUR + 499) * HOUR
    assert [each["duty"] for each in found["due"]].count("test") == 1


def test_what_is_not_to_be_known_is_counted_for_the_relief_and_told_to_nobody() -> None:
    line = begun()
    line.opened()
    line.opened("high-level")
    line.say(NORTHLAND, "query", {"text": "whose?"}, channel="high-level")
    line.tick(24 * 300 * HOUR)
    owing = Owing(line[SOUTHMARK])
    whole = owing.open_items(line.now, 50)
    assert len(whole) > 3
    high = owing.open_items(line.now, 50, lambda channel: channel == "high-level")
    left = len(whole) - len(high) + 1
    assert high[-1] == f"{left} more, too many to list or not to be known here"
    assert set(high[:-1]) < set(whole)
    assert owing.open_items(line.now, 3) == (
        *whole[:2], f"{len(whole) - 2} more, too many to list or not to be known here"
    )  # fmt: skip
    none = owing.view(line.now, lambda channel: channel == "high-level")
    assert {each["channel"] for each in none["due"]} == {"high-level"}
    assert (none["missed"], none["missed_count"], none["next"]) == ([], 0, [])
    assert owing.view(line.now)["next"][0]["contact"] == "weekly"


def test_contacts_that_were_missed_are_counted_since_the_line_began() -> None:
    line = begun()
    line.opened()
    line.tick(24 * 400 * HOUR)
    state = line[NORTHLAND].state
    weeks = missed_calls(state, line.now, follow(state), agenda(line.accord, NOON, line.now))
    found = Owing(line[NORTHLAND]).figures(line.now)
    assert len(weeks) > 5
    assert sum(each["tests_missed"] for each in found) == len(missed(state, line.now)) + len(weeks)
