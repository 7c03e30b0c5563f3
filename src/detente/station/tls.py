"""TLS 1.3 between two stations, as bytes in and bytes out: no socket and no clock here.

A link hides the line from bystanders, today and from whoever stores it for a later machine: hence
X25519MLKEM768 and nothing else. Who is at the other end is decided by its public key alone, which
we hold already, from its card. The certificate is only the envelope in which TLS wants to carry
that key: its names, dates and extensions are not looked at. What a frame says never rests on the
link: messages carry their own proofs.

Sources: RFC 8446 (TLS 1.3), RFC 10024 (X25519MLKEM768), RFC 8410 (Ed25519 keys in X.509), RFC 5280
section 4.1.2.5 (99991231235959Z, a certificate without an end).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Container
from contextlib import suppress

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.x509.oid import NameOID
from OpenSSL import SSL, crypto
from OpenSSL._util import lib

from detente.errors import DetenteError, Forged, Unreachable
from detente.station.hello import HELLO_BYTES_MAX, offered

GROUP = "X25519MLKEM768"
AGREED = f"TLSv1.3 with {GROUP}"
SUITES = b"TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256"
RECORD_BYTES_MAX = 16384  # plaintext of one TLS record, RFC 8446 section 5.1
OUTGOING_BYTES = 2 * RECORD_BYTES_MAX
HANDSHAKE_BYTES_MAX = 16384  # an honest handshake sends less than 3,000 either way
OWED_BYTES_MAX = 16384

_SELF_SIGNED_NAME = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "detente link")])
_SINCE = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_UNTIL = dt.datetime(9999, 12, 31, 23, 59, 59, tzinfo=dt.UTC)

_IN_WORDS = {
    "http request": "speaks plain HTTP",
    "wrong version number": "does not speak TLS",
    "packet length too long": "does not speak TLS",
    "unsupported protocol": "does not speak TLS 1.3",
    "tlsv1 alert protocol version": "does not speak TLS 1.3",
    "no suitable key share": f"cannot use {GROUP}",
    "no suitable groups": f"cannot use {GROUP}",
    "peer did not return a certificate": "showed no certificate",
    "tlsv13 alert certificate required": "wants a certificate of us and saw none",
    "tlsv1 alert unknown ca": "does not know our link key",
    "ssl/tls alert handshake failure": f"cannot use TLS 1.3 with {GROUP} and Ed25519",
}


def make_certificate(private_key: Ed25519PrivateKey) -> x509.Certificate:
    """The self-signed envelope of a link key: always the same bytes for the same key."""
    builder = x509.CertificateBuilder(
        issuer_name=_SELF_SIGNED_NAME,
        subject_name=_SELF_SIGNED_NAME,
        public_key=private_key.public_key(),
        serial_number=1,
        not_valid_before=_SINCE,
        not_valid_after=_UNTIL,
    )
    return builder.sign(private_key, algorithm=None)


def make_context(private_key: Ed25519PrivateKey) -> SSL.Context:
    """What every link of one station shares, dialed or accepted: its key, and what it refuses.

    Raises Unreachable when the OpenSSL at hand lacks the group.
    """
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    context.set_max_proto_version(SSL.TLS1_3_VERSION)
    context.set_tls13_ciphersuites(SUITES)
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_COMPRESSION | SSL.OP_NO_RENEGOTIATION)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)  # and so no ticket opens anything
    context.use_certificate(make_certificate(private_key))
    context.use_privatekey(private_key)
    # pyOpenSSL 26.4 can report the group but has no public call that sets it. Were this line to go,
    # a link would be no weaker, for `Tls` checks what was agreed: it would fail later and say less.
    if lib.SSL_CTX_set1_curves_list(context._context, GROUP.encode()) != 1:  # noqa: SLF001 - pyOpenSSL lacks it
        raise Unreachable(f"this OpenSSL has no {GROUP}", mend="install cryptography from a wheel")
    return context


class _Pin:
    """Judges the certificate that the other end shows. Called by OpenSSL, so it never raises."""

    def __init__(self, allowed: Container[bytes]) -> None:
        self.allowed = allowed
        self.key: bytes | None = None
        self.refused = ""

    def __call__(
        self, _connection: SSL.Connection, shown: crypto.X509, _error: int, depth: int, _ok: int
    ) -> bool:
        if depth:
            self.refused = "showed a chain of certificates"
            return False
        key = _link_key(shown)
        if key is None:
            self.refused = "showed a certificate whose key is not Ed25519"
        elif key not in self.allowed:
            self.refused = f"showed the link key {key.hex()}, which is not one we expect"
        else:
            self.key = key
        return self.key is not None


def _link_key(certificate: crypto.X509) -> bytes | None:
    try:
        key = certificate.to_cryptography().public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None
    return key.public_bytes_raw() if isinstance(key, Ed25519PublicKey) else None


class Tls:
    """One end of one connection: feed it what arrived, send what is outgoing.

    `allowed` holds the raw 32-byte Ed25519 keys of those who may be at the other end. It is asked
    while the handshake runs, so it may be a live view. `where` names the other end in errors.
    """

    def __init__(
        self, context: SSL.Context, allowed: Container[bytes], *, dialing: bool, where: str
    ) -> None:
        self.public_key = b""
        self._where, self._dialing = where, dialing
        self._hello = self._owed = b""
        self._received = 0
        self._pin = _Pin(allowed)
        self._connection = SSL.Connection(context, None)
        self._connection.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, self._pin)
        if dialing:
            self._connection.set_connect_state()
            self._shake()
        else:
            self._connection.set_accept_state()

    @property
    def established(self) -> bool:
        """Whether the handshake is over and all that we require of it holds.

        `public_key` then names the other end. In TLS 1.3 the dialer is done first: only the next
        bytes that it reads tell whether the other end accepted its key.
        """
        return bool(self.public_key)

    def feed(self, data: bytes | memoryview) -> None:
        """Take what arrived (not empty).

        Raises Forged or Unreachable when the handshake fails; what is then outgoing says why.
        """
        if self.established:
            self._connection.bio_write(data)
            return
        self._received += len(data)
        if self._received > HANDSHAKE_BYTES_MAX:
            raise self._unreachable(f"sent over {HANDSHAKE_BYTES_MAX} bytes before a key")
        if len(self._hello) < HELLO_BYTES_MAX:
            self._hello += bytes(data[:HELLO_BYTES_MAX])
        self._connection.bio_write(data)
        self._shake()

    def outgoing(self) -> bytes:
        """Take the bytes that wait to be sent, in order."""
        data, self._owed = self._owed, b""
        try:
            while True:
                part = self._connection.bio_read(OUTGOING_BYTES)
                data = data + part if data else part
                if len(part) < OUTGOING_BYTES:
                    return data
        except SSL.WantReadError:
            return data

    def write(self, data: bytes | memoryview) -> None:
        """Encrypt (not empty). Best given RECORD_BYTES_MAX at a time."""
        written = self._connection.send(data)
        while written < len(data):
            written += self._connection.send(memoryview(data)[written:])

    def read(self, most: int) -> bytes | None:
        """Up to `most` bytes of what the other end said. None: feed more. Empty: it said its end.

        Raises Unreachable for records that are broken or that ask too much.
        """
        try:
            return self._connection.recv(min(most, RECORD_BYTES_MAX))
        except SSL.WantReadError:
            self._bound_owed()
            return None
        except SSL.ZeroReturnError:
            return b""
        except SSL.Error as error:
            raise self._refusal(error) from None

    def close(self) -> None:
        """Say that we end here; the words are then outgoing."""
        if self.established:
            with suppress(SSL.Error):  # after a broken record there is nobody left to say it to
                self._connection.shutdown()

    def _bound_owed(self) -> None:
        # Each request for new keys makes OpenSSL answer at once, into memory. A reader never writes
        # to the socket (two that waited for each other to read would wait forever), so what it owes
        # is kept for the next send.
        self._owed = self.outgoing()
        if len(self._owed) > OWED_BYTES_MAX:
            raise self._unreachable("asks for new keys again and again without reading them")

    def _shake(self) -> None:
        try:
            self._connection.do_handshake()
        except SSL.WantReadError:
            return
        except SSL.Error as error:
            raise self._refusal(error) from None
        self._require_agreed()

    def _require_agreed(self) -> None:
        link = self._connection
        agreed = f"{link.get_protocol_version_name()} with {link.get_group_name()}"
        if agreed != AGREED:
            raise Forged(f"agreed {agreed}, not {AGREED}", where=self._where)
        # The pin is set only by a certificate shown in this very handshake, so a resumed session
        # never gets past here.
        shown = link.get_peer_certificate()
        if shown is None or self._pin.key is None or _link_key(shown) != self._pin.key:
            raise Forged("showed no link key in this handshake", where=self._where)
        self._hello = b""
        self.public_key = self._pin.key

    def _refusal(self, error: SSL.Error) -> DetenteError:
        if self._pin.refused:
            mend = "compare with its card; a changed key needs a new card"
            return Forged(self._pin.refused, where=self._where, mend=mend)
        reasons = [reason for _, _, reason in error.args[0]] if error.args else []
        said = "; ".join(_IN_WORDS.get(reason, reason) for reason in reasons) or "broke off"
        if "peer did not return a certificate" in reasons:
            return Forged(said, where=self._where)
        if not self.established and not self._dialing:
            said += f"; it offered {offered(self._hello)}"
        return self._unreachable(said)

    def _unreachable(self, what: str) -> Unreachable:
        return Unreachable(what, where=self._where)
