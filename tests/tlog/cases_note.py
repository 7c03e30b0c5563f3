"""Vectors for signed notes and verifier keys: what is one, and what only looks like one."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from detente.tlog.note import Signature
from tests.tlog.cases import COSIGNER_VKEY_04, LOG, LOG_VKEY, LOG_VKEY_06, Case, padding_bits, plain

TEXT = "The first line.\nThe second line.\n"
LINE = plain(LOG, "example.com/signer", TEXT).line()
PREFIX, ENCODED = LINE.rstrip("\n").rsplit(" ", 1)
NOTE = f"{TEXT}\n{LINE}"


def cases() -> Iterator[tuple[str, Case]]:
    for name, (comment, note) in GOOD_NOTES.items():
        yield f"note/{name}", {"comment": comment, "expect": "ok", "note": note}
    for name, (comment, note) in BAD_NOTES.items():
        yield f"note/{name}", {"comment": comment, "expect": "Malformed", "note": note}
    for name, (comment, octets) in BAD_OCTETS.items():
        encoded = base64.b64encode(octets).decode()
        yield f"note/{name}", {"comment": comment, "expect": "Malformed", "note_base64": encoded}
    for name, (comment, vkey) in GOOD_KEYS.items():
        yield f"vkey/{name}", {"comment": comment, "expect": "ok", "vkey": vkey}
    for name, (comment, vkey) in BAD_KEYS.items():
        yield f"vkey/{name}", {"comment": comment, "expect": "Malformed", "vkey": vkey}


def _named(name: str) -> str:
    return f"{TEXT}\n" + Signature(name, b"\0\1\2\3", b"blob").line()


def _encoded(encoded: str) -> str:
    return f"{TEXT}\n— example.com/signer {encoded}\n"


GOOD_NOTES = {
    "one-signature": ("the simplest note", NOTE),
    "two-signatures": ("two keys", NOTE + Signature("b", b"\0\1\2\3", b"blob").line()),
    "sixteen-signatures": (
        "as many as every verifier must accept",
        f"{TEXT}\n" + "".join(Signature(f"k{i}", b"\0\0\0\1", b"b").line() for i in range(16)),
    ),
    "empty-lines-in-the-text": (
        "the last empty line separates",
        f"\n\na\n\n\nb\n\n{LINE}",
    ),
    "signature-lines-in-the-text": ("what stands before it is text", f"{NOTE}\n{LINE}"),
    "text-of-an-empty-line": ("a text may be one newline", f"\n\n{LINE}"),
    "text-beyond-ascii": ("any UTF-8", f"Œuvre № 1: \U0001f54a\n\n{LINE}"),
    "name-beyond-ascii": ("a key name may be any UTF-8 without spaces", _named("žurnál.example")),
    "name-of-255-bytes": ("the longest name", _named("n" * 255)),
    "signature-of-one-byte": ("the shortest blob", _encoded("AAECAwQ=")),
    "same-line-twice": ("what to make of it is for the verifier", NOTE + LINE),
}

BAD_NOTES = {
    "empty": ("nothing at all", ""),
    "no-empty-line": ("text runs into the signature", f"{TEXT}{LINE}"),
    "no-signature": ("text and an empty line", f"{TEXT}\n"),
    "no-text": ("no empty line before the signature", f"\n{LINE}"),
    "newline-missing-at-the-end": ("the last line is not ended", NOTE.removesuffix("\n")),
    "newline-too-many-at-the-end": ("an empty line after the signatures", NOTE + "\n"),
    "text-after-the-signatures": ("a line without a dash", NOTE + "postscript\n"),
    "crlf": ("lines end in LF alone", NOTE.replace("\n", "\r\n")),
    "carriage-return-in-the-text": ("a control character", f"a\rb\n\n{LINE}"),
    "tab-in-the-text": ("a control character", f"a\tb\n\n{LINE}"),
    "nul-in-the-text": ("a control character", f"a\0b\n\n{LINE}"),
    "escape-in-the-text": ("a control character, and terminals obey it", f"a\x1bb\n\n{LINE}"),
    "hyphen-for-dash": ("U+002D where U+2014 belongs", NOTE.replace("—", "-")),
    "en-dash-for-dash": ("U+2013 where U+2014 belongs", NOTE.replace("—", "–")),
    "no-space-after-the-dash": ("the dash touches the name", NOTE.replace("— ", "—")),
    "no-break-space-after-the-dash": ("U+00A0 for U+0020", NOTE.replace("— ", "—\xa0")),
    "two-spaces-after-the-dash": ("an empty name", NOTE.replace("— ", "—  ")),
    "two-spaces-before-the-base64": ("one space only", f"{TEXT}\n{PREFIX}  {ENCODED}\n"),
    "space-at-the-end": ("nothing follows the base64", f"{TEXT}\n{LINE[:-1]} \n"),
    "no-base64": ("a name alone", f"{TEXT}\n{PREFIX}\n"),
    "name-with-plus": ("a plus would break verifier keys", _named("a+b")),
    "name-with-no-break-space": ("a Unicode space", _named("a\xa0b")),
    "name-with-ideographic-space": ("a Unicode space", _named("a\u3000b")),
    "name-with-line-separator": ("a Unicode space", _named("a\u2028b")),
    "name-with-next-line": ("U+0085 is a Unicode space", _named("a\x85b")),
    "name-of-256-bytes": ("a cosignature cannot carry it", _named("n" * 256)),
    "base64-empty": ("no key id", _encoded("")),
    "base64-of-a-key-id-alone": ("no signature after it", _encoded("AAECAw==")),
    "base64-of-three-bytes": ("no whole key id", _encoded("AAEC")),
    "base64-without-padding": ("padding is not optional", _encoded("AAECAwQ")),
    "base64-with-padding-too-much": ("nothing follows the padding", _encoded("AAECAwQF====")),
    "base64-padding-bits": ("the last two bits are not zero", _encoded("AAECAwR=")),
    "base64-url-alphabet": ("- and _ are of another alphabet", _encoded("AAEC-_8A")),
    "base64-with-rubbish": ("lenient decoders skip it", _encoded("AAE*CAwQ=")),
    "base64-beyond-ascii": ("a letter that looks like A", _encoded("\u0391AECAwQ=")),
    "sixty-five-signatures": (
        "more than our bound",
        f"{TEXT}\n" + "".join(Signature(f"k{i}", b"\0\0\0\1", b"b").line() for i in range(65)),
    ),
}

BAD_OCTETS = {
    "not-utf8": ("a byte that no UTF-8 has", b"\xff" + NOTE.encode()),
    "surrogate": ("a surrogate, encoded", b"\xed\xa0\x80" + NOTE.encode()),
    "overlong": ("a newline in two bytes", b"a\xc0\x8ab" + NOTE.encode()),
    "truncated-in-a-character": ("half a dash", NOTE.encode()[: len(TEXT) + 3]),
}


NAME, ID, MATERIAL = LOG_VKEY.text().split("+", 2)


def _material(algorithm: int, key: bytes) -> str:
    return base64.b64encode(bytes([algorithm]) + key).decode()


GOOD_KEYS = {
    "ed25519": ("type 0x01", LOG_VKEY.text()),
    "cosignature-ed25519": ("type 0x04", COSIGNER_VKEY_04.text()),
    "cosignature-mldsa44": ("type 0x06", LOG_VKEY_06.text()),
}

BAD_KEYS = {
    "empty": ("nothing at all", ""),
    "name-alone": ("no id and no key", NAME),
    "no-key": ("an id and no key", f"{NAME}+{ID}+"),
    "name-empty": ("no name", f"+{ID}+{MATERIAL}"),
    "name-with-space": ("a space", f"{NAME} x+{ID}+{MATERIAL}"),
    "name-of-another-log": ("the id belongs to another name", f"{NAME}2+{ID}+{MATERIAL}"),
    "id-of-another-key": ("the id is computed, not chosen", f"{NAME}+00000000+{MATERIAL}"),
    "id-in-capitals": ("hex digits are small", f"{NAME}+{ID.upper()}+{MATERIAL}"),
    "id-too-short": ("eight digits", f"{NAME}+{ID[1:]}+{MATERIAL}"),
    "id-with-zeros": ("eight digits", f"{NAME}+00{ID}+{MATERIAL}"),
    "type-unknown": ("0x02 is not ours", f"{NAME}+{ID}+{_material(2, LOG_VKEY.key)}"),
    "type-of-a-longer-key": ("0x06 with 32 bytes", f"{NAME}+{ID}+{_material(6, LOG_VKEY.key)}"),
    "key-too-short": ("31 bytes", f"{NAME}+{ID}+{_material(1, LOG_VKEY.key[1:])}"),
    "padding-bits": ("two spellings of one key", padding_bits(LOG_VKEY_06.text())),
    "newline-at-the-end": ("a vkey is no line", f"{NAME}+{ID}+{MATERIAL}\n"),
    "space-before": ("nothing surrounds it", f" {NAME}+{ID}+{MATERIAL}"),
}
