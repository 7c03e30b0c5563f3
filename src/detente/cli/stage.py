"""Stations on this machine, as real processes on loopback: for the demonstration, tests and
measurements.

A stage founds them as people would (cards, one accord, each joins), starts `detente serve` for
each, asks them by their local sockets, and ends only what it started. Its lines are exercises, with
clocks of seconds.
"""

from __future__ import annotations

import dataclasses
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final, Self

from detente.errors import DetenteError, Unreachable
from detente.line.accord import Accord, Channel, Clocks, Level, PerPrecedence, Rates, Witness
from detente.line.canonical import encode
from detente.line.message import Content, Precedence
from detente.station.control import ask
from detente.station.envelope import Cost
from detente.station.founding import join, line_folder, make_card
from detente.station.orders import List, Order, Say, Seated, Show, Status
from detente.station.orders_people import PeopleOrder
from detente.station.views import Answer, Box
from detente.store.sqlite import SQLite
from detente.tlog.hash import leaf_hash

LINE: Final = "demo"
START_S_MAX: Final = 20.0
WAIT_S_MAX: Final = 20.0
POLL_S: Final = 0.01
PASSPHRASE: Final = b"an exercise: this protects nothing"
CHEAP: Final = Cost(
    iterations=1, lanes=1, memory_kib=8_192
)  # the passphrase above is public anyway


def exercise(cards: Sequence[Any], witnesses: Sequence[Witness] = ()) -> Accord:
    """The accord of an exercise line with two channels, whose clocks are seconds."""

    def per(flash: int, immediate: int, priority: int, routine: int) -> PerPrecedence:
        return PerPrecedence(flash=flash, immediate=immediate, priority=priority, routine=routine)

    plenty = 1_000_000
    return Accord(
        channels=(
            Channel(name="duty", title="Duty officers, at any hour", level=Level.DUTY),
            Channel(name="high-level", title="Chiefs of staff", level=Level.CHIEF),
        ),
        clocks=Clocks(acknowledge_s=per(10, 30, 180, 360), answer_s=60, beat_s=1, test_s=30),
        exercise=True,
        languages=("en", "ru"),
        name=LINE,
        parties=tuple(sorted(cards, key=lambda card: str(card.party))),
        rates=Rates(
            bytes_a_minute=per(*(4_096 * plenty // 100,) * 4), messages_a_minute=per(*(plenty,) * 4)
        ),
        standing_orders=("An exercise: nothing said on this line is about the world.",),
        vocabulary=3,
        witnesses=tuple(witnesses),
    )


class Ended(Exception):
    """A process that was to run has ended; what it last said is the message."""


@dataclasses.dataclass(slots=True)
class Actor:
    """One party's station: its folder, its port, and its process while it runs."""

    party: str
    folder: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def place(self) -> Path:
        return line_folder(self.folder, LINE)


class Stage:
    """Parties on one exercise line. Use as a context: whatever it started ends with it."""

    def __init__(self, folder: Path, parties: Sequence[str]) -> None:
        self.folder = folder
        self.actors = {p: Actor(p, folder / p, free_port()) for p in parties}
        self.line = b""
        self.sessions: dict[str, str] = {}  # by party: of whoever sits at its desk

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for party in self.actors:
            self.stop(party)

    # -- founding ----------------------------------------------------------------------------------

    def cards(self) -> list[Any]:
        return [
            make_card(actor.folder, actor.party, LINE, PASSPHRASE, CHEAP)
            for actor in self.actors.values()
        ]

    def found(
        self,
        accord: Accord,
        urls: dict[str, str] | None = None,
        apart: Sequence[frozenset[str]] = (),
    ) -> None:
        """Everybody joins the accord, and knows where the others listen, but for the pairs
        `apart`.
        """
        terms = encode(accord)
        self.line = leaf_hash(terms)
        for actor in self.actors.values():
            join(actor.folder, actor.party, LINE, terms)
            (actor.folder / "detente.toml").write_text(self._config(actor, urls or {}, apart))

    def _config(self, actor: Actor, urls: dict[str, str], apart: Sequence[frozenset[str]]) -> str:
        lines = [
            f'party = "{actor.party}"',
            "disk_reserve_bytes = 1048576",
            "",
            f"[line.{LINE}]",
            f'listen = "127.0.0.1:{actor.port}"',
            "",
            f"[line.{LINE}.addresses]",
        ]
        others = [
            other
            for other in self.actors.values()
            if other is not actor and {other.party, actor.party} not in apart
        ]
        lines += [f'{other.party} = ["127.0.0.1:{other.port}"]' for other in others]
        for name, url in urls.items():
            lines += ["", f'[line.{LINE}.witnesses."{name}"]', f'url = "{url}"']
        return "\n".join(lines) + "\n"

    # -- processes ---------------------------------------------------------------------------------

    def start(self, party: str) -> None:
        """Start a station, and return when it answers."""
        actor = self.actors[party]
        actor.process = launch(["--dir", str(actor.folder), "serve"], actor.folder / "serve.log")
        wait(lambda: self._answers(actor), f"{party} did not start", START_S_MAX)

    def _answers(self, actor: Actor) -> bool:
        assert actor.process is not None
        if actor.process.poll() is not None:
            tail = (actor.folder / "serve.log").read_text()[-2_000:]
            raise Ended(f"{actor.party}'s station ended with {actor.process.returncode}: {tail}")
        try:
            self.ask(actor.party, Status())
        except Unreachable:
            return False
        return True

    def stop(self, party: str) -> None:
        end(self.actors[party].process, signal.SIGTERM)
        self.actors[party].process = None

    def freeze(self, party: str) -> None:
        """Stop a process in its tracks: what is sent to it stays on its way."""
        process = self.actors[party].process
        assert process is not None
        process.send_signal(signal.SIGSTOP)

    def kill(self, party: str) -> None:
        """Cut its power, as far as one process can feel it."""
        end(self.actors[party].process, signal.SIGKILL)
        self.actors[party].process = None

    def back_up(self, party: str) -> Path:
        """Copy a running station's database, as its operator would: never the signer's log."""
        actor = self.actors[party]
        path = actor.folder / "backup.db"
        store = SQLite.open(actor.place / "journal.db")
        try:
            store.backup(path)
        finally:
            store.close()
        return path

    def put_back(self, party: str, backup: Path) -> None:
        """Replace the database of a station that is down by an old copy."""
        path = self.actors[party].place / "journal.db"
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(backup, path)

    # -- saying and asking -------------------------------------------------------------------------

    def ask(self, party: str, order: Order | PeopleOrder, session: str | None = "") -> Answer:
        """`session`: of whoever is signed on at another of its seats than the desk; None: nobody,
        at a seat that is free.
        """
        token = "" if session is None else session or self.sessions.get(party, "")
        given = Seated(token, order) if token else order
        return ask(self.actors[party].folder / "control.sock", given)

    def say(
        self,
        party: str,
        act: str,
        body: dict[str, Any],
        *,
        channel: str = "duty",
        precedence: Precedence = Precedence.FLASH,
        reply: str | None = None,
    ) -> Answer:
        """Release a message. Raises what the station answers, `Refused` among it."""
        content = Content(
            act=act, author=party, body=body, channel=channel, line=self.line.hex(),
            precedence=precedence, reply=reply, salt=secrets.token_hex(16),
        )  # fmt: skip
        by = () if party in self.sessions else ("duty officer",)
        return self.ask(party, Say(LINE, encode(content), by))

    def status(self, party: str) -> Answer:
        answer: Answer = self.ask(party, Status())["lines"][0]
        return answer

    def joint(self, party: str, channel: str) -> str:
        found = {each["channel"]: each["joint"] for each in self.status(party)["channels"]}
        return str(found[channel])

    def messages(self, party: str) -> list[Answer]:
        found: list[Answer] = self.ask(party, List(LINE, Box.ALL, 1_000_000))["messages"]
        return found

    def wait_receipt(self, party: str, leaf: str, readers: Sequence[str]) -> None:
        """Until the author holds a sealed checkpoint of every reader over its message."""

        def heard() -> bool:
            return set(readers) <= set(self.ask(party, Show(LINE, leaf))["heard_by"])

        wait(heard, f"no receipt of {leaf[:8]} from {', '.join(readers)}")

    def wait_quiet(self) -> None:
        """Until nobody lacks anything."""

        def quiet() -> bool:
            found = [self.status(party) for party, actor in self.actors.items() if actor.process]
            ids = {each["leaves"] for each in found}
            return len(ids) == 1 and all(
                each["sealed"]
                and not each["outstanding"]
                and not each["recovering"]
                and not any(each["unreceipted"].values())
                for each in found
            )

        wait(quiet, "the stations did not come to rest")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def launch(args: Sequence[str], log: Path) -> subprocess.Popen[bytes]:
    """Start `detente ARGS` with the stage's passphrase on a descriptor of its own."""
    read, write = os.pipe()
    os.write(write, PASSPHRASE)
    os.close(write)
    command = [sys.executable, "-m", "detente", "--passphrase-fd", str(read), *args]
    try:
        with log.open("ab") as output:
            return subprocess.Popen(command, stdout=output, stderr=output, pass_fds=(read,))
    finally:
        os.close(read)


def end(process: subprocess.Popen[bytes] | None, number: int) -> None:
    if process is None or process.poll() is not None:
        return
    process.send_signal(number)
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def wait(done: Callable[[], bool], why: str, limit_s: float = WAIT_S_MAX) -> None:
    """Ask until it is so, or raise `Unreachable` saying what did not come about."""
    until = time.monotonic() + limit_s
    while True:
        try:
            if done():
                return
        except DetenteError:
            if time.monotonic() > until:
                raise
        if time.monotonic() > until:
            raise Unreachable(why, where="stage")
        time.sleep(POLL_S)
