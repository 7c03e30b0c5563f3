"""How each kind of slot reads in one language: codecs made from the language's own wording.

The shapes of values are those of `line/slots.py`, whose units they have; this folder does not import
that one: kinds are known here by their names.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from babel import Locale
from babel.core import UnknownLocaleError
from babel.numbers import get_decimal_symbol

from detente.errors import Malformed
from detente.phrase.template import Codec, Several, Template, plain_spaces, whole
from detente.phrase.values import (
    DAY_S,
    Angle,
    Clock,
    Code,
    Counted,
    Day,
    Measure,
    Plain,
    Quoted,
    Term,
)

JOINED: Final = " – "  # between the corners of a polygon
APART: Final = " / "  # between the languages of a text


@dataclass(frozen=True)
class Wording:
    """What a language's files say of values, as they stand there (see languages/en)."""

    locale: Locale
    values: Mapping[str, str]
    terms: Mapping[str, Mapping[str, str]]
    classes: Mapping[str, Mapping[str, str]]  # class of aircraft: plural category: noun
    nouns: Mapping[str, Mapping[str, str]]  # slot of kind number: plural category: noun
    places: Mapping[str, str]  # key of the gazetteer: name


@dataclass(frozen=True)
class Record:
    """An object with the fields that its sentence names."""

    template: Template

    @property
    def regex(self) -> str:
        return self.template.regex

    def say(self, value: Mapping[str, Any]) -> str:
        return self.template.say(value)

    def read(self, text: str) -> dict[str, Any]:
        return self.template.read(text)


@dataclass(frozen=True)
class Single:
    """One value in a sentence of its own: its only gap."""

    template: Template

    @property
    def regex(self) -> str:
        return self.template.regex

    def say(self, value: Any) -> str:
        return self.template.say({self.template.gaps[0]: value})

    def read(self, text: str) -> Any:
        return self.template.read(text)[self.template.gaps[0]]


@dataclass(frozen=True)
class Moment:
    """A time in seconds since 1970, as a clock and a date."""

    template: Template

    @property
    def regex(self) -> str:
        return self.template.regex

    def say(self, value: int) -> str:
        days, seconds = divmod(value, DAY_S)
        return self.template.say({"clock": seconds, "date": days})

    def read(self, text: str) -> int:
        found = self.template.read(text)
        return int(found["date"] * DAY_S + found["clock"])


@dataclass(frozen=True)
class OrWord:
    """A word of its own, or a value."""

    word: str  # as it stands in a message
    said: str
    value: Codec

    @property
    def regex(self) -> str:
        return f"(?:{re.escape(self.said)}|{self.value.regex})"

    def say(self, value: Any) -> str:
        return self.said if value == self.word else self.value.say(value)

    def read(self, text: str) -> Any:
        return self.word if text == self.said else self.value.read(text)


@dataclass(frozen=True)
class Corners:
    """The corners of a polygon, in their order."""

    corner: Template  # gaps lat and lon

    @property
    def regex(self) -> str:
        return f"{self.corner.regex}(?:{JOINED}{self.corner.regex})+"

    def say(self, value: list[list[int]]) -> str:
        return JOINED.join(self.corner.say({"lat": lat, "lon": lon}) for lat, lon in value)

    def read(self, text: str) -> list[list[int]]:
        found = map(self.corner.read, text.split(JOINED))
        return [[corner["lat"], corner["lon"]] for corner in found]


@dataclass(frozen=True)
class OfClass:
    """A number of aircraft of a class; a value is (class, number)."""

    locale: Locale
    classes: Mapping[str, Mapping[str, str]]

    @cached_property
    def counted(self) -> Mapping[str, Counted]:
        return {name: Counted(self.locale, nouns) for name, nouns in self.classes.items()}

    @cached_property
    def regex(self) -> str:
        return f"(?:{'|'.join(each.regex for each in self.counted.values())})"

    def say(self, value: tuple[str, int]) -> str:
        return self.counted[value[0]].say(value[1])

    def read(self, text: str) -> tuple[str, int]:
        for name, codec in self.counted.items():
            if re.fullmatch(codec.regex, text):
                return name, codec.read(text)
        raise Malformed("no number of aircraft", where=text[:80])


@dataclass(frozen=True)
class HowMany:
    """A number with how sure its author is of it; `how` has a sentence for each way."""

    how: Mapping[str, Template]  # its gap is the count

    @cached_property
    def regex(self) -> str:
        return f"(?:{'|'.join(each.regex for each in self.how.values())})"

    def say(self, value: tuple[str, Any]) -> str:
        return self.how[value[0]].say({"count": value[1]})

    def read(self, text: str) -> tuple[str, Any]:
        for how, sentence in self.how.items():
            if sentence.pattern.fullmatch(text):
                value = how, sentence.read(text)["count"]
                if plain_spaces(self.say(value)) == text:
                    return value
        raise Malformed("no number of these", where=text[:80])


@dataclass(frozen=True)
class Craft:
    """A number of aircraft of a class, manned or not: an object of kind craft."""

    template: Template  # gaps count and manned

    @property
    def regex(self) -> str:
        return self.template.regex

    def say(self, value: Mapping[str, Any]) -> str:
        count = value["how"], (value["class"], value["number"])
        return self.template.say({"count": count, "manned": value["manned"]})

    def read(self, text: str) -> dict[str, Any]:
        found = self.template.read(text)
        how, (name, number) = found["count"]
        return {"class": name, "how": how, "manned": found["manned"], "number": number}


@dataclass(frozen=True)
class Number:
    """A number of things, and how sure its author is: an object of kind number."""

    many: HowMany

    @property
    def regex(self) -> str:
        return self.many.regex

    def say(self, value: Mapping[str, Any]) -> str:
        return self.many.say((value["how"], value["number"]))

    def read(self, text: str) -> dict[str, Any]:
        how, number = self.many.read(text)
        return {"how": how, "number": number}


@dataclass(frozen=True)
class Place:
    """A place by its name; one that the gazetteer does not have, by its key in quotation marks."""

    names: Mapping[str, str]

    @cached_property
    def keys(self) -> Mapping[str, str]:
        return {plain_spaces(name): key for key, name in self.names.items()}

    regex = r"[^\n“”]+?|“[^“”\n]*”"

    def say(self, value: str) -> str:
        return self.names.get(value) or f"“{value}”"

    def read(self, text: str) -> str:
        return text[1:-1] if text.startswith("“") else self.keys.get(text, text)


@dataclass(frozen=True)
class Tongue:
    """The name of a language, in this language; one that CLDR does not have, by its code."""

    locale: Locale
    regex = r"[^\n“”/:]+?"

    def say(self, value: str) -> str:
        name = self.locale.languages.get(value, value) if _known(value) else value
        return str(name)

    def read(self, text: str) -> str:
        codes = (c for c, n in self.locale.languages.items() if n == text and _known(c))
        return next(codes, text)


def _known(code: str) -> bool:
    """Languages of two letters whose names CLDR keeps apart; others stand as their code."""
    try:
        return len(code) == 2 and Locale.parse(code).language == code
    except (UnknownLocaleError, ValueError):
        return False


@dataclass(frozen=True)
class Texts:
    """One text in several languages, in the order of their codes."""

    each: Template  # gaps language and text

    @property
    def regex(self) -> str:
        return f"{self.each.regex}(?:{APART}{self.each.regex})*"

    def say(self, value: Mapping[str, str]) -> str:
        return APART.join(
            self.each.say({"language": code, "text": value[code]}) for code in sorted(value)
        )

    def read(self, text: str) -> dict[str, str]:
        each = re.findall(rf"(?:\A|{APART})({self.each.regex})", text)
        found = map(self.each.read, each)
        return {each["language"]: each["text"] for each in found}


@dataclass(frozen=True)
class Treaty:
    """A treaty and its article; without an article, the whole treaty."""

    with_article: Template
    alone: Term

    @property
    def regex(self) -> str:
        return f"(?:{self.with_article.regex}|{self.alone.regex})"

    def say(self, value: Mapping[str, str]) -> str:
        return self.with_article.say(value) if value["article"] else self.alone.say(value["treaty"])

    def read(self, text: str) -> dict[str, str]:
        if self.with_article.pattern.fullmatch(text):
            return self.with_article.read(text)
        return {"article": "", "treaty": self.alone.read(text)}


# -- one codec for each kind -----------------------------------------------------------------------


class Kinds:
    """The codecs of a language. `codec` gives that of a slot, by its kind, name and terms."""

    def __init__(self, wording: Wording) -> None:
        self.wording = wording
        locale = wording.locale
        decimal = get_decimal_symbol(locale)
        term = self.term
        self._lat = Angle(decimal, 2, self._value("north"), self._value("south"))
        self._lon = Angle(decimal, 3, self._value("east"), self._value("west"))
        self.moment = Moment(
            self._whole(
                "moment",
                {"clock": Clock(), "date": Day(locale, locale.date_formats["long"].pattern)},
            )
        )
        self.language = Tongue(locale)
        self.words = Record(self._whole("words", {"language": self.language, "text": Quoted()}))
        altitude = self._altitude()
        lower = OrWord("surface", self._value("surface"), altitude)
        upper = OrWord("unlimited", self._value("unlimited"), altitude)
        treaty = term("treaty")
        self._fixed: dict[str, Codec] = {
            "altitude": altitude,
            "area": self._area(),
            "code": Code(),
            "course": Single(self._whole("course", {"degrees": Plain(3)})),
            "craft": self._craft(),
            "levels": Record(self._whole("levels", {"lower": lower, "upper": upper})),
            "place": Place(wording.places),
            "position": Record(
                self._whole(
                    "position",
                    {"lat": self._lat, "lon": self._lon, "within_m": self._metres("long")},
                )
            ),
            "speed": Several(
                (
                    ("kt", Measure(locale, "speed-knot", "long")),
                    ("kmh", Measure(locale, "speed-kilometer-per-hour", "long")),
                )
            ),
            "texts": Texts(self._whole("text_in", {"language": self.language, "text": Quoted()})),
            "time": self.moment,
            "treaty": Treaty(self._whole("treaty", {"treaty": treaty, "article": Code()}), treaty),
            "window": Record(self._whole("window", {"from": self.moment, "to": self.moment})),
        }

    def codec(self, kind: str, name: str, terms: tuple[str, ...]) -> Codec:
        match kind:
            case "term":
                return self.term(name, terms)
            case "number":
                nouns = self.wording.nouns.get(name)
                if nouns is None:
                    raise Malformed("no noun for what is counted", where=f"nouns.{name}")
                return Number(self._how_many(Counted(self.wording.locale, nouns)))
            case _:
                return self._fixed[kind]

    def term(self, name: str, terms: tuple[str, ...] = ()) -> Term:
        """The words of a term. Raises `Malformed` for one that the language lacks, or says twice."""
        words = self.wording.terms.get(name, {})
        for term in terms:
            if term not in words:
                raise Malformed("no words for it", where=f"terms.{name}.{term}", mend="add them")
        chosen = {term: words[term] for term in terms} if terms else dict(words)
        said = sorted(chosen.values())
        for one, other in itertools.pairwise(said):
            if one == other:
                raise Malformed(f"{one!r} stands for two of them", where=f"terms.{name}")
        if not chosen:
            raise Malformed("no words at all", where=f"terms.{name}", mend="add them")
        return Term(chosen)

    # -- parts -------------------------------------------------------------------------------------

    def _value(self, name: str) -> str:
        text = self.wording.values.get(name)
        if not text:
            raise Malformed("it is missing", where=f"values.{name}", mend="add it")
        return text

    def _whole(self, name: str, codecs: Mapping[str, Codec]) -> Template:
        return whole(self._value(name), codecs, f"values.{name}")

    def _metres(self, length: Literal["short", "long"]) -> Measure:
        return Measure(self.wording.locale, "length-meter", length)

    def _altitude(self) -> Several:
        locale = self.wording.locale
        feet = Measure(locale, "length-foot")
        units: tuple[tuple[str, Codec], ...] = (
            ("fl", Plain(3)), ("amsl_ft", feet), ("amsl_m", self._metres("short")),
            ("agl_ft", feet), ("agl_m", self._metres("short")),
        )  # fmt: skip
        return Several(
            tuple((way, Single(self._whole(way, {"height": unit}))) for way, unit in units)
        )

    def _area(self) -> Several:
        corner = self._whole("corner", {"lat": self._lat, "lon": self._lon})
        circle: dict[str, Codec] = {
            "lat": self._lat,
            "lon": self._lon,
            "radius_m": self._metres("long"),
        }
        return Several(
            (
                ("circle", Record(self._whole("circle", circle))),
                ("polygon", Single(self._whole("polygon", {"corners": Corners(corner)}))),
                ("quadrant", self.term("quadrant")),
            )
        )

    def _how_many(self, count: Codec) -> HowMany:
        ways = ("exactly", "about", "at_least")
        return HowMany({way: self._whole(way, {"count": count}) for way in ways})

    def _craft(self) -> Craft:
        count = self._how_many(OfClass(self.wording.locale, self.wording.classes))
        manned = self.term("manned")
        return Craft(self._whole("craft", {"count": count, "manned": manned}))
