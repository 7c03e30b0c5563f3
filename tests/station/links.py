"""Link keys for the tests, and TLS contexts of ends that do not keep to our terms."""

from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from OpenSSL import SSL
from OpenSSL._util import lib

from detente.station.tls import GROUP, make_certificate, make_context


def link_key(number: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(bytes([number]) * 32)


def public(key: Ed25519PrivateKey) -> bytes:
    return key.public_key().public_bytes_raw()


NORTH, SOUTH, EAST, STRANGER = (link_key(number) for number in (1, 2, 3, 9))
NORTH_KEY, SOUTH_KEY, EAST_KEY, STRANGER_KEY = map(public, (NORTH, SOUTH, EAST, STRANGER))
NORTH_CONTEXT, SOUTH_CONTEXT, EAST_CONTEXT, STRANGER_CONTEXT = map(
    make_context, (NORTH, SOUTH, EAST, STRANGER)
)


def foreign(
    key: Ed25519PrivateKey | None,
    *,
    groups: str = GROUP,
    version: int = SSL.TLS1_3_VERSION,
) -> SSL.Context:
    """An end that shows this key (or none), offers these groups, and believes anybody."""
    context = SSL.Context(SSL.TLS_METHOD)
    context.set_max_proto_version(version)
    if lib.SSL_CTX_set1_curves_list(context._context, groups.encode()) != 1:
        raise ValueError(groups)
    if key is not None:
        context.use_certificate(make_certificate(key))
        context.use_privatekey(key)
    return context
