"""From what a person types to the value of a slot. JSON is taken as it is, for every kind."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from detente.errors import Malformed
from detente.line.form import Form, Slot
from detente.line.slots import CLASSES, DEGREE, MANNED, QUADRANTS, SlotKind, check_slot
from detente.phrase.dtg import parse_time
from detente.phrase.language import Language
from detente.phrase.readback import key_of

_UNITS_S: Final = MappingProxyType({"s": 1, "min": 60, "h": 3_600, "d": 86_400})
_HOW: Final = MappingProxyType({"": "exactly", "~": "about", ">=": "at_least"})
_ANGLE: Final = re.compile(
    r"(?P<deg>[0-9]{1,3})(?:\.(?P<tenths>[0-9]{1,6}))?°?\s*"
    r"(?:(?P<min>[0-9]{1,2})(?:[.,](?P<frac>[0-9]{1,3}))?['\u2032]?)?\s*(?P<side>[NSEW])"
)
_METRES: Final = re.compile(r"(?:±|within )?\s*([0-9]{1,7})\s*(m|km)")
_FROM_NOW: Final = re.compile(r"([+-])([0-9]{1,4})(s|min|h|d)")
_MANY: Final = re.compile(r"(?P<how>~|>=|)\s*(?P<number>[0-9]{1,8})(?:\s+(?P<rest>.+))?")
_HEIGHT: Final = re.compile(r"([0-9]{1,6})\s*(ft|m)\s+(amsl|agl)", re.IGNORECASE)
_SPEED: Final = re.compile(r"([0-9]{1,5})\s*(kt|km/h|kmh)", re.IGNORECASE)

HINTS: Final[Mapping[SlotKind, str]] = MappingProxyType({
    SlotKind.ALTITUDE: "FL310, 12000ft amsl, 300m agl",
    SlotKind.AREA: "circle 44N 31E 40km; polygon 44N 31E; 45N 31E; 45N 32E; or a sea by its word",
    SlotKind.CODE: "FORTE-11",
    SlotKind.COURSE: "090",
    SlotKind.CRAFT: "3 fighter manned, ~2 drone, >=1 unidentified",
    SlotKind.LEVELS: "surface to FL100, FL280 to FL340",
    SlotKind.NUMBER: "12, ~12, >=12",
    SlotKind.PLACE: "a name of the gazetteer",
    SlotKind.POSITION: "54°30.5'N 22°45'E 500m (the last: how exact it is)",
    SlotKind.SPEED: "420kt, 780km/h",
    SlotKind.TERM: "one of its words",
    SlotKind.TEXTS: "en=We agree.; ru=Мы согласны.",
    SlotKind.TIME: "now, +20min, -5min, 221830Z NOV 26, 2026-11-22T18:30:05Z",
    SlotKind.TREATY: "incsea_1972 III",
    SlotKind.WINDOW: "now to +3h, -10min to now, 221830Z NOV 26 to 222100Z NOV 26",
})  # fmt: skip


def check_whole(form: Form, slots: Mapping[str, Any]) -> None:
    """Raise `Malformed` for the first slot that is needed and not filled, and how it is typed."""
    for name, slot in form.slots.items():
        if name not in slots and not slot.optional:
            hint = ", ".join(slot.terms) or HINTS[slot.kind]
            raise Malformed(
                "it is missing", where=f"slots.{name}", mend=f"--set {name}=...: {hint}"
            )


def fill(form: Form, slots: Mapping[str, str], language: Language, now_s: int) -> dict[str, Any]:
    """Slots as they were typed, by name. Raises `Malformed` with the slot, the reason, the mend."""
    found: dict[str, Any] = {}
    for name, text in slots.items():
        slot = form.slots.get(name)
        if slot is None:
            raise Malformed(
                f"form {form.number} has no such slot", where=f"slots.{name}",
                mend=f"it has {', '.join(form.slots)}",
            )  # fmt: skip
        found[name] = fill_slot(name, slot, text, language, now_s)
    return found


def fill_slot(name: str, slot: Slot, text: str, language: Language, now_s: int) -> Any:
    """One slot as it was typed."""
    where, text = f"slots.{name}", text.strip()
    if text[:1] in ("{", "["):
        try:
            value = json.loads(text)
        except ValueError as error:
            raise Malformed(f"not JSON: {error}", where=where, mend=HINTS[slot.kind]) from error
    elif slot.kind is SlotKind.TERM:
        value = _term(name, slot, text, language)
    elif slot.kind is SlotKind.PLACE:
        value = key_of(language.places, text) or text
    else:
        value = _PARSERS[slot.kind](text, where, now_s)
    check_slot(slot.kind, value, slot.terms, where)
    return value


def _term(name: str, slot: Slot, text: str, language: Language) -> str:
    """A word of the form, its number in the list, or how the language says it."""
    if text.isdecimal() and 0 < int(text) <= len(slot.terms):
        return slot.terms[int(text) - 1]
    said = {language.term(name, term).casefold(): term for term in slot.terms}
    return said.get(text.casefold(), text)


def _wrong(kind: SlotKind, text: str, where: str) -> Malformed:
    return Malformed(f"{text!a} cannot be read", where=where, mend=f"write it like {HINTS[kind]}")


def _position(text: str, where: str, _now: int) -> Any:
    lat, lon, rest = _point(text, where, SlotKind.POSITION)
    found = _METRES.fullmatch(rest.strip())
    if found is None:
        raise Malformed(
            "it does not say how exact it is", where=where,
            mend=f"add metres or kilometres: {HINTS[SlotKind.POSITION]}",
        )  # fmt: skip
    return {"lat": lat, "lon": lon, "within_m": _metres(found)}


def _point(text: str, where: str, kind: SlotKind) -> tuple[int, int, str]:
    first = _ANGLE.match(text)
    rest = text[first.end() :].lstrip(" ,") if first else ""
    second = _ANGLE.match(rest)
    if first is None or second is None or first["side"] in "EW" or second["side"] in "NS":
        raise _wrong(kind, text, where)
    return _angle(first), _angle(second), rest[second.end() :].strip(" ,")


def _angle(found: re.Match[str]) -> int:
    """Thousandths of an arc-minute; decimal degrees are rounded to the nearest."""
    value = int(found["deg"]) * DEGREE
    if found["tenths"]:
        value += round(int(found["tenths"]) * DEGREE / 10 ** len(found["tenths"]))
    if found["min"]:
        value += int(found["min"]) * 1_000 + int((found["frac"] or "").ljust(3, "0"))
    return -value if found["side"] in "SW" else value


def _metres(found: re.Match[str]) -> int:
    return int(found[1]) * (1_000 if found[2] == "km" else 1)


def _area(text: str, where: str, _now: int) -> Any:
    kind, _, rest = text.partition(" ")
    match kind:
        case "circle":
            lat, lon, radius = _point(rest, where, SlotKind.AREA)
            found = _METRES.fullmatch(radius)
            if found is None:
                raise _wrong(SlotKind.AREA, text, where)
            return {"circle": {"lat": lat, "lon": lon, "radius_m": _metres(found)}}
        case "polygon":
            points = (_point(each.strip(), where, SlotKind.AREA) for each in rest.split(";"))
            return {"polygon": [[lat, lon] for lat, lon, _ in points]}
        case _ if text in QUADRANTS:
            return {"quadrant": text}
        case _:
            raise _wrong(SlotKind.AREA, text, where)


def _altitude(text: str, where: str, _now: int) -> Any:
    if re.fullmatch("FL ?[0-9]{1,6}", text, re.IGNORECASE):
        return {"fl": int(text[2:])}
    found = _HEIGHT.fullmatch(text)
    if found is None:
        raise _wrong(SlotKind.ALTITUDE, text, where)
    return {f"{found[3].lower()}_{found[2].lower()}": int(found[1])}


def _levels(text: str, where: str, now: int) -> Any:
    lower, to, upper = text.partition(" to ")
    if not to:
        raise _wrong(SlotKind.LEVELS, text, where)
    return {
        "lower": lower if lower == "surface" else _altitude(lower, f"{where}.lower", now),
        "upper": upper if upper == "unlimited" else _altitude(upper, f"{where}.upper", now),
    }


def _many(text: str, where: str, kind: SlotKind) -> tuple[str, int, list[str]]:
    found = _MANY.fullmatch(text)
    if found is None:
        raise _wrong(kind, text, where)
    return _HOW[found["how"]], int(found["number"]), (found["rest"] or "").split()


def _craft(text: str, where: str, _now: int) -> Any:
    how, number, rest = _many(text, where, SlotKind.CRAFT)
    kind = next((word for word in rest if word in CLASSES), "")
    manned = next((word for word in rest if word in MANNED), "")
    if not kind or len(rest) > 1 + bool(manned):
        raise Malformed(
            f"{text!a} names no class", where=where, mend=f"one of {', '.join(CLASSES)}"
        )
    usual = "unmanned" if kind == "drone" else "not_known"
    return {"class": kind, "how": how, "manned": manned or usual, "number": number}


def _number(text: str, where: str, _now: int) -> Any:
    how, number, rest = _many(text, where, SlotKind.NUMBER)
    if rest:
        raise _wrong(SlotKind.NUMBER, text, where)
    return {"how": how, "number": number}


def _course(text: str, where: str, _now: int) -> Any:
    if not re.fullmatch("[0-9]{1,3}", text):
        raise _wrong(SlotKind.COURSE, text, where)
    return int(text)


def _speed(text: str, where: str, _now: int) -> Any:
    found = _SPEED.fullmatch(text)
    if found is None:
        raise _wrong(SlotKind.SPEED, text, where)
    return {"kt" if found[2].lower() == "kt" else "kmh": int(found[1])}


def _time(text: str, where: str, now: int) -> Any:
    if text == "now":
        return now // 60 * 60
    if found := _FROM_NOW.fullmatch(text):
        return now // 60 * 60 + int(found[1] + found[2]) * _UNITS_S[found[3]]
    try:
        return parse_time(text) // 1_000
    except Malformed as error:
        raise Malformed(error.what, where=where, mend=HINTS[SlotKind.TIME]) from error


def _window(text: str, where: str, now: int) -> Any:
    begins, to, ends = text.partition(" to ")
    if not to:
        raise _wrong(SlotKind.WINDOW, text, where)
    return {
        "from": _time(begins.strip(), f"{where}.from", now),
        "to": _time(ends.strip(), f"{where}.to", now),
    }


def _treaty(text: str, _where: str, _now: int) -> Any:
    treaty, _, article = text.partition(" ")
    return {"article": article, "treaty": treaty}


def _texts(text: str, where: str, _now: int) -> Any:
    parts = [part.strip().partition("=") for part in re.split(r";\s*(?=[a-z]{2,3}=)", text)]
    if not all(equals for _, equals, _ in parts):
        raise _wrong(SlotKind.TEXTS, text, where)
    return {language: words for language, _, words in parts}


def _code(text: str, _where: str, _now: int) -> Any:
    return text


_PARSERS: Final[Mapping[SlotKind, Callable[[str, str, int], Any]]] = MappingProxyType({
    SlotKind.ALTITUDE: _altitude,
    SlotKind.AREA: _area,
    SlotKind.CODE: _code,
    SlotKind.COURSE: _course,
    SlotKind.CRAFT: _craft,
    SlotKind.LEVELS: _levels,
    SlotKind.NUMBER: _number,
    SlotKind.POSITION: _position,
    SlotKind.SPEED: _speed,
    SlotKind.TEXTS: _texts,
    SlotKind.TIME: _time,
    SlotKind.TREATY: _treaty,
    SlotKind.WINDOW: _window,
})  # fmt: skip
