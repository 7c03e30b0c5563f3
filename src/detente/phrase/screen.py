"""Words that have misfired, or would: what an officer is warned of before a release.

A language has its list in `languages/`, written with judgement and read by people of both sides. An
entry has patterns of whole words; a `*` at a word's end stands for any ending, and alone, inside a
pattern, for any word. `unless` has patterns that excuse what lies inside them: *miles*, unless
*nautical miles*. A word of mixed script is warned of without any list. It warns, and never refuses:
who releases has read both.

It takes time in proportion to the text: a word is looked up by its beginnings, and a pattern has few
words.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Annotated, Final, Literal, TypeVar

import msgspec
from msgspec import Meta

from detente.errors import Malformed

LOOK_ALIKE: Final = "look-alike"

SCREEN_CHARACTERS_MAX: Final = 1 << 20
ENTRIES_MAX: Final = 1_000
PATTERNS_MAX: Final = 200  # of one entry
PATTERN_WORDS_MAX: Final = 8
STEM_CHARACTERS_MAX: Final = 32
ADVICE_CHARACTERS_MAX: Final = 400
_READ_MAX: Final = 64  # characters of a word, marks with it: no stem is as long

# Accents, soft hyphens and what is invisible may stand in a word, and do not make it another.
_MARKS: Final = r"\u0300-\u036f\u00ad\u200b-\u200d\u2060\ufeff"
_LETTER: Final = r"[^\W_\u02bc]"
_WORD: Final = re.compile(
    rf"{_LETTER}(?:{_LETTER}++|[{_MARKS}]++|['`\u2018\u2019\u02bc\u2032](?={_LETTER}))*+"
)
_PLAIN: Final = MappingProxyType({
    **dict.fromkeys([*range(0x300, 0x370), 0xAD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF], None),
    **dict.fromkeys(map(ord, "`\u2018\u2019\u02bc\u2032"), "'"),
    0x451: "\u0435",
})  # fmt: skip
_LATIN_LETTER: Final = re.compile(r"[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff]")
_CYRILLIC_LETTER: Final = re.compile(r"[\u0400-\u0481\u048a-\u052f\u1c80-\u1c8a\ua640-\ua66e]")


A = TypeVar("A", bound="_Advice")


@dataclass(frozen=True, slots=True)
class Caution:
    """What to think about again: `words` stand from `start` to `end` of the text."""

    start: int
    end: int
    words: str
    kind: str
    why: str
    instead: str


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a pattern: just this, or with any ending."""

    stem: str
    open: bool

    def fits(self, word: str) -> bool:
        return word.startswith(self.stem) if self.open else word == self.stem

    def covers(self, other: _Word) -> bool:
        """Whether every word that fits the other fits this."""
        return self.fits(other.stem) and (self.open or not other.open)

    def meets(self, other: _Word) -> bool:
        """Whether any word fits both."""
        return self.fits(other.stem) or other.fits(self.stem)


_Pattern = tuple[_Word, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    kind: str
    why: str
    instead: str
    unless: tuple[_Pattern, ...] = ()


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern, what is said of it, and where it was written."""

    pattern: _Pattern
    entry: _Entry
    where: str

    def covers(self, other: _Rule) -> bool:
        """Whether this is found wherever the other is, and there as long."""
        return _covers(self.pattern, other.pattern) and (
            not self.entry.unless or self.entry is other.entry
        )


@dataclass(frozen=True, slots=True)
class Screen:
    """A language's list, by the first word of each pattern: the word itself, or its stem."""

    whole: Mapping[str, Sequence[_Rule]]
    stems: Mapping[str, Sequence[_Rule]]
    look_alike: _Entry


def cautions(screen: Screen, text: str) -> tuple[Caution, ...]:
    """What to think about again, in the order of the text. What lies within a longer one is left
    out, for its words are of another meaning there.
    """
    spans = [found.span() for found in _WORD.finditer(text)]
    words = [_plain(text[start:end]) for start, end in spans]
    found = list[tuple[int, int, _Entry]]()
    for first in range(len(words)):
        for rule in _beginning(screen, words[first]):
            after = first + len(rule.pattern)
            if _fits(rule.pattern, words, first) and not _excused(rule.entry, words, first, after):
                found.append((spans[first][0], spans[after - 1][1], rule.entry))
    seen = [*_longest(found), *_mixed(screen, text, spans)]
    return tuple(
        Caution(start, end, text[start:end], entry.kind, entry.why, entry.instead)
        for start, end, entry in sorted(seen, key=lambda each: each[:2])
    )


def _beginning(screen: Screen, word: str) -> Iterator[_Rule]:
    yield from screen.whole.get(word, ())
    for length in range(1, min(len(word), STEM_CHARACTERS_MAX) + 1):
        yield from screen.stems.get(word[:length], ())


def _fits(pattern: _Pattern, words: Sequence[str], first: int) -> bool:
    return first + len(pattern) <= len(words) and all(
        word.fits(words[at]) for at, word in enumerate(pattern, first)
    )


def _excused(entry: _Entry, words: Sequence[str], first: int, after: int) -> bool:
    """Whether an `unless` of the entry fits around these words."""
    return any(
        _fits(excuse, words, before)
        for excuse in entry.unless
        for before in range(max(0, after - len(excuse)), first + 1)
    )


def _covers(one: _Pattern, other: _Pattern) -> bool:
    """Whether all that the other is found in, the one is found in, word for word."""
    return len(one) == len(other) and all(a.covers(b) for a, b in zip(one, other, strict=True))


def _longest(found: list[tuple[int, int, _Entry]]) -> Iterator[tuple[int, int, _Entry]]:
    reached = 0
    for each in sorted(found, key=lambda span: (span[0], -span[1])):
        if each[1] > reached:
            reached = each[1]
            yield each


def _mixed(
    screen: Screen, text: str, spans: Sequence[tuple[int, int]]
) -> Iterator[tuple[int, int, _Entry]]:
    for start, end in spans:
        if _of_two_scripts(text[start:end]):
            yield start, end, screen.look_alike


def _of_two_scripts(word: str) -> bool:
    return (
        not word.isascii()
        and _LATIN_LETTER.search(word) is not None
        and _CYRILLIC_LETTER.search(word) is not None
    )


def _plain(word: str) -> str:
    """A word as it is compared. Only its beginning is read: to normalise takes the square of it."""
    word = word[:_READ_MAX]
    if word.isascii():
        return word.lower().replace("`", "'")
    return unicodedata.normalize("NFKC", word).casefold().translate(_PLAIN)


# ------------------------------------------------------------------------------ the list


class _Advice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    why: str
    instead: str


class _Written(_Advice, frozen=True, forbid_unknown_fields=True):
    """An entry as it is written."""

    words: Annotated[tuple[str, ...], Meta(min_length=1, max_length=PATTERNS_MAX)]
    kind: Literal["ambiguous", "idiomatic", "imagery", "offensive", "threatening"]
    unless: Annotated[tuple[str, ...], Meta(max_length=PATTERNS_MAX)] = ()


def parse_screen(text: str, where: str) -> Screen:
    """A language's list from its file. Raises `Malformed` naming the entry that has a hole."""
    if len(text) > SCREEN_CHARACTERS_MAX:
        raise Malformed(f"longer than {SCREEN_CHARACTERS_MAX} characters", where=where)
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Malformed(f"not TOML: {error}", where=where) from error
    if strange := raw.keys() - {"entry", "look_alike"}:
        raise Malformed(f"the unknown key {min(strange)!a}", where=where)
    if not isinstance(entries := raw.get("entry"), list) or not 1 <= len(entries) <= ENTRIES_MAX:
        raise Malformed(f"it needs 1 to {ENTRIES_MAX} entries", where=where, mend="write [[entry]]")
    advice = _convert(raw.get("look_alike"), _Advice, f"{where}: look_alike")
    rules = [
        rule
        for number, entry in enumerate(entries, 1)
        for rule in _rules(entry, f"{where}: entry {number}")
    ]
    screen = _indexed(rules, _Entry(LOOK_ALIKE, advice.why, advice.instead))
    _check_found(screen, rules)
    return screen


def _rules(raw: object, where: str) -> Iterator[_Rule]:
    """The rules of one entry, each with its place."""
    match raw:
        case {"words": [str(first), *_]}:
            where = f"{where} ({first})"
    written = _convert(raw, _Written, where)
    unless = tuple(_pattern(words, where) for words in written.unless)
    entry = _Entry(written.kind, written.why, written.instead, unless)
    patterns = [_pattern(words, where) for words in written.words]
    for words, excuse in zip(written.unless, unless, strict=True):
        if not any(_may_lie_in(pattern, excuse) for pattern in patterns):
            raise Malformed(f"unless {words!r} can never excuse anything", where=where)
    for words, pattern in zip(written.words, patterns, strict=True):
        if any(_covers(excuse, pattern) for excuse in unless):
            raise Malformed(f"{words!r} can never match, for an unless covers it", where=where)
        yield _Rule(pattern, entry, f"{where}: {words!r}")


def _convert(raw: object, kind: type[A], where: str) -> A:
    try:
        advice = msgspec.convert(raw, kind)
    except msgspec.ValidationError as error:
        raise Malformed(str(error), where=where) from error
    for name, text in (("why", advice.why), ("instead", advice.instead)):
        if not text.strip() or "\n" in text or len(text) > ADVICE_CHARACTERS_MAX:
            raise Malformed(
                f"{name!r} is no sentence", where=where,
                mend=f"write one, on one line of at most {ADVICE_CHARACTERS_MAX} characters",
            )  # fmt: skip
    return advice


def _pattern(text: str, where: str) -> _Pattern:
    words = [_word(word, text, where) for word in text.split(" ")]
    if len(words) > PATTERN_WORDS_MAX:
        raise Malformed(f"{text!r} has more than {PATTERN_WORDS_MAX} words", where=where)
    if not (words[0].stem and words[-1].stem):
        raise Malformed(
            f"{text!r} begins or ends with any word", where=where, mend="leave that * out"
        )
    return tuple(words)


def _word(word: str, text: str, where: str) -> _Word:
    stem = word.removesuffix("*")
    alone = word == "*"
    if not alone and (not _WORD.fullmatch(stem) or _of_two_scripts(stem)):
        raise Malformed(
            f"{text!r} can never match: {word!r} is no word", where=where,
            mend="words of one script, one space between them, a * only at a word's end",
        )  # fmt: skip
    if len(stem) > STEM_CHARACTERS_MAX:
        raise Malformed(f"{word!r} is longer than {STEM_CHARACTERS_MAX} characters", where=where)
    return _Word(_plain(stem), open=word.endswith("*"))


def _may_lie_in(pattern: _Pattern, excuse: _Pattern) -> bool:
    return any(
        all(word.meets(excuse[at]) for at, word in enumerate(pattern, first))
        for first in range(len(excuse) - len(pattern) + 1)
    )


def _indexed(rules: Sequence[_Rule], look_alike: _Entry) -> Screen:
    whole = dict[str, list[_Rule]]()
    stems = dict[str, list[_Rule]]()
    for rule in rules:
        first = rule.pattern[0]
        (stems if first.open else whole).setdefault(first.stem, []).append(rule)
    return Screen(MappingProxyType(whole), MappingProxyType(stems), look_alike)


def _check_found(screen: Screen, rules: Sequence[_Rule]) -> None:
    """Refuse a pattern that stands twice, or that another takes every find from."""
    first = dict[_Pattern, _Rule]()
    for rule in rules:
        if (earlier := first.setdefault(rule.pattern, rule)) is not rule:
            raise Malformed(f"it stands twice, first in {earlier.where}", where=rule.where)
    for rule in rules:
        for other in _beginning(screen, rule.pattern[0].stem):
            if other is not rule and other.covers(rule):
                raise Malformed(f"it can never match, for {other.where} does", where=rule.where)
