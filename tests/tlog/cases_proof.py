"""Vectors for tlog-proofs: a leaf, its place, and the signed tree that it stands in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.note import format_note, parse_note
from detente.tlog.proof import TlogProof, format_proof
from tests.tlog.cases import (
    LEAVES,
    LOG_VKEY,
    LOG_VKEY_06,
    ORIGIN,
    Case,
    flipped,
    head,
    path,
    signed,
)

NOTE = signed()


def _proof(index: int, extra: bytes = b"") -> TlogProof:
    return TlogProof(index, tuple(path(index, LEAVES)), NOTE, extra)


def cases() -> Iterator[tuple[str, Case]]:
    for name, (comment, leaf, proof) in GOOD.items():
        yield _case(name, comment, "ok", leaf, format_proof(proof))
    for name, (comment, proof) in FORGED.items():
        yield _case(name, comment, "Forged", LEAVES[3], format_proof(proof))
    for name, (comment, proof) in WRONG_LENGTH.items():
        yield _case(name, comment, "Malformed", LEAVES[3], format_proof(proof))
    for name, (comment, text) in MALFORMED.items():
        yield _case(name, comment, "Malformed", LEAVES[3], text)


def _case(name: str, comment: str, expect: str, leaf: bytes, proof: str) -> tuple[str, Case]:
    case: Case = {
        "comment": comment,
        "expect": expect,
        "origin": ORIGIN,
        "vkeys": [LOG_VKEY.text(), LOG_VKEY_06.text()],
        "leaf_hex": leaf_hash(leaf).hex(),
        "proof": proof,
    }
    return f"tlog-proof/{name}", case


PROOF = _proof(3)
SIBLING, *UPPER = PROOF.path
ONE_SIGNATURE = format_note(replace(parse_note(NOTE), signatures=parse_note(NOTE).signatures[:1]))
BAD_SIGNATURE = format_note(
    replace(
        parse_note(NOTE),
        signatures=(parse_note(NOTE).signatures[0], flipped(parse_note(NOTE).signatures[1])),
    )
)

GOOD = {
    "middle": ("leaf 3 of 7", LEAVES[3], PROOF),
    "first": ("leaf 0 of 7", LEAVES[0], _proof(0)),
    "last": ("leaf 6 of 7, whose path is shorter", LEAVES[6], _proof(6)),
    "extra": ("opaque data, signed by nobody", LEAVES[3], _proof(3, b"\0\xff extra\n")),
    "extra-of-one-byte": ("the least", LEAVES[3], _proof(3, b"\0")),
    "only-leaf": ("leaf 0 of 1 needs no path", LEAVES[0], TlogProof(0, (), signed(head(1)))),
}

FORGED = {
    "other-leaf": ("the path of leaf 2", _proof(2)),
    "other-index": ("the path of leaf 3 at index 2", replace(PROOF, index=2)),
    "path-flipped": (
        "a bit of the first hash",
        replace(PROOF, path=(Hash(bytes([SIBLING[0] ^ 1]) + SIBLING[1:]), *UPPER)),
    ),
    "path-reversed": ("the root's child first", replace(PROOF, path=PROOF.path[::-1])),
    "other-tree": ("a checkpoint of six leaves", replace(PROOF, note=signed(head(6)))),
    "other-log": (
        "a checkpoint of another log",
        replace(PROOF, note=signed(head(origin="detente.example/other"))),
    ),
    "ed25519-alone": ("both lines are required", replace(PROOF, note=ONE_SIGNATURE)),
    "mldsa44-flipped": ("a bit of the signature", replace(PROOF, note=BAD_SIGNATURE)),
}

WRONG_LENGTH = {
    "path-too-short": ("one hash less", replace(PROOF, path=PROOF.path[:-1])),
    "path-too-long": ("one hash more", replace(PROOF, path=(*PROOF.path, SIBLING))),
    "path-empty": ("no hashes", replace(PROOF, path=())),
    "path-of-64": ("deeper than any tree", replace(PROOF, path=(SIBLING,) * 64)),
    "index-beyond": ("leaf 7 of 7", replace(PROOF, index=7)),
    "empty-tree": ("leaf 0 of 0", TlogProof(0, (), signed(head(0)))),
    "extra-too-long": ("65,536 bytes", replace(PROOF, extra=bytes(65_536))),
}

TEXT = format_proof(PROOF)
EXTRA = format_proof(_proof(3, b"extra"))
HEADER, INDEX, FIRST_HASH, *_ = TEXT.splitlines(keepends=True)

MALFORMED = {
    "empty": ("nothing at all", ""),
    "head-alone": ("no checkpoint", TEXT.partition("\n\n")[0] + "\n\n"),
    "checkpoint-alone": ("no head", NOTE),
    "checkpoint-truncated": ("half a signature", TEXT[:-100]),
    "checkpoint-unsigned": ("no signatures", TEXT.partition("\n\n— ")[0] + "\n"),
    "newline-too-many-at-the-end": ("an empty line at the end", TEXT + "\n"),
    "newline-missing-at-the-end": ("the last line is not ended", TEXT[:-1]),
    "newline-before": ("an empty line at the beginning", "\n" + TEXT),
    "crlf": ("lines end in LF alone", TEXT.replace("\n", "\r\n")),
    "crlf-in-the-head": ("lines end in LF alone", TEXT.replace(INDEX, "index 3\r\n")),
    "two-empty-lines": ("one empty line", TEXT.replace("\n\n", "\n\n\n", 1)),
    "no-empty-line": ("the path runs into the checkpoint", TEXT.replace("\n\n", "\n", 1)),
    "version-2": ("a version we do not know", TEXT.replace("@v1", "@v2", 1)),
    "header-in-capitals": ("one spelling", TEXT.replace("c2sp", "C2SP", 1)),
    "header-with-space": ("one spelling", TEXT.replace("@v1", "@v1 ", 1)),
    "header-twice": ("one header", HEADER + TEXT),
    "header-missing": ("one header", TEXT.removeprefix(HEADER)),
    "index-missing": ("an index", TEXT.replace(INDEX, "")),
    "index-and-path-missing": ("a header alone", f"{HEADER}\n{NOTE}"),
    "index-twice": ("one index", TEXT.replace(INDEX, INDEX + INDEX)),
    "index-after-the-path": ("index first", TEXT.replace(INDEX + FIRST_HASH, FIRST_HASH + INDEX)),
    "index-with-zero": ("leading zero", TEXT.replace(INDEX, "index 03\n")),
    "index-with-plus": ("no sign", TEXT.replace(INDEX, "index +3\n")),
    "index-with-two-spaces": ("one space", TEXT.replace(INDEX, "index  3\n")),
    "index-with-space-behind": ("no space", TEXT.replace(INDEX, "index 3 \n")),
    "index-with-tab": ("a space", TEXT.replace(INDEX, "index\t3\n")),
    "index-empty": ("a number", TEXT.replace(INDEX, "index \n")),
    "index-of-2-63": ("too large", TEXT.replace(INDEX, f"index {2**63}\n")),
    "extra-empty": ("omitted if there is none", TEXT.replace(INDEX, "extra \n" + INDEX)),
    "extra-after-the-index": ("extra first", TEXT.replace(INDEX, INDEX + "extra AAAA\n")),
    "extra-twice": ("one extra", TEXT.replace(INDEX, "extra AAAA\nextra AAAA\n" + INDEX)),
    "extra-padding-bits": ("two spellings", TEXT.replace(INDEX, "extra AAB=\n" + INDEX)),
    "extra-with-rubbish": ("not base64", TEXT.replace(INDEX, "extra AA*AA\n" + INDEX)),
    "hash-of-31-bytes": ("32 bytes", TEXT.replace(FIRST_HASH, "A" * 40 + "AA==\n")),
    "hash-padding-bits": ("two spellings", TEXT.replace(FIRST_HASH, "A" * 42 + "B=\n")),
    "hash-with-space": ("no space", TEXT.replace(FIRST_HASH, " " + FIRST_HASH)),
    "hash-in-hex": ("base64", TEXT.replace(FIRST_HASH, SIBLING.hex() + "\n")),
}
