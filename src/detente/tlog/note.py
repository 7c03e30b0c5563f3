"""Signed notes and verifier keys (C2SP signed-note), to the byte and without cryptography.

A note is a text, an empty line, and lines `— <key name> <base64(key id, signature)>`. Which
keys are known, and what their signatures must say, is the business of the callers.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from detente.errors import Malformed
from detente.tlog.text import decode_base64, encode_base64

MAX_SIGNATURES = 64
"""C2SP demands at least 16; a tlog-policy may name 32 witnesses and a log signs twice."""
MAX_NOTE_BYTES = 512 * 1024
"""Room for `MAX_SIGNATURES` post-quantum signatures of nearly 5 kB, in base64."""
MAX_NAME_BYTES = 255
"""A 0x06 signature carries its signer's name behind a one-byte length (C2SP tlog-cosignature)."""

KEY_ID_BYTES = 4

ED25519 = 0x01
"""Signature type: Ed25519 over the text of the note."""
COSIGNATURE_ED25519 = 0x04
"""Signature type: timestamped Ed25519 (cosignature/v1)."""
COSIGNATURE_MLDSA44 = 0x06
"""Signature type: timestamped ML-DSA-44 (subtree/v1)."""

KEY_BYTES = {ED25519: 32, COSIGNATURE_ED25519: 32, COSIGNATURE_MLDSA44: 1312}

_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x1f]")
_CONTROL_BUT_LF = re.compile(r"[\x00-\x09\x0b-\x1f]")
# White_Space of Unicode, written out so that a name's validity never depends on Python's tables.
_SPACES = frozenset(
    " \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line. `blob` follows the key id: for some types it is more than a signature."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        """The line as it stands in a note, with its newline."""
        return f"{_DASH}{self.name} {encode_base64(self.key_id + self.blob)}\n"


@dataclass(frozen=True, slots=True)
class Note:
    """`text` ends in a newline and is without the empty line; `signatures` are never none."""

    text: str
    signatures: tuple[Signature, ...]


def parse_note(data: str | bytes) -> Note:
    """A note in its one encoding, or Malformed (C2SP signed-note, Format).

    Says nothing about the signatures: lines of unknown keys are kept.
    """
    source = _decoded(data)
    head, separator, tail = source.rpartition("\n\n")
    lines = tail.split("\n")
    if not separator or lines.pop() != "" or not lines:
        raise Malformed(
            "no signature lines after an empty line",
            where="note",
            mend="the last line must end in a newline",
        )
    if len(lines) > MAX_SIGNATURES:
        raise Malformed(f"more than {MAX_SIGNATURES} signatures", where="note")
    return Note(head + "\n", tuple(_parse_signature(line) for line in lines))


def format_note(note: Note) -> str:
    """The one encoding of a note."""
    return f"{note.text}\n{''.join(signature.line() for signature in note.signatures)}"


def _decoded(data: str | bytes) -> str:
    """Valid UTF-8 within the bound and without control characters, as text; or Malformed."""
    try:
        source = data.decode() if isinstance(data, bytes) else data
        octets = source.encode()
    except UnicodeError as error:
        raise Malformed("not UTF-8", where="note") from error
    if len(octets) > MAX_NOTE_BYTES:
        raise Malformed(f"longer than {MAX_NOTE_BYTES} bytes", where="note")
    check_no_control(source, where="note", lines=True)
    return source


def check_no_control(text: str, where: str, *, lines: bool = False) -> None:
    """Malformed if `text` holds an ASCII control character; LF is allowed where it has `lines`."""
    if (_CONTROL_BUT_LF if lines else _CONTROL).search(text):
        raise Malformed("an ASCII control character", where=where, mend="lines end in LF alone")


def _parse_signature(line: str) -> Signature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    if not line.startswith(_DASH):
        raise Malformed("a line that does not begin with an em dash and a space", where="note")
    check_name(name)
    data = decode_base64(encoded, where=f"signature line of {name!a}")
    if len(data) <= KEY_ID_BYTES:
        raise Malformed("a signature shorter than five bytes", where=f"signature line of {name!a}")
    return Signature(name, data[:KEY_ID_BYTES], data[KEY_ID_BYTES:])


def check_name(name: str) -> None:
    """Malformed unless `name` can be the name of a key: no spaces, no plus, 1 to 255 bytes."""
    try:
        size = len(name.encode())
    except UnicodeError as error:
        raise Malformed("not UTF-8", where="key name") from error
    if not 1 <= size <= MAX_NAME_BYTES:
        raise Malformed(f"not 1 to {MAX_NAME_BYTES} bytes long", where="key name")
    check_no_control(name, where="key name")
    if "+" in name or not _SPACES.isdisjoint(name):
        raise Malformed(f"a space or a plus in {name!a}", where="key name")


def key_id(name: str, algorithm: int, key: bytes) -> bytes:
    """SHA-256(name, newline, signature type, public key)[:4] (C2SP signed-note, Signatures)."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + key).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name and signature type: what C2SP calls a vkey."""

    name: str
    algorithm: int
    key: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.algorithm not in KEY_BYTES:
            raise Malformed(
                f"signature type {self.algorithm:#04x} is not one of ours", where="vkey"
            )
        if len(self.key) != KEY_BYTES[self.algorithm]:
            raise Malformed(f"{len(self.key)} bytes are not a key of its type", where="vkey")

    @property
    def id(self) -> bytes:
        """The key id, four bytes."""
        return key_id(self.name, self.algorithm, self.key)

    def text(self) -> str:
        """`<name>+<key id in hex>+<base64(type, key)>`."""
        material = encode_base64(bytes([self.algorithm]) + self.key)
        return f"{self.name}+{self.id.hex()}+{material}"


def parse_verifier_key(text: str) -> VerifierKey:
    """A vkey in its one encoding and with the id that belongs to it, or Malformed."""
    name, _, rest = text.partition("+")
    _, _, encoded = rest.partition("+")
    material = decode_base64(encoded, where="vkey")
    if not material:
        raise Malformed("no key", where="vkey", mend="write <name>+<hex key id>+<base64 key>")
    key = VerifierKey(name, material[0], material[1:])
    if key.text() != text:
        raise Malformed(f"the key id is not {key.id.hex()}", where="vkey")
    return key
