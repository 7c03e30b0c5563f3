"""The page for the day when all fails: without a station, in every language of the line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, founded


@pytest.mark.covers(12)
def test_the_page_needs_no_station_and_speaks_every_language_of_the_line(tmp_path: Path) -> None:
    with founded(tmp_path) as stage:
        folder = stage.actors[NORTH].folder
        found = answer("fallback", LINE, folder=folder)
        theirs = answer("fallback", LINE, folder=stage.actors[SOUTH].folder)
        assert found["words"] == theirs["words"]
        assert [set(each["words"]) for each in found["notices"]] == [{"en", "ru"}] * 4
        out = detente("fallback", LINE, folder=folder).out
        assert "ACCIDENT, NOT HOSTILE" in out
        assert "This was an accident and not a hostile act." in out
        assert "Это был несчастный случай" in out
        assert "Silence is not suspension" in " ".join(out.split())
        assert out.startswith("EXERCISE")
        assert "{" not in out
