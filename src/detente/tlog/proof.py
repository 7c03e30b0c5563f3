"""Proofs for strangers: a leaf stands at an index of a signed tree (C2SP tlog-proof).

A `.tlog-proof` file needs nothing but the keys of the log, or a policy that names them, to be
checked by anybody, today or in thirty years.
"""

from __future__ import annotations

from dataclasses import dataclass

from detente.errors import Malformed
from detente.tlog.checkpoint import Checkpoint, Signed, Verify, open_checkpoint, read_checkpoint
from detente.tlog.hash import HASH_BYTES, Hash
from detente.tlog.keys import PublicKeys
from detente.tlog.note import MAX_NOTE_BYTES
from detente.tlog.policy import Policy, Witnessed, check_policy
from detente.tlog.text import decode_base64, encode_base64, parse_decimal
from detente.tlog.tree import check_inclusion

MAX_PATH = 63
"""A tree of fewer than 2^63 leaves is no deeper."""
MAX_EXTRA_BYTES = 65_535
"""A whole leaf fits, so that a proof may carry what it proves."""
MAX_PROOF_BYTES = MAX_NOTE_BYTES + 2 * MAX_EXTRA_BYTES

_HEADER = "c2sp.org/tlog-proof@v1"
_EXTRA = "extra "
_INDEX = "index "
_WHERE = "tlog-proof"


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The leaf at `index`, counted from zero, is in the tree of the checkpoint in `note`.

    `path` is the inclusion proof, the leaf's sibling first. `extra` is authenticated by nothing.
    """

    index: int
    path: tuple[Hash, ...]
    note: str
    extra: bytes = b""


def format_proof(proof: TlogProof) -> str:
    """The one encoding of a proof."""
    lines = [_HEADER]
    if proof.extra:
        lines.append(_EXTRA + encode_base64(proof.extra))
    lines.append(f"{_INDEX}{proof.index}")
    lines += [encode_base64(sibling) for sibling in proof.path]
    return "\n".join(lines) + "\n\n" + proof.note


def parse_proof(data: str | bytes) -> TlogProof:
    """A proof in its one encoding, around a checkpoint in its own, or Malformed."""
    if len(data) > MAX_PROOF_BYTES:
        raise Malformed(f"longer than {MAX_PROOF_BYTES} bytes", where=_WHERE)
    try:
        text = data.decode() if isinstance(data, bytes) else data
    except UnicodeError as error:
        raise Malformed("not UTF-8", where=_WHERE) from error
    head, _, note = text.partition("\n\n")
    checkpoint = read_checkpoint(note)
    header, *lines = head.split("\n")
    if header != _HEADER:
        raise Malformed(f"the first line is not {_HEADER}", where=_WHERE)
    extra = b""
    if lines and lines[0].startswith(_EXTRA):
        extra = decode_base64(lines.pop(0).removeprefix(_EXTRA), _WHERE)
        if not 1 <= len(extra) <= MAX_EXTRA_BYTES:
            raise Malformed(f"extra data not 1 to {MAX_EXTRA_BYTES} bytes long", where=_WHERE)
    if not lines or not lines[0].startswith(_INDEX):
        raise Malformed("no index line after the first line and the extra data", where=_WHERE)
    index = parse_decimal(lines.pop(0).removeprefix(_INDEX), _WHERE)
    if index >= checkpoint.size:
        raise Malformed(f"index {index} of a tree of {checkpoint.size} leaves", where=_WHERE)
    if len(lines) > MAX_PATH:
        raise Malformed(f"more than {MAX_PATH} hashes", where=_WHERE)
    return TlogProof(index, tuple(_parse_hash(line) for line in lines), note, extra)


def _parse_hash(line: str) -> Hash:
    data = decode_base64(line, _WHERE)
    if len(data) != HASH_BYTES:
        raise Malformed(f"a hash that is not {HASH_BYTES} bytes long", where=_WHERE)
    return Hash(data)


def check_proof(
    proof: TlogProof, leaf: Hash, origin: str, keys: PublicKeys, verify: Verify = open_checkpoint
) -> Signed:
    """That the log of these keys signed a tree with `leaf` (a leaf hash) at the proof's index.

    Malformed or Forged, as of `verify` and `check_inclusion`.
    """
    signed = verify(proof.note, origin, keys)
    _check_path(proof, leaf, signed.checkpoint)
    return signed


def check_proof_under(policy: Policy, proof: TlogProof, leaf: Hash) -> Witnessed:
    """The same for a stranger, who goes by a policy and may know none of our rules."""
    witnessed = check_policy(policy, proof.note)
    _check_path(proof, leaf, witnessed.checkpoint)
    return witnessed


def _check_path(proof: TlogProof, leaf: Hash, checkpoint: Checkpoint) -> None:
    check_inclusion(leaf, proof.index, checkpoint.size, proof.path, checkpoint.root)
