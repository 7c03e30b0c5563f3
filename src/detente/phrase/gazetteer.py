"""Named places, and which of them is nearest to a position.

The places stand in `gazetteer.tsv`, which says where each was taken from; their names stand in
each language's `places.toml`. Latitudes and longitudes are in thousandths of an arc-minute, north
and east positive; distances are metres along the ellipsoid of WGS 84 (C. F. F. Karney, Algorithms
for geodesics, 2013, as geographiclib has them); bearings are whole degrees from true north, 0 to
359.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Final, Literal, NamedTuple, get_args

from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]  # it has no types

from detente.errors import Malformed

FILE: Final = "gazetteer.tsv"
FILE_CHARACTERS_MAX: Final = 1 << 17
DEGREE: Final = 60_000  # thousandths of an arc-minute
LAT_MAX: Final = 90 * DEGREE
LON_MAX: Final = 180 * DEGREE
SOURCES: Final = frozenset(("natural_earth", "from_memory"))
NEARLY: Final = 1.02
"""How much farther on a sphere the nearest place may seem than the one that seems nearest: the
radii of curvature of WGS 84 are between 6,335 and 6,400 km, 1 % apart, and this is twice that."""

Kind = Literal["airfield", "cape", "city", "crossing", "island", "port", "reef", "station", "town"]

_COLUMNS: Final = ("key", "latitude", "longitude", "kind", "source")
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_WHOLE: Final = re.compile(r"0|-?[1-9][0-9]{0,7}")
_KINDS: Final = frozenset(get_args(Kind))


@dataclass(frozen=True, slots=True)
class Place:
    """A point with a name in every language. `kind` is for people; nothing is decided by it."""

    key: str
    lat: int
    lon: int
    kind: Kind


class Near(NamedTuple):
    """Where a position lies from a place: `bearing` is at the place, towards the position."""

    place: Place
    distance_m: int
    bearing: int


def gazetteer() -> Mapping[str, Place]:
    """Every place by its key, in the order of the file."""
    return _shipped()


def find(key: str) -> Place | None:
    """The place of this key."""
    return _shipped().get(key)


def nearest(lat: int, lon: int) -> Near:
    """The nearest place, large or small: an officer finds a village on a chart as well."""
    here = _on_sphere(lat, lon)
    apart = [(math.dist(here, there), place) for there, place in _shipped_on_sphere()]
    # The sphere only sorts out which are worth measuring. Chords grow less than their arcs, so the
    # bound holds for them, too.
    bound = NEARLY * min(chord for chord, _ in apart)
    measured = (_near(place, lat, lon) for chord, place in apart if chord <= bound)
    return min(measured, key=lambda near: (near.distance_m, near.place.key))


def distance_m(a_lat: int, a_lon: int, b_lat: int, b_lon: int) -> int:
    """How far two positions are apart, to the metre."""
    return round(_inverse(a_lat, a_lon, b_lat, b_lon)[0])


def _near(place: Place, lat: int, lon: int) -> Near:
    apart_m, bearing = _inverse(place.lat, place.lon, lat, lon)
    # At the place itself there is no direction, and geographiclib's answer is an accident.
    return Near(place, round(apart_m), round(bearing) % 360 if apart_m else 0)


def _inverse(a_lat: int, a_lon: int, b_lat: int, b_lon: int) -> tuple[float, float]:
    """Metres from a to b, and the direction at a in degrees, -180 to 180."""
    for lat, lon in ((a_lat, a_lon), (b_lat, b_lon)):
        if abs(lat) > LAT_MAX or abs(lon) > LON_MAX:
            raise AssertionError(f"({lat}, {lon}) is no position on Earth")
    asked = Geodesic.DISTANCE | Geodesic.AZIMUTH
    found = Geodesic.WGS84.Inverse(
        a_lat / DEGREE, a_lon / DEGREE, b_lat / DEGREE, b_lon / DEGREE, asked
    )
    return found["s12"], found["azi1"]


def _on_sphere(lat: int, lon: int) -> tuple[float, float, float]:
    """The point on a sphere of radius one. It knows of no antimeridian and no pole."""
    phi, theta = math.radians(lat / DEGREE), math.radians(lon / DEGREE)
    return math.cos(phi) * math.cos(theta), math.cos(phi) * math.sin(theta), math.sin(phi)


# -- the file --------------------------------------------------------------------------------------


@cache
def _shipped() -> Mapping[str, Place]:
    path = files("detente.phrase") / FILE
    return parse_gazetteer(path.read_text(encoding="utf-8"), FILE)


@cache
def _shipped_on_sphere() -> tuple[tuple[tuple[float, float, float], Place], ...]:
    return tuple((_on_sphere(place.lat, place.lon), place) for place in _shipped().values())


def parse_gazetteer(text: str, where: str) -> Mapping[str, Place]:
    """Places from their file: lines of five fields with tabs between them, after a line of their
    names. Empty lines, and those that begin with `#`, are for people. Raises `Malformed`.
    """
    if len(text) > FILE_CHARACTERS_MAX:
        raise Malformed(f"more than {FILE_CHARACTERS_MAX} characters", where=where)
    lines = [
        (f"{where}:{number}", tuple(line.split("\t")))
        for number, line in enumerate(text.split("\n"), 1)
        if line and not line.startswith("#")
    ]
    if not lines or lines[0][1] != _COLUMNS:
        raise Malformed(f"its columns are not {', '.join(_COLUMNS)}", where=where)
    places: dict[str, Place] = {}
    points: dict[tuple[int, int], str] = {}
    for at, fields in lines[1:]:
        place = _place(fields, at)
        if place.key in places:
            raise Malformed(f"{place.key} stands twice", where=at)
        other = points.setdefault((place.lat, place.lon), place.key)
        if other != place.key:
            raise Malformed(f"{place.key} is where {other} is", where=at)
        places[place.key] = place
    if not places:
        raise Malformed("no place", where=where)
    return MappingProxyType(places)


def _place(fields: tuple[str, ...], where: str) -> Place:
    if len(fields) != len(_COLUMNS):
        raise Malformed(f"{len(fields)} fields where {len(_COLUMNS)} belong", where=where)
    key, lat, lon, kind, source = fields
    if not _KEY.fullmatch(key):
        raise Malformed(f"{key!a} is no key", where=where, mend="write a to z, 0 to 9 and _")
    found = next((each for each in get_args(Kind) if each == kind), None)
    if found is None:
        raise Malformed(f"{kind!a} is no kind", where=where, mend=f"one of {sorted(_KINDS)}")
    if source not in SOURCES:
        raise Malformed(f"{source!a} is no source", where=where, mend=f"one of {sorted(SOURCES)}")
    return Place(
        key,
        _angle(lat, -LAT_MAX, LAT_MAX, f"{where}: latitude"),
        _angle(lon, 1 - LON_MAX, LON_MAX, f"{where}: longitude"),
        found,
    )


def _angle(text: str, low: int, high: int, where: str) -> int:
    if not _WHOLE.fullmatch(text) or not low <= (value := int(text)) <= high:
        raise Malformed(
            f"{text!a} is not from {low} to {high}", where=where,
            mend="write thousandths of an arc-minute",
        )  # fmt: skip
    return value
