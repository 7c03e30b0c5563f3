"""What a slot of a form may hold and what not, at every bound, for implementations of any language.

Look-alike letters are written by code point, so that nobody who edits this file can mistake them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detente.line.slots import SlotKind
from tests.tlog.cases import Case

K = SlotKind
POLE = 5_400_000  # thousandths of an arc-minute
HALF_WAY = 10_800_000
FIRST_S, LAST_S, YEAR_S = 946_684_800, 4_102_444_800, 31_622_400
AT = {"lat": 0, "lon": 0, "within_m": 100}
ROUND = {"lat": 0, "lon": 0, "radius_m": 100}
CRAFT = {"class": "fighter", "how": "exactly", "manned": "manned", "number": 1}
TERMS = ("good", "degraded", "contested")
CORNERS = [[index * 1_000, index * index] for index in range(17)]
FAR = {"lat": -POLE, "lon": 0, "within_m": 1_000_000}
Named = dict[str, tuple[SlotKind, Any, str]]

GOOD: Named = {
    "position-origin": (K.POSITION, AT, "0 N 0 E, within 100 m"),
    "position-south-pole": (K.POSITION, FAR, "a pole; the longitude is 0"),
    "position-180-east": (K.POSITION, {**AT, "lon": HALF_WAY}, "180 degrees is east"),
    "position-179-west": (K.POSITION, {**AT, "lon": 1 - HALF_WAY}, "as far west as there is"),
    "area-circle": (K.AREA, {"circle": {**ROUND, "radius_m": 1_000_000}}, "1,000 km around"),
    "area-triangle": (K.AREA, {"polygon": CORNERS[:3]}, "three corners"),
    "area-sixteen": (K.AREA, {"polygon": CORNERS[:16]}, "sixteen corners"),
    "area-quadrant": (K.AREA, {"quadrant": "black_sea_north_west"}, "a sea by name"),
    "altitude-fl": (K.ALTITUDE, {"fl": 660}, "the highest flight level"),
    "altitude-agl": (K.ALTITUDE, {"agl_m": 0}, "on the ground"),
    "altitude-amsl": (K.ALTITUDE, {"amsl_ft": 200_000}, "feet above the sea"),
    "levels-all": (K.LEVELS, {"lower": "surface", "upper": "unlimited"}, "all the air there is"),
    "levels-mixed": (
        K.LEVELS,
        {"lower": {"amsl_ft": 9_000}, "upper": {"fl": 60}},
        "two references are never compared",
    ),
    "craft-fighter": (K.CRAFT, CRAFT, "one fighter"),
    "craft-drones": (
        K.CRAFT,
        {"class": "drone", "how": "at_least", "manned": "unmanned", "number": 10_000},
        "at least 10,000 drones",
    ),
    "number-none": (K.NUMBER, {"how": "about", "number": 0}, "about none"),
    "course-north": (K.COURSE, 0, "north is 0"),
    "course-359": (K.COURSE, 359, "the last degree"),
    "speed-knots": (K.SPEED, {"kt": 4_000}, "in knots"),
    "speed-still": (K.SPEED, {"kmh": 0}, "it stands"),
    "time-first": (K.TIME, FIRST_S, "2000-01-01T00:00Z"),
    "time-last": (K.TIME, LAST_S, "2100-01-01T00:00Z"),
    "window-second": (K.WINDOW, {"from": FIRST_S, "to": FIRST_S + 1}, "one second"),
    "window-year": (K.WINDOW, {"from": FIRST_S, "to": FIRST_S + YEAR_S}, "366 days"),
    "code-latin": (K.CODE, "FORTE-11", "a call sign in Latin letters"),
    "code-cyrillic": (K.CODE, "\u0411\u041e\u0420\u0422 7", "BE: no Latin letter"),
    "code-digits": (K.CODE, "1234567890123456", "sixteen digits"),
    "place-key": (K.PLACE, "constanta", "a key; whether the gazetteer has it is no rule"),
    "treaty-article": (K.TREATY, {"article": "IV.2(a)", "treaty": "incsea_1972"}, "an article"),
    "treaty-whole": (K.TREATY, {"article": "", "treaty": "accord"}, "the whole treaty"),
    "texts-two": (K.TEXTS, {"en": "We agree.", "ru": "\u0414\u0430."}, "two languages"),
    "texts-long": (K.TEXTS, {"tok": "a" * 4_000}, "as long as there is"),
    "term": (K.TERM, "contested", "one of the slot's words"),
}

BAD: Named = {
    "position-181-east": (K.POSITION, {**AT, "lon": 10_860_000}, "181 degrees east"),
    "position-180-west": (K.POSITION, {**AT, "lon": -HALF_WAY}, "180 degrees is east, always"),
    "position-north": (K.POSITION, {**AT, "lat": POLE + 1}, "beyond the pole"),
    "position-pole": (K.POSITION, {**AT, "lat": POLE, "lon": 1}, "a pole has no longitude"),
    "position-true": (K.POSITION, {**AT, "lat": True}, "a boolean is no number"),
    "position-text": (K.POSITION, {**AT, "lat": "0"}, "nor is a text"),
    "position-exact": (K.POSITION, {**AT, "within_m": 0}, "nobody knows where so exactly"),
    "position-wide": (K.POSITION, {**AT, "within_m": 1_000_001}, "that is no position"),
    "position-sure": (K.POSITION, {"lat": 0, "lon": 0}, "how sure is missing"),
    "position-high": (K.POSITION, {**AT, "height": 1}, "a field too many"),
    "position-pair": (K.POSITION, [0, 0], "no object"),
    "position-null": (K.POSITION, None, "what is not known is left out"),
    "area-both": (K.AREA, {"circle": ROUND, "quadrant": "north_sea"}, "two shapes"),
    "area-none": (K.AREA, {}, "no shape"),
    "area-square": (K.AREA, {"square": 1}, "no such shape"),
    "area-line": (K.AREA, {"polygon": CORNERS[:2]}, "two corners"),
    "area-seventeen": (K.AREA, {"polygon": CORNERS}, "seventeen corners"),
    "area-corner-again": (K.AREA, {"polygon": [*CORNERS[:3], CORNERS[0]]}, "closed by hand"),
    "area-corner-of-three": (K.AREA, {"polygon": [*CORNERS[:3], [1, 2, 3]]}, "no pair"),
    "area-corner-far": (K.AREA, {"polygon": [*CORNERS[:3], [0, HALF_WAY + 1]]}, "beyond 180"),
    "area-circle-pole": (K.AREA, {"circle": {**ROUND, "lat": POLE, "lon": 5}}, "a pole again"),
    "area-circle-point": (K.AREA, {"circle": {**ROUND, "radius_m": 0}}, "a point is no area"),
    "area-quadrant": (K.AREA, {"quadrant": "mare_nostrum"}, "no sea of the list"),
    "altitude-feet": (K.ALTITUDE, {"fl": 31_000}, "feet written as a flight level"),
    "altitude-661": (K.ALTITUDE, {"fl": 661}, "above the highest flight level"),
    "altitude-bare": (K.ALTITUDE, 31_000, "of no reference"),
    "altitude-two": (K.ALTITUDE, {"amsl_ft": 31_000, "fl": 310}, "of two references"),
    "altitude-below": (K.ALTITUDE, {"agl_m": -1}, "below the ground"),
    "altitude-m": (K.ALTITUDE, {"amsl_m": 60_001}, "too high in metres"),
    "levels-turned": (K.LEVELS, {"lower": {"fl": 200}, "upper": {"fl": 100}}, "exchanged"),
    "levels-even": (K.LEVELS, {"lower": {"fl": 200}, "upper": {"fl": 200}}, "no air between"),
    "levels-lower": (K.LEVELS, {"lower": "unlimited", "upper": "unlimited"}, "no lower limit"),
    "levels-upper": (K.LEVELS, {"lower": "surface", "upper": "surface"}, "no upper limit"),
    "craft-drone-manned": (K.CRAFT, {**CRAFT, "class": "drone"}, "a drone with a crew"),
    "craft-none": (K.CRAFT, {**CRAFT, "number": 0}, "of none nothing is said"),
    "craft-many": (K.CRAFT, {**CRAFT, "number": 10_001}, "too many"),
    "craft-class": (K.CRAFT, {**CRAFT, "class": "ufo"}, "no such class"),
    "craft-how": (K.CRAFT, {**CRAFT, "how": "roughly"}, "no word of it"),
    "craft-true": (K.CRAFT, {**CRAFT, "number": True}, "a boolean is no number"),
    "number-minus": (K.NUMBER, {"how": "exactly", "number": -1}, "fewer than none"),
    "number-bare": (K.NUMBER, 5, "it does not say how sure"),
    "course-360": (K.COURSE, 360, "north is 0"),
    "course-minus": (K.COURSE, -1, "that is 359"),
    "course-false": (K.COURSE, False, "a boolean is no number"),
    "speed-mach": (K.SPEED, {"mach": 1}, "no such unit"),
    "speed-fast": (K.SPEED, {"kmh": 7_501}, "too fast"),
    "speed-both": (K.SPEED, {"kmh": 7, "kt": 4}, "in two units"),
    "time-1999": (K.TIME, FIRST_S - 1, "before 2000"),
    "time-ms": (K.TIME, 1_795_780_800_000, "milliseconds"),
    "time-words": (K.TIME, "2026-11-27T12:00Z", "for screens, not for slots"),
    "window-turned": (K.WINDOW, {"from": FIRST_S + 1, "to": FIRST_S}, "ends before it begins"),
    "window-empty": (K.WINDOW, {"from": FIRST_S, "to": FIRST_S}, "ends as it begins"),
    "window-long": (K.WINDOW, {"from": FIRST_S, "to": FIRST_S + YEAR_S + 1}, "over a year"),
    "window-open": (K.WINDOW, {"from": FIRST_S}, "it has no end"),
    "code-mixed": (K.CODE, "FORT\u0415-11", "U+0415 among Latin letters"),
    "code-twin": (K.CODE, "\u0410\u0412\u0421 1", "all Cyrillic, all look-alikes"),
    "code-small": (K.CODE, "Forte", "small letters"),
    "code-empty": (K.CODE, "", "nothing"),
    "code-17": (K.CODE, "A" * 17, "seventeen characters"),
    "code-hyphen": (K.CODE, "A--1", "two hyphens"),
    "code-space": (K.CODE, "A1 ", "a space behind"),
    "code-number": (K.CODE, 11, "no text"),
    "place-name": (K.PLACE, "Constan\u021ba", "a name, no key"),
    "place-33": (K.PLACE, "a" * 33, "too long"),
    "treaty-words": (K.TREATY, {"article": "the third", "treaty": "accord"}, "no article"),
    "treaty-other": (K.TREATY, {"article": "", "treaty": "versailles_1919"}, "not of the list"),
    "treaty-alone": (K.TREATY, {"treaty": "accord"}, "the article is missing"),
    "texts-none": (K.TEXTS, {}, "no language"),
    "texts-nine": (K.TEXTS, {f"a{letter}": "x" for letter in "abcdefghi"}, "nine languages"),
    "texts-region": (K.TEXTS, {"en_gb": "x"}, "no code of ISO 639"),
    "texts-empty": (K.TEXTS, {"en": ""}, "empty"),
    "texts-4001": (K.TEXTS, {"en": "a" * 4_001}, "too long"),
    "term-other": (K.TERM, "bad", "not of the slot's words"),
    "term-capital": (K.TERM, "Good", "in another form"),
    "term-true": (K.TERM, True, "no text"),
}


def cases() -> Iterator[tuple[str, Case]]:
    for expect, named in (("ok", GOOD), ("Malformed", BAD)):
        for name, (kind, value, comment) in named.items():
            case: Case = {"expect": expect, "comment": comment, "kind": kind.value}
            if kind is K.TERM:
                case["terms"] = list(TERMS)
            yield f"slots/{'' if expect == 'ok' else 'not-'}{name}", {**case, "value": value}
