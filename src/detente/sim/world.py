"""The world of one crisis: its time, its stations, and the notebook of what really happened."""

from __future__ import annotations

import hashlib
import heapq
import random
from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Final

from detente.errors import DetenteError, Forged, Malformed, Refused, Unreachable
from detente.journal import STEP_MAX, Journal
from detente.line.decide import ANYBODY, Arrived, Event, Release
from detente.line.evolve import rekey_of
from detente.line.frame import Carried, Where, parse_frame
from detente.line.message import parse_message
from detente.line.rules import Vocabularies
from detente.line.state import State, begin
from detente.sim import checks
from detente.sim.disk import Disk, LeafMemory, Power, PowerCut
from detente.sim.keyring import GENERATIONS, Keyring, Quick, Real
from detente.sim.people import AUTHORITY, NAMES, NEW, OLD, Officer, origin, rekey_body, terms
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import Checkpoint
from detente.tlog.hash import Hash
from detente.tlog.signer import Signer

EPOCH_MS: Final = 1_700_000_000_000  # when every crisis begins, by a clock that is right
LINK_FRAMES: Final = 6  # that a link takes at once
LINK_MS: Final = 20
FRAMES_MAX: Final = 20_000


@cache
def _beginning(us: str, names: tuple[str, ...], vocabulary: int, *, real: bool, new: bool) -> State:
    ring: Keyring = Real() if real else Quick()
    return begin(us, terms(names, ring, vocabulary), NEW if new else OLD)


class Station:
    """One station; of a liar, one of the faces that it shows."""

    def __init__(self, world: World, beginning: State, *, honest: bool) -> None:
        self.world, self.party, self._begin = world, beginning.us, beginning
        self._honest = honest
        written = checks.Written(self.party, world.record) if honest else None
        self.disk = Disk(world.power, origin(self.party), written)
        self.memory = LeafMemory(world.power)
        self.spare: Journal | None = None  # a second process on the same store and signer
        self.skew_ms = 0
        self.up = True
        self.inbox: list[tuple[str, Advance]] = []
        self.open()

    @property
    def clock(self) -> int:
        return max(0, EPOCH_MS + self.world.now + self.skew_ms)

    @property
    def vocabularies(self) -> Vocabularies:
        return self._begin.vocabularies

    def open(self) -> None:
        """Start, as after every power cut: from the disk and nothing else."""
        self.signer = Signer(origin(self.party), self.memory, self._sign, self._turns)
        self.journal = self.process()
        self.spare, self.up = None, True
        self.inbox.clear()

    def process(self) -> Journal:
        authority = AUTHORITY if self._honest else ANYBODY
        return Journal(self._begin, self.disk, self.signer, self.world.ring.verify, authority)

    def begin(self) -> State:
        return self._begin

    def twin(self) -> Station:
        """Another face of a liar, as it is now."""
        other = Station(self.world, self._begin, honest=False)
        other.disk.write(list(self.disk.read()))
        other.memory = self.memory.copy()
        other.open()
        return other

    def _sign(self, generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        hashes = self.memory.hashes()
        self.world.power.may_fail()
        note = self.world.ring.sign(
            self.party, min(generation, GENERATIONS - 1), checkpoint, time_s
        )
        if self._honest:
            self.world.record.sealed(self.party, checkpoint, hashes)
        self.world.power.may_fail()
        return note

    def _turns(self, leaf: bytes) -> bool:
        """Whether a leaf is a rekey of ours, to keys that we have."""
        if b'"act":"rekey"' not in leaf:
            return False
        try:
            message = parse_message(leaf)
        except Malformed:
            return False
        bodies = [rekey_body(self.world.ring, self.party, g) for g in range(1, GENERATIONS)]
        ours = message.header.author == self.party and message.body in bodies
        return ours and rekey_of(message) is not None


class World:
    """Everything that happens, one thing after another. A seed decides all of it."""

    def __init__(self, seed: int, parties: int, *, real: bool = False) -> None:
        self.rng = random.Random(f"{seed} {parties}")
        self.now, self.trouble = 0, True
        self.trace = hashlib.sha256()
        self.count: Counter[str] = Counter()
        self.ring: Keyring = Real() if real else Quick()
        self.record, self.power = checks.Record(), Power(self.rng)
        self.names = NAMES[:parties]
        self.liars: frozenset[str] = frozenset()
        if self.rng.random() < 0.5:
            self.liars = frozenset((self.rng.choice(self.names),))
        self.honest = tuple(name for name in self.names if name not in self.liars)
        self.restored: set[str] = set()  # parties whose database is lost or put back some time
        self.withholding: set[str] = set()  # liars who do not show all that they signed
        self.beyond: set[Hash] = set()  # said, and no part of the vocabulary it was said under
        self.officer = Officer(self.rng, self.ring)
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        self._events = 0
        vocabulary = self.rng.choices((1, 2, 3), (1, 1, 5))[0]
        older = self.rng.choice(self.names) if self.rng.random() < 0.25 else ""
        self.faces = {
            name: [
                Station(
                    self, _beginning(name, self.names, vocabulary, real=real, new=name != older),
                    honest=name in self.honest,
                )
            ]
            for name in self.names
        }  # fmt: skip
        self.on_frame: Callable[[Station, str, bytes], None] = lambda *_: None
        self.on_down: Callable[[Station], None] = lambda _: None

    # -- time --------------------------------------------------------------------------------------

    def at(self, when: int, what: Callable[[], None]) -> None:
        self._events += 1
        heapq.heappush(self._queue, (when, self._events, what))

    def after(self, delay: int, what: Callable[[], None]) -> None:
        self.at(self.now + delay, what)

    def every(self, period: int, first: int, what: Callable[[], None]) -> None:
        def again() -> None:
            what()
            self.after(period, again)

        self.at(first, again)

    def run(self, until: int) -> None:
        while self._queue and self._queue[0][0] <= until:
            self.now, _, what = heapq.heappop(self._queue)
            what()
        self.now = until

    def note(self, *what: object) -> None:
        """Into the trace: what must be the same whenever this seed is played."""
        self.trace.update(repr((self.now, *what)).encode())

    # -- stations ----------------------------------------------------------------------------------

    def face(self, party: str, reader: str) -> Station:
        """The station that a party shows to a reader."""
        faces = self.faces[party]
        return faces[NAMES.index(reader) % len(faces)]

    def shown(self, party: str) -> list[Station]:
        """Those of a party's stations that it shows to anybody now."""
        faces = [self.face(party, reader) for reader in self.names if reader != party]
        return [station for station in self.faces[party] if station in faces]

    def station(self, party: str) -> Station:
        return self.faces[party][0]

    def stations(self) -> list[Station]:
        return [face for faces in self.faces.values() for face in faces]

    def states(self) -> dict[str, State]:
        return {name: self.station(name).journal.state for name in self.honest}

    def step(
        self, station: Station, act: Callable[[Journal], object], journal: Journal | None = None
    ) -> None:
        """One of its processes does something; whatever becomes of it, the promises hold."""
        if not station.up:
            return
        if journal is None:
            journal = station.journal
            if station.spare is not None and self.rng.random() < 0.5:
                journal = station.spare
        try:
            act(journal)
            self._speak(station, journal)
        except PowerCut:
            self._down(station)
        except (Refused, Unreachable):
            self.count["refused"] += 1
        except (Forged, Malformed):
            self.count["dropped"] += 1
        except checks.Broken:
            raise
        except Exception:
            if station.party in self.honest:
                raise
            self.count["choked"] += 1  # a liar's own machine may well choke on its lies

    def _speak(self, station: Station, journal: Journal) -> None:
        """All that its links can take now goes out; if there is more, it goes soon."""
        honest = station.party in self.honest
        if honest:
            self._check(station, journal)
        for reader in self.names:
            for _ in range(LINK_FRAMES):
                frame = journal.next_frame(reader, station.clock)
                if frame is None:
                    break
                if honest:
                    self._check_frame(station, journal, frame)
                self.on_frame(station, reader, frame)
                checks.promise("quiet", self.count["frames"] < FRAMES_MAX, "they talk without end")
            else:
                self.after(LINK_MS, lambda: self.step(station, lambda _: None))

    def _down(self, station: Station) -> None:
        self.count["cuts"] += 1
        station.up = False
        self.on_down(station)
        self.after(self.rng.randrange(100, 6_000), lambda: self.boot(station))

    def boot(self, station: Station) -> None:
        station.open()
        self.on_down(station)

    def _check(self, station: Station, journal: Journal) -> None:
        stuck = isinstance(journal.trouble, Refused)
        checks.promise("stuck", not stuck, f"{station.party}: {journal.trouble}")
        others = [name for name in self.honest if name != station.party]
        checks.receipts(journal.state, self.record, others)

    def _check_frame(self, station: Station, journal: Journal, data: bytes) -> None:
        if data.startswith(b'{"advance":'):
            frame = parse_frame(data)
            if isinstance(frame, Carried) and _of(frame.advance, station.party):
                self.record.speaks(journal.state, station.disk.length(), frame.advance)

    # -- what a station does -----------------------------------------------------------------------

    def hears(self, station: Station, sender: str, data: bytes) -> None:
        """A frame came in over the link from `sender`, whatever it claims to be."""
        try:
            frame = parse_frame(data)
        except Malformed:
            self.count["garbage"] += 1
            return
        if isinstance(frame, Carried):
            if station.party in self.liars and _of(frame.advance, station.party):
                return  # a liar does not learn from its other face
            if not station.inbox:
                delay = self.rng.choice((0, 0, 0, 40, 400))
                self.after(delay, lambda: self._reads(station))
            station.inbox.append((sender, frame.advance))
        elif isinstance(frame, Where):
            self.step(station, lambda journal: journal.stands(sender, frame))
        else:
            self.step(station, lambda journal: journal.beats(sender, frame))

    def _reads(self, station: Station) -> None:
        """All that is ready, from one link after the other: one commit, one seal."""
        while station.inbox and station.up:
            sender = station.inbox[0][0]
            ready = [advance for by, advance in station.inbox if by == sender][:STEP_MAX]
            station.inbox = [each for each in station.inbox if each[0] != sender]
            self.handle(station, [Arrived(advance) for advance in ready], sender)

    def handle(self, station: Station, events: list[Event], sender: str = "") -> None:
        def act(journal: Journal) -> None:
            outcome = journal.handle(events, station.clock, sender=sender)
            for event, result in zip(events, outcome.results, strict=True):
                self._tally(event, result)

        self.step(station, act)

    def _tally(self, event: Event, result: tuple[Hash, ...] | DetenteError) -> None:
        match event, result:
            case Release(content, _), tuple():
                self.count[f"said {content.act}"] += 1
            case Release(), _:
                self.count["refused"] += 1
            case _, DetenteError():
                self.count["dropped"] += 1

    def release(self, station: Station) -> None:
        if not station.up:
            return
        content = self.officer.draft(station.journal.state)
        if content is not None:
            self.note(station.party, content)
            self.handle(station, [Release(content, self.officer.releasers())])


def _of(advance: Advance, party: str) -> bool:
    return advance.note.startswith(origin(party) + "\n")
