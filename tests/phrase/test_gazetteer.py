"""The gazetteer is sane, and the nearest of its places is the nearest."""

from __future__ import annotations

import re
from importlib.resources import files
from typing import get_args

import pytest
from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]  # it has no types
from hypothesis import example, given, settings
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.phrase.gazetteer import (
    DEGREE,
    FILE,
    FILE_CHARACTERS_MAX,
    LAT_MAX,
    LON_MAX,
    SOURCES,
    Kind,
    Place,
    distance_m,
    find,
    gazetteer,
    nearest,
    parse_gazetteer,
)

LATITUDES = st.integers(-LAT_MAX, LAT_MAX)
LONGITUDES = st.integers(1 - LON_MAX, LON_MAX)

# Well-known distances in kilometres, and how right they have to be: towns are no points.
APART = [
    ("london", "paris", 344, 3),
    ("helsinki", "tallinn", 82, 3),
    ("moscow", "st_petersburg", 634, 4),
    ("kyiv", "moscow", 756, 4),
    ("new_york", "london", 5_585, 10),
    ("tokyo", "seoul", 1_160, 8),
    ("beijing", "taipei", 1_720, 10),
    ("new_delhi", "islamabad", 688, 8),
    ("sydney", "wellington", 2_225, 10),
    ("singapore", "jakarta", 886, 8),
    ("istanbul", "ankara", 350, 6),
    ("damascus", "beirut", 86, 4),
    ("warsaw", "minsk", 475, 5),
    ("deir_ez_zor", "deir_ez_zor_airfield", 7, 1),
    ("ratmanov", "little_diomede", 6, 3),
    ("washington", "mexico_city", 3_040, 15),
    ("cape_town", "buenos_aires", 6_880, 20),
    ("honolulu", "san_francisco", 3_855, 10),
]


def metres(one: Place, other: Place) -> int:
    return distance_m(one.lat, one.lon, other.lat, other.lon)


# -- the places -----------------------------------------------------------------------------------


def test_there_are_places_for_every_line() -> None:
    assert 500 <= len(gazetteer()) <= 1_000
    assert {place.kind for place in gazetteer().values()} == set(get_args(Kind))


def test_every_place_is_on_earth_and_has_a_key_that_a_message_can_hold() -> None:
    for key, place in gazetteer().items():
        assert key == place.key
        assert re.fullmatch(r"[a-z][a-z0-9_]{0,31}", key)
        assert abs(place.lat) < LAT_MAX, key
        assert -LON_MAX < place.lon <= LON_MAX, key


def test_no_two_places_are_within_three_kilometres() -> None:
    places = sorted(gazetteer().values(), key=lambda place: place.lat)
    close = [
        (one.key, other.key)
        for index, one in enumerate(places)
        for other in places[index + 1 :]
        if other.lat - one.lat < 2 * DEGREE // 60 and metres(one, other) < 3_000
    ]

    assert close == []


@pytest.mark.parametrize("one,other,kilometres,within", APART)
def test_known_distances(one: str, other: str, kilometres: int, within: int) -> None:
    here, there = find(one), find(other)

    assert here is not None
    assert there is not None
    assert abs(metres(here, there) / 1_000 - kilometres) <= within


def test_a_place_from_memory_is_given_to_the_minute() -> None:
    rows = [line.split("\t") for line in shipped().splitlines() if "\tfrom_memory" in line]

    assert rows
    assert all(int(row[1]) % 1_000 == int(row[2]) % 1_000 == 0 for row in rows)


def test_the_file_says_what_its_sources_are() -> None:
    header = "".join(line for line in shipped().splitlines(keepends=True) if line[:2] == "# ")

    assert all(source in header for source in SOURCES)


def test_an_unknown_key_is_no_place() -> None:
    assert find("atlantis") is None
    assert find("") is None


# -- distances and the nearest --------------------------------------------------------------------


def test_a_degree_on_the_equator_and_on_a_meridian() -> None:
    assert distance_m(0, 0, 0, DEGREE) == 111_319
    assert distance_m(0, 0, DEGREE, 0) == 110_574


def test_across_the_antimeridian_and_over_the_pole() -> None:
    assert distance_m(0, LON_MAX, 0, 1_000 - LON_MAX) == distance_m(0, 0, 0, 1_000)
    assert distance_m(89 * DEGREE, 0, 89 * DEGREE, LON_MAX) == 223_388
    assert distance_m(LAT_MAX, 0, LAT_MAX, 90 * DEGREE) == 0


@pytest.mark.parametrize(
    "lat,lon", [(LAT_MAX + 1, 0), (-LAT_MAX - 1, 0), (0, LON_MAX + 1), (0, -LON_MAX - 1)]
)
def test_what_is_not_on_earth_is_a_bug_of_ours(lat: int, lon: int) -> None:
    with pytest.raises(AssertionError):
        distance_m(0, 0, lat, lon)
    with pytest.raises(AssertionError):
        nearest(lat, lon)


def test_at_every_place_the_place_is_the_nearest() -> None:
    for place in gazetteer().values():
        assert nearest(place.lat, place.lon) == (place, 0, 0)


def test_the_bearing_is_at_the_place() -> None:
    constanta = find("constanta")
    assert constanta is not None

    assert nearest(constanta.lat + 6_000, constanta.lon).bearing == 0
    assert nearest(constanta.lat - 6_000, constanta.lon).bearing == 180
    assert nearest(constanta.lat, constanta.lon + 6_000).bearing == 90
    assert nearest(constanta.lat, constanta.lon - 6_000).bearing == 270


def test_the_nearest_may_be_on_the_other_side_of_the_antimeridian() -> None:
    near = nearest(62 * DEGREE, 1 - LON_MAX)  # between Anadyr and Saint Lawrence Island

    assert near.place.key == "anadyr"
    assert near.bearing < 180


def test_everything_lies_south_of_the_north_pole() -> None:
    north, south = nearest(LAT_MAX, 0), nearest(-LAT_MAX, 0)

    assert (north.place.key, north.bearing) == ("alert", 0)
    assert (south.place.key, south.bearing) == ("vostok", 180)


@settings(max_examples=25)  # each measures the whole gazetteer
@example(0, 0)
@example(LAT_MAX, 0)
@example(-LAT_MAX, 0)
@example(0, LON_MAX)
@example(65 * DEGREE, 1 - LON_MAX)
@given(LATITUDES, LONGITUDES)
def test_no_place_is_nearer_than_the_nearest(lat: int, lon: int) -> None:
    near = nearest(lat, lon)
    all_of_them = {
        place.key: distance_m(place.lat, place.lon, lat, lon) for place in gazetteer().values()
    }

    assert near.distance_m == min(all_of_them.values()) == all_of_them[near.place.key]


@example(LAT_MAX, 0)
@example(-LAT_MAX, 0)
@example(0, LON_MAX)
@given(LATITUDES, LONGITUDES)
def test_distance_and_bearing_lead_back_to_the_position(lat: int, lon: int) -> None:
    place, apart_m, bearing = nearest(lat, lon)
    assert 0 <= bearing < 360

    there = Geodesic.WGS84.Direct(place.lat / DEGREE, place.lon / DEGREE, bearing, apart_m)
    missed = Geodesic.WGS84.Inverse(there["lat2"], there["lon2"], lat / DEGREE, lon / DEGREE)

    assert missed["s12"] <= max(1_000, apart_m / 100)


# -- the file --------------------------------------------------------------------------------------

HEAD = "key\tlatitude\tlongitude\tkind\tsource\n"
ROW = "here\t60000\t-60000\tport\tfrom_memory\n"


def shipped() -> str:
    return (files("detente.phrase") / FILE).read_text(encoding="utf-8")


def test_a_file_is_read() -> None:
    read = parse_gazetteer(f"# for people\n\n{HEAD}# and here\n{ROW}", "a.tsv")

    assert read == {"here": Place("here", DEGREE, -DEGREE, "port")}


@pytest.mark.parametrize(
    "text,what",
    [
        ("", "a.tsv: its columns are not key, latitude, longitude, kind, source"),
        (ROW, "a.tsv: its columns are not key, latitude, longitude, kind, source"),
        (HEAD, "a.tsv: no place"),
        (HEAD + ROW + ROW, "a.tsv:3: here stands twice"),
        (HEAD + ROW + ROW.replace("here", "there"), "a.tsv:3: there is where here is"),
        (HEAD + ROW.replace("\tport", ""), "a.tsv:2: 4 fields where 5 belong"),
        (HEAD + ROW.replace("here", "Here"), "a.tsv:2: 'Here' is no key"),
        (HEAD + ROW.replace("here", "h" * 33), "is no key"),
        (HEAD + ROW.replace("port", "harbour"), "a.tsv:2: 'harbour' is no kind"),
        (HEAD + ROW.replace("from_memory", "hearsay"), "a.tsv:2: 'hearsay' is no source"),
        (HEAD + ROW.replace("\t60000", "\t5400001"), "a.tsv:2: latitude: '5400001' is not from"),
        (HEAD + ROW.replace("-60000", "-10800000"), "a.tsv:2: longitude: '-10800000' is not from"),
        (HEAD + ROW.replace("\t60000", "\t1.0"), "a.tsv:2: latitude: '1.0' is not from"),
        (HEAD + ROW.replace("\t60000", "\t060000"), "a.tsv:2: latitude: '060000' is not from"),
        (HEAD + ROW.replace("-60000", "-0"), "a.tsv:2: longitude: '-0' is not from"),
        ("#" * (FILE_CHARACTERS_MAX + 1), f"a.tsv: more than {FILE_CHARACTERS_MAX} characters"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(text: str, what: str) -> None:
    with pytest.raises(Malformed, match=re.escape(what)):
        parse_gazetteer(text, "a.tsv")
