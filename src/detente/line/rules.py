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

from detente.errors import Malformed
from detente.line import act
from detente.line.act import Body, Kind
from detente.line.canonical import encode
from detente.line.form import NO_FORMS, Form, Forms, check_slots, shipped
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
    ANYONE = "any party"


class Thread(enum.Enum):
    """What a message may begin, that others belong to."""

    QUESTION = "question"
    PROPOSAL = "proposal"
    INCIDENT = "incident"
    ZONE = "zone"


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """All that the fold knows of an act."""

    body: type[Body]
    moves: Mapping[Half, Half]  # what the half becomes; a half that is missing bears no such act
    passes: Passes
    flash: bool = False  # must go FLASH
    replies_to: frozenset[str] = frozenset()  # none: the act stands alone
    by: By = By.THEIRS
    formed: bool = False  # its body may be a form, too
    begins: Thread | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Vocabulary:
    """What one version understands."""

    version: int
    acts: Mapping[str, Row]
    safety_of_life: frozenset[Kind]
    forms: Forms = dataclasses.field(default_factory=lambda: NO_FORMS)


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
    "query": Row(act.Query, _STAYS_OPEN, Passes.NEVER, begins=Thread.QUESTION),
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

# What one may correct: a slip of the pen in it is mended beside it, and both are kept.
_WORDED: Final = frozenset(
    ("notify", "revise", "query", "answer", "standby", "concern", "denial", "goodwill", "statement")
)
_PROPOSED: Final = frozenset(("propose", "counter"))


def _reply(
    body: type[Body], to: frozenset[str], by: By = By.THEIRS, *, formed: bool = False
) -> Row:
    """An act that passes with what it replies to."""
    return Row(body, _STAYS_OPEN, Passes.WITH_ITS_ORIGINAL, replies_to=to, by=by, formed=formed)


_ASKED: Final = frozenset(("query", "concern"))
_ACTS_2: Final[Mapping[str, Row]] = MappingProxyType({
    **_ACTS_1,
    "notify": Row(act.Notify, _STAYS_OPEN, Passes.SAFETY_OF_LIFE, formed=True),
    "revise": _reply(act.Revise, frozenset(("notify", "query", "concern")), By.OURS, formed=True),
    "cancel": _reply(act.Cancel, frozenset(("notify", "query", "concern")) | _PROPOSED, By.OURS),
    "query": Row(
        act.Query, _STAYS_OPEN, Passes.SAFETY_OF_LIFE, formed=True, begins=Thread.QUESTION
    ),
    "answer": _reply(act.Answer, _ASKED, formed=True),
    "standby": _reply(act.Standby, _ASKED | _PROPOSED),
    "propose": Row(
        act.Formed, _STAYS_OPEN, Passes.NEVER, formed=True, begins=Thread.PROPOSAL
    ),
    "counter": dataclasses.replace(
        _reply(act.Formed, _PROPOSED, formed=True), begins=Thread.PROPOSAL
    ),
    "accept": _reply(act.Accept, _PROPOSED),
    "reject": _reply(act.Reject, _PROPOSED),
    "conclude": _reply(act.Conclude, _PROPOSED, By.OURS),
    "concern": Row(
        act.Formed, _STAYS_OPEN, Passes.NEVER, formed=True, begins=Thread.QUESTION
    ),
    "denial": _reply(
        act.Formed, _ASKED | {"notify", "answer", "statement"}, formed=True
    ),
    "goodwill": Row(act.GoodWill, _STAYS_OPEN, Passes.NEVER),
    "statement": Row(act.Formed, _STAYS_OPEN, Passes.NEVER, formed=True),
    "correction": _reply(act.Revise, _WORDED, By.OURS, formed=True),
    "translate": _reply(act.Translate, _WORDED | _PROPOSED, By.ANYONE),
})  # fmt: skip

VOCABULARY_2: Final = dataclasses.replace(VOCABULARY_1, version=2, acts=_ACTS_2, forms=shipped(2))

_RAISED: Final = frozenset(("raise",))
_ACTS_3: Final[Mapping[str, Row]] = MappingProxyType({
    **_ACTS_2,
    **{
        name: dataclasses.replace(_ACTS_2[name], replies_to=_ACTS_2[name].replies_to | _RAISED)
        for name in ("answer", "cancel", "correction", "denial", "standby", "translate")
    },
    # It names its matter on another channel, where no reply may stand.
    "raise": Row(act.Raise, _STAYS_OPEN, Passes.WITH_ITS_ORIGINAL, begins=Thread.QUESTION),
    "callup": Row(act.Callup, _STAYS_OPEN, Passes.ALWAYS),
    "ready": Row(act.Ready, _STAYS_OPEN, Passes.ALWAYS, replies_to=frozenset(("callup",))),
    "nothing": Row(
        act.Nothing, _STAYS_OPEN, Passes.ALWAYS, replies_to=frozenset(("callup", "test"))
    ),
})  # fmt: skip

VOCABULARY_3: Final = dataclasses.replace(VOCABULARY_2, version=3, acts=_ACTS_3, forms=shipped(3))

Vocabularies = Mapping[int, Vocabulary]
VOCABULARIES: Final[Vocabularies] = MappingProxyType(
    {each.version: each for each in (VOCABULARY_1, VOCABULARY_2, VOCABULARY_3)}
)

SAME_FORM: Final = frozenset(("revise", "correction", "counter"))  # as what they reply to
WHOSE: Final[Mapping[str, By]] = MappingProxyType(
    {"anyone": By.ANYONE, "ours": By.OURS, "theirs": By.THEIRS}
)
# Nobody acknowledges these, or two posts would call each other for ever.
UNACKNOWLEDGED: Final = frozenset(("acknowledge", "nothing", "ready"))
ENDS_A_QUESTION: Final = frozenset(("answer", "denial"))


def understood(vocabulary: Vocabulary, name: str, body: object) -> Body | None:
    """The body as its act's struct, or None where this vocabulary does not know such a thing."""
    try:
        return read_body(vocabulary, name, body)
    except Malformed:
        return None


def read_body(vocabulary: Vocabulary, name: str, body: object) -> Body:
    """The same, or `Malformed` with the field, the reason and the mend."""
    row = vocabulary.acts.get(name)
    if row is None:
        known = ", ".join(vocabulary.acts)
        raise Malformed(f"no act {name!a}", where="act", mend=f"one of {known}")
    kind = act.Formed if row.formed and isinstance(body, dict) and "form" in body else row.body
    try:
        value = msgspec.convert(body, kind, strict=True)
    except msgspec.ValidationError as error:
        raise Malformed(str(error), where=f"body of {name}") from error
    if encode(value) != encode(body):  # every field, in its one form
        raise Malformed("a field is missing or written otherwise", where=f"body of {name}")
    if isinstance(value, act.Formed):
        form = form_of(vocabulary, value)
        if form is None or not carried(form, name):
            raise Malformed(
                f"{name} with form {value.form}: there is no such thing", where="body.form",
                mend="the forms are listed by `detente forms`",
            )  # fmt: skip
        check_slots(form, value.slots)
    return value


def form_of(vocabulary: Vocabulary, body: Body) -> Form | None:
    """The form that a body fills in."""
    return vocabulary.forms.get(body.form) if isinstance(body, act.Formed) else None


def carried(form: Form, name: str) -> bool:
    """Whether an act may carry a form: its own acts, and what changes, mends or counters these."""
    if name in form.acts:
        return True
    proposed = "propose" in form.acts
    return proposed if name == "counter" else name in SAME_FORM and not proposed


def saves_lives(vocabulary: Vocabulary, body: Body) -> bool:
    """Whether a body is safety of life, by its form or by the kind of its notice."""
    form = form_of(vocabulary, body)
    if form is not None:
        return form.safety_of_life
    return isinstance(body, act.Notify) and body.kind in vocabulary.safety_of_life


def begins(row: Row, form: Form | None) -> Thread | None:
    """The thread that a message begins."""
    return Thread(form.opens) if form is not None and form.opens else row.begins


def anywhere(row: Row) -> bool:
    """Whether any party may say it on any channel: an acknowledgement is a person's receipt, and
    whoever may not speak, or cannot name the channel, has still heard.
    """
    return row.replies_to == ANYTHING


def answers(row: Row, original: str) -> bool:
    """Whether an act may reply to this one."""
    return original in row.replies_to or anywhere(row)


def by_whom(by: By, *, ours: bool) -> bool:
    """Whether a reply may answer a message of its own author (`ours`), or of another."""
    return by is By.ANYONE or ours == (by is By.OURS)


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
