from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from detente.errors import Malformed
from detente.line import slots
from detente.line.act import Formed
from detente.line.form import (
    Form,
    check_slots,
    gather,
    lead_s,
    named,
    parse_form,
    shipped,
    too_late,
)
from detente.line.rules import VOCABULARY_2, answers, carried
from detente.line.slots import SlotKind
from tests.phrase.bodies import FORMS, NOON

SMALL = """\
number = 1
version = 1
name = "small"
acts = ["notify"]
precedence = "ROUTINE"
safety_of_life = false
released_by = "watch"

[slots]
time = { kind = "time" }
"""
FLIGHT = FORMS[1]


def test_there_is_a_form_for_everything_that_was_asked_for() -> None:
    assert list(shipped(2)) == list(range(1, 35))
    assert VOCABULARY_2.forms is shipped(2)
    assert named(FORMS, "12") is named(FORMS, "accident") is FORMS[12]
    assert named(FORMS, "threat") is None
    assert named(FORMS, "999") is None


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_its_acts_are_acts_that_carry_forms(form: Form) -> None:
    for act in form.acts:
        assert VOCABULARY_2.acts[act].formed
        assert carried(form, act)
    if "notify" in form.acts:
        assert carried(form, "revise")
        assert carried(form, "correction")
        assert not carried(form, "counter")
    assert not carried(form, "open")


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_what_a_form_follows_can_be_followed(form: Form) -> None:
    """By some act of its own, in reply to some act of each form that it names."""
    for number in form.follows.forms if form.follows else ():
        assert any(
            not VOCABULARY_2.acts[act].replies_to or answers(VOCABULARY_2.acts[act], original)
            for act in form.acts
            for original in FORMS[number].acts
        ), number


def test_first_notices_are_filled_before_anybody_types() -> None:
    first = [form for form in FORMS.values() if form.first is not None]
    assert len(first) >= 10
    for form in first:
        assert form.released_by == "watch"
        assert form.first is not None
        slots = {name: NOON if value == "now" else value for name, value in form.first.items()}
        if form.name == "unknown_track":  # a question about a place has to name it
            slots["position"] = {"lat": 0, "lon": 0, "within_m": 1}
        check_slots(form, slots)


def test_safety_of_life_is_the_watchs_to_release_and_goes_fast() -> None:
    for form in FORMS.values():
        if form.safety_of_life:
            assert form.released_by == "watch"
            assert form.precedence.value in ("FLASH", "IMMEDIATE")


# Stems that have no place in a de-escalation vocabulary, and the few words that seem to hold one.
THREATS = re.compile(
    r"target|weapon|strike|attack|shoot|destroy|kill|threat|ultimat|retaliat|engag|aim|lock|"
    r"hostile|punish|consequence|bomb_|missile|warhead|fir[ei]"
)
INNOCENT = {
    "accident_not_hostile": "a notice that says the contrary",
    "ballistic_missile_test": "the notice of a launch, as in the agreement of 1988",
    "live_firing": "an activity that is announced, or objected to",
    "fire": "a fire",
}


def test_no_act_no_form_and_no_word_threatens_or_aims() -> None:
    found = {word for word in _words() if THREATS.search(word)}
    assert found == set(INNOCENT)


@pytest.mark.parametrize(
    "word",
    ["target", "weapons_free", "fire_at", "lock_on", "ultimatum", "retaliation", "engage_us",
     "take_aim", "air_strike", "attacker", "shoot_down", "threaten", "destroyed", "killed"],
)  # fmt: skip
def test_such_a_word_would_be_found(word: str) -> None:
    assert THREATS.search(word)


def _words() -> Iterator[str]:
    """Every name that a message may hold: acts, forms, fields, and the words of each list."""
    yield from VOCABULARY_2.acts
    for names in (slots.CLASSES, slots.MANNED, slots.HOW, slots.TREATIES, slots.QUADRANTS):
        yield from names
    yield from (*slots.ALTITUDES, *slots.SPEEDS, slots.SURFACE, slots.UNLIMITED)
    yield from (kind.value for kind in SlotKind)
    for row in VOCABULARY_2.acts.values():
        yield from _named(msgspec.json.schema(row.body))
    yield from _named(msgspec.json.schema(Formed))
    for form in FORMS.values():
        yield form.name
        for name, slot in form.slots.items():
            yield from (name, *slot.terms)


def _named(schema: Any) -> Iterator[str]:
    """The fields of a body, and the words that one of them may hold."""
    match schema:
        case dict():
            yield from (word for word in schema.get("enum", ()) if isinstance(word, str))
            yield from schema.get("properties", ())
            for inner in schema.values():
                yield from _named(inner)
        case list():
            for inner in schema:
                yield from _named(inner)


def test_the_lead_is_counted_by_our_own_clock() -> None:
    slots = {"window": {"from": NOON, "to": NOON + 60}}
    for ahead, late in ((7_200, False), (1_800, False), (1_799, True), (0, True), (-5, True)):
        lead = lead_s(FLIGHT, slots, (NOON - ahead) * 1_000)
        assert lead == ahead
        assert too_late(FLIGHT, lead) is late
    assert lead_s(FORMS[12], {"time": NOON}, 0) is None  # it does not say when it comes
    assert lead_s(FORMS[13], {}, 0) is None


@pytest.mark.parametrize(
    "old, new, why",
    [
        ('kind = "time"', 'kind = "mood"', "Invalid enum value 'mood'"),
        ('kind = "time"', 'kind = "term"', "slots.time: terms belong to a term"),
        ('kind = "time"', 'kind = "time", terms = ["a"]', "terms belong to a term"),
        ('kind = "time"', 'kind = "term", terms = ["a", "a"]', "each once"),
        ("version = 1", 'version = "1"', "Expected `int`"),
        ("version = 1", "version = 1\ncolour = 1", "unknown field `colour`"),
        ('acts = ["notify"]', "acts = []", "length >= 1"),
        ("[slots]", "[slots", "small.toml"),
        ("version = 1", 'version = 1\nlead = { slot = "when", least_s = 1 }', "holds a time"),
        ("version = 1", "version = 1\nfirst = { place = 1 }", "first.place: no such slot"),
    ],
)
def test_a_file_with_a_fault_is_named(old: str, new: str, why: str) -> None:
    parse_form(SMALL, "small.toml")
    with pytest.raises(Malformed, match=re.escape(why)) as caught:
        parse_form(SMALL.replace(old, new, 1), "small.toml")
    assert caught.value.where.startswith("small.toml")


def test_forms_that_do_not_go_together_are_named() -> None:
    small = parse_form(SMALL, "small.toml")
    follows = 'released_by = "watch"\nfollows = { forms = [7], by = "ours" }'
    other = parse_form(SMALL.replace('released_by = "watch"', follows), "other.toml")
    with pytest.raises(Malformed, match="two forms of one number or name"):
        gather([small, small])
    with pytest.raises(Malformed, match="it follows a form that there is not"):
        gather([other])
