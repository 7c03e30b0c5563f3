from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.phrase.words import (
    FINGERPRINT_BYTES,
    LINES_MAX,
    WORDS,
    fingerprint_lines,
    spell,
    unspell,
)

DIGEST = hashlib.sha256(b"a card").digest()
LINES = fingerprint_lines(DIGEST)

pairs = st.integers(0, LINES_MAX // 2).flatmap(lambda n: st.binary(min_size=5 * n, max_size=5 * n))


def test_no_two_words_are_one() -> None:
    assert len({*WORDS}) == 32
    assert len({word[0] for word in WORDS[:26]}) == 26


def test_a_fingerprint_is_eight_lines_of_five_words() -> None:
    assert [len(line.split()) for line in LINES] == [5] * 8
    assert unspell(LINES) == DIGEST[:FINGERPRINT_BYTES]


def test_the_words_are_frozen() -> None:
    assert spell(bytes(5)) == ("ALFA ALFA ALFA ALFA ALFA", "ALFA ALFA ALFA ALFA FOXTROT")
    assert spell(b"\xff" * 5)[0] == "SEVEN SEVEN SEVEN SEVEN NOVEMBER"
    assert spell(bytes.fromhex("0123456789")) == (
        "ALFA ECHO ROMEO UNIFORM GOLF",
        "KILO ZULU FOUR JULIETT PAPA",
    )


@given(pairs)
def test_what_is_spelt_reads_back(data: bytes) -> None:
    lines = spell(data)
    assert unspell(lines) == data
    assert unspell([line.lower() for line in lines]) == data
    short = dict(zip(WORDS, "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", strict=True))
    assert unspell([" ".join(short[word] for word in line.split()) for line in lines]) == data


@pytest.mark.parametrize("place", range(5))
@pytest.mark.parametrize("line", range(8))
def test_every_single_word_misheard_is_found_in_its_line(line: int, place: int) -> None:
    words = LINES[line].split()
    for wrong in set(WORDS) - {words[place]}:
        heard = [*words]
        heard[place] = wrong
        with pytest.raises(Malformed, match=f"line {line + 1}: a word was misheard"):
            unspell([*LINES[:line], " ".join(heard), *LINES[line + 1 :]])


@given(pairs.filter(bool), st.data())
def test_two_words_exchanged_are_found(data: bytes, choice: st.DataObject) -> None:
    lines = [*spell(data)]
    at = choice.draw(st.integers(0, len(lines) - 1))
    one, other = choice.draw(st.tuples(st.integers(0, 4), st.integers(0, 4)))
    words = lines[at].split()
    if words[one] == words[other]:
        return
    words[one], words[other] = words[other], words[one]
    lines[at] = " ".join(words)
    with pytest.raises(Malformed, match=f"line {at + 1}: a word was misheard"):
        unspell(lines)


@given(pairs.filter(bool), st.data())
def test_lines_exchanged_are_found(data: bytes, choice: st.DataObject) -> None:
    lines = [*spell(data)]
    places = st.integers(0, len(lines) - 1)
    one, other = sorted(choice.draw(st.lists(places, min_size=2, max_size=2, unique=True)))
    lines[one], lines[other] = lines[other], lines[one]
    with pytest.raises(Malformed, match=f"line {one + 1}.*line {other + 1}"):
        unspell(lines)


def test_other_spellings_are_taken() -> None:
    data = unspell(["ALFA ALFA ALFA ALFA ALFA", "ALPHA alpha A a foxtrot"])
    assert data == bytes(5)


@pytest.mark.parametrize(
    "line, why",
    [
        ("ALFA ALFA ALFA ALFA", "4 words where 5 belong"),
        ("ALFA ALFA ALFA ALFA ALFA ALFA", "6 words where 5 belong"),
        ("", "0 words where 5 belong"),
        ("ALFA ALFA ALFA ALFA EIGHT", "'EIGHT' is no word"),
        ("ALFA ALFA ALFA ALFA 1", "'1' is no word"),
    ],
)
def test_a_line_that_is_none_is_told(line: str, why: str) -> None:
    with pytest.raises(Malformed, match=f"line 1: {why}") as caught:
        unspell([line, LINES[1]])
    assert "read these lines once more" in str(caught.value)


def test_a_missing_line_is_told() -> None:
    with pytest.raises(Malformed, match="7 lines where an even number belongs"):
        unspell(LINES[:7])
