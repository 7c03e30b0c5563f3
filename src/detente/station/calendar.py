"""When the contacts of an accord fall: RFC 5545 recurrence in local time, asked of a library.

The fold knows no calendar; it is given the occurrences. A rule that can never be kept, or one that
falls in an hour that a change of clocks skips, is refused before anybody agrees to it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dateutil.rrule import rrule, rrulestr  # type: ignore[import-untyped]  # it has no types

from detente.errors import Malformed, Refused
from detente.line.accord import Accord, Contact, parse_accord
from detente.line.canonical import encode
from detente.line.due import Meeting
from detente.line.message import Content
from detente.line.state import State
from detente.people.bill import Shift
from detente.station.settings import ShiftRow
from detente.tlog.hash import Hash

AHEAD: Final = dt.timedelta(days=366 * 2)  # how far a rule is looked at before it is agreed to
DAY_MS: Final = 86_400_000
OFTEN_MAX: Final = 24 * (AHEAD.days + 1)
TOO_OFTEN: Final = ("MINUTELY", "SECONDLY")
YEARS: Final = (2020, 2100)  # of a start: every occurrence since it is counted
_SPARSE: Final = re.compile(r"BY(MONTH|MONTHDAY|YEARDAY|WEEKNO|SETPOS)")
_LONG: Final = re.compile(r"(COUNT|INTERVAL)=\d{6,}")
_UNTIL_UTC: Final = re.compile(r"UNTIL=(\d{8}T\d{6})Z")
_COUNT: Final = re.compile(r"COUNT=(\d+)")
_UNTIL: Final = re.compile(r"UNTIL=(\d{8}(?:T\d{6})?)")


class Recurrence(NamedTuple):
    """A rule of RFC 5545 in the local time of a zone; `where` names it in an error."""

    where: str
    start: str
    rule: str
    zone: str


def _of(contact: Contact) -> Recurrence:
    return Recurrence(f"contact {contact.name}", contact.start, contact.rule, contact.zone)


def check_calls(accord: Accord) -> None:
    """Raise `Refused` for a contact that can never be kept, by its name and how to mend it."""
    for contact in accord.calls:
        _check(_of(contact), 2_000 * contact.within_s)


def check_consent(state: State, content: Content) -> None:
    """Raise `Refused` before we propose an accord, or consent to one, with a contact that can never
    be kept. What is no accord at all is refused by the rules.
    """
    reply = Hash(bytes.fromhex(content.reply or ""))
    if content.act == "amend":
        with contextlib.suppress(Malformed, KeyError):
            check_calls(parse_accord(encode(content.body["accord"])))
    elif content.act == "agree" and (amendment := state.amendments.get(reply)):
        check_calls(amendment.accord)


def agenda(accord: Accord, since: int, until: int) -> tuple[Meeting, ...]:
    """Every contact from `since` to before `until` (ms UTC), the earliest first.

    Where nobody is named to call, the parties call in turns, in the order of their names.
    """
    found = list[Meeting]()
    for contact in accord.calls:
        every = list(enumerate(times(_of(contact), until + DAY_MS)))
        ends = [at for _, at in every[1:]] + [until + 2 * DAY_MS]
        within = contact.within_s * 1_000
        for (number, at), following in zip(every, ends, strict=False):
            if since <= at < until:
                by = contact.by or accord.names[number % len(accord.names)]
                over = max(min(at + DAY_MS, following), at + 2 * within)
                found.append(Meeting(contact.name, by, at, at + within, over))
    return tuple(sorted(found, key=lambda each: (each.at, each.contact)))


def times(rule: Recurrence, until: int) -> Iterator[int]:
    """When it falls, from its start up to a time, ms UTC."""
    return (_ms(time, rule) for time in _times(rule, until))


def check_bill(rows: Sequence[ShiftRow]) -> None:
    """Raise `Refused` for a shift that can never be kept, by its row and how to mend it."""
    for rule, _ in _shifts(rows):
        _check(rule, 0)


def _shifts(rows: Sequence[ShiftRow]) -> Iterator[tuple[Recurrence, ShiftRow]]:
    for number, row in enumerate(rows):
        where = f"shift {number + 1}, {row.post}"
        yield Recurrence(where, row.start, row.rule, row.zone), row


def bill(rows: Sequence[ShiftRow], since: int, until: int) -> tuple[Shift, ...]:
    """The shifts that fall in a time (ms UTC), the earliest first. They begin and end by the clock
    on the wall: on a night when it is put back, a shift of eight hours lasts nine.
    """
    found = list[Shift]()
    for rule, row in _shifts(rows):
        for begins in _times(rule, until):
            at, ends = _ms(begins, rule), _ms(begins + dt.timedelta(minutes=row.minutes), rule)
            if ends > max(at, since):
                found.append(Shift(at, ends, row.post, row.officer, row.alternates))
    return tuple(sorted(found))


def _check(contact: Recurrence, apart_ms: int) -> None:
    where = contact.where
    try:
        ZoneInfo(contact.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:  # a folder of them is none
        raise Refused(
            f"no time zone {contact.zone!a}", where=where, mend="as in Europe/Helsinki, or UTC"
        ) from error
    begins = _start(contact)
    if re.search(r"INTERVAL=0+(;|$)", contact.rule):
        raise Refused("an interval of nothing", where=where, mend="INTERVAL=1, or leave it out")
    if any(f"FREQ={often}" in contact.rule for often in TOO_OFTEN):
        raise Refused("nobody comes every minute", where=where, mend="FREQ=HOURLY or less often")
    if not YEARS[0] <= begins.year < YEARS[1]:
        raise Refused(
            f"it begins in {begins.year}", where=where, mend=f"from {YEARS[0]} to {YEARS[1] - 1}"
        )
    if "FREQ=HOURLY" in contact.rule and (bad := _SPARSE.search(contact.rule)):
        raise Refused(
            f"every hour, but by {bad[0]}", where=where, mend="FREQ=DAILY with BYHOUR says it"
        )
    if _LONG.search(contact.rule):
        raise Refused("a number of six digits or more", where=where, mend="a smaller one")
    ahead = _times(contact, _ms(begins, contact) + round(AHEAD.total_seconds()) * 1_000)
    try:
        local = list(itertools.islice(ahead, OFTEN_MAX + 1))
    except (
        ValueError,
        IndexError,
        OverflowError,
    ) as error:  # at its first use
        raise Refused(
            f"{contact.rule} is no rule: {error}", where=where,
            mend="see RFC 5545, section 3.3.10: as in FREQ=WEEKLY;BYDAY=WE",
        ) from error  # fmt: skip
    if len(local) > OFTEN_MAX:
        raise Refused("it falls more often than every hour", where=where, mend="fewer BYMINUTE")
    if not local:
        raise Refused(
            f"{contact.rule} never falls in the two years from its start", where=where,
            mend="see RFC 5545, section 3.3.10: as in FREQ=WEEKLY;BYDAY=WE",
        )  # fmt: skip
    for time in local:
        if _skipped(time, contact):
            raise Refused(
                f"{time:%Y-%m-%d %H:%M} does not exist in {contact.zone}: the clocks are put "
                "forward over it", where=where, mend="choose another hour, or the zone UTC",
            )  # fmt: skip
    gaps = (_ms(b, contact) - _ms(a, contact) for a, b in itertools.pairwise(local))
    if any(gap < apart_ms for gap in gaps):
        raise Refused(
            "the next comes before this one is missed", where=where, mend="lessen within_s"
        )


def _start(contact: Recurrence) -> dt.datetime:
    try:
        return dt.datetime.strptime(contact.start, "%Y%m%dT%H%M%S")  # noqa: DTZ007 - local, by RFC 5545
    except ValueError as error:
        raise Refused(
            f"{contact.start} is no time", where=contact.where, mend="20261202T130000"
        ) from error


def _times(contact: Recurrence, until_ms: int) -> Iterator[dt.datetime]:
    """Its occurrences in local time, up to a time (ms UTC): a rule may have no end of its own."""
    begins = _start(contact)
    end = dt.datetime.fromtimestamp(until_ms / 1_000, ZoneInfo(contact.zone)).replace(tzinfo=None)
    rule = _UNTIL_UTC.sub(lambda m: f"UNTIL={_local(m[1], contact.zone)}", contact.rule)
    try:
        found = rrulestr(rule, dtstart=begins)
    except (ValueError, TypeError, KeyError) as error:
        raise Refused(
            f"{contact.rule} is no rule: {error}", where=contact.where,
            mend="see RFC 5545, section 3.3.10: as in FREQ=WEEKLY;BYDAY=WE",
        ) from error  # fmt: skip
    assert isinstance(found, rrule)
    count, last = _COUNT.search(rule), _UNTIL.search(rule)
    if last:
        end = min(end, dt.datetime.fromisoformat(last[1]))
    # with no other end than a count, one that never falls would be sought until the year 9999
    every = found.replace(count=None, until=end)
    yield from itertools.islice(every, int(count[1]) if count else None)


def _local(utc: str, zone: str) -> str:
    """A time in UTC (section 3.3.10: UNTIL is so where the start has a zone) on the wall there."""
    time = dt.datetime.strptime(f"{utc}+0000", "%Y%m%dT%H%M%S%z")
    return f"{time.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"


def _ms(local: dt.datetime, contact: Recurrence) -> int:
    """Of an hour that comes twice, the first."""
    return round(local.replace(tzinfo=ZoneInfo(contact.zone)).timestamp() * 1_000)


def _skipped(local: dt.datetime, contact: Recurrence) -> bool:
    zone = ZoneInfo(contact.zone)
    there = local.replace(tzinfo=zone).astimezone(dt.UTC).astimezone(zone)
    return there.replace(tzinfo=None) != local
