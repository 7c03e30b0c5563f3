from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.tlog.note import (
    MAX_NOTE_BYTES,
    MAX_SIGNATURES,
    Note,
    Signature,
    VerifierKey,
    format_note,
    parse_note,
    parse_verifier_key,
)
from tests.tlog.cases_note import LINE, NOTE, TEXT

NAMES = st.text(st.characters(exclude_categories=["C", "Z"], exclude_characters="+"), min_size=1)
TEXTS = st.text(st.characters(exclude_categories=["Cc", "Cs"], include_characters="\n"))
SIGNATURES = st.builds(
    Signature,
    NAMES.filter(lambda name: len(name.encode()) <= 255),
    st.binary(min_size=4, max_size=4),
    st.binary(min_size=1),
)


@given(TEXTS, st.lists(SIGNATURES, min_size=1, max_size=5))
def test_what_is_written_is_read(text: str, signatures: list[Signature]) -> None:
    note = Note(text + "\n", tuple(signatures))
    assert parse_note(format_note(note)) == note
    assert parse_note(format_note(note).encode()) == note


@given(st.integers(0, len(NOTE) - 1), st.characters())
def test_a_note_with_one_character_changed_is_refused_or_another_note(at: int, new: str) -> None:
    changed = NOTE[:at] + new + NOTE[at + 1 :]
    with contextlib.suppress(Malformed):
        assert format_note(parse_note(changed)) == changed


@given(st.binary())
def test_any_bytes_are_a_note_or_malformed(data: bytes) -> None:
    with contextlib.suppress(Malformed):
        assert format_note(parse_note(data)).encode() == data


@given(st.text())
def test_any_text_is_a_verifier_key_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert parse_verifier_key(text).text() == text


def test_a_lone_surrogate_is_no_text() -> None:
    with pytest.raises(Malformed, match="UTF-8"):
        parse_note("\ud800" + NOTE)
    with pytest.raises(Malformed, match="UTF-8"):
        VerifierKey("\ud800", 1, bytes(32))


def test_the_bounds_themselves_are_allowed() -> None:
    assert len(parse_note(f"{TEXT}\n" + LINE * MAX_SIGNATURES).signatures) == MAX_SIGNATURES
    room = MAX_NOTE_BYTES - len(f"\n\n{LINE}".encode())
    assert parse_note("a" * room + f"\n\n{LINE}").text == "a" * room + "\n"
    with pytest.raises(Malformed, match="longer than"):
        parse_note("a" * (room + 1) + f"\n\n{LINE}")
    with pytest.raises(Malformed, match="longer than"):
        parse_note("\xe9" * (room // 2 + 1) + f"\n\n{LINE}")
