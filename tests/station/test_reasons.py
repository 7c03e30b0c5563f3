"""Whatever a person must act on runs the alarm command: a real station, a real command, a real
cause.
"""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest

from detente.cli.stage import CHEAP, LINE, PASSPHRASE, Stage
from detente.errors import Refused
from detente.line.release import LEAVES_MAX, LEAVES_WARNED
from detente.station.alarm import REASONS
from detente.station.book import make_book
from detente.station.orders_people import SignOn
from detente.station.people import make_secrets
from detente.station.station import Station, now_ms
from detente.tlog.mirror import Mirror
from tests.station.living import (
    NORTHLAND,
    SOUTHMARK,
    Rogue,
    circuit,
    founded,
    notify,
    receipted,
    running,
    send,
    until,
)
from tests.station.test_circuit import reserve
from tests.station.test_station import add_line

PAIR = (NORTHLAND, SOUTHMARK)


class Bell:
    """What the alarm command of Northland was given."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "rung"
        self.command = ["sh", "-c", f"cat >> {self.file}"]

    def rung(self, what: str) -> list[str]:
        """The subjects of a reason, as often as it rang."""
        lines = self.file.read_text().splitlines() if self.file.exists() else []
        reasons = [json.loads(line) for line in lines]
        return [reason["subject"] for reason in reasons if reason["what"] == what]


async def book(stage: Stage, north: Station) -> None:
    """The signer of its book is gone: see `scene`. What can wait for nobody goes all the same."""
    await notify(north, "a boat adrift")
    with pytest.raises(Refused, match="the signer has been lost") as caught:
        await north.office.answer(SignOn("alfa", "", "", "watch", "seat"))
    assert "A broken book" in caught.value.mend


async def clock(stage: Stage, north: Station) -> None:
    circuit(north).clock = lambda: now_ms() - 3_600_000


async def disk(stage: Stage, north: Station) -> None:
    reserve(north, 1 << 50)


async def flash(stage: Stage, north: Station) -> None:
    async with running(stage, SOUTHMARK) as south:
        await receipted(south, await notify(south, "a boat"), NORTHLAND)


async def fork(stage: Stage, north: Station) -> None:
    rogue = Rogue(stage, SOUTHMARK, NORTHLAND)
    one, other = (Rogue(stage, SOUTHMARK, NORTHLAND) for _ in range(2))
    shown = [one.grown(rogue.leaf()), other.grown(rogue.leaf(salt="11" * 16))]
    async with rogue.linked() as pipe:
        await send(pipe, *shown)
        await until(lambda: bool(circuit(north).journal.state.contradicted), "no fork")


async def full(stage: Stage, north: Station) -> None:
    journal = circuit(north).journal
    mirror = Mirror().extend(bytes(32) * LEAVES_WARNED)
    journal.state = msgspec.structs.replace(journal.state, own=mirror)
    north._review(circuit(north))


async def late(stage: Stage, north: Station) -> None:
    """Southmark never runs, and so acknowledges nothing."""
    await notify(north, "a boat")
    circuit(north).clock = lambda: now_ms() + 3_600_000


async def line(stage: Stage, north: Station) -> None:
    """The second line's signer was lost before the start: see `scene`."""


async def listen(stage: Stage, north: Station) -> None:
    """Somebody else listened at our address before the start: see `scene`."""


async def signer(stage: Stage, north: Station) -> None:
    north.lines[LINE].log.close()
    await notify(north, "said, and not sealed")


async def stale(stage: Stage, north: Station) -> None:
    """Southmark never runs."""


async def store(stage: Stage, north: Station) -> None:
    (stage.actors[NORTHLAND].place / "journal.db").rename(stage.actors[NORTHLAND].place / "gone")
    with pytest.raises(Exception, match="moved or replaced"):
        await notify(north, "it cannot be written down")


async def unmanned(stage: Stage, north: Station) -> None:
    """The station has a book, and nobody has signed on: see `scene`."""


CAUSES: dict[str, Callable[[Stage, Station], Awaitable[None]]] = {
    cause.__name__: cause
    for cause in (
        book,
        clock,
        disk,
        flash,
        fork,
        full,
        late,
        line,
        listen,
        signer,
        stale,
        store,
        unmanned,
    )
}  # fmt: skip
SUBJECTS = {
    "book": "the signer has been lost",
    "clock": "our clock was set back by 3,600 s",
    "disk": "less than 1073741824 MiB are left",
    "fork": SOUTHMARK,
    "full": f"{LEAVES_WARNED:,} of {LEAVES_MAX:,} leaves are used",
    "late": f"{SOUTHMARK} owes {NORTHLAND}: acknowledge",
    "line": "signer.log: the signer has been lost",
    "listen": "Address already in use",
    "stale": SOUTHMARK,
    "store": "moved or replaced",
    "unmanned": "watch",
}


@asynccontextmanager
async def scene(
    folder: Path, what: str, command: list[str]
) -> AsyncIterator[tuple[Stage, Station]]:
    stage = founded(folder, PAIR)
    actor = stage.actors[NORTHLAND]
    if what == "line":
        add_line(stage)
        (actor.folder / "lines" / "second" / "signer.log").unlink()
    if what in ("unmanned", "book"):
        make_secrets(actor.folder, PASSPHRASE, CHEAP)
        make_book(actor.folder, NORTHLAND, PASSPHRASE, CHEAP)
    if what == "book":
        (actor.folder / "book" / "signer.log").unlink()
    with (actor.folder / "detente.toml").open("a") as file:
        file.write('\n[people]\nposts = ["watch"]\n')
        file.write(f"\n[alarm]\ncommand = {json.dumps(command)}\n")
    with contextlib.ExitStack() as held:
        if what == "listen":
            held.enter_context(socket.create_server(("127.0.0.1", actor.port)))
        async with running(stage, NORTHLAND, listens=what != "listen") as north:
            yield stage, north


def test_every_reason_has_a_cause_here() -> None:
    assert tuple(CAUSES) == REASONS


@pytest.mark.parametrize("what", REASONS)
async def test_the_command_runs(tmp_path: Path, what: str) -> None:
    bell = Bell(tmp_path)
    async with scene(tmp_path / "stage", what, bell.command) as (stage, north):
        await CAUSES[what](stage, north)
        await until(lambda: bool(bell.rung(what)), f"the bell does not ring for {what}")
        wanted = SUBJECTS.get(what, "")
        await until(lambda: any(wanted in each for each in bell.rung(what)), f"not for {wanted}")
