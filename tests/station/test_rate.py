from __future__ import annotations

import msgspec

from detente.line.accord import Accord
from detente.line.message import Precedence
from detente.station.rate import Bucket, Meter
from tests.lines import make_leaf
from tests.stations import NORTHLAND, ROUTINE, accord

RATES = accord()  # FLASH 60, IMMEDIATE 600, PRIORITY 3,600, ROUTINE 21,600 a minute; a beat of 10 s


def leaf(precedence: Precedence, text: str = "") -> bytes:
    return make_leaf(RATES, NORTHLAND, "test", {"text": text}, precedence=precedence)


def roomy(**changes: int) -> Accord:
    """Rates that only the count of FLASH messages can exceed."""
    plenty = msgspec.structs.replace(RATES.rates.bytes_a_minute, flash=2**30, routine=2**30)
    rates = msgspec.structs.replace(RATES.rates, bytes_a_minute=plenty)
    clocks = msgspec.structs.replace(RATES.clocks, **changes)
    return msgspec.structs.replace(RATES, rates=rates, clocks=clocks)


def test_a_minutes_allowance_is_there_at_once_and_fills_again() -> None:
    bucket = Bucket()
    assert [bucket.admits(30, 60, 1_000.0) for _ in range(4)] == [True, True, False, False]
    assert bucket.admits(30, 60, 1_030.0)
    assert not bucket.admits(1, 60, 1_030.0)


def test_what_was_not_spent_is_not_saved_for_more_than_a_minute() -> None:
    bucket = Bucket()
    assert bucket.admits(0, 60, 0.0)
    assert [bucket.admits(60, 60, 86_400.0) for _ in range(2)] == [True, False]


def test_a_new_allowance_counts_from_now_on() -> None:
    bucket = Bucket()
    assert [bucket.admits(60, 60, 0.0) for _ in range(2)] == [True, False]
    assert bucket.admits(1, 120, 0.0)


def test_each_precedence_has_its_own_count() -> None:
    meter, accord = Meter(), roomy()
    flood = [leaf(Precedence.FLASH)] * 100
    assert len(meter.admitted(accord, flood, 0.0)) == 60
    assert len(meter.admitted(accord, [leaf(ROUTINE)] * 60, 0.0)) == 60
    assert meter.admitted(accord, flood, 0.0) == ()
    assert len(meter.admitted(accord, flood, 1.0)) == 1


def test_bytes_count_as_well() -> None:
    meter, long = Meter(), leaf(ROUTINE, "x" * 21_600)
    assert meter.admitted(RATES, [long, long], 0.0) == (long,)


def test_what_is_no_message_counts_as_routine() -> None:
    meter, accord = Meter(), roomy()
    assert len(meter.admitted(accord, [b"?"] * 21_601, 0.0)) == 21_600
    assert meter.admitted(accord, [leaf(ROUTINE)], 0.0) == ()
