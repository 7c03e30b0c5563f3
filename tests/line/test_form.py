from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from detente.errors import Malformed
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
from detente.line.rules import VOCABULARY_2, carried
from detente.line.slots import CLASSES, SlotKind
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
    "ballistic_missile_test": "the notice of a launch, as in the agreement of 1988",
    "live_firing": "an activity that is announced, or objected to",
    "fire": "a fire",
}


def test_no_act_no_form_and_no_word_threatens_or_aims() -> None:
    found = {word for word in _words() if THREATS.search(word)}
    assert found == set(INNOCENT)


def _words() -> Iterator[str]:
    yield from VOCABULARY_2.acts
    yield from CLASSES
    yield from (kind.value for kind in SlotKind)
    for row in VOCABULARY_2.acts.values():
        yield from row.body.__struct_fields__
    for form in FORMS.values():
        yield form.name
        for name, slot in form.slots.items():
            yield from (name, *slot.terms)


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
