from __future__ import annotations

from detente.line.differences import Difference, differences
from tests.line.cases_vocabulary_2 import FORMS
from tests.phrase.bodies import example

FORM = FORMS["incident_account"]
SLOTS = example(FORM)["slots"]


def test_accounts_that_agree_differ_in_nothing() -> None:
    assert differences({"north": SLOTS, "south": dict(SLOTS)}, FORM) == ()
    assert differences({"north": SLOTS}, FORM) == ()


def test_counts_times_places_and_what_one_does_not_say() -> None:
    window = {"from": SLOTS["window"]["from"] + 60, "to": SLOTS["window"]["to"] - 600}
    craft = {**SLOTS["craft"], "number": 1}
    rest = {name: value for name, value in SLOTS.items() if name != "altitude"}
    theirs = {**rest, "window": window, "craft": craft, "cause": "order"}
    found = differences({"south": theirs, "north": SLOTS}, FORM)
    assert [(each.slot, each.by, each.unit) for each in found] == [
        ("craft", 2, "number"), ("window", 600, "seconds"), ("altitude", None, ""),
        ("cause", None, ""),
    ]  # fmt: skip
    assert found[2] == Difference("altitude", "north", {"fl": 310}, "south", None, None, "")


def test_of_three_parties_each_pair_is_compared() -> None:
    other = {**SLOTS, "cause": "order"}
    found = differences({"a": SLOTS, "b": other, "c": SLOTS}, FORM)
    assert [(each.one, each.other) for each in found] == [("a", "b"), ("b", "c")]
