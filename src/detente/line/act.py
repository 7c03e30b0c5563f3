"""What an act says: one struct for each body of each vocabulary version.

A struct is the schema of a body and nothing else: which act may follow which, what passes under
suspension and what is safety of life stand in the tables of `rules`; wording stands in `phrase`.
A released struct never changes: an old ledger must fold the same for ever.
"""

from __future__ import annotations

import enum
from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from detente.line.accord import OR_NONE, Call
from detente.line.message import Hex32, Millis
from detente.tlog.keys import PublicKeys

SHORT_MAX: Final = 2_000
LONG_MAX: Final = 16_000
LIFTS_MAX: Final = 16
ACCEPTS_MAX: Final = 15  # of a proposal: one for each party but the proposer

Short = Annotated[str, Meta(min_length=1, max_length=SHORT_MAX)]
Long = Annotated[str, Meta(min_length=1, max_length=LONG_MAX)]
Language = Annotated[str, Meta(pattern=r"\A[a-z]{2,3}\Z")]  # ISO 639, as in the accord


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


# -- vocabulary 2 ----------------------------------------------------------------------------------


class Releasability(enum.Enum):
    """Who may publish it: both together, its author alone, nobody."""

    JOINT = "joint"
    OURS = "ours"
    NEVER = "never"


class Words(Body, frozen=True):
    """Free text, of lower trust than a form: the original, in the language that governs it."""

    language: Language
    text: Short


class Formed(Body, frozen=True):
    """A form filled in. `slots` holds what the form's own file says and nothing else."""

    form: Annotated[int, Meta(ge=1, lt=1_000)]
    releasability: Releasability
    remarks: Words | None
    slots: dict[str, Any]


class Cancel(Body, frozen=True):
    """What we said, asked or proposed here is withdrawn, and why."""

    reason: Words


class Accept(Body, frozen=True):
    """We accept this proposal, word for word. Nothing is agreed until its proposer concludes."""


class Reject(Body, frozen=True):
    """We do not accept this proposal."""

    reason: Words | None


class Conclude(Body, frozen=True):
    """Our proposal is agreed: these are the acceptances, by leaf hash, one of every other party."""

    accepts: Annotated[tuple[Hex32, ...], Meta(min_length=1, max_length=ACCEPTS_MAX)]


class GoodWill(Body, frozen=True):
    """Said because we want to, and no agreement asks for it."""

    words: Words


class Translate(Body, frozen=True):
    """The words of this message in another language. The original governs.

    `by` made it and `checked_by` compared it, each a person or a post; a translation made by a
    machine is an aid, and says so.
    """

    by: Annotated[str, Meta(min_length=1, max_length=64)]
    checked_by: Annotated[str, Meta(max_length=64)]
    language: Language
    machine: bool
    text: Short


# -- vocabulary 3 ----------------------------------------------------------------------------------


class Raise(Body, frozen=True):
    """We bring the matter that this names before the level of this channel, and why. It is a
    question: the clock of its answer is this channel's.
    """

    reason: Words


class Callup(Body, frozen=True):
    """We are at our post and call yours. `contact` names the accord's; empty: a call of its own."""

    call: Call
    contact: Annotated[str, Meta(pattern=OR_NONE)]


class Ready(Body, frozen=True):
    """We are at our post, too."""

    text: Annotated[str, Meta(max_length=SHORT_MAX)] = ""


class Nothing(Body, frozen=True):
    """Nothing to report: heard by a person, who has nothing to say."""
