from __future__ import annotations

import pytest

from detente.errors import Malformed
from detente.line.accord import PARTIES_MAX
from detente.line.canonical import encode
from detente.line.frame import (
    BRANCHES_MAX,
    FRAME_BYTES_MAX,
    NOTE_CHARACTERS_MAX,
    Beat,
    Carried,
    Frame,
    Held,
    Ledger,
    Where,
    parse_frame,
)
from detente.tlog.advance import MAX_BRANCHES, Advance

HELD = Held(bytes(32), 5)
LEDGER = Ledger((HELD,), "northland")


@pytest.mark.parametrize(
    "frame",
    [
        Carried(Advance(1, bytes(32), "note\n", (b"a", b"\xff"))),
        Where("northland", (LEDGER, Ledger((), "southmark"))),
        Beat("northland", ("one\n", "two\n"), 1_770_000_000_000),
    ],
)
def test_what_is_sent_is_read(frame: Frame) -> None:
    assert parse_frame(encode(frame)) == frame


def test_the_bytes_of_frames_never_change() -> None:
    assert encode(Carried(Advance(1, b"", "n", (b"leaf",)))) == (
        b'{"advance":{"hashes":"","leaves":["bGVhZg=="],"note":"n","start":1},"frame":"advance"}'
    )
    assert encode(Where("n", (LEDGER,))) == (
        b'{"by":"n","frame":"where","held":[{"branches":[{"root":"' + b"A" * 43 + b'=","size":5}],'
        b'"party":"northland"}]}'
    )
    assert encode(Beat("n", ("c",), 7)) == b'{"by":"n","checkpoints":["c"],"frame":"beat","time":7}'


@pytest.mark.parametrize(
    "frame",
    [
        Where("n", (LEDGER,) * (PARTIES_MAX + 1)),
        Where("N", (LEDGER,)),
        Where("n", (Ledger((HELD,) * (BRANCHES_MAX + 1), "n"),)),
        Where("n", (Ledger((Held(bytes(31), 5),), "n"),)),
        Where("n", (Ledger((Held(bytes(32), -1),), "n"),)),
        Where("n", (Ledger((Held(bytes(32), 2**53),), "n"),)),
        Beat("n", ("c",) * (PARTIES_MAX + 1), 7),
        Beat("n", ("c" * (NOTE_CHARACTERS_MAX + 1),), 7),
        Beat("n", (), -1),
        Beat("n", (), 2**53),
    ],
)
def test_hints_are_bounded(frame: Frame) -> None:
    with pytest.raises(Malformed, match="frame"):
        parse_frame(encode(frame))


def test_a_frame_is_bounded() -> None:
    with pytest.raises(Malformed, match="at most"):
        parse_frame(b" " * (FRAME_BYTES_MAX + 1))


def test_a_where_has_room_for_all_that_a_station_keeps() -> None:
    assert BRANCHES_MAX >= MAX_BRANCHES + 1  # our own mirror is one more


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b'{"frame":"order"}',
        b'{"by":"n","frame":"beat","checkpoints":[],"time":7}',
        b'{"by":"n","checkpoints":[],"frame":"beat","time":7.0}',
        b'{"by":"n","checkpoints":[],"extra":1,"frame":"beat","time":7}',
        b'{"by":"n","checkpoints":["\xff"],"frame":"beat","time":7}',
    ],
)
def test_only_frames_are_read(data: bytes) -> None:
    with pytest.raises(Malformed):
        parse_frame(data)
