from __future__ import annotations

from collections.abc import Sequence

import msgspec
import pytest
from rpds import HashTrieMap

from detente.errors import Forged, Refused, Unreachable
from detente.journal import RECENT_MAX, STEP_MAX, TRIES, Journal
from detente.line.canonical import encode
from detente.line.decide import Arrived, Authority, Release
from detente.line.entry import Grown
from detente.line.frame import Carried, Held, Ledger, Where, parse_frame
from detente.line.message import Precedence
from detente.line.reader import LEAVES_MAX
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import open_checkpoint, read_checkpoint
from detente.tlog.hash import leaf_hash
from tests import lines
from tests.stations import (
    NOON,
    TRIO,
    FullDisk,
    Line,
    Station,
    card,
    check_agreed,
    rekey_body,
)

N, S, W = TRIO


# -- commit, then seal, then speak -----------------------------------------------------------------


class Watched(FullDisk):
    """A store that looks around when it is written to."""

    def __init__(self, events: list[str]) -> None:
        super().__init__()
        self.events = events

    def append(self, length: int, entries: Sequence[bytes]) -> None:
        super().append(length, entries)
        self.events.append(f"committed {len(entries)}")


def test_commit_then_seal_then_speak() -> None:
    line = Line().opened()
    station, events = line.stations[N], list[str]()
    watched = Watched(events)
    watched.append(0, list(station.store.read()))
    station.store = watched
    line.restart(N)
    line.deliver()
    events.clear()
    station.sealing = lambda size: events.append(f"sealed {size}")
    line.release(N, "test")
    assert events == ["committed 1", "sealed 4"]
    frame = line[N].next_frame(S, line.now)
    assert frame is not None
    carried = parse_frame(frame)
    assert isinstance(carried, Carried)
    assert read_checkpoint(carried.advance.note).size == 4


def test_a_ledger_begins_with_the_accord() -> None:
    station = Station(N, Line(linked=False).terms)
    assert station.journal.sealed is None
    station.journal.handle([], NOON)
    assert station.state.own.size == 1
    assert station.state.own.leaf(0) == leaf_hash(station.terms)
    assert station.sealed == [0, 1]
    assert station.journal.ready
    station.journal.handle([], NOON)
    assert station.sealed == [0, 1]  # nothing to sign, nothing signed


def test_many_events_are_one_commit_and_one_seal() -> None:
    line = Line().opened()
    contents = [Release(line.content(N, "test")) for _ in range(STEP_MAX)]
    before = len(line.stations[N].sealed)
    outcome = line.handle(N, *contents)
    assert len(line.stations[N].sealed) == before + 1
    assert [len(result) for result in outcome.results if isinstance(result, tuple)] == [
        1
    ] * STEP_MAX
    with pytest.raises(AssertionError):
        line.handle(N, *contents, contents[0])


def test_each_event_is_decided_as_if_those_before_it_were_written() -> None:
    line = Line()
    content = line.content(N, "open")
    results = line.handle(
        N, Release(content), Release(content), Release(line.content(N, "test"))
    ).results
    assert isinstance(results[0], tuple)
    assert isinstance(results[1], Refused)
    assert results[2] == (line[N].state.own.leaf(2),)


def test_what_is_heard_is_receipted_at_once() -> None:
    line = Line().opened()
    leaf = line.say(N, "test")
    assert line[N].state.vouches(S, leaf)
    assert leaf not in line[N].state.lacking[S]
    assert line[S].leaf(leaf) == line[N].leaf(leaf)
    check_agreed(line)


def test_the_outcome_names_ledgers_that_grew() -> None:
    line = Line().opened()
    line.unlink(N, S)
    line.release(N, "test")
    line.link(N, S)
    line.deliver()
    advance = line.advances(N, S)[-1]
    assert line.handle(S, Arrived(advance), sender=N).grown == frozenset()
    grown = []
    line.release(N, "test")
    frame = line[N].next_frame(S, line.now)
    assert frame is not None
    carried = parse_frame(frame)
    assert isinstance(carried, Carried)
    grown.append(line.handle(S, Arrived(carried.advance), sender=N).grown)
    assert grown == [frozenset((N,))]


def test_bytes_are_found_when_they_are_no_longer_at_hand() -> None:
    line = Line(linked=False)
    leaves = [line.release(N, "test") for _ in range(RECENT_MAX + 10)]
    journal = line[N]
    assert len(journal._recent) == RECENT_MAX
    assert [leaf_hash(journal.leaf(leaf)) for leaf in leaves] == leaves
    assert journal.leaf(journal.state.line) == line.terms


def test_authority_is_asked() -> None:
    line = Line()
    station = line.stations[N]
    station.authority = Authority(HashTrieMap({"open": frozenset(("general",))}))
    line.restart(N)
    with pytest.raises(Refused, match="general only"):
        line.release(N, "open")


# -- the store -------------------------------------------------------------------------------------


def test_a_full_disk_changes_nothing_and_is_said() -> None:
    line = Line().opened()
    state, disk = line[N].state, line.stations[N].store
    disk.full = True
    with pytest.raises(Unreachable, match="the disk is full"):
        line.release(N, "test")
    assert line[N].state is state
    disk.full = False
    line.say(N, "test")
    check_agreed(line)


def test_what_came_while_the_disk_was_full_comes_again() -> None:
    line = Line().opened()
    line.stations[S].store.full = True
    leaf = line.release(N, "test")
    frame = line[N].next_frame(S, line.now)
    assert frame is not None
    with pytest.raises(Unreachable):
        line.read(N, S, frame)
    assert line[N].next_frame(S, line.now) is None
    line.stations[S].store.full = False
    line.tick()
    line.deliver()
    assert line[N].state.vouches(S, leaf)


class Racing(FullDisk):
    """A store that another process writes to, whenever we are about to."""

    def __init__(self, rival: list[bytes]) -> None:
        super().__init__()
        self.rival = rival

    def append(self, length: int, entries: Sequence[bytes]) -> None:
        if self.rival:
            super().append(self.length(), [self.rival.pop(0)])
        super().append(length, entries)


def raced(line: Line, rival: list[bytes]) -> Line:
    """The station writes to a store where somebody else is writing too."""
    station = line.stations[N]
    racing = Racing([])
    racing.append(0, list(station.store.read()))
    station.store = racing
    line.restart(N)
    line.deliver()
    racing.rival = rival
    return line


def test_a_conflict_is_folded_and_decided_again() -> None:
    line = Line().opened()
    contents = line.content(N, "test"), line.content(N, "service")
    other = Line().opened()  # the same line, where the other process has written something
    other.handle(N, Release(contents[0]))
    raced(line, [list(other.stations[N].store.read())[-1]])
    # What the other process wrote is not sealed yet, so that ours must wait for a moment.
    (result,) = line.handle(N, Release(contents[1])).results
    assert isinstance(result, Unreachable)
    assert line[N].ready
    (again,) = line.handle(N, Release(contents[1])).results
    assert isinstance(again, tuple)
    said = line[N].state.messages
    ours = [each for each in said.values() if each.author == N]
    assert sorted((each.act, each.serial) for each in ours) == [
        ("open", 0),
        ("service", 1),
        ("test", 0),
    ]
    check_agreed(line)


def test_a_store_that_is_always_written_to_is_unreachable() -> None:
    line = Line().opened()
    advance = line.advances(S, N)[-1]
    twice = encode(Grown(msgspec.structs.replace(advance, leaves=()), NOON))
    raced(line, [twice] * TRIES)
    with pytest.raises(Unreachable, match="another process keeps writing"):
        line.handle(N, Release(line.content(N, "test")))
    line.say(N, "test")
    check_agreed(line)


def test_a_second_process_has_one_ledger_with_the_first() -> None:
    line = Line().opened()
    station = line.stations[N]
    second = Journal(station.beginning, station.store, station.signer(), open_checkpoint)
    second.handle([], line.now)
    assert second.ready
    (said,) = second.handle([Release(line.content(N, "test"))], line.now).results
    assert isinstance(said, tuple)
    line.tick()
    (result,) = line.handle(N, Release(line.content(N, "service"))).results
    if isinstance(result, Unreachable):
        (result,) = line.handle(N, Release(line.content(N, "service"))).results
    assert isinstance(result, tuple)
    assert line[N].state.own.size == 5
    line.deliver()
    assert line[S].state.vouches(N, said[0])
    check_agreed(line)


# -- links -----------------------------------------------------------------------------------------


def test_the_first_frame_on_a_link_is_where() -> None:
    line = Line(linked=False)
    journal = line[N]
    assert journal.next_frame(S, line.now) is None
    journal.link(S)
    frame = journal.next_frame(S, line.now)
    assert frame is not None
    assert isinstance(parse_frame(frame), Where)
    assert journal.next_frame(S, line.now) is None  # until we know where it stands


def test_links_are_with_other_parties() -> None:
    line = Line()
    for name in (N, "nobody"):
        with pytest.raises(Forged, match="no other party"):
            line[N].link(name)
    with pytest.raises(Forged, match="has no link"):
        line[N].stands(W, Where(W, ()))
    with pytest.raises(Forged, match="no party of this line"):
        line[N].stands(S, Where(S, (Ledger((Held(bytes(32), 0),), W),)))
    line.unlink(N, S)
    line[N].unlink(S)
    assert line[N].next_frame(S, line.now) is None


def test_an_advance_from_beyond_is_answered_with_where() -> None:
    line = Line().opened()
    line.say(N, "test")
    last = line.advances(N, S)[-1]
    fresh = Line(linked=False)
    fresh[S].link(N)
    fresh[S].next_frame(N, NOON)
    (result,) = fresh.handle(S, Arrived(last), sender=N).results
    assert result == ()
    frame = fresh[S].next_frame(N, NOON)
    assert frame is not None
    assert isinstance(parse_frame(frame), Where)
    assert fresh.handle(S, Arrived(last)).results == ((),)  # by courier: nobody to ask
    assert fresh[S].next_frame(N, NOON) is None


def test_forged_advances_are_named_and_the_others_recorded() -> None:
    line = Line().opened()
    leaf = line.release(N, "test")
    frame = line[N].next_frame(S, line.now)
    assert frame is not None
    carried = parse_frame(frame)
    assert isinstance(carried, Carried)
    good = carried.advance
    bad = Advance(good.start, bytes(32), good.note, ())
    results = line.handle(S, Arrived(bad), Arrived(good), sender=N).results
    assert isinstance(results[0], Forged)
    assert results[1] == (leaf,)


def test_a_beat_that_shows_more_is_answered_with_where() -> None:
    line = Line().opened()
    line.unlink(N, S)
    leaf = line.release(N, "test")
    line.link(N, S)
    line.deliver()
    line.unlink(N, S)
    other = line.release(N, "test")
    line.links = {(N, S), (S, N)}
    line[S].link(N)
    line[S].next_frame(N, line.now)
    line.read(N, S, line[N].beat(line.now))
    frame = line[S].next_frame(N, line.now)
    assert frame is not None
    assert isinstance(parse_frame(frame), Where)
    assert leaf != other


def test_with_one_link_down_the_third_party_passes_it_on() -> None:
    line = Line(TRIO).opened()
    line.unlink(N, W)
    leaf = line.say(N, "test")
    assert leaf not in line[W].state.messages
    line.tick(1_000)
    line.deliver()
    assert leaf in line[W].state.messages
    assert line[S].state.vouches(W, leaf)
    for party in TRIO:
        for other in TRIO:
            if (party, other) in line.links:
                line.read(party, other, line[party].beat(line.now))
    line.deliver()
    assert line[N].state.vouches(W, leaf)
    check_agreed(line)


def test_a_ledger_whose_words_nobody_shows_is_told_without_a_word_to_carry_it() -> None:
    """Or two parties could be shown two ledgers by hashes alone, and neither could convict."""
    line = lines.Line(TRIO)
    hidden = lines.make_leaf(line.accord, S, "test", {"text": ""})
    ledger = lines.sign(line.accord, S, [hidden])
    line.show(N, lines.advance_of(ledger))
    line.deliver()
    assert line[W].state.mirror(S).size == 1
    line.tick(2_000)
    line.deliver()
    assert line[W].state.mirror(S) == ledger.mirror


def test_a_second_branch_that_is_shown_to_us_is_not_taken_for_the_first() -> None:
    """Or whoever shows it would be thought to hold the first, and never be told of it."""
    line = lines.Line(TRIO, linked=False)
    one, other = (
        lines.make_leaf(line.accord, S, "test", {"text": text}, salt=salt * 16)
        for text, salt in (("one", "01"), ("other", "02"))
    )
    first, second = lines.sign(line.accord, S, [one]), lines.sign(line.accord, S, [other])
    line.show(N, lines.advance_of(first))
    line.show(W, lines.advance_of(second))
    line.link(N, W)
    line.deliver()
    line.tick(2_000)
    line.deliver()
    for party in (N, W):
        found = {branch.mirror.root for branch in line[party].state.branches[S]}
        assert found == {first.mirror.root, second.mirror.root}


def test_whoever_changes_its_keys_twice_in_a_second_record_is_believed_there_too() -> None:
    """Or who is told of it late could never follow, and the fork would convince nobody."""
    line = lines.Line(TRIO, linked=False)
    test = lines.make_leaf(line.accord, S, "test", {"text": ""}, precedence=Precedence.ROUTINE)
    rekeys = [
        lines.make_leaf(line.accord, S, "rekey", rekey_body(S, g), serial=g - 1) for g in (1, 2)
    ]
    shown = [(lines.sign(line.accord, S, [test]), test)]
    shown += [(lines.sign(line.accord, S, rekeys[:g], g), rekeys[g - 1]) for g in (1, 2)]
    line.show(N, *(lines.advance_of(branch, leaf) for branch, leaf in shown))
    assert len(line[N].state.branches[S]) == 2
    line.link(N, W)
    line.deliver()
    line.tick(2_000)
    line.deliver()
    roots = {branch.mirror.root for branch, _ in shown[::2]}
    assert {branch.mirror.root for branch in line[W].state.branches[S]} == roots


def test_two_orders_of_the_same_leaves_are_told_without_a_word_to_carry_them() -> None:
    line = lines.Line(TRIO)
    leaves = [
        lines.make_leaf(line.accord, S, "test", {"text": ""}, precedence=each)
        for each in (Precedence.FLASH, Precedence.ROUTINE)
    ]
    line.show(N, lines.advance_of(lines.sign(line.accord, S, leaves), *leaves))
    line.tick(2_000)
    line.deliver()
    line.show(W, lines.advance_of(lines.sign(line.accord, S, leaves[::-1])))
    line.tick(2_000)
    line.deliver()
    assert all(len(line[party].state.branches[S]) == 2 for party in (N, W))


def test_a_rekey_goes_with_what_is_given_back_however_late_it_stands() -> None:
    """Who has lost even its keys' turning can believe nothing that they have signed since."""
    line = lines.Line((N, S))
    line.opened()
    kept = line[N].state.own.size
    for _ in range(LEAVES_MAX + 6):
        line.say(S, "test")
    rekey = line.say(S, "rekey", rekey_body(S, 1))
    state = line[N].state
    held = Held(state.mirror(S).root_at(kept), kept)
    line[N].stands(S, Where(S, (Ledger((held,), S),)))
    frames = [line[N].next_frame(S, line.now) for _ in range(20)]
    carried = [parse_frame(frame) for frame in frames if frame is not None]
    given = next(
        each.advance
        for each in carried
        if isinstance(each, Carried) and each.advance.note.startswith(card(S).origin)
    )
    leaves = [leaf_hash(leaf) for leaf in given.leaves]
    assert len(leaves) == LEAVES_MAX + 1
    assert leaves[-1] == rekey
