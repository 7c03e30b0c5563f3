from __future__ import annotations

from detente.line.differences import Difference, differences
from tests.line.cases_vocabulary_2 import FORMS
from tests.phrase.bodies import example

FORM = FORMS["incident_account"]
SLOTS = example(FORM)["slots"]


def test_accounts_that_agree_differ_in_nothing() -> None:
    theirs = {**SLOTS, "whose": "yours"}
    assert SLOTS["whose"] == "ours"
    assert differences({"north": SLOTS, "south": theirs}, FORM) == ()
    assert differences({"north": SLOTS}, FORM) == ()


def test_counts_times_places_and_what_one_does_not_say() -> None:
    window = {"from": SLOTS["window"]["from"] + 60, "to": SLOTS["window"]["to"] - 600}
    craft = {**SLOTS["craft"], "number": 1}
    rest = {name: value for name, value in SLOTS.items() if name != "altitude"}
    theirs = {**rest, "whose": "yours", "window": window, "craft": craft, "cause": "order"}
    found = differences({"south": theirs, "north": SLOTS}, FORM)
    assert [(each.slot, each.by, each.unit) for each in found] == [
        ("craft", 2, "number"), ("window", 600, "seconds"), ("altitude", None, ""),
        ("cause", None, ""),
    ]  # fmt: skip
    assert found[2] == Difference("altitude", "north", {"fl": 310}, "south", None, None, "")


def test_ours_is_the_others_yours() -> None:
    def said(one: str, other: str) -> list[str]:
        accounts = {"a": {**SLOTS, "whose": one}, "b": {**SLOTS, "whose": other}}
        return [each.slot for each in differences(accounts, FORM)]

    assert said("ours", "yours") == said("yours", "ours") == said("not_known", "not_known") == []
    for one, other in (("ours", "ours"), ("yours", "yours"), ("ours", "third_state")):
        assert said(one, other) == ["whose"]


def test_of_three_parties_each_pair_is_compared() -> None:
    one = {**SLOTS, "whose": "third_state"}
    other = {**one, "cause": "order"}
    found = differences({"a": one, "b": other, "c": one}, FORM)
    assert [(each.one, each.other) for each in found] == [("a", "b"), ("b", "c")]
