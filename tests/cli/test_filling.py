"""What a person types into a slot, and what it becomes."""

from __future__ import annotations

from typing import Any

import pytest

from detente.errors import Malformed
from detente.filling import HINTS, fill_slot
from detente.line.form import Slot
from detente.line.slots import DEGREE, SlotKind
from detente.phrasebook import language

K = SlotKind
NOW = 1_795_780_830  # 2026-11-27T12:00:30Z
MINUTE = NOW // 60 * 60


@pytest.mark.parametrize(
    "kind, text, value",
    [
        (K.POSITION, "54°30.5'N 22°45'E 500m",
         {"lat": 54 * DEGREE + 30_500, "lon": 22 * DEGREE + 45_000, "within_m": 500}),
        (K.POSITION, "54.508333S, 22.75W ±2km",
         {"lat": -(54 * DEGREE + 30_500), "lon": -(22 * DEGREE + 45_000), "within_m": 2_000}),
        (K.AREA, "circle 44N 31E 40km",
         {"circle": {"lat": 44 * DEGREE, "lon": 31 * DEGREE, "radius_m": 40_000}}),
        (K.AREA, "polygon 1N 1E; 2N 1E; 2N 2E",
         {"polygon": [[60_000, 60_000], [120_000, 60_000], [120_000, 120_000]]}),
        (K.AREA, "north_sea", {"quadrant": "north_sea"}),
        (K.ALTITUDE, "FL310", {"fl": 310}),
        (K.ALTITUDE, "12000ft amsl", {"amsl_ft": 12_000}),
        (K.ALTITUDE, "300 m AGL", {"agl_m": 300}),
        (K.LEVELS, "surface to FL100", {"lower": "surface", "upper": {"fl": 100}}),
        (K.LEVELS, "FL100 to unlimited", {"lower": {"fl": 100}, "upper": "unlimited"}),
        (K.CRAFT, "3 fighter manned",
         {"class": "fighter", "how": "exactly", "manned": "manned", "number": 3}),
        (K.CRAFT, "~2 drone",
         {"class": "drone", "how": "about", "manned": "unmanned", "number": 2}),
        (K.CRAFT, ">=1 unidentified",
         {"class": "unidentified", "how": "at_least", "manned": "not_known", "number": 1}),
        (K.NUMBER, "~12", {"how": "about", "number": 12}),
        (K.COURSE, "090", 90),
        (K.SPEED, "420kt", {"kt": 420}),
        (K.SPEED, "780 km/h", {"kmh": 780}),
        (K.TIME, "now", MINUTE),
        (K.TIME, "+20min", MINUTE + 1_200),
        (K.TIME, "-5min", MINUTE - 300),
        (K.TIME, "2026-11-27T12:00:05Z", MINUTE + 5),
        (K.TIME, "271200Z NOV 26", MINUTE),
        (K.WINDOW, "now to +3h", {"from": MINUTE, "to": MINUTE + 10_800}),
        (K.TREATY, "incsea_1972 III", {"article": "III", "treaty": "incsea_1972"}),
        (K.TREATY, "accord", {"article": "", "treaty": "accord"}),
        (K.TEXTS, "en=We agree; we do.; ru=Да.", {"en": "We agree; we do.", "ru": "Да."}),
        (K.PLACE, "Констанца", "constanta"),
        (K.CODE, "FORTE-11", "FORTE-11"),
        (K.COURSE, "90", 90),
        (K.SPEED, '{"kt": 1}', {"kt": 1}),
    ],
)  # fmt: skip
@pytest.mark.covers(42)
def test_what_is_typed_becomes_a_value(kind: SlotKind, text: str, value: Any) -> None:
    assert fill_slot("x", Slot(kind=kind), text, language("ru"), NOW) == value


@pytest.mark.parametrize("text", ["patrol", "2", "Патрулирование"])
def test_a_term_is_its_word_its_number_or_its_words(text: str) -> None:
    slot = Slot(kind=K.TERM, terms=("reconnaissance", "patrol"))
    assert fill_slot("purpose", slot, text, language("ru"), NOW) == "patrol"


@pytest.mark.parametrize(
    "kind, text",
    [
        (K.POSITION, "here"), (K.POSITION, "22E 54N 1km"), (K.AREA, "circle 44N 31E"),
        (K.AREA, "around"), (K.ALTITUDE, "310"), (K.LEVELS, "FL100"), (K.CRAFT, "three fighter"),
        (K.CRAFT, "3 ufo"), (K.NUMBER, "3 of them"), (K.COURSE, "north"), (K.SPEED, "fast"),
        (K.TIME, "soon"), (K.WINDOW, "now"), (K.TEXTS, "We agree."), (K.SPEED, "{"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_says_how_to_write_it(kind: SlotKind, text: str) -> None:
    with pytest.raises(Malformed) as caught:
        fill_slot("x", Slot(kind=kind), text, language("en"), NOW)
    assert caught.value.where.startswith("slots.x")
    assert caught.value.mend


def test_every_kind_has_a_hint() -> None:
    assert set(HINTS) == set(SlotKind)
