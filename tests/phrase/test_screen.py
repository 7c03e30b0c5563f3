from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Callable
from functools import cache, partial
from types import FrameType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.phrase.screen import Caution, Screen, cautions, parse_screen
from tests.repository import PACKAGE

LANGUAGES = ("en", "ru", "uk")
LEAST_ENTRIES = 60

ADVICE = 'why = "w"\ninstead = "i"\n'
LOOK_ALIKE = "[look_alike]\n" + ADVICE

# `{words|kind}` is what is warned of; nothing else in the text is.
GOLDEN = {
    "en": """
{You have the target|ambiguous}.
{Roger|ambiguous}, will comply.
{Negative|ambiguous}, {can't you|ambiguous} see it?
Your fighters were {painting us|ambiguous} and have {locked on|ambiguous}.
Leave at once {or else|threatening}.
This is the {final warning|threatening}, {Comrade|offensive}.
We meet {tomorrow|ambiguous} at {noon|ambiguous} {near the border|ambiguous}.
Two {bogeys|ambiguous}, {angels|ambiguous} 20, {in 10 minutes|ambiguous}.
Do not {poke the bear|imagery}.
The {ball is in your court|idiomatic}.
{Weapons free|threatening}.
It is 12 {miles|ambiguous} from {the usual place|ambiguous}.
We will {bury you|threatening}.
{For God's sake|offensive}, stop {lying|offensive}!
It is {not unlikely|ambiguous} that our drone was seen.
We regret the {tаrget|look-alike}.
We ask you, {as soon as possible|ambiguous}, to answer.
Please {repeat|ambiguous}.
""",
    "ru": """
{Цель ваша|ambiguous}.
{Вас понял|ambiguous}, {работаем по|ambiguous} {цели|ambiguous}.
{Не могли бы|ambiguous} вы ответить {завтра утром|ambiguous}?
Ваш истребитель {захватил|ambiguous} наш самолёт.
Уходите, {иначе|threatening} {пеняйте на себя|threatening}.
{Последнее предупреждение|threatening}, {товарищ|offensive} полковник.
Встреча {через 2 часа|ambiguous} {у границы|ambiguous}.
Видим {пару|ambiguous} {вертушек|ambiguous} в 10 {милях|ambiguous}.
Не будите {медведя|imagery}.
{Мяч на вашей стороне|idiomatic}, {ход за вами|idiomatic}.
{Огонь на поражение|threatening} разрешён.
Мы вам покажем {кузькину мать|idiomatic}.
{Не исключено|ambiguous}, что это наш аппарат.
{Ради бога|offensive}, прекратите эту {ложь|offensive}!
{Ну конечно|offensive}, {как обычно|ambiguous}.
{Кoрабль|look-alike} в точке.
{Да нет|ambiguous}.
{По нашему времени|ambiguous} {в полночь|ambiguous}.
{Ты|offensive} кто?
""",
    "uk": """
{Ціль ваша|ambiguous}.
{Вас зрозумів|ambiguous}, {працюємо по|ambiguous} {цілі|ambiguous}.
{Чи не могли б|ambiguous} ви відповісти {завтра вранці|ambiguous}?
Ваш винищувач {захопив|ambiguous} наш літак.
Ідіть, {інакше|threatening} {нарікайте на себе|threatening}.
{Останнє попередження|threatening}, {товаришу|offensive} полковнику.
Зустріч {за 2 години|ambiguous} {біля кордону|ambiguous}.
Бачимо {пару|ambiguous} {вертушок|ambiguous} у 10 {милях|ambiguous}.
Не будіть {ведмедя|imagery}.
{М'яч на вашому боці|idiomatic}, {хід за вами|idiomatic}.
{Вогонь на ураження|threatening} дозволено.
{Моя хата скраю|idiomatic}.
{Не виключено|ambiguous}, що це наш апарат.
{Заради Бога|offensive}, припиніть цю {брехню|offensive}!
{Ну звісно|offensive}, {як завжди|ambiguous}.
{У п’ятницю|ambiguous} {опівночі|ambiguous}.
{Мабуть|ambiguous}, це {бавовна|ambiguous}.
{Кoрабель|look-alike} у точці.
{Ти|offensive} хто?
""",
}
PLAIN = {
    "en": """
One unarmed reconnaissance aircraft over the Black Sea, 0600Z to 0900Z.
Our aircraft has gone down in the sea by engine failure. Accident, not hostile.
Understood. We hold our fighters back.
Our rescue helicopter is on its way to the place of the accident.
The test of the hour. Nothing to report.
Fire at the border post.
Ours: «Заря», out of Kiel.
I am engaged in oceanographic operations.
A submarine will surface within 2 nautical miles of me between 0930Z and 1000Z; keep clear.
Firing from aircraft at a towed target from 0800Z to 1000Z; keep clear of direction 270.
A trawler is adrift at 54-31N 019-22E; six persons on board; we have sent a tug.
We see one aircraft at 58-12N 023-40E, course 090, without a transponder; is it yours?
The aircraft is ours. It is a civil cargo flight and has lost radio contact since 0512Z.
Ordnance from 1944 was found; it will be destroyed on 24 NOV 26 at 0900Z.
Two sailors were killed and four are injured; we ask for a helicopter with a winch.
We ask your ship to steer north for 3 nautical miles.
We have no information about this yet, and answer by 221900Z.
Please send ROUTINE 12 again; three words in it cannot be read.
Warning shots were fired at 0412Z by our patrol boat; nobody is hurt.
The exercise is postponed to 25 NOV 26, 0700Z to 1500Z; the area is unchanged.
Our tanker is on fire at 43-10N 031-55E. Twenty-two crew; two are missing.
Bearing 040, distance 12 km from the lighthouse of Cape Bear.
""",
    "ru": """
Один безоружный самолёт-разведчик над Чёрным морем, с 0600Z до 0900Z.
Наш самолёт упал в море из-за отказа двигателя. Это авария, не враждебное действие.
Ваше сообщение принято и понято. Наши истребители остаются на аэродроме.
Наш спасательный вертолёт летит к месту аварии.
Пожар на пограничном посту.
Наше судно «Заря» вышло из Киля.
Подводная лодка всплывёт в 2 морских милях от меня между 0930Z и 1000Z.
Намереваюсь обогнать вас с вашего левого борта.
Траулер дрейфует в 54-31N 019-22E; на борту шесть человек; мы выслали буксир.
Видим один самолёт в 58-12N 023-40E, курс 090, без ответчика; это ваш самолёт?
Самолёт наш. Это гражданский грузовой рейс, радиосвязи с ним нет с 0512Z.
Боеприпасы 1944 года будут подорваны 24 NOV 26 в 0900Z.
Просим ваше судно идти на север 3 морских мили.
Сведений об этом пока нет, ответим к 221900Z.
Просим повторить ROUTINE 12; три слова в нём не читаются.
Предупредительные выстрелы сделаны в 0412Z нашим катером; никто не пострадал.
Учение перенесено на 25 NOV 26, с 0700Z до 1500Z; район не изменился.
Танкер горит в 43-10N 031-55E. Экипаж 22 человека, двое пропали.
Полёт в целях поиска и спасания в Охотском море с 0600Z до 0900Z.
Цель полёта: патрулирование лесных пожаров.
Наши солдаты по ошибке перешли границу в 68-41N 028-27E; их двое, они без оружия.
""",
    "uk": """
Один беззбройний літак-розвідник над Чорним морем, з 0600Z до 0900Z.
Наш літак упав у море через відмову двигуна. Це аварія, не ворожа дія.
Ваше повідомлення прийнято і зрозуміло. Наші винищувачі залишаються на аеродромі.
Наш рятувальний вертоліт летить до місця аварії.
Пожежа на прикордонному посту.
Наше судно «Зоря» вийшло з Кіля.
Підводний човен спливе за 2 морські милі від мене між 0930Z і 1000Z.
Маю намір обігнати вас з вашого лівого борту.
Траулер дрейфує в 54-31N 019-22E; на борту шість осіб; ми вислали буксир.
Бачимо один літак у 58-12N 023-40E, курс 090, без відповідача; це ваш літак?
Літак наш. Це цивільний вантажний рейс, радіозв'язку з ним немає з 0512Z.
Боєприпаси 1944 року підірвуть 24 NOV 26 о 0900Z.
Просимо ваше судно йти на північ 3 морські милі.
Відомостей про це поки немає, відповімо до 221900Z.
Просимо повторити ROUTINE 12; три слова в ньому не читаються.
Попереджувальні постріли зроблено о 0412Z нашим катером; ніхто не постраждав.
Навчання перенесено на 25 NOV 26, з 0700Z до 1500Z; район не змінився.
Танкер горить у 43-10N 031-55E. Екіпаж 22 особи, двоє зникли.
Ціль польоту: патрулювання лісових пожеж.
Старший зміни прийняв рішення відкласти політ на 24 NOV 26, 0800Z.
Наші солдати помилково перейшли кордон у 50-14N 036-05E; їх двоє, вони без зброї.
""",
}


def lines(text: str) -> list[str]:
    return text.strip().split("\n")


def written(*entries: str) -> str:
    """A list with these entries, each given as its lines without the advice."""
    return LOOK_ALIKE + "".join(f"[[entry]]\n{lines}\n{ADVICE}" for lines in entries)


def screen(*words: str, unless: tuple[str, ...] = ()) -> Screen:
    return parse_screen(
        written(f'words = {[*words]}\nkind = "ambiguous"\nunless = {[*unless]}'), "test"
    )


def found(what: Screen, text: str) -> list[str]:
    return [caution.words for caution in cautions(what, text)]


@cache
def shipped(language: str) -> tuple[dict[str, Any], Screen]:
    path = PACKAGE / "phrase" / "languages" / language / "screen.toml"
    text = path.read_text(encoding="utf-8")
    return tomllib.loads(text), parse_screen(text, f"{language}/screen.toml")


# ------------------------------------------------------------------------------ what is found


@pytest.mark.parametrize(
    "pattern, text, words",
    [
        ("roger", "Roger, understood.", ["Roger"]),
        ("roger", "Rogers of prudent roger-like ROGER", ["roger", "ROGER"]),
        ("clear to", "You are clear,\n to — to land", ["clear,\n to"]),
        ("clear to", "clear the way to", []),
        ("медвед*", "МЕДВЕДЯ не видно, медвежонка тоже", ["МЕДВЕДЯ"]),
        ("самолет*", "самолётом", ["самолётом"]),
        ("самолёт", "самолет самолёт самоле\u0308т", ["самолет", "самолёт", "самоле\u0308т"]),
        ("можем не", "мо\u0301жем  не", ["мо\u0301жем  не"]),
        ("п'ятниц*", "п'ятниця п’ятниці п\u02bcятницю", ["п'ятниця", "п’ятниці", "п\u02bcятницю"]),
        ("can't you", "‘Can’t you see?’ CAN`T YOU", ["Can’t you", "CAN`T YOU"]),
        ("їжак", "і\u0308жак", ["і\u0308жак"]),
        ("target", "tar\u00adget ｔａｒ\u200bｇｅｔ", ["tar\u00adget", "ｔａｒ\u200bｇｅｔ"]),
        ("in * min*", "in 5 minutes, in five min; in a bad min", ["in 5 minutes", "in five min"]),
        ("in * min*", "in", []),
        ("10 4", "10-4 10.4 104 10 40", ["10-4", "10.4"]),
        ("weiß", "WEISS", ["WEISS"]),
        ("a b", "a_b a b", ["a_b", "a b"]),
        ("a b a", "a b a b a", ["a b a", "a b a"]),
    ],
)  # fmt: skip
def test_whole_words_in_any_case_across_what_stands_between(
    pattern: str, text: str, words: list[str]
) -> None:
    assert found(screen(pattern), text) == words


def test_a_caution_says_where_what_and_why() -> None:
    text = 'words = ["or else"]\nkind = "threatening"'
    (caution,) = cautions(parse_screen(written(text), "test"), "Stop, or else!")
    assert caution == Caution(6, 13, "or else", "threatening", "w", "i")


def test_what_lies_within_a_longer_one_is_left_out() -> None:
    listed = screen("target", "have the target", "the target is", "you")
    assert found(listed, "you have the target is what") == [
        "you",
        "have the target",
        "the target is",
    ]
    assert found(listed, "the target") == ["target"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("12 miles", ["miles"]),
        ("12 nautical miles", []),
        ("12 nautical miles and 3 miles", ["miles"]),
        ("nautical: miles", []),
        ("nautical", []),
        ("square miles of mile", ["miles", "mile"]),
        ("miles per hour", ["miles"]),
        ("miles per the nautical mile", ["miles"]),
    ],
)
def test_unless_excuses_what_lies_inside_it(text: str, words: list[str]) -> None:
    assert found(screen("mile", "miles", unless=("nautical mile*", "x miles y")), text) == words


@pytest.mark.parametrize(
    "text, words",
    [
        ("Кoрабль у причала", ["Кoрабль"]),
        ("The shiр left", ["shiр"]),
        ("Су-24М и МиГ-31, GPS-приёмник, 10км, 221830Z", []),
        ("plain, просто, naïve, її", []),
        ("п'ять p'ять", ["p'ять"]),
        ("VIPом", ["VIPом"]),
        ("μm, 日本a, ½в", []),
    ],
)
def test_a_word_of_mixed_script_is_warned_of(text: str, words: list[str]) -> None:
    seen = cautions(screen("never"), text)
    assert [caution.words for caution in seen] == words
    assert {(caution.kind, caution.why, caution.instead) for caution in seen} <= {
        ("look-alike", "w", "i")
    }


def test_a_mixed_word_is_told_inside_a_longer_one() -> None:
    assert found(screen("in * minutes"), "in дesять minutes") == ["in дesять minutes", "дesять"]


@given(st.text(st.characters(exclude_categories=()), max_size=200))
def test_places_are_those_of_the_text(text: str) -> None:
    for language in LANGUAGES:
        seen = cautions(shipped(language)[1], text)
        assert all(c.words == text[c.start : c.end] and c.words for c in seen)
        assert [(c.start, c.end) for c in seen] == sorted((c.start, c.end) for c in seen)


WORDS = st.sampled_from(["a", "ab", "abc", "b", "ba", "Ab"])


@given(
    st.lists(st.sampled_from(["a", "ab*", "a*"]), min_size=1, max_size=3),
    st.lists(WORDS, max_size=8),
)
def test_it_is_what_a_regular_expression_finds(pattern: list[str], text: list[str]) -> None:
    line = " ".join(text)
    words = [word.replace("*", "[a-z]*") for word in pattern]
    expression = re.compile(rf"(?=\b({' '.join(words)})\b)", re.IGNORECASE)
    spans = [(match.start(1), match.end(1)) for match in expression.finditer(line)]
    seen = cautions(screen(" ".join(pattern)), line)
    assert [(c.start, c.end) for c in seen] == spans


# ------------------------------------------------------------------------------ hostile text


def calls(act: Callable[[], object]) -> int:
    """How many functions are called: work that can be compared without a clock."""
    count = 0

    def counting(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    sys.setprofile(counting)
    try:
        act()
    finally:
        sys.setprofile(None)
    return count


@pytest.mark.parametrize(
    "unit",
    [
        "in ", "в течение ", "не ", "a", "я", "\u0301", "e\u0301", "'", "a'", "in * ", "\ufdfa",
        "не испытывайте ", "the target ", "aя ", " ", "нац", "10 4 ", "\u0344\u0316",
    ],
)  # fmt: skip
@pytest.mark.parametrize("language", LANGUAGES)
def test_twice_the_text_is_twice_the_work(language: str, unit: str) -> None:
    listed = shipped(language)[1]
    once, twice = (calls(partial(cautions, listed, unit * count)) for count in (400, 800))
    assert twice <= 2.1 * once


@pytest.mark.parametrize("unit", ["in ", "a", "e\u0316\u0301", "a\u0316\u0301", "'a", "не "])
def test_a_long_hostile_text_is_read(unit: str) -> None:
    text = "x" + unit * (200_000 // len(unit))
    assert all(c.end <= len(text) for c in cautions(shipped("en")[1], text))


# ------------------------------------------------------------------------------ the list


@pytest.mark.parametrize(
    "text, why",
    [
        ("words = [", "not TOML"),
        ("", "it needs 1 to 1000 entries (write [[entry]])"),
        ("entry = 3", "it needs 1 to 1000 entries (write [[entry]])"),
        (LOOK_ALIKE, "it needs 1 to 1000 entries (write [[entry]])"),
        ("[[cautions]]\nkind = 1", "the unknown key 'cautions'"),
        ("[[entry]]", "look_alike: Expected `object`, got `null`"),
        ("[[entry]]\n[look_alike]\nwhy = 'w'", "Object missing required field `instead`"),
        (
            "[[entry]]\n[look_alike]\nwhy = 'w'\ninstead = ' '",
            "'instead' is no sentence (write one, on one line of at most 400 characters)",
        ),
        (" " * (1 << 20) + "#", "longer than 1048576 characters"),
    ],
)  # fmt: skip
def test_a_file_with_a_hole_is_refused(text: str, why: str) -> None:
    with pytest.raises(Malformed, match=re.escape(why)) as caught:
        parse_screen(text, "xx")
    assert caught.value.where.startswith("xx")


@pytest.mark.parametrize(
    "entry, why",
    [
        ('words = ["a"]', "entry 2 (a): Object missing required field `kind`"),
        ('kind = "imagery"', "entry 2: Object missing required field `words`"),
        ('words = []\nkind = "imagery"', "entry 2: Expected `array` of length >= 1 - at `$.words`"),
        ('words = [3]\nkind = "imagery"', "entry 2: Expected `str`, got `int` - at `$.words[0]`"),
        ('words = ["a"]\nkind = "rude"', "entry 2 (a): Invalid enum value 'rude' - at `$.kind`"),
        (
            'words = ["a"]\nkind = "imagery"\nhow = 1',
            "entry 2 (a): Object contains unknown field `how`",
        ),
        ('words = [""]\nkind = "imagery"', "entry 2 (): '' can never match: '' is no word"),
        ('words = ["a  b"]\nkind = "imagery"', "entry 2 (a  b): 'a  b' can never match: '' is no"),
        ('words = ["a-b"]\nkind = "imagery"', "'a-b' can never match: 'a-b' is no word"),
        ('words = ["a*b"]\nkind = "imagery"', "'a*b' can never match: 'a*b' is no word"),
        ('words = ["a **"]\nkind = "imagery"', "'a **' can never match: '**' is no word"),
        ('words = ["else!"]\nkind = "imagery"', "'else!' can never match: 'else!' is no word"),
        ('words = ["tаrget"]\nkind = "imagery"', "'tаrget' can never match: 'tаrget' is no word"),
        ('words = ["* a"]\nkind = "imagery"', "'* a' begins or ends with any word"),
        ('words = ["a *"]\nkind = "imagery"', "'a *' begins or ends with any word"),
        ('words = ["*"]\nkind = "imagery"', "'*' begins or ends with any word"),
        (
            f'words = ["{"a " * 8}a"]\nkind = "imagery"',
            "'a a a a a a a a a' has more than 8 words",
        ),
        (f'words = ["{"a" * 33}"]\nkind = "imagery"', "is longer than 32 characters"),
        ('words = ["FIRST"]\nkind = "imagery"', "'FIRST': it stands twice, first in xx: entry 1"),
        ('words = ["b", "b"]\nkind = "imagery"', "entry 2 (b): 'b': it stands twice, first in xx"),
        ('words = ["firstly"]\nkind = "imagery"', ""),
        ('words = ["first*"]\nkind = "imagery"', "'first': it can never match, for xx: entry 2"),
        (
            'words = ["b*", "bc*"]\nkind = "imagery"',
            "entry 2 (b*): 'bc*': it can never match, for xx: entry 2 (b*): 'b*' does",
        ),
        ('words = ["first*"]\nkind = "imagery"\nunless = ["first of"]', ""),
        (
            'words = ["b"]\nkind = "imagery"\nunless = ["c d"]',
            "entry 2 (b): unless 'c d' can never excuse anything",
        ),
        (
            'words = ["b c"]\nkind = "imagery"\nunless = ["b"]',
            "entry 2 (b c): unless 'b' can never excuse anything",
        ),
        (
            'words = ["b"]\nkind = "imagery"\nunless = ["b*"]',
            "entry 2 (b): 'b' can never match, for an unless covers it",
        ),
        ('words = ["b"]\nkind = "imagery"\nunless = ["b "]', "'b ' can never match: '' is no word"),
        ('words = ["b*"]\nkind = "imagery"\nunless = ["bc* d"]', ""),
    ],
)
def test_an_entry_with_a_hole_is_named(entry: str, why: str) -> None:
    text = written('words = ["first"]\nkind = "ambiguous"', entry)
    if not why:
        parse_screen(text, "xx")
        return
    with pytest.raises(Malformed, match=re.escape(why)) as caught:
        parse_screen(text, "xx")
    assert caught.value.where.startswith("xx: entry ")


@pytest.mark.parametrize("name", ["why", "instead"])
@pytest.mark.parametrize("text", ["", " ", "one\\ntwo", "x" * 401])
def test_an_entry_without_advice_is_named(name: str, text: str) -> None:
    lines = LOOK_ALIKE + '[[entry]]\nwords = ["a"]\nkind = "imagery"\n' + ADVICE
    old, new = (f'{name} = "{value}"' for value in (name[0], text))
    before, _, after = lines.rpartition(old)
    with pytest.raises(Malformed, match=re.escape(f"entry 1 (a): '{name}' is no sentence")):
        parse_screen(before + new + after, "xx")


# ------------------------------------------------------------------------------ what is shipped


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_language_has_its_list(language: str) -> None:
    raw, _ = shipped(language)
    assert len(raw["entry"]) >= LEAST_ENTRIES
    assert {entry["kind"] for entry in raw["entry"]} == {
        "ambiguous",
        "idiomatic",
        "imagery",
        "offensive",
        "threatening",
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_pattern_is_found(language: str) -> None:
    raw, listed = shipped(language)
    lost = [
        pattern
        for entry in raw["entry"]
        for pattern in entry["words"]
        for text in (pattern.replace(" * ", " x ").replace("*", ""),)
        if entry["kind"] not in [c.kind for c in cautions(listed, text) if c.words == text]
    ]
    assert lost == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_advice_is_of_its_language_and_follows_itself(language: str) -> None:
    raw, listed = shipped(language)
    foreign = {"en": "[а-яёіїєґ]", "ru": "[іїєґ]", "uk": "[ыэъё]"}[language]
    for entry in (raw["look_alike"], *raw["entry"]):
        assert re.search(foreign, entry["why"] + entry["instead"], re.IGNORECASE) is None
        assert entry["why"].endswith(".")
        assert entry["instead"].rstrip("”»").endswith((".", "?"))
        assert found(listed, entry["instead"]) == []
        assert not [c for c in cautions(listed, entry["why"]) if c.kind == "look-alike"]


@pytest.mark.parametrize(
    "language, marked", [(name, text) for name in LANGUAGES for text in lines(GOLDEN[name])]
)
def test_what_would_misfire_is_warned_of(language: str, marked: str) -> None:
    mark = r"\{(.+?)\|(.+?)\}"
    seen = cautions(shipped(language)[1], re.sub(mark, r"\1", marked))
    assert [(c.words, c.kind) for c in seen] == re.findall(mark, marked)


@pytest.mark.parametrize(
    "language, text", [(name, text) for name in LANGUAGES for text in lines(PLAIN[name])]
)
def test_plain_sentences_of_a_duty_officer_give_no_caution(language: str, text: str) -> None:
    assert found(shipped(language)[1], text) == []
