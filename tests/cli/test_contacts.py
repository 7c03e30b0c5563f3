"""A contact that recurs: agreed in a file, due at its hour, called, and its minutes agreed."""

from __future__ import annotations

import contextlib
import datetime as dt
import re
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from detente.cli.stage import Stage, exercise
from detente.line.accord import Call, Contact
from tests.cli.talking import form, thread
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error

AHEAD_S = 15
TERMS = """
[[channel]]
name = "duty"
title = "Duty officers"
level = "duty"
topic = "air"

[[channel]]
name = "high"
title = "Ministers"
level = "minister"
answer_s = 604800
urgent_s = 172800

[[contact]]
name = "weekly"
call = "contact"
channel = "duty"
start = "20261202T130000"
rule = "FREQ=WEEKLY;BYDAY=WE"
zone = "Europe/Helsinki"
agenda = ["The week behind", "The week ahead"]
people = ["watch"]
minutes = true
"""


@contextlib.contextmanager
def meeting(folder: Path) -> Iterator[tuple[Stage, int]]:
    """Two stations that run, and the time of their next contact, ms UTC."""
    stage = Stage(folder, (NORTH, SOUTH))
    at = int(time.time()) + AHEAD_S
    weekly = Contact(
        by=NORTH, call=Call.CONTACT, channel="duty", minutes=True, name="weekly",
        rule="FREQ=DAILY", start=dt.datetime.fromtimestamp(at, dt.UTC).strftime("%Y%m%dT%H%M%S"),
        within_s=5,
    )  # fmt: skip
    stage.found(msgspec.structs.replace(exercise(stage.cards()), contacts=(weekly,)))
    with stage:
        for party in (NORTH, SOUTH):
            stage.start(party)
        for party in (NORTH, SOUTH):
            answer("open", LINE, "duty", folder=stage.actors[party].folder)
        stage.wait_quiet()
        yield stage, at * 1_000


@pytest.mark.covers(22, 23, 24)
def test_a_contact_falls_due_is_called_late_and_ends_with_minutes(tmp_path: Path) -> None:
    with meeting(tmp_path) as (stage, at):
        north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
        assert time.time() * 1_000 < at, "the machine is too slow for this test"
        (line,) = answer("due", LINE, folder=south)["lines"]
        assert (line["next"][0]["contact"], line["next"][0]["time"]) == ("weekly", at)
        end = time.monotonic() + AHEAD_S + 30
        late = re.compile(rf"OVERDUE .*{NORTH} owes us: call weekly")
        while not late.search(out := detente("due", LINE, folder=south).out):
            assert time.monotonic() < end, out
            time.sleep(0.5)
        assert "next: say it again" in out
        call = answer("call", LINE, "weekly", folder=north)["leaf"]
        stage.wait_quiet()
        assert "call weekly" not in detente("due", LINE, folder=south).out
        answer("ready", LINE, call, "--yes", folder=south)
        slots = (
            "level=duty", "means=voice", "window=-10min to now",
            "present=en=the two watches; ru=обе смены",
            "texts=en=Nothing was open.; ru=Открытых вопросов нет.", "next_contact=+7d",
        )  # fmt: skip
        minutes = form(stage, NORTH, "minutes", *slots)
        accept = answer("draft", LINE, "accept", "--reply", minutes, folder=south)["draft"]
        accepted = answer("release", accept, folder=south)["leaf"]
        stage.wait_quiet()
        conclude = answer(
            "draft", LINE, "conclude", "--body", f'{{"accepts":["{accepted}"]}}',
            "--reply", minutes, folder=north,
        )["draft"]  # fmt: skip
        answer("release", conclude, folder=north)
        stage.wait_quiet()
        assert thread(stage, SOUTH, minutes)["state"] == "agreed"


def cards(folder: Path) -> list[Path]:
    stage = Stage(folder, (NORTH, SOUTH))
    stage.cards()
    return [stage.actors[party].folder / "lines" / LINE / "card.json" for party in (NORTH, SOUTH)]


def test_contacts_and_levels_are_agreed_in_a_file(tmp_path: Path) -> None:
    terms = tmp_path / "terms.toml"
    terms.write_text(TERMS)
    out = tmp_path / "x.accord.json"
    made = ("accord", "new", "--name", "border", "--terms", terms, "--out", out)
    answer(*made, *cards(tmp_path), folder=tmp_path)
    found = answer("accord", "show", out, folder=tmp_path)
    assert [each["level"] for each in found["channels"]] == ["duty", "minister"]
    high = found["channels"][1]
    assert (high["answer_s"], high["urgent_s"]) == (604_800, 172_800)
    assert found["contacts"][0]["agenda"] == ["The week behind", "The week ahead"]
    words = " ".join(detente("accord", "show", out, folder=tmp_path).out.split())
    assert "contact on duty; the parties call in turns; FREQ=WEEKLY;BYDAY=WE from" in words
    assert "on the agenda: The week behind" in words


@pytest.mark.parametrize(
    "old, new, what, where",
    [
        ("FREQ=WEEKLY;BYDAY=WE", "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "never falls", "weekly"),
        ("20261202T130000", "20261202T033000", "does not exist", "weekly"),
        ('level = "duty"', 'level = "sergeant"', "Invalid enum value", "channel[0].level"),
        ('channel = "duty"', 'channel = "low"', "no channel 'low'", "contacts.weekly"),
        ("minutes = true", "minutes = true\nmore = 1", "unknown field", "contact[0]"),
        ("[[contact]]", "[[contact", "not TOML", "terms.toml"),
    ],
)
def test_terms_that_cannot_be_kept_are_refused_by_their_place(
    tmp_path: Path, old: str, new: str, what: str, where: str
) -> None:
    rule = TERMS.replace("FREQ=WEEKLY;BYDAY=WE", "FREQ=DAILY") if "T033" in new else TERMS
    terms = tmp_path / "terms.toml"
    terms.write_text(rule.replace(old, new))
    made = ("accord", "new", "--name", "border", "--terms", terms)
    found = error(*made, *cards(tmp_path), folder=tmp_path)
    assert what in found["what"]
    assert where in found["where"]
