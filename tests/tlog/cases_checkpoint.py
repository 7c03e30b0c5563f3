"""Vectors for checkpoints that are signed twice: by Ed25519 (0x01) and by ML-DSA-44 (0x06)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from detente.tlog.checkpoint import parse_checkpoint
from detente.tlog.cosignature import cosign_ed25519, cosign_mldsa44
from detente.tlog.note import Note, Signature, format_note, parse_note
from tests.tlog.cases import (
    COSIGNER,
    LOG,
    LOG_VKEY,
    LOG_VKEY_06,
    ORIGIN,
    OTHER,
    TIME_S,
    WITNESS,
    Case,
    flipped,
    head,
    padding_bits,
    plain,
    signed,
)

BASE = parse_note(signed())
TEXT = BASE.text
FIRST, SECOND = BASE.signatures
_, SIZE, ROOT = TEXT.splitlines()

MAX_TIME_S = 2**63 - 1


def cases() -> Iterator[tuple[str, Case]]:
    for name, (comment, note) in GOOD.items():
        yield _case(name, comment, "ok", note)
    for name, (comment, note) in FORGED.items():
        yield _case(name, comment, "Forged", note)
    for name, (comment, note) in MALFORMED.items():
        yield _case(name, comment, "Malformed", note)


def _case(name: str, comment: str, expect: str, note: str) -> tuple[str, Case]:
    case: Case = {
        "comment": comment,
        "expect": expect,
        "origin": ORIGIN,
        "vkeys": [LOG_VKEY.text(), LOG_VKEY_06.text()],
        "note": note,
    }
    if expect == "ok":
        checkpoint = parse_checkpoint(parse_note(note).text)
        case |= {
            "size": str(checkpoint.size),
            "root_hex": checkpoint.root.hex(),
            "time_s": str(MAX_TIME_S if name == "latest-time" else TIME_S),
        }
    return f"checkpoint/{name}", case


def _note(*signatures: Signature, text: str = TEXT) -> str:
    return format_note(Note(text, signatures))


def _over(text: str) -> str:
    """A text that is no checkpoint, and whose Ed25519 signature holds."""
    return _note(plain(LOG, ORIGIN, text), SECOND, text=text)


def _timed(signature: Signature, time_s: int) -> Signature:
    return replace(signature, blob=time_s.to_bytes(8, "big") + signature.blob[8:])


FROM_WITNESS = (
    cosign_ed25519(COSIGNER, WITNESS, head(), TIME_S),
    cosign_mldsa44(COSIGNER, WITNESS, head(), TIME_S),
)

GOOD = {
    "signed-twice": ("Ed25519 over the text, ML-DSA-44 with the time", _note(FIRST, SECOND)),
    "mldsa44-first": ("lines may come in any order; we keep Ed25519 first", _note(SECOND, FIRST)),
    "among-witnesses": (
        "lines of others are dropped",
        _note(FROM_WITNESS[1], FIRST, FROM_WITNESS[0], SECOND),
    ),
    "same-name-unknown-key": (
        "another key under our name is unknown, so ignored",
        _note(FIRST, SECOND, plain(OTHER, ORIGIN, TEXT)),
    ),
    "same-id-unknown-name": (
        "another name with our key id is unknown, so ignored",
        _note(FIRST, SECOND, replace(flipped(FIRST), name=WITNESS)),
    ),
    "unknown-line-twice": (
        "only lines of known keys are counted",
        _note(FROM_WITNESS[0], FIRST, SECOND, FROM_WITNESS[0]),
    ),
    "empty-tree": ("size 0 and the hash of nothing", signed(head(0))),
    "size-1": ("one leaf", signed(head(1))),
    "largest-size": ("2^63-1 leaves", signed(replace(head(), size=2**63 - 1))),
    "latest-time": ("2^63-1 seconds", signed(time_s=MAX_TIME_S)),
}

FORGED = {
    "ed25519-alone": ("both lines are required", _note(FIRST)),
    "mldsa44-alone": ("both lines are required", _note(SECOND)),
    "witnesses-alone": ("none of the lines is ours", _note(*FROM_WITNESS)),
    "ed25519-twice": ("one line of a key, even if both hold", _note(FIRST, FIRST, SECOND)),
    "mldsa44-twice": (
        "one line of a key, even if both hold",
        _note(FIRST, SECOND, cosign_mldsa44(LOG, ORIGIN, head(), TIME_S)),
    ),
    "ed25519-again-and-wrong": (
        "a line of a known key that does not hold",
        _note(FIRST, SECOND, flipped(FIRST)),
    ),
    "ed25519-flipped-r": ("a bit of R", _note(flipped(FIRST, 0), SECOND)),
    "ed25519-flipped-s": ("a bit of S", _note(flipped(FIRST, 40), SECOND)),
    "ed25519-truncated": ("63 bytes", _note(replace(FIRST, blob=FIRST.blob[:-1]), SECOND)),
    "ed25519-extended": ("65 bytes", _note(replace(FIRST, blob=FIRST.blob + b"\0"), SECOND)),
    "ed25519-low-order-r": (
        "R is the identity",
        _note(replace(FIRST, blob=b"\1" + bytes(31) + FIRST.blob[32:]), SECOND),
    ),
    "ed25519-r-not-canonical": (
        "R is the identity, written as p + 1",
        _note(replace(FIRST, blob=b"\xee" + b"\xff" * 30 + b"\x7f" + FIRST.blob[32:]), SECOND),
    ),
    "ed25519-s-not-canonical": (
        "S + L in place of S",
        _note(
            replace(
                FIRST,
                blob=FIRST.blob[:32]
                + (
                    int.from_bytes(FIRST.blob[32:], "little")
                    + 2**252
                    + 27742317777372353535851937790883648493
                ).to_bytes(32, "little"),
            ),
            SECOND,
        ),
    ),
    "ed25519-of-another-key": (
        "made by another key, under our key id",
        _note(replace(plain(OTHER, ORIGIN, TEXT), key_id=FIRST.key_id), SECOND),
    ),
    "ed25519-of-another-text": (
        "a signature of ours, over a smaller tree",
        _note(plain(LOG, ORIGIN, head(6).text()), SECOND),
    ),
    "ed25519-wrong-id": (
        "a signature of ours under an unknown key id",
        _note(replace(FIRST, key_id=b"\0\0\0\0"), SECOND),
    ),
    "ed25519-wrong-name": (
        "a signature of ours under an unknown name",
        _note(replace(FIRST, name=WITNESS), SECOND),
    ),
    "ed25519-is-a-cosignature": (
        "a 0x04 cosignature cannot stand for a 0x01 signature",
        _note(cosign_ed25519(LOG, ORIGIN, head(), TIME_S), SECOND),
    ),
    "ed25519-is-a-cosignature-in-disguise": (
        "a 0x04 cosignature under the key id of 0x01",
        _note(replace(FIRST, blob=cosign_ed25519(LOG, ORIGIN, head(), TIME_S).blob[8:]), SECOND),
    ),
    "mldsa44-flipped": ("a bit of the signature", _note(FIRST, flipped(SECOND, 1000))),
    "mldsa44-truncated": ("2419 bytes", _note(FIRST, replace(SECOND, blob=SECOND.blob[:-1]))),
    "mldsa44-extended": ("2421 bytes", _note(FIRST, replace(SECOND, blob=SECOND.blob + b"\0"))),
    "mldsa44-half-a-time": ("seven bytes", _note(FIRST, replace(SECOND, blob=SECOND.blob[:7]))),
    "mldsa44-time-alone": ("eight bytes", _note(FIRST, replace(SECOND, blob=SECOND.blob[:8]))),
    "mldsa44-without-time": ("no time", _note(FIRST, replace(SECOND, blob=SECOND.blob[8:]))),
    "mldsa44-other-time": ("the time is signed", _note(FIRST, _timed(SECOND, TIME_S + 1))),
    "mldsa44-zero-time": (
        "signed without a time: C2SP allows it, a log of ours always says when",
        _note(FIRST, cosign_mldsa44(LOG, ORIGIN, head(), 0)),
    ),
    "mldsa44-time-beyond": (
        "2^63 seconds, validly signed",
        _note(FIRST, cosign_mldsa44(LOG, ORIGIN, head(), 2**63)),
    ),
    "mldsa44-of-another-key": (
        "made by another key, under our key id",
        _note(
            FIRST,
            replace(cosign_mldsa44(OTHER, ORIGIN, head(), TIME_S), key_id=SECOND.key_id),
        ),
    ),
    "mldsa44-of-another-size": (
        "a signature of ours, over a smaller tree",
        _note(FIRST, cosign_mldsa44(LOG, ORIGIN, head(6), TIME_S)),
    ),
    "mldsa44-of-another-root": (
        "a signature of ours, over another tree of the same size",
        _note(FIRST, cosign_mldsa44(LOG, ORIGIN, replace(head(6), size=7), TIME_S)),
    ),
    "mldsa44-of-another-origin": (
        "a signature of ours, over another log",
        _note(FIRST, cosign_mldsa44(LOG, ORIGIN, head(origin=WITNESS), TIME_S)),
    ),
    "mldsa44-of-another-cosigner": (
        "the signed name is not the name of the line",
        _note(
            FIRST,
            replace(SECOND, blob=cosign_mldsa44(LOG, WITNESS, head(), TIME_S).blob),
        ),
    ),
    "mldsa44-wrong-id": (
        "a signature of ours under an unknown key id",
        _note(FIRST, replace(SECOND, key_id=b"\0\0\0\0")),
    ),
    "signatures-swapped": (
        "each signature under the other's key id",
        _note(
            replace(FIRST, key_id=SECOND.key_id),
            replace(SECOND, key_id=FIRST.key_id),
        ),
    ),
    "other-origin": (
        "a sound checkpoint of another log of the same keys",
        signed(head(origin="detente.example/other")),
    ),
    "text-changed": (
        "another size under old signatures",
        _note(FIRST, SECOND, text=head(6).text()),
    ),
}

MALFORMED = {
    "two-lines": ("no root", _over(f"{ORIGIN}\n{SIZE}\n")),
    "extension-line": (
        "C2SP allows it; ML-DSA-44 does not cover it, so we do not",
        _over(f"{TEXT}extension\n"),
    ),
    "empty-line-before-the-size": ("no line is empty", _over(f"{ORIGIN}\n\n{SIZE}\n{ROOT}\n")),
    "text-lines-swapped": ("size and root", _over(f"{ORIGIN}\n{ROOT}\n{SIZE}\n")),
    "origin-empty": ("an origin", _over(f"\n{SIZE}\n{ROOT}\n")),
    "origin-of-256-bytes": ("a cosignature cannot carry it", _over(f"{'o' * 256}\n7\n{ROOT}\n")),
    "size-with-zero": ("leading zero", _over(f"{ORIGIN}\n07\n{ROOT}\n")),
    "size-of-two-zeros": ("zero is one digit", _over(f"{ORIGIN}\n00\n{ROOT}\n")),
    "size-with-plus": ("no sign", _over(f"{ORIGIN}\n+7\n{ROOT}\n")),
    "size-with-minus": ("no sign", _over(f"{ORIGIN}\n-7\n{ROOT}\n")),
    "size-with-underscore": ("Python's int takes it", _over(f"{ORIGIN}\n1_0\n{ROOT}\n")),
    "size-with-space": ("Python's int takes it", _over(f"{ORIGIN}\n 7\n{ROOT}\n")),
    "size-with-point": ("no integer", _over(f"{ORIGIN}\n7.0\n{ROOT}\n")),
    "size-in-arabic-digits": ("ASCII digits", _over(f"{ORIGIN}\n\u0667\n{ROOT}\n")),
    "size-in-hex": ("decimal digits", _over(f"{ORIGIN}\n0x7\n{ROOT}\n")),
    "size-of-2-63": ("one too many", _over(f"{ORIGIN}\n{2**63}\n{ROOT}\n")),
    "size-of-20-digits": ("far too many", _over(f"{ORIGIN}\n{10**19}\n{ROOT}\n")),
    "root-empty": ("no hash", _over(f"{ORIGIN}\n{SIZE}\n\n")),
    "root-of-31-bytes": ("a hash has 32 bytes", _over(f"{ORIGIN}\n{SIZE}\n{'A' * 40}AA==\n")),
    "root-of-33-bytes": ("a hash has 32 bytes", _over(f"{ORIGIN}\n{SIZE}\n{'A' * 44}\n")),
    "root-padding-bits": (
        "two spellings of one hash",
        _over(f"{ORIGIN}\n{SIZE}\n{'A' * 42}B=\n"),
    ),
    "root-without-padding": ("padding", _over(f"{ORIGIN}\n{SIZE}\n{ROOT.rstrip('=')}\n")),
    "root-with-space-behind": ("a space", _over(f"{ORIGIN}\n{SIZE}\n{ROOT} \n")),
    "crlf": ("lines end in LF alone", _note(FIRST, SECOND).replace("\n", "\r\n")),
    "newline-missing-at-the-end": ("the last line is not ended", _note(FIRST, SECOND)[:-1]),
    "truncated": ("half the note", _note(FIRST, SECOND)[:1700]),
    "text-alone": ("no signatures", TEXT),
    "base64-padding-bits": (
        "two spellings of one line",
        _note(SECOND) + padding_bits(FIRST.line()[:-1]) + "\n",
    ),
}
