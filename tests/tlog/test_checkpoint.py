from __future__ import annotations

import contextlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Forged, Malformed
from detente.tlog.checkpoint import (
    Checkpoint,
    Verify,
    open_checkpoint,
    parse_checkpoint,
    read_checkpoint,
    sign_checkpoint,
)
from detente.tlog.hash import EMPTY_ROOT, Hash
from detente.tlog.keys import verify_ed25519
from detente.tlog.note import format_note, parse_note, parse_verifier_key
from tests.tlog.cases import LOG, ORIGIN, OTHER, TIME_S, head, signed
from tests.vectors import shared_vectors

TESSERA = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"


@pytest.mark.parametrize("size", range(16))
def test_checkpoints_of_another_implementation_hold(size: int) -> None:
    path = shared_vectors("tessera") / "testdata" / "log" / f"checkpoint.{size}"
    note, vkey = parse_note(path.read_bytes()), parse_verifier_key(TESSERA)
    (line,) = note.signatures
    assert (line.name, line.key_id) == (vkey.name, vkey.id)
    verify_ed25519(vkey.key, note.text.encode(), line.blob)
    checkpoint = parse_checkpoint(note.text)
    assert (checkpoint.origin, checkpoint.size) == ("example.com/log/testdata", size)
    assert checkpoint.text() == note.text
    assert format_note(note).encode() == path.read_bytes()
    with pytest.raises(Forged):
        verify_ed25519(vkey.key, note.text.encode() + b"\n", line.blob)


def test_signed_and_opened() -> None:
    note = sign_checkpoint(LOG, head(), TIME_S)
    opens: Verify = open_checkpoint
    opened = opens(note, ORIGIN, LOG.public)
    assert (opened.checkpoint, opened.time_s, opened.note) == (head(), TIME_S, note)
    assert read_checkpoint(note) == head()
    with pytest.raises(Forged):
        open_checkpoint(note, ORIGIN, OTHER.public)
    with pytest.raises(Forged, match="a checkpoint of"):
        open_checkpoint(note, "detente.example/other", LOG.public)


def test_lines_of_others_are_dropped_and_ours_stand_in_order() -> None:
    note = parse_note(signed())
    first, second = note.signatures
    other = parse_note(sign_checkpoint(OTHER, head(), TIME_S)).signatures
    crowded = replace(note, signatures=(second, *other, first, *other))
    assert open_checkpoint(format_note(crowded), ORIGIN, LOG.public).note == format_note(note)


@given(st.integers(0, 7999), st.integers(0, 7))
def test_no_bit_of_a_note_can_change(at: int, bit: int) -> None:
    octets = bytearray(NOTE.encode())
    octets[at % len(octets)] ^= 1 << bit
    with pytest.raises((Malformed, Forged)):
        open_checkpoint(format_note(parse_note(bytes(octets))), ORIGIN, LOG.public)


NOTE = signed()


@given(
    st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=60),
    st.integers(0, 2**63 - 1),
    st.binary(min_size=32, max_size=32),
)
def test_what_is_written_is_read(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, Hash(root))
    assert parse_checkpoint(checkpoint.text()) == checkpoint


@given(st.text() | st.lists(st.text(), min_size=3, max_size=3).map("\n".join))
def test_any_text_is_a_checkpoint_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert parse_checkpoint(text).text() == text


def test_values_that_no_text_can_say() -> None:
    for origin, size, root in (
        ("", 0, EMPTY_ROOT),
        ("o" * 256, 0, EMPTY_ROOT),
        ("a\nb", 0, EMPTY_ROOT),
        ("\ud800", 0, EMPTY_ROOT),
        ("o", -1, EMPTY_ROOT),
        ("o", 2**63, EMPTY_ROOT),
        ("o", 0, Hash(bytes(31))),
    ):
        with pytest.raises(Malformed):
            Checkpoint(origin, size, root)


def test_what_we_never_sign() -> None:
    with pytest.raises(AssertionError):
        sign_checkpoint(LOG, head(), 0)
    with pytest.raises(Malformed, match="plus"):
        sign_checkpoint(LOG, head(origin="a log"), TIME_S)
