"""Every mutant still fits the source that it wounds: one that does not would survive unseen."""

from __future__ import annotations

import pytest

from tests.repository import PACKAGE
from tests.wounds import WOUNDS


@pytest.mark.parametrize("name", WOUNDS)
def test_a_wound_fits_once(name: str) -> None:
    for file, old, new in WOUNDS[name]:
        text = (PACKAGE / file).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{file}: {old!r}"
        assert old != new
