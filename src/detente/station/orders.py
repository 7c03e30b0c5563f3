"""What a person may ask of the station, and what it answers: the orders of the local socket.

An order is a tagged struct, an answer a plain mapping with stable field names (docs/operating.md
lists them). The same code answers in a running station and, for a station that is not running, from
its files.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping
from functools import partial
from typing import Annotated, Final, assert_never

import msgspec
from msgspec import Meta

from detente import audit
from detente.advice import check_places, filled
from detente.errors import DetenteError, Refused
from detente.journal import Journal
from detente.line.canonical import encode
from detente.line.decide import Event, Release
from detente.line.message import Content, parse_content
from detente.people.events import ITEMS_MAX
from detente.station.attention import Attention
from detente.station.calendar import check_consent
from detente.station.gate import Gate
from detente.station.keys import KeyFile
from detente.station.orders_people import (
    NEEDS_NOBODY,
    SHOWS_ITEMS,
    HandOver,
    KeepDraft,
    Name,
    PeopleOrder,
    Review,
    Words,
    answer_people,
    what_of,
)
from detente.station.owing import Owing
from detente.station.people import Session
from detente.station.threads import threads_view
from detente.station.views import (
    Answer,
    Box,
    channel_view,
    cosigned_view,
    find,
    heard,
    messages,
    verifier_keys,
    view,
    witnessed,
)
from detente.station.voice import right, words
from detente.tlog.advance import Branch
from detente.tlog.hash import Hash

ORDER_BYTES_MAX: Final = 1 << 20
WAIT_MS_MAX: Final = 600_000


class Status(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="status"):
    """Every line: what is declared, what is observed, and whether the circuit works."""


class List(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="list"):
    """Messages of a line, oldest first; `last` limits them to the newest."""

    line: Name
    box: Box
    last: Annotated[int, Meta(ge=1)] = 100


class Show(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="show"):
    """One message, by its leaf hash or the beginning of it. `printed`: for the paper archive."""

    line: Name
    leaf: Name
    printed: bool = False


class Say(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="say"):
    """Release this content (canonical JSON): it becomes a message."""

    line: Name
    content: bytes
    releasers: tuple[Words, ...] = ()
    urgent: bool = False  # lives are in danger: on one officer's own word


class Wait(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="wait"):
    """Answer when every other party has heard a message, or when `timeout_ms` is over."""

    line: Name
    leaf: Name
    timeout_ms: int = 10_000


class Export(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="export"):
    """All that we hold of a line, for a stranger to check."""

    line: Name


class Due(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="due"):
    """Who owes whom what on a line, now."""

    line: Name


class Figures(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="figures"
):
    """What is counted of a line, month by month, until now."""

    line: Name


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="terms"):
    """The accord of a line that is in force."""

    line: Name


class Threads(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="threads"
):
    """Questions, proposals, incidents and zones of a line, and what has become of each."""

    line: Name


class Evidence(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="evidence"
):
    """One message and the proofs of who said and who heard it."""

    line: Name
    leaf: Name


class StatementFile(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="statement"
):
    """A joint statement that is agreed, in one file for the press."""

    line: Name
    leaf: Name


class NonReplyFile(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="nonreply"
):
    """That a party has not answered a question. `party` may be left out where one was asked."""

    line: Name
    leaf: Name
    party: Name = ""


class NextKeys(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="keys"):
    """The body of our next rekey. The keys that it promises are durable when this is answered."""

    line: Name


class VoiceWords(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="voice_words"
):
    """The words that we read to a party which asks, over a voice line, with this number."""

    line: Name
    party: Name
    number: int


class VoiceCheck(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="voice_check"
):
    """Whether these are the words that a party's station makes of a number that we asked with."""

    line: Name
    party: Name
    number: int
    heard: Words


Order = (
    NextKeys | Status | List | Show | Say | Wait | Export | Evidence | Threads | StatementFile
    | NonReplyFile | Due | Terms | Figures | VoiceWords | VoiceCheck
)  # fmt: skip


class Seated(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do", tag="seated"):
    """An order of somebody who is signed on, with the token of his session."""

    session: Name
    order: Order | PeopleOrder


AnyOrder = Order | PeopleOrder | Seated
_order: Final[msgspec.json.Decoder[AnyOrder]] = msgspec.json.Decoder(AnyOrder)


def parse_order(data: bytes) -> AnyOrder:
    try:
        return _order.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        long = "of length <=" in str(error)
        mend = "shorten it" if long else "use a command of the same version"
        raise Refused(str(error), where="order", mend=mend) from error


OF_LINES = (
    NextKeys, Status, List, Show, Say, Wait, Export, Evidence, Threads, StatementFile,
    NonReplyFile, Due, Terms, Figures, VoiceWords, VoiceCheck,
)  # fmt: skip
OF_ALL = (Export, Evidence, StatementFile, NonReplyFile, Figures, NextKeys)  # all of a line


class Office:
    """Answers orders about lines. `put` has an event taken by the line's one writer."""

    def __init__(
        self,
        journals: Mapping[str, Journal],
        put: Callable[[str, Event], Awaitable[tuple[Hash, ...] | DetenteError]],
        technical: Callable[[str], Answer],
        cosigned: Callable[[str], Mapping[str, str | None]],
        keys: Mapping[str, KeyFile],
        gate: Gate,
    ) -> None:
        self._journals, self._put, self.gate = journals, put, gate
        self.owing = {name: Owing(journal) for name, journal in journals.items()}
        self.attention = {name: Attention(journal) for name, journal in journals.items()}
        self._technical, self._cosigned, self._keys = technical, cosigned, keys
        self._moved = asyncio.Event()

    async def answer(self, order: AnyOrder) -> Answer:
        """Raises a `DetenteError` that says what, where, and how to mend."""
        token = ""
        if isinstance(order, Seated):
            token, order = order.session, order.order
        if not isinstance(order, OF_LINES):
            return self._of_people(order, token)
        session = self.gate.session(token, needed=not isinstance(order, Status))
        if isinstance(order, OF_ALL):
            self.gate.check_whole(session, order.line)
        return await self._answer(order, session)

    def _of_people(self, order: PeopleOrder, token: str) -> Answer:
        people = self.gate.people
        if people is None:
            if self.gate.broken:
                raise self.gate.broken
            raise Refused(
                "this station has no book, and knows no people", where="order",
                mend="make one: stop the station, then `detente officer admit NAME`",
            )  # fmt: skip
        session = self.gate.session(token, needed=not isinstance(order, NEEDS_NOBODY))
        if isinstance(order, KeepDraft | Review):
            self._check_line(order.line, parse_content(order.content))
        now = self.gate.clock()
        readers = [session.officer] if session else []
        if isinstance(order, HandOver):
            readers.append(order.to)
        items = self._open_items(now, readers) if isinstance(order, SHOWS_ITEMS) else ()
        return answer_people(people, order, session, token, items, now)

    def _check_line(self, line: str, content: Content) -> None:
        """What is drafted or reviewed on a line is a content of that line."""
        if content.line != self._journal(line).state.line.hex():
            raise Refused("this content is of another line", where=line, mend="name its own line")

    def _open_items(self, now: int, readers: Iterable[str]) -> tuple[str, ...]:
        """What a relief must know: what our side owes, and what is late, on all lines; as far as
        these officers all need to know it.
        """
        people, found, limit = self.gate.people, list[str](), ITEMS_MAX // len(self.owing)
        assert people is not None
        for name, owing in self.owing.items():

            def seen(channel: str, name: str = name) -> bool:
                return all(people.knows(each, name, channel) for each in readers)

            found += (f"{name}: {words}" for words in owing.open_items(now, limit, seen))
        return tuple(found)

    async def _answer(self, order: Order, session: Session | None) -> Answer:
        gate = self.gate
        match order:
            case Status():
                return {"lines": [self._status(name, session) for name in sorted(self._journals)]}
            case List(line, box, last):
                seen = partial(gate.seen, session, line)
                listed = messages(self._journal(line), box, last, seen)
                return {
                    "messages": gate.listed(session, line, listed),
                    "withheld": self._withheld(line, seen),
                }
            case Show(line, leaf, printed):
                journal = self._journal(line)
                message = view(journal, find(journal, leaf))
                gate.read(session, line, message, printed=printed)
                return message
            case Say(line, content, releasers, urgent):
                return await self._say(
                    line, parse_content(content), releasers, session, urgent=urgent
                )
            case Wait(line, leaf, timeout_ms):
                journal = self._journal(line)
                found = find(journal, leaf)
                gate.check(session, line, journal.state.messages[found].channel)
                waited = await self._wait(journal, found, min(timeout_ms, WAIT_MS_MAX))
                gate.read(session, line, waited, printed=False)
                return waited
            case Export() | Evidence() | StatementFile() | NonReplyFile():
                proof = self._proof(order)
                what = type(order).__struct_config__.tag
                gate.exported(session, order.line, getattr(order, "leaf", ""), str(what))
                return proof
            case Due(line):
                seen = partial(gate.seen, session, line)
                withheld = self._withheld(line, seen)
                return {**self.owing[line].view(gate.clock(), seen), "withheld": withheld}
            case Figures(line):
                self._journal(line)
                return {"months": self.owing[line].figures(gate.clock())}
            case Terms(line):
                return {"accord": encode(self._journal(line).state.accord).decode()}
            case Threads(line):
                kinds = threads_view(self._journal(line).state)
                return {kind: gate.known(session, line, each) for kind, each in kinds.items()}
            case VoiceWords() | VoiceCheck():
                return self._voice(order, session)
            case NextKeys(line):
                state = self._journal(line).state
                body = self._keys[line].next_generation(len(state.generations(state.us)) - 1)
                return {"rekey": msgspec.to_builtins(body)}
            case _:
                assert_never(order)

    def _withheld(self, line: str, seen: Callable[[str], bool]) -> list[str]:
        """Channels of which whoever asks is shown nothing: he is told which."""
        channels = self._journal(line).state.accord.channels
        return [each.name for each in channels if not seen(each.name)]

    def _proof(self, order: Export | Evidence | StatementFile | NonReplyFile) -> Answer:
        """A file for a stranger to check."""
        line = order.line
        journal, notes = self._journal(line), self._checkpoints(line)
        state, sealed = journal.state, self._sealed(journal)
        match order:
            case Export():
                return {"export": audit.export(state, sealed, journal.leaf, notes).decode()}
            case Evidence(leaf=leaf):
                return self._evidence(journal, find(journal, leaf), notes)
            case StatementFile(leaf=leaf):
                file = audit.statement(state, sealed, journal.leaf, find(journal, leaf), notes)
                return {"file": file.decode()}
            case NonReplyFile(leaf=leaf, party=party):
                file = audit.non_reply(
                    state, sealed, journal.leaf, find(journal, leaf), party, notes
                )
                return {"file": file.decode()}
            case _:
                assert_never(order)

    def _journal(self, line: str) -> Journal:
        journal = self._journals.get(line)
        if journal is None:
            known = ", ".join(sorted(self._journals)) or "none"
            raise Refused(f"no line {line!r}", where="order", mend=f"this station keeps: {known}")
        return journal

    async def _say(
        self, line: str, content: Content, given: tuple[str, ...], session: Session | None, *,
        urgent: bool,
    ) -> Answer:  # fmt: skip
        journal, what = self._journal(line), what_of(line, content)
        _check_place(content)
        check_consent(journal.state, content)
        releasers = self.gate.let_go(session, what, given, urgent=urgent)
        result = await self._put(line, Release(content, releasers))
        if isinstance(result, DetenteError):
            if session and self.gate.people:
                self.gate.people.withheld(session, what, result, self.gate.clock())
            raise result
        (leaf,) = result
        return {**view(journal, leaf), "sealed": journal.ready}

    def _voice(self, order: VoiceWords | VoiceCheck, session: Session | None) -> Answer:
        """Nothing moves by it; the book keeps that we answered, and whether they did rightly."""
        line, party, number = order.line, order.party, order.number
        state, keys, people = self._journal(line).state, self._keys[line], self.gate.people
        match order:
            case VoiceWords():
                made = words(state, keys, number, asks=party, answers=state.us)
                if session and people:
                    people.answered(session, line, party, number, self.gate.clock())
                return {"words": list(made)}
            case VoiceCheck(heard=heard):
                outcome = right(words(state, keys, number, asks=state.us, answers=party), heard)
                if session and people:
                    now = self.gate.clock()
                    people.challenged(session, line, party, number, now, right=outcome)
                return {"right": outcome, "logged": session is not None}
            case _:
                assert_never(order)

    async def _wait(self, journal: Journal, leaf: Hash, timeout_ms: int) -> Answer:
        """Not hearing in time is no error: the answer says who has heard."""
        others = set(journal.state.first.names) - {journal.state.messages[leaf].author}
        try:
            async with asyncio.timeout(timeout_ms / 1000):
                while not all(heard(journal, party, leaf) for party in others):
                    await self._moved.wait()
        except TimeoutError:
            pass
        return view(journal, leaf)

    def moved(self) -> None:
        """A line has moved: whoever waits looks again."""
        self._moved.set()
        self._moved = asyncio.Event()

    def _checkpoints(self, line: str) -> tuple[str, ...]:
        """Earlier checkpoints that a stranger needs: cosigned ones, and one by each former key."""
        journal = self._journals[line]
        former = [b.note for p in journal.state.first.names for b in journal.milestones(p)]
        return (*(note for note in self._cosigned(line).values() if note is not None), *former)

    def _evidence(self, journal: Journal, leaf: Hash, cosigned: tuple[str, ...]) -> Answer:
        found = audit.evidence(
            journal.state, self._sealed(journal), journal.leaf, leaf, cosigned
        )  # fmt: skip
        return {"evidence": audit.format_evidence(found).decode()}

    def _sealed(self, journal: Journal) -> Branch:
        """Our ledger as our signer signed it: what is not sealed is not said."""
        if journal.sealed is None:
            raise journal.trouble or Refused("the signer has sealed nothing yet", where="evidence")
        return journal.sealed

    def _status(self, name: str, session: Session | None = None) -> Answer:
        journal = self._journals[name]
        state, board = journal.state, self.owing[name].board(self.gate.clock())
        seen = partial(self.gate.seen, session, name)
        works = [works for works in board["works"] if seen(works["channel"])]
        for each in board["observed"].values():
            each["channels"] = {c: at for c, at in each["channels"].items() if seen(c)}
            each["last"] = max(each["channels"].values(), default=None)
        waiting, people = self.attention[name].waiting(), self.gate.people
        told = [leaf.hex() for leaf in waiting if seen(state.messages[leaf].channel)]
        return {
            "line": name,
            "id": state.line.hex(),
            "accord": state.standing.hex(),
            "exercise": state.accord.exercise,
            "us": state.us,
            "parties": list(state.first.names),
            "vocabulary": state.accord.vocabulary,
            "channels": [
                channel_view(journal, c.name, whole=self.gate.seen(session, name, c.name))
                for c in state.accord.channels
            ],
            **board,
            "works": works,
            "witnessed": witnessed(state, self._cosigned(name), self.gate.clock()),
            "outstanding": len(state.outstanding),
            "unreceipted": {party: len(state.lacking.get(party, ())) for party in state.others},
            "unacknowledged": told,
            "unacknowledged_unseen": len(waiting) - len(told),
            "unmanned": people.unmanned() if people else (),
            "contradicted": list(state.contradicted),
            "recovering": state.recovering,
            "sealed": journal.ready,
            "trouble": str(journal.trouble) if journal.trouble else None,
            "leaves": state.own.size,
            "keys": {party: list(verifier_keys(state, party)) for party in state.first.names},
            "witnesses": [
                cosigned_view(state, name, note) for name, note in self._cosigned(name).items()
            ],
            **self._technical(name),
        }


def _check_place(content: Content) -> None:
    """What a form says of a place must agree with itself before it is signed."""
    if (found := filled(content.act, content.body)) is not None:
        check_places(found[1])
