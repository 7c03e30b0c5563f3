"""Who may let what go: the first row that fits, two persons, and what waits for none."""

from __future__ import annotations

import dataclasses
import random

import msgspec
import pytest

from detente.errors import Refused
from detente.people.authority import ALWAYS, AT_ONCE, FREE, Row, What, check_release, row_for
from detente.people.events import AnyEvent, Dismissed, Drafted, Reviewed
from tests.people.made import DIGEST, admitted, after

WHAT = What(
    line="border", channel="duty", act="notify", form=1, kind="", precedence="FLASH",
    digest=DIGEST, saves_lives=False,
)  # fmt: skip
TWO = Row(persons=2)
DRAFT = Drafted(
    act="notify", digest=DIGEST, form=1, line="border", officer="alfa", precedence="FLASH"
)
EVERYBODY = tuple(admitted(name, "watch") for name in ("alfa", "bravo", "charlie"))


def seen(name: str, *, good: bool = True) -> Reviewed:
    return Reviewed(digest=DIGEST, good=good, line="border", officer=name, reason="unclear")


def check(
    row: Row, officer: str, *events: AnyEvent, post: str = "watch", what: What = WHAT,
    now: int = 1, urgent: bool = False,
) -> None:  # fmt: skip
    roster = after(*EVERYBODY, *events)
    check_release(roster, row, roster.officer(officer), post, what, now, urgent=urgent)


def test_the_first_row_that_fits_decides() -> None:
    matrix = (
        Row(forms=(12,), precedences=("FLASH",)),
        Row(acts=("notify",), lines=("border",), persons=2),
        Row(precedences=("FLASH",), review=True),
    )  # fmt: skip
    assert row_for(matrix, dataclasses.replace(WHAT, form=12)) is matrix[0]
    assert row_for(matrix, WHAT) is matrix[1]
    assert row_for(matrix, dataclasses.replace(WHAT, line="other")) is matrix[2]
    assert row_for(matrix, dataclasses.replace(WHAT, line="x", precedence="ROUTINE")) is FREE


def test_no_row_keeps_the_other_side_waiting_or_an_officer_from_saying_stop() -> None:
    strict = (Row(posts=("minister",), persons=2, review=True),)
    for act in AT_ONCE:
        assert row_for(strict, dataclasses.replace(WHAT, act=act)) is ALWAYS
    assert row_for(strict, dataclasses.replace(WHAT, form=13)) is ALWAYS
    assert row_for(strict, dataclasses.replace(WHAT, kind="stop_you_endanger")) is ALWAYS
    check(ALWAYS, "alfa", now=10**12)  # nor does a qualification that has expired
    with pytest.raises(Refused, match="qualification of alfa has expired"):
        check(FREE, "alfa", now=10**12)  # which stands in the way of all else


def test_two_persons_are_two_persons() -> None:
    with pytest.raises(Refused, match="nobody is known to have drafted it"):
        check(TWO, "bravo")
    with pytest.raises(Refused, match="alfa drafted it himself") as caught:
        check(TWO, "alfa", DRAFT)
    assert "another officer releases it; the draft is kept" in caught.value.mend
    check(TWO, "bravo", DRAFT)


def test_a_reviewer_is_a_third() -> None:
    row = Row(persons=2, review=True)
    for who in ("alfa", "bravo"):
        with pytest.raises(Refused, match="reviewed by a third officer"):
            check(row, "bravo", DRAFT, seen(who))
    check(row, "bravo", DRAFT, seen("charlie"))
    with pytest.raises(Refused, match="charlie has declined it: unclear"):
        check(row, "bravo", DRAFT, seen("charlie", good=False))
    with pytest.raises(Refused, match="charlie has declined it"):
        check(Row(), "bravo", DRAFT, seen("charlie", good=False))  # a no is a no


@pytest.mark.parametrize(
    "row, changes, what",
    [
        (Row(posts=("chief",)), {}, "released by chief, and not by watch"),
        (Row(), {"now": 10**10}, "the qualification of bravo has expired"),
        (Row(), {"urgent": True}, "only what saves lives"),
    ],
)
def test_what_else_is_refused(row: Row, changes: dict[str, int], what: str) -> None:
    with pytest.raises(Refused, match=what) as caught:
        check(row, "bravo", **changes)  # type: ignore[arg-type]  # `urgent` is a bool, `now` an int
    assert caught.value.mend


def test_what_saves_lives_goes_on_one_officers_word() -> None:
    danger = dataclasses.replace(WHAT, saves_lives=True)
    with pytest.raises(Refused, match="himself"):
        check(TWO, "alfa", DRAFT, what=danger)
    check(TWO, "alfa", DRAFT, what=danger, urgent=True)


def test_nobody_releases_what_he_needs_not_know() -> None:
    roster = after(admitted("alfa", "watch", needs=("border/high",)))
    with pytest.raises(Refused, match="no need to know of border/duty"):
        check_release(roster, FREE, roster.officer("alfa"), "watch", WHAT, 1, urgent=True)


@pytest.mark.parametrize("seed", range(60))
def test_in_no_order_of_events_is_there_a_release_without_its_authority(seed: int) -> None:
    """The promise in words of its own: two persons who may, a third who looked, nobody against."""
    rng = random.Random(seed)
    names = ("alfa", "bravo", "charlie", "delta")
    until = dict.fromkeys(names, 100)
    roster = after(*(admitted(name, "watch", until=100) for name in names))
    drafter, good, bad, let_go = "", set[str](), set[str](), 0
    for now in range(120):
        who, what = rng.choice(names), rng.randrange(7)
        if what == 0:
            roster = after(msgspec.structs.replace(DRAFT, officer=who), roster=roster)
            drafter = drafter or who
        elif what == 1 and drafter:
            fine = rng.random() < 0.95
            roster = after(seen(who, good=fine), roster=roster)
            (good if fine else bad).add(who)
        elif what == 2 and rng.random() < 0.1:
            roster = after(Dismissed(officer=who, reason="left"), roster=roster)
            until[who] = -1
        elif who in roster.officers:
            row = Row(persons=rng.randrange(1, 3), review=rng.random() < 0.5)
            try:
                check_release(roster, row, roster.officer(who), "watch", WHAT, now, urgent=False)
            except Refused:
                continue
            let_go += 1
            may = {name for name in names if until[name] >= now}
            assert who in may
            assert not bad
            assert row.persons == 1 or drafter in may - {who}
            assert not row.review or good & may - {who, drafter}
    assert seed or let_go
