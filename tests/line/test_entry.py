from __future__ import annotations

import pytest

from detente.errors import Malformed
from detente.line.canonical import encode
from detente.line.entry import ENTRY_BYTES_MAX, Entry, Grown, Own, parse_entry
from detente.line.frame import FRAME_BYTES_MAX, Carried, parse_frame
from detente.tlog.advance import Advance

ADVANCE = Advance(3, bytes(64), "a note\n", ())
NOW = 1_770_000_000_000


@pytest.mark.parametrize("entry", [Own(b"\x00\xff", NOW), Own(b"", 0), Grown(ADVANCE, NOW)])
def test_what_is_written_is_read(entry: Entry) -> None:
    assert parse_entry(encode(entry)) == entry


def test_the_bytes_of_entries_never_change() -> None:
    assert encode(Own(b"leaf", 7)) == b'{"entry":"own","leaf":"bGVhZg==","recorded_at":7}'
    assert encode(Grown(Advance(1, b"", "n", ()), 7)) == (
        b'{"advance":{"hashes":"","leaves":[],"note":"n","start":1},"entry":"grown","recorded_at":7}'
    )


@pytest.mark.parametrize(
    "data",
    [
        b'{"entry":"own","leaf":"bGVhZg==","recorded_at":-7}',
        b'{"entry":"own","leaf":"bGVhZg==","recorded_at":9007199254740992}',
        b'{"entry":"own","leaf":"bGVhZh==","recorded_at":7}',
        b'{"entry":"theirs","leaf":"bGVhZg==","recorded_at":7}',
        b'{"leaf":"bGVhZg==","recorded_at":7}',
        b'{"entry":"own","leaf":"bGVhZg==","recorded_at":7,"x":1}',
        b'{"entry":"own","leaf":"bGVhZg==","recorded_at":7} ',
    ],
)
def test_only_entries_are_read(data: bytes) -> None:
    with pytest.raises(Malformed, match="journal entry"):
        parse_entry(data)


def test_whatever_a_frame_brings_can_be_written_down() -> None:
    """Else a party could send a frame that we record and can never read again."""
    spare = FRAME_BYTES_MAX - len(encode(Carried(Advance(0, b"", "", ()))))
    largest = Advance(0, bytes(spare // 4 * 3), "", ())
    assert parse_frame(encode(Carried(largest))) == Carried(largest)
    entry = Grown(largest, 2**53 - 1)
    assert FRAME_BYTES_MAX < len(encode(entry)) <= ENTRY_BYTES_MAX
    assert parse_entry(encode(entry)) == entry
