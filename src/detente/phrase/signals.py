"""Signals that ships and aircraft already share, and the reply that each expects: those of the
agreements on incidents at sea, and ICAO's phrases and visual signals of interception.

The signals stand in `signals.toml`, in no language; what they mean stands in each language's own
`signals.toml`. Where something was written down from memory it says so, and what we expect where no
table names a reply is marked as ours.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from detente.errors import Malformed

FILE_CHARACTERS_MAX: Final = 1 << 16
MEANING_CHARACTERS_MAX: Final = 400

FILE: Final = "signals.toml"
GAP: Final = "{}"
MEMORY: Final = "memory"
US: Final = "us"

Table = Literal["incsea", "icao"]
By = Literal["ship", "interceptor", "intercepted"]
How = Literal["flags", "voice", "sight"]
Argument = Literal[
    "", "call_sign", "course", "direction", "hundred_metres", "metres", "minutes", "place"
]
Code = Annotated[str, Meta(pattern=r"\A([A-Z]{2}[0-9]{1,2}|[a-z]+(-[a-z]+)*(-[0-9])?)\Z")]
Word = Annotated[str, Meta(pattern=r"\A[A-Z]+([ -][A-Z]+)*\Z")]


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal. `reply`: codes, each of which answers it; none means that none is due. `again`:
    the answer is that whoever spoke before says it once more. `listed`: whether it is a row of its
    table, and counted there. `code_from`, `meaning_from` and `expected_by` name a source in words,
    `memory`, or `us`.
    """

    code: str
    table: Table
    by: By
    how: How
    listed: bool
    spoken: str  # as flags, light or voice give it, without its argument; empty: it is seen
    said_as: str  # how ICAO writes its pronunciation; empty: letters and digits, or it is seen
    times: int  # how often it is said
    argument: Argument
    reply: tuple[str, ...]
    again: bool
    code_from: str
    meaning_from: str
    expected_by: str

    @property
    def seen(self) -> str:
        """The key of what an aircraft is seen to do, beside meanings; empty: it is not seen."""
        return f"{self.code}-seen" if self.how == "sight" else ""

    @property
    def from_memory(self) -> tuple[str, ...]:
        """What of it was written down from memory."""
        parts = {"code": self.code_from, "meaning": self.meaning_from, "reply": self.expected_by}
        return tuple(part for part, source in parts.items() if source == MEMORY)


def signals() -> Mapping[str, Signal]:
    """Every signal by its code, in the order of the tables."""
    return _shipped()


def named(word: str) -> tuple[Signal, ...]:
    """The signals of this code, or that are spoken so, as a person types it."""
    wanted = " ".join(word.split()).casefold()
    return tuple(
        signal
        for signal in signals().values()
        if wanted and wanted in (signal.code.casefold(), signal.spoken.casefold())
    )


def languages() -> tuple[str, ...]:
    """The languages that have meanings of signals."""
    folder = files("detente.phrase") / "languages"
    return tuple(sorted(each.name for each in folder.iterdir() if (each / FILE).is_file()))


@cache
def meanings(language: str) -> Mapping[str, str]:
    """What each signal means in one of `languages()`, and under `Signal.seen` what is seen."""
    path = files("detente.phrase") / "languages" / language / FILE
    return parse_meanings(path.read_text(encoding="utf-8"), f"languages/{language}/{FILE}")


# -- the signals -------------------------------------------------------------------------------------


class _Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of what the file holds."""


class _Row(_Struct, frozen=True, kw_only=True):
    argument: Argument = ""
    spoken: Word | Literal[""] = ""
    said_as: Word | Literal[""] = ""
    reply: tuple[Code, ...] = ()
    again: bool = False


class _Group(_Struct, frozen=True, kw_only=True):
    """Signals of one table, one giver and one provenance."""

    table: Table
    by: By
    how: How
    times: Annotated[int, Meta(ge=1, le=3)]
    prefix: str = ""
    listed: bool = True
    code_from: str
    meaning_from: str
    expected_by: str
    signals: Annotated[dict[Code, _Row], Meta(min_length=1)]


class _File(_Struct, frozen=True, kw_only=True):
    sources: dict[str, str]
    groups: tuple[_Group, ...]


@cache
def _shipped() -> Mapping[str, Signal]:
    path = files("detente.phrase") / FILE
    return parse_signals(path.read_text(encoding="utf-8"), FILE)


def parse_signals(text: str, where: str) -> Mapping[str, Signal]:
    """Signals from their file. Raises `Malformed` that names the place."""
    try:
        file = msgspec.convert(_toml(text, where), _File, strict=True)
    except msgspec.ValidationError as error:
        raise Malformed(str(error), where=where) from error
    found: dict[str, Signal] = {}
    for group in file.groups:
        for code, row in group.signals.items():
            if code in found:
                raise Malformed("it stands twice", where=f"{where}: {code}")
            found[code] = _signal(file.sources, group, code, row, f"{where}: {code}")
    for signal in found.values():
        for code in signal.reply:
            if code not in found:
                raise Malformed(
                    f"no signal is called {code}", where=f"{where}: {signal.code}: reply"
                )
    return MappingProxyType(found)


def _signal(sources: Mapping[str, str], group: _Group, code: str, row: _Row, where: str) -> Signal:
    for source in (group.code_from, group.meaning_from, group.expected_by):
        if source not in sources:
            raise Malformed(f"no source is called {source!a}", where=where)
    if (group.how == "voice") != bool(row.spoken and row.said_as):
        raise Malformed("what is said, and no other, has `spoken` and `said_as`", where=where)
    return Signal(
        code=code,
        table=group.table,
        by=group.by,
        how=group.how,
        listed=group.listed,
        spoken=f"{group.prefix} {code}" if group.how == "flags" else row.spoken,
        said_as=row.said_as,
        times=group.times,
        argument=row.argument,
        reply=row.reply,
        again=row.again,
        code_from=sources[group.code_from],
        meaning_from=sources[group.meaning_from],
        expected_by=sources[group.expected_by],
    )


# -- what they mean ----------------------------------------------------------------------------------


def parse_meanings(text: str, where: str) -> Mapping[str, str]:
    """A language's meanings by code. Raises `Malformed` that names each hole."""
    found = _toml(text, where)
    if holes := tuple(_holes(found)):
        raise Malformed(
            "; ".join(holes), where=where,
            mend="give each signal one meaning, and its gap if it takes something",
        )  # fmt: skip
    return MappingProxyType({key: found[key] for key in _wanted()})


def _holes(found: Mapping[str, Any]) -> Iterator[str]:
    wanted = _wanted()
    yield from (f"{key!a} is no signal" for key in found if key not in wanted)
    first: dict[str, str] = {}
    for key, takes in wanted.items():
        if key not in found:
            yield f"{key} is missing"
            continue
        meaning = found[key]
        if not isinstance(meaning, str) or not _one_line(meaning):
            yield f"{key} is not one line of text"
            continue
        if takes and GAP not in meaning:
            yield f"{key} lacks its {GAP}"
        elif meaning.count("{") != takes or meaning.count("}") != takes:
            yield f"{key} has a brace too many"
        if (other := first.setdefault(_compared(meaning), key)) != key:
            yield f"{other} and {key} have one meaning"


def _wanted() -> Mapping[str, bool]:
    """Each key of a language's file, and whether it takes something."""
    wanted: dict[str, bool] = {}
    for signal in signals().values():
        wanted[signal.code] = bool(signal.argument)
        if signal.seen:
            wanted[signal.seen] = False
    return wanted


def _one_line(text: str) -> bool:
    return 0 < len(text) <= MEANING_CHARACTERS_MAX and text.isprintable() and text == text.strip()


def _compared(meaning: str) -> str:
    """Without what makes no other meaning: capitals, spaces and marks."""
    return "".join(character for character in meaning.casefold() if character.isalnum())


def _toml(text: str, where: str) -> dict[str, Any]:
    if len(text) > FILE_CHARACTERS_MAX:
        raise Malformed(f"more than {FILE_CHARACTERS_MAX} characters", where=where)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise Malformed(str(error), where=where) from error
