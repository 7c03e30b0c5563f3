from __future__ import annotations

from detente.audit.keyring import Keyring, keyrings, place_of, proof_at, prove_rekeys
from detente.line.canonical import encode
from detente.tlog.hash import Hash, leaf_hash
from tests.lines import Line, make_leaf, sign, sign_hashes
from tests.stations import NORTHLAND, SOUTHMARK, accord, card, private, rekey_body

TERMS = accord()
LINE = leaf_hash(encode(TERMS))


def test_the_keys_in_force_depend_on_the_size() -> None:
    line = Line()
    line.say(NORTHLAND, "test")
    line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 1))  # leaf 2
    station = line[SOUTHMARK]
    rekeys = [*prove_rekeys(station.state, line.sealed(SOUTHMARK), station.leaf, NORTHLAND, ())]
    ring = keyrings(line.accord.parties, leaf_hash(line.terms), rekeys)[NORTHLAND]
    assert [ring.in_force(size) for size in (1, 2, 3, 4)] == [
        private(NORTHLAND, generation).public for generation in (0, 0, 1, 1)
    ]


def test_a_party_that_changed_nothing_has_the_keys_of_its_card() -> None:
    rings = keyrings(TERMS.parties, LINE, ())
    assert dict(rings) == {party: Keyring(card(party)) for party in (NORTHLAND, SOUTHMARK)}


def test_a_checkpoint_by_the_right_keys_over_another_ledger_proves_no_rekey() -> None:
    line = Line()
    line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 1))
    station, rekey = line[SOUTHMARK], line.leaves(NORTHLAND)[1]
    elsewhere = sign(line.accord, NORTHLAND, [b"", rekey], generation=1).note
    genuine = station.state.branches[NORTHLAND][0]
    assert proof_at((genuine,), genuine.note, leaf_hash(rekey)) is not None
    line.say(NORTHLAND, "test")
    assert proof_at(station.state.branches[NORTHLAND], elsewhere, leaf_hash(rekey)) is None
    line.say(NORTHLAND, "rekey", rekey_body(NORTHLAND, 2))
    for checkpoints, count in (((elsewhere,), 1), ((elsewhere, genuine.note), 2)):
        found = prove_rekeys(
            station.state, line.sealed(SOUTHMARK), station.leaf, NORTHLAND, checkpoints
        )
        assert len(list(found)) == count


def test_a_leaf_is_found_at_its_place_only() -> None:
    leaf = leaf_hash(b"leaf")
    astride = [Hash(bytes(16) + leaf[:16]), Hash(leaf[16:] + bytes(16))]
    assert place_of(sign_hashes(TERMS, NORTHLAND, [*astride, leaf]), leaf) == 2
    assert place_of(sign_hashes(TERMS, NORTHLAND, astride), leaf) is None
    assert place_of(sign(TERMS, NORTHLAND, [make_leaf(TERMS, NORTHLAND, "open")]), LINE) == 0
