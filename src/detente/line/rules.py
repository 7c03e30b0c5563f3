"""The rules of a line. Every transition there is stands in the tables of this file.

Rule 1: nothing outside this file decides what may follow what.
Rule 2: this file does not know which side we are: every half is judged by the same table.
Rule 3: a cell that is missing is irregular. We never release it; we always record it.
Rule 4: a released vocabulary never changes, and each keeps every act of the one before it. A
        message is judged by the vocabulary of the accord that it names.

A *half* is one party's own side of a channel. Each party moves only its own, so that to suspend
takes one, to restore takes all, and neither can race. What moves a half always goes FLASH: numbers
of one precedence stay in order, so a half has one history.

What *passes* may also be said on a half that is not open: so a suspended line still carries what
saves lives, and what can end the suspension.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from detente.line import act
from detente.line.act import Body, Kind
from detente.line.canonical import encode
from detente.line.message import FLASH_BYTES_MAX, Precedence


class Half(enum.Enum):
    """One party's own side of a channel."""

    CLOSED = "closed"
    OPEN = "open"
    SUSPENDED = "suspended"
    CONTRADICTED = "contradicted"  # its party used a FLASH number twice: not open, for good


class Joint(enum.Enum):
    """A channel as all its halves make it."""

    OPEN = "open"
    CLOSED = "closed"
    SUSPENDED = "suspended"
    CONTRADICTED = "contradicted"


class Mark(enum.Enum):
    """How a message counts. Asked of the state, never stored; it may change as more is heard."""

    REGULAR = "regular"
    IRREGULAR = "irregular"
    NOT_UNDERSTOOD = "not understood"
    CONTRADICTED = "contradicted"


class Passes(enum.Enum):
    """Whether an act may be said on a half that is not open."""

    NEVER = "never"
    ALWAYS = "always"
    SAFETY_OF_LIFE = "if it is safety of life"
    WITH_ITS_ORIGINAL = "if what it replies to passes"


class By(enum.Enum):
    """Whose message a reply may answer."""

    OURS = "the same party"
    THEIRS = "another party"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """All that the fold knows of an act."""

    body: type[Body]
    moves: Mapping[Half, Half]  # what the half becomes; a half that is missing bears no such act
    passes: Passes
    flash: bool = False  # must go FLASH
    replies_to: frozenset[str] = frozenset()  # none: the act stands alone
    by: By = By.THEIRS


@dataclasses.dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one version understands."""

    version: int
    acts: Mapping[str, Row]
    safety_of_life: frozenset[Kind]


_CLOSED, _OPEN, _SUSPENDED, _CONTRADICTED = Half
_STAYS_OPEN: Final[Mapping[Half, Half]] = MappingProxyType({_OPEN: _OPEN})
ANYTHING: Final = frozenset("*")  # also what no vocabulary knows: a person may say "not understood"

_ACTS_1: Final[Mapping[str, Row]] = MappingProxyType({
    "open": Row(act.Open, {_CLOSED: _OPEN}, Passes.NEVER, flash=True),
    "suspend": Row(act.Suspend, {_OPEN: _SUSPENDED}, Passes.NEVER, flash=True),
    "restore": Row(
        act.Restore,
        {_CLOSED: _CLOSED, _OPEN: _OPEN, _SUSPENDED: _OPEN},
        Passes.ALWAYS,
        flash=True,
    ),
    "close": Row(act.Close, {_OPEN: _CLOSED, _SUSPENDED: _CLOSED}, Passes.NEVER, flash=True),
    "test": Row(act.Test, _STAYS_OPEN, Passes.ALWAYS),
    "notify": Row(act.Notify, _STAYS_OPEN, Passes.SAFETY_OF_LIFE),
    "revise": Row(
        act.Revise, _STAYS_OPEN, Passes.WITH_ITS_ORIGINAL,
        replies_to=frozenset(("notify",)), by=By.OURS,
    ),
    "query": Row(act.Query, _STAYS_OPEN, Passes.NEVER),
    "answer": Row(
        act.Answer, _STAYS_OPEN, Passes.WITH_ITS_ORIGINAL, replies_to=frozenset(("query",))
    ),
    "standby": Row(
        act.Standby, _STAYS_OPEN, Passes.WITH_ITS_ORIGINAL, replies_to=frozenset(("query",))
    ),
    "acknowledge": Row(act.Acknowledge, _STAYS_OPEN, Passes.ALWAYS, replies_to=ANYTHING),
    "service": Row(act.Service, _STAYS_OPEN, Passes.ALWAYS),
    "rekey": Row(act.Rekey, _STAYS_OPEN, Passes.ALWAYS, flash=True),
    "amend": Row(act.Amend, _STAYS_OPEN, Passes.ALWAYS),
    "agree": Row(act.Agree, _STAYS_OPEN, Passes.ALWAYS, replies_to=frozenset(("amend",))),
})  # fmt: skip

VOCABULARY_1: Final = Vocabulary(
    version=1,
    acts=_ACTS_1,
    safety_of_life=frozenset(
        (
            Kind.ACCIDENT_NOT_HOSTILE,
            Kind.AIRCRAFT_IN_DISTRESS,
            Kind.DRONE_ASTRAY,
            Kind.ENTRY_BY_MISTAKE,
            Kind.SEARCH_AND_RESCUE,
            Kind.STOP_YOU_ENDANGER,
        )
    ),
)

Vocabularies = Mapping[int, Vocabulary]
VOCABULARIES: Final[Vocabularies] = MappingProxyType({1: VOCABULARY_1})


def understood(vocabulary: Vocabulary, name: str, body: object) -> Body | None:
    """The body as its act's struct, or None where this vocabulary does not know such a thing."""
    row = vocabulary.acts.get(name)
    if row is None:
        return None
    try:
        value = msgspec.convert(body, row.body, strict=True)
    except msgspec.ValidationError:
        return None
    return value if encode(value) == encode(body) else None  # every field, in its one form


def anywhere(row: Row) -> bool:
    """Whether any party may say it on any channel: an acknowledgement is a person's receipt, and
    whoever may not speak, or cannot name the channel, has still heard.
    """
    return row.replies_to == ANYTHING


def answers(row: Row, original: str) -> bool:
    """Whether an act may reply to this one."""
    return original in row.replies_to or anywhere(row)


def after(half: Half, row: Row, *, passes: bool) -> Half | None:
    """The half after an act, or None where the table has no cell for it."""
    moved = row.moves.get(half)
    if moved is None and passes:
        return half
    return moved


def properly_sent(row: Row, precedence: Precedence, size: int) -> bool:
    """What moves a half or a key is never overtaken, and a FLASH is short enough to overtake."""
    if precedence is Precedence.FLASH:
        return size <= FLASH_BYTES_MAX
    return not row.flash


def joint(halves: list[Half], suspensions: int) -> Joint:
    """What a channel is, of all its halves and of the suspensions not yet lifted by every party."""
    if Half.CONTRADICTED in halves:
        return Joint.CONTRADICTED
    if suspensions or Half.SUSPENDED in halves:
        return Joint.SUSPENDED
    return Joint.CLOSED if Half.CLOSED in halves else Joint.OPEN
