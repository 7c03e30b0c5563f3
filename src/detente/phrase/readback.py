"""A position put in words for an officer to confirm, and whether it lies where its place does.

A latitude with one digit wrong looks like any other latitude; forty kilometres inland does not look
like a harbour. So a position is said once more as distance and bearing from a named place, in the
reader's language, and a place that a message names is compared with its position.

Names and wording stand in each language's `places.toml`. Latitudes and longitudes are in
thousandths of an arc-minute, north and east positive; distances are metres; bearings are degrees
from true north.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Final

from babel import Locale
from babel.units import format_unit

from detente.errors import Malformed
from detente.phrase.gazetteer import distance_m, find, gazetteer, nearest

STRAY_M: Final = 5_000
"""How far a position may lie from its place, beside its own uncertainty. In September 2016 soldiers
by the airfield of Deir ez-Zor were bombed: the location that had gone over the line was 9 km off.
This finds such a slip, and lets pass a harbour, an airfield or the outskirts of a town."""

AT_M: Final = 1_000  # nearer than this no direction is said: the gazetteer is not finer than it
TENTHS_BELOW_M: Final = 10_000  # nearer than this a tenth of a kilometre is said
FILE_CHARACTERS_MAX: Final = 1 << 17
WORDS_CHARACTERS_MAX: Final = 80  # of a name, a point of the compass or a sentence

POINTS: Final = (
    *("north", "north_east", "east", "south_east"),
    *("south", "south_west", "west", "north_west"),
)
NEAR_GAPS: Final = ("distance", "point", "bearing", "place")
AT_GAPS: Final = ("distance", "place")

_TABLES: Final = ("wording", "compass", "names")
_WORDING: Final = MappingProxyType({"near": NEAR_GAPS, "at": AT_GAPS})
_GAP: Final = re.compile(r"\{([^{}]*)\}")
_BETWEEN: Final = re.compile(r"[\s_\-\u2010-\u2015]+")
# What a keyboard lacks, or hurry leaves out: dots, a hook, and which of three apostrophes.
_TYPED: Final = str.maketrans({"ё": "е", "ı": "i", "ґ": "г", "\u2019": "'", "\u02bc": "'"})


@dataclass(frozen=True, slots=True)
class PlaceNames:
    """What places are called in one language, and how a position is said in it."""

    names: Mapping[str, str]  # by key, in the order of the gazetteer
    compass: tuple[str, ...]  # in the order of POINTS
    near: str
    at: str
    keys: Mapping[str, str]  # by names and keys as `_folded` has them


def read_back(names: PlaceNames, locale: Locale, lat: int, lon: int) -> str:
    """Where a position is: `21 km north-east (047°) of Constanța`, with numbers as CLDR writes
    them in `locale`.
    """
    near = nearest(lat, lon)
    place = names.names[near.place.key]
    if near.distance_m < AT_M:
        return names.at.format(distance=_kilometres(Decimal(AT_M // 1_000), locale), place=place)
    return names.near.format(
        distance=_kilometres(_rounded(near.distance_m), locale),
        point=_point(names, near.bearing),
        bearing=f"{near.bearing:03}",
        place=place,
    )


def key_of(names: PlaceNames, text: str) -> str | None:
    """The key of the place that a person named, by its name or its key."""
    return names.keys.get(_folded(text))


def stray(place_key: str, lat: int, lon: int, uncertainty_m: int) -> int | None:
    """How far a position lies from the place it is said to be at, in metres, if that is too far.
    None: it is near enough, or the gazetteer has no such place.
    """
    place = find(place_key)
    if place is None:
        return None
    apart_m = distance_m(place.lat, place.lon, lat, lon)
    return apart_m if apart_m > STRAY_M + uncertainty_m else None


def _point(names: PlaceNames, bearing: int) -> str:
    """The nearest of eight points: each has 45 degrees, half of them on either side."""
    return names.compass[(2 * bearing + 45) // 90 % len(POINTS)]


def _rounded(apart_m: int) -> Decimal:
    """Kilometres, rounded half up: with a tenth, also if it is none, where it tells something."""
    tenths = (apart_m + 50) // 100
    if tenths * 100 < TENTHS_BELOW_M:
        return Decimal(tenths).scaleb(-1)
    return Decimal((apart_m + 500) // 1_000)


def _kilometres(value: Decimal, locale: Locale) -> str:
    digits = "#,##0.0" if value.as_tuple().exponent else "#,##0"
    said = format_unit(value, "length-kilometer", "short", format=digits, locale=locale)
    return str(said)


def _folded(text: str) -> str:
    """A name as it is compared: however it is composed, capitalised, spaced, hyphenated, typed."""
    composed = unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold())
    return _BETWEEN.sub(" ", composed.translate(_TYPED)).strip()


# -- the file --------------------------------------------------------------------------------------


def parse_place_names(text: str, where: str) -> PlaceNames:
    """A language's names and wording. Raises `Malformed` that names each hole."""
    if len(text) > FILE_CHARACTERS_MAX:
        raise Malformed(f"more than {FILE_CHARACTERS_MAX} characters", where=where)
    try:
        found = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(str(error), where=where) from error
    if holes := tuple(_holes(found)):
        raise Malformed(
            "; ".join(holes), where=where,
            mend="give every place one name of its own, and each sentence its gaps",
        )  # fmt: skip
    names: Mapping[str, str] = {key: found["names"][key] for key in gazetteer()}
    return PlaceNames(
        names=MappingProxyType(names),
        compass=tuple(found["compass"][point] for point in POINTS),
        near=found["wording"]["near"],
        at=found["wording"]["at"],
        keys=MappingProxyType(
            {_folded(word): key for key, name in names.items() for word in (key, name)}
        ),
    )


def _holes(found: Mapping[str, Any]) -> Iterator[str]:
    yield from (f"{name!a} is no table of it" for name in found if name not in _TABLES)
    tables = {name: found.get(name) for name in _TABLES}
    for name, table in tables.items():
        if not isinstance(table, dict):
            yield f"[{name}] is missing"
    yield from _holes_of("wording", tables["wording"], _WORDING)
    yield from _holes_of("compass", tables["compass"], POINTS)
    yield from _holes_of("names", tables["names"], gazetteer())
    if isinstance(wording := tables["wording"], dict):
        yield from _gaps(wording)
    if isinstance(names := tables["names"], dict):
        yield from _twice(names)
    if isinstance(compass := tables["compass"], dict):
        said = [word for word in compass.values() if isinstance(word, str)]
        yield from (f"two points are called {word}" for word in sorted(_doubles(said)))


def _holes_of(name: str, table: Any, wanted: Mapping[str, Any] | tuple[str, ...]) -> Iterator[str]:
    if not isinstance(table, dict):
        return
    yield from (f"{name}.{key} is not known" for key in table if key not in wanted)
    for key in wanted:
        if key not in table:
            yield f"{name}.{key} is missing"
        elif not _one_line(table[key]):
            yield f"{name}.{key} is not one line of text"
        elif name != "wording" and ("{" in table[key] or "}" in table[key]):
            yield f"{name}.{key} has a brace"


def _gaps(wording: Mapping[str, Any]) -> Iterator[str]:
    for key, wanted in _WORDING.items():
        text = wording.get(key)
        if not isinstance(text, str):
            continue
        gaps = _GAP.findall(text)
        yield from (f"wording.{key} lacks {{{gap}}}" for gap in wanted if gap not in gaps)
        yield from (f"wording.{key} has an unknown {{{gap}}}" for gap in gaps if gap not in wanted)
        yield from (f"wording.{key} says {{{gap}}} twice" for gap in sorted(_doubles(gaps)))
        if re.search(r"[{}]", _GAP.sub("", text)):
            yield f"wording.{key} has a brace that opens no gap"


def _twice(names: Mapping[str, Any]) -> Iterator[str]:
    """Names that would lead back to another place: to that of the same name, or of that key."""
    first = {_folded(key): key for key in gazetteer()}
    for key, name in names.items():
        if not isinstance(name, str) or key not in gazetteer():
            continue
        if (other := first.setdefault(_folded(name), key)) != key:
            yield f"names.{key} and names.{other} share the name {name}"


def _doubles(words: list[str]) -> set[str]:
    return {word for word in words if words.count(word) > 1}


def _one_line(text: object) -> bool:
    return (
        isinstance(text, str)
        and 0 < len(text) <= WORDS_CHARACTERS_MAX
        and text.isprintable()
        and text == text.strip()
        and text == unicodedata.normalize("NFC", text)
    )
