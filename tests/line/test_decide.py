from __future__ import annotations

from typing import Any

import msgspec
import pytest
from rpds import HashTrieMap

from detente.errors import Forged, Malformed, Refused, Unreachable
from detente.line.accord import Channel
from detente.line.canonical import encode
from detente.line.decide import ANYBODY, Arrived, Authority, Begin, Event, Release, decide
from detente.line.entry import Entry, Grown, Own
from detente.line.evolve import fold
from detente.line.message import content_of, parse_message
from detente.line.state import State
from detente.tlog.advance import Advance, Beyond
from detente.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.mirror import Mirror
from tests.line.written import leaf, own, start, why
from tests.stations import (
    FLASH,
    NOON,
    NORTHLAND,
    SOUTHMARK,
    TRIO,
    Line,
    accord,
    amend_body,
    card,
    private,
    rekey_body,
)

N, S = NORTHLAND, SOUTHMARK
TERMS = encode(accord())


def step(state: State, event: Event, *, ready: bool = True, authority: Authority = ANYBODY) -> tuple[Entry, ...]:
    return decide(state, event, NOON, ready=ready, authority=authority, verify=open_checkpoint)


def mirror(*leaves: bytes) -> Mirror:
    return Mirror().extend(b"".join(map(leaf_hash, leaves)))


def advance(party: str, *ledger: bytes, since: int = 0, shows: Any = None, generation: int = 0) -> Advance:
    """A party's ledger of these leaves, from `since` on, with the bytes of `shows` (all)."""
    whole = mirror(*ledger)
    checkpoint = Checkpoint(card(party).origin, whole.size, whole.root)
    note = sign_checkpoint(private(party, generation), checkpoint, NOON // 1_000)
    shown = ledger[since:] if shows is None else shows
    return Advance(since, whole.hashes(since, whole.size), note, tuple(shown))


def heard(state: State, *advances: Advance, ready: bool = True) -> State:
    for each in advances:
        state = fold(state, step(state, Arrived(each), ready=ready))
    return state


def said(state: State) -> list[bytes]:
    """Leaf hashes of our ledger, the accord's apart."""
    return [state.own.leaf(index) for index in range(1, state.own.size)]


# -- our own words -----------------------------------------------------------------------------------


def test_a_ledger_begins_with_the_accord_once() -> None:
    state = start()
    assert step(Line(linked=False)[N].state, Begin()) == ()
    assert step(state, Begin()) == ()


def test_a_release_is_numbered_and_dated() -> None:
    line = Line()
    line.say(N, "open")
    content = line.content(N, "test", precedence=FLASH)
    (entry,) = step(line[N].state, Release(content, ("colonel",)))
    assert isinstance(entry, Own)
    message = parse_message(entry.leaf)
    assert content_of(message) == content
    head = message.header
    assert (head.serial, head.epoch, head.time, head.releasers) == (1, 1, NOON, ("colonel",))
    assert head.accord == head.line == line[N].state.line.hex()


def test_not_ready_is_not_now() -> None:
    line = Line()
    with pytest.raises(Unreachable, match="the draft is kept"):
        step(line[N].state, Release(line.content(N, "open")), ready=False)


def test_the_authority_says_who_may_release_what() -> None:
    line = Line()
    may: HashTrieMap[str, frozenset[str]] = HashTrieMap({"open": frozenset(("general",)), "close": frozenset()})
    authority = Authority(may)
    content = line.content(N, "open")
    assert step(line[N].state, Release(content, ("general", "clerk")), authority=authority)
    with pytest.raises(Refused, match="open may be released by general only"):
        step(line[N].state, Release(content, ("clerk",)), authority=authority)
    with pytest.raises(Refused, match="close may be released by nobody only"):
        step(line[N].state, Release(line.content(N, "close"), ("general",)), authority=authority)
    assert step(line[N].state, Release(line.content(N, "test")), authority=authority)


def refused(line: Line, author: str, act: str, body: dict[str, Any] | None = None, **more: Any) -> str:
    with pytest.raises(Refused) as caught:
        line.release(author, act, body, **more)
    return str(caught.value)


def test_what_our_own_officer_is_refused() -> None:
    line = Line()
    assert "another party or line" in refused_content(line, author=S)
    assert "another party or line" in refused_content(line, line="ab" * 32)
    assert "no channel 'bar' (the accord has duty, high-level)" in refused(line, N, "open", channel="bar")
    assert "vocabulary 1 has no such act or body" in refused(line, N, "dance", {})
    assert "vocabulary 1 has no such act or body" in refused(line, N, "test", {"text": 5})
    assert "body.text: the character U+202E" in refused(line, N, "test", {"text": "\u202e"})
    assert "text is not NFC (normalise it first)" in refused(line, N, "test", {"text": "e\u0301"})
    assert "open always goes FLASH" in refused(line, N, "open", precedence=msgspec.convert("ROUTINE", type(FLASH)))
    assert "not on a half that is closed" in refused(line, N, "query")
    assert "a reply to nothing" in refused(line, N, "answer")
    assert "unknown" not in refused(line, N, "suspend")
    assert "Invalid" not in refused(line, N, "test", {"text": "x" * 2_001})
    assert line[N].state.own.size == 1


def refused_content(on: Line, /, **fields: Any) -> str:
    content = msgspec.structs.replace(on.content(N, "open"), **fields)
    with pytest.raises(Refused) as caught:
        step(on[N].state, Release(content))
    return str(caught.value)


def test_a_flash_that_is_too_long_is_refused() -> None:
    line = Line().opened()
    query = line.say(S, "query")
    text = {"text": "x" * 5_000}
    assert "wrong precedence or size" in refused(line, N, "answer", text, precedence=FLASH, reply=query)
    line.release(N, "answer", text, reply=query)


def test_content_out_of_shape_is_refused_and_not_malformed() -> None:
    assert "message" in refused_content(Line(), salt="short")


def test_we_are_held_to_every_half_and_not_to_ours_alone() -> None:
    line = Line().opened()
    suspension = line.say(S, "suspend")
    assert "the channel is suspended" in refused(line, N, "query")
    line.release(N, "notify", {"kind": "accident_not_hostile", "text": "x"})
    line.release(N, "test")
    line.release(N, "suspend")  # it crosses theirs, or adds to it
    assert "our own suspension must be among" in refused(line, N, "restore", {"lifts": [suspension.hex()]})


def test_a_restore_names_suspensions_of_its_channel() -> None:
    line = Line().opened().opened("high-level")
    suspension = line.say(S, "suspend")
    query = {"lifts": ["ab" * 32]}
    assert "no such suspension of duty" in refused(line, N, "restore", query)
    elsewhere = {"lifts": [suspension.hex()]}
    assert "no such suspension of high-level" in refused(line, N, "restore", elsewhere, channel="high-level")
    line.release(N, "restore", elsewhere)


def test_keys_are_revealed_as_promised() -> None:
    line = Line()
    assert "not the keys that were promised" in refused(line, N, "rekey", rekey_body(N, 2))
    weak = {**rekey_body(N, 1), "ed25519": "A" * 43 + "="}
    assert "not a sound Ed25519 public key" in refused(line, N, "rekey", weak)
    line.release(N, "rekey", rekey_body(N, 1))
    line.release(N, "rekey", rekey_body(N, 2))


def test_what_may_be_proposed_and_agreed_to() -> None:
    line = Line()
    state = line[N].state
    body = amend_body(state, zones=("the strait",))
    other = {**body, "predecessor": "ab" * 32}
    assert "does not amend the accord that stands" in refused(line, N, "amend", other)
    assert "cannot change the name" in refused(line, N, "amend", amend_body(state, name="other"))
    assert "lacks vocabulary 2 (update" in refused(line, N, "amend", amend_body(state, vocabulary=2))
    assert "two channels" in refused(line, N, "amend", amend_body(state, channels=state.accord.channels * 2))
    line.opened()
    first = line.say(N, "amend", body)
    line.say(S, "agree", reply=first)
    assert line[N].state.standing == first
    assert "does not amend the accord that stands" in refused(line, S, "agree", reply=first)
    notify = line.say(N, "query")
    assert "no reply to query" in refused(line, S, "agree", reply=notify)


def test_nobody_agrees_to_a_vocabulary_that_it_lacks() -> None:
    state = start(S)
    proposal = leaf(N, "amend", 0, amend_body(state, vocabulary=2))
    state = own(state, proposal)
    line = Line()
    content = line.content(S, "agree", reply=leaf_hash(proposal))
    with pytest.raises(Refused, match="lacks vocabulary 2"):
        step(state, Release(content))
    state = own(state, leaf(S, "agree", 0, reply=leaf_hash(proposal)))
    assert state.accord.vocabulary == 2  # an older station, put back after it had agreed
    with pytest.raises(Refused, match="our vocabulary 2 has no such act or body"):
        step(state, Release(line.content(S, "open")))


# -- the words of others -------------------------------------------------------------------------------

OPEN, TEST = leaf(S, "open", 0), leaf(S, "test", 0, epoch=1)


def test_a_ledger_that_grew_is_recorded_and_then_its_words() -> None:
    shown = advance(S, TERMS, OPEN, TEST)
    entries = step(start(), Arrived(shown))
    assert entries == (
        Grown(msgspec.structs.replace(shown, leaves=()), NOON), Own(OPEN, NOON), Own(TEST, NOON),
    )  # fmt: skip
    state = fold(start(), entries)
    assert step(state, Arrived(shown)) == ()
    assert (state.mirror(S).size, len(state.outstanding)) == (3, 0)


def test_only_the_mirror_grows_while_our_signer_is_away() -> None:
    state = heard(start(), advance(S, TERMS, OPEN), ready=False)
    assert (state.mirror(S).size, said(state), list(state.outstanding)) == (2, [], [leaf_hash(OPEN)])
    assert said(heard(state, advance(S, TERMS, OPEN))) == [leaf_hash(OPEN)]


def test_words_are_heard_in_the_order_of_their_numbers() -> None:
    tests = [leaf(S, "test", serial) for serial in range(3)]
    state = heard(start(), advance(S, TERMS, *tests, shows=[tests[2], tests[0], tests[1]]))
    assert said(state) == [leaf_hash(each) for each in tests]


def test_a_number_beyond_the_next_waits_for_what_is_outstanding() -> None:
    tests = [leaf(S, "test", serial) for serial in range(3)]
    state = heard(start(), advance(S, TERMS, *tests, shows=[tests[2], tests[0]]))
    assert said(state) == [leaf_hash(tests[0])]
    state = heard(state, advance(S, TERMS, *tests))
    assert said(state) == [leaf_hash(each) for each in tests]


def test_a_number_that_was_never_used_is_a_skip() -> None:
    later = leaf(S, "test", 5)
    state = heard(start(), advance(S, TERMS, later))
    assert said(state) == [leaf_hash(later)]
    assert why(state, later) == "irregular: an earlier number is missing"


def test_a_repeated_number_is_heard() -> None:
    one, other = leaf(S, "test", 0), leaf(S, "test", 0, salt=1)
    state = heard(start(), advance(S, TERMS, one), advance(S, TERMS, one, other))
    assert len(said(state)) == 2
    assert why(state, one) == "contradicted: another message has the same number"


def test_what_is_no_word_of_this_author_on_this_line_is_not_heard() -> None:
    elsewhere = leaf(S, "test", 0, line=Hash(bytes(32)))
    theirs = leaf("westmere", "test", 0)
    ours = leaf(N, "test", 0)
    unsigned = leaf(S, "test", 0)
    shown = advance(S, TERMS, elsewhere, theirs, ours, b"rubbish")
    shown = msgspec.structs.replace(shown, leaves=(*shown.leaves, unsigned))
    state = heard(start(), shown)
    assert said(state) == []
    assert len(state.outstanding) == 4


def test_a_relayed_ledger_is_as_good() -> None:
    third = start(names=TRIO)
    terms = third.terms
    word = leaf("westmere", "open", 0, accord=third.line, line=third.line)
    state = heard(third, advance("westmere", terms, word))
    assert said(state) == [leaf_hash(word)]


def test_two_ledgers_of_one_party_stand_beside_each_other() -> None:
    one, other = leaf(S, "test", 0), leaf(S, "test", 0, salt=1)
    state = heard(start(), advance(S, TERMS, one), advance(S, TERMS, other), advance(S, TERMS, other, OPEN))
    assert [branch.mirror.size for branch in state.branches[S]] == [2, 3]
    assert state.mirror(S) == mirror(TERMS, one)
    assert said(state) == [leaf_hash(each) for each in (one, other, OPEN)]
    short = heard(state, advance(S, TERMS, one, OPEN), advance(S, TERMS, other))
    assert [branch.mirror.size for branch in short.branches[S]] == [3, 3]
    assert state.vouches(S, leaf_hash(OPEN))


def test_a_skip_is_seen_on_any_branch() -> None:
    held, late = leaf(S, "test", 0), leaf(S, "test", 1)
    state = heard(start(), advance(S, TERMS, held, late, shows=()))
    state = heard(state, advance(S, TERMS, held, late, shows=[late]))
    assert said(state) == []  # what precedes it is outstanding
    state = heard(state, advance(S, TERMS, late))
    assert said(state) == [leaf_hash(late)]


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"note": "rubbish"}, Malformed),
        ({"note": advance(S, TERMS, TEST).note}, Forged),
        ({"note": advance(S, TERMS, OPEN, generation=1).note}, Forged),
        ({"hashes": b"x"}, Malformed),
        ({"hashes": bytes(64)}, Forged),
        ({"start": -1}, Malformed),
        ({"start": 2, "hashes": b""}, Beyond),
    ],
)
def test_what_does_not_hold_is_not_recorded(changes: dict[str, Any], error: type[Exception]) -> None:
    shown = msgspec.structs.replace(advance(S, TERMS, OPEN), **changes)
    with pytest.raises(error):
        step(start(), Arrived(shown))


def test_a_ledger_of_another_accord_or_of_no_party_is_none() -> None:
    with pytest.raises(Forged, match="a ledger of another accord"):
        step(start(), Arrived(advance(S, OPEN)))
    with pytest.raises(Forged, match="a ledger of another accord"):
        step(start(), Arrived(advance(S)))
    with pytest.raises(Forged, match="no party of this line"):
        step(start(), Arrived(advance("westmere", TERMS)))


def test_a_note_is_kept_without_the_lines_of_others() -> None:
    shown = advance(S, TERMS, OPEN)
    more = shown.note + "— witness.example AAAAAAAA\n"
    (grown, _) = step(start(), Arrived(msgspec.structs.replace(shown, note=more)))
    assert isinstance(grown, Grown)
    assert grown.advance.note == shown.note


# -- keys ----------------------------------------------------------------------------------------------

FIRST, SECOND = (leaf(S, "rekey", n, rekey_body(S, n + 1)) for n in range(2))


def test_the_first_checkpoint_over_a_rekey_is_signed_by_the_new_keys() -> None:
    shown = advance(S, TERMS, FIRST, generation=1)
    state = heard(start(), shown)
    assert len(state.generations(S)) == 2
    with pytest.raises(Forged):
        step(start(), Arrived(advance(S, TERMS, FIRST)))
    with pytest.raises(Forged):
        step(state, Arrived(advance(S, TERMS, FIRST, TEST)))
    assert heard(state, advance(S, TERMS, FIRST, TEST, since=2, generation=1)).mirror(S).size == 3
    old = advance(S, TERMS)  # a courier that took its time
    assert step(state, Arrived(old)) == ()


@pytest.mark.parametrize("shows", [(FIRST, SECOND), (SECOND, FIRST), (b'"act":"rekey"', FIRST, SECOND)])
def test_two_rekeys_may_come_at_once(shows: tuple[bytes, ...]) -> None:
    state = heard(start(), advance(S, TERMS, FIRST, SECOND, generation=2, shows=shows))
    assert len(state.generations(S)) == 3


def test_a_rekey_that_is_not_its_authors_own_reveals_nothing() -> None:
    other = leaf(N, "rekey", 0, rekey_body(S, 1))
    with pytest.raises(Forged):
        step(start(), Arrived(advance(S, TERMS, other, generation=1)))


def test_keys_whose_rekey_is_not_recorded_are_not_believed_yet() -> None:
    """Else the next checkpoint, without that rekey, could not be checked."""
    waiting = leaf(S, "test", 0, precedence=FLASH)
    rekey = leaf(S, "rekey", 1, rekey_body(S, 1))
    with pytest.raises(Unreachable, match="cannot be recorded yet"):
        step(start(), Arrived(advance(S, TERMS, waiting, rekey, generation=1, shows=[rekey])))
    with pytest.raises(Unreachable):
        step(start(), Arrived(advance(S, TERMS, rekey, generation=1)), ready=False)
    assert len(said(heard(start(), advance(S, TERMS, waiting, rekey, generation=1)))) == 2


# -- our own ledger, as others hold it -------------------------------------------------------------------

MINE = [leaf(N, "open", 0), leaf(N, "test", 0), leaf(N, "test", 1)]


def test_our_own_ledger_tells_us_nothing_that_we_hold() -> None:
    state = own(start(), *MINE)
    assert step(state, Arrived(advance(N, TERMS, *MINE))) == ()
    assert step(state, Arrived(advance(N, TERMS))) == ()


def test_what_we_have_lost_comes_back_in_our_own_order() -> None:
    state = own(start(), MINE[0])
    state = heard(state, advance(N, TERMS, *MINE, shows=[MINE[2]]))
    assert state.recovering
    assert state.own.size == 2
    state = heard(state, advance(N, TERMS, *MINE, shows=[MINE[1]]))
    assert state.own.size == 3
    with pytest.raises(Unreachable):
        step(state, Release(Line().content(N, "test")))
    state = heard(state, advance(N, TERMS, *MINE))
    assert not state.recovering
    assert said(state) == [leaf_hash(each) for each in MINE]


def test_all_of_it_may_be_lost() -> None:
    line = Line(linked=False)
    empty = line[N].state
    empty = heard(msgspec.structs.replace(empty, own=Mirror(), length=0), advance(N, TERMS, *MINE))
    assert (empty.own.size, empty.recovering) == (4, False)


def test_bytes_serve_from_whosever_ledger_they_come() -> None:
    state = heard(own(start(), MINE[0]), advance(N, TERMS, *MINE, shows=()))
    state = heard(state, advance(S, TERMS, *MINE, shows=MINE))
    assert state.own.size == 4


def test_another_ledger_under_our_own_keys_closes_ours() -> None:
    state = own(start(), MINE[0])
    with pytest.raises(Forged, match="open a successor line"):
        step(state, Arrived(advance(N, TERMS, MINE[1])))


def test_while_we_recover_no_word_of_others_is_heard() -> None:
    state = heard(own(start(), MINE[0]), advance(N, TERMS, *MINE, shows=()))
    state = heard(state, advance(S, TERMS, OPEN))
    assert (state.own.size, state.mirror(S).size) == (2, 2)


def test_the_accord_limits_nothing_that_is_heard() -> None:
    state = start(channels=(Channel(name="duty", title="D", speakers=(N,)),))
    word = leaf(S, "open", 0, accord=state.line, line=state.line)
    assert said(heard(state, advance(S, state.terms, word))) == [leaf_hash(word)]
