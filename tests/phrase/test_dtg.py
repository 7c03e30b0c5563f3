from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.phrase.dtg import dtg, iso, parse_time

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LAST = (datetime(9999, 12, 31, tzinfo=UTC) - EPOCH) // timedelta(milliseconds=1)


@given(st.integers(0, LAST))
def test_it_is_the_calendar_that_everybody_has(ms: int) -> None:
    when = EPOCH + timedelta(milliseconds=ms)
    assert iso(ms) == f"{when:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03}Z".zfill(24)
    years = f"{when:%y}" if 2000 <= when.year < 2100 else str(when.year)
    assert dtg(ms) == f"{when:%d%H%MZ %b} {years}".upper()


@given(st.integers(0, LAST))
def test_what_is_written_is_read(ms: int) -> None:
    assert parse_time(iso(ms)) == ms
    assert parse_time(dtg(ms)) == ms - ms % 60_000


@pytest.mark.parametrize(
    "text, when",
    [
        ("221830Z NOV 26", "2026-11-22T18:30:00.000Z"),
        ("221830z nov 26", "2026-11-22T18:30:00.000Z"),
        ("292359Z FEB 2096", "2096-02-29T23:59:00.000Z"),
        ("2026-11-22T18:30Z", "2026-11-22T18:30:00.000Z"),
        ("2026-11-22T18:30:01Z", "2026-11-22T18:30:01.000Z"),
    ],
)
def test_times_a_person_writes(text: str, when: str) -> None:
    assert iso(parse_time(text)) == when


@pytest.mark.parametrize(
    "text",
    [
        "", "tomorrow", "221830 NOV 26", "221830Z NOX 26", "322359Z JAN 26", "302359Z FEB 26",
        "290000Z FEB 2100", "222400Z NOV 26", "221860Z NOV 26", "２２1830Z NOV 26",
        "221830Z NOV 26\n",
        "2026-11-22T18:30", "2026-11-22T18:30+01:00", "2026-11-22T24:00Z", "2026-11-22T18:30:60Z",
        "1969-12-31T23:59Z", "2026-13-01T00:00Z",
    ],
)  # fmt: skip
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Malformed, match="is no time in UTC"):
        parse_time(text)


def test_a_header_may_name_any_time() -> None:
    assert dtg(2**53 - 1) == "120859Z OCT 287396"
    assert iso(2**53 - 1) == "287396-10-12T08:59:00.991Z"
