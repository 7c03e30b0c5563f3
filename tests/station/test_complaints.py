from __future__ import annotations

import logging

import pytest

from detente.station.complaints import AGAIN_S, CHARACTERS_MAX, LINES_A_MINUTE, Complaints


class Steady:
    """A steady clock that moves when it is told to."""

    now = 1_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def steady() -> Steady:
    return Steady()


@pytest.fixture
def complaints(steady: Steady, caplog: pytest.LogCaptureFixture) -> Complaints:
    caplog.set_level(logging.INFO)
    return Complaints(logging.getLogger(__name__), steady)


def test_the_same_is_written_once_in_a_while(
    complaints: Complaints, steady: Steady, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        complaints("garbage")
    complaints("something else")
    steady.now += AGAIN_S
    complaints("garbage")
    assert caplog.messages == [
        "garbage", "something else (and 2 more that were not written)", "garbage"
    ]  # fmt: skip


def test_a_flood_of_different_ones_is_counted_and_not_written(
    complaints: Complaints, steady: Steady, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1_000):
        complaints(number)
    assert len(caplog.messages) == LINES_A_MINUTE
    steady.now += 60.0
    complaints("after a minute")
    unsaid = 1_000 - LINES_A_MINUTE
    assert caplog.messages[-1] == f"after a minute (and {unsaid} more that were not written)"


def test_what_happens_again_is_written_again(
    complaints: Complaints, caplog: pytest.LogCaptureFixture
) -> None:
    complaints.again("linked", logging.INFO)
    complaints.again("linked", logging.INFO)
    assert caplog.messages == ["linked", "linked"]


def test_a_line_has_a_bound(complaints: Complaints, caplog: pytest.LogCaptureFixture) -> None:
    complaints("x" * 1_000_000)
    assert caplog.messages == ["x" * CHARACTERS_MAX]
