"""What a checkpoint says, before anybody signs it: origin, size and root in three lines.

C2SP tlog-checkpoint allows extension lines; we neither write nor read them, because an ML-DSA-44
cosignature does not cover them.
"""

from __future__ import annotations

from dataclasses import dataclass

from detente.errors import Malformed
from detente.tlog.hash import HASH_BYTES, Hash
from detente.tlog.note import check_no_control
from detente.tlog.text import MAX_DECIMAL, decode_base64, encode_base64, parse_decimal

MAX_ORIGIN_BYTES = 255
"""A cosignature carries the origin behind a one-byte length (C2SP tlog-cosignature)."""
MAX_SIZE = MAX_DECIMAL

_WHERE = "checkpoint"
_LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The tree of the first `size` leaves of the log `origin` has this root."""

    origin: str
    size: int
    root: Hash

    def __post_init__(self) -> None:
        try:
            length = len(self.origin.encode())
        except UnicodeError as error:
            raise Malformed("an origin that is not UTF-8", where=_WHERE) from error
        if not 1 <= length <= MAX_ORIGIN_BYTES:
            raise Malformed(f"an origin not 1 to {MAX_ORIGIN_BYTES} bytes long", where=_WHERE)
        check_no_control(self.origin, where=_WHERE)
        if not 0 <= self.size <= MAX_SIZE:
            raise Malformed("a size that is not 0 to 2^63-1", where=_WHERE)
        if len(self.root) != HASH_BYTES:
            raise Malformed(f"a root that is not {HASH_BYTES} bytes long", where=_WHERE)

    def text(self) -> str:
        """The three lines, each with its newline: the text of the note (C2SP tlog-checkpoint)."""
        return f"{self.origin}\n{self.size}\n{encode_base64(self.root)}\n"


def parse_checkpoint(text: str) -> Checkpoint:
    """Exactly three lines, each in its one encoding, or Malformed (C2SP tlog-checkpoint)."""
    lines = text.split("\n")
    if lines.pop() != "" or len(lines) != _LINES:
        raise Malformed(
            "not three lines", where=_WHERE, mend="origin, size, root; each ends in a newline"
        )
    origin, size, root = lines
    return Checkpoint(origin, parse_decimal(size, _WHERE), Hash(decode_base64(root, _WHERE)))
