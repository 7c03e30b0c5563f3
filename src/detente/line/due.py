"""Who owes whom what, and by when: a person's acknowledgement, an answer, a decision, a line test.

Nothing here is stored and nothing lapses: a duty ends when what is owed was said, however late. A
machine's receipt ends none. By when is a question of our own clock, for it is we who wait.

A duty to acknowledge ends with any message of that party that replies to it, for a person wrote it.
"""

from __future__ import annotations

import dataclasses
import enum
import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import Final, NamedTuple

from detente.line.accord import Accord
from detente.line.message import Precedence
from detente.line.rules import ENDS_A_QUESTION, UNACKNOWLEDGED, Joint, Mark, Thread
from detente.line.state import State
from detente.line.threads import acknowledge_due, answer_due, proposal
from detente.tlog.hash import Hash

TESTS_LOOKED: Final = 1_000
EARLY: Final = 12  # a test counts for the next turn if it comes in the last twelfth of a turn
RESTORED: Final = "restored"  # what a test is about that is due because a channel is open again
LATE: Final = 6  # and is due in the first sixth: ten minutes of an hour
RUNGS_MAX: Final = 4


class Duty(enum.Enum):
    """What is owed."""

    ACKNOWLEDGE = "acknowledge"  # by a person
    ANSWER = "answer"
    DECIDE = "decide"  # on a proposal: accept, reject or counter
    CONCLUDE = "conclude"  # by whoever proposed, once all have accepted
    AGREE = "agree"  # to an amendment, as long as its predecessor stands
    REVIEW = "review"  # of a suspension, by whoever suspended
    TEST = "test"  # the line test of a turn
    CALL = "call"  # of a contact that recurs


class Rung(enum.Enum):
    """What is done next about a duty that is late, each when as much time again has gone by."""

    REPEAT = "repeat"
    ALTERNATE = "alternate"
    NEXT_LEVEL = "next level"
    OTHER_PATH = "other path"


@dataclasses.dataclass(frozen=True, slots=True)
class Due:
    """One duty. Times are ms UTC by our own clock. `leaf`: what it is about; a test or a call is
    about a time and has none; `contact` names the call. `arrived`: whether it stands in the ledger
    of whoever owes: a circuit that is down is no person's silence.
    """

    duty: Duty
    owes: str
    to: str
    channel: str
    leaf: Hash | None
    since: int
    until: int
    arrived: bool = True
    contact: str = ""

    def late(self, now: int) -> bool:
        return now > self.until

    def rung(self, now: int) -> Rung | None:
        """How far its ladder has come; None while it is not late."""
        if not self.late(now):
            return None
        step = max(self.until - self.since, 1)
        return list(Rung)[min((now - self.until) // step, RUNGS_MAX - 1)]


class Meeting(NamedTuple):
    """One occurrence of a contact of the accord: who is to call, when, by when, and when it is over
    and missed (ms UTC).
    """

    contact: str
    party: str
    at: int
    until: int
    over: int


class Missed(NamedTuple):
    """A test or a call that nobody made: when it fell due (ms UTC), and who was to make it."""

    at: int
    party: str
    contact: str = ""  # empty: a line test


@dataclasses.dataclass(frozen=True, slots=True)
class Calls:
    """What a ledger shows up to a size of it: who has yet to acknowledge what, every test,
    call-up and notice of works, and by party and channel when we wrote its last words down.

    It is followed from leaf to leaf and can always be found again from nothing.
    """

    size: int = 0
    waiting: Mapping[tuple[Hash, str], None] = dataclasses.field(default_factory=dict)
    tests: tuple[tuple[str, int, Hash], ...] = ()  # who called, our clock then, and the test
    works: tuple[Hash, ...] = ()  # announced works on the line
    last: Mapping[tuple[str, str], int] = dataclasses.field(default_factory=dict)  # last words
    callups: tuple[tuple[str, int, Hash], ...] = ()  # the contact, our clock, and the call-up
    began: int | None = None  # our clock when the first word was said


def follow(state: State, calls: Calls = Calls()) -> Calls:
    """The same, as far as our own ledger goes now."""
    if calls.size == state.own.size:
        return calls
    waiting, tests, began = dict(calls.waiting), list(calls.tests), calls.began
    callups, last, works = list(calls.callups), dict(calls.last), list(calls.works)
    for place in range(calls.size, state.own.size):
        leaf = state.own.leaf(place)
        said = state.messages.get(leaf)
        if said is None:  # the accord
            continue
        began = said.recorded_at if began is None else began
        last[said.author, said.channel] = said.recorded_at
        if said.reply is not None:
            waiting.pop((said.reply, said.author), None)
        if said.act == "test":
            tests.append((said.author, said.recorded_at, leaf))
        if said.act == "notify" and said.form is not None and said.form.name == "line_works":
            works.append(leaf)
        if said.contact:
            callups.append((said.contact, said.recorded_at, leaf))
        if said.act not in UNACKNOWLEDGED:
            replied = {state.messages[each].author for each in state.replies.get(leaf, ())}
            owing = (each for each in state.first.names if each not in (said.author, *replied))
            waiting.update(((leaf, party), None) for party in owing)
    return Calls(state.own.size, waiting, tuple(tests), tuple(works), last, tuple(callups), began)


def due(
    state: State, now: int, calls: Calls | None = None, agenda: Iterable[Meeting] = ()
) -> tuple[Due, ...]:
    """Every duty that stands, the earliest first. `calls` as far as they were followed; `agenda`:
    the contacts of the last day or longer, as a calendar has them.
    """
    calls = follow(state, calls or Calls())
    found = [
        *_acknowledgements(state, calls), *_answers(state), *_decisions(state),
        *_consents(state), *_reviews(state), *_tests(state, calls, now),
        *_meetings(state, calls, now, agenda), *_restored(state, calls),
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda each: (each.until, each.since, each.owes, each.to)))


def late(
    state: State, now: int, calls: Calls, agenda: Iterable[Meeting] = (), limit: int = 32
) -> tuple[Due, ...]:
    """As many late duties as a bell has use for: asked every second, and so it looks at no more
    acknowledgements than it tells. What a FLASH waits for comes first, then calls, tests and all
    that is no acknowledgement, then the other acknowledgements; each the longest late first. So
    nothing that is slow hides what is not. `calls` as far as our ledger goes.
    """
    others = [
        *_tests(state, calls, now), *_meetings(state, calls, now, agenda),
        *_restored(state, calls), *_answers(state), *_decisions(state), *_consents(state),
        *_reviews(state),
    ]  # fmt: skip
    flashes = islice(_acknowledgements(state, calls, now, flash=True), limit // 2)
    slower = islice(_acknowledgements(state, calls, now, flash=False), limit)
    ranked = (
        sorted((each for each in kind if each.late(now)), key=lambda each: each.until)
        for kind in (flashes, others, slower)
    )
    return tuple(chain.from_iterable(ranked))[:limit]


def _acknowledgements(
    state: State, calls: Calls, late: int | None = None, *, flash: bool | None = None
) -> Iterator[Due]:
    """`late`: only those that are late then; `flash`: only of FLASH messages, or of no such."""
    for leaf, party in calls.waiting:
        if flash is not None and flash is not (state.messages[leaf].precedence is Precedence.FLASH):
            continue
        until = acknowledge_due(state, leaf)
        if (late is None or until < late) and state.mark(leaf) is Mark.REGULAR:
            yield _about(state, Duty.ACKNOWLEDGE, leaf, party, until)


def _about(
    state: State, duty: Duty, leaf: Hash, owes: str, until: int, since: int | None = None
) -> Due:
    """A duty that a message brought upon a party."""
    said = state.messages[leaf]
    return Due(
        duty, owes, said.author, said.channel, leaf,
        said.recorded_at if since is None else since, until,
        arrived=owes in (state.us, said.author) or state.vouches(owes, leaf),
    )  # fmt: skip


def _answers(state: State) -> Iterator[Due]:
    """Every other party is asked, and each answers for itself."""
    for leaf in _regular(state, Thread.QUESTION):
        by = _authors(state, leaf, ENDS_A_QUESTION)
        if not _authors(state, leaf, ("cancel",)):
            for party in state.first.names:
                if party not in (state.messages[leaf].author, *by):
                    yield _about(state, Duty.ANSWER, leaf, party, answer_due(state, leaf))


def _decisions(state: State) -> Iterator[Due]:
    for leaf in _regular(state, Thread.PROPOSAL):
        found, said = proposal(state, leaf), state.messages[leaf]
        if found.cancelled or found.agreed or found.rejected or found.countered:
            continue
        owing = set(state.first.names) - {said.author} - _authors(state, leaf, ("accept",))
        for party in sorted(owing):
            yield _about(state, Duty.DECIDE, leaf, party, answer_due(state, leaf))
        if not owing:
            last = max(state.messages[each].recorded_at for each in found.accepted)
            until = last + answer_due(state, leaf) - said.recorded_at
            yield _about(state, Duty.CONCLUDE, leaf, said.author, until, last)


def _consents(state: State) -> Iterator[Due]:
    for leaf, amendment in state.amendments.items():
        said = state.messages[leaf]
        if leaf in state.accords or amendment.predecessor != state.standing:
            continue
        if state.mark(leaf) is Mark.REGULAR:
            settled = {said.author, *_authors(state, leaf, ("agree",))}
            for party in sorted(set(state.first.names) - settled):
                yield _about(state, Duty.AGREE, leaf, party, answer_due(state, leaf))


def _reviews(state: State) -> Iterator[Due]:
    """Whoever suspends says until when, and then lifts it or suspends anew."""
    for channel in (each.name for each in state.accord.channels):
        if state.joint(channel) is not Joint.SUSPENDED:
            continue
        for leaf in state.standing_suspensions(channel):
            said = state.messages[leaf]
            if said.author not in state.lifters(leaf):
                until = max(said.review, said.recorded_at + 1)
                yield _about(state, Duty.REVIEW, leaf, said.author, until)


def _regular(state: State, thread: Thread) -> Iterator[Hash]:
    return (leaf for leaf in state.begun.get(thread, ()) if state.mark(leaf) is Mark.REGULAR)


def _authors(state: State, leaf: Hash, acts: object) -> set[str]:
    """Who has regularly said one of these acts to a message."""
    assert isinstance(acts, (frozenset, tuple))
    return {
        state.messages[each].author
        for each in state.replies.get(leaf, ())
        if state.messages[each].act in acts and state.mark(each) is Mark.REGULAR
    }


# -- line tests ------------------------------------------------------------------------------------


def caller(accord: Accord, turn: int) -> str:
    """Whose turn it is to call: by turns in the order of their names; of two parties, the first in
    even hours and the second in odd ones.
    """
    return accord.names[turn % len(accord.names)]


def turn_of(accord: Accord, time_ms: int) -> int:
    """The turn that a test belongs to which we heard at this time."""
    turn_ms = accord.clocks.test_s * 1_000
    return (time_ms + turn_ms // EARLY) // turn_ms


def _tests(state: State, calls: Calls, now: int) -> Iterator[Due]:
    """The test of the present turn, unless it was called. What was missed is missed: see `missed`.

    Whoever is to call owes it to all, hence to whoever comes next in the order of names.
    """
    accord, turn_ms = state.accord, state.accord.clocks.test_s * 1_000
    turn = now // turn_ms
    if calls.began is None or turn <= calls.began // turn_ms:
        return
    who = caller(accord, turn)
    for author, heard, _ in calls.tests[-TESTS_LOOKED:]:  # a clock may have been put back since
        if author == who and turn_of(accord, heard) == turn:
            return
    since = turn * turn_ms
    to = caller(accord, turn + 1)
    yield Due(Duty.TEST, who, to, accord.channels[0].name, None, since, since + turn_ms // LATE)


def _restored(state: State, calls: Calls) -> Iterator[Due]:
    """A channel that all have restored is tested by whoever had suspended it."""
    tested = {state.messages[leaf].channel: leaf for _, _, leaf in calls.tests}
    for channel in (each.name for each in state.accord.channels):
        lifts = [
            (max(state.messages[r].place for r in state.lifted.get(leaf, ())), leaf)
            for leaf in state.suspensions.get(channel, ())
            if state.mark(leaf) is Mark.REGULAR
            and state.lifters(leaf) == frozenset(state.first.names)
        ]
        if not lifts or state.joint(channel) is not Joint.OPEN:
            continue
        place, suspension = max(lifts)
        if channel in tested and state.messages[tested[channel]].place > place:
            continue
        who, accord = state.messages[suspension].author, state.accord
        since = state.messages[state.own.leaf(place)].recorded_at
        until = since + accord.clocks.acknowledge_s.flash * 1_000
        to = next(name for name in accord.names if name != who)
        yield Due(Duty.TEST, who, to, channel, None, since, until, contact=RESTORED)


def _meetings(state: State, calls: Calls, now: int, agenda: Iterable[Meeting]) -> Iterator[Due]:
    """Contacts that have come and nobody has called for, each until it is over."""
    for each in agenda:
        contact = state.accord.contact(each.contact)
        if contact is None or not each.at <= now < each.over or calls_for(calls, each):
            continue
        if agreed_at(state, calls, each) <= each.at:
            to = next(name for name in state.accord.names if name != each.party)
            yield Due(
                Duty.CALL, each.party, to, contact.channel, None, each.at, each.until,
                contact=each.contact,
            )  # fmt: skip


def agreed_at(state: State, calls: Calls, each: Meeting) -> float:
    """When a contact was agreed to, by our clock, and the line had begun (ms UTC): what its rule
    has before that, nobody missed.
    """
    contact = state.accord.contact(each.contact)
    if calls.began is None or contact is None:
        return math.inf
    found = [math.inf]
    for leaf, accord in state.accords.items():
        if accord.contact(each.contact) == contact:
            agreed = [state.messages[r].recorded_at for r in state.replies.get(leaf, ())]
            said = state.messages.get(leaf)  # none: the first accord
            found.append(max([said.recorded_at, *agreed]) if said else calls.began)
    return max(min(found), calls.began)


def calls_for(calls: Calls, each: Meeting) -> tuple[Hash, ...]:
    """The call-ups for a contact: from a little before its time on, or late."""
    early = each.until - each.at
    return tuple(
        leaf
        for contact, heard, leaf in calls.callups
        if contact == each.contact and each.at - early <= heard < each.over - early
    )


def missed_calls(
    state: State, now: int, calls: Calls, agenda: Iterable[Meeting]
) -> tuple[Missed, ...]:
    """Contacts that are over without a call, missed by whoever was to call; and those over with one
    that a party has not answered, missed by that party. `calls` as far as our ledger goes.
    """
    found = list[Missed]()
    for each in agenda:
        if each.over > now or agreed_at(state, calls, each) > each.at:
            continue
        made = calls_for(calls, each)
        if not made:
            found.append(Missed(each.at, each.party, each.contact))
            continue
        silent = (p for p in state.first.names if all((leaf, p) in calls.waiting for leaf in made))
        found += (Missed(each.at, party, each.contact) for party in silent)
    return tuple(found)


def missed(state: State, now: int, calls: Calls | None = None) -> tuple[Missed, ...]:
    """Turns that are over without their test. By the clocks of the accord that stands now."""
    calls, accord = follow(state, calls or Calls()), state.accord
    if calls.began is None:
        return ()
    turn_ms = accord.clocks.test_s * 1_000
    held = {(turn_of(accord, heard), author) for author, heard, _ in calls.tests}
    turns = range(calls.began // turn_ms + 1, now // turn_ms)
    return tuple(
        Missed(turn * turn_ms, who)
        for turn in turns
        if (turn, who := caller(accord, turn)) not in held
    )
