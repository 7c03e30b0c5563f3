"""The signed terms of a line. To have them as leaf 0 of one's ledger is to have signed them.

What an accord says is agreed by people beforehand; here it is read exactly and checked for sense,
so that no station starts on terms that two readers could take differently.
"""

from __future__ import annotations

import enum
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from detente.errors import Malformed
from detente.line.canonical import check_spoken, encode, exact
from detente.line.message import LEAF_BYTES_MAX, Hex32, Line, Name, PartyName, Precedence
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.keys import PublicKeys
from detente.tlog.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    parse_verifier_key,
)

PARTIES_MAX: Final = 16
CHANNELS_MAX: Final = 64
WITNESSES_MAX: Final = 8
CONTACTS_MAX: Final = 32
DAY_S: Final = 86_400
LEVELS_SINCE: Final = 3  # the vocabulary from which an accord has levels, contacts, witness policy

OR_NONE: Final = r"\A(?:[a-z][a-z0-9_-]{0,31})?\Z"  # a name, or none
ZONE: Final = r"\A[A-Za-z0-9_+-]{1,32}(/[A-Za-z0-9_+-]{1,32}){0,2}\Z"  # as IANA names them
Text = Annotated[str, Meta(max_length=4_096)]
Seconds = Annotated[int, Meta(ge=1, le=366 * DAY_S)]
Key32 = Annotated[bytes, Meta(min_length=32, max_length=32)]


class Level(enum.Enum):
    """How high a channel reaches; `height` orders them."""

    DUTY = "duty"
    STAFF = "staff"
    CHIEF = "chief"
    MINISTER = "minister"

    @property
    def height(self) -> int:
        return list(Level).index(self)


class Card(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a party hands over in person: its name, its keys, and the hash of its next keys."""

    courier: Annotated[bytes, Meta(min_length=1_216, max_length=1_216)]  # HPKE MLKEM768_X25519
    ed25519: Key32
    link: Key32  # Ed25519, pinned by the other end of every link
    mldsa44: Annotated[bytes, Meta(min_length=1_312, max_length=1_312)]
    next_keys: Hex32  # `PublicKeys.digest` of the keys that a rekey will reveal
    origin: Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._/-]{0,200}/[0-9a-f]{32}\Z")]
    party: PartyName

    @property
    def keys(self) -> PublicKeys:
        return PublicKeys(self.ed25519, self.mldsa44)

    def fingerprint(self) -> Hash:
        """What is read aloud when cards change hands: it covers every field."""
        return leaf_hash(encode(self))


class Channel(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A level or topic of the line. `speakers` empty: every party. `passes`: acts that the parties
    add to what passes under suspension; nothing can be taken away from it. `answer_s`: the clock of
    a question here, in place of the accord's, and `urgent_s` that of one that goes IMMEDIATE or
    FLASH. These, `level` and `topic` since vocabulary 3.
    """

    answer_s: Seconds | UnsetType = UNSET
    level: Level | UnsetType = UNSET
    name: Name
    passes: tuple[Name, ...] = ()
    speakers: tuple[PartyName, ...] = ()
    title: Line
    topic: Name | UnsetType = UNSET
    urgent_s: Seconds | UnsetType = UNSET


class PerPrecedence(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A number for each precedence: seconds in a clock, messages or bytes a minute in a rate."""

    flash: Annotated[int, Meta(ge=1, lt=2**31)]
    immediate: Annotated[int, Meta(ge=1, lt=2**31)]
    priority: Annotated[int, Meta(ge=1, lt=2**31)]
    routine: Annotated[int, Meta(ge=1, lt=2**31)]

    def of(self, precedence: Precedence) -> int:
        value: int = getattr(self, precedence.value.lower())
        return value


class Clocks(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """By when the other side expects what. They run from the clock of whoever asks."""

    acknowledge_s: PerPrecedence  # by a person
    answer_s: Seconds
    beat_s: Seconds  # between heartbeats; three missed make a line stale
    test_s: Seconds


class Call(enum.Enum):
    """What a call-up is for."""

    OPENING = "opening"
    CLOSING = "closing"
    TEST = "test"
    CONTACT = "contact"


class Contact(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A call that recurs (RFC 5545): `start` and `rule` in the local time of `zone` (IANA).

    `by` calls up; empty: by turns in the order of the parties' names. `within_s`: how long the
    others wait for it. `people` are posts, `minutes` says whether minutes are agreed after it.
    """

    agenda: Annotated[tuple[Line, ...], Meta(max_length=16)] = ()
    by: Annotated[str, Meta(pattern=OR_NONE)] = ""
    call: Call
    channel: Name
    minutes: bool = False
    name: Name
    people: Annotated[tuple[Name, ...], Meta(max_length=16)] = ()
    rule: Annotated[str, Meta(pattern=r"\AFREQ=[A-Z0-9=;,+-]{1,200}\Z")]
    start: Annotated[str, Meta(pattern=r"\A[0-9]{8}T[0-9]{6}\Z")]
    within_s: Annotated[int, Meta(ge=1, le=DAY_S)] = 600
    zone: Annotated[str, Meta(pattern=ZONE)] = "UTC"


class WitnessPolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How many of the witnesses must have cosigned a checkpoint, and how old it may become."""

    age_s: Seconds
    quorum: Annotated[int, Meta(ge=1, le=WITNESSES_MAX)]


class Rates(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How fast a party is read; what exceeds it waits in its own outbox."""

    bytes_a_minute: PerPrecedence
    messages_a_minute: PerPrecedence


class Witness(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A neutral cosigner. It gets checkpoints at fixed times, never because of a message."""

    every_s: Seconds
    keys: Annotated[
        tuple[Annotated[str, Meta(max_length=4_096)], ...], Meta(min_length=1, max_length=2)
    ]
    name: Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._/-]{0,200}\Z")]


class Succession(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The line that this one continues, and the last checkpoints held of it."""

    checkpoints: Annotated[tuple[Text, ...], Meta(max_length=PARTIES_MAX)]
    line: Hex32


class Accord(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Parties in the order of their names; everything else as the parties agreed it."""

    channels: Annotated[tuple[Channel, ...], Meta(min_length=1, max_length=CHANNELS_MAX)]
    clocks: Clocks
    contacts: Annotated[tuple[Contact, ...], Meta(max_length=CONTACTS_MAX)] | UnsetType = UNSET
    exercise: bool
    languages: Annotated[tuple[Name, ...], Meta(min_length=1, max_length=16)]
    name: Name
    parties: Annotated[tuple[Card, ...], Meta(min_length=2, max_length=PARTIES_MAX)]
    rates: Rates
    standing_orders: Annotated[tuple[Text, ...], Meta(max_length=64)] = ()
    statistics: Annotated[tuple[Name, ...], Meta(max_length=64)] = ()
    succeeds: Succession | None = None
    vocabulary: Annotated[int, Meta(ge=1, lt=2**31)]
    witness_policy: WitnessPolicy | UnsetType = UNSET
    witnesses: Annotated[tuple[Witness, ...], Meta(max_length=WITNESSES_MAX)] = ()
    zones: Annotated[tuple[Text, ...], Meta(max_length=64)] = ()

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(card.party for card in self.parties)

    @property
    def calls(self) -> tuple[Contact, ...]:
        """The contacts that recur; an accord of before vocabulary 3 has none."""
        return self.contacts or ()

    def contact(self, name: str) -> Contact | None:
        return next((each for each in self.calls if each.name == name), None)

    def card(self, party: str) -> Card | None:
        return next((card for card in self.parties if card.party == party), None)

    def channel(self, name: str) -> Channel | None:
        return next((channel for channel in self.channels if channel.name == name), None)


_accord: Final = msgspec.json.Decoder(Accord)
_card: Final = msgspec.json.Decoder(Card)


def parse_card(data: bytes) -> Card:
    return exact(_card, data, limit=LEAF_BYTES_MAX, what="card")


def parse_accord(data: bytes) -> Accord:
    """Raise `Malformed` unless these are the canonical bytes of an accord that makes sense."""
    accord = exact(_accord, data, limit=LEAF_BYTES_MAX, what="accord")
    check_accord(accord)
    return accord


def check_accord(accord: Accord) -> None:
    """Raise `Malformed` for terms that contradict themselves."""
    names = accord.names
    if list(names) != sorted(set(names)):
        raise Malformed(
            "parties must stand in the order of their names, each once", where="accord.parties"
        )
    for card in accord.parties:
        _ = card.keys  # a weak key is refused where it is made
    for field in ("origin", "ed25519", "mldsa44", "link", "courier"):
        if len({getattr(card, field) for card in accord.parties}) < len(names):
            raise Malformed(f"two parties have the same {field}", where="accord.parties")
    if {card.link for card in accord.parties} & {card.ed25519 for card in accord.parties}:
        raise Malformed("a link key is also a log key", where="accord.parties")
    channels = [channel.name for channel in accord.channels]
    if len(set(channels)) < len(channels):
        raise Malformed("two channels have one name", where="accord.channels")
    for channel in accord.channels:
        for speaker in channel.speakers:
            if speaker not in names:
                raise Malformed(f"{speaker!r} is no party", where=f"accord.channels.{channel.name}")
    _check_witnesses(accord.witnesses)
    _check_since(accord)
    _check_contacts(accord)
    check_spoken(msgspec.to_builtins(accord, builtin_types=(bytes,)), "accord")


def _check_since(accord: Accord) -> None:
    """An accord says nothing that the stations of its vocabulary cannot read."""
    if accord.vocabulary >= LEVELS_SINCE:
        quorum = accord.witness_policy.quorum if accord.witness_policy else 0
        if quorum > len(accord.witnesses):
            raise Malformed(
                f"a quorum of {quorum} of {len(accord.witnesses)}", where="accord.witness_policy"
            )
        return
    given = [name for name in ("contacts", "witness_policy") if getattr(accord, name) is not UNSET]
    for channel in accord.channels:
        names = (
            name for name in ("answer_s", "level", "topic", "urgent_s") if getattr(channel, name)
        )
        given += [f"channels.{channel.name}.{name}" for name in names]
    if given:
        raise Malformed(
            f"vocabulary {accord.vocabulary} has no such thing", where=f"accord.{given[0]}",
            mend=f"leave it out, or agree to vocabulary {LEVELS_SINCE}",
        )  # fmt: skip


def _check_contacts(accord: Accord) -> None:
    """Names and places of contacts; when they fall is asked of a calendar, and not here."""
    if len({contact.name for contact in accord.calls}) < len(accord.calls):
        raise Malformed("two contacts have one name", where="accord.contacts")
    for contact in accord.calls:
        where = f"accord.contacts.{contact.name}"
        channel = accord.channel(contact.channel)
        if channel is None:
            raise Malformed(f"no channel {contact.channel!r}", where=where)
        if contact.by and contact.by not in (channel.speakers or accord.names):
            raise Malformed(f"{contact.by!r} may not call there", where=where)


def _check_witnesses(witnesses: tuple[Witness, ...]) -> None:
    if len({witness.name for witness in witnesses}) < len(witnesses):
        raise Malformed("two witnesses have one name", where="accord.witnesses")
    for witness in witnesses:
        where = f"accord.witnesses.{witness.name}"
        for key in map(parse_verifier_key, witness.keys):
            if key.name != witness.name:
                raise Malformed("the key has another name", where=where)
            if key.algorithm not in (COSIGNATURE_ED25519, COSIGNATURE_MLDSA44):
                raise Malformed("the key is of a kind that does not cosign", where=where)


def check_amended(old: Accord, new: Accord) -> None:
    """Raise `Malformed` unless an amendment leaves the parties and the line's name alone."""
    check_accord(new)
    for field in ("parties", "name", "exercise", "succeeds"):
        if getattr(old, field) != getattr(new, field):
            raise Malformed(
                f"an amendment cannot change the {field}", where="accord", mend="open a new line"
            )
