from __future__ import annotations

import hashlib
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from detente.errors import Forged, Malformed
from detente.tlog.keys import (
    _LOW_ORDER_Y,
    PrivateKeys,
    PublicKeys,
    is_weak,
    verify_ed25519,
    verify_mldsa44,
)
from tests.make_vectors import VECTORS
from tests.tlog.cases import LOG, OTHER
from tests.vectors import shared_vectors

P = 2**255 - 19
D = -121665 * pow(121666, -1, P) % P
SQRT_M1 = pow(2, (P - 1) // 4, P)


def accepted(key: bytes, data: bytes, signature: bytes) -> bool:
    try:
        verify_ed25519(key, data, signature)
    except Forged:
        return False
    return True


def test_exactly_the_frozen_set_of_edge_cases_is_accepted() -> None:
    source = (shared_vectors("ed25519") / "ed25519vectors.json").read_bytes()
    frozen = json.loads((VECTORS / "ed25519" / "accepted.json").read_text(encoding="utf-8"))
    assert hashlib.sha256(source).hexdigest() == frozen["source_sha256"]
    cases = json.loads(source)
    assert len(cases) == 914
    taken = [
        case["number"]
        for case in cases
        if accepted(bytes.fromhex(case["key"]), case["msg"].encode(), bytes.fromhex(case["sig"]))
    ]
    assert taken == frozen["accepted"]


def test_what_we_accept_of_the_edge_cases_the_library_accepts() -> None:
    cases = json.loads((shared_vectors("ed25519") / "ed25519vectors.json").read_bytes())
    frozen = json.loads((VECTORS / "ed25519" / "accepted.json").read_text(encoding="utf-8"))
    more = set()
    for case in cases:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(case["key"]))
        try:
            key.verify(bytes.fromhex(case["sig"]), case["msg"].encode())
        except InvalidSignature:
            continue
        more.add(case["number"])
    assert set(frozen["accepted"]) < more


def decoded(encoding: int) -> tuple[int, int] | None:
    """RFC 8032, section 5.1.3, but for the refusal of y that is not canonical."""
    sign, y = encoding >> 255, (encoding & (2**255 - 1)) % P
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * SQRT_M1 % P
    if x * x % P != square:
        return None
    return (P - x if x and x % 2 != sign else x), y


def doubled(point: tuple[int, int]) -> tuple[int, int]:
    x, y = point
    product = D * x * x * y * y
    return (
        2 * x * y * pow(1 + product, -1, P) % P,
        (y * y + x * x) * pow(1 - product, -1, P) % P,
    )


def low_order(encoding: int) -> bool:
    point = decoded(encoding)
    if point is None:
        return False
    for _ in range(3):
        point = doubled(point)
    return point == (0, 1)


def test_the_table_is_all_points_of_low_order() -> None:
    # The cofactor is eight, so eight different points are all that there are.
    encodings = [y | sign << 255 for y in _LOW_ORDER_Y for sign in (0, 1)]
    assert len({decoded(encoding) for encoding in encodings}) == 8
    assert all(low_order(encoding) for encoding in encodings)
    assert all(is_weak(encoding.to_bytes(32, "little")) for encoding in encodings)


@pytest.mark.parametrize("sign", [0, 1])
@pytest.mark.parametrize("y", [*range(P, 2**255), 1, P - 1])
def test_an_encoding_that_is_not_canonical_is_weak(y: int, sign: int) -> None:
    assert is_weak((y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("y", [2, 3, P - 2, P - 3])
def test_the_encodings_next_to_the_table_are_not(y: int) -> None:
    assert not is_weak(y.to_bytes(32, "little"))
    assert not is_weak((y | 1 << 255).to_bytes(32, "little"))


def test_ed25519_rfc_8032_test_2() -> None:
    seed = bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb")
    keys = PrivateKeys(seed, bytes(32))
    assert keys.public.ed25519.hex() == (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    )
    assert keys.sign_ed25519(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


def test_signatures_hold_for_their_key_and_data_alone() -> None:
    first, second = LOG.sign_ed25519(b"data"), LOG.sign_mldsa44(b"data")
    verify_ed25519(LOG.public.ed25519, b"data", first)
    verify_mldsa44(LOG.public.mldsa44, b"data", second)
    for key, data in ((LOG, b"datum"), (OTHER, b"data")):
        with pytest.raises(Forged, match=r"^here: the Ed25519 signature does not hold$"):
            verify_ed25519(key.public.ed25519, data, first, where="here")
        with pytest.raises(Forged, match=r"^here: the ML-DSA-44 signature does not hold$"):
            verify_mldsa44(key.public.mldsa44, data, second, where="here")


def test_a_wrong_length_is_forged() -> None:
    first, second = LOG.sign_ed25519(b""), LOG.sign_mldsa44(b"")
    for key, signature in (
        (LOG.public.ed25519[1:], first),
        (LOG.public.ed25519, first[1:]),
        (b"", b""),
    ):
        with pytest.raises(Forged, match="never accept"):
            verify_ed25519(key, b"", signature)
    for key, signature in ((LOG.public.mldsa44[1:], second), (LOG.public.mldsa44, second[1:])):
        with pytest.raises(Forged, match="wrong length"):
            verify_mldsa44(key, b"", signature)


def test_keys_of_a_wrong_length_or_kind_are_malformed() -> None:
    sound = LOG.public
    for ed25519, mldsa44 in (
        (sound.ed25519[1:], sound.mldsa44),
        (bytes(32), sound.mldsa44),
        (sound.ed25519, sound.mldsa44 + b"\0"),
    ):
        with pytest.raises(Malformed):
            PublicKeys(ed25519, mldsa44)
    for first, second in ((bytes(31), bytes(32)), (bytes(32), bytes(33)), (b"", b"")):
        with pytest.raises(Malformed, match="32 bytes"):
            PrivateKeys(first, second)


def test_a_digest_commits_to_both_keys() -> None:
    assert LOG.public.digest() == PublicKeys(LOG.public.ed25519, LOG.public.mldsa44).digest()
    assert (
        LOG.public.digest().hex()
        == hashlib.sha256(
            b"detente/keys/v1\n" + LOG.public.ed25519 + LOG.public.mldsa44
        ).hexdigest()
    )
    mixed = {
        PublicKeys(a.public.ed25519, b.public.mldsa44).digest()
        for a in (LOG, OTHER)
        for b in (LOG, OTHER)
    }
    assert len(mixed) == 4


def test_private_keys_never_show_their_seeds() -> None:
    shown = repr(LOG)
    assert "seed" not in shown
    assert repr(LOG.ed25519_seed) not in shown
    assert repr(LOG.mldsa44_seed) not in shown
    assert PrivateKeys(LOG.ed25519_seed, LOG.mldsa44_seed) == LOG != OTHER
