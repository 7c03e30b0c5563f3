"""The frozen ledger of vocabulary 2: every act and every form, folded to one state for ever."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from detente.audit import export
from detente.line.form import Form
from detente.line.rules import VOCABULARY_2, VOCABULARY_3, Vocabulary
from detente.line.state import State
from detente.line.views import shared
from detente.tlog.hash import Hash
from tests.line.cases_vocabulary import FROZEN, digest, dump, tables
from tests.lines import Line
from tests.phrase.bodies import example
from tests.stations import NORTHLAND, SOUTHMARK, amend_body, rekey_body
from tests.tlog.cases import Case

THREADS = ("incidents", "proposals", "zones")
FORMS = {form.name: form for form in VOCABULARY_2.forms.values()}
NEWEST = {form.name: form for form in VOCABULARY_3.forms.values()}
WORDS = {"language": "en", "text": "a few words"}


def cases() -> Iterator[tuple[str, Case]]:
    line = make_line()
    station = line[NORTHLAND]
    file = export(station.state, line.sealed(NORTHLAND), station.leaf, ())
    yield (
        "vocabulary-2/ledger",
        {
            "expect": "ok",
            "comment": "every act and form, folded to a state with this hash, for ever",
            "tables_sha256": digest(tables_2(VOCABULARY_2)),
            "state_sha256": digest(dump_2(station.state)),
            "export": file.decode(),
        },
    )


def tables_2(vocabulary: Vocabulary) -> dict[str, Any]:
    """Everything that the tables say, the forms among it."""
    return {
        **tables(vocabulary),
        "begins": {n: row.begins.value for n, row in vocabulary.acts.items() if row.begins},
        "formed": sorted(name for name, row in vocabulary.acts.items() if row.formed),
        "forms": [_rules(form) for form in vocabulary.forms.values()],
    }


def _rules(form: Form) -> dict[str, Any]:
    """All of a form but the mark that a draft begins with, which binds nobody."""
    rules: dict[str, Any] = msgspec.to_builtins(form)
    return {name: value for name, value in rules.items() if name != "releasability"}


def dump_2(state: State) -> dict[str, Any]:
    assert set(FROZEN).isdisjoint(THREADS)
    view = shared(state)
    return {**dump(state), **{name: view[name] for name in THREADS if name in view}}


def make_line() -> Line:
    line = Line(vocabulary=2, languages=("en", "ru"))
    line.opened()
    north, south = Speaker(line, NORTHLAND), Speaker(line, SOUTHMARK)
    _notices(north, south)
    _questions(north, south)
    _proposals(north, south)
    _the_rest(north, south)
    assert not line.errors
    return line


class Speaker:
    """One party, that says forms and acts on duty."""

    def __init__(self, line: Line, party: str) -> None:
        self.line, self.party = line, party

    def form(self, name: str, act: str = "", reply: Hash | None = None, **more: Any) -> Hash:
        """A form, every slot of it filled; `more` stands in its body beside the slots."""
        form: Form = NEWEST[name]
        return self.line.say(
            self.party, act or form.acts[0], {**example(form), **more},
            reply=reply, precedence=form.precedence,
        )  # fmt: skip

    def act(self, name: str, body: dict[str, Any], reply: Hash | None = None) -> Hash:
        return self.line.say(self.party, name, body, reply=reply)


def _notices(north: Speaker, south: Speaker) -> None:
    """Every form that a notice carries, what follows another after that."""
    for form in FORMS.values():
        if "notify" in form.acts and form.follows is None:
            notice = north.form(form.name)
    north.form("information", "revise", notice)
    north.form("information", "correction", notice)
    north.act("cancel", {"reason": WORDS}, notice)
    zone = south.form("zone_declared")
    north.form("zone_acknowledged", reply=zone)
    north.form("zone_disputed", reply=zone)
    south.form("zone_lifted", reply=zone)
    for what in ("intercept", "escort"):
        north.form(f"{what}_ended", reply=north.form(f"{what}_begun"))
    incident = north.form("incident_opened")
    for side in (north, south):
        account = side.form("incident_account", reply=incident)
    south.form("incident_account", "revise", account)
    for side in (north, south):
        side.form("incident_closed", reply=incident)


def _questions(north: Speaker, south: Speaker) -> None:
    track = north.form("unknown_track")
    south.form("track_answer", reply=track)
    question = south.form("question")
    north.act("standby", {"text": ""}, question)
    north.form("answer", reply=question)
    concern = north.form("concern")
    south.form("denial", reply=concern)


def _proposals(north: Speaker, south: Speaker) -> None:
    proposed = north.form("contact_proposal")
    countered = south.form("contact_proposal", "counter", proposed)
    accepted = north.act("accept", {}, countered)
    south.act("conclude", {"accepts": [accepted.hex()]}, countered)
    south.act("reject", {"reason": WORDS}, north.form("form_of_address"))
    statement = south.form("joint_statement")
    agreed = north.act("accept", {}, statement)
    south.act("conclude", {"accepts": [agreed.hex()]}, statement)


def _the_rest(north: Speaker, south: Speaker) -> None:
    """What vocabulary 1 has is kept, and said here once."""
    north.form("statement")
    good = north.act("goodwill", {"words": WORDS})
    translation = {"by": "A", "checked_by": "B", "language": "ru", "text": "слова"}
    south.act("translate", {**translation, "machine": False}, good)
    test = north.act("test", {"text": ""})
    south.act("acknowledge", {"rung": "understood", "text": ""}, test)
    north.act("service", {"text": "between operators"})
    line = north.line
    suspension = line.say(SOUTHMARK, "suspend", {"reason": "a collision", "review": 1})
    north.form("accident")
    for party in (SOUTHMARK, NORTHLAND):
        line.say(party, "restore", {"lifts": [suspension.hex()]})
    _terms(line)
    line.say(NORTHLAND, "close")


def _terms(line: Line) -> None:
    line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 1))
    state = line[NORTHLAND].state
    amend = line.say(NORTHLAND, "amend", amend_body(state, languages=("en", "ru", "uk")))
    line.say(SOUTHMARK, "agree", reply=amend)
