"""A language of the operator's own: a folder, checked whole when the station starts."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.errors import Malformed, Refused
from detente.phrase.language import FILES, shipped_file
from detente.station.languages import check, known, speak
from tests.phrase.bodies import FORMS, example


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """English under another name, as somebody would begin a language."""
    (tmp_path / "pl").mkdir()
    for name in FILES:
        (tmp_path / "pl" / name).write_text(shipped_file("en", name), encoding="utf-8")
    return tmp_path


def test_a_language_is_added_by_adding_files(folder: Path) -> None:
    assert known(folder) == ("en", "pl", "ru", "uk")
    text = folder / "pl" / "forms.toml"
    text.write_text(text.read_text().replace("accident, not hostile", "wypadek, nie wrogi akt"))
    check(folder)
    speech = speak("pl", folder)
    said = speech.say("notify", example(FORMS[12]))
    assert said.startswith("Notice 12: wypadek, nie wrogi akt\n")
    assert speech.read(said) == ("notify", example(FORMS[12]))


def test_a_hole_in_it_is_named_by_file_and_key(folder: Path) -> None:
    text = folder / "pl" / "forms.toml"
    lines = [line for line in text.read_text().splitlines() if not line.startswith("balloon =")]
    text.write_text("\n".join(lines))
    with pytest.raises(Malformed, match=r"languages/pl/titles\.balloon: this language cannot"):
        check(folder)
    (folder / "pl" / "acts.toml").unlink()
    with pytest.raises(Malformed, match=r"pl/acts\.toml: there is no such file"):
        check(folder)


def test_a_language_that_there_is_not(folder: Path) -> None:
    assert known(None) == ("en", "ru", "uk")
    assert speak("ru", folder).code == "ru"
    with pytest.raises(Refused, match="there are en, pl, ru, uk"):
        speak("de", folder)
    (folder / "pl" / "forms.toml").write_bytes(b"\xff")
    with pytest.raises(Malformed, match="not UTF-8"):
        speak("pl", folder)
