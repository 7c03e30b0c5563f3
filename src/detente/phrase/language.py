"""A language: all that its files say, checked whole when it is loaded.

A language is a folder of `languages/`, named by its code: `language.toml` (values, terms, nouns),
`forms.toml`, `acts.toml`, `places.toml`, `screen.toml`, `tests.toml` and `signals.toml`. To add one,
add a folder.
A language that cannot say a form is `Malformed`, by the name of the file and of what is missing: half
a phrasebook is worse than none, for it fails in the night.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import files
from typing import Annotated, Any, Final

import msgspec
from babel import Locale
from babel.core import UnknownLocaleError
from msgspec import Meta

from detente.errors import Malformed
from detente.phrase.acts import ActsInWords
from detente.phrase.forms import FormsInWords, Read, Shape
from detente.phrase.kinds import Kinds, Wording
from detente.phrase.plain import shown
from detente.phrase.readback import PlaceNames, parse_place_names, read_back
from detente.phrase.screen import Screen, parse_screen

FILES: Final = (
    "language.toml",
    "forms.toml",
    "acts.toml",
    "places.toml",
    "screen.toml",
    "tests.toml",
)


class Values(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """language.toml."""

    locale: str
    values: dict[str, str]
    terms: dict[str, dict[str, str]]
    classes: dict[str, dict[str, str]]
    nouns: dict[str, dict[str, str]]
    screens: dict[str, str]


class Wordings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """forms.toml."""

    titles: dict[str, str]
    heads: dict[str, str]
    says: dict[str, str]
    lines: dict[str, str]
    form: dict[str, dict[str, str]] = {}


class Tests(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """tests.toml."""

    texts: Annotated[tuple[Annotated[str, Meta(min_length=1)], ...], Meta(min_length=1)]


@dataclass(frozen=True)
class Language:
    """What can be said in one language."""

    code: str
    locale: Locale
    screens: Mapping[str, str]  # small words that stand round a text on a screen
    acts: ActsInWords
    forms: FormsInWords
    kinds: Kinds
    places: PlaceNames
    tests: tuple[str, ...]  # what a line test may say: nothing that can be taken for a meaning
    screen_text: str

    @cached_property
    def screen(self) -> Screen:
        """The words to be warned of before a release. Read when it is first needed."""
        return parse_screen(self.screen_text, f"languages/{self.code}/screen.toml")

    def say(self, act: str, body: Mapping[str, Any]) -> str:
        """An act in words. What is not understood is shown as it was written, on one line."""
        try:
            if "form" in body:
                return self.forms.say(act, body)
            return self.acts.say(act, body)
        except (AttributeError, KeyError, TypeError, ValueError, IndexError, OverflowError):
            return raw(act, body)

    def term(self, slot: str, term: str) -> str:
        """The words of one of a form's terms."""
        return self.kinds.term(slot).say(term)

    def say_slot(self, number: int, slot: str, value: Any) -> str:
        """One slot of a form in words; nothing for None."""
        return "" if value is None else self.forms.codec(number, slot).say(value)

    def read(self, text: str) -> Read:
        """The act and body of a text that `say` gave, or `Malformed`."""
        return self.forms.read(text)

    def where(self, lat: int, lon: int) -> str:
        """A position in words, from the nearest named place (thousandths of an arc-minute)."""
        return read_back(self.places, self.locale, lat, lon)


def raw(act: str, body: Mapping[str, Any]) -> str:
    """An act as it was written, with nothing understood."""
    return f"{shown(act)} {shown(msgspec.json.encode(body, order='sorted').decode())}"


def shipped() -> tuple[str, ...]:
    """The codes of the languages that this program has."""
    folder = files("detente.phrase") / "languages"
    return tuple(sorted(each.name for each in folder.iterdir() if each.is_dir()))


def shipped_file(code: str, name: str) -> str:
    path = files("detente.phrase") / "languages" / code / name
    if not path.is_file():
        raise Malformed("there is no such file", where=f"languages/{code}/{name}", mend="add it")
    return path.read_text(encoding="utf-8")


def load(
    code: str, shapes: Mapping[int, Shape], text_of: Callable[[str, str], str] = shipped_file
) -> Language:
    """A language for these forms. Raises `Malformed` naming the file and the hole in it.

    `text_of` gives the text of a file of a language.
    """
    texts = {name: text_of(code, name) for name in FILES}
    where = f"languages/{code}/"
    values = _parsed(texts["language.toml"], Values, where + "language.toml")
    wordings = _parsed(texts["forms.toml"], Wordings, where + "forms.toml")
    acts = _parsed(texts["acts.toml"], dict[str, str], where + "acts.toml")
    tests = _parsed(texts["tests.toml"], Tests, where + "tests.toml")
    try:
        locale = Locale.parse(values.locale)
    except (UnknownLocaleError, ValueError) as error:
        raise Malformed(str(error), where=where + "language.toml: locale") from error
    places = parse_place_names(texts["places.toml"], where + "places.toml")
    wording = Wording(
        locale, values.values, values.terms, values.classes, values.nouns, places.names
    )
    _check_plurals(wording, where + "language.toml")
    try:
        kinds = Kinds(wording)
        return Language(
            code,
            locale,
            values.screens,
            ActsInWords(acts, kinds),
            FormsInWords(shapes, msgspec.to_builtins(wordings), kinds),
            kinds,
            places,
            tests.texts,
            texts["screen.toml"],
        )
    except Malformed as error:
        raise Malformed(error.what, where=where + error.where, mend=error.mend) from error


def _parsed(text: str, kind: Any, where: str) -> Any:
    try:
        return msgspec.convert(tomllib.loads(text), kind, strict=True)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Malformed(str(error), where=where) from error


def _check_plurals(wording: Wording, where: str) -> None:
    """Each counted thing has a noun in each plural of the language, and no two share one."""
    needed = set(wording.locale.plural_form.tags) | {"other"}
    seen: dict[str, str] = {}
    for table in (wording.classes, wording.nouns):
        for name, nouns in table.items():
            if missing := sorted(needed - nouns.keys()):
                raise Malformed("a plural is missing", where=f"{where}: {name}.{missing[0]}")
    for name, nouns in wording.classes.items():
        for noun in set(nouns.values()):
            if seen.setdefault(noun, name) != name:
                raise Malformed(f"{noun!r} stands for two classes", where=f"{where}: {name}")
