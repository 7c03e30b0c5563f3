"""Small lines for tests: real keys and journals, stores and signers in memory, links by hand.

The outside is faked, with the faults that it has: a disk that is full, a signer that is away, a
link that is down. Nothing of the core is.
"""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import msgspec

from detente.errors import DetenteError, Unreachable
from detente.journal import Journal, Outcome
from detente.line.accord import Accord, Card, Channel, Clocks, PerPrecedence, Rates
from detente.line.canonical import encode
from detente.line.decide import ANYBODY, Arrived, Authority, Release
from detente.line.entry import parse_entry
from detente.line.evolve import fold, rekey_of
from detente.line.frame import Beat, Carried, Where, parse_frame
from detente.line.message import Content, Precedence, parse_message
from detente.line.state import State, begin
from detente.line.views import shared
from detente.store import Memory
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from detente.tlog.hash import Hash
from detente.tlog.keys import PrivateKeys
from detente.tlog.signer import Signer
from tests.fakes import MemoryLog

NOON = 1_770_000_000_000
NORTHLAND, SOUTHMARK, WESTMERE = TRIO = ("northland", "southmark", "westmere")
PAIR = (NORTHLAND, SOUTHMARK)
ROUTINE, PRIORITY, IMMEDIATE, FLASH = Precedence
MOVING = ("open", "suspend", "restore", "close", "rekey")

BODIES: dict[str, dict[str, Any]] = {
    "open": {},
    "close": {},
    "suspend": {"reason": "a quarrel", "review": NOON + 86_400_000},
    "test": {"text": "one two three"},
    "notify": {"kind": "exercise", "text": "at sea, until Friday"},
    "revise": {"text": "until Saturday"},
    "query": {"text": "whose aircraft is this?"},
    "answer": {"text": "it is ours"},
    "standby": {"text": "we are looking"},
    "acknowledge": {"rung": "understood", "text": ""},
    "service": {"text": "please check your clock"},
    "agree": {},
}
"""A body for each act that names nothing else."""


@cache
def private(party: str, generation: int = 0) -> PrivateKeys:
    """A party's keys, the same in every run."""
    seeds = [hashlib.sha256(f"{party} {generation} {kind}".encode()).digest() for kind in "em"]
    return PrivateKeys(*seeds)


def card(party: str) -> Card:
    public = private(party).public
    digest = hashlib.sha256(party.encode()).hexdigest()
    return Card(
        courier=bytes.fromhex(digest) * 38,
        ed25519=public.ed25519,
        link=bytes.fromhex(digest),
        mldsa44=public.mldsa44,
        next_keys=private(party, 1).public.digest().hex(),
        origin=f"{party}.example/{digest[:32]}",
        party=party,
    )


def accord(names: Sequence[str] = PAIR, /, **changes: Any) -> Accord:
    """An exercise of these parties, with the channels `duty` and `high-level`."""
    numbers = PerPrecedence(flash=60, immediate=600, priority=3_600, routine=21_600)
    terms = Accord(
        channels=(
            Channel(name="duty", title="Duty officers"),
            Channel(name="high-level", title="Ministers"),
        ),
        clocks=Clocks(acknowledge_s=numbers, answer_s=86_400, beat_s=10, test_s=3_600),
        exercise=True,
        languages=("en",),
        name="strait",
        parties=tuple(card(party) for party in sorted(names)),
        rates=Rates(bytes_a_minute=numbers, messages_a_minute=numbers),
        vocabulary=1,
    )
    return msgspec.structs.replace(terms, **changes)


def rekey_body(party: str, generation: int) -> dict[str, Any]:
    """What reveals the keys of a generation, and promises those of the next."""
    keys, promised = private(party, generation).public, private(party, generation + 1).public
    body = {"ed25519": keys.ed25519, "mldsa44": keys.mldsa44, "next_keys": promised.digest().hex()}
    plain: dict[str, Any] = msgspec.json.decode(encode(body))
    return plain


def amend_body(state: State, **changes: Any) -> dict[str, Any]:
    """The whole next accord, in place of the one that stands."""
    after = msgspec.structs.replace(state.accord, **changes)
    return {"accord": msgspec.json.decode(encode(after)), "predecessor": state.standing.hex()}


class FullDisk(Memory):
    """A store whose disk may be full: nothing can be added, everything can be read."""

    full = False

    def append(self, length: int, entries: Sequence[bytes]) -> None:
        if self.full:
            raise Unreachable("the disk is full", where="store", mend="free some space")
        super().append(length, entries)


class Station:
    """One party's station. Its disk and its signer's memory outlive the journal."""

    def __init__(self, party: str, terms: bytes, authority: Authority = ANYBODY) -> None:
        self.party, self.terms, self.authority = party, terms, authority
        self.store: FullDisk = FullDisk()
        self.log = MemoryLog()
        self.signer_away = False
        self.sealed: list[int] = []  # every size that was signed
        self.sealing: Callable[[int], None] = self.sealed.append
        self.restart()

    def restart(self) -> None:
        """A new process on the same disk."""
        self.journal = Journal(
            self.beginning, self.store, self.signer(), open_checkpoint, self.authority
        )

    @property
    def beginning(self) -> State:
        return begin(self.party, self.terms)

    def signer(self) -> Signer:
        return Signer(self.origin, self.log, self._sign, self._turns)

    @property
    def origin(self) -> str:
        return card(self.party).origin

    @property
    def state(self) -> State:
        return self.journal.state

    def backup(self) -> FullDisk:
        copy = FullDisk()
        copy.append(0, list(self.store.read()))
        return copy

    def _sign(self, generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        if self.signer_away:
            raise Unreachable("the signer is away", where=self.party)
        self.sealing(checkpoint.size)
        return sign_checkpoint(private(self.party, generation), checkpoint, time_s)

    def _turns(self, leaf: bytes) -> bool:
        if leaf == self.terms:
            return False
        message = parse_message(leaf)
        return message.header.author == self.party and rekey_of(message) is not None


class Impostor(Station):
    """Somebody with a party's database and its signer's memory, and not with its keys."""

    def __init__(self, party: Station) -> None:
        super().__init__(party.party, party.terms)
        self.store, self.log = party.backup(), copy.deepcopy(party.log)
        self.restart()

    def _sign(self, generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        return sign_checkpoint(private("impostor", generation), checkpoint, time_s)


class Line:
    """Stations under one accord, and the links between them, which are read when we say so."""

    def __init__(
        self, parties: Sequence[str] = PAIR, *, linked: bool = True, **changes: Any
    ) -> None:
        self.accord = accord(parties, **changes)
        self.terms = encode(self.accord)
        self.stations = {party: Station(party, self.terms) for party in sorted(parties)}
        self.links: set[tuple[str, str]] = set()
        self.now = NOON
        self.said = 0
        self.errors: list[tuple[str, DetenteError]] = []
        self.frames: list[tuple[str, str, Carried | Where | Beat]] = []
        self.watch: Callable[[str], None] = lambda party: (
            None
        )  # called after each step of a station
        self.tick()
        if linked:
            for one in parties:
                for other in parties:
                    if one < other:
                        self.link(one, other)
            self.deliver()

    def __getitem__(self, party: str) -> Journal:
        return self.stations[party].journal

    def tick(self, ms: int = 0) -> None:
        self.now += ms
        for party in self.stations:
            self.handle(party)

    def handle(self, party: str, *events: Any, sender: str = "") -> Outcome:
        outcome = self[party].handle(events, self.now, sender=sender)
        self.errors += [
            (party, error) for error in outcome.results if isinstance(error, DetenteError)
        ]
        self.watch(party)
        return outcome

    # -- links -----------------------------------------------------------------------------------

    def link(self, one: str, other: str) -> None:
        self.links |= {(one, other), (other, one)}
        self[one].link(other)
        self[other].link(one)

    def unlink(self, one: str, other: str) -> None:
        self.links -= {(one, other), (other, one)}
        self[one].unlink(other)
        self[other].unlink(one)

    def restart(self, party: str) -> None:
        """Its process starts again, and so do its links."""
        others = [other for one, other in sorted(self.links) if one == party]
        for other in others:
            self.unlink(party, other)
        self.stations[party].restart()
        self.handle(party)
        for other in others:
            self.link(party, other)

    def deliver(self) -> int:
        """Carry one frame after the other, in turn, until nobody has anything to tell."""
        carried = 0
        while moved := [link for link in sorted(self.links) if self.carry(*link)]:
            carried += len(moved)
            assert carried < 10_000, "they tell each other the same again and again"
        return carried

    def carry(self, sender: str, reader: str) -> bool:
        frame = self[sender].next_frame(reader, self.now)
        if frame is not None:
            self.read(sender, reader, frame)
        return frame is not None

    def read(self, sender: str, reader: str, data: bytes) -> None:
        frame = parse_frame(data)
        self.frames.append((sender, reader, frame))
        match frame:
            case Carried(advance):
                self.handle(reader, Arrived(advance), sender=sender)
            case Where():
                self[reader].stands(sender, frame)
            case Beat():
                self[reader].beats(sender, frame)

    def advances(self, sender: str, reader: str) -> list[Advance]:
        """What has travelled over one link."""
        return [
            frame.advance
            for one, other, frame in self.frames
            if (one, other) == (sender, reader) and isinstance(frame, Carried)
        ]

    # -- words -----------------------------------------------------------------------------------

    def content(
        self,
        author: str,
        act: str,
        body: dict[str, Any] | None = None,
        *,
        channel: str = "duty",
        precedence: Precedence | None = None,
        reply: Hash | None = None,
    ) -> Content:
        self.said += 1
        usual = FLASH if act in MOVING else ROUTINE
        return Content(
            act=act,
            author=author,
            body=BODIES[act] if body is None else body,
            channel=channel,
            line=self[author].state.line.hex(),
            precedence=precedence or usual,
            reply=reply.hex() if reply else None,
            salt=f"{self.said:032x}",
        )

    def release(
        self, author: str, act: str, body: dict[str, Any] | None = None, **more: Any
    ) -> Hash:
        """Say it, or raise why not. Nothing travels yet."""
        (result,) = self.handle(author, Release(self.content(author, act, body, **more))).results
        if isinstance(result, DetenteError):
            self.errors.pop()
            raise result
        return result[0]

    def say(self, author: str, act: str, body: dict[str, Any] | None = None, **more: Any) -> Hash:
        """Say it, and let everybody hear it."""
        leaf = self.release(author, act, body, **more)
        self.deliver()
        return leaf

    def opened(self, channel: str = "duty") -> Line:
        """This line, with a channel that everybody has opened."""
        for party in self.stations:
            self.say(party, "open", channel=channel)
        return self


def reopened(line: Line, party: str) -> dict[str, Any]:
    """The shared view of what is on the disk."""
    station = line.stations[party]
    return shared(fold(station.beginning, map(parse_entry, station.store.read())))


def check_agreed(line: Line) -> None:
    """All hold the same messages, hence the same shared state, and so say their disks."""
    line.deliver()
    views = [shared(line[party].state) for party in line.stations]
    assert all(view == views[0] for view in views)
    assert [reopened(line, party) for party in line.stations] == views
