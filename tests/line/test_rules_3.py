"""The rows of vocabulary 3, and how a matter goes up."""

from __future__ import annotations

from typing import Any

import pytest

from detente.errors import Refused
from detente.line import act, rules
from detente.line.act import Body
from detente.line.rules import VOCABULARY_2, VOCABULARY_3, Half, Mark, Passes, Thread
from detente.line.threads import answer_due, questions
from detente.tlog.hash import Hash
from tests.line.cases_vocabulary import tables
from tests.line.cases_vocabulary_2 import WORDS, Speaker
from tests.line.cases_vocabulary_3 import begun
from tests.lines import Line
from tests.stations import FLASH, NORTHLAND, SOUTHMARK

NEW: dict[str, tuple[type[Body], Passes, str, Thread | None]] = {
    "raise": (act.Raise, Passes.WITH_ITS_ORIGINAL, "", Thread.QUESTION),
    "callup": (act.Callup, Passes.ALWAYS, "", None),
    "ready": (act.Ready, Passes.ALWAYS, "callup", None),
    "nothing": (act.Nothing, Passes.ALWAYS, "callup test", None),
}
TO_A_RAISE = ("answer", "cancel", "correction", "denial", "standby", "translate")
REASON = {"reason": WORDS}


def stage(*channels: str) -> tuple[Line, Speaker, Speaker]:
    line = begun()
    for channel in ("duty", *channels):
        line.opened(channel)
    return line, Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)


def test_it_keeps_every_act_of_the_one_before_and_names_all_others() -> None:
    two, three = tables(VOCABULARY_2)["acts"], tables(VOCABULARY_3)["acts"]
    assert three.keys() == two.keys() | NEW.keys()
    kept = two.keys() - {*TO_A_RAISE}
    assert {name: three[name] for name in kept} == {name: two[name] for name in kept}
    for name in TO_A_RAISE:
        before, after = VOCABULARY_2.acts[name], VOCABULARY_3.acts[name]
        assert after.replies_to == before.replies_to | {"raise"}
    assert set(VOCABULARY_3.forms) == set(VOCABULARY_2.forms) | {35, 36}
    assert {n: VOCABULARY_3.forms[n] for n in VOCABULARY_2.forms} == VOCABULARY_2.forms


@pytest.mark.parametrize("name", NEW)
def test_each_row(name: str) -> None:
    row = VOCABULARY_3.acts[name]
    body, passes, originals, begun_ = NEW[name]
    assert (row.body, row.passes, row.begins) == (body, passes, begun_)
    assert row.replies_to == set(originals.split())
    for half in Half:
        moved = rules.after(half, row, passes=False)
        assert moved is (half if half is Half.OPEN else None), "no new act moves a half"


def test_a_matter_that_is_raised_is_a_question_with_the_clock_of_its_channel() -> None:
    line, north, _ = stage("high-level")
    matter = north.form("concern")
    leaf = line.say(NORTHLAND, "raise", REASON, reply=matter, channel="high-level")
    state = line[SOUTHMARK].state
    assert leaf in [each.query for each in questions(state)]
    assert answer_due(state, leaf) - state.messages[leaf].recorded_at == 3_600_000
    line.say(SOUTHMARK, "answer", {"text": "we are at it"}, reply=leaf, channel="high-level")
    (found,) = (each for each in questions(line[NORTHLAND].state) if each.query == leaf)
    assert found.answers


@pytest.mark.parametrize(
    "channel, why", [("duty", "duty is no higher than its own level")], ids=str
)
def test_a_matter_goes_up_and_nowhere_else(channel: str, why: str) -> None:
    line, north, _ = stage()
    matter = north.form("concern")
    with pytest.raises(Refused, match=why):
        line.say(NORTHLAND, "raise", REASON, reply=matter, channel=channel)


def test_what_is_raised_is_named_and_was_heard() -> None:
    line, _, _ = stage("high-level")
    with pytest.raises(Refused, match="it raises nothing"):
        line.say(NORTHLAND, "raise", REASON, channel="high-level")
    with pytest.raises(Refused, match="what we have not heard"):
        line.say(NORTHLAND, "raise", REASON, reply=Hash(bytes(32)), channel="high-level")


def test_without_levels_nothing_is_raised() -> None:
    line = Line(vocabulary=3, languages=("en", "ru"))
    for channel in ("duty", "high-level"):
        line.opened(channel)
    matter = Speaker(line, NORTHLAND).form("concern")
    with pytest.raises(Refused, match="gives these channels no level"):
        line.say(NORTHLAND, "raise", REASON, reply=matter, channel="high-level")


def test_a_matter_of_life_is_raised_though_the_higher_channel_is_suspended() -> None:
    line, north, _ = stage("high-level")
    accident, concern = north.form("accident"), north.form("concern")
    line.say(
        SOUTHMARK, "suspend", {"reason": "talks", "review": 1}, channel="high-level",
        precedence=FLASH,
    )  # fmt: skip
    leaf = line.say(NORTHLAND, "raise", REASON, reply=accident, channel="high-level")
    assert line[SOUTHMARK].state.mark(leaf) is Mark.REGULAR
    with pytest.raises(Refused, match="suspended"):
        line.say(NORTHLAND, "raise", REASON, reply=concern, channel="high-level")


@pytest.mark.parametrize(
    "name, body",
    [
        ("callup", {"call": "morning", "contact": ""}),
        ("callup", {"call": "test"}),
        ("callup", {"call": "test", "contact": "No Name"}),
        ("raise", {"reason": None}),
        ("ready", {}),
        ("nothing", {"text": ""}),
    ],
)
def test_what_is_no_body_of_it_is_not_understood(name: str, body: dict[str, Any]) -> None:
    assert rules.understood(VOCABULARY_3, name, body) is None
