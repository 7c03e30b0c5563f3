"""Words for numbers, units, dates, terms and free text in one language, by CLDR (Babel).

Each class here is a codec (`template.Codec`): it says a value and reads it back. Whether a number is
sensible is not asked here: what was heard is shown as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Literal

from babel import Locale
from babel.dates import UTC, format_datetime
from babel.numbers import format_decimal
from babel.units import format_unit

from detente.errors import Malformed
from detente.phrase.dtg import days_since_1970
from detente.phrase.plain import shown
from detente.phrase.template import plain_spaces

DAY_S: Final = 86_400
DEGREE: Final = 60_000  # thousandths of an arc-minute
NUMBER: Final = r"-?[0-9]+(?:[^0-9\n]?[0-9]{3})*"
# Between them every plural category of every language that CLDR knows has its turn.
SAMPLES: Final = (0, 1, 2, 3, 5, 6, 11, 20, 21, 22, 25, 100, 101, 1_000, 1_000_000)
_HIDDEN: Final = re.compile(r"\\u\{([0-9a-f]{1,6})\}")


def _digits(text: str) -> int:
    return int(re.sub(r"[^0-9-]", "", text))


@dataclass(frozen=True)
class Whole:
    """A whole number: `12,345` or `12 345`."""

    locale: Locale
    regex = NUMBER

    def say(self, value: int) -> str:
        return format_decimal(value, locale=self.locale)

    def read(self, text: str) -> int:
        return _digits(text)


@dataclass(frozen=True)
class Plain:
    """Digits and nothing else: a course is read digit by digit."""

    width: int
    regex = "[0-9]+"

    def say(self, value: int) -> str:
        return f"{value:0{self.width}}"

    def read(self, text: str) -> int:
        return int(text)


@dataclass(frozen=True)
class Measure:
    """A whole number with its unit, in the plural that the language has for it."""

    locale: Locale
    unit: str  # of CLDR: length-meter
    length: Literal["short", "long"] = "short"

    @cached_property
    def regex(self) -> str:
        words = {
            re.sub(NUMBER, "\0", plain_spaces(self.say(sample)), count=1) for sample in SAMPLES
        }
        ways = sorted((re.escape(word).replace(re.escape("\0"), NUMBER) for word in words), key=len)
        return f"(?:{'|'.join(reversed(ways))})"

    def say(self, value: int) -> str:
        return str(format_unit(value, self.unit, self.length, locale=self.locale))

    def read(self, text: str) -> int:
        found = re.search(NUMBER, text)
        if found is None:
            raise Malformed("no number", where=text[:80])
        return _digits(found[0])


@dataclass(frozen=True)
class Counted:
    """A number of things: `3 fighters`. `nouns` holds a word for each plural category."""

    locale: Locale
    nouns: Mapping[str, str]

    @property
    def regex(self) -> str:
        nouns = "|".join(
            re.escape(noun) for noun in sorted(set(self.nouns.values()), key=len)[::-1]
        )
        return f"{NUMBER} (?:{nouns})"

    def say(self, value: int) -> str:
        noun = self.nouns[self.locale.plural_form(value)]
        return f"{format_decimal(value, locale=self.locale)} {noun}"

    def read(self, text: str) -> int:
        found = re.match(NUMBER, text)
        assert found is not None, "the template has matched"
        return _digits(found[0])


@dataclass(frozen=True)
class Term:
    """One of a form's words."""

    words: Mapping[str, str]

    @property
    def regex(self) -> str:
        return f"(?:{'|'.join(map(re.escape, sorted(self.words.values(), key=len)[::-1]))})"

    def say(self, value: str) -> str:
        return self.words[value]

    def read(self, text: str) -> str:
        return next(term for term, words in self.words.items() if plain_spaces(words) == text)


@dataclass(frozen=True)
class Code:
    """A call sign or another word that is the same in every language."""

    regex = r"[^\n“”]+?"

    def say(self, value: str) -> str:
        return shown(value)

    def read(self, text: str) -> str:
        return _revealed(text)


@dataclass(frozen=True)
class Quoted:
    r"""Free text in quotation marks. What is hidden, a line end, and the mark that would end it
    stand as `\u{...}`.
    """

    regex = "“[^“”\n]*”"

    def say(self, value: str) -> str:
        inside = shown(value)
        if not inside.isascii():
            inside = "".join(map(_told_apart, inside))
        return f"“{inside}”"

    def read(self, text: str) -> str:
        return _revealed(text[1:-1])


def _told_apart(character: str) -> str:
    """Marks that would end the text, and spaces that a reader takes for one another."""
    return f"\\u{{{ord(character):x}}}" if character in "“”\u00a0\u202f\u2009" else character


def _revealed(text: str) -> str:
    return _HIDDEN.sub(lambda found: chr(min(int(found[1], 16), 0x10FFFF)), text)


@dataclass(frozen=True)
class Angle:
    """A latitude or longitude in degrees and thousandths of a minute, its side after them."""

    decimal: str  # the mark before a fraction
    width: int  # digits of the degrees
    positive: str
    negative: str

    @property
    def regex(self) -> str:
        signs = f"(?:{re.escape(self.positive)}|{re.escape(self.negative)})"
        return f"[0-9]+°[0-9]{{2}}{re.escape(self.decimal)}[0-9]{{3}}′ {signs}"

    def say(self, value: int) -> str:
        degrees, rest = divmod(abs(value), DEGREE)
        minutes, thousandths = divmod(rest, 1_000)
        side = self.negative if value < 0 else self.positive
        return f"{degrees:0{self.width}}°{minutes:02}{self.decimal}{thousandths:03}′ {side}"

    def read(self, text: str) -> int:
        degrees, rest = text.split("°")
        minutes, thousandths = rest[:2], rest[2 + len(self.decimal) :][:3]
        value = int(degrees) * DEGREE + int(minutes) * 1_000 + int(thousandths)
        return -value if text.endswith(f" {self.negative}") else value


_TOKEN: Final = re.compile(r"'([^']*)'|(d+)|(M+|L+)|(y+)|([^a-zA-Z'])")


@dataclass(frozen=True)
class Day:
    """A date in the language's long form, without its era. A value is days since 1970-01-01."""

    locale: Locale
    pattern: str  # of CLDR

    @cached_property
    def months(self) -> Mapping[str, int]:
        return {name: number for number, name in self.locale.months["format"]["wide"].items()}

    @cached_property
    def regex(self) -> str:
        return re.sub(r"\(\?P<[a-z]+>", "(?:", self.reader.pattern)

    @cached_property
    def reader(self) -> re.Pattern[str]:
        pieces = list[str]()
        for quoted, day, month, year, mark in _TOKEN.findall(self.pattern):
            if month:
                names = "|".join(sorted(map(re.escape, self.months), key=len, reverse=True))
                pieces.append(f"(?P<month>{names})")
            elif day or year:
                pieces.append("(?P<day>[0-9]{1,2})" if day else "(?P<year>[0-9]{4})")
            else:
                pieces.append(re.escape(plain_spaces(quoted or mark)))
        return re.compile("".join(pieces))

    def say(self, value: int) -> str:
        return format_datetime(value * DAY_S, self.pattern, tzinfo=UTC, locale=self.locale)

    def read(self, text: str) -> int:
        found = self.reader.fullmatch(text)
        assert found is not None, "the template has matched"
        return days_since_1970(int(found["year"]), self.months[found["month"]], int(found["day"]))


@dataclass(frozen=True)
class Clock:
    """The time of day in UTC, always with Z: `14:30Z`, and with its seconds if there are any."""

    regex = "[0-9]{2}:[0-9]{2}(?::[0-9]{2})?Z"

    def say(self, value: int) -> str:
        hours, rest = divmod(value, 3_600)
        minutes, seconds = divmod(rest, 60)
        return f"{hours:02}:{minutes:02}:{seconds:02}Z" if seconds else f"{hours:02}:{minutes:02}Z"

    def read(self, text: str) -> int:
        hours, minutes, *seconds = map(int, text[:-1].split(":"))
        return hours * 3_600 + minutes * 60 + sum(seconds)
