"""Vectors for exports: what a stranger finds in them, or that they are none."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from detente.audit import Export
from detente.line.canonical import encode
from detente.tlog.hash import leaf_hash
from detente.tlog.note import Signature
from detente.tlog.text import encode_base64
from tests.audit.made import made
from tests.lines import NOON_S, cosign, make_leaf, sign, with_lines, witness
from tests.stations import NORTHLAND, ROUTINE, SOUTHMARK, accord, rekey_body
from tests.tlog.cases import Case

TERMS = accord(witnesses=(witness(),))
OPEN = make_leaf(TERMS, NORTHLAND, "open")
THEIRS = make_leaf(TERMS, SOUTHMARK, "open")
AGAIN = make_leaf(TERMS, SOUTHMARK, "open", salt="11" * 16)
SKIPPED = make_leaf(TERMS, SOUTHMARK, "test", {"text": ""}, serial=2, epoch=1)
QUERY = make_leaf(TERMS, NORTHLAND, "query", {"text": "?"}, precedence=ROUTINE, epoch=1)
ANSWER = make_leaf(
    TERMS, SOUTHMARK, "answer", {"text": "!"}, precedence=ROUTINE, epoch=1,
    reply=leaf_hash(QUERY).hex(),
)  # fmt: skip
REKEY = make_leaf(TERMS, SOUTHMARK, "rekey", rekey_body(SOUTHMARK, 1), serial=1, epoch=1)
BOTH = [OPEN, THEIRS]


def cases() -> Iterator[tuple[str, Case]]:
    for name, (comment, file, *findings) in {**honest(), **changed(), **dishonest()}.items():
        case: Case = {
            "expect": "findings" if findings else "ok",
            "comment": comment,
            "findings": list(findings),
            "export": encode(file).decode(),
        }
        yield f"export/{name}", case
    for name, (comment, text) in malformed().items():
        yield f"export/{name}", {"expect": "Malformed", "comment": comment, "export": text}


def pair(
    leaves: list[bytes] = BOTH, theirs: list[bytes] = BOTH, *checkpoints: str, generation: int = 0
) -> Export:
    ledger = sign(TERMS, SOUTHMARK, theirs, generation)
    return made(TERMS, leaves, {SOUTHMARK: [ledger]}, checkpoints)


Found = tuple[str, Export] | tuple[str, Export, str] | tuple[str, Export, str, str]


def honest() -> dict[str, Found]:
    """What accuses nobody."""
    seen = cosign(sign(TERMS, SOUTHMARK, [OPEN]).note)
    return {
        "honest": ("two parties, two messages", pair()),
        "cosigned": ("with an earlier checkpoint that the witness saw", pair(BOTH, BOTH, seen)),
        "rekeyed": (
            "the ledger after a rekey is by the new keys",
            pair([*BOTH, REKEY], [*BOTH, REKEY], generation=1),
        ),
        "unreceipted": (
            "that a reader's ledger does not show a message accuses nobody",
            pair(BOTH, [THEIRS]),
        ),
        "outstanding": ("nor does a leaf without bytes", pair(BOTH, [*BOTH, SKIPPED])),
    }


def changed() -> dict[str, Found]:
    """Files that were changed on their way."""
    own = pair()
    stranger = Signature("stranger.example", b"1234", b"signature")
    other = make_leaf(TERMS, NORTHLAND, "open", time=1).decode()
    return {
        "words-changed": (
            "the text of a message",
            msgspec.structs.replace(own, messages=(other, THEIRS.decode())),
            "leaf: leaf 1",
            "unvouched: leaf 1",
        ),
        "words-left-out": (
            "a message is missing",
            msgspec.structs.replace(own, messages=(OPEN.decode(),)),
            "withheld: messages",
        ),
        "note-not-signed": (
            "a bit of a signature",
            _noted(own, flip=True),
            "note: note of southmark",
        ),
        "unknown-key": (
            "a line by nobody known",
            _noted(own, stranger),
            "unknown key: note of southmark, line of stranger.example",
        ),
        "hashes-changed": (
            "hashes that the note does not sign",
            _hashed(own),
            "hashes: hashes of southmark",
        ),
    }


def dishonest() -> dict[str, Found]:
    """Files as their keeper made them, with what some party did."""
    first, second = (sign(TERMS, SOUTHMARK, leaves) for leaves in (BOTH, [THEIRS]))
    return {
        "said-twice": (
            "one leaf at two places",
            pair([*BOTH, OPEN]),
            "repeated: hashes of northland",
            "repeated: leaf 3",
        ),
        "note-by-old-keys": (
            "the first checkpoint over a rekey is not by the old keys",
            pair([*BOTH, REKEY], [*BOTH, REKEY]),
            "note: note of southmark",
        ),
        "unvouched": (
            "words that their author's ledger does not hold",
            pair(BOTH, [OPEN]),
            "unvouched: leaf 2",
        ),
        "gap": (
            "a number is missing",
            pair([*BOTH, SKIPPED], [*BOTH, SKIPPED]),
            "number: messages of southmark",
        ),
        "answer-before-query": (
            "an answer to what was not heard yet",
            pair([*BOTH, QUERY, ANSWER], [*BOTH, ANSWER, QUERY]),
            "reply: ledger of southmark",
        ),
        "one-number-twice": (
            "two messages with one number",
            pair([*BOTH, AGAIN], [*BOTH, AGAIN]),
            "equivocation: ledgers of southmark",
        ),
        "two-ledgers": (
            "two ledgers of one party",
            made(TERMS, BOTH, {SOUTHMARK: [first, second]}),
            "equivocation: ledgers of southmark",
        ),
        "withheld": (
            "a checkpoint over more than is shown",
            pair(BOTH, BOTH, sign(TERMS, SOUTHMARK, [*BOTH, AGAIN]).note),
            "withheld: checkpoint 1",
        ),
        "time-back": (
            "signed at an earlier time than what was before",
            pair(BOTH, BOTH, sign(TERMS, SOUTHMARK, [OPEN], time_s=NOON_S + 1).note),
            "time: checkpoints of southmark",
        ),
    }


def _noted(file: Export, *lines: Signature, flip: bool = False) -> Export:
    """The file with other lines under southmark's checkpoint."""
    branch = file.ledgers[1].branches[0]
    note = with_lines(branch.note, *lines)
    if flip:
        head, body = note.split("\n\n")
        first, second, _ = body.split("\n")
        note = f"{head}\n\n{first}\n{second[:-8]}{'A' * 8}\n"
    return _southmark(file, msgspec.structs.replace(branch, note=note))


def _hashed(file: Export) -> Export:
    branch = file.ledgers[1].branches[0]
    hashes = map(leaf_hash, (encode(TERMS), THEIRS, OPEN, AGAIN))
    return _southmark(file, msgspec.structs.replace(branch, hashes=encode_base64(b"".join(hashes))))


def _southmark(file: Export, branch: object) -> Export:
    ledger = msgspec.structs.replace(file.ledgers[1], branches=(branch,))
    return msgspec.structs.replace(file, ledgers=(file.ledgers[0], ledger))


def malformed() -> dict[str, tuple[str, str]]:
    file = pair()
    text = encode(file).decode()
    return {
        "cut": ("cut off", text[:-1]),
        "white-space": ("no white space", f"{text}\n"),
        "another-version": ("a version that is none", text.replace("export@v1", "export@v2")),
        "without-checkpoints": ("a field is missing", text.replace('"checkpoints":[],', "")),
        "extra-field": ("a field that no export has", text.replace('"by":', '"at":0,"by":')),
        "by-nobody": (
            "its keeper is no party",
            text.replace('"by":"northland"', '"by":"westmere"'),
        ),
        "ledgers-unsorted": (
            "ledgers in the order of the accord",
            encode(msgspec.structs.replace(file, ledgers=file.ledgers[::-1])).decode(),
        ),
        "own-ledger-missing": (
            "its keeper's ledger is not there",
            encode(
                msgspec.structs.replace(
                    file,
                    ledgers=(
                        msgspec.structs.replace(file.ledgers[0], branches=()),
                        file.ledgers[1],
                    ),
                )
            ).decode(),
        ),
        "accord-broken": (
            "its accord is none",
            encode(msgspec.structs.replace(file, accord="{}")).decode(),
        ),
    }
