"""What goes over a link: an advance, `where` a station stands, or a heartbeat.

A frame never depends on the link that carried it: an advance proves itself, and the other two are
hints that nobody signed, bounded and checked for known names. A lie in them costs traffic only.
"""

from __future__ import annotations

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.line.accord import PARTIES_MAX
from detente.line.canonical import exact
from detente.line.message import PartyName
from detente.tlog.advance import Advance

FRAME_BYTES_MAX: Final = 16 * 1024 * 1024
BRANCHES_MAX: Final = 64  # of one ledger; an honest one has a single branch
NOTE_CHARACTERS_MAX: Final = 16_384

Size = Annotated[int, Meta(ge=0, lt=2**53)]
Root = Annotated[bytes, Meta(min_length=32, max_length=32)]


class Held(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One branch of a ledger, by its size and root."""

    root: Root
    size: Size


class Ledger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of one party's ledger a station holds: a branch each."""

    branches: Annotated[tuple[Held, ...], Meta(max_length=BRANCHES_MAX)]
    party: PartyName


class Where(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="frame", tag="where"
):
    """The first thing on every link: all that a station holds, its own ledger included."""

    by: PartyName
    held: Annotated[tuple[Ledger, ...], Meta(max_length=PARTIES_MAX)]


class Beat(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="frame", tag="beat"):
    """The newest checkpoint held of every party: the line is alive, and nobody is shown two
    ledgers.
    """

    by: PartyName
    checkpoints: Annotated[
        tuple[Annotated[str, Meta(max_length=NOTE_CHARACTERS_MAX)], ...],
        Meta(max_length=PARTIES_MAX),
    ]
    time: Annotated[int, Meta(ge=0, lt=2**53)]  # the sender's clock, ms UTC: for the clock offset


class Carried(
    msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="frame", tag="advance"
):
    """A ledger that grew."""

    advance: Advance


Frame = Carried | Where | Beat

_frame: Final[msgspec.json.Decoder[Frame]] = msgspec.json.Decoder(Frame)


def parse_frame(data: bytes) -> Frame:
    return exact(_frame, data, limit=FRAME_BYTES_MAX, what="frame")
