from __future__ import annotations

import pytest

from detente.errors import Forged
from detente.tlog.cosignature import (
    cosign_ed25519,
    cosign_mldsa44,
    open_ed25519,
    open_mldsa44,
)
from detente.tlog.head import Checkpoint
from detente.tlog.keys import verify_ed25519, verify_mldsa44
from tests.tlog.cases import COSIGNER, COSIGNER_VKEY_04, COSIGNER_VKEY_06, OTHER, WITNESS, root

CHECKPOINT = Checkpoint("example.com/log", 3, root([b"a", b"b", b"c"]))


def test_the_message_of_0x06_is_that_of_the_specification() -> None:
    line = cosign_mldsa44(COSIGNER, WITNESS, CHECKPOINT, 1679315147)
    assert (line.name, line.key_id) == (WITNESS, COSIGNER_VKEY_06.id)
    assert line.blob[:8].hex() == "00000000641850cb"
    message = (
        b"subtree/v1\n\0\x12witness.example/w1"
        + bytes.fromhex("00000000641850cb")
        + b"\x0fexample.com/log"
        + bytes(8)
        + bytes.fromhex("0000000000000003")
        + CHECKPOINT.root
    )
    verify_mldsa44(COSIGNER.public.mldsa44, message, line.blob[8:])
    assert open_mldsa44(COSIGNER.public.mldsa44, WITNESS, CHECKPOINT, line.blob) == 1679315147


def test_the_message_of_0x04_is_that_of_the_specification() -> None:
    line = cosign_ed25519(COSIGNER, WITNESS, CHECKPOINT, 1679315147)
    assert (line.name, line.key_id) == (WITNESS, COSIGNER_VKEY_04.id)
    message = "cosignature/v1\ntime 1679315147\n" + CHECKPOINT.text()
    verify_ed25519(COSIGNER.public.ed25519, message.encode(), line.blob[8:])
    assert open_ed25519(COSIGNER.public.ed25519, WITNESS, CHECKPOINT, line.blob) == 1679315147


def test_what_no_cosignature_is() -> None:
    first = cosign_ed25519(COSIGNER, WITNESS, CHECKPOINT, 1).blob
    second = cosign_mldsa44(COSIGNER, WITNESS, CHECKPOINT, 1).blob
    with pytest.raises(Forged, match="0x04 line of 'witness"):
        open_ed25519(OTHER.public.ed25519, WITNESS, CHECKPOINT, first)
    with pytest.raises(Forged, match="0x06 line of 'another'"):
        open_mldsa44(COSIGNER.public.mldsa44, "another", CHECKPOINT, second)
    for blob in (b"", first[:7], first[:8], first[8:], second):
        with pytest.raises(Forged):
            open_ed25519(COSIGNER.public.ed25519, WITNESS, CHECKPOINT, blob)
    for blob in (b"", second[:7], second[:8], second[8:], first):
        with pytest.raises(Forged):
            open_mldsa44(COSIGNER.public.mldsa44, WITNESS, CHECKPOINT, blob)


def test_times_end_before_2_63() -> None:
    last = cosign_mldsa44(COSIGNER, WITNESS, CHECKPOINT, 2**63 - 1).blob
    assert open_mldsa44(COSIGNER.public.mldsa44, WITNESS, CHECKPOINT, last) == 2**63 - 1
    beyond = cosign_mldsa44(COSIGNER, WITNESS, CHECKPOINT, 2**63).blob
    with pytest.raises(Forged, match="2\\^63"):
        open_mldsa44(COSIGNER.public.mldsa44, WITNESS, CHECKPOINT, beyond)
