from __future__ import annotations

import pytest

from detente.errors import Forged
from detente.line.canonical import encode
from detente.line.frame import Beat, Held, Ledger, Where, parse_frame
from detente.line.message import Precedence
from detente.line.reader import (
    FRAMES_MAX,
    LEAF_BYTES_MAX,
    LEAVES_MAX,
    RELAY_AFTER_MS,
    Plan,
    Reader,
    where,
)
from detente.line.state import State
from detente.tlog.hash import Hash
from tests.stations import (
    FLASH,
    IMMEDIATE,
    PRIORITY,
    ROUTINE,
    TRIO,
    Line,
    rekey_body,
)

N, S, W = TRIO


class Pulled:
    """What one station tells a reader that never answers, plan by plan."""

    def __init__(self, line: Line, us: str, party: str) -> None:
        self.line, self.us, self.reader = line, us, Reader(party)
        self.reader.stands(self.state, where(line[party].state))

    @property
    def state(self) -> State:
        return self.line[self.us].state

    def next(self) -> Plan | None:
        sealed = self.line[self.us].sealed
        assert sealed is not None
        return self.reader.next_plan(self.state, sealed, {}, self.line.now)

    def all(self) -> list[Plan]:
        plans = []
        while plan := self.next():
            plans.append(plan)
        return plans

    def words(self) -> list[Hash]:
        return [leaf for plan in self.all() for leaf in plan.leaves]

    def recorded(self, leaf: Hash) -> None:
        self.reader.recorded(self.state, leaf, self.line.now)


def quiet() -> Line:
    """Everybody has opened; from here on nothing is delivered."""
    line = Line(TRIO).opened()
    for one, other in ((N, S), (N, W), (S, W)):
        line.unlink(one, other)
    return line


def many(line: Line, count: int, precedence: Precedence = ROUTINE, author: str = N) -> list[Hash]:
    return [line.release(author, "test", precedence=precedence) for _ in range(count)]


def test_a_reader_that_holds_everything_is_told_nothing() -> None:
    line = quiet()
    assert Pulled(line, N, S).all() == []


def test_most_urgent_first_and_each_in_order() -> None:
    line = quiet()
    said = {each: many(line, 2, each) for each in (ROUTINE, PRIORITY, IMMEDIATE, FLASH)}
    (plan,) = Pulled(line, N, S).all()
    assert plan.leaves == (*said[FLASH], *said[IMMEDIATE], *said[PRIORITY], *said[ROUTINE])
    sealed = line[N].sealed
    assert sealed is not None
    assert (plan.branch, plan.start) == (sealed, 4)
    assert plan.hashes == sealed.mirror.hashes(4, 12)


def test_hashes_flow_at_once_and_words_follow() -> None:
    line = quiet()
    said = many(line, 3 * LEAVES_MAX)
    first, *rest = Pulled(line, N, S).all()
    assert len(first.hashes) == 32 * len(said)
    assert [len(plan.leaves) for plan in (first, *rest)] == [LEAVES_MAX] * 3
    assert all(plan.hashes == b"" and plan.start == first.branch.mirror.size for plan in rest)


def test_a_frame_is_short() -> None:
    line = quiet()
    text = {"text": "x" * 2_000}
    for _ in range(40):
        line.release(N, "test", text)
    plans = Pulled(line, N, S).all()
    sizes = [sum(line[N].state.messages[leaf].size for leaf in plan.leaves) for plan in plans]
    assert len(plans) == 4
    assert all(size <= LEAF_BYTES_MAX for size in sizes)


def test_one_message_larger_than_a_frame_goes_alone() -> None:
    line = quiet()
    body = {"text": "\u00e9" * 16_000}  # two bytes each
    query = line.release(S, "query")
    line.link(N, S)
    line.deliver()
    line.unlink(N, S)
    answer = line.release(N, "answer", body, reply=query)
    (test,) = many(line, 1)
    assert line[N].state.messages[answer].size > LEAF_BYTES_MAX - 2_000
    assert Pulled(line, N, S).words() == [answer, test]


def test_sixteen_frames_are_on_their_way_at_most_and_flash_goes_ahead() -> None:
    line = quiet()
    line.release(N, "test")
    pulled = Pulled(line, N, S)
    pulled.all()
    backlog = []
    for _ in range(FRAMES_MAX + 4):
        leaf = line.release(N, "test")
        backlog.append(leaf)
        pulled.recorded(leaf)
        pulled.next()
    assert len(set(pulled.reader._flying.values())) == FRAMES_MAX
    assert pulled.words() == []
    flash = line.release(N, "test", precedence=FLASH)
    pulled.recorded(flash)
    plan = pulled.next()
    assert plan is not None
    assert plan.leaves == (flash,)
    pulled.reader.receipted(b"".join(backlog[:3]) + flash)
    assert pulled.words() == backlog[-5:]  # there is room again


def test_what_is_receipted_is_not_sent() -> None:
    line = quiet()
    leaf = line.release(N, "test")
    pulled = Pulled(line, N, S)
    line.link(N, S)
    line.deliver()
    pulled.reader.showed(S, line[N].state.mirror(S))
    assert pulled.words() == []
    pulled.recorded(leaf)
    assert pulled.words() == []
    pulled.reader.receipted(leaf)


def test_what_is_not_sealed_waits() -> None:
    line = quiet()
    line.stations[N].signer_away = True
    leaf = line.release(N, "test")
    pulled = Pulled(line, N, S)
    assert pulled.all() == []
    line.stations[N].signer_away = False
    line.tick()
    assert pulled.words() == [leaf]


def test_words_of_others_wait_a_second_for_their_author() -> None:
    line = quiet()
    pulled = Pulled(line, N, S)
    assert pulled.all() == []
    word = line.release(W, "test")
    line.link(N, W)
    line.deliver()
    pulled.recorded(word)
    (ours,) = pulled.all()  # our own ledger has it: the reader sees that there is such a leaf
    assert (ours.branch, ours.leaves) == (line[N].sealed, ())
    line.now += RELAY_AFTER_MS - 1
    assert pulled.all() == []
    line.now += 1
    (relayed,) = pulled.all()
    assert (relayed.leaves, relayed.branch) == ((word,), line[N].state.branches[W][0])


def test_a_reader_that_joins_is_told_of_everybody_at_once() -> None:
    line = quiet()
    word = line.release(W, "test")
    line.link(N, W)
    line.deliver()
    assert Pulled(line, N, S).words() == [word]


def test_words_of_others_stay_behind_the_window() -> None:
    line = quiet()
    words = [line.release(W, "service", {"text": "x" * 2_000}) for _ in range(FRAMES_MAX * 16)]
    line.link(N, W)
    line.deliver()
    pulled = Pulled(line, N, S)
    sent = pulled.words()
    assert 0 < len(sent) < len(words)
    pulled.reader.receipted(b"".join(sent))
    line.now += 1
    assert [*sent, *pulled.words()] == words


def test_what_a_reader_has_lost_is_given_back() -> None:
    line = quiet()
    told = where(line[S].state)
    said = many(line, 3, author=S)
    line.link(N, S)
    line.deliver()
    pulled = Pulled(line, N, S)
    pulled.reader.stands(pulled.state, told)
    hashes, plan = pulled.all()
    assert (hashes.branch, hashes.leaves) == (line[N].sealed, ())
    assert plan.branch == line[N].state.branches[S][0]
    assert (plan.start, plan.leaves) == (4, tuple(said))


def test_much_is_given_back_frame_by_frame() -> None:
    line = quiet()
    told = where(line[S].state)
    said = many(line, LEAVES_MAX + 1, author=S)
    line.link(N, S)
    line.deliver()
    pulled = Pulled(line, N, S)
    pulled.reader.stands(pulled.state, told)
    assert pulled.words() == said[:LEAVES_MAX]  # it asks for the rest, from where it then stands


def test_a_reader_that_has_lost_everything_is_given_everything() -> None:
    line = quiet()
    pulled = Pulled(line, N, S)
    pulled.reader.stands(pulled.state, Where(S, ()))
    plans = pulled.all()
    assert [plan.start for plan in plans] == [0, 0, 0]
    assert [plan.branch.mirror.leaf(0) for plan in plans] == [line[N].state.line] * 3
    held = Ledger((Held(bytes(32), 2), Held(bytes(32), 2**40)), S)
    pulled.reader.stands(pulled.state, Where(S, (held,)))
    assert [plan.start for plan in pulled.all()] == [0, 0, 0]  # of roots we never saw, nothing


def test_every_branch_of_a_forked_ledger_is_told() -> None:
    line = quiet()
    before = line.stations[W].backup()
    one = line.release(W, "test", {"text": "one"})
    line.link(N, W)
    line.deliver()
    line.unlink(N, W)
    twin = line.stations[W]
    twin.store, twin.log.kept = before, twin.log.kept[:-1]
    line.restart(W)
    other = line.release(W, "test", {"text": "other"})
    line.link(N, W)
    line.deliver()
    assert len(line[N].state.branches[W]) == 2
    pulled = Pulled(line, N, S)
    plans = [plan for plan in pulled.all() if plan.branch in line[N].state.branches[W]]
    assert [plan.branch for plan in plans] == list(line[N].state.branches[W])
    assert {leaf for plan in plans for leaf in plan.leaves} == {one, other}


def test_where_names_every_branch() -> None:
    line = quiet()
    told = where(line[N].state)
    assert told.by == N
    assert [ledger.party for ledger in told.held] == list(TRIO)
    own = line[N].state.own
    assert told.held[0].branches == (Held(own.root, own.size),)
    assert parse_frame(encode(told)) == told


# -- beats -----------------------------------------------------------------------------------------


def beat_of(line: Line, party: str) -> Beat:
    beat = parse_frame(line[party].beat(line.now))
    assert isinstance(beat, Beat)
    return beat


def test_a_beat_of_what_we_hold_is_no_news() -> None:
    line = quiet()
    beat = beat_of(line, S)
    assert (beat.by, beat.time, len(beat.checkpoints)) == (S, line.now, 3)
    assert not Reader(S).beats(line[N].state, beat)


def test_a_beat_of_more_than_we_hold_is_news() -> None:
    line = quiet()
    line.release(S, "test")
    pulled = Pulled(line, N, S)
    assert pulled.reader.beats(pulled.state, beat_of(line, S))


def test_a_beat_tells_how_much_its_sender_has() -> None:
    line = quiet()
    line.release(N, "test")
    line.link(N, S)
    line.deliver()
    pulled = Pulled(line, N, S)
    pulled.reader.stands(pulled.state, Where(S, ()))
    assert not pulled.reader.beats(pulled.state, beat_of(line, S))
    assert pulled.all() == []


def test_a_beat_of_no_party_of_ours_is_forged() -> None:
    line, other = quiet(), Line((N, "eastland"))
    with pytest.raises(Forged):
        Reader(S).beats(line[N].state, beat_of(other, N))


def test_a_reader_shows_what_it_has_by_sending_it() -> None:
    line = quiet()
    pulled = Pulled(line, N, S)
    pulled.reader.stands(pulled.state, Where(S, ()))
    for party in TRIO:
        mirror = line[N].state.own if party == N else line[N].state.mirror(party)
        pulled.reader.showed(party, mirror.truncate(2))
        pulled.reader.showed(party, mirror)
        pulled.reader.showed(party, mirror.truncate(1))
    assert pulled.all() == []


# -- keys ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("before", [3, LEAVES_MAX + 10])
def test_a_rekey_is_heard_behind_any_backlog(before: int) -> None:
    """Without it the checkpoint over it is not believed, nor is it recorded before those before."""
    line = quiet()
    many(line, before, FLASH)
    rekey = line.release(N, "rekey", rekey_body(N, 1))
    last = line.release(N, "test")
    line.link(N, S)
    line.deliver()
    assert line[S].state.vouches(N, rekey)
    assert {rekey, last} <= set(dict(line[S].state.messages))
    assert line.errors == []
