"""What an officer is told before and after: positions in words, warning time, misread words."""

from __future__ import annotations

from typing import Any

import pytest

from detente.advice import cautions, check_places, filled, free_texts, told, warnings
from detente.errors import Refused
from detente.phrasebook import language
from tests.phrase.bodies import FORMS, NOON, example

EN, RU = language("en"), language("ru")


def slots(number: int, **changes: Any) -> dict[str, Any]:
    body = example(FORMS[number])
    return {**body, "slots": {**body["slots"], **changes}}


def test_every_position_is_read_back_in_the_readers_own_language() -> None:
    body = slots(12)
    assert told(EN, "notify", body, NOON * 1_000)["read_back"] == (
        "read back: less than 1 km from Constanța",
    )
    (text,) = told(RU, "notify", body, NOON * 1_000)["read_back"]
    assert text.startswith("обратное чтение: ")
    assert "Констанца" in text
    corners = [[0, 0], [0, 60_000], [60_000, 0]]
    assert len(told(EN, "notify", slots(1, area={"polygon": corners}), 0)["read_back"]) == 3


@pytest.mark.parametrize(
    "ahead_s, texts",
    [
        (7_200, ["lead time 2 h 0 min"]),
        (60, ["lead time 1 min", "TOO LATE TO ACT"]),
        (-60, ["it has begun", "TOO LATE TO ACT"]),
    ],
)
def test_the_lead_is_told_and_whether_it_is_too_late(ahead_s: int, texts: list[str]) -> None:
    facts = told(EN, "notify", slots(1), (NOON - ahead_s) * 1_000)
    assert facts["lead_s"] == ahead_s
    assert list(warnings(EN, facts)) == texts


def test_what_announces_no_time_and_what_is_no_form_has_no_lead() -> None:
    nothing = {"read_back": (), "lead_s": None, "too_late": False}
    assert told(EN, "query", {"text": "whose?"}, 0) == nothing
    assert told(EN, "notify", {"form": 12, "slots": 7}, 0) == nothing
    assert list(warnings(EN, nothing)) == []


def test_a_position_far_from_the_place_it_names_is_refused() -> None:
    near = {"lat": 44 * 60_000 + 10_250, "lon": 28 * 60_000 + 38_500, "within_m": 500}
    far = {**near, "lat": near["lat"] + 5_000}  # five minutes of arc north: some 9 km
    found = filled("notify", slots(12, position=near))
    assert found is not None
    check_places(found[1])
    found = filled("notify", slots(12, position=far))
    assert found is not None
    with pytest.raises(Refused, match=r"9\.\d km from constanta") as caught:
        check_places(found[1])
    assert caught.value.where == "slots.position"
    found = filled("notify", slots(12, position=far, place="nowhere_that_we_know"))
    assert found is not None
    check_places(found[1])


def test_free_text_is_found_wherever_it_stands() -> None:
    assert list(free_texts(slots(31)))[:2] == [("en", "Details follow."), ("en", "We agree.")]
    assert list(free_texts({"kind": "other", "text": "x"})) == [("en", "x")]
    assert list(free_texts({"reason": {"language": "ru", "text": "y"}})) == [("ru", "y")]
    assert list(free_texts(7)) == []


def test_words_that_were_misread_are_warned_of() -> None:
    (line,) = cautions(EN, "You have the target.")
    assert line.startswith("“You have the target”")
    assert "→" in line
    assert cautions(EN, "The aircraft has left at 14:30Z.") == ()
