"""Cosignatures: that at some time a tree was the largest seen (C2SP tlog-cosignature).

Type 0x06 (ML-DSA-44, `subtree/v1`) commits to signer, origin, size and root; it is also how our
own logs sign for the second time. Type 0x04 (Ed25519, `cosignature/v1`) is what older witnesses
make; it commits to the whole text of the checkpoint but not to its signer's name, so no two
witnesses may share a key. Both put eight bytes of POSIX seconds before the signature.
"""

from __future__ import annotations

from detente.errors import Forged
from detente.tlog.head import Checkpoint
from detente.tlog.keys import PrivateKeys, verify_ed25519, verify_mldsa44
from detente.tlog.note import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44, Signature, key_id
from detente.tlog.text import MAX_DECIMAL

TIME_BYTES = 8
MAX_TIME_S = MAX_DECIMAL

_SUBTREE = b"subtree/v1\n\0"
_WHOLE_TREE = 0


def cosign_mldsa44(keys: PrivateKeys, name: str, checkpoint: Checkpoint, time_s: int) -> Signature:
    """A 0x06 line by `name`. `time_s` is POSIX seconds; zero would claim no time in particular."""
    signature = keys.sign_mldsa44(_subtree_message(name, checkpoint, time_s))
    identifier = key_id(name, COSIGNATURE_MLDSA44, keys.public.mldsa44)
    return Signature(name, identifier, _uint64(time_s) + signature)


def open_mldsa44(key: bytes, name: str, checkpoint: Checkpoint, blob: bytes) -> int:
    """The POSIX seconds of a 0x06 signature that holds; or Forged. Zero is for callers to judge."""
    where = f"0x06 line of {name!a}"
    time_s, signature = _timestamped(blob, where)
    verify_mldsa44(key, _subtree_message(name, checkpoint, time_s), signature, where=where)
    return time_s


def cosign_ed25519(keys: PrivateKeys, name: str, checkpoint: Checkpoint, time_s: int) -> Signature:
    """A 0x04 line by `name` `time_s` is POSIX seconds."""
    signature = keys.sign_ed25519(_v1_message(checkpoint, time_s))
    identifier = key_id(name, COSIGNATURE_ED25519, keys.public.ed25519)
    return Signature(name, identifier, _uint64(time_s) + signature)


def open_ed25519(key: bytes, name: str, checkpoint: Checkpoint, blob: bytes) -> int:
    """The POSIX seconds of a 0x04 signature that holds; or Forged."""
    where = f"0x04 line of {name!a}"
    time_s, signature = _timestamped(blob, where)
    verify_ed25519(key, _v1_message(checkpoint, time_s), signature, where=where)
    return time_s


def _subtree_message(name: str, checkpoint: Checkpoint, time_s: int) -> bytes:
    return b"".join(
        (
            _SUBTREE,
            _short(name),
            _uint64(time_s),
            _short(checkpoint.origin),
            _uint64(_WHOLE_TREE),
            _uint64(checkpoint.size),
            checkpoint.root,
        )
    )


def _v1_message(checkpoint: Checkpoint, time_s: int) -> bytes:
    return f"cosignature/v1\ntime {time_s}\n{checkpoint.text()}".encode()


def _timestamped(blob: bytes, where: str) -> tuple[int, bytes]:
    time_s = int.from_bytes(blob[:TIME_BYTES], "big")
    if time_s > MAX_TIME_S:
        raise Forged("a time of 2^63 seconds or more", where=where)
    return time_s, blob[TIME_BYTES:]


def _short(text: str) -> bytes:
    """`opaque <1..2^8-1>` of RFC 8446: names and origins are bounded where they are parsed."""
    data = text.encode()
    return len(data).to_bytes(1, "big") + data


def _uint64(value: int) -> bytes:
    return value.to_bytes(8, "big")
