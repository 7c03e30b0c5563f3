"""What a station writes down: leaves of its own ledger, and advances of everybody's.

`recorded_at` is our clock, outside the leaf: nobody else sees it, and no rule depends on it. The
bytes of messages stand in our own leaves alone, so a recorded advance carries hashes and a
checkpoint only.
"""

from __future__ import annotations

from typing import Final

import msgspec

from detente.line.canonical import exact
from detente.line.message import Millis
from detente.tlog.advance import Advance

ENTRY_BYTES_MAX: Final = (
    16 * 1024 * 1024 + 1_024
)  # a frame, which is where it came from, and our clock


class Own(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="entry", tag="own"):
    """A leaf of our own ledger: the accord first, then messages as we said or heard them."""

    leaf: bytes
    recorded_at: Millis


class Grown(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="entry", tag="grown"
):
    """A ledger that grew, as its party signed it. Of our own only while we recover it."""

    advance: Advance  # without leaves
    recorded_at: Millis


Entry = Own | Grown

_entry: Final[msgspec.json.Decoder[Entry]] = msgspec.json.Decoder(Entry)


def parse_entry(data: bytes) -> Entry:
    return exact(_entry, data, limit=ENTRY_BYTES_MAX, what="journal entry")
