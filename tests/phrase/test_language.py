"""A language that cannot say something is found when it is loaded, by the name of the hole."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from detente.errors import Malformed
from detente.phrase.language import FILES, load, shipped, shipped_file
from detente.phrasebook import check_languages, language, shapes


def spoilt(file: str, pattern: str, by: str) -> Callable[[str, str], str]:
    """The English files, one of them changed."""

    def text_of(_code: str, name: str) -> str:
        text = shipped_file("en", name)
        if name != file:
            return text
        changed = re.sub(pattern, by, text, count=1, flags=re.MULTILINE)
        assert changed != text
        return changed

    return text_of


def test_there_are_three_languages_and_all_can_say_everything() -> None:
    assert check_languages() == shipped() == ("en", "ru", "uk")
    for code in shipped():
        assert language(code).screen is not None


@pytest.mark.parametrize("code", shipped())
def test_every_language_has_the_keys_of_english_and_no_other(code: str) -> None:
    for name in FILES[:3]:
        here, there = (_keys(shipped_file(each, name)) for each in (code, "en"))
        assert here == there, name


def _keys(text: str) -> list[str]:
    lines = (line.strip() for line in text.splitlines())
    return sorted(line.split(" = ")[0] for line in lines if line and not line.startswith("#"))


@pytest.mark.parametrize(
    "file, pattern, by, where, what",
    [
        ("forms.toml", r"^accident = .*\n", "", "titles.accident", "cannot say it"),
        ("forms.toml", r"^position = .*\n", "", "lines.position", "cannot say it"),
        ("forms.toml", r"^propose = .*\n", "", "heads.propose", "cannot say it"),
        ("forms.toml", r"\{position\}", "there", "lines.position", "{position} is not said"),
        ("forms.toml", r"\{position\}", "{postion}", "lines.position", "nothing fills"),
        ("forms.toml", r"fly \{craft\}", "fly {levels}", "says.reconnaissance_flight", "nothing"),
        ("forms.toml", r"fly \{craft\}", "fly {craft", "says.reconnaissance_flight", "brace"),
        ("forms.toml", r"fly \{craft\}", "{craft} {craft}", "says.reconnaissance_flight", "twice"),
        ("forms.toml", r"We fly", " We fly", "says.reconnaissance_flight", "one line"),
        ("forms.toml", r"^\[says\]", "[sais]", "forms.toml", "sais"),
        ("acts.toml", r"^suspend = .*\n", "", "acts.suspend", "cannot say it"),
        ("acts.toml", r"\{review\}", "later", "acts.suspend", "{review} is not said"),
        ("language.toml", r"^fighter = .*", 'fighter = { one = "x" }', "fighter.other", "plural"),
        ("language.toml", r'"bombers"', '"fighters"', "bomber", "stands for two classes"),
        ("language.toml", r'"patrol"$', '"reconnaissance"', "terms.purpose", "stands for two"),
        ("language.toml", r'^patrol = .*\n', "", "terms.purpose.patrol", "no words for it"),
        ("language.toml", r"^people = .*\n", "", "nouns.people", "no noun"),
        ("language.toml", r"^fl = .*\n", "", "values.fl", "missing"),
        ("language.toml", r'^locale = .*', 'locale = "xx_YY"', "locale", "xx"),
        ("language.toml", r'^locale = .*', "locale = ", "language.toml", "Invalid"),
    ],
)  # fmt: skip
def test_a_hole_is_named(file: str, pattern: str, by: str, where: str, what: str) -> None:
    with pytest.raises(Malformed) as caught:
        load("en", shapes(), spoilt(file, pattern, by))
    assert where in caught.value.where
    assert what in str(caught.value)


def test_a_language_without_a_file_is_named() -> None:
    with pytest.raises(Malformed, match=re.escape("languages/xx/language.toml")):
        load("xx", shapes())
