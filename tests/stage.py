"""Plays a transcript: what happens in words, then `----`, then all that the stations make of it.

    northland says open on duty
    southmark says open on duty
    ----
    northland said FLASH 0: open on duty
    ...

A transcript is a text of such scenes, with an empty line between them. What stands in one scene
above the dashes happens before anything is carried, so that words in one scene cross. Then links
are read until they are silent, and below the dashes stand, in the order in which they happened: who
said and heard what and how it is marked, who has whose receipt, and what the scene has changed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

import msgspec

from detente.advice import cautions, check_places, filled, free_texts, told, warnings
from detente.audit import check_statement, statement
from detente.errors import Forged, Refused, Unreachable
from detente.filling import fill
from detente.line.canonical import encode
from detente.line.decide import Arrived, Release
from detente.line.entry import Own, parse_entry
from detente.line.evolve import fold
from detente.line.form import Form
from detente.line.frame import Where, parse_frame
from detente.line.message import Header, Message, Precedence, parse_message
from detente.line.state import State
from detente.line.views import why
from detente.phrasebook import language
from detente.tlog.hash import Hash
from tests.asked import number, owed
from tests.line.cases_vocabulary_2 import FORMS
from tests.phrase.bodies import example
from tests.stations import BODIES, MOVING, FullDisk, Impostor, Line, amend_body, rekey_body

DASHES: Final = "----"
NUMBER: Final = r"\w+ (?:ROUTINE|PRIORITY|IMMEDIATE|FLASH) \d+"
WORDS: Final = re.compile(
    r"(?P<author>\w+)(?P<liar>, against all rules,)? says (?P<act>\w+)"
    rf"(?: to (?P<reply>{NUMBER}))?(?: in form (?P<form>\w+))?(?: marked (?P<marked>\w+))?"
    r"(?: on (?P<channel>[\w-]+))?"
    rf"(?: lifting (?P<lifts>{NUMBER}(?: and {NUMBER})*))?"
    r"(?: about (?P<kind>\w+))?(?: adding the channel (?P<new>\w+))?"
    r"(?:, (?P<precedence>ROUTINE|PRIORITY|IMMEDIATE|FLASH)(?: (?P<serial>\d+))?)?"
    r"(?:, epoch (?P<epoch>\d+))?(?:: (?P<text>.+))?"
)


class Stage:
    """A line, what has been told of it, and the transcript's commands."""

    def __init__(self) -> None:
        self.line = Line(linked=False)
        self.backups: dict[str, FullDisk] = {}
        self.seen: dict[str, int] = {}  # leaves of each ledger that were written out
        self.receipts: set[tuple[str, Hash, str]] = set()
        self.begun = 0  # leaves of each ledger when the first scene ended
        self.shown: dict[str, Any] = {}  # what was written out of the joint state, marks, accords
        self.out: list[str] = []
        self.salt = 0
        self.commands: tuple[tuple[str, Callable[..., None]], ...] = (
            (r"a line of (.+?)(, in forms)?(, with duty open)?", self.begin),
            (r"the link between (\w+) and (\w+) is (up|down)", self.link),
            (r"(\d+) (?:second passes|seconds pass)", self.wait),
            (r"everybody's heart beats", self.beat),
            (r"(\w+) backs up its disk", self.back_up),
            (r"(\w+) puts back its backup", self.put_back),
            (r"(\w+)'s signer is (away|back)", self.signer),
            (r"(\w+) says (\w+), (\d+) times", self.repeat),
            (r"(\w+) asks what is owed", self.owed),
            (r"(\w+) asks how the line stands", self.stands),
            (r"a stranger with other keys tells (\w+) as (\w+): (\w+)", self.impostor),
            (r"what (\w+) was told by (\w+) is told again", self.replay),
            (r"the press asks (\w+) for (.+)", self.publish),
            (r"(\w+), who is no party, asks (\w+) for a link", self.joins),
        )

    def scene(self, text: str) -> str:
        """What comes of a scene's commands."""
        self.out = []
        for command in text.splitlines():
            if not command.startswith("#"):
                self.run(command)
        self.line.deliver()
        self.tell_changes()
        return "\n".join(self.out) or "nothing"

    def run(self, command: str) -> None:
        for pattern, act in self.commands:
            if found := re.fullmatch(pattern, command):
                act(*found.groups())
                return
        if found := WORDS.fullmatch(command):
            self.say(found.groupdict())
            return
        raise AssertionError(f"no such command: {command!r}")

    # -- commands --------------------------------------------------------------------------------

    def begin(self, names: str, formed: str | None, opened: str | None) -> None:
        """Every station has the accord in its ledger. What is so from the beginning is not told."""
        terms: dict[str, Any] = {"vocabulary": 2, "languages": ("en", "ru")} if formed else {}
        self.line = Line(re.split(r", | and ", names), **terms)
        self.line.watch = self.look
        self.seen = dict.fromkeys(self.line.stations, 1)
        if opened:
            self.line.opened()
        self.begun = self.line[min(self.line.stations)].state.own.size
        self.tell_changes()
        self.out = [f"the accord is leaf 0 of the ledgers of {' and '.join(self.line.stations)}"]

    def link(self, one: str, other: str, how: str) -> None:
        if how == "up":
            self.line.link(one, other)
        else:
            self.line.unlink(one, other)

    def wait(self, seconds: str) -> None:
        self.line.tick(int(seconds) * 1_000)

    def beat(self) -> None:
        for one, other in sorted(self.line.links):
            self.line.read(one, other, self.line[one].beat(self.line.now))

    def back_up(self, party: str) -> None:
        self.backups[party] = self.line.stations[party].backup()

    def put_back(self, party: str) -> None:
        self.line.stations[party].store = self.backups[party]
        station, had = self.line.stations[party], self.line[party].state.own.size
        old = fold(station.beginning, map(parse_entry, station.store.read())).own.size
        self.line.restart(party)
        size = self.line[party].state.own.size
        self.out.append(
            f"{party} had {had} leaves, its backup has {old}, its signer gives back {size - old}"
        )

    def signer(self, party: str, how: str) -> None:
        self.line.stations[party].signer_away = how == "away"
        if how == "away":
            self.line.restart(party)
        self.line.tick()

    def repeat(self, party: str, act: str, times: str) -> None:
        for _ in range(int(times)):
            self.run(f"{party} says {act}")

    def say(self, words: dict[str, str | None]) -> None:
        author, act = words["author"] or "", words["act"] or ""
        state = self.line[author].state
        reply = self.find(state, words["reply"]) if words["reply"] else None
        channel = words["channel"] or (state.messages[reply].channel if reply else "duty")
        usual = "FLASH" if act in MOVING else "ROUTINE"
        if words["form"]:
            usual = FORMS[words["form"]].precedence.value
        precedence = Precedence(words["precedence"] or usual)
        body = self.body(state, words)
        if words["liar"]:
            serial, epoch = int(words["serial"] or 0), int(words["epoch"] or 0)
            self.lie(
                author, Message(body, self.header(state, act, channel, precedence, serial, epoch))
            )
            return
        try:
            for code, text in free_texts(body):
                warned = cautions(language(code), text)
                self.out += [f"{author} is warned before release: {each}" for each in warned]
            if (found := filled(act, body)) is not None:
                check_places(found[1])  # as the station's own door does
            self.line.release(
                author, act, body, channel=channel, precedence=precedence, reply=reply
            )
        except (Refused, Unreachable) as error:
            self.out.append(f"{author} is refused: {error}")

    def body(self, state: State, words: dict[str, str | None]) -> dict[str, Any]:
        act = words["act"] or ""
        if words["form"]:
            return self.filled(FORMS[words["form"]], words["text"], words["marked"])
        if act == "conclude":
            reply = self.find(state, words["reply"])
            accepts = [
                each for each in state.replies[reply] if state.messages[each].act == "accept"
            ]
            return {"accepts": [leaf.hex() for leaf in accepts]}
        body = dict(BODIES.get(act, {}))
        if words["text"]:
            body["reason" if act == "suspend" else "text"] = words["text"]
        if words["kind"]:
            body["rung" if act == "acknowledge" else "kind"] = words["kind"]
        if words["lifts"]:
            body["lifts"] = [self.find(state, name).hex() for name in words["lifts"].split(" and ")]
        if act == "rekey":
            body = rekey_body(state.us, len(state.generations(state.us)))
        if act == "amend":
            old = state.accord.channels
            body = amend_body(
                state, channels=(*old, type(old[0])(name=words["new"] or "", title="New"))
            )
        return body

    def filled(self, form: Form, typed: str | None, marked: str | None) -> dict[str, Any]:
        """A form with the slots that were typed, `;` between them, and the rest of the example; a
        slot in braces is as in a message, be it absurd.
        """
        given = dict(part.split("=", 1) for part in (typed or "").split("; ") if part)
        raw = {name: msgspec.json.decode(text) for name, text in given.items() if text[0] == "{"}
        typed_slots = {name: text for name, text in given.items() if name not in raw}
        slots = fill(form, typed_slots, language("en"), self.line.now // 1_000) | raw
        usual = example(form)["slots"]
        needed = {n: usual[n] for n, slot in form.slots.items() if not slot.optional}
        return {
            "form": form.number,
            "releasability": marked or form.releasability.value,
            "remarks": None,
            "slots": {**needed, **slots},
        }

    def header(
        self, state: State, act: str, channel: str, precedence: Precedence, serial: int, epoch: int
    ) -> Header:
        self.salt += 1
        return Header(
            accord=state.standing.hex(), act=act, author=state.us, channel=channel, epoch=epoch,
            line=state.line.hex(), precedence=precedence, releasers=(), reply=None,
            salt=f"{self.salt:032x}", serial=serial, time=self.line.now, to=(),
        )  # fmt: skip

    def lie(self, author: str, message: Message) -> None:
        """Written past every rule into a station's own database, and signed by its signer."""
        station = self.line.stations[author]
        station.store.append(station.store.length(), [encode(Own(encode(message), self.line.now))])
        self.line.restart(author)

    def find(self, state: State, name: str | None) -> Hash:
        author, precedence, serial = (name or "").split()
        (leaf, *_) = state.numbers[author, Precedence(precedence), int(serial)]
        return leaf

    # -- what is asked -----------------------------------------------------------------------------

    def owed(self, party: str) -> None:
        self.line.deliver()
        told = list(owed(self.line[party], self.begun, self.line.now))
        self.out += [f"{party} sees {each}" for each in told] or [f"{party} sees nothing owed"]

    def stands(self, party: str) -> None:
        """What was declared, and apart from it what is linked: neither follows from the other."""
        self.line.deliver()
        state = self.line[party].state
        for other in state.others:
            half = state.half(other, "duty").value
            link = "up" if (party, other) in self.line.links else "DOWN"
            self.out.append(f"{party} sees {other}: declared {half}; the link is {link}")

    def impostor(self, reader: str, party: str, act: str) -> None:
        """Somebody who has all that a party has, but for its keys, and sits on its link."""
        false = Impostor(self.line.stations[party])
        false.journal.link(reader)
        self.line.unlink(party, reader)
        self.line[reader].link(party)
        where = parse_frame(self.line[reader].next_frame(party, self.line.now) or b"")
        assert isinstance(where, Where)
        content = self.line.content(party, act)
        false.journal.handle([Release(content)], self.line.now)
        false.journal.stands(reader, where)
        had, errors = self.line[reader].state.own.size, len(self.line.errors)
        while data := false.journal.next_frame(reader, self.line.now):
            self.line.read(party, reader, data)
        assert self.line[reader].state.own.size == had
        told = dict.fromkeys(str(error) for _, error in self.line.errors[errors:])
        self.out += [f"{reader} takes none of it: {each}" for each in told]
        self.line.link(party, reader)

    def replay(self, reader: str, party: str) -> None:
        had = self.line[reader].state
        for advance in self.line.advances(party, reader):
            self.line.handle(reader, Arrived(advance), sender=party)
        assert self.line[reader].state.own == had.own
        self.out.append(f"{reader} has it already, and nothing changes")

    def publish(self, party: str, name: str) -> None:
        """One file with a joint statement, if its parties agreed to publish it."""
        station = self.line.stations[party]
        sealed, leaf = station.journal.sealed, self.find(station.state, name)
        assert sealed is not None
        try:
            data = statement(station.state, sealed, station.journal.leaf, leaf)
        except Refused as error:
            self.out.append(f"{party} is refused: {error}")
            return
        agreed = check_statement(data)
        others = set(station.state.messages) - {leaf, *station.state.replies[leaf]}
        kept = all(station.journal.leaf(each) not in data for each in others)
        by = " and ".join(card.party for card in agreed.cards)
        self.out.append(f"{party} gives a file that anybody can check: {by} agreed to say")
        self.out += [f"    {language}  {text}" for language, text in agreed.texts.items()]
        self.out.append(
            f"    of the {len(others)} other messages: {'no word' if kept else 'WORDS'}"
        )

    def joins(self, stranger: str, party: str) -> None:
        try:
            self.line[party].link(stranger)
        except Forged as error:
            self.out.append(f"{stranger} is refused by {party}: {error}")
            return
        raise AssertionError(f"{party} let {stranger} in")

    # -- what is told ------------------------------------------------------------------------------

    def look(self, party: str) -> None:
        """What has been added to a station's ledger, and which receipts it has for its words."""
        state = self.line[party].state
        for place in range(self.seen[party], state.own.size):
            leaf = state.own.leaf(place)
            said = state.messages[leaf]
            if said.author == party:
                self.out.append(f"{party} said {number(said)}: {self.words(party, leaf)}")
            else:
                mark = self.marked(state, leaf)
                self.out.append(f"{party} heard {said.author} {number(said)}: {mark}")
        self.seen[party] = max(self.seen[party], state.own.size)
        for leaf in (state.own.leaf(place) for place in range(1, state.own.size)):
            for reader in state.others:
                receipt = (party, leaf, reader)
                said = state.messages[leaf]
                if said.author != party or receipt in self.receipts:
                    continue
                if state.vouches(reader, leaf):
                    self.receipts.add(receipt)
                    self.out.append(f"{party} has {reader}'s receipt for {number(said)}")

    def words(self, party: str, leaf: Hash) -> str:
        message = parse_message(self.line[party].leaf(leaf))
        if "form" in message.body:
            said = language("en").say(message.header.act, message.body)
            facts = told(language("en"), message.header.act, message.body, self.line.now)
            lines = [*said.split("\n"), *facts["read_back"], *warnings(language("en"), facts)]
            return "\n    ".join([f"on {message.header.channel}", *lines])
        text = message.body.get("text") or message.body.get("reason") or ""
        return f"{message.header.act} on {message.header.channel}" + (f", {text!r}" if text else "")

    def marked(self, state: State, leaf: Hash) -> str:
        mark = state.mark(leaf)
        told = why(state, leaf, parse_message(self.line[state.us].leaf(leaf)))
        return f"{mark.value} ({told})" if told else mark.value

    def tell_changes(self) -> None:
        """What each station now holds otherwise than at the end of the scene before."""
        for party in self.line.stations:
            state = self.line[party].state
            for channel in (each.name for each in state.accord.channels):
                halves = ", ".join(f"{p} {state.half(p, channel).value}" for p in state.first.names)
                self.tell(party, channel, f"{channel} is {state.joint(channel).value}: {halves}")
            self.tell(party, "accord", f"amendments agreed to by all: {len(state.accords) - 1}")
            for other in state.first.names:
                keys = len(state.generations(other))
                self.tell(party, f"keys {other}", f"{other} signs with its keys number {keys}")
            for leaf, said in sorted(state.messages.items(), key=lambda item: item[1].place):
                marked = f"{said.author} {number(said)} is {self.marked(state, leaf)}"
                self.tell(party, leaf.hex(), marked, first=False)
            waits = len(state.outstanding)
            self.tell(party, "waits", f"leaves without their bytes: {waits}", first=waits > 0)
            trouble = self.line[party].trouble
            self.tell(party, "trouble", f"trouble: {trouble or 'none'}", first=trouble is not None)
        self.gather()

    def tell(self, party: str, what: str, text: str, *, first: bool = True) -> None:
        key = f"{party} {what}"
        if self.shown.get(key, text if not first else None) != text:
            self.shown.setdefault("changes", []).append((party, text))
        self.shown[key] = text

    def gather(self) -> None:
        """What all of them now hold is written once."""
        changes: list[tuple[str, str]] = self.shown.pop("changes", [])
        everybody = set(self.line.stations)
        for text in dict.fromkeys(text for _, text in changes):
            who = [party for party, other in changes if other == text]
            self.out.append(f"{'all' if set(who) == everybody else ' and '.join(who)}: {text}")


def play(transcript: str) -> str:
    """The transcript as it would be written now."""
    stage = Stage()
    scenes = []
    for scene in transcript.strip("\n").split("\n\n"):
        commands = scene.split(f"\n{DASHES}")[0]
        if all(line.startswith("#") for line in commands.splitlines()):
            scenes.append(commands)
        else:
            scenes.append(f"{commands}\n{DASHES}\n{stage.scene(commands)}")
    return "\n\n".join(scenes) + "\n"
