"""Every mutant still fits the source that it wounds: one that does not would survive unseen."""

from __future__ import annotations

import pytest

from tests.repository import PACKAGE
from tests.wounds import PROVEN, WOUNDS

ALL = {**WOUNDS, **{name: wounds for name, (_, wounds) in PROVEN.items()}}


def test_no_two_mutants_have_one_name() -> None:
    assert len(ALL) == len(WOUNDS) + len(PROVEN)


@pytest.mark.parametrize("name", ALL)
def test_a_wound_fits_once(name: str) -> None:
    for file, old, new in ALL[name]:
        text = (PACKAGE / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file}: {old!r}"
        assert old != new
