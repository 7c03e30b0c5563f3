"""The signals of others are whole, said in every language, and threaten nobody."""

from __future__ import annotations

import re
from collections import Counter
from importlib.resources import files

import pytest

from detente.errors import Malformed
from detente.phrase import signals as module
from detente.phrase.signals import (
    GAP,
    MEANING_CHARACTERS_MAX,
    MEMORY,
    US,
    languages,
    meanings,
    named,
    parse_meanings,
    parse_signals,
    signals,
)

LANGUAGES = ("en", "ru", "uk")

# The rows of the table by their letters.
ROWS = {
    "IR": range(1, 5), "JH": range(1, 2), "MH": range(1, 2), "NB": range(1, 2), "PJ": range(1, 4),
    "PP": range(8, 9), "QF": range(1, 2), "QS": range(6, 7), "QV": range(2, 4), "RT": range(2, 10),
    "RU": range(2, 9), "SL": range(2, 3), "TX": range(1, 2), "UY": range(1, 13), "ZL": range(1, 3),
}  # fmt: skip
INCSEA = [f"{letters}{number}" for letters, numbers in ROWS.items() for number in numbers]

# Beginnings of words that aim, threaten or give an order of arms.
THREATS = {
    "en": """aim|attack|destroy|shoot|shot|sink|strike|kill|hostile|enem|threat|warn|punish|weapon|
        arms|lock|illuminat|track|engage|target|otherwise|or else|unless|demand|force|must""",
    "ru": """атак|уничтож|сбит|собь|огонь|огнём|порази|пораж|потоп|удар|цель|цели|целя|прицел|
        наведен|наводк|оруж|сил|предупрежд|иначе|требу|должны|обязан|враг|враж|угро|захватим""",
    "uk": """атак|знищ|збит|збий|зіб|вогонь|вогню|ураз|ураж|потоп|удар|ціл|приціл|наведен|зброї|
        збро|сил|попередж|інакше|вимага|повинні|мусите|ворог|ворож|загро|погро|захопимо""",
}
# What a towed target is called; Russian and Ukrainian have a word of their own for it.
EXCUSED = re.compile("towed target")
ARMS = re.compile(
    r"\b(missile|gun|torpedo|explosive|firing|ракет|артиллер|торпед|подрывн|стрельб|артилер|підривн|"
    r"стрільб)",
    re.IGNORECASE,
)


def file(name: str) -> str:
    return (files("detente.phrase") / name).read_text(encoding="utf-8")


def english() -> str:
    return file("languages/en/signals.toml")


def without(text: str, key: str) -> str:
    changed = re.sub(rf"(?m)^{key} = .*\n", "", text)
    assert changed != text
    return changed


def threat(language: str, text: str) -> str:
    """The first word of a threat in it, or nothing."""
    words = "|".join(word.strip() for word in THREATS[language].split("|"))
    hit = re.search(rf"\b(?:{words})", EXCUSED.sub("", text.casefold()))
    return hit[0] if hit else ""


def changed(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1
    return text.replace(old, new)


# -- the signals ----------------------------------------------------------------------------------


def test_they_are_as_many_as_the_tables_have() -> None:
    counted = Counter((each.table, each.by, each.how, each.listed) for each in signals().values())
    assert counted == {
        ("incsea", "ship", "flags", True): 46,
        ("incsea", "ship", "flags", False): 1,
        ("icao", "interceptor", "voice", True): 5,
        ("icao", "intercepted", "voice", True): 9,
        ("icao", "interceptor", "sight", True): 3,
        ("icao", "intercepted", "sight", True): 3,
        ("icao", "intercepted", "sight", False): 3,
    }


def test_those_at_sea_are_the_tables_and_one_more() -> None:
    at_sea = [each for each in signals().values() if each.table == "incsea"]
    assert [each.code for each in at_sea if each.listed] == INCSEA
    assert [each.code for each in at_sea if not each.listed] == ["ZL3"]
    assert all(each.spoken == f"YV1 {each.code}" for each in at_sea)


def test_phrases_are_said_twice_and_their_sound_is_given() -> None:
    said = {
        code: (each.spoken, each.said_as)
        for code, each in signals().items()
        if each.how == "voice" and each.times == 2
    }
    assert set(said.values()) == {
        ("CALL SIGN", "KOL SA-IN"), ("FOLLOW", "FOL-LO"), ("DESCEND", "DEE-SEND"),
        ("YOU LAND", "YOU LAAND"), ("PROCEED", "PRO-SEED"), ("WILCO", "VILL-KO"),
        ("CAN NOT", "KANN NOTT"), ("REPEAT", "REE-PEET"), ("AM LOST", "AM LOSST"),
        ("MAYDAY", "MAYDAY"), ("HIJACK", "HI-JACK"), ("LAND", "LAAND"),
    }  # fmt: skip
    assert len(said) == 14
    assert all(each.times == 1 for each in signals().values() if each.how != "voice")


def test_every_reply_is_a_signal_and_of_the_same_table() -> None:
    for signal in signals().values():
        assert len(set(signal.reply)) == len(signal.reply)
        for code in signal.reply:
            assert signals()[code].table == signal.table


def test_in_the_air_the_other_side_replies() -> None:
    for signal in signals().values():
        for code in signal.reply:
            if signal.table == "icao":
                assert signals()[code].by != signal.by
                assert signals()[code].how == signal.how


def test_whoever_is_not_understood_says_it_again() -> None:
    again = {code for code, each in signals().items() if each.again}
    assert again == {"ZL3", "intercepted-repeat"}
    assert all(signals()[code].reply == () for code in again)


def test_a_question_has_a_reply_of_its_own() -> None:
    assert set(signals()["ZL2"].reply) == {"ZL1", "ZL3"}
    assert "ZL1" not in signals()["SL2"].reply
    assert {"PJ1", "PJ2", "PJ3"} < set(signals()["MH1"].reply)
    assert signals()["ZL1"].reply == ()


def test_no_instruction_of_an_interceptor_leaves_only_consent() -> None:
    for code in ("follow", "descend", "you-land"):
        assert "intercepted-can-not" in signals()[f"interceptor-{code}"].reply


def test_what_was_written_from_memory_says_so() -> None:
    verified = INCSEA[: INCSEA.index("RT9") + 1]
    for code in INCSEA:
        signal = signals()[code]
        assert signal.from_memory == (() if code in verified else ("meaning",))
        assert signal.code_from == "Russian text (code list)"
    assert len(verified) == 23
    flagged = {code for code, each in signals().items() if each.from_memory} - set(INCSEA)
    assert flagged == {"ZL3", "series-5", "series-6"}
    assert signals()["series-5"].from_memory == ("meaning", "reply")


def test_an_expectation_of_ours_is_never_a_tables() -> None:
    by_table = {code for code, each in signals().items() if each.expected_by not in (US, MEMORY)}
    assert by_table == {"series-1", "series-2", "series-3", "series-4"}


def test_a_person_may_type_a_code_or_what_is_said() -> None:
    assert [each.code for each in named("zl1")] == ["ZL1"]
    assert [each.code for each in named(" yv1  ir2")] == ["IR2"]
    assert [each.code for each in named("Can not")] == ["intercepted-can-not"]
    assert {each.by for each in named("call sign")} == {"interceptor", "intercepted"}
    assert named("") == named("nonsense") == ()


@pytest.mark.parametrize(
    "old, new, said",
    [
        ('again = true }\n\n', 'reply = ["ZL4"] }\n\n', "ZL3: reply: no signal is called ZL4"),
        ("ZL3 = {", "ZL2 = {", "ZL2: it stands twice"),
        ('code_from = "manual"', 'code_from = "hearsay"', "ZL3: no source is called 'hearsay'"),
        ('said_as = "VILL-KO"\n', "", "intercepted-wilco: what is said"),
        ("ZL1 = {}", 'ZL1 = { spoken = "ZULU" , said_as = "ZOO" }', "ZL1: what is said"),
        ('argument = "metres"', 'argument = "fathoms"', "fathoms"),
        ("answer-3 = {}", "answer-3 = { meaning = 1 }", "meaning"),
        ("[sources]", "[sources", "signals.toml"),
    ],
)  # fmt: skip
def test_a_file_that_is_not_sound_is_named_with_the_place(old: str, new: str, said: str) -> None:
    with pytest.raises(Malformed, match=re.escape(said)):
        parse_signals(changed(file("signals.toml"), old, new), "signals.toml")


# -- what they mean -------------------------------------------------------------------------------


def test_three_languages_have_them() -> None:
    assert set(LANGUAGES) <= set(languages())


@pytest.mark.parametrize("language", languages())
def test_a_language_has_every_meaning_once(language: str) -> None:
    said = meanings(language)
    codes = set(signals())
    assert set(said) == codes | {each.seen for each in signals().values() if each.seen}
    assert len({text.casefold() for text in said.values()}) == len(said)
    assert {code for code in codes if GAP in said[code]} == {
        code for code, each in signals().items() if each.argument
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_meaning_threatens_or_aims(language: str) -> None:
    found = {
        key: hit for key, text in meanings(language).items() if (hit := threat(language, text))
    }
    assert found == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_arms_are_spoken_of_only_in_our_own_exercises_and_tests(language: str) -> None:
    found = {key for key, text in meanings(language).items() if ARMS.search(text)}
    assert found == {"UY2", "UY3", "UY4", "UY5", "UY10", "UY11", "UY12"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_check_for_threats_would_find_one(language: str) -> None:
    text = {"en": "Turn, or else.", "ru": "Открою огонь.", "uk": "Відкрию вогонь."}[language]
    assert threat(language, text)


@pytest.mark.parametrize(
    "text, said",
    [
        (without(english(), "RT4"), "RT4 is missing"),
        (without(english(), "series-2-seen"), "series-2-seen is missing"),
        (english() + 'ZL4 = "I have heard."\n', "'ZL4' is no signal"),
        (english() + 'IR1-seen = "A ship."\n', "'IR1-seen' is no signal"),
        (changed(english(), "port in about {} minutes", "port soon"), "RU2 lacks its {}"),
        (changed(english(), "fishery patrol", "fishery patrol {}"), "TX1 has a brace too many"),
        (changed(english(), "land at {}.", "land at {} or {}."), "intercepted-land has a brace"),
        (changed(english(), "land at {}.", "land at {}{."), "intercepted-land has a brace"),
        (changed(english(), '"Follow me."', '"YOU MAY  PROCEED!"'),
         "interceptor-follow and interceptor-proceed have one meaning"),
        (changed(english(), '"Follow me."', '""'), "interceptor-follow is not one line"),
        (changed(english(), '"Follow me."', "7"), "interceptor-follow is not one line"),
        (changed(english(), '"Follow me."', '"Follow\\nme."'), "follow is not one line"),
        (changed(english(), '"Follow me."', f'"{"x" * (MEANING_CHARACTERS_MAX + 1)}"'), "one line"),
        ("IR1 = ", "en: "),
    ],
)  # fmt: skip
def test_a_hole_is_named(text: str, said: str) -> None:
    with pytest.raises(Malformed, match=re.escape(said)) as raised:
        parse_meanings(text, "en")
    assert raised.value.where == "en"


def test_every_hole_is_named_at_once() -> None:
    with pytest.raises(Malformed) as raised:
        parse_meanings(without(without(english(), "IR1"), "ZL3") + 'ZL9 = "So."\n', "en")
    assert raised.value.what == "'ZL9' is no signal; IR1 is missing; ZL3 is missing"


def test_a_file_has_a_bound() -> None:
    with pytest.raises(Malformed, match="characters"):
        parse_meanings("#" * (module.FILE_CHARACTERS_MAX + 1), "en")
