"""Vectors for advances: a reader holds so much of a ledger, and this frame arrives.

The reader is northland, the ledger southmark's. Leaf hashes and the accord are given, so that
nothing but SHA-256, Ed25519 and ML-DSA-44 is needed to decide.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from detente.line.canonical import encode
from detente.line.frame import Carried
from detente.tlog.advance import Advance
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.note import Note, Signature, format_note, parse_note
from detente.tlog.text import encode_base64
from tests.lines import make_leaf, sign_hashes, with_lines, witness
from tests.stations import NORTHLAND, SOUTHMARK, accord, rekey_body
from tests.tlog.cases import Case, flipped

TERMS = accord(witnesses=(witness(),))
REKEY = make_leaf(TERMS, SOUTHMARK, "rekey", rekey_body(SOUTHMARK, 1))
REKEY_AGAIN = make_leaf(TERMS, SOUTHMARK, "rekey", rekey_body(SOUTHMARK, 2), serial=1)
UNPROMISED = make_leaf(TERMS, SOUTHMARK, "rekey", rekey_body(SOUTHMARK, 3))
LEAVES = [
    encode(TERMS),
    *(make_leaf(TERMS, SOUTHMARK, "open", serial=serial) for serial in range(6)),
]
HASHES = [leaf_hash(leaf) for leaf in LEAVES]
HELD = 3


def note(hashes: Sequence[Hash], party: str = SOUTHMARK, generation: int = 0) -> str:
    return sign_hashes(TERMS, party, hashes, generation).note


def frame(
    start: int = HELD,
    hashes: Sequence[Hash] = HASHES[HELD:],
    signed: str = "",
    leaves: Sequence[bytes] = LEAVES[HELD:],
) -> str:
    advance = Advance(start, b"".join(hashes), signed or note(HASHES), tuple(leaves))
    return encode(Carried(advance)).decode()


def cases() -> Iterator[tuple[str, Case]]:
    for name, (comment, text, size) in good().items():
        hashes = _good_hashes(name)
        yield _case(name, "ok", comment, text, held=_held(name), root=hashes, size=size)
    for expect, group in (("Forged", forged()), ("Malformed", malformed()), ("Beyond", beyond())):
        for name, (comment, text) in group.items():
            yield _case(name, expect, comment, text)


def _case(
    name: str, expect: str, comment: str, text: str, *,
    held: int = HELD, root: Sequence[Hash] = (), size: int = 0,
) -> tuple[str, Case]:  # fmt: skip
    case: Case = {
        "expect": expect,
        "comment": comment,
        "accord": "two-parties",  # of the folder beside
        "held_base64": encode_base64(b"".join(HASHES[:held])),
        "frame": text,
    }
    if expect == "ok":
        case["size"] = str(size)
        case["root_hex"] = sign_hashes(TERMS, SOUTHMARK, root).mirror.root.hex()
    return f"advance/{name}", case


def _held(name: str) -> int:
    return 0 if name == "from-nothing" else HELD


def _good_hashes(name: str) -> list[Hash]:
    match name:
        case "known":
            return HASHES[:2]
        case "fork":
            return [HASHES[0], HASHES[2], HASHES[1], HASHES[3]]
        case "rekey":
            return [*HASHES, leaf_hash(REKEY)]
        case _:
            return HASHES


def good() -> dict[str, tuple[str, str, int]]:
    fork = _good_hashes("fork")
    rekeyed = _good_hashes("rekey")
    line = Signature("stranger.example", b"1234", b"signature")
    return {
        "grown": ("four more leaves, with their bytes", frame(), 7),
        "hashes-only": ("hashes without bytes: the leaves are outstanding", frame(leaves=()), 7),
        "overlap": ("it starts before the end of what is held", frame(1, HASHES[1:]), 7),
        "from-nothing": ("all of a ledger of which nothing is held", frame(0, HASHES), 7),
        "known": ("less than is held", frame(0, HASHES[:2], note(HASHES[:2])), 2),
        "fork": ("another ledger, which is kept beside the first", frame(0, fork, note(fork)), 4),
        "foreign-leaf": ("bytes that belong to no hash are passed over", frame(leaves=[b"?"]), 7),
        "foreign-line": ("so are lines by others", frame(signed=with_lines(note(HASHES), line)), 7),
        "rekey": (
            "the first checkpoint over a rekey is by the new keys",
            frame(HELD, rekeyed[HELD:], note(rekeyed, generation=1), [REKEY]),
            8,
        ),
    }


def forged() -> dict[str, tuple[str, str]]:
    signed = parse_note(note(HASHES))
    first, second = signed.signatures
    foreign = [leaf_hash(b"another accord"), *HASHES[1:]]
    rekeyed = [*HASHES, leaf_hash(REKEY)]
    unpromised = [*HASHES, leaf_hash(UNPROMISED)]
    elsewhere = signed.text.replace("southmark.example", "elsewhere.example")

    def lines(*kept: Signature, text: str = signed.text) -> str:
        return frame(signed=format_note(Note(text, kept)))

    return {
        "wrong-root": (
            "the hashes do not lead to the signed root",
            frame(hashes=HASHES[3:6] + HASHES[:1]),
        ),
        "wrong-beginning": ("nor do they from what is held", frame(2, [HASHES[0], *HASHES[3:]])),
        "swapped": (
            "two hashes the other way round",
            frame(hashes=[HASHES[4], HASHES[3], *HASHES[5:]]),
        ),
        "another-accord": ("leaf 0 is not the accord", frame(0, foreign, note(foreign))),
        "another-ledger": (
            "signed by a party of the line as if it were southmark's",
            frame(
                signed=format_note(
                    Note(signed.text, parse_note(note(HASHES, NORTHLAND)).signatures)
                )
            ),
        ),
        "unknown-ledger": (
            "no party keeps a ledger of this origin",
            lines(first, second, text=elsewhere),
        ),
        "ed25519-alone": ("one signature", lines(first)),
        "mldsa44-alone": ("the other signature", lines(second)),
        "ed25519-twice": ("two lines of one key", lines(first, first, second)),
        "ed25519-flipped": ("a bit of the first signature", lines(flipped(first), second)),
        "mldsa44-flipped": ("a bit of the second signature", lines(first, flipped(second))),
        "time-flipped": ("a bit of the time", lines(first, flipped(second, 7))),
        "other-size": (
            "the signatures are over another size",
            lines(*parse_note(note(HASHES[:6])).signatures),
        ),
        "later-keys": ("keys that no rekey has revealed", frame(signed=note(HASHES, generation=1))),
        "rekey-by-old-keys": (
            "the first checkpoint over a rekey is not by the old keys",
            frame(HELD, rekeyed[HELD:], note(rekeyed), [REKEY]),
        ),
        "rekey-hidden": (
            "new keys that were not shown",
            frame(HELD, rekeyed[HELD:], note(rekeyed, generation=1), []),
        ),
        "rekey-not-promised": (
            "keys whose hash was not promised",
            frame(HELD, unpromised[HELD:], note(unpromised, generation=3), [UNPROMISED]),
        ),
        "rekey-of-another-ledger": (
            "a rekey that stands elsewhere",
            frame(signed=note(HASHES, generation=1), leaves=[REKEY]),
        ),
    }


def malformed() -> dict[str, tuple[str, str]]:
    text = frame()
    empty = frame(leaves=())
    return {
        "hashes-cut": ("not whole hashes", _raw(HELD, b"".join(HASHES[HELD:])[:-1])),
        "hashes-too-few": ("they do not reach the signed size", frame(hashes=HASHES[4:])),
        "hashes-too-many": ("they reach beyond it", frame(hashes=[*HASHES[3:], HASHES[0]])),
        "start-negative": ("before the beginning", frame(-1, HASHES)),
        "start-beyond-the-size": ("after the end", frame(9, ())),
        "start-text": ("a number, not text", text.replace('"start":3', '"start":"3"')),
        "start-1-0": (
            "3.0 is not the one way to write 3",
            text.replace('"start":3', '"start":3.0'),
        ),
        "note-empty": ("no note", _noted("")),
        "note-without-signatures": ("a text alone", _noted("a\n1\nAAAA\n")),
        "note-of-four-lines": (
            "an extension line",
            _noted(note(HASHES).replace("\n\n", "\nmore\n\n")),
        ),
        "hashes-padding-bits": ("base64 with bits left over", _padded(text)),
        "hashes-url-base64": ("the other alphabet of base64", _raw_text("-_" * 21 + "-=")),
        "extra-field": ("a field that no advance has", text.replace('"note":', '"more":0,"note":')),
        "without-leaves": ("no field for leaves", empty.replace('"leaves":[],', "")),
        "unsorted": (
            "keys are sorted",
            empty.replace('"leaves":[],', "").replace('"start":3', '"start":3,"leaves":[]'),
        ),
        "another-frame": ("no such frame", text.replace('"frame":"advance"', '"frame":"retreat"')),
        "white-space": ("no white space", f"{text}\n"),
        "cut": ("cut off", text[:-1]),
        "repeated": ("a key twice", text.replace('"start":3', '"start":3,"start":3')),
        "nested": ("deeper than 8", text.replace('"start":3', '"start":' + "[" * 9 + "]" * 9)),
    }


def _raw(start: int, hashes: bytes) -> str:
    return encode(Carried(Advance(start, hashes, note(HASHES), ()))).decode()


def _raw_text(hashes: str) -> str:
    return frame(hashes=(), leaves=()).replace('"hashes":""', f'"hashes":"{hashes}"')


def _noted(signed: str) -> str:
    return encode(Carried(Advance(HELD, b"".join(HASHES[HELD:]), signed, ()))).decode()


def _padded(text: str) -> str:
    """The last character before the padding, one further in the alphabet."""
    head, _, rest = text.partition('=="')
    assert head.rpartition('"hashes":"')[1], "128 bytes end in two signs of padding"
    return f'{head[:-1]}{chr(ord(head[-1]) + 1)}=="{rest}'


def beyond() -> dict[str, tuple[str, str]]:
    return {
        "after-a-gap": (
            "it starts after the end of what is held: answered with our size",
            frame(5, HASHES[5:]),
        ),
        "after-a-gap-of-one": ("one leaf is missing between", frame(4, HASHES[4:])),
    }
