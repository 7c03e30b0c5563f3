"""One line in operation: its journal, the links to the other parties, and the bell.

Everything that moves the line goes through one queue and one task, so the journal has a single
writer. What is ready together is one step: one commit, one seal. A FLASH that we release is a step
of its own and goes first. Errors end a frame or a link, never the line.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections import deque
from collections.abc import Callable, Mapping

import msgspec

from detente.errors import DetenteError, Forged, Unreachable
from detente.journal import STEP_MAX, Journal, Outcome
from detente.line.decide import Arrived, Event, Release, unheard, vital
from detente.line.frame import Beat, Carried, Where, parse_frame
from detente.line.message import Precedence
from detente.station.link import Link
from detente.station.pipe import Pipe
from detente.station.rate import Meter
from detente.tlog.advance import Advance
from detente.tlog.hash import Hash

log = logging.getLogger(__name__)

MISSED_BEATS_MAX = 3  # then a link is stale
TICK_S = 0.5
REPORTED_MAX = 1_024

Result = tuple[Hash, ...] | DetenteError


@dataclasses.dataclass(slots=True)
class _Waiting:
    """An event that has yet to be taken, and who waits for what came of it."""

    event: Event
    sender: str
    done: asyncio.Future[Result]


class Circuit:
    """A line of this station. `clock` gives ms UTC; `changed` hears of every step that did
    something.
    """

    def __init__(
        self,
        name: str,
        journal: Journal,
        links: Mapping[str, Link],
        clock: Callable[[], int],
        changed: Callable[[Circuit], None],
    ) -> None:
        self.name, self.journal, self.links, self.clock = name, journal, links, clock
        self.offsets: dict[str, int] = {}  # a party's clock less ours, ms, as its last beat showed
        self.heard_at: dict[str, int] = {}  # our clock when a party last sent anything, ms UTC
        self.trouble: DetenteError | None = None  # why the last step could not be stored
        self.sparing = False  # the disk is nearly full: its last part is kept for what must be said
        self._stepped_at = 0
        self._reported: dict[str, None] = {}
        self._changed = changed
        self._flash: deque[_Waiting] = deque()  # our own FLASH releases: they go first
        self._queue: deque[_Waiting] = deque()
        self._ready = asyncio.Event()
        self._meters = {party: Meter(journal.state.accord) for party in links}

    # -- what a person or a link asks --------------------------------------------------------------

    async def put(self, event: Event, sender: str = "") -> Result:
        """Have an event taken in the next step. What came of it is returned, errors included."""
        waiting = _Waiting(event, sender, asyncio.get_running_loop().create_future())
        (self._flash if _is_flash(event) else self._queue).append(waiting)
        self._ready.set()
        return await waiting.done

    def stale(self, party: str, now: int) -> bool:
        """Whether a party has missed `MISSED_BEATS_MAX` heartbeats: then nothing is known of it."""
        limit = MISSED_BEATS_MAX * self.journal.state.accord.clocks.beat_s * 1000
        return now - self.heard_at.get(party, 0) > limit

    def idle(self, now: int, for_ms: int) -> bool:
        """Whether nothing has moved for so long."""
        return now - self._stepped_at > for_ms

    # -- running -----------------------------------------------------------------------------------

    async def run(self) -> None:
        """Until cancelled. Whatever a link or a step meets, the line goes on."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._write())
            group.create_task(self._tick())
            for link in self.links.values():
                group.create_task(link.dial(self))
                group.create_task(self._beat(link))

    async def attend(self, link: Link, pipe: Pipe, *, dialled: bool = False) -> None:
        """Serve a pipe that has come up, from its first frame to its last."""
        if not await link.take(pipe, dialled=dialled):
            return
        log.info("%s: linked with %s", self.name, pipe.where)
        self.heard_at[link.party] = self.clock()
        self.journal.link(link.party)
        self._changed(self)
        try:
            async with asyncio.TaskGroup() as group:
                telling = group.create_task(link.tell(pipe, self))
                await self._listen(link, pipe)
                telling.cancel()
        except* DetenteError as errors:
            for error in errors.exceptions:
                log.warning("%s: the link with %s ended: %s", self.name, link.party, error)
        finally:
            if link.drop(pipe):
                self.journal.unlink(link.party)
            self._changed(self)

    # -- inside ------------------------------------------------------------------------------------

    async def _write(self) -> None:
        """The only task that moves the journal."""
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._flash or self._queue:
                self._step(self._next_step())
                await asyncio.sleep(0)  # let the links send what this step sealed

    def _next_step(self) -> list[_Waiting]:
        """What is ready together and came by one way; a FLASH of ours alone."""
        if self._flash:
            return [self._flash.popleft()]
        step = [self._queue.popleft()]
        while self._queue and len(step) < STEP_MAX and self._queue[0].sender == step[0].sender:
            step.append(self._queue.popleft())
        return step

    def _step(self, step: list[_Waiting]) -> None:
        try:
            events = [waiting.event for waiting in step]
            outcome = self.journal.handle(events, self.clock(), sender=step[0].sender)
        except DetenteError as error:  # it could not be stored: nothing has happened
            self._failed(error)
            results: tuple[Result, ...] = (error,) * len(step)
        else:
            self.trouble = None
            results = outcome.results
            self._stepped(outcome)
        for waiting, result in zip(step, results, strict=True):
            if not waiting.done.done():
                waiting.done.set_result(result)

    def _stepped(self, outcome: Outcome) -> None:
        for link in self.links.values():
            link.wake()
        if outcome.grown or any(isinstance(r, tuple) and r for r in outcome.results):
            self._stepped_at = self.clock()
            self._changed(self)

    def _failed(self, error: DetenteError) -> None:
        if str(error) != str(self.trouble):
            log.error("%s: %s", self.name, error)
        self.trouble = error
        self._changed(self)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            try:
                self._stepped(self.journal.handle([], self.clock()))
            except DetenteError as error:
                self._failed(error)
            else:
                self._changed(self)

    async def _beat(self, link: Link) -> None:
        while True:
            await asyncio.sleep(self.journal.state.accord.clocks.beat_s)
            link.beat_due = True
            link.wake()
            if link.pipe is not None and self.stale(link.party, self.clock()):
                log.warning("%s: %s has been silent too long: dialling anew", self.name, link.party)
                await link.pipe.close()

    async def _listen(self, link: Link, pipe: Pipe) -> None:
        """Read one party at the accord's rate, and take nothing on the link's word."""
        meter = self._meters[link.party]
        while True:
            data = await pipe.receive()
            self.heard_at[link.party] = self.clock()
            try:
                frame = parse_frame(data)
                match frame:
                    case Where():
                        self._check_sender(link, frame.by)
                        self.journal.stands(link.party, frame)
                    case Beat():
                        self._check_sender(link, frame.by)
                        self.offsets[link.party] = frame.time - self.clock()
                        self.journal.beats(link.party, frame)
                    case Carried(advance):
                        if self.sparing:
                            advance = self._spared(advance)
                        result = await self.put(Arrived(advance), link.party)
                        if isinstance(result, Unreachable):
                            await asyncio.sleep(TICK_S)  # our store is away: it is said again
                        elif isinstance(result, DetenteError):
                            raise result
                        self._report_unheard(link, advance)
                        await self._pause(link, meter.spent(advance.leaves))
            except DetenteError as error:
                log.warning("%s: a frame of %s is dropped: %s", self.name, link.party, error)
            link.wake()

    async def _pause(self, link: Link, seconds: float) -> None:
        """Stop reading a party that has us read too fast: its silence is then our doing."""
        beat_s = self.journal.state.accord.clocks.beat_s
        while seconds > 0:
            await asyncio.sleep(min(seconds, beat_s))
            self.heard_at[link.party] = self.clock()
            seconds -= beat_s

    def _spared(self, advance: Advance) -> Advance:
        """What there is still room for; the rest stays in its author's outbox."""
        leaves = tuple(leaf for leaf in advance.leaves if vital(self.journal.state, leaf))
        return msgspec.structs.replace(advance, leaves=leaves)

    def _report_unheard(self, link: Link, advance: Advance) -> None:
        """Say in the log what was not recorded, and why; the same of one leaf only once in a
        row.
        """
        for error in unheard(self.journal.state, advance):
            if str(error) not in self._reported:
                log.warning("%s: on the link with %s: %s", self.name, link.party, error)
            self._reported[str(error)] = None
            if len(self._reported) > REPORTED_MAX:
                del self._reported[next(iter(self._reported))]

    def _check_sender(self, link: Link, by: str) -> None:
        if by != link.party:
            raise Forged(f"it says that it is of {by!r}", where=f"link with {link.party}")


def _is_flash(event: Event) -> bool:
    return isinstance(event, Release) and event.content.precedence is Precedence.FLASH
