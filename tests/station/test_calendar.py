"""When contacts fall, and what is refused before anybody agrees to it."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any

import msgspec
import pytest

from detente.errors import Refused
from detente.line.accord import Call, Contact
from detente.line.canonical import encode
from detente.line.message import Content, Precedence
from detente.station.calendar import DAY_MS, agenda, bill, check_bill, check_calls, check_consent
from detente.station.settings import ShiftRow
from tests.stations import NORTHLAND, PAIR, SOUTHMARK, Line, accord

WEEKLY = Contact(
    call=Call.CONTACT, channel="duty", name="weekly", rule="FREQ=WEEKLY;BYDAY=WE",
    start="20261202T130000", zone="Europe/Helsinki",
)  # fmt: skip


def at(text: str) -> int:
    return round(dt.datetime.fromisoformat(text).timestamp() * 1_000)


def terms(**changes: Any) -> Any:
    contact = msgspec.structs.replace(WEEKLY, **changes)
    return accord(PAIR, vocabulary=3, contacts=(contact,))


def test_a_weekly_contact_keeps_its_local_hour_when_the_clocks_change() -> None:
    found = agenda(terms(), at("2027-03-20T00:00Z"), at("2027-04-10T00:00Z"))
    assert [each.at for each in found] == [
        at("2027-03-24T11:00Z"), at("2027-03-31T10:00Z"), at("2027-04-07T10:00Z")
    ]  # fmt: skip
    assert all(each.until - each.at == 600_000 for each in found)
    assert all(each.over - each.at == DAY_MS for each in found)


def test_parties_call_in_turns_unless_one_is_named() -> None:
    span = at("2026-12-01T00:00Z"), at("2026-12-31T00:00Z")
    assert [each.party for each in agenda(terms(), *span)] == [*PAIR, *PAIR, NORTHLAND]
    assert {each.party for each in agenda(terms(by=SOUTHMARK), *span)} == {SOUTHMARK}


def test_what_begins_in_a_year_does_not_fall_yet() -> None:
    assert agenda(terms(), at("2025-12-01T00:00Z"), at("2025-12-31T00:00Z")) == ()


def test_a_contact_is_over_when_the_next_one_comes() -> None:
    found = agenda(
        terms(rule="FREQ=HOURLY;INTERVAL=6"), at("2026-12-02T00:00Z"), at("2026-12-03T00:00Z")
    )
    assert [each.over - each.at for each in found] == [6 * 3_600_000] * len(found) != []


def test_a_rule_may_end() -> None:
    rule = "FREQ=DAILY;COUNT=3"
    found = agenda(terms(rule=rule), at("2026-12-01T00:00Z"), at("2027-12-31T00:00Z"))
    assert len(found) == 3
    ended = agenda(
        terms(rule="FREQ=DAILY;UNTIL=20261204T120000"), at("2026-12-01T00:00Z"),
        at("2027-12-31T00:00Z"),
    )  # fmt: skip
    assert len(ended) == 2
    in_utc = terms(rule="FREQ=DAILY;UNTIL=20261204T110000Z")  # as RFC 5545 has it with a zone
    assert len(agenda(in_utc, at("2026-12-01T00:00Z"), at("2027-12-31T00:00Z"))) == 3


@pytest.mark.parametrize(
    "changes, what, mend",
    [
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never falls", "RFC 5545"),
        ({"rule": "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"}, "every hour, but by", "FREQ=DAILY"),
        ({"rule": "FREQ=YEARLY;COUNT=1;BYMONTH=2;BYMONTHDAY=30"}, "never falls", "RFC 5545"),
        (
            {"rule": "FREQ=YEARLY;UNTIL=99991231;BYMONTH=2;BYMONTHDAY=30"}, "never falls",
            "RFC 5545",
        ),
        ({"rule": "FREQ=DAILY;COUNT=99999999999999999999"}, "a number of six digits", "smaller"),
        ({"rule": "FREQ=MONTHLY;BYDAY=9MO"}, "is no rule", "RFC 5545"),
        ({"start": "00010101T000000"}, "it begins in 1", "from 2020 to 2099"),
        ({"start": "99991202T000000"}, "it begins in 9999", "from 2020 to 2099"),
        ({"zone": "Europe"}, "no time zone", "Europe/Helsinki"),
        ({"rule": "FREQ=HOURLY;BYMINUTE=0,30"}, "more often than every hour", "BYMINUTE"),
        ({"rule": "FREQ=SOMETIMES"}, "is no rule", "RFC 5545"),
        ({"rule": "FREQ=DAILY;BYDAY=XX"}, "is no rule", "RFC 5545"),
        ({"rule": "FREQ=DAILY;INTERVAL=0"}, "an interval of nothing", "INTERVAL=1"),
        ({"rule": "FREQ=MINUTELY"}, "nobody comes every minute", "HOURLY"),
        (
            {"rule": "FREQ=DAILY", "start": "20261202T033000"},
            "2027-03-28 03:30 does not exist in Europe/Helsinki", "another hour",
        ),
        ({"zone": "Europe/Atlantis"}, "no time zone", "Europe/Helsinki"),
        ({"start": "20261302T130000"}, "is no time", "2026"),
        (
            {"rule": "FREQ=HOURLY", "within_s": 3_000, "zone": "UTC"},
            "before this one is missed", "within_s",
        ),
    ],
)  # fmt: skip
def test_what_can_never_be_kept_is_refused_with_its_name(
    changes: dict[str, Any], what: str, mend: str
) -> None:
    with pytest.raises(Refused) as caught:
        check_calls(terms(**changes))
    assert what in caught.value.what
    assert mend in caught.value.mend
    assert caught.value.where == "contact weekly"


def test_nobody_proposes_or_consents_to_what_can_never_be_kept() -> None:
    never = terms(rule="FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    line = Line(vocabulary=3)
    line.opened()
    state = line[NORTHLAND].state
    body = {"accord": msgspec.json.decode(encode(never)), "predecessor": state.standing.hex()}

    def content(act: str, body: Any, reply: str | None = None) -> Content:
        return Content(
            act=act, author=NORTHLAND, body=body, channel="duty", line=state.line.hex(),
            precedence=Precedence.ROUTINE, reply=reply, salt="00" * 16, to=(),
        )  # fmt: skip

    with pytest.raises(Refused, match="never falls"):
        check_consent(state, content("amend", body))
    check_consent(state, content("amend", {"accord": {}}))  # the rules refuse it
    leaf = line.say(SOUTHMARK, "amend", body)
    state = line[NORTHLAND].state
    assert leaf in state.amendments
    with pytest.raises(Refused, match="never falls"):
        check_consent(state, content("agree", {}, leaf.hex()))
    check_consent(state, content("agree", {}, "00" * 32))


@pytest.mark.parametrize(
    "changes, what",
    [
        ({"zone": "Mars/Olympus"}, "no time zone"),
        ({"rule": "FREQ=SECONDLY"}, "nobody comes every minute"),
        ({"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"}, "never falls"),
        ({"start": "20261201T033000", "zone": "Europe/Helsinki"}, "does not exist"),
        ({"start": "20261301T000000"}, "is no time"),
    ],
)
def test_a_shift_that_can_never_be_kept_is_refused_with_its_row(
    changes: dict[str, str], what: str
) -> None:
    row: dict[str, Any] = {
        "post": "watch",
        "officer": "alfa",
        "start": "20261001T000000",
        "rule": "FREQ=DAILY",
    }
    good = ShiftRow(**row, minutes=480)
    with pytest.raises(Refused, match=what) as caught:
        check_bill((good, ShiftRow(**{**row, **changes}, minutes=480)))
    assert caught.value.where == "shift 2, watch"
    assert caught.value.mend
    check_bill((good,))


def test_a_good_one_passes() -> None:
    check_calls(terms())
    check_calls(accord())


def test_shifts_change_at_the_hour_on_the_wall_on_every_night_of_the_year() -> None:
    rows = [
        ShiftRow(
            post="watch", officer=name, start=f"20261001T{hour}0000", rule="FREQ=DAILY",
            minutes=480, zone="Europe/Helsinki",
        )
        for name, hour in (("alfa", "00"), ("bravo", "08"), ("charlie", "16"))
    ]  # fmt: skip
    since, until = at("2026-10-02T00:00Z"), at("2027-04-10T00:00Z")
    found = bill(rows, since, until)
    assert all(a.ends == b.begins for a, b in itertools.pairwise(found))
    lengths = {(each.ends - each.begins) // 60_000 for each in found}
    assert lengths == {420, 480, 540}  # the night in March, every other, the night in October
