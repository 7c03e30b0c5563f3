from __future__ import annotations

from detente.cli.differences import differences


def test_each_part_that_differs_is_named_with_both_values() -> None:
    old = {"a": 1, "b": {"c": "x"}, "d": ["e"], "list": [{"name": "one", "v": 1}]}
    new = {"a": 2, "b": {"c": "x"}, "d": [], "list": [{"name": "two", "v": 1}]}
    assert list(differences(old, new)) == [
        "a: 1 becomes 2",
        'd: ["e"] becomes nothing',
        'list one: {"name":"one","v":1} becomes nothing',
        'list two: nothing becomes {"name":"two","v":1}',
    ]
    assert list(differences(old, old)) == []


def test_what_others_wrote_cannot_pass_for_ours() -> None:
    assert list(differences({"a": ""}, {"a": "x\n\u202egood"})) == [
        "a:  becomes x\\u{a}\\u{202e}good"
    ]
