from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.line.script import CODE_CHARACTERS_MAX, check_code, twins

LATIN = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CYRILLIC = "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЁЄІЇҐ"
ALIKE = "АВЕКМНОРСТУХІ"
LATIN_ALIKE = "ABEKMHOPCTYXI"
ONE = "write it in one script"
CHARACTERS = "write Latin or Cyrillic capitals, digits, hyphens and spaces"

codes = st.text(LATIN + CYRILLIC + "0123456789- ", min_size=1, max_size=CODE_CHARACTERS_MAX)
one_script = st.one_of(
    *(st.text(a + "0123456789- ", min_size=1, max_size=6) for a in (LATIN, CYRILLIC, ALIKE))
)


def accepted(text: str) -> bool:
    try:
        check_code(text, "test")
    except Malformed:
        return False
    return True


@pytest.mark.parametrize(
    "text",
    [
        "A", "7", "BRAVO 2", "NATO-01", "SU-27", "QF1", "A" * 16, "1", "MT HALLA 1",
        "ЗАРЯ", "ГРОЗА-2", "ЁРШ", "БЕРКУТ 12", "ЩУКА", "ҐАВА", "ЇЖАК-1", "ЄВГЕН", "Л-3", "Ж",
    ],
)  # fmt: skip
def test_a_code_of_one_script_is_taken(text: str) -> None:
    check_code(text, "test")


@pytest.mark.parametrize(
    "text, what, mend",
    [
        ("FALСON", "the letter С (U+0421, Cyrillic) at 4 among Latin letters", ONE),
        ("ЗАPЯ", "the letter P (U+0050, Latin) at 3 among Cyrillic letters", ONE),
        (
            "СOКOЛ",
            "the letter O (U+004F, Latin) at 2, the letter O (U+004F, Latin) at 4 among Cyrillic"
            " letters",
            ONE,
        ),
        ("AБ", "the letter Б (U+0411, Cyrillic) at 2 among Latin letters", ONE),
        ("БA", "the letter A (U+0041, Latin) at 2 among Cyrillic letters", ONE),
        ("aб", "the letter б (U+0431, Cyrillic) at 2 among Latin letters", ONE),
        ("bravo", "a code has no small letters", "write it in capitals: BRAVO"),
        ("Заря", "a code has no small letters", "write it in capitals: ЗАРЯ"),
        (
            "КОМЕТА", "in Cyrillic letters it looks like KOMETA in Latin ones",
            "write it in Latin letters, KOMETA, or use a letter that Latin lacks",
        ),
        (
            "ОЗ-1", "in Cyrillic letters it looks like O3-1 in Latin ones",
            "write it in Latin letters, O3-1, or use a letter that Latin lacks",
        ),
        ("ΑLFA", "the letter Α (U+0391, Greek) at 1", CHARACTERS),
        ("A\u200bB_", "the character U+200B at 2, the character U+005F at 4", CHARACTERS),
        ("ıſ", "the letter ı (U+0131, Latin) at 1, the letter ſ (U+017F, Latin) at 2", CHARACTERS),
        ("Л２", "the character U+FF12 at 2", CHARACTERS),
        ("И\u0306", "the character U+0306 at 2", CHARACTERS),
        ("-A", "the hyphen at 1 is not between letters or digits", "leave it out"),
        ("A-", "the hyphen at 2 is not between letters or digits", "leave it out"),
        (" A", "the space at 1 is not between letters or digits", "leave it out"),
        ("A ", "the space at 2 is not between letters or digits", "leave it out"),
        ("A  B", "the space at 2 is not between letters or digits", "leave it out"),
        ("A -B", "the space at 2 is not between letters or digits", "leave it out"),
        ("-", "the hyphen at 1 is not between letters or digits", "leave it out"),
        ("", "0 characters", "a code has 1 to 16 characters"),
        ("A" * 17, "17 characters", "a code has 1 to 16 characters"),
    ],
)  # fmt: skip
def test_what_is_none_is_refused_with_what_where_and_how_to_mend(
    text: str, what: str, mend: str
) -> None:
    with pytest.raises(Malformed) as caught:
        check_code(text, "a call sign")
    assert (caught.value.what, caught.value.where, caught.value.mend) == (what, "a call sign", mend)


@given(one_script, one_script)
def test_two_codes_that_differ_never_look_alike(one: str, other: str) -> None:
    if accepted(one) and accepted(other) and one != other:
        assert twins(one) != twins(other)


@given(codes.filter(accepted), st.data())
def test_a_code_with_one_letter_exchanged_for_its_twin_is_no_code(
    code: str, data: st.DataObject
) -> None:
    pairs = dict(zip(ALIKE + LATIN_ALIKE, LATIN_ALIKE + ALIKE, strict=True))
    places = [at for at, letter in enumerate(code) if letter in pairs]
    if not places:
        return
    swapped = data.draw(st.sets(st.sampled_from(places), min_size=1))
    other = "".join(pairs[c] if at in swapped else c for at, c in enumerate(code))
    assert not accepted(other)


@given(
    st.text(LATIN, min_size=1, max_size=5), st.text(CYRILLIC, min_size=1, max_size=5),
    st.text("0123456789", max_size=5), st.data(),
)  # fmt: skip
def test_every_mix_is_refused_and_names_what_is_astray(
    latin: str, cyrillic: str, digits: str, data: st.DataObject
) -> None:
    mixed = "".join(data.draw(st.permutations([*latin, *cyrillic, *digits])))
    with pytest.raises(Malformed, match=r"among (Latin|Cyrillic) letters") as caught:
        check_code(mixed, "test")
    named = re.findall(r"the letter (\S) \(U\+([0-9A-F]{4}), (\w+)\) at (\d+)", caught.value.what)
    assert len(named) == min(len(latin), len(cyrillic)) or len(latin) == len(cyrillic)
    for letter, code, script, place in named:
        assert mixed[int(place) - 1] == letter == chr(int(code, 16))
        assert letter in {"Latin": latin, "Cyrillic": cyrillic}[script]


@given(st.text())
def test_nothing_else_is_raised_and_what_is_taken_is_plain(text: str) -> None:
    if accepted(text):
        assert text == text.strip() == text.upper()


@given(st.text(ALIKE + "0123456789", min_size=1, max_size=16))
def test_a_cyrillic_code_that_could_be_latin_is_refused(text: str) -> None:
    assert accepted(text) == (not set(text) & set(ALIKE))
    assert accepted(twins(text))


@given(st.text())
def test_a_twin_is_its_own_twin(text: str) -> None:
    assert twins(twins(text)) == twins(text)
    assert len(twins(text)) == len(text)


def test_each_look_alike_has_its_twin() -> None:
    assert twins(ALIKE) == LATIN_ALIKE
    assert twins("аеорсухі ѕј ЅЈ") == "aeopcyxi sj SJ"
    assert twins("Заря, BRAVO 2") == "Зapя, BRAVO 2"
    assert twins("аеорсухіѕјһԁԛԝ").isascii()
