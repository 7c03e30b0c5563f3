from __future__ import annotations

import pytest

from detente.errors import (
    Conflict,
    DetenteError,
    Equivocated,
    Forged,
    Malformed,
    Refused,
    Unreachable,
)


@pytest.mark.parametrize(
    "said, where, mend, expected",
    [
        ("too long", "", "", "too long"),
        ("too long", "leaf 7", "", "leaf 7: too long"),
        ("too long", "", "shorten it", "too long (shorten it)"),
        ("too long", "leaf 7", "shorten it", "leaf 7: too long (shorten it)"),
    ],
)
def test_an_error_says_what_where_and_how_to_mend(
    said: str, where: str, mend: str, expected: str
) -> None:
    error = Malformed(said, where=where, mend=mend)

    assert str(error) == expected
    assert (error.what, error.where, error.mend) == (said, where, mend)


@pytest.mark.parametrize("kind", [Malformed, Forged, Refused, Conflict, Unreachable])
def test_each_fault_is_caught_as_itself_or_as_any(kind: type[DetenteError]) -> None:
    others = {Malformed, Forged, Refused, Conflict, Unreachable} - {kind}

    assert issubclass(kind, DetenteError)
    assert not any(issubclass(kind, other) for other in others)


def test_an_equivocation_carries_what_a_stranger_can_check() -> None:
    error = Equivocated("two roots for size 5", ("one note", "another note"), where="Southmark")

    assert error.evidence == ("one note", "another note")
    assert str(error) == "Southmark: two roots for size 5"
