"""What a slot of a form may hold: one kind of value each, all integers, each with its unit.

Latitudes and longitudes are in thousandths of an arc-minute (about 1.85 m), north and east
positive; times are seconds since 1970-01-01T00:00Z; distances are metres. An altitude keeps the
reference that it was given in: a flight level is no height in feet, and neither is turned into the
other. One thing has one form: what could be written in two ways is `Malformed` in one of them.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from detente.errors import Malformed
from detente.line.script import check_code

ARC_MINUTE: Final = 1_000
DEGREE: Final = 60 * ARC_MINUTE
LAT_MAX: Final = 90 * DEGREE
LON_MAX: Final = 180 * DEGREE
METRES_MAX: Final = 1_000_000  # of an uncertainty or a radius
POINTS_MIN: Final = 3
POINTS_MAX: Final = 16  # of a polygon
LEVEL_MAX: Final = 660  # hundreds of feet: above it nobody flies by flight levels
FEET_MAX: Final = 200_000
HEIGHT_M_MAX: Final = 60_000
CRAFT_MAX: Final = 10_000
NUMBER_MAX: Final = 10_000_000
TEXT_MAX: Final = 4_000
TEXTS_MAX: Final = 8
EPOCH_MIN_S: Final = 946_684_800  # 2000-01-01T00:00Z
EPOCH_MAX_S: Final = 4_102_444_800  # 2100-01-01T00:00Z
WINDOW_MAX_S: Final = 366 * 86_400

CLASSES: Final = (
    "fighter", "bomber", "reconnaissance_aircraft", "patrol_aircraft", "transport_aircraft",
    "tanker", "helicopter", "drone", "balloon", "airliner", "light_aircraft", "unidentified",
)  # fmt: skip
MANNED: Final = ("manned", "unmanned", "not_known")
HOW: Final = ("exactly", "about", "at_least")
TREATIES: Final = (
    "accord", "chicago_1944", "colregs_1972", "cues_2014", "dma_1989", "incsea_1972",
    "launch_1988", "open_skies_1992", "sar_1979", "vienna_document_2011",
)  # fmt: skip
QUADRANTS: Final = (
    "arctic_ocean", "baltic_central", "baltic_north", "baltic_south", "barents_east",
    "barents_west", "bering_sea", "black_sea_north_east", "black_sea_north_west",
    "black_sea_south_east", "black_sea_south_west", "east_china_sea", "gulf_of_finland",
    "indian_ocean_north", "indian_ocean_south", "mediterranean_central", "mediterranean_east",
    "mediterranean_west", "north_atlantic_north_east", "north_atlantic_north_west",
    "north_atlantic_south_east", "north_atlantic_south_west", "north_pacific_north_east",
    "north_pacific_north_west", "north_pacific_south_east", "north_pacific_south_west",
    "north_sea", "norwegian_sea", "sea_of_japan", "sea_of_okhotsk", "south_atlantic",
    "south_china_sea", "south_pacific", "yellow_sea",
)  # fmt: skip
ALTITUDES: Final[Mapping[str, int]] = MappingProxyType({
    "agl_ft": FEET_MAX, "agl_m": HEIGHT_M_MAX, "amsl_ft": FEET_MAX, "amsl_m": HEIGHT_M_MAX,
    "fl": LEVEL_MAX,
})  # fmt: skip
SPEEDS: Final[Mapping[str, int]] = MappingProxyType({"kmh": 7_500, "kt": 4_000})
SURFACE: Final = "surface"
UNLIMITED: Final = "unlimited"

_PLACE: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_ARTICLE: Final = re.compile(r"[0-9A-Z][0-9A-Za-z.()-]{0,15}")
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}")


class SlotKind(enum.Enum):
    """What a slot holds."""

    ALTITUDE = "altitude"  # {"fl": 310}, or amsl_ft, amsl_m, agl_ft, agl_m
    AREA = "area"  # {"circle": ...}, {"polygon": [[lat, lon], ...]} or {"quadrant": name}
    CODE = "code"  # a call sign or designation, in one script
    COURSE = "course"  # degrees true, 0 to 359
    CRAFT = "craft"  # {"class", "how", "manned", "number"}: as counted by its author
    LEVELS = "levels"  # {"lower", "upper"}
    NUMBER = "number"  # {"how", "number"}: as counted by its author
    PLACE = "place"  # a key of the gazetteer
    POSITION = "position"  # {"lat", "lon", "within_m"}
    SPEED = "speed"  # {"kt": 420} or {"kmh": 780}
    TERM = "term"  # one of the form's words
    TEXTS = "texts"  # the same text in several languages: {"en": ..., "ru": ...}
    TIME = "time"  # seconds since 1970
    TREATY = "treaty"  # {"article", "treaty"}; article "" is the whole treaty
    WINDOW = "window"  # {"from", "to"}, seconds since 1970


def check_slot(kind: SlotKind, value: Any, terms: tuple[str, ...], where: str) -> None:
    """Raise `Malformed` with the field, the reason and the mend unless a slot may hold this."""
    if kind is SlotKind.TERM:
        _one_of(value, terms, where)
    else:
        _CHECKS[kind](value, where)


# -- where -----------------------------------------------------------------------------------------


def _position(value: Any, where: str) -> None:
    fields = _fields(value, ("lat", "lon", "within_m"), where)
    _point(fields["lat"], fields["lon"], where)
    _whole(fields["within_m"], 1, METRES_MAX, f"{where}.within_m", "metres")


def _point(lat: Any, lon: Any, where: str) -> None:
    _degrees(lat, -LAT_MAX, LAT_MAX, f"{where}.lat", "south", "north")
    _degrees(lon, 1 - LON_MAX, LON_MAX, f"{where}.lon", "west", "east")
    if abs(lat) == LAT_MAX and lon:
        raise Malformed("a pole has no longitude", where=f"{where}.lon", mend="write 0")


def _degrees(value: Any, low: int, high: int, where: str, less: str, more: str) -> None:
    _integer(value, where)
    if not low <= value <= high:
        side, bound = (less if value < 0 else more), high // DEGREE
        degrees, rest = divmod(abs(value), DEGREE)
        read = f"{degrees}°{rest // ARC_MINUTE:02}.{rest % ARC_MINUTE:03}' {side}"
        raise Malformed(
            f"{read} is beyond {bound}°" if abs(value) > high else f"{read} is {bound}° east",
            where=where, mend=f"write thousandths of an arc-minute, within {bound}° of zero",
        )  # fmt: skip


def _area(value: Any, where: str) -> None:
    shape, inside = _only(value, ("circle", "polygon", "quadrant"), where)
    where = f"{where}.{shape}"
    match shape:
        case "circle":
            fields = _fields(inside, ("lat", "lon", "radius_m"), where)
            _point(fields["lat"], fields["lon"], where)
            _whole(fields["radius_m"], 1, METRES_MAX, f"{where}.radius_m", "metres")
        case "polygon":
            _polygon(inside, where)
        case _:
            _one_of(inside, QUADRANTS, where)


def _polygon(value: Any, where: str) -> None:
    points = value if isinstance(value, list) else []
    if not POINTS_MIN <= len(points) <= POINTS_MAX:
        raise Malformed(
            f"{len(points)} points", where=where, mend=f"give {POINTS_MIN} to {POINTS_MAX} corners"
        )
    for index, point in enumerate(points):
        if not isinstance(point, list) or len(point) != 2:
            raise Malformed("no point", where=f"{where}[{index}]", mend="write [lat, lon]")
        lat, lon = point
        _point(lat, lon, f"{where}[{index}]")
        if point in points[:index]:
            raise Malformed(
                "a corner that was given before", where=f"{where}[{index}]",
                mend="give each corner once; the last is joined to the first",
            )  # fmt: skip


def _place(value: Any, where: str) -> None:
    if not _fits(_PLACE, value):
        raise Malformed(
            f"{value!a} is no key of a place", where=where, mend="write it as in the gazetteer"
        )


def _altitude(value: Any, where: str) -> None:
    reference, height = _only(value, tuple(ALTITUDES), where)
    bound = ALTITUDES[reference]
    _integer(height, f"{where}.{reference}")
    if reference == "fl" and height > bound:
        raise Malformed(
            f"flight level {height} is {height * 100:,} ft", where=f"{where}.fl",
            mend=f"a flight level is hundreds of feet, at most {bound}; feet are amsl_ft or agl_ft",
        )  # fmt: skip
    _whole(height, 0, bound, f"{where}.{reference}", reference.rpartition("_")[2])


def _levels(value: Any, where: str) -> None:
    fields = _fields(value, ("lower", "upper"), where)
    lower, upper = fields["lower"], fields["upper"]
    if lower != SURFACE:
        _altitude(lower, f"{where}.lower")
    if upper != UNLIMITED:
        _altitude(upper, f"{where}.upper")
    if isinstance(lower, dict) and isinstance(upper, dict) and lower.keys() == upper.keys():
        (low,), (high,) = lower.values(), upper.values()
        if low >= high:
            raise Malformed(
                f"the upper limit {high} is not above the lower {low}", where=where,
                mend="exchange them",
            )  # fmt: skip


# -- how many, how fast, when ----------------------------------------------------------------------


def _craft(value: Any, where: str) -> None:
    fields = _fields(value, ("class", "how", "manned", "number"), where)
    _one_of(fields["class"], CLASSES, f"{where}.class")
    _one_of(fields["manned"], MANNED, f"{where}.manned")
    _one_of(fields["how"], HOW, f"{where}.how")
    _whole(fields["number"], 1, CRAFT_MAX, f"{where}.number", "aircraft")
    if fields["class"] == "drone" and fields["manned"] != "unmanned":
        raise Malformed(
            "a drone that is not unmanned", where=f"{where}.manned", mend="write unmanned"
        )


def _number(value: Any, where: str) -> None:
    fields = _fields(value, ("how", "number"), where)
    _one_of(fields["how"], HOW, f"{where}.how")
    _whole(fields["number"], 0, NUMBER_MAX, f"{where}.number", "persons or things")


def _course(value: Any, where: str) -> None:
    _whole(value, 0, 359, where, "degrees true; north is 0")


def _speed(value: Any, where: str) -> None:
    unit, speed = _only(value, tuple(SPEEDS), where)
    _whole(speed, 0, SPEEDS[unit], f"{where}.{unit}", unit)


def _time(value: Any, where: str) -> None:
    _whole(value, EPOCH_MIN_S, EPOCH_MAX_S, where, "seconds since 1970, UTC")


def _window(value: Any, where: str) -> None:
    fields = _fields(value, ("from", "to"), where)
    for end in ("from", "to"):
        _time(fields[end], f"{where}.{end}")
    if fields["from"] >= fields["to"]:
        raise Malformed("it ends before it begins", where=where, mend="exchange from and to")
    if fields["to"] - fields["from"] > WINDOW_MAX_S:
        raise Malformed("it is longer than a year", where=where, mend="give a shorter window")


# -- words -----------------------------------------------------------------------------------------


def _code(value: Any, where: str) -> None:
    if not isinstance(value, str):
        raise Malformed("no text", where=where, mend="write capital letters and digits")
    check_code(value, where)


def _treaty(value: Any, where: str) -> None:
    fields = _fields(value, ("article", "treaty"), where)
    _one_of(fields["treaty"], TREATIES, f"{where}.treaty")
    if fields["article"] != "" and not _fits(_ARTICLE, fields["article"]):
        raise Malformed(
            f"{fields['article']!a} is no article", where=f"{where}.article",
            mend="write it like 3, III or IV.2(a); empty for the whole treaty",
        )  # fmt: skip


def _texts(value: Any, where: str) -> None:
    if not isinstance(value, dict) or not 1 <= len(value) <= TEXTS_MAX:
        raise Malformed("no texts by language", where=where, mend='write {"en": ..., "ru": ...}')
    for language, text in value.items():
        if not _fits(_LANGUAGE, language):
            raise Malformed(f"{language!a} is no language", where=where, mend="write en, ru, uk")
        if not isinstance(text, str) or not 1 <= len(text) <= TEXT_MAX:
            raise Malformed(
                "it is empty, too long or no text", where=f"{where}.{language}",
                mend=f"write 1 to {TEXT_MAX} characters",
            )  # fmt: skip


# -- small things ----------------------------------------------------------------------------------


def _fields(value: Any, names: tuple[str, ...], where: str) -> dict[str, Any]:
    """An object with just these fields."""
    if not isinstance(value, dict):
        raise Malformed("no object", where=where, mend=f"give {', '.join(names)}")
    for name in names:
        if name not in value:
            raise Malformed("it is missing", where=f"{where}.{name}", mend="give it")
    for name in value:
        if name not in names:
            raise Malformed(
                "nothing of this name belongs here", where=f"{where}.{name}",
                mend=f"leave it out; there are {', '.join(names)}",
            )  # fmt: skip
    return value


def _only(value: Any, names: tuple[str, ...], where: str) -> tuple[str, Any]:
    """An object with one field, which says what it is."""
    if not isinstance(value, dict) or len(value) != 1 or next(iter(value)) not in names:
        raise Malformed(
            "it does not say of which kind it is", where=where,
            mend=f"give one of {', '.join(names)}",
        )  # fmt: skip
    return next(iter(value.items()))


def _one_of(value: Any, names: tuple[str, ...], where: str) -> None:
    if not isinstance(value, str) or value not in names:
        raise Malformed(
            f"{value!a} is no word of it", where=where, mend=f"one of {', '.join(names)}"
        )


def _integer(value: Any, where: str) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise Malformed(f"{value!a} is no whole number", where=where, mend="write an integer")


def _whole(value: Any, low: int, high: int, where: str, unit: str) -> None:
    _integer(value, where)
    if not low <= value <= high:
        raise Malformed(
            f"{value:,} is not within {low:,} and {high:,}", where=where, mend=f"it is in {unit}"
        )


def _fits(pattern: re.Pattern[str], value: Any) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


_CHECKS: Final[Mapping[SlotKind, Callable[[Any, str], None]]] = MappingProxyType({
    SlotKind.ALTITUDE: _altitude,
    SlotKind.AREA: _area,
    SlotKind.CODE: _code,
    SlotKind.COURSE: _course,
    SlotKind.CRAFT: _craft,
    SlotKind.LEVELS: _levels,
    SlotKind.NUMBER: _number,
    SlotKind.PLACE: _place,
    SlotKind.POSITION: _position,
    SlotKind.SPEED: _speed,
    SlotKind.TEXTS: _texts,
    SlotKind.TIME: _time,
    SlotKind.TREATY: _treaty,
    SlotKind.WINDOW: _window,
})  # fmt: skip
