"""Times as they are read aloud and as programs read them: always UTC, always with Z.

Times are milliseconds since 1970-01-01T00:00Z, as in a header, which may name any year up to 287396.
"""

from __future__ import annotations

import re

from detente.errors import Malformed

MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
CENTURY = range(2000, 2100)  # the years that two digits stand for

_DAY_MS = 86_400_000
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_DTG = re.compile(r"([0-9]{2})([0-9]{2})([0-9]{2})Z ([A-Z]{3}) ([0-9]{2}|[0-9]{4})")
_ISO = re.compile(
    r"([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{3}))?)?Z"
)


def dtg(ms: int) -> str:
    """The date-time group, to the minute: `221830Z NOV 26`. Other centuries show the whole year."""
    year, month, day, rest = _civil(ms)
    hours, minutes = divmod(rest // 60_000, 60)
    years = f"{year % 100:02}" if year in CENTURY else str(year)
    return f"{day:02}{hours:02}{minutes:02}Z {MONTHS[month - 1]} {years}"


def age(ms: int) -> str:
    """How long, in the two units that a person needs: `12 s`, `4 min`, `3 h 10 min`, `2 d 5 h`."""
    seconds = max(ms, 0) // 1000
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3_600:
        return f"{seconds // 60} min"
    days, rest = divmod(seconds, 86_400)
    if not days:
        return f"{rest // 3_600} h {rest % 3_600 // 60} min"
    return f"{days} d {rest // 3_600} h"


def iso(ms: int) -> str:
    """ISO 8601 to the millisecond: `2026-11-22T18:30:05.123Z`."""
    year, month, day, rest = _civil(ms)
    seconds, fraction = divmod(rest, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{fraction:03}Z"


def parse_time(text: str) -> int:
    """A date-time group or an ISO time with Z, as milliseconds. Raises `Malformed` for all else."""
    if found := _DTG.fullmatch(text.upper()):
        day, hour, minute = (int(found[index]) for index in (1, 2, 3))
        if found[4] not in MONTHS:
            raise _no_time(text)
        year = int(found[5]) + (CENTURY.start if len(found[5]) == 2 else 0)
        return _ms(text, (year, MONTHS.index(found[4]) + 1, day), hour, minute)
    if found := _ISO.fullmatch(text):
        year, month, day, hour, minute = (int(found[index]) for index in range(1, 6))
        second, fraction = int(found[6] or 0), int(found[7] or 0)
        if second > 59:
            raise _no_time(text)
        return _ms(text, (year, month, day), hour, minute) + second * 1000 + fraction
    raise _no_time(text)


def _ms(text: str, date: tuple[int, int, int], hour: int, minute: int) -> int:
    year, month, day = date
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    sound = year >= 1970 and 1 <= month <= 12 and 1 <= day <= _DAYS[month - 1] + leap
    if not sound or hour > 23 or minute > 59:
        raise _no_time(text)
    return days_since_1970(year, month, day) * _DAY_MS + (hour * 60 + minute) * 60_000


def _no_time(text: str) -> Malformed:
    return Malformed(
        f"{text!a} is no time in UTC", mend="write 221830Z NOV 26 or 2026-11-22T18:30Z"
    )


def _civil(ms: int) -> tuple[int, int, int, int]:
    """Year, month, day, and milliseconds of that day.

    Years are counted from March, so that the leap day is a year's last; 400 years always have 146,097
    days.
    """
    days, rest = divmod(ms, _DAY_MS)
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (
        day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted + 2) // 5 + 1
    month = shifted + 3 if shifted < 10 else shifted - 9
    return era * 400 + year_of_era + (month <= 2), month, day, rest


def days_since_1970(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01: the inverse of `_civil`."""
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month - 3 if month > 2 else month + 9) + 2) // 5 + day - 1
    leap_days = year_of_era // 4 - year_of_era // 100
    return era * 146_097 + year_of_era * 365 + leap_days + day_of_year - 719_468
