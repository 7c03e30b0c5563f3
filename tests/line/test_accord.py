from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detente.errors import Malformed
from detente.line.accord import (
    Accord,
    Card,
    Channel,
    Succession,
    Witness,
    check_amended,
    parse_accord,
    parse_card,
)
from detente.line.canonical import encode
from detente.line.message import Precedence
from detente.tlog.hash import leaf_hash
from detente.tlog.note import COSIGNATURE_ED25519, ED25519, VerifierKey
from tests.stations import TRIO, accord, card, private

NORTH = card("northland")
DUTY = Channel(name="duty", title="Duty officers")


def witness(name: str = "watch.example/w", algorithm: int = COSIGNATURE_ED25519) -> Witness:
    key = VerifierKey(name, algorithm, private("watch").public.ed25519).text()
    return Witness(every_s=60, keys=(key,), name=name)


def card_with(party: str = "southmark", **fields: Any) -> Card:
    return msgspec.structs.replace(card(party), **fields)


def test_an_accord_is_what_was_agreed() -> None:
    terms = accord(TRIO, witnesses=(witness(),), standing_orders=("Be kind.",))
    assert parse_accord(encode(terms)) == terms
    assert terms.names == TRIO
    assert terms.card("southmark") == card("southmark")
    assert terms.card("nobody") is None
    assert terms.channel("duty") == DUTY
    assert terms.channel("none") is None


def test_a_card_is_read_and_its_fingerprint_covers_every_field() -> None:
    assert parse_card(encode(NORTH)) == NORTH
    assert NORTH.keys == private("northland").public
    assert NORTH.fingerprint() == leaf_hash(encode(NORTH))
    with pytest.raises(Malformed, match="card"):
        parse_card(encode(NORTH) + b" ")


def test_a_number_for_each_precedence() -> None:
    clock = accord().clocks.acknowledge_s
    assert [clock.of(each) for each in Precedence] == [21_600, 3_600, 600, 60]


WITH_SENSE: list[tuple[dict[str, Any], str]] = [
    ({"parties": (card("southmark"), NORTH)}, "in the order of their names"),
    ({"parties": (NORTH, NORTH)}, "each once"),
    ({"parties": (NORTH, card_with(origin=NORTH.origin))}, "the same origin"),
    ({"parties": (NORTH, card_with(ed25519=NORTH.ed25519))}, "the same ed25519"),
    ({"parties": (NORTH, card_with(mldsa44=NORTH.mldsa44))}, "the same mldsa44"),
    ({"parties": (NORTH, card_with(link=NORTH.link))}, "the same link"),
    ({"parties": (NORTH, card_with(courier=NORTH.courier))}, "the same courier"),
    ({"parties": (NORTH, card_with(ed25519=bytes(32)))}, "not a sound Ed25519"),
    ({"parties": (NORTH, card_with(link=NORTH.ed25519))}, "a link key is also a log key"),
    ({"channels": (DUTY, DUTY)}, "two channels have one name"),
    ({"channels": (Channel(name="duty", title="D", speakers=("x",)),)}, "'x' is no party"),
    (
        {"witnesses": (msgspec.structs.replace(witness(), name="other"),)},
        "the key has another name",
    ),
    ({"witnesses": (witness(algorithm=ED25519),)}, "of a kind that does not cosign"),
    ({"witnesses": (witness(), witness())}, "two witnesses have one name"),
    ({"standing_orders": ("\u202e",)}, "U\\+202E"),
    ({"channels": (Channel(name="duty", title="e\u0301"),)}, "not NFC"),
]


@pytest.mark.parametrize("changes, why", WITH_SENSE)
def test_terms_that_contradict_themselves(changes: dict[str, Any], why: str) -> None:
    with pytest.raises(Malformed, match=why):
        parse_accord(encode(accord(**changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"parties": (NORTH,)},
        {"channels": ()},
        {"languages": ()},
        {"vocabulary": 0},
        {"parties": (NORTH, card_with(origin="southmark"))},
        {"parties": (NORTH, card_with(next_keys="x"))},
        {"parties": (NORTH, card_with(courier=b""))},
        {"name": "Strait"},
        {"witnesses": (msgspec.structs.replace(witness(), keys=()),)},
        {"witnesses": (msgspec.structs.replace(witness(), keys=("rubbish",)),)},
    ],
)
def test_terms_out_of_shape(changes: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        parse_accord(encode(accord(**changes)))


@pytest.mark.parametrize(
    "changes",
    [
        {"channels": (DUTY,)},
        {"languages": ("en", "fr")},
        {"vocabulary": 2},
        {"zones": ("the strait",)},
        {"standing_orders": ("Be kinder.",)},
        {"witnesses": (witness(),)},
    ],
)
def test_an_amendment_touches_everything_but(changes: dict[str, Any]) -> None:
    check_amended(accord(), accord(**changes))


@pytest.mark.parametrize(
    "field, value",
    [
        ("parties", tuple(card(party) for party in TRIO)),
        ("parties", (NORTH, card_with(next_keys="ab" * 32))),
        ("name", "other"),
        ("exercise", False),
        ("succeeds", Succession(checkpoints=(), line="ab" * 32)),
    ],
)
def test_an_amendment_never_touches(field: str, value: object) -> None:
    with pytest.raises(Malformed, match=f"an amendment cannot change the {field}"):
        check_amended(accord(), accord(**{field: value}))


def test_an_amendment_makes_sense_too() -> None:
    with pytest.raises(Malformed, match="two channels have one name"):
        check_amended(accord(), accord(channels=(DUTY, DUTY)))


SINCE_3 = {"contacts", "witness_policy"}  # left out where they are not agreed


@pytest.mark.parametrize("field", [f for f in Accord.__struct_fields__ if f not in SINCE_3])
def test_every_field_is_written(field: str) -> None:
    assert f'"{field}":'.encode() in encode(accord())
