from __future__ import annotations

import pytest

from detente.audit import Code, audit, export, parse_export
from detente.errors import Refused, Unreachable
from detente.journal import Journal
from detente.line.canonical import encode
from detente.line.decide import Release
from detente.line.entry import Own
from detente.line.frame import Where
from detente.tlog.checkpoint import open_checkpoint
from tests.fakes import PowerCut
from tests.stations import FLASH, NOON, TRIO, FullDisk, Line, Station, check_agreed, rekey_body

N, S, W = TRIO


def test_while_the_signer_is_away_nothing_is_said_and_only_mirrors_grow() -> None:
    line = Line().opened()
    station = line.stations[S]
    station.signer_away = True
    line.restart(S)
    assert isinstance(line[S].trouble, Unreachable)
    assert not line[S].ready
    leaf = line.say(N, "test")
    with pytest.raises(Unreachable, match="the draft is kept"):
        line.release(S, "test")
    state = line[S].state
    assert (state.own.size, state.mirror(N).size, list(state.outstanding)) == (3, 4, [leaf])
    station.signer_away = False
    line.tick()
    line.deliver()
    assert line[S].trouble is None
    assert line[N].state.vouches(S, leaf)
    check_agreed(line)


def test_what_is_committed_and_not_sealed_is_not_told() -> None:
    line = Line().opened()
    line.stations[N].signer_away = True
    leaf = line.release(N, "test")
    assert line[N].state.own.size == 4
    assert not line[N].ready
    frames = len(line.frames)
    line.deliver()
    assert len(line.frames) == frames
    with pytest.raises(Unreachable):
        line.release(N, "test")
    line.stations[N].signer_away = False
    line.tick()
    line.deliver()
    assert line[N].state.vouches(S, leaf)
    check_agreed(line)


def test_a_signer_that_is_away_at_the_very_start() -> None:
    terms = Line(linked=False).terms
    station = Station(N, terms)
    station.signer_away = True
    station.journal.handle([], NOON)
    assert station.state.own.size == 0
    assert not station.journal.ready
    station.journal.link(S)
    assert station.journal.next_frame(S, NOON) is not None  # where we stand: nowhere
    station.journal.stands(S, Where(S, ()))
    assert station.journal.next_frame(S, NOON) is None
    assert (
        station.journal.beat(NOON)
        == b'{"by":"northland","checkpoints":[],"frame":"beat","time":%d}' % NOON
    )
    station.signer_away = False
    station.journal.handle([], NOON)
    assert station.state.own.size == 1


def test_a_rekey_waits_for_a_reader_whose_signer_is_away() -> None:
    line = Line().opened()
    line.stations[S].signer_away = True
    line.restart(S)
    for _ in range(3):
        line.release(N, "service", {"text": "x" * 2_000}, precedence=FLASH)
    rekey = line.release(N, "rekey", rekey_body(N, 1))
    backlog = [line.release(N, "service", {"text": "x" * 2_000}) for _ in range(60)]
    line.deliver()  # which ends
    assert not line[S].state.vouches(N, rekey)
    line.stations[S].signer_away = False
    line.tick()
    line.deliver()
    assert all(line[N].state.vouches(S, leaf) for leaf in (rekey, *backlog))
    check_agreed(line)


def test_a_power_cut_while_sealing_loses_nothing() -> None:
    line = Line().opened()
    line.stations[N].log.cut(keeps=0)
    with pytest.raises(PowerCut):
        line.release(N, "test")
    line.restart(N)
    assert line[N].ready
    assert line[N].state.own.size == 4
    line.deliver()
    check_agreed(line)


def test_a_restored_backup_asks_its_signer_first() -> None:
    line = Line().opened()
    backup = line.stations[N].backup()
    leaves = [line.say(N, "test") for _ in range(5)]
    sizes = list(line.stations[N].sealed)
    line.stations[N].store = backup
    line.restart(N)
    assert [leaf for leaf in leaves if leaf in line[N].state.messages] == leaves
    assert line[N].ready
    assert line.stations[N].sealed[len(sizes) :] == [8, 8]  # what is given back is signed as it is
    line.say(N, "test")
    check_agreed(line)


def test_a_lost_database_comes_back_from_the_others_where_the_signer_cannot_read_it() -> None:
    line = Line().opened()
    leaves = [line.say(party, "test") for party in (N, S, N, S)]
    station = line.stations[N]
    for index in range(len(station.log.kept)):
        station.log.damage(index)
    station.store = FullDisk()
    line.restart(N)
    assert line[N].state.recovering
    assert [leaf for leaf in leaves if leaf in line[N].state.messages] == []
    line.deliver()
    assert all(leaf in line[N].state.messages for leaf in leaves)
    assert line[N].ready
    line.say(N, "test")
    check_agreed(line)


def test_much_that_was_lost_comes_back_frame_by_frame() -> None:
    line = Line().opened()
    for _ in range(150):
        line.release(N, "test")
    line.deliver()
    station = line.stations[N]
    for index in range(len(station.log.kept)):
        station.log.damage(index)
    station.store = FullDisk()
    line.restart(N)
    line.deliver()
    assert line[N].state.own.size == 153
    check_agreed(line)


def test_a_lost_signer_closes_the_ledger() -> None:
    line = Line().opened()
    station = line.stations[N]
    station.log.kept.clear()
    station.store = FullDisk()
    line.restart(N)
    line.deliver()
    assert line[N].trouble is not None or line[N].state.recovering
    with pytest.raises((Unreachable, Refused)):
        line.release(N, "test")
    assert line[S].state.branches[N][0].mirror.size == 3


def test_a_signer_behind_what_it_signed_is_refused() -> None:
    """Database and signer are both of yesterday; the others hold what was signed today."""
    line = Line().opened()
    station = line.stations[N]
    backup, kept = station.backup(), list(station.log.kept)
    lost = line.say(N, "test")
    station.store, station.log.kept = backup, kept
    line.restart(N)
    assert line[N].ready
    line.deliver()
    assert line[N].state.vouches(N, lost)
    line.tick()
    assert isinstance(line[N].trouble, Refused)
    assert "it has been lost or replaced by an older one" in str(line[N].trouble)
    with pytest.raises(Unreachable):
        line.release(N, "test")


def test_a_signer_that_holds_another_ledger_is_a_persons_decision() -> None:
    line = Line().opened()
    station = line.stations[N]
    before = station.backup()
    line.release(N, "test", {"text": "one"})
    station.store = before
    foreign = Line().opened()
    other = foreign.release(N, "test", {"text": "other"})
    before.append(before.length(), [encode(Own(foreign[N].leaf(other), NOON))])
    line.restart(N)
    assert isinstance(line[N].trouble, Refused)
    assert "the signer holds another ledger than ours up to 4" in str(line[N].trouble)
    assert not line[N].ready


def test_an_unsealed_tail_that_the_signer_knows_otherwise_is_a_persons_decision() -> None:
    line = Line().opened()
    station = line.stations[N]
    before = station.backup()
    line.release(N, "test", {"text": "one"})
    line.release(N, "test", {"text": "two"})
    foreign = Line().opened()
    other = foreign.release(N, "test", {"text": "other"})
    before.append(before.length(), [encode(Own(foreign[N].leaf(other), NOON))])
    station.store = before
    line.restart(N)
    assert line[N].trouble is not None
    assert not line[N].ready


def test_what_a_second_process_said_before_we_first_asked_our_signer() -> None:
    line = Line().opened()
    station = line.stations[N]
    late = Journal(station.beginning, station.store, station.signer(), open_checkpoint)
    late.link(S)  # which has not said yet where it stands
    leaf = line.say(N, "test")
    assert leaf not in late.state.messages
    late.handle([], line.now)
    assert leaf in late.state.messages
    assert late.ready
    (said,) = late.handle([Release(line.content(N, "test"))], line.now).results
    assert isinstance(said, tuple)


def test_a_reader_that_was_away_for_three_rekeys_is_led_from_keys_to_keys() -> None:
    """And so is one that hears of them from a third party."""
    line = Line(TRIO).opened()
    for party in TRIO:
        if party != N:
            line.unlink(N, party)
    away = [party for party in TRIO if party != N]
    for generation in range(1, 4):
        line.release(N, "rekey", rekey_body(N, generation))
        line.release(N, "test", {"text": str(generation)}, precedence=FLASH)
    line.link(N, away[0])
    line.deliver()
    line.tick(2_000)
    line.deliver()
    for party in away:
        assert len(line[party].state.generations(N)) == 4
        assert [b.mirror.size for b in line[party].milestones(N)] == [
            b.mirror.size for b in line[N].milestones(N)
        ]
    assert len(line[N].milestones(N)) == 2
    check_agreed(line)


def test_an_export_after_two_rekeys_shows_who_promised_what() -> None:
    line = Line().opened()
    for generation in (1, 2):
        line.say(N, "rekey", rekey_body(N, generation))
    for party in (N, S):
        journal = line[party]
        assert journal.sealed is not None
        former = [branch.note for branch in journal.milestones(N)]
        shown = export(journal.state, journal.sealed, journal.leaf, former)
        assert audit(parse_export(shown)).findings == ()
        blind = export(journal.state, journal.sealed, journal.leaf, ())
        assert [finding.code for finding in audit(parse_export(blind)).findings] == [Code.KEYS]
