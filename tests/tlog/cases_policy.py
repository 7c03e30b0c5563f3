"""Vectors for tlog-policies, each with a note that satisfies it or does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from detente.tlog.cosignature import cosign_ed25519, cosign_mldsa44
from detente.tlog.note import ED25519, Note, Signature, VerifierKey, format_note, parse_note
from detente.tlog.policy import format_policy, policy_of
from tests.tlog.cases import (
    COSIGNER,
    COSIGNER_VKEY_04,
    COSIGNER_VKEY_06,
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
    plain,
    signed,
)

BASE = parse_note(signed())
FIRST, SECOND = BASE.signatures
W04 = cosign_ed25519(COSIGNER, WITNESS, head(), TIME_S)
W06 = cosign_mldsa44(COSIGNER, WITNESS, head(), TIME_S)
TIMELESS = cosign_mldsa44(COSIGNER, WITNESS, head(), 0)


def _note(*signatures: Signature) -> str:
    return format_note(Note(BASE.text, signatures))


L = f"log {LOG_VKEY.text()}\n"
L6 = f"log {LOG_VKEY_06.text()}\n"
OTHER_LOG = f"log {VerifierKey('other.example', ED25519, OTHER.public.ed25519).text()}\n"
A = f"witness a {COSIGNER_VKEY_04.text()}\n"
B = f"witness b {COSIGNER_VKEY_06.text()}\n"
C = f"witness c {LOG_VKEY_06.text()}\n"
TWICE = format_policy(policy_of(ORIGIN, LOG.public))
ALL_FOUR = _note(FIRST, SECOND, W04, W06)


def cases() -> Iterator[tuple[str, Case]]:
    for expect, table in (("ok", GOOD), ("Forged", FORGED)):
        for name, (comment, policy, note) in table.items():
            yield _case(name, comment, expect, policy, note)
    for name, (comment, policy) in MALFORMED.items():
        yield _case(name, comment, "Malformed", policy, ALL_FOUR)


def _case(name: str, comment: str, expect: str, policy: str, note: str) -> tuple[str, Case]:
    case: Case = {"comment": comment, "expect": expect, "policy": policy, "note": note}
    return f"policy/{name}", case


GROUPS = f"{L}{A}{B}{C}group ab all a b\ngroup abc any ab c\nquorum abc\n"
TWO_OF_THREE = f"{L}{A}{B}{C}group g 2 a b c\nquorum g\n"

GOOD = {
    "signed-twice": ("how a stranger demands both signatures of our logs", TWICE, ALL_FOUR),
    "log-alone": ("no witness is needed", f"{L}quorum none\n", _note(FIRST)),
    "log-of-mldsa44": ("a log may sign with a cosignature", f"{L6}quorum none\n", _note(SECOND)),
    "witness-ed25519": ("a 0x04 witness", f"{L}{A}quorum a\n", _note(FIRST, W04)),
    "witness-mldsa44": ("a 0x06 witness", f"{L}{B}quorum b\n", _note(FIRST, W06)),
    "witness-without-time": ("zero is allowed", f"{L}{B}quorum b\n", _note(FIRST, TIMELESS)),
    "several-logs": ("any of them", f"{OTHER_LOG}{L}quorum none\n", _note(FIRST)),
    "witness-not-needed": ("known, not in the quorum", f"{L}{A}{B}quorum b\n", _note(FIRST, W06)),
    "two-of-three": ("a threshold", TWO_OF_THREE, _note(FIRST, W04, W06)),
    "group-in-a-group": ("all of one, or the other", GROUPS, _note(FIRST, W04, W06)),
    "other-member-of-the-group": ("the other", GROUPS, _note(FIRST, SECOND)),
    "white-space": (
        "blanks, tabs, comments, empty lines",
        f"# a comment\n\n \t\n  # another\n\t{L[:-1]} \t https://log.example/ \n  quorum\tnone\t\n",
        _note(FIRST),
    ),
    "order": ("witnesses and logs in any order", f"{A}quorum a\n{L}", _note(FIRST, W04)),
    "names-beyond-ascii": (
        "names are octets",
        f"{L}{A.replace(' a ', ' témoin ')}group K any témoin\nquorum K\n",
        _note(FIRST, W04),
    ),
    "name-is-a-keyword": (
        "only `none` is taken",
        f"{L}{A.replace(' a ', ' any ')}group quorum all any\nquorum quorum\n",
        _note(FIRST, W04),
    ),
    "unknown-lines": ("ignored, even twice", f"{L}quorum none\n", _note(FIRST, W04, W04)),
}

FORGED = {
    "quorum-missing": ("ML-DSA-44 is the witness here", TWICE, _note(FIRST, W04, W06)),
    "log-missing": ("Ed25519 is the log here", TWICE, _note(SECOND, W04, W06)),
    "no-logs": ("nobody can satisfy it", f"{A}quorum a\n", _note(FIRST, W04)),
    "log-of-another-origin": ("not this log", f"{OTHER_LOG}quorum none\n", _note(FIRST)),
    "log-signed-for-another-origin": (
        "a known log signs a checkpoint of another origin",
        f"{OTHER_LOG}quorum none\n",
        _note(plain(OTHER, "other.example", BASE.text)),
    ),
    "one-of-three": ("two were demanded", TWO_OF_THREE, _note(FIRST, W04)),
    "half-of-a-group": ("all were demanded", GROUPS, _note(FIRST, W04)),
    "log-flipped": ("a bit", f"{L}quorum none\n", _note(flipped(FIRST))),
    "log-twice": ("one line of a key", f"{L}quorum none\n", _note(FIRST, FIRST)),
    "witness-flipped": ("a bit", f"{L}{A}quorum a\n", _note(FIRST, flipped(W04))),
    "witness-mldsa44-flipped": ("a bit", f"{L}{B}quorum b\n", _note(FIRST, flipped(W06))),
    "witness-twice": ("one line of a key", f"{L}{A}quorum a\n", _note(FIRST, W04, W04)),
    "witness-truncated": (
        "a byte is missing",
        f"{L}{A}quorum a\n",
        _note(FIRST, replace(W04, blob=W04.blob[:-1])),
    ),
    "witness-other-time": (
        "the time is signed",
        f"{L}{A}quorum a\n",
        _note(FIRST, flipped(W04, 7)),
    ),
    "witness-beyond-time": (
        "2^63 seconds",
        f"{L}{A}quorum a\n",
        _note(FIRST, cosign_ed25519(COSIGNER, WITNESS, head(), 2**63)),
    ),
    "known-and-wrong": (
        "a known witness that is not needed, and does not hold",
        f"{L}{A}{B}quorum b\n",
        _note(FIRST, W06, flipped(W04)),
    ),
}

MALFORMED = {
    "empty": ("no quorum", ""),
    "no-quorum": ("a quorum is required", L),
    "two-quorums": ("one only", f"{L}quorum none\nquorum none\n"),
    "quorum-undefined": ("defined above", f"{L}quorum a\n{A}"),
    "quorum-without-name": ("a name", f"{L}quorum\n"),
    "quorum-of-two": ("one name", f"{L}{A}{B}quorum a b\n"),
    "newline-missing": ("each line is ended", f"{L}quorum none"),
    "crlf": ("lines end in LF alone", f"{L}quorum none\n".replace("\n", "\r\n")),
    "nul": ("a control character", f"# \0\n{L}quorum none\n"),
    "form-feed": ("no white space of ours", f"{L}quorum\fnone\n"),
    "delete": ("0x7f", f"# \x7f\n{L}quorum none\n"),
    "unknown-word": ("four words are known", f"{L}policy x\nquorum none\n"),
    "word-in-capitals": ("small letters", f"{L}QUORUM none\n"),
    "comment-behind": ("a comment has its own line", f"{L}quorum none # all\n"),
    "log-without-key": ("a vkey", "log\nquorum none\n"),
    "log-with-two-addresses": ("one at most", f"{L[:-1]} a b\nquorum none\n"),
    "log-defined-twice": ("the same public key", f"{L}{L}quorum none\n"),
    "log-defined-twice-under-two-names": (
        "the same public key",
        f"{L}log {replace(LOG_VKEY, name='x').text()}\nquorum none\n",
    ),
    "log-of-a-witness-type": ("0x04", f"log {COSIGNER_VKEY_04.text()}\nquorum none\n"),
    "log-of-a-bad-vkey": (
        "its id is wrong",
        f"log x+00000000+{LOG_VKEY.text()[-44:]}\nquorum none\n",
    ),
    "witness-without-key": ("a vkey", f"{L}witness a\nquorum none\n"),
    "witness-of-a-log-type": ("0x01", f"{L}witness a {LOG_VKEY.text()}\nquorum none\n"),
    "witness-defined-twice": ("the same name", f"{L}{A}{B.replace(' b ', ' a ')}quorum none\n"),
    "witness-key-twice": (
        "the same public key",
        f"{L}{A}witness x {replace(COSIGNER_VKEY_04, name='x').text()}\nquorum none\n",
    ),
    "witness-none": ("`none` is taken", f"{L}{A.replace(' a ', ' none ')}quorum none\n"),
    "group-none": ("`none` is taken", f"{L}{A}group none any a\nquorum none\n"),
    "group-of-none": ("`none` is no member", f"{L}{A}group g any none\nquorum g\n"),
    "group-empty": ("a member", f"{L}{A}group g any\nquorum none\n"),
    "group-of-itself": ("defined above", f"{L}{A}group g any g\nquorum g\n"),
    "group-named-as-a-witness": ("one name space", f"{L}{A}group a any a\nquorum a\n"),
    "group-with-a-member-twice": ("once", f"{L}{A}group g any a a\nquorum g\n"),
    "member-of-two-groups": ("once", f"{L}{A}{B}group g any a\ngroup h any a b\nquorum h\n"),
    "member-undefined": ("defined above", f"{L}{A}group g any a z\nquorum g\n"),
    "threshold-zero": ("one at least", f"{L}{A}group g 0 a\nquorum g\n"),
    "threshold-too-high": ("as many as members", f"{L}{A}group g 2 a\nquorum g\n"),
    "threshold-with-zero": ("leading zero", f"{L}{A}group g 01 a\nquorum g\n"),
    "threshold-with-plus": ("no sign", f"{L}{A}group g +1 a\nquorum g\n"),
    "threshold-word": ("all, any or a number", f"{L}{A}group g most a\nquorum g\n"),
}
