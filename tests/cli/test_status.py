from __future__ import annotations

import msgspec
import pytest

from detente.cli.answers import ChannelState, Cosigned, LineStatus, ObservedShown, Technical
from detente.cli.status import show_line

WORKS = Technical(
    linked=True, path="192.0.2.7:7400", stale=False, heard_ago_ms=1234, clock_offset_ms=-40
)
SILENT = ObservedShown(
    last=None, channels={}, tests_heard=0, tests_answered=0, calls_met=0, missed=4
)
WELL = LineStatus(
    line="border", id="ab" * 32, accord="ab" * 32, exercise=False, us="northland",
    parties=("northland", "southmark"), vocabulary=1,
    channels=(
        ChannelState(
            channel="duty", level="duty", topic="", joint="open",
            halves={"northland": "open", "southmark": "open"},
            suspensions=(),
        ),
    ),
    observed={
        "southmark": ObservedShown(
            last=60_000, channels={"duty": 60_000}, tests_heard=3, tests_answered=2, calls_met=1,
            missed=0,
        ),
    },
    due=0, late=0, works=(), witnessed="",
    outstanding=0, unreceipted={"southmark": 0}, unacknowledged=(), contradicted=(),
    recovering=False, sealed=True, trouble=None, technical={"southmark": WORKS},
    leaves=9, keys={}, witnesses=(
        Cosigned(name="w1.example", size=8, time=0),
        Cosigned(name="w2.example", size=None, time=None),
    ),
)  # fmt: skip


def shown(capsys: pytest.CaptureFixture[str], **changes: object) -> list[str]:
    show_line(msgspec.structs.replace(WELL, **changes), running=True, now=120_000)
    return capsys.readouterr().out.splitlines()[1:]


def test_a_line_that_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert shown(capsys) == [
        "duty  OPEN  (northland open, southmark open)  [duty]",
        "observed southmark  last words 1 min ago, answered 2 of 3 tests, met 1 calls",
        "due  nothing",
        "circuit to southmark  works, heard 1 s ago, its clock -40 ms, by 192.0.2.7:7400",
        "witness w1.example  cosigned 8 of our 9 leaves, at 010000Z JAN 1970",
        "witness w2.example  nothing cosigned yet",
        "not yet receipted  nothing",
        "outstanding        nothing",
        "our ledger         signed",
    ]


@pytest.mark.parametrize(
    "changes, line",
    [
        ({"outstanding": 3}, "outstanding        3"),
        ({"unreceipted": {"southmark": 2}}, "not yet receipted  southmark 2"),
        ({"sealed": False, "trouble": "lost"}, "our ledger         NOT SIGNED: lost"),
        ({"unmanned": ("watch",)}, "NOT MANNED: watch. Nobody is signed on: detente sign-on NAME"),
        ({"unacknowledged_unseen": 2}, "FLASH, 2 not shown to you, wait for a person: sign on"),
        ({"due": 2, "late": 1}, "due  2, 1 LATE (detente due border)"),
        (
            {"observed": {"southmark": SILENT}},
            "observed southmark  no words yet, no test reached it, MISSED 4 calls",
        ),
        ({"recovering": True}, "RECOVERING: leaves of our own ledger are being fetched back."),
        ({"contradicted": ("southmark",)}, "TWO RECORDS CONTRADICT, and southmark signed both."),
        (
            {"unacknowledged": ("cd" * 32,)},
            "FLASH cdcdcdcd waits for a person: detente ack border cdcdcdcd",
        ),
        (
            {"technical": {"southmark": msgspec.structs.replace(WORKS, stale=True)}},
            "circuit to southmark  STALE, heard 1 s ago, its clock -40 ms, by 192.0.2.7:7400",
        ),
        (
            {"technical": {"southmark": msgspec.structs.replace(WORKS, linked=False)}},
            "circuit to southmark  NOT LINKED, heard 1 s ago, its clock -40 ms",
        ),
        (
            {"technical": {"southmark": msgspec.structs.replace(WORKS, heard_ago_ms=None)}},
            "circuit to southmark  linked, nothing heard yet",
        ),
    ],
)
def test_what_is_wrong_is_said_in_words(
    changes: dict[str, object], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert line in shown(capsys, **changes)
