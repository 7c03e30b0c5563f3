"""What a stranger offered, read from the first bytes that it sent.

Words for the log, never grounds for a decision.

Source: RFC 8446 section 4.1.2 (ClientHello), the IANA registry of TLS supported groups.
"""

from __future__ import annotations

HELLO_BYTES_MAX = 4096
NAMES_MAX = 8
SHOWN_BYTES = 16

HANDSHAKE_RECORD, CLIENT_HELLO = 22, 1
SUPPORTED_GROUPS, SUPPORTED_VERSIONS = 10, 43
VERSIONS = {0x0304: "TLS 1.3", 0x0303: "TLS 1.2", 0x0302: "TLS 1.1", 0x0301: "TLS 1.0"}
GROUPS = {
    0x0017: "P-256",
    0x0018: "P-384",
    0x0019: "P-521",
    0x001D: "X25519",
    0x001E: "X448",
    0x11EB: "SecP256r1MLKEM768",
    0x11EC: "X25519MLKEM768",
    0x11ED: "SecP384r1MLKEM1024",
}


def offered(data: bytes) -> str:
    """Say what these first bytes of a connection offer: any bytes give some printable text."""
    if not data:
        return "nothing"
    if data[0] != HANDSHAKE_RECORD:
        return f"no TLS but {data[:SHOWN_BYTES]!r}"
    try:
        versions, groups = _client_hello(data)
    except _Short:
        return "a TLS hello that is cut short or broken"
    return f"{_named(versions, VERSIONS)} with groups {_named(groups, GROUPS)}"


class _Short(Exception):
    """Fewer bytes than a length field promises."""


class _Cursor:
    """Takes length-prefixed fields off the front."""

    def __init__(self, data: bytes) -> None:
        self.rest = data

    def take(self, count: int) -> bytes:
        if len(self.rest) < count:
            raise _Short
        taken, self.rest = self.rest[:count], self.rest[count:]
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def field(self, prefix: int) -> bytes:
        return self.take(self.number(prefix))


def _client_hello(data: bytes) -> tuple[list[int], list[int]]:
    cursor = _Cursor(data)
    cursor.take(5)
    if cursor.number(1) != CLIENT_HELLO:
        raise _Short
    cursor.take(3)
    versions, groups = [cursor.number(2)], list[int]()
    cursor.take(32)
    for prefix in (1, 2, 1):  # session id, cipher suites, compression methods
        cursor.field(prefix)
    extensions = _Cursor(cursor.field(2) if cursor.rest else b"")
    while extensions.rest:
        kind, body = extensions.number(2), _Cursor(extensions.field(2))
        if kind == SUPPORTED_VERSIONS:
            versions = _numbers(body.field(1))
        elif kind == SUPPORTED_GROUPS:
            groups = _numbers(body.field(2))
    return versions, groups


def _numbers(data: bytes) -> list[int]:
    return [int.from_bytes(data[at : at + 2], "big") for at in range(0, len(data), 2)]


def _named(numbers: list[int], names: dict[int, str]) -> str:
    shown = [names.get(number, f"0x{number:04x}") for number in numbers[:NAMES_MAX]]
    more = ["..."] if len(numbers) > NAMES_MAX else []
    return ", ".join(shown + more) or "none"
