from __future__ import annotations

from typing import Any

import pytest

from detente.errors import Malformed
from detente.line import slots
from detente.line.form import Form, check_slots, named
from detente.line.rules import VOCABULARY_2
from detente.line.slots import DEGREE, SlotKind, check_slot
from tests.line.cases_slots import BAD, GOOD, TERMS
from tests.make_docs import ROOT
from tests.phrase.bodies import EXAMPLES, FORMS, example

K = SlotKind
AT = {"lat": 0, "lon": 0, "within_m": 100}
CRAFT = {"class": "fighter", "how": "exactly", "manned": "manned", "number": 1}
CORNERS = [[0, 0], [0, 5], [5, 5]]


@pytest.mark.parametrize("kind", EXAMPLES)
def test_the_examples_are_legal(kind: SlotKind) -> None:
    check_slot(kind, EXAMPLES[kind], (), "slots.x")


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_a_full_form_is_legal_and_each_required_slot_is_missed(form: Form) -> None:
    slots = example(form)["slots"]
    check_slots(form, slots)
    for name, slot in form.slots.items():
        rest = {other: value for other, value in slots.items() if other != name}
        if slot.optional:
            check_slots(form, rest)
        else:
            with pytest.raises(Malformed, match=f"slots.{name}: it is missing"):
                check_slots(form, rest)
    with pytest.raises(Malformed, match=r"slots.colour: form \d+ has no such slot"):
        check_slots(form, {**slots, "colour": 1})


@pytest.mark.parametrize(
    "kind, value, why",
    [
        (K.POSITION, {**AT, "lon": 181 * DEGREE}, "lon: 181°00.000' east is beyond 180°"),
        (K.POSITION, {**AT, "lat": -91 * DEGREE}, "lat: 91°00.000' south is beyond 90°"),
        (K.POSITION, {**AT, "lon": -180 * DEGREE}, "180°00.000' west is 180° east"),
        (K.POSITION, {"lat": 90 * DEGREE, "lon": 1, "within_m": 1}, "a pole has no longitude"),
        (K.POSITION, {"lat": 0, "lon": 0}, "within_m: it is missing"),
        (K.POSITION, {**AT, "height": 1}, "height: nothing of this name"),
        (K.POSITION, {**AT, "within_m": 0}, "within_m: 0 is not within 1 and"),
        (K.POSITION, {**AT, "lat": True}, "lat: True is no whole number"),
        (K.POSITION, [0, 0], "no object"),
        (K.AREA, {"square": 1}, "of which kind"),
        (K.AREA, {"circle": AT, "quadrant": "north_sea"}, "of which kind"),
        (K.AREA, {"polygon": CORNERS[:2]}, "2 points"),
        (K.AREA, {"polygon": [*CORNERS, [0, 5]]}, "given before"),
        (K.AREA, {"polygon": [*CORNERS, [0]]}, r"polygon\[3\]: no point"),
        (K.AREA, {"polygon": [*CORNERS, [0, "1"]]}, "no whole number"),
        (K.AREA, {"quadrant": "mare_nostrum"}, "no word of it"),
        (K.ALTITUDE, {"fl": 31_000}, r"flight level 31000 is 3,100,000 ft \(a flight level is"),
        (K.ALTITUDE, {"feet": 100}, "of which kind"),
        (K.ALTITUDE, {"agl_m": -1}, "not within 0"),
        (K.LEVELS, {"lower": {"fl": 200}, "upper": {"fl": 100}}, "not above the lower 200"),
        (K.LEVELS, {"lower": "unlimited", "upper": "unlimited"}, "of which kind"),
        (K.CRAFT, {**CRAFT, "class": "drone"}, "a drone that is not unmanned"),
        (K.CRAFT, {**CRAFT, "class": "ufo"}, "no word of it"),
        (K.CRAFT, {**CRAFT, "number": 0}, "0 is not within 1"),
        (K.CRAFT, {**CRAFT, "number": 1.0}, "no whole number"),
        (K.NUMBER, {"how": "roughly", "number": 1}, "no word of it"),
        (K.COURSE, 360, "360 is not within 0 and 359"),
        (K.SPEED, {"mach": 1}, "of which kind"),
        (K.TIME, 0, "not within 946,684,800"),
        (K.WINDOW, {"from": 10**9, "to": 10**9}, "it ends before it begins"),
        (K.WINDOW, {"from": 10**9, "to": 2 * 10**9}, "longer than a year"),
        (K.CODE, "FORT\u0415-11", r"U\+0415"),
        (K.CODE, 7, "no text"),
        (K.PLACE, "Constanța", "no key of a place"),
        (K.TREATY, {"article": "the third", "treaty": "accord"}, "no article"),
        (K.TREATY, {"article": "", "treaty": "versailles_1919"}, "no word of it"),
        (K.TEXTS, {}, "no texts by language"),
        (K.TEXTS, {"EN": "x"}, "'EN' is no language"),
        (K.TEXTS, {"en": ""}, "empty, too long or no text"),
    ],
)
def test_what_is_absurd_is_refused_with_the_field_and_the_mend(
    kind: SlotKind, value: Any, why: str
) -> None:
    with pytest.raises(Malformed, match=why) as caught:
        check_slot(kind, value, (), "slots.x")
    assert caught.value.where.startswith("slots.x")
    assert caught.value.mend


@pytest.mark.parametrize("name", GOOD)
def test_what_is_at_the_bound_is_taken(name: str) -> None:
    kind, value, _ = GOOD[name]
    check_slot(kind, value, TERMS, "slots.x")


@pytest.mark.parametrize("name", BAD)
def test_every_refusal_says_where_why_and_how_to_mend_it(name: str) -> None:
    kind, value, _ = BAD[name]
    with pytest.raises(Malformed) as caught:
        check_slot(kind, value, TERMS, "slots.x")
    assert caught.value.where.startswith("slots.x")
    assert caught.value.what
    assert caught.value.mend


def test_a_term_is_one_of_its_words() -> None:
    form = named(VOCABULARY_2.forms, "accident")
    assert form is not None
    with pytest.raises(Malformed, match=r"slots.danger: 'great' is no word of it \(one of not_k"):
        check_slots(form, {**example(form)["slots"], "danger": "great"})


def test_the_protocol_has_every_word_and_every_bound() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    section = page.partition("## 24.")[2]
    for name in ("CLASSES", "HOW", "MANNED", "QUADRANTS", "TREATIES"):
        assert ", ".join(f"`{word}`" for word in getattr(slots, name)) in section
    for kind in SlotKind:
        assert f"\n| `{kind.value}` |" in section
    for bound in (
        slots.LAT_MAX, slots.LON_MAX - 1, slots.LON_MAX, slots.METRES_MAX, slots.POINTS_MAX,
        slots.LEVEL_MAX, slots.FEET_MAX, slots.HEIGHT_M_MAX, slots.CRAFT_MAX, slots.NUMBER_MAX,
        slots.TEXT_MAX, slots.TEXTS_MAX, slots.EPOCH_MIN_S, slots.EPOCH_MAX_S, slots.WINDOW_MAX_S,
        *slots.SPEEDS.values(),
    ):  # fmt: skip
        assert f" {bound:,}" in section.replace("-", " ")
