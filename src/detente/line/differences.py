"""Where two accounts of one incident differ: a list for both sides, and no verdict on either."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import combinations
from typing import Any, NamedTuple

from detente.line.form import Form
from detente.line.slots import SlotKind


class Difference(NamedTuple):
    """One slot that two parties fill otherwise. None: it does not say. `by` is how far they are
    apart in the unit of `unit`, where that can be counted.
    """

    slot: str
    one: str
    one_value: Any
    other: str
    other_value: Any
    by: int | None
    unit: str  # number, seconds, or nothing


def differences(accounts: Mapping[str, Mapping[str, Any]], form: Form) -> tuple[Difference, ...]:
    """Of the accounts' slots, by party: each pair of parties, slot by slot in the form's order."""
    found = list[Difference]()
    for one, other in combinations(sorted(accounts), 2):
        for name, slot in form.slots.items():
            mine, theirs = accounts[one].get(name), accounts[other].get(name)
            if _meant(slot.kind, mine, one, other) == _meant(slot.kind, theirs, other, one):
                continue
            by, unit = None, ""
            if mine is not None and theirs is not None:
                by, unit = _apart(slot.kind, mine, theirs)
            found.append(Difference(name, one, mine, other, theirs, by, unit))
    return tuple(found)


def _meant(kind: SlotKind, value: Any, author: str, other: str) -> Any:
    """A term that depends on who says it, as both would have to say it: the party that it names."""
    whose = {"ours": author, "yours": other}
    return whose.get(value, value) if kind is SlotKind.TERM and value is not None else value


def _apart(kind: SlotKind, one: Any, other: Any) -> tuple[int | None, str]:
    match kind:
        case SlotKind.CRAFT | SlotKind.NUMBER:
            return abs(one["number"] - other["number"]), "number"
        case SlotKind.TIME:
            return abs(one - other), "seconds"
        case SlotKind.WINDOW:
            apart = (abs(one[end] - other[end]) for end in ("from", "to"))
            return max(apart), "seconds"
        case _:
            return None, ""
