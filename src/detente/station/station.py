"""A party's running station: its lines, its bell, its witnesses, and the local socket.

One process, one thread, one task group. What fails on one line does not touch another. It stops on
SIGTERM or SIGINT; it may as well be killed, for nothing that counts is only in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable
from typing import Final

from detente.errors import DetenteError, Refused, Unreachable
from detente.line.decide import Event
from detente.line.release import LEAVES_MAX, LEAVES_WARNED
from detente.station import pipe as pipes
from detente.station.alarm import Bell, Reason
from detente.station.circuit import Circuit, Result
from detente.station.complaints import Complaints
from detente.station.config import Config, LineConfig
from detente.station.control import listening
from detente.station.duty import Duty, for_ever
from detente.station.files import free_bytes
from detente.station.founding import line_folder
from detente.station.gate import Gate, open_people
from detente.station.link import Link
from detente.station.opening import Line, open_line
from detente.station.orders import Office
from detente.station.pipe import Pipe
from detente.station.submitting import Submitting, cosigned
from detente.station.tls import make_context
from detente.station.views import Answer

log = logging.getLogger(__name__)

WATCH_S: Final = 1.0
RUNG_MAX: Final = 32  # FLASH messages that the bell names at a time, the newest
IDLE_S: Final = 2.0  # without a step: then the database is tended
LISTEN_S: Final = 5.0  # before we try again where we could not


def now_ms() -> int:
    """This machine's clock, ms UTC. No rule of a line depends on it."""
    return time.time_ns() // 1_000_000


class Station:
    """Opens every line of a configuration, and runs until told to stop."""

    def __init__(self, config: Config, passphrase: bytes) -> None:
        self._config = config
        self._bell = Bell(config.alarm.command, config.alarm.repeat_s)
        self.lines: dict[str, Line] = {}
        self.broken: dict[str, DetenteError] = {}  # lines that cannot be opened: the others go on
        with contextlib.ExitStack() as held:
            for name in config.lines:
                self._open(name, passphrase, held)
            if not self.lines:
                raise next(iter(self.broken.values()))
            self.people, self.book_broken = open_people(config, passphrase, now_ms())
            if self.people is not None:
                held.callback(self.people.close)
            self._held = held.pop_all()
        self._submitting = {name: self._submit(name) for name in self.lines}
        self.circuits = {name: self._circuit(name, line) for name, line in self.lines.items()}
        self._late: dict[str, frozenset[Reason]] = {}  # by line, as of the last look
        self._unheard = set(self.circuits)  # lines that nobody can dial yet
        journals = {name: line.journal for name, line in self.lines.items()}
        self.office = Office(
            journals, self._put, self._technical, self._cosigned,
            {name: line.keys for name, line in self.lines.items()},
            Gate(self.people, now_ms, broken=self.book_broken),
        )  # fmt: skip

    def _open(self, name: str, passphrase: bytes, held: contextlib.ExitStack) -> None:
        config, folder = self._config, line_folder(self._config.folder, name)
        try:
            line = open_line(folder, config.party, passphrase, config.authority)
            held.callback(line.close)
            _check_known(config.lines[name], line)
            self.lines[name] = line
        except DetenteError as error:
            log.error("%s: the line cannot be opened: %s", name, error)
            self.broken[name] = error

    def close(self) -> None:
        self._held.close()

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM or SIGINT. `started` is called when every line listens."""
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with listening(self._config.control, self.office), asyncio.TaskGroup() as group:
            for circuit in self.circuits.values():
                circuit.tick()  # the first thing after a start: ask the signer
            tasks = [group.create_task(for_ever(duty)) for duty in self._duties(started)]
            await stop.wait()
            for task in tasks:
                task.cancel()

    def _duties(self, started: Callable[[], None]) -> list[Duty]:
        found: list[Duty] = [("the bell", self._bell.run), ("the disk", self._watch)]
        for name, circuit in self.circuits.items():

            async def listen(circuit: Circuit = circuit) -> None:
                await self._listen(circuit, started)

            found += [(name, circuit.run), (f"{name}: listening", listen)]
            found += [(f"{name}: a witness", each.run) for each in self._submitting[name]]
        return found

    # -- lines -------------------------------------------------------------------------------------

    def _circuit(self, name: str, line: Line) -> Circuit:
        config, context = self._config.lines[name], make_context(line.keys.link_key())
        links = {
            card.party: Link(
                self._config.party,
                card.party,
                card.link,
                config.addresses.get(card.party, ()),
                context,
            )
            for card in line.accord.parties
            if card.party != self._config.party
        }
        return Circuit(name, line.journal, links, now_ms, self._review)

    async def _listen(self, circuit: Circuit, started: Callable[[], None]) -> None:
        """Where we cannot listen, the others may still be dialled; and it is tried again."""
        host, port = self._config.lines[circuit.name].listen
        by_key = {link.key: link for link in circuit.links.values()}
        context = make_context(self.lines[circuit.name].keys.link_key())

        async def attend(pipe: Pipe) -> None:
            await circuit.attend(by_key[pipe.public_key], pipe)

        try:
            async with pipes.serve(
                host, port, context, frozenset(by_key), attend, report=Complaints(log)
            ):
                circuit.deaf = None
                self._unheard.discard(circuit.name)
                if not self._unheard:
                    started()
                await asyncio.Event().wait()
        except Unreachable as error:
            if circuit.deaf is None:
                log.error("%s: nobody can dial us: %s", circuit.name, error)
            circuit.deaf = error
            self._review(circuit)
            await asyncio.sleep(LISTEN_S)

    def _submit(self, name: str) -> list[Submitting]:
        line, urls = self.lines[name], self._config.lines[name].witnesses
        return [
            Submitting(line.journal, line.store, witness, urls[witness.name], now_ms)
            for witness in line.journal.state.accord.witnesses
            if witness.name in urls
        ]

    async def _put(self, name: str, event: Event) -> Result:
        return await self.circuits[name].put(event)

    def _cosigned(self, name: str) -> dict[str, str | None]:
        line = self.lines[name]
        return cosigned(line.store, line.journal.state.accord)

    # -- what a person must know -------------------------------------------------------------------

    def _technical(self, name: str) -> Answer:
        circuit, parties = self.circuits[name], dict[str, Answer]()
        for party, link in circuit.links.items():
            silent_s = circuit.silent_s(party)
            parties[party] = {
                "linked": link.pipe is not None,
                "path": link.path,
                "stale": circuit.stale(party),
                "heard_ago_ms": None if silent_s is None else round(silent_s * 1000),
                "clock_offset_ms": circuit.offsets.get(party),
            }
        away = (each.trouble for each in self._submitting[name])
        faults = (circuit.trouble, circuit.deaf, circuit.misset, *away)
        return {
            "disk_free_bytes": free_bytes(line_folder(self._config.folder, name)),
            "faults": [str(error) for error in faults if error],
            "technical": parties,
        }

    def _review(self, circuit: Circuit) -> None:
        """A line has moved: recount its reasons for the bell, and let whoever waits look again."""
        self.office.moved()
        others = {r for r in self._bell.reasons if r.line != circuit.name}
        self._bell.set(frozenset(others | self._reasons(circuit)))

    def _reasons(self, circuit: Circuit) -> set[Reason]:
        name, waiting = circuit.name, self.office.attention[circuit.name].newest(RUNG_MAX)
        found = {Reason("flash", name, leaf.hex()) for leaf in waiting}
        found |= self._late.get(name, frozenset())
        found |= {Reason("stale", name, party) for party in circuit.links if circuit.stale(party)}
        found |= {Reason("fork", name, party) for party in circuit.journal.state.contradicted}
        troubles = {
            "signer": circuit.journal.trouble, "store": circuit.trouble,
            "listen": circuit.deaf, "clock": circuit.misset,
        }  # fmt: skip
        found |= {Reason(what, name, str(why)) for what, why in troubles.items() if why}
        if circuit.sparing:
            reserve = self._config.disk_reserve_bytes
            found.add(Reason("disk", name, f"less than {reserve // 2**20} MiB are left"))
        if (size := circuit.journal.state.own.size) >= LEAVES_WARNED:
            found.add(Reason("full", name, f"{size:,} of {LEAVES_MAX:,} leaves are used"))
        return found

    async def _watch(self) -> None:
        """The disk, the clocks of what is owed, and whatever can wait until a line is quiet."""
        broken = {Reason("line", name, str(error)) for name, error in self.broken.items()}
        if self.book_broken is not None:
            broken.add(Reason("book", "", str(self.book_broken)))
        self._bell.set(frozenset(self._bell.reasons | broken))
        while True:
            for name, circuit in self.circuits.items():
                free = free_bytes(line_folder(self._config.folder, name))
                circuit.spare(free is not None and free < self._config.disk_reserve_bytes)
                self._look_late(circuit)
            self._look_unmanned()
            for name, circuit in self.circuits.items():
                if circuit.idle(IDLE_S):
                    with contextlib.suppress(DetenteError):
                        self.lines[name].store.tend()
            await asyncio.sleep(WATCH_S)

    def _look_unmanned(self) -> None:
        """A post that somebody should always hold, and at which nobody sits."""
        if self.people is None:
            return
        self.people.expire(now_ms())
        empty = {Reason("unmanned", "", post) for post in self.people.unmanned()}
        others = {each for each in self._bell.reasons if each.what != "unmanned"}
        if others | empty != self._bell.reasons:
            self._bell.set(frozenset(others | empty))

    def _look_late(self, circuit: Circuit) -> None:
        """What is late rings anew at each rung of its ladder, though nothing has moved."""
        words = self.office.owing[circuit.name].late(circuit.clock(), RUNG_MAX)
        late = frozenset(Reason("late", circuit.name, each) for each in words)
        if late != self._late.get(circuit.name, frozenset()):
            self._late[circuit.name] = late
            self._review(circuit)


def _check_known(config: LineConfig, line: Line) -> None:
    """Raise `Refused` for an address of nobody: most likely a name typed wrong."""
    names = [name for name in line.accord.names if name != line.card.party]
    for party in config.addresses:
        if party not in names:
            raise Refused(
                f"{party!a} is no other party of this line", where=f"line.{line.name}.addresses",
                mend=f"one of {', '.join(names)}",
            )  # fmt: skip


def serve(config: Config, passphrase: bytes, started: Callable[[], None] = lambda: None) -> None:
    """Run a station in this process until it is told to stop."""
    if not config.lines:
        raise Refused("no line is configured", where=str(config.folder), mend="join one first")
    station = Station(config, passphrase)
    try:
        asyncio.run(station.run(started))
    finally:
        station.close()
