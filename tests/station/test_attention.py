from __future__ import annotations

import pytest

from detente.station.attention import Attention
from tests.stations import FLASH, IMMEDIATE, NORTHLAND, SOUTHMARK, Line

ALL_CLEAR: tuple[bytes, ...] = ()


@pytest.fixture
def line() -> Line:
    """A line that is open, where Southmark has acknowledged the FLASH that opened it."""
    line = Line()
    opened = line.say(NORTHLAND, "open")
    line.say(SOUTHMARK, "open")
    line.say(SOUTHMARK, "acknowledge", reply=opened)
    return line


def test_a_flash_of_another_waits_until_one_of_us_acknowledges_it(line: Line) -> None:
    attention = Attention(line[SOUTHMARK])
    assert attention.waiting() == ALL_CLEAR
    first = line.say(NORTHLAND, "notify", precedence=FLASH)
    second = line.say(NORTHLAND, "notify", precedence=FLASH)
    assert attention.waiting() == (first, second)
    line.say(SOUTHMARK, "acknowledge", reply=first)
    assert attention.waiting() == (second,)
    line.say(SOUTHMARK, "acknowledge", reply=second)
    assert attention.waiting() == ALL_CLEAR


def test_asking_for_time_stops_the_alarm_too(line: Line) -> None:
    attention = Attention(line[SOUTHMARK])
    question = line.say(NORTHLAND, "query", precedence=FLASH)
    assert attention.waiting() == (question,)
    line.say(SOUTHMARK, "standby", reply=question)
    assert attention.waiting() == ALL_CLEAR


def test_it_is_the_same_asked_at_every_step_or_at_the_end(line: Line) -> None:
    followed = Attention(line[SOUTHMARK])
    for number in range(6):
        leaf = line.say(NORTHLAND, "notify", precedence=FLASH)
        followed.waiting()
        if number % 2:
            line.say(SOUTHMARK, "acknowledge", reply=leaf)
    assert followed.waiting() == Attention(line[SOUTHMARK]).waiting()
    assert len(followed.waiting()) == 3


def test_our_own_and_what_is_less_urgent_wait_for_nobody(line: Line) -> None:
    attention = Attention(line[SOUTHMARK])
    line.say(SOUTHMARK, "notify", precedence=FLASH)
    line.say(NORTHLAND, "notify", precedence=IMMEDIATE)
    assert attention.waiting() == ALL_CLEAR


def test_another_partys_acknowledgement_is_not_ours() -> None:
    line = Line((NORTHLAND, SOUTHMARK, "westmere")).opened()
    flash = line.say(NORTHLAND, "notify", precedence=FLASH)
    line.say("westmere", "acknowledge", reply=flash)
    assert flash in Attention(line[SOUTHMARK]).waiting()
    assert flash not in Attention(line["westmere"]).waiting()


def test_nobody_acknowledges_an_acknowledgement(line: Line) -> None:
    """Or two posts that do as they are told would ring each other for ever."""
    attention = Attention(line[SOUTHMARK])
    said = line.say(SOUTHMARK, "notify", precedence=FLASH)
    line.say(NORTHLAND, "acknowledge", reply=said, precedence=FLASH)
    assert attention.waiting() == ALL_CLEAR


def test_the_bell_names_the_newest(line: Line) -> None:
    attention = Attention(line[SOUTHMARK])
    leaves = [line.say(NORTHLAND, "notify", precedence=FLASH) for _ in range(4)]
    assert attention.newest(2) == (leaves[3], leaves[2])
