"""A position in words is right in every language, and one that is far from its place is found."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from functools import cache
from importlib.resources import files

import pytest
from babel import Locale
from geographiclib.geodesic import Geodesic  # type: ignore[import-untyped]  # it has no types
from hypothesis import example, given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.phrase.gazetteer import DEGREE, LAT_MAX, LON_MAX, find, gazetteer, nearest
from detente.phrase.readback import (
    AT_M,
    FILE_CHARACTERS_MAX,
    POINTS,
    STRAY_M,
    PlaceNames,
    key_of,
    parse_place_names,
    read_back,
    stray,
)
from detente.phrase.template import plain_spaces

LANGUAGES = ("en", "ru", "uk")
LATITUDES = st.integers(-LAT_MAX, LAT_MAX)
LONGITUDES = st.integers(1 - LON_MAX, LON_MAX)


def file(language: str) -> str:
    path = files("detente.phrase") / "languages" / language / "places.toml"
    return path.read_text(encoding="utf-8")


@cache
def names(language: str) -> PlaceNames:
    return parse_place_names(file(language), f"languages/{language}/places.toml")


def said(language: str, lat: int, lon: int) -> str:
    return plain_spaces(read_back(names(language), Locale(language), lat, lon))


def from_place(key: str, metres: float, bearing: float) -> tuple[int, int]:
    """The position so far from a place."""
    place = find(key)
    assert place is not None
    there = Geodesic.WGS84.Direct(place.lat / DEGREE, place.lon / DEGREE, bearing, metres)
    return round(there["lat2"] * DEGREE), round(there["lon2"] * DEGREE)


# -- golden texts ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key,metres,bearing,texts",
    [
        (
            "constanta", 21_000, 47,
            (
                "21 km north-east (047°) of Constanța",
                "21 км на северо-восток (047°) от: Констанца",
                "21 км на північний схід (047°) від: Констанца",
            ),
        ),
        (
            "deir_ez_zor_airfield", 9_000, 188,
            (
                "9.0 km south (188°) of Deir ez-Zor airfield",
                "9,0 км на юг (188°) от: аэродром Дейр-эз-Зор",
                "9,0 км на південь (188°) від: аеродром Дейр-ез-Зор",
            ),
        ),
        (
            "snake_island", 3_420, 271,
            (
                "3.4 km west (271°) of Snake Island",
                "3,4 км на запад (271°) от: остров Змеиный",
                "3,4 км на захід (271°) від: острів Зміїний",
            ),
        ),
        (
            "bouvet", 1_234_567, 225,
            (
                "1,235 km south-west (225°) of Bouvet Island",
                "1 235 км на юго-запад (225°) от: остров Буве",
                "1 235 км на південний захід (225°) від: острів Буве",
            ),
        ),
        (
            "tallinn", 400, 10,
            (
                "less than 1 km from Tallinn",
                "менее 1 км от: Таллин",
                "менше ніж 1 км від: Таллінн",
            ),
        ),
    ],
)  # fmt: skip
def test_a_position_in_three_languages(
    key: str, metres: int, bearing: int, texts: tuple[str, str, str]
) -> None:
    lat, lon = from_place(key, metres, bearing)

    assert tuple(said(language, lat, lon) for language in LANGUAGES) == texts


@pytest.mark.parametrize(
    "metres,words",
    [
        (0, "less than 1 km from"),
        (990, "less than 1 km from"),
        (1_010, "1.0 km"),
        (1_060, "1.1 km"),
        (9_940, "9.9 km"),
        (9_960, "10 km"),
        (10_400, "10 km"),
        (10_600, "11 km"),
    ],
)
def test_how_far_is_rounded(metres: int, words: str) -> None:
    text = said("en", *from_place("bear_island", metres, 0))

    assert text.startswith(f"{words} ")


@pytest.mark.parametrize(
    "bearing,words",
    [
        (0, "north (000°)"),
        (22, "north (022°)"),
        (23, "north-east (023°)"),
        (67, "north-east (067°)"),
        (68, "east (068°)"),
        (135, "south-east (135°)"),
        (180, "south (180°)"),
        (225, "south-west (225°)"),
        (247, "south-west (247°)"),
        (248, "west (248°)"),
        (315, "north-west (315°)"),
        (337, "north-west (337°)"),
        (338, "north (338°)"),
        (359.4, "north (359°)"),
        (359.6, "north (000°)"),
    ],
)
def test_the_point_of_the_compass(bearing: float, words: str) -> None:
    assert (
        said("en", *from_place("bear_island", 50_000, bearing)) == f"50 km {words} of Bear Island"
    )


@example(LAT_MAX, 0)
@example(-LAT_MAX, 0)
@example(0, LON_MAX)
@example(0, 1 - LON_MAX)
@given(LATITUDES, LONGITUDES)
def test_any_position_is_said_and_leads_back_to_itself(lat: int, lon: int) -> None:
    near = nearest(lat, lon)

    for language in LANGUAGES:
        text = said(language, lat, lon)
        assert text.endswith(names(language).names[near.place.key])
        assert text.isprintable()

    if near.distance_m >= AT_M:
        english = re.match(
            r"([0-9,]+(?:\.[0-9])?) km [a-z-]+ \(([0-9]{3})°\) of ", said("en", lat, lon)
        )
        assert english is not None
        metres = float(english[1].replace(",", "")) * 1_000
        there = from_place(near.place.key, metres, int(english[2]))
        missed = Geodesic.WGS84.Inverse(*(angle / DEGREE for angle in (*there, lat, lon)))
        assert missed["s12"] <= max(1_000, near.distance_m / 100)


# -- names ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_name_and_key_leads_back_to_its_place(language: str) -> None:
    for key, name in names(language).names.items():
        decomposed = unicodedata.normalize("NFD", name)
        for text in (key, name, name.upper(), name.lower(), decomposed, f" {name} "):
            assert key_of(names(language), text) == key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_name_stays_in_one_alphabet(language: str) -> None:
    of_another = "CYRILLIC" if language == "en" else "LATIN"
    mixed = [
        name
        for name in names(language).names.values()
        for letter in name
        if letter.isalpha() and of_another in unicodedata.name(letter)
    ]

    # The number of an emperor or a station is written so in all three.
    assert [name for name in mixed if not re.search(r" I{1,2}$", name)] == []


@pytest.mark.parametrize("language,foreign", [("ru", "іїєґ'"), ("uk", "ыэёъ")])
def test_no_letter_of_the_neighbour_slipped_in(language: str, foreign: str) -> None:
    table = names(language)
    words = (*table.names.values(), *table.compass, table.near, table.at)

    assert [word for word in words if set(word.casefold()) & set(foreign)] == []


@pytest.mark.parametrize(
    "language,text,key",
    [
        ("en", "DEIR EZ ZOR", "deir_ez_zor"),
        ("en", "deir-ez-zor", "deir_ez_zor"),
        ("en", "Constanta", "constanta"),
        ("en", "constanța", "constanta"),
        ("ru", "Кишинев", "chisinau"),
        ("ru", "кишинёв", "chisinau"),
        ("ru", "Санкт\u2011Петербург", "st_petersburg"),
        ("uk", "Рейк'явік", "reykjavik"),
        ("uk", "Рейк\u02bcявік", "reykjavik"),
        ("uk", "Рейк\u2019явік", "reykjavik"),
        ("uk", "Ісігакі", "ishigaki"),
        ("en", "SANLIURFA", "sanliurfa"),
        ("en", "ŞANLIURFA", "sanliurfa"),
        ("en", "Констанца", None),
        ("en", "Atlantis", None),
        ("en", "", None),
        ("en", " - ", None),
    ],
)
def test_a_place_as_a_person_types_it(language: str, text: str, key: str | None) -> None:
    assert key_of(names(language), text) == key


# -- far from its place ---------------------------------------------------------------------------


def test_what_went_over_the_line_in_september_2016_is_found() -> None:
    lat, lon = from_place("deir_ez_zor_airfield", 9_000, 180)

    assert stray("deir_ez_zor_airfield", lat, lon, 100) in range(8_995, 9_006)


def test_a_position_at_its_place_is_not_far() -> None:
    for place in gazetteer().values():
        assert stray(place.key, place.lat, place.lon, 0) is None


@pytest.mark.parametrize("uncertainty_m", [0, 1, 500, 20_000])
def test_a_position_may_be_off_by_its_uncertainty_and_no_more(uncertainty_m: int) -> None:
    allowed = STRAY_M + uncertainty_m

    assert stray("odesa", *from_place("odesa", allowed - 10, 77), uncertainty_m) is None
    assert stray("odesa", *from_place("odesa", allowed + 10, 77), uncertainty_m) is not None


def test_one_digit_or_the_other_hemisphere_is_found() -> None:
    place = find("gdansk")
    assert place is not None

    assert stray("gdansk", place.lat + 10_000, place.lon, 1_000) is not None  # ten minutes
    assert stray("gdansk", place.lat, -place.lon, 1_000) is not None
    assert stray("gdansk", place.lon, place.lat, 1_000) is not None


def test_of_an_unknown_place_nothing_is_said() -> None:
    assert stray("atlantis", 0, 0, 0) is None


# -- the file -------------------------------------------------------------------------------------


def test_every_missing_name_is_found() -> None:
    with pytest.raises(Malformed) as raised:
        parse_place_names(re.sub(r"(?ms)^\[names\]$.*", "[names]\n", file("en")), "places.toml")

    assert raised.value.what.split("; ") == [f"names.{key} is missing" for key in gazetteer()]
    assert_hole("names.odesa is missing", without("odesa"))


@pytest.mark.parametrize("key", [*POINTS, "near", "at"])
def test_every_missing_word_is_found(key: str) -> None:
    table = "compass" if key in POINTS else "wording"

    assert_hole(f"{table}.{key} is missing", without(key))


@pytest.mark.parametrize("table", ["wording", "compass", "names"])
def test_every_missing_table_is_found(table: str) -> None:
    assert_hole(f"[{table}] is missing", changed(f"[{table}]", f"[{table}_]"))
    assert_hole(f"'{table}_' is no table of it", changed(f"[{table}]", f"[{table}_]"))


@pytest.mark.parametrize(
    "old,new,what",
    [
        (
            'odesa = "Odesa"',
            'odesa = "Odesa"\natlantis = "Atlantis"',
            "names.atlantis is not known",
        ),
        ('north = "north"', 'north = "north"\nup = "up"', "compass.up is not known"),
        ('near = "', 'far = "far"\nnear = "', "wording.far is not known"),
        ('"Odesa"', '"kyiv"', "names.odesa and names.kyiv share the name kyiv"),
        (
            '"Odesa"',
            '"Deir Ez Zor"',
            "names.odesa and names.deir_ez_zor share the name Deir Ez Zor",
        ),
        ('"Odesa"', '" Odesa"', "names.odesa is not one line of text"),
        ('"Odesa"', '""', "names.odesa is not one line of text"),
        ('"Odesa"', '"Ode\\nsa"', "names.odesa is not one line of text"),
        ('"Odesa"', '"Ode\\u202esa"', "names.odesa is not one line of text"),
        ('"Odesa"', '"A\\u030aland"', "names.odesa is not one line of text"),
        ('"Odesa"', f'"{"O" * 81}"', "names.odesa is not one line of text"),
        ('"Odesa"', "7", "names.odesa is not one line of text"),
        ('"Odesa"', '"{place}"', "names.odesa has a brace"),
        ('east = "east"', 'east = "west"', "two points are called west"),
        ('east = "east"', "east = 90", "compass.east is not one line of text"),
        ("{distance} {point}", "{point}", "wording.near lacks {distance}"),
        (" {point}", "", "wording.near lacks {point}"),
        (" ({bearing}°)", "", "wording.near lacks {bearing}"),
        (" of {place}", "", "wording.near lacks {place}"),
        (" from {place}", "", "wording.at lacks {place}"),
        ("less than {distance}", "less", "wording.at lacks {distance}"),
        (" from {place}", " from {place} {point}", "wording.at has an unknown {point}"),
        (" from {place}", " from {place} {}", "wording.at has an unknown {}"),
        (" from {place}", " from {place} {place}", "wording.at says {place} twice"),
        (" from {place}", " from {place} }", "wording.at has a brace that opens no gap"),
        (" from {place}", " from {place!r}", "wording.at has an unknown {place!r}"),
    ],
)
def test_every_hole_is_found_by_its_name(old: str, new: str, what: str) -> None:
    assert_hole(what, changed(old, new))


def test_all_holes_are_found_at_once() -> None:
    text = changed('odesa = "Odesa"\n', "").replace('kyiv = "Kyiv"\n', "")

    with pytest.raises(Malformed, match=r"names\.odesa is missing; names\.kyiv is missing"):
        parse_place_names(text, "places.toml")


def test_what_is_no_toml_or_too_long_is_refused() -> None:
    assert_hole("places.toml: ", "[names")
    assert_hole(f"more than {FILE_CHARACTERS_MAX} characters", "#" * (FILE_CHARACTERS_MAX + 1))
    assert_hole("[names] is missing", "names = 7")


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_stand_in_the_order_of_the_gazetteer(language: str) -> None:
    assert list(tomllib.loads(file(language))["names"]) == list(gazetteer())
    assert list(names(language).names) == list(gazetteer())


def assert_hole(what: str, text: str) -> None:
    with pytest.raises(Malformed, match=re.escape(what)):
        parse_place_names(text, "places.toml")


def without(key: str) -> str:
    shorter = re.sub(rf'(?m)^{key} = ".*"\n', "", file("en"))
    assert shorter != file("en")
    return shorter


def changed(old: str, new: str) -> str:
    assert file("en").count(old) == 1
    return file("en").replace(old, new)
