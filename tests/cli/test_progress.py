"""A bar is for a person who looks on: on a terminal, and beside no JSON."""

from __future__ import annotations

import os
import pty
import select
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest

from detente.cli.progress import bar, bar_of, no_bar
from detente.cli.setting import Setting


@pytest.fixture
def terminal() -> Iterator[tuple[int, TextIO]]:
    """Both ends of a terminal: what is written to the second is read at the first."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w") as file:
        yield ours, file
    os.close(ours)


def setting(*, as_json: bool = False) -> Setting:
    return Setting(Path(), as_json=as_json)


def test_a_terminal_shows_how_far_it_has_come(
    terminal: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours, file = terminal
    monkeypatch.setattr(sys, "stderr", file)
    assert bar_of(setting()) is bar
    with bar_of(setting())("reading border.json") as progress:
        for done in range(0, 1001, 10):
            progress(done, 1000)
    file.flush()
    seen = ""
    while "50%" not in seen and select.select([ours], [], [], 1.0)[0]:
        seen += os.read(ours, 65_536).decode()  # a terminal gives what it has
    assert "reading border.json" in seen
    assert "50%" in seen


def test_nothing_is_shown_beside_json_or_in_a_file(
    terminal: tuple[int, TextIO], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "stderr", terminal[1])
    assert bar_of(setting(as_json=True)) is no_bar
    with (tmp_path / "log").open("w") as file:
        monkeypatch.setattr(sys, "stderr", file)
        assert bar_of(setting()) is no_bar
    with no_bar("reading") as progress:
        progress(1, 2)
