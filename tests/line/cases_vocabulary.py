"""The frozen ledger of each vocabulary that was released: how it folds must never change again.

A ledger in which every act and every kind of version 1 is said, a channel is suspended and
restored, keys and terms change, and one party says what nobody understands and two things under one
number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import msgspec

from detente.audit import export
from detente.line.act import Kind, Rung
from detente.line.canonical import encode
from detente.line.rules import VOCABULARY_1, Row, Vocabulary
from detente.line.state import State
from detente.line.views import shared
from tests.lines import Line, advance_of, make_leaf, sign
from tests.stations import FLASH, NORTHLAND, ROUTINE, SOUTHMARK, amend_body, rekey_body
from tests.tlog.cases import Case


def cases() -> Iterator[tuple[str, Case]]:
    line = make_line()
    station = line[NORTHLAND]
    state = station.state
    file = export(state, line.sealed(NORTHLAND), station.leaf, ())
    yield (
        "vocabulary-1/ledger",
        {
            "expect": "ok",
            "comment": "every act and kind, folded to a state with this hash, for ever",
            "tables_sha256": digest(tables(VOCABULARY_1)),
            "state_sha256": digest(dump(state)),
            "export": file.decode(),
        },
    )


def digest(value: Any) -> str:
    return hashlib.sha256(encode(value)).hexdigest()


# What of the shared state is frozen, by name: a later view may show more.
FROZEN = (
    "accords", "halves", "joints", "keys", "marks", "questions", "standing", "suspensions",
)  # fmt: skip


def dump(state: State) -> dict[str, Any]:
    """The shared state as plain values, and why each message counts as it does."""
    view = shared(state)
    why = {leaf.hex(): state.verdict(leaf).why for leaf in state.messages}
    return {**{name: view[name] for name in FROZEN}, "why": why}


def tables(vocabulary: Vocabulary) -> dict[str, Any]:
    """Everything that a vocabulary's tables say, as plain values."""
    return {
        "version": vocabulary.version,
        "acts": {name: _row(row) for name, row in vocabulary.acts.items()},
        "safety_of_life": sorted(kind.value for kind in vocabulary.safety_of_life),
    }


def _row(row: Row) -> dict[str, Any]:
    return {
        "body": _undescribed(msgspec.json.schema(row.body)),
        "moves": {half.value: moved.value for half, moved in row.moves.items()},
        "passes": row.passes.value,
        "flash": row.flash,
        "replies_to": sorted(row.replies_to),
        "by": row.by.value,
    }


def _undescribed(schema: Any) -> Any:
    """Without what our docstrings say."""
    match schema:
        case dict():
            return {k: _undescribed(v) for k, v in schema.items() if k != "description"}
        case list():
            return [_undescribed(item) for item in schema]
        case _:
            return schema


def make_line() -> Line:
    """The line after everything was said."""
    line = Line()
    for channel in ("duty", "high-level"):
        line.opened(channel)
    _talk(line)
    suspension = line.say(SOUTHMARK, "suspend", {"reason": "a collision", "review": 1})
    line.say(NORTHLAND, "notify", _notice(Kind.ACCIDENT_NOT_HOSTILE), precedence=FLASH)
    for party in (SOUTHMARK, NORTHLAND):
        line.say(party, "restore", {"lifts": [suspension.hex()]})
    line.say(NORTHLAND, "close", channel="high-level")
    line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 1))
    state = line[NORTHLAND].state
    amend = line.say(NORTHLAND, "amend", amend_body(state, languages=("en", "fr")))
    line.say(SOUTHMARK, "agree", reply=amend)
    line.say(SOUTHMARK, "service", {"text": "under the new terms"})
    assert not line.errors
    _misbehave(line)
    return line


def _notice(kind: Kind) -> dict[str, str]:
    return {"kind": kind.value, "text": f"a notice of {kind.value}"}


def _talk(line: Line) -> None:
    """What is said on an open channel."""
    test = line.say(NORTHLAND, "test")
    for rung in Rung:
        line.say(SOUTHMARK, "acknowledge", {"rung": rung.value, "text": ""}, reply=test)
    for kind in Kind:
        notice = line.say(NORTHLAND, "notify", _notice(kind))
    line.say(NORTHLAND, "revise", reply=notice)
    query = line.say(NORTHLAND, "query")
    line.say(SOUTHMARK, "standby", reply=query)
    line.say(SOUTHMARK, "answer", reply=query)
    line.say(NORTHLAND, "service")


def _misbehave(line: Line) -> None:
    """Southmark's next ledger is made by hand: an unknown act, and two messages with one number."""
    state = line[NORTHLAND].state
    serials = {each: state.tally(SOUTHMARK, each) for each in (FLASH, ROUTINE)}
    epoch = len(state.history(SOUTHMARK, "high-level")) - 1
    said = {"channel": "high-level", "epoch": epoch, "accord": state.standing.hex()}
    unknown = make_leaf(
        line.accord, SOUTHMARK, "sing", {"song": "la"},
        **said, precedence=ROUTINE, serial=serials[ROUTINE],
    )  # fmt: skip
    twice = [
        make_leaf(line.accord, SOUTHMARK, act, body, **said, serial=serials[FLASH], salt=salt * 16)
        for act, body, salt in (("close", {}, "01"), ("test", {"text": ""}, "02"))
    ]
    more = (unknown, *twice)
    line.unlink(NORTHLAND, SOUTHMARK)
    ledger = sign(line.accord, SOUTHMARK, [*line.leaves(SOUTHMARK)[1:], *more])
    line.show(NORTHLAND, advance_of(ledger, *more))
    assert not line.errors
    assert len(line.leaves(NORTHLAND)) == ledger.mirror.size
