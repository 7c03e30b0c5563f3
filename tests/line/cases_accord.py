"""Vectors for accords: which terms two readers take alike, and which no station starts on."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from detente.line.accord import Accord, Card, Channel, Succession, Witness
from detente.line.canonical import encode
from detente.tlog.hash import leaf_hash
from detente.tlog.note import ED25519, VerifierKey
from tests.lines import WITNESS, witness
from tests.stations import NORTHLAND, SOUTHMARK, TRIO, accord, private
from tests.tlog.cases import Case

replace = msgspec.structs.replace
TERMS = accord(witnesses=(witness(),))
ONE, OTHER = TERMS.parties
TEXT = encode(TERMS).decode()


def cases() -> Iterator[tuple[str, Case]]:
    for name, (comment, terms) in good().items():
        yield _case(name, "ok", comment, encode(terms).decode())
    for name, (comment, terms) in senseless().items():
        yield _case(name, "Malformed", comment, encode(terms).decode())
    for name, (comment, text) in MALFORMED.items():
        yield _case(name, "Malformed", comment, text)


def _case(name: str, expect: str, comment: str, text: str) -> tuple[str, Case]:
    case: Case = {"expect": expect, "comment": comment, "accord": text}
    if expect == "ok":
        case["line_hex"] = leaf_hash(text.encode()).hex()
    return f"accord/{name}", case


def good() -> dict[str, tuple[str, Accord]]:
    full = replace(
        TERMS,
        channels=(
            *TERMS.channels,
            Channel(name="air", passes=("notify",), speakers=(NORTHLAND,), title="Notices"),
        ),
        standing_orders=("A drone that strays is told of at once.\nWhoever sees it first tells.",),
        statistics=("receipt_ms",),
        succeeds=Succession(checkpoints=("kept as text",), line="00" * 32),
        zones=("Zone «Север»",),
    )
    return {
        "two-parties": ("an exercise line of two channels and a witness", TERMS),
        "three-parties": ("and of three parties", accord(TRIO)),
        "every-field": ("with everything that terms may have", full),
        "unknown-vocabulary": (
            "a reader may lack its words and still read it",
            accord(vocabulary=7),
        ),
    }


def _parties(*cards: Card) -> Accord:
    return replace(TERMS, parties=cards)


def _other(**changes: Any) -> Accord:
    return _parties(ONE, replace(OTHER, **changes))


def senseless() -> dict[str, tuple[str, Accord]]:
    """Terms that read well and make no sense."""
    duty = TERMS.channels[0]
    plain = VerifierKey(WITNESS, ED25519, private(WITNESS).public.ed25519).text()
    return {
        "parties-unsorted": ("parties in the order of their names", _parties(OTHER, ONE)),
        "party-twice": ("a party once", _parties(ONE, replace(OTHER, party=NORTHLAND))),
        "one-origin": ("each its own origin", _other(origin=ONE.origin)),
        "one-ed25519": ("each its own Ed25519 key", _other(ed25519=ONE.ed25519)),
        "one-mldsa44": ("each its own ML-DSA-44 key", _other(mldsa44=ONE.mldsa44)),
        "one-link": ("each its own link key", _other(link=ONE.link)),
        "one-courier": ("each its own courier key", _other(courier=ONE.courier)),
        "weak-key": ("a key of low order signs anything", _other(ed25519=bytes(32))),
        "channel-twice": ("a channel once", replace(TERMS, channels=(duty, duty))),
        "unknown-speaker": (
            "who speaks is a party",
            replace(TERMS, channels=(replace(duty, speakers=("westmere",)),)),
        ),
        "witness-misnamed": (
            "a witness's key has its name",
            replace(TERMS, witnesses=(replace(witness(), name="another.example/strait"),)),
        ),
        "witness-cannot-cosign": (
            "a plain Ed25519 key does not cosign",
            replace(TERMS, witnesses=(Witness(every_s=1, keys=(plain,), name=WITNESS),)),
        ),
        "witness-key-broken": (
            "a verifier key that is none",
            replace(TERMS, witnesses=(replace(witness(), keys=(f"{WITNESS}+00000000+AAAA",)),)),
        ),
        "title-not-nfc": (
            "terms are NFC",
            replace(TERMS, channels=(replace(duty, title="e\u0301"),)),
        ),
        "title-bidi": (
            "and without direction controls",
            replace(TERMS, channels=(replace(duty, title="a\u202eb"),)),
        ),
        "order-with-a-tab": ("and without controls but line ends", replace(TERMS, zones=("a\tb",))),
    }


def replaced(old: str, new: str) -> str:
    assert old in TEXT
    return TEXT.replace(old, new, 1)


MALFORMED = {
    "empty-object": ("no field at all", "{}"),
    "without-clocks": ("no clocks", replaced('"clocks":', '"clock":')),
    "extra-field": (
        "a field that no accord has",
        replaced('"exercise":', '"expires":1,"exercise":'),
    ),
    "white-space": ("no white space", f"{TEXT}\n"),
    "one-party": ("a line has two parties at least", encode(_parties(ONE)).decode()),
    "no-channel": ("and a channel", encode(replace(TERMS, channels=())).decode()),
    "no-language": ("and a language", encode(replace(TERMS, languages=())).decode()),
    "vocabulary-0": ("vocabularies begin with 1", replaced('"vocabulary":1', '"vocabulary":0')),
    "vocabulary-1-0": ("1.0 is not 1", replaced('"vocabulary":1', '"vocabulary":1.0')),
    "clock-of-0": ("a clock runs a second at least", replaced('"beat_s":10', '"beat_s":0')),
    "exercise-1": ("true or false", replaced('"exercise":true', '"exercise":1')),
    "origin-short": ("an origin has 128 random bits", replaced(ONE.origin, ONE.origin[:-2])),
    "origin-uppercase": ("in lower case", replaced(ONE.origin, ONE.origin.upper())),
    "next-keys-uppercase": ("hex is in lower case", replaced(ONE.next_keys, ONE.next_keys.upper())),
    "party-with-hyphen": ("a party's name has no hyphen", TEXT.replace(SOUTHMARK, "south-mark")),
    "key-short": ("31 bytes", encode(_other(link=bytes(31))).decode()),
}
