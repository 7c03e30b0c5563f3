"""Codes and call signs in one script, so that two that differ never look alike.

Some Cyrillic capitals are Latin ones to look at: a call sign with one of them inside passes for
another, on paper and on every screen. So a code is all Latin or all Cyrillic, and a Cyrillic one
has a letter that neither a Latin letter nor a digit could be.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from detente.errors import Malformed

CODE_CHARACTERS_MAX: Final = 16

# Written by code point, that nobody who edits this file can take one column for the other.
_CAPITALS: Final = "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0423\u0425\u0406"
_OTHERS: Final = "\u0405\u0408\u04c0\u051a\u051c\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456"
_MORE: Final = "\u0455\u0458\u04cf\u04bb\u0501\u051b\u051d"
_TWINS: Final = MappingProxyType(
    str.maketrans(_CAPITALS + _OTHERS + _MORE, "ABEKMHOPCTYXI" + "SJIQWaeopcyxi" + "sjlhdqw")
)
_THREE: Final = MappingProxyType({0x0417: "3"})  # ZE is a digit to look at

_LATIN: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
# A to YA; and IO, IE, I, YI and GHE WITH UPTURN.
_CYRILLIC: Final = frozenset(map(chr, (*range(0x0410, 0x0430), 0x401, 0x404, 0x406, 0x407, 0x490)))
_SCRIPTS: Final = MappingProxyType({"Latin": _LATIN, "Cyrillic": _CYRILLIC})
_SMALL: Final = frozenset(letter.lower() for letter in _LATIN | _CYRILLIC)
_DIGITS: Final = frozenset("0123456789")
_SEPARATORS: Final = frozenset("- ")


def twins(text: str) -> str:
    """The text with Latin twins for all Cyrillic look-alikes: for comparing, never for showing."""
    return text.translate(_TWINS)


def check_code(text: str, where: str) -> None:
    """Raise `Malformed` unless this is a code: 1 to 16 capitals of one script (Latin, or Cyrillic
    as Russian and Ukrainian have it), digits, and single hyphens and spaces between them.
    """
    if not 1 <= len(text) <= CODE_CHARACTERS_MAX:
        raise Malformed(
            f"{len(text)} characters", where=where,
            mend=f"a code has 1 to {CODE_CHARACTERS_MAX} characters",
        )  # fmt: skip
    capitals = "".join(c.upper() if c in _SMALL else c for c in text)
    _check_characters(text, capitals, where)
    script = _one_script(text, capitals, where)
    if text != capitals:
        raise Malformed(
            "a code has no small letters", where=where, mend=f"write it in capitals: {capitals}"
        )
    _check_separators(text, where)
    seen = twins(text).translate(_THREE)
    if script == "Cyrillic" and not _CYRILLIC & set(seen):
        raise Malformed(
            f"in Cyrillic letters it looks like {seen} in Latin ones", where=where,
            mend=f"write it in Latin letters, {seen}, or use a letter that Latin lacks",
        )  # fmt: skip


def _check_characters(text: str, capitals: str, where: str) -> None:
    known = _LATIN | _CYRILLIC | _DIGITS | _SEPARATORS
    if strange := [at for at, capital in enumerate(capitals) if capital not in known]:
        raise Malformed(
            _named(text, strange), where=where,
            mend="write Latin or Cyrillic capitals, digits, hyphens and spaces",
        )  # fmt: skip


def _one_script(text: str, capitals: str, where: str) -> str:
    """The script of the letters, "" for a code of digits. Strays are those of the lesser script,
    or of the later one.
    """
    places = {
        name: [at for at, capital in enumerate(capitals) if capital in letters]
        for name, letters in _SCRIPTS.items()
    }
    one, other = sorted(places, key=lambda name: (-len(places[name]), places[name]))
    if places[other]:
        raise Malformed(
            f"{_named(text, places[other])} among {one} letters", where=where,
            mend="write it in one script",
        )  # fmt: skip
    return one if places[one] else ""


def _check_separators(text: str, where: str) -> None:
    """A hyphen or a space stands alone, between letters or digits."""
    for at, (before, character, after) in enumerate(
        zip(f" {text}", text, f"{text[1:]} ", strict=False), 1
    ):
        if character in _SEPARATORS and (before in _SEPARATORS or after in _SEPARATORS):
            name = "hyphen" if character == "-" else "space"
            raise Malformed(
                f"the {name} at {at} is not between letters or digits", where=where,
                mend="leave it out",
            )  # fmt: skip


def _named(text: str, places: Iterable[int]) -> str:
    return ", ".join(f"the {_character(text[at])} at {at + 1}" for at in places)


def _character(character: str) -> str:
    """What it is, and its code point. What is no letter may be invisible, and is not shown."""
    code = f"U+{ord(character):04X}"
    if unicodedata.category(character)[0] != "L":
        return f"character {code}"
    script = unicodedata.name(character, "unnamed").split()[0].capitalize()
    return f"letter {character} ({code}, {script})"
