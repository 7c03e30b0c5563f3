"""The watch bill: who is on duty, and where nobody is."""

from __future__ import annotations

from detente.people.bill import Hole, Shift, holes, on_duty

BILL = (
    Shift(0, 8, "watch", "alfa", ("charlie",)),
    Shift(8, 16, "watch", "bravo"),
    Shift(14, 20, "watch", "charlie"),
    Shift(0, 20, "chief", "delta"),
)


def test_who_is_on_duty_now() -> None:
    assert on_duty(BILL, "watch", 0) == ("alfa", "charlie")
    assert on_duty(BILL, "watch", 8) == ("bravo",)
    assert on_duty(BILL, "watch", 15) == ("bravo", "charlie")
    assert on_duty(BILL, "watch", 20) == ()


def test_a_hole_is_found_wherever_it_is() -> None:
    assert list(holes(BILL, ["watch", "chief"], 0, 20)) == []
    assert list(holes(BILL, ["watch"], 0, 24)) == [Hole("watch", 20, 24)]
    assert list(holes(BILL[1:], ["watch"], 0, 20)) == [Hole("watch", 0, 8)]
    assert list(holes((BILL[0], BILL[2]), ["watch"], 2, 18)) == [Hole("watch", 8, 14)]
    assert list(holes((), ["watch"], 2, 18)) == [Hole("watch", 2, 18)]
