from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import Forged, Refused
from detente.line import rules
from detente.line.accord import Channel
from detente.line.canonical import encode
from detente.line.entry import Own
from detente.line.evolve import evolve
from detente.line.rules import Half, Joint, Mark
from detente.line.state import Said, State, Step, begin
from detente.line.views import shared
from detente.tlog.hash import Hash, leaf_hash
from tests.line.written import LINE, leaf, own, start, why
from tests.stations import (
    FLASH,
    NOON,
    NORTHLAND,
    PRIORITY,
    ROUTINE,
    SOUTHMARK,
    TRIO,
    accord,
    amend_body,
    private,
    rekey_body,
)

N, S = NORTHLAND, SOUTHMARK
N_OPEN, S_OPEN = leaf(N, "open", 0), leaf(S, "open", 0)


def lifting(*leaves: bytes) -> dict[str, Any]:
    return {"lifts": [leaf_hash(each).hex() for each in leaves]}


def opened() -> State:
    return own(start(), N_OPEN, S_OPEN)


def test_a_channel_opens_when_every_half_is_open() -> None:
    state = own(start(), N_OPEN)
    assert (state.half(N, "duty"), state.half(S, "duty")) == (Half.OPEN, Half.CLOSED)
    assert state.joint("duty") is Joint.CLOSED
    assert own(state, S_OPEN).joint("duty") is Joint.OPEN
    assert own(state, S_OPEN).joint("high-level") is Joint.CLOSED
    assert state.joint("duty") is Joint.CLOSED  # an older state stays what it was


def test_to_suspend_takes_one_and_to_restore_takes_all() -> None:
    suspend = leaf(S, "suspend", 1, epoch=1)
    state = own(opened(), suspend)
    assert state.joint("duty") is Joint.SUSPENDED
    assert state.standing_suspensions("duty") == (leaf_hash(suspend),)
    state = own(state, leaf(S, "restore", 2, lifting(suspend), epoch=2))
    assert state.half(S, "duty") is Half.OPEN
    assert (state.joint("duty"), state.lifters(leaf_hash(suspend))) == (
        Joint.SUSPENDED,
        frozenset((S,)),
    )
    state = own(state, leaf(N, "restore", 1, lifting(suspend), epoch=1))
    assert (state.joint("duty"), state.standing_suspensions("duty")) == (Joint.OPEN, ())


def test_a_suspension_is_lifted_on_its_own_channel() -> None:
    suspend = leaf(S, "suspend", 1, epoch=1)
    elsewhere = leaf(N, "restore", 1, lifting(suspend), channel="high-level")
    state = own(opened(), suspend, elsewhere)
    assert why(state, elsewhere) == "regular"
    assert state.lifters(leaf_hash(suspend)) == frozenset()


def test_what_names_an_epoch_that_was_over_moves_nothing() -> None:
    suspend = leaf(S, "suspend", 1, epoch=1)
    late = leaf(S, "close", 2, epoch=1)
    state = own(opened(), suspend, late)
    assert why(state, late) == "irregular: it names an epoch that was already over"
    assert state.half(S, "duty") is Half.SUSPENDED
    assert why(state, suspend) == "regular"


@pytest.mark.parametrize(
    "data, reason",
    [
        (leaf(S, "dance", 0), "not understood: an unknown act or body"),
        (leaf(S, "test", 0, {"text": 1}), "not understood: an unknown act or body"),
        (leaf(S, "test", 0, channel="bar"), "not understood: an unknown channel"),
        (leaf(S, "test", 0, accord=Hash(bytes(32))), "not understood: an unknown accord"),
        (leaf(S, "test", 0, epoch=7), "not understood: an unknown epoch"),
        (leaf(S, "agree", 0, reply=Hash(bytes(32))),
         "not understood: a reply to what we have not heard"),
        (leaf(S, "answer", 0), "irregular: a reply to nothing"),
        (leaf(S, "answer", 0, reply=leaf_hash(N_OPEN)), "irregular: no reply to open on duty"),
        (leaf(S, "acknowledge", 0, reply=leaf_hash(N_OPEN)), "regular"),
        (leaf(S, "acknowledge", 0, reply=leaf_hash(N_OPEN), channel="high-level"), "regular"),
        (leaf(S, "acknowledge", 0, reply=leaf_hash(S_OPEN)),
         "irregular: a reply only to a message of another party"),
        (leaf(S, "notify", 0, epoch=0), "irregular: not on a half that is closed"),
        (leaf(S, "notify", 0, epoch=1), "regular"),
        (leaf(S, "notify", 0, {"kind": "search_and_rescue", "text": "x"}), "regular"),
        (leaf(S, "notify", 1, epoch=1), "irregular: an earlier number is missing"),
        (leaf(S, "open", 0, channel="high-level", precedence=ROUTINE),
         "irregular: the wrong precedence or size for FLASH"),
        (leaf(S, "service", 1, {"text": "x" * 2_000}, precedence=FLASH, epoch=1), "regular"),
    ],
)  # fmt: skip
def test_marks(data: bytes, reason: str) -> None:
    assert why(own(opened(), data), data) == reason


def test_a_flash_is_short() -> None:
    query = leaf(N, "query", 0, epoch=1)
    answer = leaf(
        S, "answer", 1, {"text": "x" * 5_000}, precedence=FLASH, epoch=1, reply=leaf_hash(query)
    )
    state = own(opened(), query, answer)
    assert why(state, answer) == "irregular: the wrong precedence or size for FLASH"


def test_an_unknown_act_can_be_acknowledged() -> None:
    """Its reader must be able to say that it was not understood."""
    dance = leaf(S, "dance", 0)
    said = leaf(N, "acknowledge", 0, {"rung": "not_understood", "text": ""}, reply=leaf_hash(dance))
    assert why(own(opened(), dance, said), said) == "regular"


def test_who_may_speak() -> None:
    only = (Channel(name="duty", title="D", speakers=(N,)),)
    state = start(channels=only)
    data = leaf(S, "open", 0, accord=state.line, line=state.line)
    state = own(state, data)
    assert why(state, data) == "irregular: its author may not speak on this channel"
    assert state.half(S, "duty") is Half.CLOSED
    theirs = leaf(N, "open", 0, accord=state.line, line=state.line)
    heard = leaf(S, "acknowledge", 0, accord=state.line, line=state.line, epoch=0,
                 reply=leaf_hash(theirs))  # fmt: skip
    assert why(own(state, theirs, heard), heard) == "regular", "it has heard all the same"


def test_what_an_accord_lets_pass_passes() -> None:
    state = start(channels=(Channel(name="duty", title="D", passes=("query",)),))
    query = leaf(N, "query", 0, accord=state.line)
    answer = leaf(S, "answer", 0, accord=state.line, reply=leaf_hash(query))
    notify = leaf(S, "notify", 1, accord=state.line)
    state = own(state, query, answer, notify)
    assert [why(state, each) for each in (query, answer)] == ["regular"] * 2
    assert why(state, notify) == "irregular: not on a half that is closed"


def test_a_reply_passes_with_its_original() -> None:
    rescue = leaf(S, "notify", 0, {"kind": "search_and_rescue", "text": "x"})
    exercise = leaf(S, "notify", 1)
    one = leaf(S, "revise", 2, reply=leaf_hash(rescue))
    other = leaf(S, "revise", 3, reply=leaf_hash(exercise))
    state = own(start(), rescue, exercise, one, other)
    assert why(state, one) == "regular"
    assert why(state, other) == "irregular: not on a half that is closed"
    theirs = leaf(N, "revise", 0, reply=leaf_hash(rescue))
    assert (
        why(own(state, theirs), theirs) == "irregular: a reply only to a message of the same party"
    )


def test_of_two_messages_with_one_number_neither_stands() -> None:
    one, other = leaf(S, "test", 0, epoch=1), leaf(S, "test", 0, epoch=1, salt=1)
    state = own(opened(), one)
    assert why(state, one) == "regular"
    state = own(state, other)
    for each in (one, other):
        assert why(state, each) == "contradicted: another message has the same number"
    assert state.joint("duty") is Joint.OPEN  # it was no FLASH


def test_a_contradicted_flash_contradicts_each_half_that_it_names() -> None:
    one, other = leaf(S, "suspend", 1, epoch=1), leaf(S, "open", 1, channel="high-level")
    later = leaf(S, "close", 2, epoch=2)
    state = own(opened(), one, later)
    assert state.half(S, "duty") is Half.CLOSED
    state = own(state, other)
    for channel in ("duty", "high-level"):
        assert state.half(S, channel) is Half.CONTRADICTED
        assert state.joint(channel) is Joint.CONTRADICTED
    assert why(state, later) == "irregular: not on a half that is contradicted"
    assert state.history(S, "duty")[-1] == Step(1, Half.CONTRADICTED)
    assert state.half(N, "duty") is Half.OPEN
    third = leaf(S, "test", 1, precedence=FLASH)
    again = own(
        state,
        third,
        leaf(S, "test", 3, precedence=FLASH),
        leaf(S, "test", 3, precedence=FLASH, salt=1),
    )
    assert again.history(S, "duty") == state.history(S, "duty")


def test_a_half_waits_for_the_number_that_is_missing() -> None:
    suspend, restore = leaf(S, "suspend", 1, epoch=1), leaf(S, "test", 2, precedence=FLASH, epoch=2)
    state = own(opened(), restore)
    assert why(state, restore) == "not understood: an unknown epoch"
    state = own(state, suspend)
    assert state.half(S, "duty") is Half.SUSPENDED
    assert why(state, restore) == "regular"


def test_a_leaf_that_is_no_message_only_lengthens_the_ledger() -> None:
    state = own(opened(), b"rubbish")
    assert (state.own.size, len(state.messages), state.length) == (4, 2, 4)
    again = own(state, S_OPEN)
    assert (again.own.size, again.messages) == (5, state.messages)


# -- keys ------------------------------------------------------------------------------------------


def rekey(generation: int, serial: int, party: str = S, **more: Any) -> bytes:
    return leaf(party, "rekey", serial, rekey_body(party, generation), **more)


def keys(state: State, party: str = S) -> list[int]:
    known = {private(party, n).public: n for n in range(5)}
    return [known[generation.keys] for generation in state.generations(party)]


def test_keys_are_a_chain_of_promises() -> None:
    assert keys(start()) == [0]
    state = own(start(), rekey(1, 0), rekey(2, 1), rekey(3, 2))
    assert keys(state) == [0, 1, 2, 3]
    assert keys(own(start(), rekey(2, 1), rekey(1, 0))) == [0, 1, 2]  # heard in another order
    assert keys(own(start(), rekey(2, 0))) == [0]  # nobody promised these
    assert keys(own(start(), rekey(1, 0, N))) == [0]


def test_a_rekey_counts_whatever_its_mark() -> None:
    state = own(start(), rekey(1, 5, epoch=9, accord=Hash(bytes(32)), channel="bar"))
    assert keys(state) == [0, 1]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {**rekey_body(S, 1), "more": 1},
        {**rekey_body(S, 1), "ed25519": "A" * 43 + "="},  # a key of low order
        {**rekey_body(S, 1), "mldsa44": ""},
    ],
)
def test_a_rekey_that_makes_no_sense_is_recorded(body: dict[str, Any]) -> None:
    state = own(start(), leaf(S, "rekey", 0, body))
    assert len(state.messages) == 1
    assert keys(state) == [0]


def test_a_rekey_goes_flash() -> None:
    assert keys(own(start(), rekey(1, 0, precedence=PRIORITY))) == [0]


# -- accords ---------------------------------------------------------------------------------------

WIDER = {"channels": (*accord().channels, Channel(name="air", title="Air"))}


def amend(state: State, author: str, serial: int, salt: int = 0, **changes: Any) -> bytes:
    body = amend_body(state, **(changes or WIDER))
    return leaf(author, "amend", serial, body, accord=state.standing, salt=salt)


def agree(author: str, serial: int, to: bytes, under: Hash = LINE, **more: Any) -> bytes:
    return leaf(author, "agree", serial, reply=leaf_hash(to), accord=under, **more)


def test_an_amendment_stands_when_every_other_party_agreed() -> None:
    state = start(names=TRIO)
    line = state.line
    first = amend(state, N, 0)
    state = own(state, first, agree(S, 0, first, line))
    assert state.standing == line
    own_agree = agree(N, 1, first, line)
    assert own(state, own_agree).standing == line  # the proposer's own consent is no third one
    state = own(state, agree("westmere", 0, first, line))
    assert state.standing == leaf_hash(first)
    assert state.accord.channel("air") is not None


def test_what_was_said_under_an_accord_is_judged_once_it_is_known() -> None:
    state = start()
    proposal = amend(state, N, 0)
    early = leaf(S, "open", 0, channel="air", accord=leaf_hash(proposal))
    suspend = leaf(S, "suspend", 1, epoch=1, channel="air", accord=leaf_hash(proposal))
    unknown = leaf(S, "test", 1, accord=Hash(bytes(32)))
    state = own(state, early, unknown, suspend)
    assert why(state, early) == "not understood: an unknown accord"
    state = own(state, proposal, agree(S, 0, proposal))
    assert why(state, early) == "regular"
    assert state.half(S, "air") is Half.SUSPENDED
    assert list(state.unjudged) == [leaf_hash(unknown)]


def test_of_two_complete_successors_the_lower_leaf_hash_stands() -> None:
    state = start()
    one, other = amend(state, N, 0), amend(state, S, 0, zones=("the strait",))
    state = own(state, one, other, agree(S, 1, one), agree(N, 1, other))
    assert state.standing == min(leaf_hash(one), leaf_hash(other))
    assert len(state.accords) == 3


def test_an_amendment_amends_what_it_was_said_under() -> None:
    state = start()
    first = amend(state, N, 0)
    state = own(state, first, agree(S, 0, first))
    second = amend(state, S, 1, languages=("en", "fr"))
    under = leaf_hash(first)
    not_yet = own(state, second, agree(N, 1, second))  # agreed to under the accord before
    assert not_yet.standing == under
    state = own(state, second, agree(N, 1, second, under))
    assert state.standing == leaf_hash(second)
    assert state.accord.languages == ("en", "fr")


def test_a_consent_is_not_taken_back_by_using_its_number_again() -> None:
    """Else one party could undo an accord, and with it what the others have said under it."""
    state = start()
    proposal = amend(state, N, 0)
    consent = agree(S, 0, proposal)
    state = own(state, proposal, consent)
    assert state.standing == leaf_hash(proposal)
    state = own(state, leaf(S, "test", 0, salt=9))
    assert state.mark(leaf_hash(consent)) is Mark.CONTRADICTED
    assert state.standing == leaf_hash(proposal)


@pytest.mark.parametrize("changes", [{"name": "other"}, {"channels": ()}])
def test_an_amendment_of_what_cannot_be_amended_is_none(changes: dict[str, Any]) -> None:
    state = start()
    proposal = amend(state, N, 0, **changes)
    state = own(state, proposal, agree(S, 0, proposal))
    assert (state.standing, len(state.amendments)) == (state.line, 0)


def test_a_proposal_that_is_no_amendment_is_recorded() -> None:
    state = own(start(), leaf(S, "amend", 0, {"accord": 1}))
    assert len(state.messages) == 1


def test_an_accord_hangs_on_no_half_that_hangs_on_it() -> None:
    """Else it would come and go for ever: a half moves by words said under it, and by that half a
    consent is or is not of an epoch that there was.
    """
    state = start()
    proposal = amend(state, N, 0)
    under = leaf_hash(proposal)
    leaves = [
        proposal,
        leaf(S, "open", 0),
        leaf(S, "close", 1, epoch=1, accord=under),
        leaf(S, "suspend", 2, epoch=1),
        leaf(S, "restore", 3, {"lifts": ["ab" * 32]}, epoch=2),
        agree(S, 0, proposal, epoch=3),
    ]
    views = [
        shared(own(start(), *order)) for order in (leaves, leaves[::-1], [*leaves[2:], *leaves[:2]])
    ]
    assert views[0] == views[1] == views[2]
    assert views[0]["standing"] == under.hex()


def test_no_station_begins_with_a_vocabulary_that_it_lacks() -> None:
    with pytest.raises(Refused, match="lacks vocabulary 4"):
        begin(N, encode(accord(vocabulary=4)))
    with pytest.raises(Forged, match="'westmere' is no party"):
        begin("westmere", encode(accord()))


# -- the order of hearing is nothing ---------------------------------------------------------------


def many() -> list[bytes]:
    """A crisis with everything in it that could depend on order."""
    base = opened()
    suspend = leaf(S, "suspend", 1, epoch=1)
    query = leaf(N, "query", 1, epoch=1)
    proposal, rival = amend(base, N, 0), amend(base, S, 1, zones=("the strait",))
    under = leaf_hash(proposal)
    return [
        N_OPEN, S_OPEN, suspend, query, proposal, rival, rekey(1, 2), rekey(2, 3),
        leaf(S, "restore", 4, lifting(suspend), epoch=2),
        leaf(N, "restore", 1, lifting(suspend), epoch=1),
        leaf(S, "answer", 2, epoch=1, reply=leaf_hash(query)), agree(S, 0, proposal),
        agree(N, 2, rival), leaf(S, "close", 5, epoch=3, accord=under), leaf(N, "dance", 3),
        leaf(N, "close", 2, epoch=1), leaf(N, "close", 2, epoch=1, salt=1), leaf(N, "test", 9),
        leaf(S, "open", 7, channel="high-level"), leaf(N, "suspend", 3, epoch=2),
        amend(own(base, proposal, agree(S, 0, proposal)), N, 4, zones=("all",)),
        leaf(S, "agree", 3, reply=under, accord=under), leaf(S, "agree", 0, reply=under, salt=4),
    ]  # fmt: skip


@settings(max_examples=150)
@given(st.permutations(many()), st.integers(0, 22))
def test_the_same_messages_make_the_same_state(order: list[bytes], some: int) -> None:
    chosen = order[some:]
    one = own(start(), *chosen)
    other = own(start(S), *sorted(chosen))
    assert shared(one) == shared(other)


def test_a_state_is_a_value() -> None:
    state = opened()
    before = shared(state)
    own(state, *many())
    assert shared(state) == before
    assert evolve(state, Own(b"x", NOON)).length == state.length + 1


def test_what_is_kept_of_a_message_that_nobody_understands() -> None:
    said: Said = own(start(), leaf(S, "dance", 0)).messages[leaf_hash(leaf(S, "dance", 0))]
    assert said.row is None
    assert not start().passes(said, accord().channels[0])
    assert rules.VOCABULARY_1.acts.get(said.act) is None
    assert Mark.NOT_UNDERSTOOD.value == "not understood"
