"""Filled forms: one full example of each, and any that hypothesis can think of."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from detente.line import slots
from detente.line.form import Form, Slot
from detente.line.rules import VOCABULARY_3
from detente.line.slots import DEGREE, SlotKind
from detente.phrase.gazetteer import gazetteer
from detente.phrasebook import shape_of

FORMS = VOCABULARY_3.forms
NAMES = [form.name for form in FORMS.values()]
NOON = 1_795_780_800  # 2026-11-27T12:00Z

EXAMPLES: dict[SlotKind, Any] = {
    SlotKind.ALTITUDE: {"fl": 310},
    SlotKind.AREA: {"circle": {"lat": 44 * DEGREE, "lon": 31 * DEGREE, "radius_m": 40_000}},
    SlotKind.CODE: "FORTE-11",
    SlotKind.COURSE: 45,
    SlotKind.CRAFT: {"class": "fighter", "how": "exactly", "manned": "manned", "number": 3},
    SlotKind.LEVELS: {"lower": "surface", "upper": {"fl": 245}},
    SlotKind.NUMBER: {"how": "at_least", "number": 21},
    SlotKind.PLACE: "constanta",
    SlotKind.POSITION: {"lat": 44 * DEGREE + 10_250, "lon": 28 * DEGREE + 38_500, "within_m": 500},
    SlotKind.SPEED: {"kt": 420},
    SlotKind.TEXTS: {"en": "We agree.", "ru": "Мы согласны."},
    SlotKind.TIME: NOON + 61,
    SlotKind.TREATY: {"article": "III.2", "treaty": "incsea_1972"},
    SlotKind.WINDOW: {"from": NOON, "to": NOON + 3 * 3_600},
}


def example(form: Form) -> dict[str, Any]:
    """Every slot of a form filled, optional ones too."""
    values = {
        name: slot.terms[0] if slot.terms else EXAMPLES[slot.kind]
        for name, slot in form.slots.items()
    }
    return {
        "form": form.number,
        "releasability": "joint",
        "remarks": {"language": "en", "text": "Details follow."},
        "slots": values,
    }


def acts_of(form: Form) -> tuple[str, ...]:
    return shape_of(form).acts


# -- any -------------------------------------------------------------------------------------------

_times = st.integers(slots.EPOCH_MIN_S, slots.EPOCH_MAX_S)
_lat = st.integers(-slots.LAT_MAX + 1, slots.LAT_MAX - 1)
_lon = st.integers(1 - slots.LON_MAX, slots.LON_MAX)
_metres = st.integers(1, slots.METRES_MAX)
_numbers = st.one_of(st.integers(1, 130), st.integers(1, slots.CRAFT_MAX))
_how = st.sampled_from(slots.HOW)
_text = st.text(min_size=1, max_size=60)
_codes = st.from_regex(r"[A-Z0-9]{1,8}(-[A-Z0-9]{1,4})?", fullmatch=True)
_altitudes = st.sampled_from(sorted(slots.ALTITUDES)).flatmap(
    lambda way: st.builds(lambda n: {way: n}, st.integers(0, slots.ALTITUDES[way]))
)
_languages = st.sampled_from(["en", "ru", "uk", "de", "pl", "zz", "tok"])
_words = st.fixed_dictionaries({"language": _languages, "text": _text})


@st.composite
def _craft(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(slots.CLASSES))
    manned = "unmanned" if kind == "drone" else draw(st.sampled_from(slots.MANNED))
    return {"class": kind, "how": draw(_how), "manned": manned, "number": draw(_numbers)}


@st.composite
def _window(draw: st.DrawFn) -> dict[str, int]:
    begins = draw(st.integers(slots.EPOCH_MIN_S, slots.EPOCH_MAX_S - slots.WINDOW_MAX_S))
    return {"from": begins, "to": begins + draw(st.integers(1, slots.WINDOW_MAX_S))}


ANY: dict[SlotKind, st.SearchStrategy[Any]] = {
    SlotKind.ALTITUDE: _altitudes,
    SlotKind.AREA: st.one_of(
        st.fixed_dictionaries(
            {"circle": st.fixed_dictionaries({"lat": _lat, "lon": _lon, "radius_m": _metres})}
        ),
        st.fixed_dictionaries(
            {
                "polygon": st.lists(
                    st.tuples(_lat, _lon).map(list), min_size=3, max_size=16, unique_by=tuple
                )
            }
        ),
        st.fixed_dictionaries({"quadrant": st.sampled_from(slots.QUADRANTS)}),
    ),
    SlotKind.CODE: _codes,
    SlotKind.COURSE: st.integers(0, 359),
    SlotKind.CRAFT: _craft(),
    SlotKind.LEVELS: st.fixed_dictionaries(
        {
            "lower": st.one_of(
                st.just("surface"), st.builds(lambda n: {"fl": n}, st.integers(0, 99))
            ),
            "upper": st.one_of(
                st.just("unlimited"), st.builds(lambda n: {"fl": n}, st.integers(100, 660)),
                st.builds(lambda n: {"amsl_ft": n}, st.integers(0, 200_000)),
            ),
        }
    ),
    SlotKind.NUMBER: st.fixed_dictionaries(
        {"how": _how, "number": st.integers(0, slots.NUMBER_MAX)}
    ),
    SlotKind.PLACE: st.one_of(
        st.sampled_from(sorted(gazetteer())), st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True)
    ),
    SlotKind.POSITION: st.fixed_dictionaries({"lat": _lat, "lon": _lon, "within_m": _metres}),
    SlotKind.SPEED: st.sampled_from(sorted(slots.SPEEDS)).flatmap(
        lambda way: st.builds(lambda n: {way: n}, st.integers(0, slots.SPEEDS[way]))
    ),
    SlotKind.TEXTS: st.dictionaries(_languages, _text, min_size=1, max_size=4),
    SlotKind.TIME: _times,
    SlotKind.TREATY: st.fixed_dictionaries(
        {
            "article": st.one_of(
                st.just(""), st.from_regex(r"[0-9A-Z][0-9A-Za-z.()-]{0,9}", fullmatch=True)
            ),
            "treaty": st.sampled_from(slots.TREATIES),
        }
    ),
    SlotKind.WINDOW: _window(),
}  # fmt: skip


def _any(slot: Slot) -> st.SearchStrategy[Any]:
    return st.sampled_from(slot.terms) if slot.terms else ANY[slot.kind]


def bodies(form: Form) -> st.SearchStrategy[dict[str, Any]]:
    """Any body of a form that the vocabulary understands."""
    needed = {name: _any(slot) for name, slot in form.slots.items() if not slot.optional}
    more = {name: _any(slot) for name, slot in form.slots.items() if slot.optional}
    return st.fixed_dictionaries(
        {
            "form": st.just(form.number),
            "releasability": st.sampled_from(["joint", "ours", "never"]),
            "remarks": st.one_of(st.none(), _words),
            "slots": st.fixed_dictionaries(needed, optional=more),
        }
    )
