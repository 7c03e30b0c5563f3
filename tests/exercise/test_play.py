"""Exercises run: what the model does scores whole, silence scores little, and nothing crosses."""

from __future__ import annotations

import pytest

from detente.errors import DetenteError, Forged, Malformed, Refused
from detente.exercise.debrief import Outcome, debrief
from detente.exercise.library import shipped
from detente.exercise.play import Play
from detente.exercise.script import parse_script, parse_statement
from detente.exercise.table import Table
from detente.line.decide import Arrived
from detente.line.frame import Carried, parse_frame
from detente.line.rules import Joint
from detente.phrasebook import language
from tests.exercise.test_script import TEXT
from tests.stations import NOON, NORTHLAND, SOUTHMARK, Line

CASES = sorted(shipped())


def play(name: str = "", text: str = TEXT) -> Play:
    script = shipped()[name] if name else parse_script(text, "x")
    return Play(script, language("en"))


def whole(run: Play, *, model: bool) -> Play:
    run.advance(run.begins + run.script.ends, model=model)
    return run


@pytest.mark.parametrize("name", CASES)
def test_the_model_officer_meets_every_clock_of_a_case(name: str) -> None:
    found = debrief(whole(play(name), model=True))
    assert [each for each in found.items if each.outcome is not Outcome.MET] == []
    assert len(found.items) >= 4
    assert found.score == 100


@pytest.mark.parametrize("name", CASES)
def test_whoever_does_nothing_scores_what_he_did_not_do_wrong(name: str) -> None:
    found = debrief(whole(play(name), model=False))
    assert found.score <= 25
    assert all(each.outcome is Outcome.NEVER for each in found.items if each.by is not None)


def test_late_is_late_and_a_thing_that_must_not_be_done_is_marked() -> None:
    run = play()
    run.advance(run.begins + 600_000, model=False)
    run.act(parse_statement("acknowledge first understood", "typed"))
    run.act(parse_statement("suspend duty reason=tired", "typed"))
    outcomes = {each.what: each.outcome for each in debrief(run).items}
    assert outcomes["It is answered"] is Outcome.LATE
    assert outcomes["It is not suspended"] is Outcome.BROKEN
    assert run.ours.state.joint("duty") is Joint.SUSPENDED


def test_a_fault_cuts_the_line_and_what_was_said_meanwhile_comes_after_it() -> None:
    text = TEXT.replace(
        "01:00:30 end", "00:04 southmark service\n00:05 fault up\n01:00 end"
    ).replace("southmark service", 'southmark test text="after" as=second')
    run = play(text=text)
    before = run.advance(run.begins + 240_000, model=False)
    assert not any("after" in each.text for each in before)
    assert any("is cut" in each.text for each in before)
    after = run.advance(run.begins + 300_000, model=False)
    assert any("after" in each.text for each in after)


def test_what_is_typed_wrong_is_refused_and_nothing_is_said() -> None:
    run = play()
    run.advance(run.begins, model=False)
    size = run.ours.state.own.size
    for text, what in (
        ("shoot first", "no verb 'shoot'"),
        ("acknowledge", "a word is missing"),
        ("acknowledge first perhaps", "no rung 'perhaps'"),
        ("acknowledge nobody understood", "names no message"),
        ("notify accident", "it is missing"),
        ("notify accident event=fire time=now danger=over speed=1kt", "no slot 'speed'"),
        ("notify threat", "there is none"),
    ):
        with pytest.raises(DetenteError, match=what):
            run.act(parse_statement(text, "typed"))
    assert run.ours.state.own.size == size


def test_a_script_that_breaks_the_rules_is_named_by_its_line() -> None:
    run = play(text=TEXT.replace("southmark test text", "southmark open duty text"))
    with pytest.raises(Malformed, match="line 13 of the script"):
        whole(run, model=False)


# -- nothing crosses -------------------------------------------------------------------------------


def test_every_accord_of_an_exercise_says_so_and_has_keys_of_its_own() -> None:
    one, other = play("the_accident").table.accord, play("the_accident").table.accord
    for accord in (one, other):
        assert accord.exercise
        assert accord.name == "accident"
        assert accord.standing_orders[0].startswith("EXERCISE accident")
    keys = [card.ed25519 for accord in (one, other) for card in accord.parties]
    assert len(set(keys)) == 4


def test_no_word_of_an_exercise_reaches_another_line_nor_comes_from_one() -> None:
    table, line = Table("drill", (NORTHLAND, SOUTHMARK), NOON), Line((NORTHLAND, SOUTHMARK))
    line.opened()
    table.cut()
    run = play("the_accident")
    run.table.cut()
    crossing = list[bytes]()
    for sender in run.table.journals.values():
        sender.link(next(iter(sender.state.others)))
        reader = next(iter(sender.state.others))
        while (frame := sender.next_frame(reader, NOON)) is not None:
            crossing.append(frame)
    assert crossing
    before = line[SOUTHMARK].state
    for frame in crossing:
        parsed = parse_frame(frame)
        if isinstance(parsed, Carried):
            arrived = Arrived(parsed.advance)
            (result,) = line.handle(SOUTHMARK, arrived, sender=NORTHLAND).results
            assert isinstance(result, Forged)
    assert line[SOUTHMARK].state.own == before.own
    assert line[SOUTHMARK].state.messages.keys() == before.messages.keys()
    content = line.content(NORTHLAND, "query")
    with pytest.raises(Refused, match="drafted for another party or line"):
        table.say(content)
