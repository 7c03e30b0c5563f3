"""An advance: a ledger that grew. The one thing that travels between stations.

It is verified by adding its hashes to the reader's mirror of that ledger and comparing the root
with the one in the signed checkpoint. A mirror of an honest ledger is one branch; of a ledger
that was shown in two versions, each version is a branch, and the first shown stays first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from detente.errors import Forged, Malformed
from detente.tlog.checkpoint import Checkpoint
from detente.tlog.hash import HASH_BYTES
from detente.tlog.mirror import Mirror

MAX_BRANCHES = 16  # of one ledger; two convict its author, more only cost its readers memory


class Advance(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What grew: leaf hashes from `start` on, up to the size in the signed checkpoint."""

    start: int
    hashes: bytes  # of the leaves from `start` on, 32 bytes each
    note: str  # the signed checkpoint
    leaves: tuple[bytes, ...]  # the bytes of those leaves that the reader may lack


@dataclass(frozen=True, slots=True)
class Branch:
    """One version of a ledger, and the checkpoint that its author signed over all of it."""

    mirror: Mirror
    note: str


class Beyond(Exception):
    """It starts after the end of a mirror that it may continue: answered with our sizes."""


def extend(bases: Sequence[Mirror], start: int, hashes: bytes, checkpoint: Checkpoint) -> Mirror:
    """The mirror that the checkpoint signs, found from one of the bases or from nothing.

    The checkpoint decides: what a base already holds under its root is taken from there, whatever
    the hashes say. Raises `Malformed` if hashes and sizes do not add up. If no base leads to the
    root: `Beyond` if one of them ends before the start, for what is between we have not seen,
    else `Forged`.
    """
    if start < 0 or len(hashes) != HASH_BYTES * (checkpoint.size - start):
        raise Malformed(
            f"{len(hashes)} bytes of hashes from {start} do not reach size {checkpoint.size}",
            where=checkpoint.origin,
        )
    for base in bases:
        if base.size >= checkpoint.size and base.root_at(checkpoint.size) == checkpoint.root:
            return base.truncate(checkpoint.size)
    # Bases that are alike up to `start` lead to one root: each beginning is tried once.
    begun = (base.truncate(start) for base in (*bases, Mirror()) if base.size >= start)
    for beginning in dict.fromkeys(begun):
        mirror = beginning.extend(hashes)
        if mirror.root == checkpoint.root:
            return mirror
    if start > min((base.size for base in bases), default=0):
        raise Beyond
    raise Forged(
        f"the hashes from {start} do not lead to the signed root of {checkpoint.size} leaves",
        where=checkpoint.origin,
    )


def grown(branches: tuple[Branch, ...], new: Branch) -> tuple[Branch, ...]:
    """The branches with a new one: in place of the one it continues, beside those it contradicts.

    The same object if one of them covers it already, or if there are `MAX_BRANCHES` to contradict.
    """
    if any(branch.mirror.starts_with(new.mirror) for branch in branches):
        return branches
    for i, branch in enumerate(branches):
        if new.mirror.starts_with(branch.mirror):
            return (*branches[:i], new, *branches[i + 1 :])
    return (*branches, new) if len(branches) < MAX_BRANCHES else branches
