"""Sentences with gaps, read in both directions.

A *codec* turns a value into words and exactly these words back into the value; a *template* is a
sentence whose gaps are filled by codecs. Whatever is read is said again and compared, so that a text
has one meaning: two different values can never have given it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from detente.errors import Malformed

TEXT_MAX: Final = 65_535  # characters that are read
_GAP: Final = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_SPACES: Final = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})


class Codec(Protocol):
    """Words for one kind of value. `regex` matches all that `say` may return, with no groups."""

    @property
    def regex(self) -> str: ...

    def say(self, value: Any) -> str: ...

    def read(self, text: str) -> Any:
        """The value, or `Malformed`. A text that is not quite right may be read as its likeness."""
        ...


def plain_spaces(text: str) -> str:
    """Spaces that look alike made one: a text that was copied or retyped is the same text."""
    return text.translate(_SPACES)


@dataclass(frozen=True, slots=True)
class Template:
    """A sentence in pieces: what stands between the gaps, the gaps' names and their codecs."""

    literals: tuple[str, ...]  # one more than gaps
    gaps: tuple[str, ...]
    codecs: tuple[Codec, ...]
    pattern: re.Pattern[str]

    @property
    def regex(self) -> str:
        pieces = [re.escape(plain_spaces(self.literals[0]))]
        for codec, literal in zip(self.codecs, self.literals[1:], strict=True):
            pieces += [codec.regex, re.escape(plain_spaces(literal))]
        return "".join(pieces)

    def say(self, values: Mapping[str, Any]) -> str:
        pieces = [self.literals[0]]
        for gap, codec, literal in zip(self.gaps, self.codecs, self.literals[1:], strict=True):
            pieces += (codec.say(values[gap]), literal)
        return "".join(pieces)

    def read(self, text: str) -> dict[str, Any]:
        """The values of the gaps, or `Malformed`. `text` has plain spaces."""
        found = self.pattern.fullmatch(text)
        if found is None:
            raise Malformed("these are not the words of it", where=text[:80])
        return {
            gap: codec.read(words)
            for gap, codec, words in zip(self.gaps, self.codecs, found.groups(), strict=True)
        }


def template(text: str, codecs: Mapping[str, Codec], where: str) -> Template:
    """A template from its file. Raises `Malformed` for a gap that nothing fills, or twice the
    same.
    """
    pieces = _GAP.split(text)
    literals, gaps = tuple(pieces[::2]), tuple(pieces[1::2])
    for gap in gaps:
        if gap not in codecs:
            known = ", ".join(codecs) or "none"
            raise Malformed(f"nothing fills {{{gap}}}", where=where, mend=f"there are {known}")
    if len(set(gaps)) < len(gaps):
        raise Malformed("one gap stands twice", where=where)
    if any("{" in literal or "}" in literal for literal in literals):
        raise Malformed("a brace that opens no gap", where=where)
    if "\n" in text or text != text.strip():
        raise Malformed("a sentence is one line without space at its ends", where=where)
    used = tuple(codecs[gap] for gap in gaps)
    source = re.escape(plain_spaces(literals[0]))
    for codec, literal in zip(used, literals[1:], strict=True):
        source += f"({codec.regex}){re.escape(plain_spaces(literal))}"
    return Template(literals, gaps, used, re.compile(source, re.DOTALL))


def whole(text: str, codecs: Mapping[str, Codec], where: str) -> Template:
    """The same for a sentence that must use every gap."""
    made = template(text, codecs, where)
    if missing := sorted(codecs.keys() - set(made.gaps)):
        raise Malformed(f"{{{missing[0]}}} is not said", where=where, mend="say it")
    return made


@dataclass(frozen=True, slots=True)
class Several:
    """A value of one of several shapes, each with its own sentence."""

    ways: Sequence[tuple[str, Codec]]

    @property
    def regex(self) -> str:
        return f"(?:{'|'.join(codec.regex for _, codec in self.ways)})"

    def say(self, value: Any) -> str:
        """`value` is an object with one field, which names the way."""
        ((name, inside),) = value.items()
        return next(codec for way, codec in self.ways if way == name).say(inside)

    def read(self, text: str) -> Any:
        for name, codec in self.ways:
            if re.fullmatch(codec.regex, text, re.DOTALL):
                value = {name: codec.read(text)}
                if plain_spaces(self.say(value)) == text:
                    return value
        raise Malformed("these are not the words of it", where=text[:80])
