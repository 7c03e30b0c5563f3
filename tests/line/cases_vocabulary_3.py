"""The frozen ledger of vocabulary 3: what it adds, folded to one state for ever."""

from __future__ import annotations

from collections.abc import Iterator

from detente.audit import export
from detente.line.accord import Call, Channel, Contact, Level
from detente.line.rules import VOCABULARY_3
from tests.line.cases_vocabulary import digest
from tests.line.cases_vocabulary_2 import WORDS, Speaker, dump_2, tables_2
from tests.lines import Line
from tests.stations import NORTHLAND, SOUTHMARK
from tests.tlog.cases import Case

CHANNELS = (
    Channel(name="duty", title="Duty officers", level=Level.DUTY, topic="air"),
    Channel(name="high-level", title="Ministers", level=Level.MINISTER, answer_s=3_600),
)
WEEKLY = Contact(
    agenda=("The week behind", "The week ahead"), by=NORTHLAND, call=Call.CONTACT, channel="duty",
    minutes=True, name="weekly", people=("watch",), rule="FREQ=WEEKLY;BYDAY=WE",
    start="20261202T130000", zone="Europe/Helsinki",
)  # fmt: skip


def cases() -> Iterator[tuple[str, Case]]:
    line = make_line()
    station = line[NORTHLAND]
    file = export(station.state, line.sealed(NORTHLAND), station.leaf, ())
    yield (
        "vocabulary-3/ledger",
        {
            "expect": "ok",
            "comment": "what it adds, folded to a state with this hash, for ever",
            "tables_sha256": digest(tables_2(VOCABULARY_3)),
            "state_sha256": digest(dump_2(station.state)),
            "export": file.decode(),
        },
    )


def begun(parties: tuple[str, ...] = (NORTHLAND, SOUTHMARK)) -> Line:
    """A line whose channels have levels and whose parties meet every week."""
    return Line(
        parties, vocabulary=3, languages=("en", "ru"), channels=CHANNELS, contacts=(WEEKLY,)
    )


def make_line() -> Line:
    line = begun()
    line.opened()
    line.opened("high-level")
    north, south = Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)
    call = north.act("callup", {"call": "contact", "contact": "weekly"})
    south.act("ready", {"text": ""}, call)
    south.act("nothing", {}, north.act("test", {"text": "Bread is made of flour."}))
    south.act("nothing", {}, north.act("callup", {"call": "closing", "contact": ""}))
    minutes = north.form("minutes")
    accepted = south.act("accept", {}, minutes)
    north.act("conclude", {"accepts": [accepted.hex()]}, minutes)
    works = south.form("line_works")
    raised = line.say(NORTHLAND, "raise", {"reason": WORDS}, reply=works, channel="high-level")
    answer = line.say(SOUTHMARK, "standby", {"text": ""}, reply=raised, channel="high-level")
    assert answer in line[NORTHLAND].state.messages
    line.say(SOUTHMARK, "answer", {"text": "It ends at noon."}, reply=raised, channel="high-level")
    assert not line.errors
    return line
