"""A bad network: links that break, frames late, doubled or lost, and an attacker in between.

As on a real link, what is lost breaks it, and both ends begin again with `where`. Frames come out
of order all the same: a line has several paths.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final

import msgspec

from detente.line.canonical import encode
from detente.line.frame import Carried, parse_frame
from detente.line.message import Header, Message, Precedence, format_message
from detente.sim.keyring import half_signed
from detente.sim.people import origin
from detente.sim.world import Station, World
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import Checkpoint
from detente.tlog.hash import HASH_BYTES, leaf_hash

MEND_MS: Final = 1_500
QUICK_MS: Final = (5, 60)
LATE_MS: Final = (60, 3_000)
VERY_LATE_MS: Final = 30_000
LOST, LATE, TWICE, MEDDLED = 0.08, 0.15, 0.05, 0.03


@dataclasses.dataclass(frozen=True, slots=True)
class Wall:
    """Nothing passes from one party to another (or to anybody) for a while."""

    begin: int
    end: int
    sender: str
    reader: str  # empty: to nobody

    def stops(self, sender: str, reader: str, now: int) -> bool:
        return (
            self.begin <= now < self.end and self.sender == sender and self.reader in (reader, "")
        )


class Network:
    def __init__(self, world: World) -> None:
        self.world, self._rng = world, world.rng
        self.walls: list[Wall] = []
        self.alter: Callable[[str, bytes], list[bytes]] = lambda _, data: [data]  # what a liar does
        self._broken: set[tuple[str, str]] = set()
        world.on_frame, world.on_down = self.send, self.breaks
        for one in world.names:
            self._broken |= {(one, other) for other in world.names if one < other}
        world.every(MEND_MS, 1, self._mend)

    # -- links ------------------------------------------------------------------------------------

    def breaks(self, station: Station) -> None:
        """A station fell silent: every link of its."""
        for other in self.world.names:
            if other != station.party and self.world.face(station.party, other) is station:
                self._break(station.party, other)

    def _break(self, one: str, other: str) -> None:
        self._broken.add((min(one, other), max(one, other)))

    def _mend(self) -> None:
        for one, other in sorted(self._broken):
            ends = ((self.world.face(one, other), other), (self.world.face(other, one), one))
            patient = self.world.trouble and self._rng.random() < 0.4
            if patient or not all(station.up for station, _ in ends):
                continue
            self._broken.discard((one, other))
            for station, reader in ends:
                self.connect(station, reader)

    def connect(self, station: Station, reader: str) -> None:
        """A new link begins, on each process of the station."""
        for journal in (station.journal, station.spare):
            if journal is not None:
                self.world.step(station, lambda j: j.link(reader), journal)

    # -- frames -----------------------------------------------------------------------------------

    def send(self, station: Station, reader: str, data: bytes) -> None:
        party = station.party
        if self.world.face(party, reader) is not station:
            return  # a liar shows this reader another face
        for frame in self.alter(reader, data) if party in self.world.liars else [data]:
            self.world.count["frames"] += 1
            self._carry(party, reader, frame)

    def _carry(self, sender: str, reader: str, data: bytes) -> None:
        rng, trouble = self._rng, self.world.trouble
        if trouble and (
            rng.random() < LOST
            or any(wall.stops(sender, reader, self.world.now) for wall in self.walls)
        ):
            self._break(sender, reader)
            return
        self._deliver(sender, reader, data, rng.randint(*QUICK_MS))
        if trouble and rng.random() < LATE:
            self._deliver(sender, reader, data, rng.randint(*LATE_MS))
        if trouble and rng.random() < TWICE:
            self._deliver(sender, reader, data, rng.randrange(VERY_LATE_MS))
        if trouble and rng.random() < MEDDLED:
            self._deliver(sender, reader, self._meddled(data), rng.randint(*QUICK_MS))

    def _deliver(self, sender: str, reader: str, data: bytes, delay: int) -> None:
        self.world.after(delay, lambda: self.arrives(sender, reader, data))

    def arrives(self, sender: str, reader: str, data: bytes) -> None:
        station = self.world.face(reader, sender)
        if not station.up:
            self._break(sender, reader)
            return
        self.world.note(sender, reader, data)
        self.world.hears(station, sender, data)

    # -- an attacker in between -------------------------------------------------------------------

    def _meddled(self, data: bytes) -> bytes:
        rng = self._rng
        frame = parse_frame(data)
        if isinstance(frame, Carried) and rng.random() < 0.8:
            return encode(Carried(self._wrong(frame.advance)))
        at = rng.randrange(len(data))
        return rng.choice(
            (data[:at], data[:at] + b"0" + data[at + 1 :], rng.randbytes(40), b"[" * 999)
        )

    def _wrong(self, advance: Advance) -> Advance:
        rng, replace = self._rng, msgspec.structs.replace
        match rng.randrange(5):
            case 0 if advance.hashes:  # a leaf that its author never had
                at = rng.randrange(len(advance.hashes) // HASH_BYTES) * HASH_BYTES
                other = leaf_hash(advance.hashes)
                hashes = advance.hashes[:at] + other + advance.hashes[at + HASH_BYTES :]
                return replace(advance, hashes=hashes)
            case 1:  # one more leaf, under the old signatures
                text, _, lines = advance.note.partition("\n\n")
                size = int(text.split("\n")[1]) + 1
                forged = f"{text.split(chr(10))[0]}\n{size}\n{text.split(chr(10))[2]}"
                hashes = advance.hashes + leaf_hash(b"")
                return replace(advance, hashes=hashes, note=f"{forged}\n\n{lines}")
            case 2:
                return replace(advance, start=rng.randrange(2**33))
            case _ if self.world.honest:
                return self._half_signed(rng.choice(self.world.honest))
            case _:
                return replace(advance, note=advance.note[:-9])

    def _half_signed(self, party: str) -> Advance:
        """A word put into an honest party's mouth by somebody who broke one of its two keys."""
        world, rng = self.world, self._rng
        station, ledger = world.station(party), world.record.ledger(party)
        leaf = self._invented(station)
        after = ledger.extend(leaf_hash(leaf))
        forged = Checkpoint(origin(party), after.size, after.root)
        generation = len(station.journal.state.generations(party)) - 1
        notes = half_signed(world.ring, party, generation, forged, rng.randrange(2))
        start = rng.randrange(ledger.size + 1)
        return Advance(start, after.hashes(start, after.size), rng.choice(notes), (leaf,))

    def _invented(self, station: Station) -> bytes:
        state = station.journal.state
        line = state.line.hex()
        header = Header(
            accord=line, act="service", author=station.party, channel="duty", epoch=0, line=line,
            precedence=Precedence.FLASH, releasers=(), reply=None,
            salt=self._rng.randbytes(16).hex(),
            serial=state.tally(station.party, Precedence.FLASH), time=station.clock, to=(),
        )  # fmt: skip
        return format_message(Message(body={"text": "never said"}, header=header))
