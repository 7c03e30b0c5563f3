"""One line in operation: its journal, the links to the other parties, and who waits for what.

Everything that moves the line is one step of the journal at a time, so the journal has a single
writer. What is ready together is one step: one commit, one seal. A FLASH that we release is a step
of its own and goes first. Errors end a frame or a link, never the line.

Two clocks: `clock` is what we write down and sign, ms UTC, and may be set by anybody; `steady`, in
seconds, decides who has been silent too long.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Final, assert_never

import msgspec

from detente.errors import DetenteError, Forged, Unreachable
from detente.journal import STEP_MAX, Journal, Outcome
from detente.line.decide import Arrived, Event, Release, unheard, vital
from detente.line.frame import Beat, Carried, Frame, Where, parse_frame
from detente.line.message import Precedence
from detente.station.complaints import Complaints
from detente.station.duty import heed_cancelling
from detente.station.link import Link
from detente.station.pipe import Pipe
from detente.station.rate import Meter
from detente.tlog.advance import Advance
from detente.tlog.hash import Hash

log = logging.getLogger(__name__)

MISSED_BEATS_MAX: Final = 3  # then a link is stale
TICK_S: Final = 0.5
DROPPED_S: Final = 0.25  # before more is read of one who sent what is worth nothing
TROUBLE_S: Final = 10.0  # without another failure, and a trouble is taken to be over
CLOCK_JUMP_S: Final = 2.0  # more than a clock is corrected by between two ticks

Result = tuple[Hash, ...] | DetenteError


@dataclasses.dataclass(slots=True)
class _Waiting:
    """An event that has yet to be taken, and who waits for what came of it."""

    event: Event
    sender: str
    done: asyncio.Future[Result]


class Circuit:
    """A line of this station. `changed` hears of every step that did something."""

    def __init__(
        self,
        name: str,
        journal: Journal,
        links: Mapping[str, Link],
        clock: Callable[[], int],
        changed: Callable[[Circuit], None],
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        self.name, self.journal, self.links, self.clock = name, journal, links, clock
        self.offsets: dict[str, int] = {}  # a party's clock less ours, ms, as its last beat showed
        self.trouble: DetenteError | None = None  # why the last step could not be stored
        self.deaf: DetenteError | None = None  # why nobody can dial us
        self._changed, self._steady = changed, steady
        self._began = self._stepped_at = self._troubled_at = steady()
        self._heard_at: dict[str, float] = {}
        self._linked_at = dict.fromkeys(links, self._began)
        self.sparing = False
        self._flash: deque[_Waiting] = deque()  # our own FLASH releases: they go first
        self._queue: deque[_Waiting] = deque()
        self._ready = asyncio.Event()
        self._ahead = self._ahead_s()
        self._set_by_s = 0.0  # how far our clock was set since we began, ahead or back
        self._moved = False  # whether a step did something that nobody was told of yet
        self._left = False  # whether words were left with those who brought them too fast
        self._meters = {party: Meter() for party in links}
        self._complaints = {party: Complaints(log, steady) for party in links}

    # -- what a person or a link asks --------------------------------------------------------------

    async def put(self, event: Event, sender: str = "") -> Result:
        """Have an event taken in the next step. What came of it is returned, errors included."""
        waiting = _Waiting(event, sender, asyncio.get_running_loop().create_future())
        (self._flash if _is_flash(event) else self._queue).append(waiting)
        self._ready.set()
        return await waiting.done

    def silent_s(self, party: str) -> float | None:
        """Since a party last sent a frame that made sense; None if it never did."""
        heard_at = self._heard_at.get(party)
        return None if heard_at is None else self._steady() - heard_at

    def stale(self, party: str) -> bool:
        """Whether a party has missed `MISSED_BEATS_MAX` heartbeats: then nothing is known of it."""
        return self._silent_since(self._heard_at.get(party, self._began))

    def idle(self, for_s: float) -> bool:
        """Whether nothing has moved for so long."""
        return self._steady() - self._stepped_at > for_s

    def spare(self, sparing: bool) -> None:
        """The last part of the disk is kept for what must be said, or no longer."""
        if self.sparing and not sparing:
            self.journal.ask_again()
            self._wake_links()
        self.sparing = sparing

    @property
    def misset(self) -> DetenteError | None:
        """That our clock was set while we ran. No rule depends on it; what people read does."""
        if abs(self._set_by_s) <= CLOCK_JUMP_S:
            return None
        way = "back" if self._set_by_s < 0 else "ahead"
        return Unreachable(
            f"our clock was set {way} by {abs(self._set_by_s):,.0f} s", where=self.name,
            mend="look at it: our messages carry its time; what we sign never goes back",
        )  # fmt: skip

    def _ahead_s(self) -> float:
        return self.clock() / 1000 - self._steady()

    def _watch_clock(self) -> None:
        ahead = self._ahead_s()
        if abs(ahead - self._ahead) > CLOCK_JUMP_S:
            self._set_by_s += ahead - self._ahead
            log.error("%s", self.misset or f"{self.name}: our clock is as it was when we began")
        self._ahead = ahead

    def tick(self) -> None:
        """Ask the signer again if it was away, and the others for what could not be stored."""
        self._watch_clock()
        if self.trouble is not None and self._steady() - self._troubled_at > TROUBLE_S:
            self.trouble = None
        self._handle(())
        self._changed(self)

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
        complaints = self._complaints[link.party]
        try:
            if not await link.take(pipe, dialled=dialled):
                return
            up = f"{self.name}: linked with {link.party} at {pipe.where}"
            complaints.again(up, logging.INFO)
            self._linked_at[link.party] = self._steady()
            self.journal.link(link.party)
            self._changed(self)
            async with asyncio.TaskGroup() as group:
                group.create_task(link.tell(pipe, self))
                await self._listen(link, pipe)
        except* DetenteError as errors:
            for error in errors.exceptions:
                complaints.again(f"{self.name}: the link with {link.party} ended: {error}")
        except* Exception:  # a fault of ours on one link is no reason to fall silent on the others
            log.exception("%s: the link with %s is dropped", self.name, link.party)
        finally:
            if link.drop(pipe):
                self.journal.unlink(link.party)
                self._changed(self)
        heed_cancelling()

    # -- steps -------------------------------------------------------------------------------------

    async def _write(self) -> None:
        while True:
            await self._ready.wait()
            self._ready.clear()
            while self._flash or self._queue:
                self._step(self._next_step())
                await asyncio.sleep(0)  # let the links send what this step sealed
                if self._moved:  # whoever watches the line looks after that
                    self._moved = False
                    self._changed(self)

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            self.tick()

    def _next_step(self) -> list[_Waiting]:
        """What is ready together and came by one way; a FLASH of ours alone."""
        if self._flash:
            return [self._flash.popleft()]
        step = [self._queue.popleft()]
        while self._queue and len(step) < STEP_MAX and self._queue[0].sender == step[0].sender:
            step.append(self._queue.popleft())
        return step

    def _step(self, step: list[_Waiting]) -> None:
        outcome = self._handle([waiting.event for waiting in step], step[0].sender)
        results = (outcome,) * len(step) if isinstance(outcome, DetenteError) else outcome.results
        for waiting, result in zip(step, results, strict=True):
            if not waiting.done.done():
                waiting.done.set_result(result)

    def _handle(self, events: Sequence[Event], sender: str = "") -> Outcome | DetenteError:
        """One step of the journal. If it could not be stored, nothing has happened."""
        try:
            outcome = self.journal.handle(events, self.clock(), sender=sender)
        except DetenteError as error:
            return self._failed(error)
        except Exception:
            log.exception("%s: a step is dropped", self.name)
            return self._failed(Unreachable("a fault of ours: the log tells more", where=self.name))
        self._wake_links()
        if outcome.grown or any(isinstance(r, tuple) and r for r in outcome.results):
            self.trouble = None
            self._stepped_at = self._steady()
            self._moved = True
        return outcome

    def _failed(self, error: DetenteError) -> DetenteError:
        if str(error) != str(self.trouble):
            log.error("%s: %s", self.name, error)
        self.trouble, self._troubled_at = error, self._steady()
        self._changed(self)
        return error

    def _wake_links(self) -> None:
        for link in self.links.values():
            link.wake()

    # -- links -------------------------------------------------------------------------------------

    async def _beat(self, link: Link) -> None:
        while True:
            await asyncio.sleep(self.journal.state.accord.clocks.beat_s)
            link.beat_due = True
            if self._left:  # for want of a rate: there may be room now
                self._left = False
                self.journal.ask_again()
            link.wake()
            linked_at = self._linked_at[link.party]
            heard_at = max(linked_at, self._heard_at.get(link.party, linked_at))
            if link.pipe is not None and self._silent_since(heard_at):
                log.warning("%s: %s has been silent too long: dialling anew", self.name, link.party)
                await link.pipe.close()

    def _silent_since(self, at: float) -> bool:
        beats_s = MISSED_BEATS_MAX * self.journal.state.accord.clocks.beat_s
        return self._steady() - at > beats_s

    async def _listen(self, link: Link, pipe: Pipe) -> None:
        """Read one party at the accord's rate, and take nothing on the link's word."""
        while True:
            data = await pipe.receive()
            try:
                await self._take(link.party, parse_frame(data))
            except DetenteError as error:
                self._complaints[link.party](
                    f"{self.name}: a frame of {link.party} is dropped: {error}"
                )
                await asyncio.sleep(DROPPED_S)
            link.wake()

    async def _take(self, party: str, frame: Frame) -> None:
        self._heard_at[party] = self._steady()
        match frame:
            case Where():
                _check_sender(party, frame.by)
                self.journal.stands(party, frame)
            case Beat():
                _check_sender(party, frame.by)
                self.offsets[party] = frame.time - self.clock()
                self.journal.beats(party, frame)
            case Carried(advance):
                await self._take_advance(party, self._metered(party, self._spared(advance)))
            case _:
                assert_never(frame)

    async def _take_advance(self, party: str, advance: Advance) -> None:
        result = await self.put(Arrived(advance), party)
        if isinstance(result, DetenteError):
            raise result
        for error in unheard(self.journal.state, advance):
            self._complaints[party](f"{self.name}: on the link with {party}: {error}")

    def _metered(self, party: str, advance: Advance) -> Advance:
        """What the accord's rate has room for; the rest stays in its author's outbox."""
        if self.journal.state.recovering:
            return advance
        accord = self.journal.state.accord
        leaves = self._meters[party].admitted(accord, advance.leaves, self._steady())
        self._left |= len(leaves) < len(advance.leaves)
        return msgspec.structs.replace(advance, leaves=leaves)

    def _spared(self, advance: Advance) -> Advance:
        """What there is room for; the rest stays in its author's outbox."""
        if not self.sparing or self.journal.state.recovering:
            return advance
        leaves = tuple(leaf for leaf in advance.leaves if vital(self.journal.state, leaf))
        return msgspec.structs.replace(advance, leaves=leaves)


def _check_sender(party: str, by: str) -> None:
    if by != party:
        raise Forged(f"it says that it is of {by!r}", where=f"link with {party}")


def _is_flash(event: Event) -> bool:
    return isinstance(event, Release) and event.content.precedence is Precedence.FLASH
