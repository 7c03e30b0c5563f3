from __future__ import annotations

import datetime as dt
from contextlib import suppress

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from cryptography.x509.oid import NameOID
from OpenSSL import SSL

from detente.errors import DetenteError, Forged, Unreachable
from detente.station.tls import HANDSHAKE_BYTES_MAX, OWED_BYTES_MAX, Tls, make_certificate
from tests.station.links import (
    NORTH_CONTEXT,
    NORTH_KEY,
    SOUTH,
    SOUTH_CONTEXT,
    SOUTH_KEY,
    STRANGER,
    STRANGER_CONTEXT,
    STRANGER_KEY,
    foreign,
)


def dialer(context: SSL.Context = SOUTH_CONTEXT, expected: bytes = NORTH_KEY) -> Tls:
    return Tls(context, {expected}, dialing=True, where="north")


def listener(context: SSL.Context = NORTH_CONTEXT, *allowed: bytes) -> Tls:
    return Tls(context, allowed or {SOUTH_KEY}, dialing=False, where="stranger")


def carry(one: Tls, other: Tls) -> None:
    """Carry what each says to the other until both are silent."""
    while (there := one.outgoing()) or one.established is not other.established:
        if there:
            other.feed(there)
        if not (back := other.outgoing()):
            return
        one.feed(back)


def shake(client: SSL.Connection, ours: Tls) -> None:
    """Let a client of pyOpenSSL's own shake hands with ours; its complaints are its own affair."""
    while not ours.established:
        with suppress(SSL.Error):
            client.do_handshake()
        ours.feed(client.bio_read(65536))
        if said := ours.outgoing():
            client.bio_write(said)


def client_of(context: SSL.Context) -> SSL.Connection:
    client = SSL.Connection(context, None)
    client.set_connect_state()
    return client


def refusal(context: SSL.Context) -> DetenteError:
    with pytest.raises(DetenteError) as caught:
        shake(client_of(context), listener())
    assert caught.value.where == "stranger"
    return caught.value


def test_each_end_learns_the_key_of_the_other() -> None:
    south, north = dialer(), listener()
    carry(south, north)
    assert (south.public_key, north.public_key) == (NORTH_KEY, SOUTH_KEY)


def test_a_listener_tells_several_parties_apart() -> None:
    for context, key in ((SOUTH_CONTEXT, SOUTH_KEY), (STRANGER_CONTEXT, STRANGER_KEY)):
        south, north = dialer(context), listener(NORTH_CONTEXT, SOUTH_KEY, STRANGER_KEY)
        carry(south, north)
        assert north.public_key == key


def test_words_go_both_ways_and_an_end_is_said() -> None:
    south, north = dialer(), listener()
    carry(south, north)
    south.write(b"are you there")
    north.write(b"yes")
    carry(south, north)
    assert (north.read(7), north.read(100)) == (b"are you", b" there")
    assert south.read(100) == b"yes"
    assert south.read(100) is None
    south.close()
    north.feed(south.outgoing())
    assert north.read(100) == b""


def test_words_longer_than_a_record_arrive_whole() -> None:
    south, north = dialer(), listener()
    carry(south, north)
    said = bytes(range(256)) * 1000
    south.write(said)
    north.feed(south.outgoing())
    assert b"".join(iter(lambda: north.read(len(said)) or b"", b"")) == said


def test_an_earlier_session_is_no_pass() -> None:
    """OpenSSL hands out tickets whatever it is told; nobody gets in by one."""
    context = foreign(None)
    honest, north = client_of(context), listener()
    honest.use_certificate(make_certificate(SOUTH))
    honest.use_privatekey(SOUTH)
    shake(honest, north)
    with pytest.raises(SSL.WantReadError):
        honest.recv(1)
    session = honest.get_session()
    assert session is not None
    thief = client_of(context)
    thief.set_session(session)
    with pytest.raises(Forged, match="showed no certificate"):
        shake(thief, listener())


def test_the_listener_refuses_a_key_that_it_does_not_expect() -> None:
    error = refusal(STRANGER_CONTEXT)
    assert isinstance(error, Forged)
    assert STRANGER_KEY.hex() in error.what


def test_the_dialer_refuses_a_key_that_it_does_not_expect() -> None:
    south = dialer(expected=STRANGER_KEY)
    with pytest.raises(Forged, match=NORTH_KEY.hex()):
        carry(south, listener())
    assert not south.established


def test_the_refused_dialer_is_told() -> None:
    stranger, north = dialer(STRANGER_CONTEXT), listener()
    with pytest.raises(Forged):
        carry(stranger, north)
    stranger.feed(north.outgoing())
    with pytest.raises(Unreachable, match="does not know our link key"):
        stranger.read(1)


def test_no_certificate_is_refused() -> None:
    error = refusal(foreign(None))
    assert isinstance(error, Forged)
    assert error.what == "showed no certificate"


def test_a_certificate_over_another_kind_of_key_is_refused() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    context = foreign(None)
    context.use_certificate(envelope(key.public_key(), key, hashes.SHA256()))
    context.use_privatekey(key)
    error = refusal(context)
    assert isinstance(error, Forged)
    assert "not Ed25519" in error.what


def test_a_chain_that_ends_in_a_pinned_key_is_refused() -> None:
    context = foreign(None)
    context.use_certificate(envelope(STRANGER.public_key(), SOUTH, None, subject="stranger"))
    context.use_privatekey(STRANGER)
    context.add_extra_chain_cert(make_certificate(SOUTH))
    error = refusal(context)
    assert isinstance(error, Forged)


def test_dates_and_names_in_a_certificate_are_not_looked_at() -> None:
    context = foreign(None)
    context.use_certificate(envelope(SOUTH.public_key(), SOUTH, None))
    context.use_privatekey(SOUTH)
    north = listener()
    shake(client_of(context), north)
    assert north.public_key == SOUTH_KEY


def envelope(
    key: Ed25519PublicKey | ec.EllipticCurvePublicKey,
    signer: Ed25519PrivateKey | ec.EllipticCurvePrivateKey,
    algorithm: hashes.SHA256 | None,
    subject: str = "detente link",
) -> x509.Certificate:
    """A certificate that ended in 1991."""
    builder = x509.CertificateBuilder(
        issuer_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "detente link")]),
        subject_name=x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]),
        public_key=key,
        serial_number=7,
        not_valid_before=dt.datetime(1990, 1, 1, tzinfo=dt.UTC),
        not_valid_after=dt.datetime(1991, 1, 1, tzinfo=dt.UTC),
    )
    return builder.sign(signer, algorithm)


def test_the_classical_group_alone_is_refused() -> None:
    error = refusal(foreign(SOUTH, groups="X25519"))
    assert error.what == (
        "cannot use X25519MLKEM768; it offered TLS 1.3, TLS 1.2 with groups X25519"
    )


def test_tls_1_2_is_refused() -> None:
    error = refusal(foreign(SOUTH, groups="X25519", version=SSL.TLS1_2_VERSION))
    assert error.what == "does not speak TLS 1.3; it offered TLS 1.2 with groups X25519"


def test_what_was_agreed_is_looked_at_even_where_the_context_allowed_more() -> None:
    lax = foreign(STRANGER, groups="X25519MLKEM768:X25519")
    for offer, agreed in (
        (foreign(SOUTH, groups="X25519"), "TLSv1.3 with x25519"),
        (foreign(SOUTH, groups="X25519", version=SSL.TLS1_2_VERSION), "TLSv1.2 with x25519"),
    ):
        ours = listener(lax)
        with pytest.raises(Forged, match=f"agreed {agreed}, not TLSv1.3 with X25519MLKEM768"):
            shake(client_of(offer), ours)
        assert not ours.established


@pytest.mark.parametrize(
    "said, why",
    [
        (b"GET / HTTP/1.1\r\n\r\n", "speaks plain HTTP; it offered no TLS but b'GET / HTTP/1.1"),
        (
            b"SSH-2.0-OpenSSH_9.2\r\n",
            "does not speak TLS; it offered no TLS but b'SSH-2.0-OpenSSH_",
        ),
        (bytes(64), "does not speak TLS"),
        (b"\x16\x03\x01\x00\x05hello", "it offered a TLS hello that is cut short or broken"),
        (b"\x16\x03\x01\xff\xff" + bytes(99), "it offered a TLS hello that is cut short or broken"),
    ],
)
def test_garbage_is_named(said: bytes, why: str) -> None:
    with pytest.raises(Unreachable) as caught:
        listener().feed(said)
    assert why in caught.value.what


def test_a_greeting_without_end_is_bounded() -> None:
    record = b"\x16\x03\x01\x04\x00" + b"\x01\x00\xff\x00" + bytes(1020)
    ours = listener()
    for _ in range(HANDSHAKE_BYTES_MAX // len(record)):
        ours.feed(record)
    with pytest.raises(Unreachable, match="before a key"):
        ours.feed(record)


def test_a_broken_record_ends_the_link() -> None:
    south, north = dialer(), listener()
    carry(south, north)
    south.write(b"a word")
    spoilt = bytearray(south.outgoing())
    spoilt[-1] ^= 1
    north.feed(bytes(spoilt))
    with pytest.raises(Unreachable, match="bad record"):
        north.read(100)


def test_one_key_always_has_the_same_certificate() -> None:
    encoding = serialization.Encoding.DER
    assert make_certificate(SOUTH).public_bytes(encoding) == make_certificate(SOUTH).public_bytes(
        encoding
    )


def expand(secret: bytes, label: bytes, size: int) -> bytes:
    """HKDF-Expand-Label of RFC 8446 section 7.1, with an empty context."""
    full = b"tls13 " + label
    info = size.to_bytes(2, "big") + bytes([len(full)]) + full + b"\x00"
    return HKDFExpand(hashes.SHA384(), size, info).derive(secret)


def test_asking_for_new_keys_without_reading_them_is_bounded() -> None:
    secrets: list[bytes] = []
    context = foreign(SOUTH)
    context.set_keylog_callback(lambda _connection, line: secrets.append(line))
    north = listener()
    shake(client_of(context), north)
    [line] = [line for line in secrets if line.startswith(b"CLIENT_TRAFFIC_SECRET_0 ")]
    secret = bytes.fromhex(line.split()[2].decode())
    please = b"\x18\x00\x00\x01\x01" + b"\x16"  # KeyUpdate(update_requested), a handshake message
    header = b"\x17\x03\x03" + (len(please) + 16).to_bytes(2, "big")

    def ask(times: int, secret: bytes) -> bytes:
        for _ in range(times):
            key, iv = expand(secret, b"key", 32), expand(secret, b"iv", 12)
            north.feed(header + AESGCM(key).encrypt(iv, please, header))
            assert north.read(1) is None
            secret = expand(secret, b"traffic upd", 48)
        return secret

    secret = ask(16, secret)
    assert north.outgoing()
    answer_bytes = 5 + len(please) + 16
    with pytest.raises(Unreachable, match="new keys"):
        ask(OWED_BYTES_MAX // answer_bytes + 1, secret)
