from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from detente.station.hello import offered
from tests.station.links import SOUTH, foreign


def client_hello(context: SSL.Context) -> bytes:
    client = SSL.Connection(context, None)
    client.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    return client.bio_read(65536)


def test_an_offer_of_ours_reads_as_ours() -> None:
    context = foreign(SOUTH)
    context.set_min_proto_version(SSL.TLS1_3_VERSION)
    assert offered(client_hello(context)) == "TLS 1.3 with groups X25519MLKEM768"


def test_an_older_offer_is_named() -> None:
    context = foreign(SOUTH, groups="X25519:P-256:ffdhe2048", version=SSL.TLS1_2_VERSION)
    assert offered(client_hello(context)) == "TLS 1.2 with groups X25519, P-256, 0x0100"


def test_what_is_no_tls_is_shown_escaped() -> None:
    assert offered(b"GET /\r\n\x1b[31m") == r"no TLS but b'GET /\r\n\x1b[31m'"
    assert offered(b"") == "nothing"


def test_a_hello_cut_anywhere_is_still_described() -> None:
    hello = client_hello(foreign(SOUTH))
    whole = offered(hello)
    assert {offered(hello[:size]) for size in range(1, len(hello))} <= {
        "a TLS hello that is cut short or broken",
        "TLS 1.2 with groups none",  # cut before its extensions
        whole,
    }


@given(st.binary(max_size=300), st.booleans())
def test_any_bytes_give_printable_text(data: bytes, as_hello: bool) -> None:
    prefix = b"\x16\x03\x01\x01\x00\x01\x00\x00\xfc\x03\x03" if as_hello else b""
    assert offered(prefix + data).isprintable()
