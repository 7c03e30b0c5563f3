"""What a station tells of what is owed on a line: the same at every pace, and late in words."""

from __future__ import annotations

from detente.station.owing import MISSED_MAX, Owing
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
