"""Stations that run in the test's own loop, on real sockets and real disks; and a rogue: a party
whose keys are right and whose station is not ours.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from OpenSSL import SSL

from detente.cli.stage import LINE, PASSPHRASE, Stage, exercise
from detente.errors import DetenteError
from detente.line.accord import Card, parse_card
from detente.line.canonical import encode
from detente.line.decide import Release
from detente.line.frame import Beat, Carried, Frame, Where, parse_frame
from detente.line.message import Content, Header, Message, Precedence
from detente.station.circuit import Circuit
from detente.station.config import load_config
from detente.station.keys import KeyFile, open_keys
from detente.station.pipe import Pipe, dial
from detente.station.station import Station
from detente.station.tls import make_context
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import Checkpoint, sign_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.mirror import Mirror

PARTIES = (EASTMARK, NORTHLAND, SOUTHMARK) = ("eastmark", "northland", "southmark")
PATIENCE_S = 20.0  # a test that waits longer has failed; none is judged by how long it took


async def until(done: Callable[[], bool], why: str) -> None:
    """Let the others run until it is so."""
    give_up_at = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < give_up_at, why
        await asyncio.sleep(0.01)


def founded(
    folder: Path, parties: Sequence[str] = PARTIES, *, beat_s: int = 1, **config: Any
) -> Stage:
    """Parties that have joined an exercise, none of them running."""
    stage = Stage(folder, parties)
    terms = exercise(stage.cards())
    clocks = msgspec.structs.replace(terms.clocks, beat_s=beat_s)
    stage.found(msgspec.structs.replace(terms, clocks=clocks), **config)
    return stage


def readdress(stage: Stage, party: str, *addresses: tuple[str, int]) -> None:
    """Give the only other party of a pair these addresses, in what `party` knows."""
    path = stage.actors[party].folder / "detente.toml"
    (old,) = re.findall(r'= \["127.*\]', text := path.read_text())
    new = ", ".join(f'"{host}:{port}"' for host, port in addresses)
    path.write_text(text.replace(old, f"= [{new}]"))


@asynccontextmanager
async def running(stage: Stage, party: str, *, listens: bool = True) -> AsyncIterator[Station]:
    """A party's station, in this loop, from when it listens, or at once if it cannot."""
    station, started = Station(load_config(stage.actors[party].folder), PASSPHRASE), asyncio.Event()
    task = asyncio.create_task(station.run(started.set))
    try:
        async with asyncio.timeout(PATIENCE_S):
            if listens:
                await started.wait()
        yield station
    finally:
        task.cancel()
        await asyncio.wait([task])
        station.close()


def card_of(stage: Stage, party: str) -> Card:
    return parse_card((stage.actors[party].place / "card.json").read_bytes())


def circuit(station: Station) -> Circuit:
    return station.circuits[LINE]


async def say(
    station: Station, act: str, body: dict[str, Any] | None = None, **changes: Any
) -> Hash:
    """Have a station release a FLASH on `duty`, or as told. Raises what it answers."""
    state = circuit(station).journal.state
    fields: dict[str, Any] = {
        "act": act, "author": state.us, "body": body or {}, "channel": "duty",
        "line": state.line.hex(), "precedence": Precedence.FLASH, "salt": secrets.token_hex(16),
        **changes,
    }  # fmt: skip
    result = await circuit(station).put(Release(Content(**fields), ("duty officer",)))
    if isinstance(result, DetenteError):
        raise result
    return result[0]


async def notify(station: Station, text: str, **changes: Any) -> Hash:
    """A notice that saves lives: it passes whatever the state of the line is."""
    return await say(station, "notify", {"kind": "search_and_rescue", "text": text}, **changes)


async def heard(reader: Station, leaf: Hash) -> None:
    """Until it stands in the reader's own ledger."""
    await until(lambda: leaf in circuit(reader).journal.state.messages, "it was not heard")


async def receipted(author: Station, leaf: Hash, reader: str) -> None:
    await until(lambda: circuit(author).journal.state.vouches(reader, leaf), "no receipt")


async def logged(caplog: pytest.LogCaptureFixture, words: str) -> None:
    await until(lambda: words in caplog.text, f"not in the log: {words}")


@dataclasses.dataclass(slots=True)
class Rogue:
    """One party's keys, and frames made by hand. `leaves`: its ledger as it last signed it."""

    stage: Stage
    party: str
    victim: str
    leaves: list[bytes] = dataclasses.field(default_factory=list)

    def __post_init__(self) -> None:
        self.leaves = [self.terms]

    def context(self) -> SSL.Context:
        return make_context(self._keys().link_key())

    def victim_key(self) -> bytes:
        return card_of(self.stage, self.victim).link

    def _keys(self) -> KeyFile:
        return open_keys(self.stage.actors[self.party].place / "keys.json", PASSPHRASE)

    @property
    def terms(self) -> bytes:
        return (self.stage.actors[self.party].place / "accord.json").read_bytes()

    @asynccontextmanager
    async def linked(self) -> AsyncIterator[Pipe]:
        """A pipe to the victim, which has been told that we stand at nothing."""
        port = self.stage.actors[self.victim].port
        async with await dial("127.0.0.1", port, self.context(), self.victim_key()) as pipe:
            await pipe.send(encode(Where(by=self.party, held=())))
            yield pipe

    def leaf(self, act: str = "notify", body: Any = None, **header: Any) -> bytes:
        """Any message: by default safety of life, FLASH, with the next number of our ledger."""
        line = leaf_hash(self.terms).hex()
        fields: dict[str, Any] = {
            "accord": line, "act": act, "author": self.party, "channel": "duty", "epoch": 0,
            "line": line, "precedence": Precedence.FLASH, "releasers": (), "reply": None,
            "salt": "00" * 16, "serial": len(self.leaves) - 1, "time": 1_770_000_000_000, "to": (),
            **header,
        }  # fmt: skip
        said = {"kind": "search_and_rescue", "text": "a boat"} if body is None else body
        return encode(Message(body=said, header=Header(**fields)))

    def grown(self, *leaves: bytes) -> Advance:
        """Our ledger with more leaves, from its beginning, with their bytes."""
        self.leaves += leaves
        return self.shown(leaves)

    def shown(
        self, leaves: Sequence[bytes], hashes: bytes | None = None, start: int = 0
    ) -> Advance:
        """Our ledger from `start` on; under the hashes that it has, or others that we sign."""
        own = b"".join(map(leaf_hash, self.leaves)) if hashes is None else hashes
        return Advance(start, own[32 * start :], self.note(own), tuple(leaves))

    def note(self, hashes: bytes) -> str:
        mirror = Mirror().extend(hashes)
        origin = card_of(self.stage, self.party).origin
        checkpoint = Checkpoint(origin, mirror.size, mirror.root)
        return sign_checkpoint(self._keys().generations[0], checkpoint, 1_770_000_000)


async def send(pipe: Pipe, *advances: Advance) -> None:
    for advance in advances:
        await pipe.send(encode(Carried(advance)))


async def receive(pipe: Pipe, kind: type[Frame]) -> Any:
    """The next frame of a kind; the others are passed over."""
    async with asyncio.timeout(PATIENCE_S):
        while not isinstance(frame := parse_frame(await pipe.receive()), kind):
            assert isinstance(frame, Beat | Carried | Where)
        return frame
