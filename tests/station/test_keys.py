from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from detente.errors import Malformed, Refused
from detente.line.accord import parse_card
from detente.line.canonical import encode
from detente.station.envelope import Cost
from detente.station.keys import (
    KeyFile,
    card_of,
    courier_recipient,
    new_cosigner_keys,
    new_keys,
    new_origin,
    open_cosigner_keys,
    open_keys,
)

WORDS = b"a quiet duty night"
CHEAP = Cost(iterations=1, lanes=1, memory_kib=128)
COURIER = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    return new_keys(tmp_path / "keys.json", WORDS, CHEAP)


def test_keys_come_back_as_they_were(keys: KeyFile) -> None:
    again = open_keys(keys.path, WORDS)
    assert again.generations == keys.generations
    assert again.courier_public() == keys.courier_public()
    assert card_of("northland", "o/" + "1" * 32, again) == card_of(
        "northland", "o/" + "1" * 32, keys
    )


def test_no_two_keys_are_one(tmp_path: Path, keys: KeyFile) -> None:
    other = new_keys(tmp_path / "other.json", WORDS, CHEAP)
    every = [*keys.generations, *other.generations]
    assert len({key.public for key in every}) == 4
    assert len({key.ed25519_seed for key in every} | {key.mldsa44_seed for key in every}) == 8
    assert keys.courier_public() != other.courier_public()


def test_a_card_holds_the_public_halves(keys: KeyFile) -> None:
    card = card_of("northland", new_origin("northland"), keys)
    assert parse_card(encode(card)) == card
    assert card.keys == keys.generations[0].public
    assert card.next_keys == keys.generations[1].public.digest().hex()
    assert card.link == keys.link_key().public_key().public_bytes_raw()
    assert len(card.courier) == 1_216
    assert b"next_keys" in encode(card)


def test_what_is_sealed_to_a_card_is_opened_by_its_party(tmp_path: Path, keys: KeyFile) -> None:
    card = card_of("northland", new_origin("northland"), keys)
    sealed = COURIER.encrypt(b"a frame", courier_recipient(card.courier), b"info")
    assert COURIER.decrypt(sealed, open_keys(keys.path, WORDS).courier_key(), b"info") == b"a frame"


@pytest.mark.parametrize("courier", [b"", bytes(1_215), b"\xff" * 1_216])
def test_a_courier_key_that_is_none_is_told(courier: bytes) -> None:
    with pytest.raises(Malformed, match="courier key"):
        courier_recipient(courier)


def test_an_origin_is_random_and_fits_a_card(keys: KeyFile) -> None:
    origins = {new_origin("north_land") for _ in range(20)}
    assert len(origins) == 20
    for origin in origins:
        assert origin.startswith("detente/north-land/")
        parse_card(encode(card_of("north_land", origin, keys)))


def test_what_a_rekey_promises_is_durable_first(keys: KeyFile) -> None:
    body = keys.next_generation(0)
    again = open_keys(keys.path, WORDS)
    assert len(again.generations) == 3
    assert body.keys == again.generations[1].public
    assert body.keys.digest().hex() == card_of("northland", "o/" + "1" * 32, again).next_keys
    assert body.next_keys == again.generations[2].public.digest().hex()


def test_to_ask_again_promises_the_same(keys: KeyFile) -> None:
    assert keys.next_generation(0) == keys.next_generation(0)
    again = open_keys(keys.path, WORDS)
    assert again.next_generation(0) == keys.next_generation(0)
    assert len(again.generations) == 3


def test_rekeys_follow_each_other(keys: KeyFile) -> None:
    bodies = [keys.next_generation(generation) for generation in range(4)]
    for body, following in itertools.pairwise(bodies):
        assert following.keys.digest().hex() == body.next_keys
    assert open_keys(keys.path, WORDS).generations == keys.generations


@pytest.mark.parametrize("generation", [1, 5, -1])
def test_a_key_file_older_than_the_ledger_is_told(keys: KeyFile, generation: int) -> None:
    with pytest.raises(Refused, match="older than our ledger"):
        keys.next_generation(generation)


def test_the_keys_of_a_witness_are_of_another_kind(tmp_path: Path, keys: KeyFile) -> None:
    path = tmp_path / "witness.json"
    made = new_cosigner_keys(path, WORDS, CHEAP)
    assert open_cosigner_keys(path, WORDS) == made
    with pytest.raises(Refused, match="it holds witness keys, not line keys"):
        open_keys(path, WORDS)
    with pytest.raises(Refused, match="it holds line keys, not witness keys"):
        open_cosigner_keys(keys.path, WORDS)


def test_no_seed_shows_in_a_repr(keys: KeyFile) -> None:
    shown = repr(keys.generations) + repr(vars(keys)) + repr(keys)
    for private in keys.generations:
        assert repr(private.ed25519_seed) not in shown
        assert private.mldsa44_seed.hex() not in shown
