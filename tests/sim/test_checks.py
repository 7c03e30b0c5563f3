"""Each check fails when its promise is broken: a check that cannot fail keeps nothing."""

from __future__ import annotations

import dataclasses
import random
from typing import Any

import msgspec
import pytest
from rpds import HashTrieMap

from detente.line.decide import Authority
from detente.line.due import due
from detente.line.entry import Own, parse_entry
from detente.line.observed import observed
from detente.line.rules import Joint
from detente.line.state import State
from detente.sim import checks
from detente.sim.checks import Broken, Record, Written
from detente.tlog.checkpoint import Checkpoint, open_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.mirror import Mirror
from tests.stations import NOON, NORTHLAND, PAIR, SOUTHMARK, Line

replace = msgspec.structs.replace

ORIGIN = "north.example/" + "0" * 32
ONE, TWO, OTHER = (leaf_hash(leaf) for leaf in (b"one", b"two", b"other"))


def checkpoint(*leaves: bytes) -> Checkpoint:
    mirror = Mirror().extend(b"".join(leaves))
    return Checkpoint(ORIGIN, mirror.size, mirror.root)


def sealed(*ledgers: tuple[bytes, ...]) -> Record:
    record = Record()
    for leaves in ledgers:
        record.sealed("north", checkpoint(*leaves), b"".join(leaves))
    return record


def test_a_ledger_that_grows_keeps_every_promise() -> None:
    record = sealed((ONE,), (ONE, TWO), (ONE,))
    assert record.ledger("north").size == 2
    assert record.shows("north", Mirror().extend(ONE))


@pytest.mark.parametrize(
    "ledgers",
    [
        pytest.param(((ONE,), (OTHER,)), id="two roots for one size"),
        pytest.param(((ONE, TWO), (OTHER,)), id="a smaller one that is no beginning"),
        pytest.param(((ONE,), (OTHER, TWO)), id="a larger one that is no continuation"),
    ],
)
def test_two_ledgers_of_one_party(ledgers: tuple[tuple[bytes, ...], ...]) -> None:
    with pytest.raises(Broken, match="one root"):
        sealed(*ledgers)


def test_a_leaf_signed_twice() -> None:
    with pytest.raises(Broken, match="once"):
        sealed((ONE, TWO, ONE))


def test_what_nobody_signed_was_not_heard() -> None:
    record = sealed((ONE,), (ONE, TWO, OTHER))
    assert not record.shows("north", Mirror().extend(ONE + TWO))
    assert not record.shows("north", Mirror().extend(OTHER))


def test_what_was_signed_is_not_written_again_as_if_it_were_new() -> None:
    with pytest.raises(Broken, match="once"):
        Written("north", sealed((ONE,))).add(Own(b"one", 0), ORIGIN)


def test_what_was_never_signed_may_be_written_again() -> None:
    written = Written("north", sealed((ONE,)))
    written.resume(Own(b"one", 0), ORIGIN)
    written.add(Own(b"two", 0), ORIGIN)


# -- checks of states ------------------------------------------------------------------------------


def states(*, apart: bool = False) -> dict[str, State]:
    """Two stations after a word each; `apart`: southmark has not heard the last."""
    line = Line().opened()
    if apart:
        line.release(NORTHLAND, "test")
    else:
        line.say(NORTHLAND, "test")
    return {party: line[party].state for party in PAIR}


def record_of(state: State) -> Record:
    record = Record()
    size = state.own.size
    text = Checkpoint(state.us, size, state.own.root)
    record.sealed(state.us, text, state.own.hashes(0, size))
    return record


def changed(state: State, leaf: Hash, **fields: object) -> State:
    """The state with one message other than it was said."""
    said = replace(state.messages[leaf], **fields)
    return replace(state, messages=state.messages.insert(leaf, said))


def newest(state: State) -> Hash:
    return state.own.leaf(state.own.size - 1)


def test_what_converged_keeps_every_promise() -> None:
    found = states()
    checks.converged(found)
    for state in found.values():
        checks.not_lost(state, record_of(state))
        checks.regular(state, PAIR)
        checks.contradicted(state)
        checks.vocabulary(state, ())
        checks.receipts(state, Record(), ())


def test_what_one_thinks_is_owed_and_another_not() -> None:
    known = states()
    with pytest.raises(Broken, match="owed alike"):
        checks.owed_alike({**known, SOUTHMARK: states(apart=True)[SOUTHMARK]}, NOON)
    checks.owed_alike(known, NOON)


def test_a_duty_that_a_reply_by_nobody_ended() -> None:
    state = states()[NORTHLAND]
    checks.owed(state, NOON)
    (leaf,) = (each for each, said in state.messages.items() if said.act == "test")
    lost = replace(state, own=state.own.truncate(state.own.size - 1))
    assert leaf not in {each.leaf for each in due(lost, NOON)}
    with pytest.raises(Broken, match="owed"):
        checks.owed(lost, NOON)


def test_what_one_has_not_heard() -> None:
    with pytest.raises(Broken, match="heard by all"):
        checks.converged(states(apart=True))


def test_what_they_believe_otherwise() -> None:
    found = states()
    north = found[NORTHLAND]
    found[NORTHLAND] = changed(north, newest(north), channel="high-level")
    with pytest.raises(Broken, match="agreement"):
        checks.converged(found)


def test_what_one_does_not_know_of_the_other() -> None:
    found = states()
    north = found[NORTHLAND]
    (branch,) = north.branches[SOUTHMARK]
    old = dataclasses.replace(branch, mirror=branch.mirror.truncate(1))
    found[NORTHLAND] = replace(north, branches=north.branches.insert(SOUTHMARK, (old,)))
    with pytest.raises(Broken, match="receipt"):
        checks.converged(found)


def test_what_was_signed_and_is_gone() -> None:
    state = states()[NORTHLAND]
    record = record_of(state)
    with pytest.raises(Broken, match="lost"):
        checks.not_lost(replace(state, own=state.own.truncate(1)), record)


def test_a_checkpoint_that_its_party_never_signed() -> None:
    with pytest.raises(Broken, match="heard"):
        checks.receipts(states()[NORTHLAND], Record(), (SOUTHMARK,))


def test_an_honest_word_that_counts_as_irregular() -> None:
    state = states()[NORTHLAND]
    with pytest.raises(Broken, match="regular"):
        checks.regular(changed(state, newest(state), row=None), PAIR)


def test_an_honest_word_out_of_its_order() -> None:
    line = Line().opened()
    for _ in range(2):
        line.say(NORTHLAND, "test")
    state = line[SOUTHMARK].state
    checks.regular(state, PAIR)
    with pytest.raises(Broken, match="in order"):
        checks.regular(changed(state, newest(state), place=0), PAIR)


def test_two_under_one_number_of_which_one_stands() -> None:
    state = states()[NORTHLAND]
    opened = state.own.leaf(1)
    said = state.messages[opened]
    other = leaf_hash(b"another")
    twice = replace(state, numbers=state.numbers.insert(said.number, (opened, other)))
    twice = replace(twice, messages=twice.messages.insert(other, said))
    with pytest.raises(Broken, match="neither"):
        checks.contradicted(twice)


def test_what_is_beyond_the_vocabulary_and_was_understood() -> None:
    state = states()[NORTHLAND]
    with pytest.raises(Broken, match="vocabulary"):
        checks.vocabulary(state, (newest(state),))


def test_what_a_liar_showed_and_was_not_recorded() -> None:
    found = states(apart=True)
    south, north = found[SOUTHMARK], found[NORTHLAND]
    vouched = south.vouched[NORTHLAND].insert(newest(north), north.own.size - 1)
    south = replace(south, vouched=south.vouched.insert(NORTHLAND, vouched))
    with pytest.raises(Broken, match="jam"):
        checks.not_jammed(south, north)


def test_an_order_that_matters() -> None:
    line = Line().opened()
    line.say(NORTHLAND, "test")
    station = line.stations[NORTHLAND]
    leaves = [line[NORTHLAND].leaf(leaf) for leaf in station.state.messages]
    checks.order_is_nothing(station.beginning, station.state, leaves, random.Random(1))
    with pytest.raises(Broken, match="order"):
        checks.order_is_nothing(station.beginning, station.state, leaves[:-1], random.Random(1))


def test_a_fork_that_neither_holds_whole() -> None:
    one, other = Line(), Line()
    other.say(SOUTHMARK, "open")
    one.say(SOUTHMARK, "service")
    found = {"one": one[NORTHLAND].state, "other": other[NORTHLAND].state}
    assert checks.forks_found({"one": found["one"]}, [SOUTHMARK]) == 0
    with pytest.raises(Broken, match="fork"):
        checks.forks_found(found, [SOUTHMARK])


def test_a_stranger_finds_fault_with_the_honest() -> None:
    line = Line().opened()
    journal = line[NORTHLAND]
    vocabularies = journal.state.vocabularies
    entries = [parse_entry(data) for data in line.stations[NORTHLAND].store.read()]
    checks.clean(journal, entries, (), open_checkpoint, vocabularies)
    journal.state = changed(journal.state, newest(journal.state), channel="high-level")
    with pytest.raises(Broken, match="audit"):
        checks.clean(journal, entries, (), open_checkpoint, vocabularies)


def test_a_state_that_takes_silence_for_a_suspension_is_caught(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = Line().opened()
    state = line[NORTHLAND].state
    checks.apart(state, line.now)
    line.say(SOUTHMARK, "suspend")
    suspended = line[NORTHLAND].state
    checks.apart(suspended, line.now + 10**9)
    forgetful = replace(suspended, suspensions=suspended.suspensions.remove("duty"))
    checks.apart(forgetful, line.now)  # its halves say it still
    monkeypatch.setattr(State, "joint", lambda _state, _channel: Joint.SUSPENDED)
    with pytest.raises(Broken, match="declared"):
        checks.apart(state, line.now)  # nobody suspended it


def test_words_that_are_not_observed_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    line = Line().opened()
    real = observed

    def deaf(*args: Any) -> Any:
        return {
            party: dataclasses.replace(each, channels={}) for party, each in real(*args).items()
        }

    monkeypatch.setattr(checks, "observed", deaf)
    with pytest.raises(Broken, match="observed"):
        checks.apart(line[NORTHLAND].state, line.now)


def test_a_release_without_its_authority_is_caught() -> None:
    line = Line().opened()
    line.say(SOUTHMARK, "suspend")
    journal = line[NORTHLAND]
    strict = Authority(HashTrieMap({"suspend": frozenset(("chief",))}))
    checks.authorised(journal.state, journal.leaf, (NORTHLAND,), strict)  # of nobody else's
    with pytest.raises(Broken, match="authority"):
        checks.authorised(journal.state, journal.leaf, PAIR, strict)
    checks.authorised(journal.state, journal.leaf, PAIR, Authority())


def test_a_byte_that_crosses_is_caught() -> None:
    line, other = Line().opened(), Line(name="earnest", exercise=False)
    state, verify = line[NORTHLAND].state, open_checkpoint
    with pytest.raises(Broken, match="no exercise byte"):
        checks.crosses_nowhere(state, Line()[NORTHLAND].state, (), verify)  # the same line
    checks.crosses_nowhere(state, other[NORTHLAND].state, (), verify)
