"""What an audit says: findings, and beside them statements that accuse nobody."""

from __future__ import annotations

import dataclasses
import enum
from typing import Final

from detente.audit.forks import Equivocation
from detente.line.message import Number
from detente.line.rules import Mark
from detente.line.state import State
from detente.tlog.hash import Hash


class Code(enum.Enum):
    """What can be wrong with a line, or with a file that shows it."""

    TRUST = "trust"
    ACCORD = "accord"
    LEAF = "leaf"
    REPEATED = "repeated"
    HASHES = "hashes"
    NOTE = "note"
    UNKNOWN_KEY = "unknown key"
    COSIGNATURE = "cosignature"
    KEYS = "keys"
    TIME = "time"
    WITHHELD = "withheld"
    EQUIVOCATION = "equivocation"
    UNVOUCHED = "unvouched"
    NUMBER = "number"
    REPLY = "reply"


_CHANGED: Final = "the file was changed or is damaged."
MEANS: Final = {
    Code.TRUST: (
        "This is not the line, or not the party, that you came to check. Believe nothing in it."
    ),
    Code.ACCORD: (
        "A ledger begins with the accord of its line. This one was kept under other terms."
    ),
    Code.LEAF: f"These are not the words that stand in the ledger: {_CHANGED}",
    Code.REPEATED: "A message is said once. A second time in one ledger is a fault of its keeper.",
    Code.HASHES: f"These are not the hashes that the party signed: {_CHANGED}",
    Code.NOTE: f"The party has not signed this: {_CHANGED}",
    Code.UNKNOWN_KEY: (
        "Whoever made this line is no party and no witness of the accord. It proves nothing."
    ),
    Code.COSIGNATURE: f"The witness has not signed this: {_CHANGED}",
    Code.KEYS: (
        "Nothing here is signed by keys in between. That those after them are the party's own "
        "is the word of the keeper of this file alone."
    ),
    Code.TIME: ("A party's signed times never go back: its signer was tampered with or replaced."),
    Code.WITHHELD: ("The party signed more than the file shows: something was left out, or lost."),
    Code.EQUIVOCATION: (
        "The party's own signatures contradict each other. The likeliest cause is a restored "
        "disk, the worst a lie; which of the two records is right, no proof can say."
    ),
    Code.UNVOUCHED: (
        "No ledger of its author holds it, so nothing shows that the author ever said it."
    ),
    Code.NUMBER: "An author counts its messages without gaps: one that was numbered is not here.",
    Code.REPLY: (
        "A reply names what it answers, and so admits having seen it. That party's own ledger "
        "says that it had not."
    ),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `whose`: the party that it speaks against, if it is not the file
    itself.
    """

    code: Code
    where: str
    what: str
    whose: str = ""
    evidence: Equivocation | None = None

    @property
    def means(self) -> str:
        """In plain words, for whoever must act on it."""
        return MEANS[self.code]


@dataclasses.dataclass(frozen=True, slots=True)
class Trusted:
    """What the verifier brings, got from somebody else than the file: the line (leaf hash of its
    accord), or fingerprints of parties' cards.
    """

    line: Hash | None = None
    cards: frozenset[Hash] = frozenset()


@dataclasses.dataclass(frozen=True, slots=True)
class Signature:
    """How far a party's ledger is signed, and when: POSIX seconds by that party's clock."""

    party: str
    size: int
    time_s: int


@dataclasses.dataclass(frozen=True, slots=True)
class Cosignature:
    """A witness saw so much of a party's ledger, at its own time in POSIX seconds."""

    party: str
    size: int
    witness: str
    time_s: int


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """A message of the keeper's ledger: how it counts, and in whose ledgers it stands.

    That it is not in a reader's ledger says that the keeper was not shown it there, and no more.
    """

    place: int
    leaf: Hash
    number: Number
    act: str
    channel: str
    mark: Mark
    why: str
    heard_by: tuple[str, ...]
    not_yet_by: tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Outstanding:
    """A leaf in a party's ledger that the file has no bytes for."""

    party: str
    place: int
    leaf: Hash


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """`trust` says whose word it is that the keys are the parties'. Only `findings` say that
    anything is wrong; `state` is the line as the file's leaves and verified ledgers make it.
    """

    state: State
    trust: str
    findings: tuple[Finding, ...]
    signatures: tuple[Signature, ...]
    cosignatures: tuple[Cosignature, ...]
    messages: tuple[Standing, ...]
    outstanding: tuple[Outstanding, ...]

    @property
    def irregular(self) -> tuple[Standing, ...]:
        """Messages that do not count as their authors meant them."""
        return tuple(each for each in self.messages if each.mark is not Mark.REGULAR)

    @property
    def unreceipted(self) -> tuple[Standing, ...]:
        """Messages that some reader's ledger does not show."""
        return tuple(each for each in self.messages if each.not_yet_by)
