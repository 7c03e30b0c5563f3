from __future__ import annotations

from typing import Any

import msgspec
import pytest
from rpds import HashTrieMap

from detente.errors import Refused, Unreachable
from detente.line.decide import Arrived, Authority, Begin, Release
from detente.line.entry import Own
from detente.line.frame import FRAME_BYTES_MAX, NOTE_CHARACTERS_MAX
from detente.line.message import LEAF_BYTES_MAX, content_of, parse_message
from detente.line.release import LEAVES_HEARD, LEAVES_MAX
from detente.line.state import State
from detente.tlog.hash import leaf_hash
from detente.tlog.mirror import Mirror
from tests.line.written import TERMS, advance, leaf, own, start, step
from tests.stations import FLASH, NOON, NORTHLAND, ROUTINE, SOUTHMARK, Line, amend_body, rekey_body

N, S = NORTHLAND, SOUTHMARK


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
    may: HashTrieMap[str, frozenset[str]] = HashTrieMap(
        {"open": frozenset(("general",)), "close": frozenset()}
    )
    authority = Authority(may)
    content = line.content(N, "open")
    assert step(line[N].state, Release(content, ("general", "clerk")), authority=authority)
    with pytest.raises(Refused, match="open may be released by general only"):
        step(line[N].state, Release(content, ("clerk",)), authority=authority)
    with pytest.raises(Refused, match="close may be released by nobody only"):
        step(line[N].state, Release(line.content(N, "close"), ("general",)), authority=authority)
    assert step(line[N].state, Release(line.content(N, "test")), authority=authority)


def refused(
    line: Line, author: str, act: str, body: dict[str, Any] | None = None, **more: Any
) -> str:
    with pytest.raises(Refused) as caught:
        line.release(author, act, body, **more)
    return str(caught.value)


def test_what_our_own_officer_is_refused() -> None:
    line = Line()
    assert "another party or line" in refused_content(line, author=S)
    assert "another party or line" in refused_content(line, line="ab" * 32)
    assert "no channel 'bar' (the accord has duty, high-level)" in refused(
        line, N, "open", channel="bar"
    )
    assert "no act 'dance' (one of open, suspend" in refused(line, N, "dance", {})
    assert "body of test: Expected `str`, got `int`" in refused(line, N, "test", {"text": 5})
    assert "body.text: the character U+202E" in refused(line, N, "test", {"text": "\u202e"})
    assert "text is not NFC (normalise it first)" in refused(line, N, "test", {"text": "e\u0301"})
    assert "open always goes FLASH" in refused(line, N, "open", precedence=ROUTINE)
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
    assert "wrong precedence or size" in refused(
        line, N, "answer", text, precedence=FLASH, reply=query
    )
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
    assert "our own suspension must be among" in refused(
        line, N, "restore", {"lifts": [suspension.hex()]}
    )


def test_a_restore_names_suspensions_of_its_channel() -> None:
    line = Line().opened().opened("high-level")
    suspension = line.say(S, "suspend")
    query = {"lifts": ["ab" * 32]}
    assert "no such suspension of duty" in refused(line, N, "restore", query)
    elsewhere = {"lifts": [suspension.hex()]}
    assert "no such suspension of high-level" in refused(
        line, N, "restore", elsewhere, channel="high-level"
    )
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
    assert "lacks vocabulary 4 (update" in refused(
        line, N, "amend", amend_body(state, vocabulary=4)
    )
    assert "two channels" in refused(
        line, N, "amend", amend_body(state, channels=state.accord.channels * 2)
    )
    line.opened()
    first = line.say(N, "amend", body)
    line.say(S, "agree", reply=first)
    assert line[N].state.standing == first
    assert "does not amend the accord that stands" in refused(line, S, "agree", reply=first)
    notify = line.say(N, "query")
    assert "no reply to query" in refused(line, S, "agree", reply=notify)


def test_nobody_agrees_to_a_vocabulary_that_it_lacks() -> None:
    state = start(S)
    proposal = leaf(N, "amend", 0, amend_body(state, vocabulary=4))
    state = own(state, proposal)
    line = Line()
    content = line.content(S, "agree", reply=leaf_hash(proposal))
    with pytest.raises(Refused, match="lacks vocabulary 4"):
        step(state, Release(content))
    state = own(state, leaf(S, "agree", 0, reply=leaf_hash(proposal)))
    assert state.accord.vocabulary == 4  # an older station, put back after it had agreed
    with pytest.raises(Refused, match="this station lacks vocabulary 4"):
        step(state, Release(line.content(S, "open")))


def test_one_content_is_said_once() -> None:
    """An officer who got no answer may release it again: he is told where it stands."""
    line = Line().opened()
    content = line.content(N, "test", {"text": "unsure"})
    line.handle(N, Release(content))
    with pytest.raises(Refused, match="said already, as ROUTINE 0"):
        step(line[N].state, Release(content, ("another officer",)))
    assert line[N].state.tally(N, content.precedence) == 1


# -- a full line -----------------------------------------------------------------------------------


def grown_to(line: Line, size: int) -> State:
    """Northland's state, as if its ledger had so many leaves."""
    state = line[N].state
    own = Mirror().extend(state.own.hashes(0, state.own.size) + bytes(32) * (size - state.own.size))
    return msgspec.structs.replace(state, own=own)


def test_a_full_line_says_so_and_lets_flash_go() -> None:
    line = Line()
    test, urgent = (line.content(N, "test", precedence=p) for p in (ROUTINE, FLASH))
    assert step(grown_to(line, LEAVES_MAX - 1), Release(test))
    with pytest.raises(Refused, match=r"this line is full: .* 262,144 leaves .open a successor"):
        step(grown_to(line, LEAVES_MAX), Release(test))
    assert step(grown_to(line, LEAVES_HEARD - 1), Release(urgent))
    with pytest.raises(Refused, match="this line is full"):
        step(grown_to(line, LEAVES_HEARD), Release(urgent))


def test_what_is_heard_is_recorded_as_far_as_a_frame_can_tell() -> None:
    line = Line()
    leaf_ = leaf(S, "test", 0, precedence=FLASH)
    arrived = Arrived(advance(S, TERMS, leaf_))
    assert Own(leaf_, NOON) in step(grown_to(line, LEAVES_HEARD - 1), arrived)
    assert Own(leaf_, NOON) not in step(grown_to(line, LEAVES_HEARD), arrived)
    room = FRAME_BYTES_MAX - LEAVES_HEARD * 32 * 4 // 3
    assert room > NOTE_CHARACTERS_MAX + 2 * LEAF_BYTES_MAX, "the whole ledger fits into one frame"
