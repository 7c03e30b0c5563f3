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
    assert [bucket.spend(30, 60, 1_000.0) for _ in range(4)] == [0.0, 0.0, 30.0, 60.0]
    assert bucket.spend(0, 60, 1_030.0) == 30.0
    assert bucket.spend(0, 60, 1_060.0) == 0.0
    assert bucket.spend(60, 60, 1_120.0) == 0.0


def test_what_was_not_spent_is_not_saved_for_more_than_a_minute() -> None:
    bucket = Bucket()
    bucket.spend(0, 60, 0.0)
    assert bucket.spend(90, 60, 86_400.0) == 30.0


def test_a_new_allowance_counts_from_now_on() -> None:
    bucket = Bucket()
    assert bucket.spend(120, 60, 0.0) == 60.0
    assert bucket.spend(0, 120, 0.0) == 0.0


def test_each_precedence_has_its_own_count() -> None:
    meter, accord = Meter(), roomy(beat_s=3_600)
    assert meter.pause(accord, [leaf(Precedence.FLASH)] * 60, 0.0) == 0.0
    assert meter.pause(accord, [leaf(Precedence.ROUTINE)] * 60, 0.0) == 0.0
    assert meter.pause(accord, [leaf(Precedence.FLASH)], 0.0) == 1.0


def test_bytes_count_as_well() -> None:
    meter = Meter()
    accord = msgspec.structs.replace(
        RATES, clocks=msgspec.structs.replace(RATES.clocks, beat_s=3_600)
    )
    over = len(leaf(ROUTINE, "x" * 21_600)) - 21_600
    assert meter.pause(accord, [leaf(ROUTINE, "x" * 21_600)], 0.0) == over * 60 / 21_600


def test_no_pause_is_longer_than_a_heartbeat() -> None:
    assert Meter().pause(roomy(), [leaf(Precedence.FLASH)] * 600, 0.0) == 10.0


def test_what_is_no_message_counts_as_routine() -> None:
    meter, accord = Meter(), roomy(beat_s=3_600)
    assert meter.pause(accord, [b"?"] * 21_600, 0.0) == 0.0
    assert meter.pause(accord, [leaf(ROUTINE)] * 360, 0.0) == 1.0
