"""What an act says: one struct for each body of vocabulary version 1.

A struct is the schema of a body and nothing else: which act may follow which, what passes under
suspension and what is safety of life stand in the tables of `rules`; wording stands in `phrase`.
A released struct never changes: an old ledger must fold the same for ever.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from detente.line.message import Hex32, Millis
from detente.tlog.keys import PublicKeys

SHORT_MAX: Final = 2_000
LONG_MAX: Final = 16_000
LIFTS_MAX: Final = 16

Short = Annotated[str, Meta(min_length=1, max_length=SHORT_MAX)]
Long = Annotated[str, Meta(min_length=1, max_length=LONG_MAX)]


class Kind(enum.Enum):
    """What a notice is about. The set is closed; `rules` says which of them are safety of life."""

    ACCIDENT_NOT_HOSTILE = "accident_not_hostile"
    AIRCRAFT_IN_DISTRESS = "aircraft_in_distress"
    DRONE_ASTRAY = "drone_astray"
    ENTRY_BY_MISTAKE = "entry_by_mistake"
    EXERCISE = "exercise"
    HAZARD = "hazard"
    OTHER = "other"
    RECONNAISSANCE_FLIGHT = "reconnaissance_flight"
    SEARCH_AND_RESCUE = "search_and_rescue"
    STOP_YOU_ENDANGER = "stop_you_endanger"
    UNKNOWN_TRACK = "unknown_track"


class Rung(enum.Enum):
    """How far a person has come with a message. The machine's receipt is not on this ladder."""

    DISPLAYED = "displayed"
    UNDERSTOOD = "understood"
    NOT_UNDERSTOOD = "not_understood"
    PASSED_TO_OPERATORS = "passed_to_operators"


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A body with nothing in it, and the base of the others."""


class Open(Body, frozen=True):
    """We are here, on this channel."""


class Suspend(Body, frozen=True):
    """We leave this channel for now: why, and when we will look at it again (ms UTC)."""

    reason: Short
    review: Millis


class Restore(Body, frozen=True):
    """We lift these suspensions, named by leaf hash: our own, theirs, or both."""

    lifts: Annotated[tuple[Hex32, ...], Meta(min_length=1, max_length=LIFTS_MAX)]


class Close(Body, frozen=True):
    """We leave this channel in good order."""


class Test(Body, frozen=True):
    """The smallest message: its receipt shows the circuit, its human answer that the post is
    manned.
    """

    text: Annotated[str, Meta(max_length=SHORT_MAX)]


class Notify(Body, frozen=True):
    """You should know this, now."""

    kind: Kind
    text: Short


class Revise(Body, frozen=True):
    """What we notified has changed: this stands beside it."""

    text: Short


class Query(Body, frozen=True):
    """What is this? Our clock for the answer runs from the accord."""

    text: Short


class Answer(Body, frozen=True):
    """What ends a question."""

    text: Long


class Standby(Body, frozen=True):
    """We have your question and are at it. It stops the alarm, never the clock."""

    text: Annotated[str, Meta(max_length=SHORT_MAX)]


class Acknowledge(Body, frozen=True):
    """A person has come this far with your message."""

    rung: Rung
    text: Annotated[str, Meta(max_length=SHORT_MAX)] = ""


class Service(Body, frozen=True):
    """The operators among themselves, about the line and nothing else."""

    text: Short


class Rekey(Body, frozen=True):
    """Our next keys, as promised by their hash, and the hash of those after them."""

    ed25519: Annotated[bytes, Meta(min_length=32, max_length=32)]
    mldsa44: Annotated[bytes, Meta(min_length=1_312, max_length=1_312)]
    next_keys: Hex32

    @property
    def keys(self) -> PublicKeys:
        return PublicKeys(self.ed25519, self.mldsa44)


class Amend(Body, frozen=True):
    """We propose this whole next accord in place of the one named, and consent to it."""

    accord: dict[str, Any]
    predecessor: Hex32


class Agree(Body, frozen=True):
    """We consent to the amendment that this replies to."""
