"""Checkpoints of our own logs: signed twice, and believed only if both signatures hold.

The first line is Ed25519 over the text (0x01), the second ML-DSA-44 with the time (0x06); both
are named by the origin. Other readers need neither rule: to them this is an ordinary checkpoint
with an ordinary cosignature.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from detente.errors import Forged
from detente.tlog.cosignature import cosign_mldsa44, open_mldsa44
from detente.tlog.head import Checkpoint, parse_checkpoint
from detente.tlog.keys import PrivateKeys, PublicKeys, verify_ed25519
from detente.tlog.note import (
    COSIGNATURE_MLDSA44,
    ED25519,
    Note,
    Signature,
    check_name,
    format_note,
    key_id,
    parse_note,
)

__all__ = [
    "Checkpoint",
    "Signed",
    "Verify",
    "open_checkpoint",
    "parse_checkpoint",
    "read_checkpoint",
    "sign_checkpoint",
]


@dataclass(frozen=True, slots=True)
class Signed:
    """A checkpoint whose two signatures hold.

    `time_s` is the signer's clock in POSIX seconds, never zero. `note` is the checkpoint with
    exactly the two lines, Ed25519 first.
    """

    checkpoint: Checkpoint
    time_s: int
    note: str


Verify: TypeAlias = Callable[[str, str, PublicKeys], Signed]
"""(note, origin, keys): what the core asks of `open_checkpoint`."""


def sign_checkpoint(keys: PrivateKeys, checkpoint: Checkpoint, time_s: int) -> str:
    """The signed note. `time_s` is POSIX seconds; the origin must be a possible key name.

    This signs whatever it is given. That a log grows and never forks is the signer's promise.
    """
    if time_s < 1:
        raise AssertionError("a checkpoint of ours says when it was signed")
    check_name(checkpoint.origin)
    text = checkpoint.text()
    identifier = key_id(checkpoint.origin, ED25519, keys.public.ed25519)
    first = Signature(checkpoint.origin, identifier, keys.sign_ed25519(text.encode()))
    second = cosign_mldsa44(keys, checkpoint.origin, checkpoint, time_s)
    return format_note(Note(text, (first, second)))


def open_checkpoint(note: str, origin: str, keys: PublicKeys) -> Signed:
    """The checkpoint, if the keys of the log `origin` signed it twice.

    Malformed if the note or its text has no such encoding; Forged if it is of another log, if
    one of the two lines is missing, repeated or does not hold, or if it names no time. Lines of
    other signers are dropped.
    """
    opened = parse_note(note)
    checkpoint = parse_checkpoint(opened.text)
    if checkpoint.origin != origin:
        raise Forged(f"a checkpoint of {checkpoint.origin!a}", where=f"checkpoint of {origin!a}")
    first = _only(opened, origin, key_id(origin, ED25519, keys.ed25519))
    second = _only(opened, origin, key_id(origin, COSIGNATURE_MLDSA44, keys.mldsa44))
    where = f"0x01 line of {origin!a}"
    verify_ed25519(keys.ed25519, opened.text.encode(), first.blob, where=where)
    time_s = open_mldsa44(keys.mldsa44, origin, checkpoint, second.blob)
    if time_s == 0:
        raise Forged("a checkpoint that names no time", where=f"checkpoint of {origin!a}")
    if opened.signatures != (first, second):
        note = format_note(Note(opened.text, (first, second)))
    return Signed(checkpoint, time_s, note)


def read_checkpoint(note: str) -> Checkpoint:
    """What a note says of its log, before its first empty line, whoever signed it and however; or
    Malformed. Trust nothing in it.
    """
    return parse_checkpoint(note.partition("\n\n")[0] + "\n")


def _only(note: Note, origin: str, identifier: bytes) -> Signature:
    """The one line of a known key: a missing or a second one is Forged."""
    lines = [line for line in note.signatures if (line.name, line.key_id) == (origin, identifier)]
    if len(lines) != 1:
        raise Forged(
            f"{len(lines) or 'no'} signatures by the key {identifier.hex()} where one belongs",
            where=f"checkpoint of {origin!a}",
        )
    return lines[0]
