"""A party's running station: its lines, its bell, its witnesses, and the local socket.

One process, one thread, one task group. What fails on one line does not touch another. It stops on
SIGTERM or SIGINT; it may as well be killed, for nothing that counts is only in memory.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shutil
import signal
import time
from collections.abc import Callable

from detente.errors import DetenteError, Refused
from detente.line.act import Rekey
from detente.line.decide import Event
from detente.station.alarm import Bell, Reason
from detente.station.attention import Attention
from detente.station.circuit import Circuit, Result
from detente.station.config import Config, LineConfig
from detente.station.control import listening
from detente.station.founding import line_folder
from detente.station.link import Link
from detente.station.opening import Line, open_line
from detente.station.orders import Answer, Office
from detente.station.pipe import Pipe
from detente.station.pipe import serve as serve_pipes
from detente.station.submitting import Submitting, cosigned
from detente.station.tls import make_context

log = logging.getLogger(__name__)

WATCH_S = 1.0
IDLE_MS = 2_000  # without a step: then the database is tended


def now_ms() -> int:
    """This machine's clock, ms UTC. No rule of a line depends on it."""
    return time.time_ns() // 1_000_000


class Station:
    """Opens every line of a configuration, and runs until told to stop."""

    def __init__(self, config: Config, passphrase: bytes) -> None:
        self._config = config
        self._bell = Bell(config.alarm.command, config.alarm.repeat_s)
        self.broken: dict[str, DetenteError] = {}  # lines that could not be opened: the others go on
        self.lines = self._opened(passphrase)
        self.circuits = {name: self._circuit(name, line) for name, line in self.lines.items()}
        self._attention = {n: Attention(line.journal) for n, line in self.lines.items()}
        journals = {name: line.journal for name, line in self.lines.items()}
        self.office = Office(journals, self._put, self._technical, self._cosigned, self._next_keys)
        self._began = now_ms()

    def close(self) -> None:
        for line in self.lines.values():
            line.close()

    async def run(self, started: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM or SIGINT. `started` is called when every line listens."""
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with contextlib.AsyncExitStack() as stack, asyncio.TaskGroup() as group:
            await stack.enter_async_context(listening(self._config.control, self.office))
            for name, circuit in self.circuits.items():
                await stack.enter_async_context(self._listen(circuit, self._config.lines[name]))
            tasks = [group.create_task(self._bell.run()), group.create_task(self._watch())]
            for name, circuit in self.circuits.items():
                tasks.append(group.create_task(circuit.run()))
                tasks += [group.create_task(s.run()) for s in self._submitting(name)]
            for line in self.lines.values():
                line.journal.handle([], now_ms())  # the first thing after a start: ask the signer
            started()
            await stop.wait()
            for task in tasks:
                task.cancel()
            await stack.aclose()

    def _opened(self, passphrase: bytes) -> dict[str, Line]:
        config, found = self._config, dict[str, Line]()
        for name in config.lines:
            folder = line_folder(config.folder, name)
            try:
                found[name] = open_line(folder, config.party, passphrase, config.authority)
            except DetenteError as error:
                log.error("the line %s cannot be opened: %s", name, error)
                self.broken[name] = error
        if not found:
            raise next(iter(self.broken.values()))
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

    def _listen(
        self, circuit: Circuit, config: LineConfig
    ) -> contextlib.AbstractAsyncContextManager[int]:
        host, port = config.listen
        by_key = {link.key: link for link in circuit.links.values()}
        context = make_context(self.lines[circuit.name].keys.link_key())

        async def attend(pipe: Pipe) -> None:
            await circuit.attend(by_key[pipe.public_key], pipe)

        return serve_pipes(host, port, context, frozenset(by_key), attend)

    def _submitting(self, name: str) -> list[Submitting]:
        line, urls = self.lines[name], self._config.lines[name].witnesses
        return [
            Submitting(line.journal, line.store, witness, urls[witness.name], now_ms)
            for witness in line.accord.witnesses
            if witness.name in urls
        ]

    async def _put(self, name: str, event: Event) -> Result:
        return await self.circuits[name].put(event)

    def _next_keys(self, name: str, in_force: int) -> Rekey:
        return self.lines[name].keys.next_generation(in_force)

    def _cosigned(self, name: str) -> tuple[str, ...]:
        line = self.lines[name]
        return cosigned(line.store, line.accord)

    # -- what a person must know -------------------------------------------------------------------

    def _technical(self, name: str) -> Answer:
        circuit, now = self.circuits[name], now_ms()
        return {
            party: {
                "linked": link.pipe is not None,
                "stale": circuit.stale(party, now),
                "heard_ago_ms": now - circuit.heard_at[party]
                if party in circuit.heard_at
                else None,
                "clock_offset_ms": circuit.offsets.get(party),
            }
            for party, link in circuit.links.items()
        }

    def _review(self, circuit: Circuit) -> None:
        """A line has moved: recount its reasons for the bell, and let whoever waits look again."""
        self.office.moved()
        others = {r for r in self._bell.reasons if r.line != circuit.name}
        self._bell.set(frozenset(others | self._reasons(circuit)))

    def _reasons(self, circuit: Circuit) -> set[Reason]:
        name, now, journal = circuit.name, now_ms(), circuit.journal
        found = {Reason("flash", name, h.hex()) for h in self._attention[name].waiting()}
        if now - self._began > 3_000 * journal.state.accord.clocks.beat_s:
            found |= {Reason("stale", name, p) for p in circuit.links if circuit.stale(p, now)}
        if journal.trouble is not None:
            found.add(Reason("signer", name, str(journal.trouble)))
        if circuit.trouble is not None:
            found.add(Reason("store", name, str(circuit.trouble)))
        return found

    async def _watch(self) -> None:
        """The disk, and whatever can be put off until a line is quiet."""
        while True:
            await asyncio.sleep(WATCH_S)
            free = shutil.disk_usage(self._config.folder).free
            reasons = {r for r in self._bell.reasons if r.what != "disk"}
            reasons |= {Reason("line", name, str(error)) for name, error in self.broken.items()}
            if free < self._config.disk_reserve_bytes:
                reasons.add(Reason("disk", "", f"{free // 2**20} MiB left"))
            self._bell.set(frozenset(reasons))
            for name, circuit in self.circuits.items():
                circuit.sparing = free < self._config.disk_reserve_bytes
                if circuit.idle(now_ms(), IDLE_MS):
                    with contextlib.suppress(DetenteError):
                        self.lines[name].store.tend()


def serve(config: Config, passphrase: bytes, started: Callable[[], None] = lambda: None) -> None:
    """Run a station in this process until it is told to stop."""
    if not config.lines:
        raise Refused("no line is configured", where=str(config.folder), mend="join one first")
    station = Station(config, passphrase)
    try:
        asyncio.run(station.run(started))
    finally:
        station.close()
