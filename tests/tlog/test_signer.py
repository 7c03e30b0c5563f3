from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Refused
from detente.tlog import signer as bounds
from detente.tlog.advance import extend
from detente.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from detente.tlog.hash import EMPTY_ROOT, Hash, leaf_hash
from detente.tlog.keys import PrivateKeys
from detente.tlog.mirror import Mirror
from detente.tlog.signer import MAX_LEAF_BYTES, MAX_TIME_MS, Behind, Signer
from tests.fakes import MemoryLog, PowerCut
from tests.tlog import naive

ORIGIN = "example.org/line/1"
NOON = 1_770_000_000_000
SAID = [b"leaf %d" % i for i in range(12)]
REKEY = b"rekey "


def turns(leaf: bytes) -> bool:
    return leaf.startswith(REKEY)


def root_of(leaves: Sequence[bytes]) -> Hash:
    return Hash(naive.root([leaf_hash(leaf) for leaf in leaves]))


class Station:
    """A signer, its memory, and every signature that it ever gave."""

    def __init__(self) -> None:
        self.log = MemoryLog()
        self.signed: list[tuple[int, Checkpoint, int]] = []
        self.power = True
        self.start()

    def start(self) -> None:
        self.power = True
        self.signer = Signer(ORIGIN, self.log, self._sign, turns)

    def _sign(self, generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        if not self.power:
            raise PowerCut
        # Whatever is signed is durable first.
        assert checkpoint.size == len(self.log.kept)
        assert checkpoint.root == root_of([leaf.data for _, leaf in self.log.kept])
        assert time_s == self.log.last_time() // 1000
        assert generation == self.log.generation()
        self.signed.append((generation, checkpoint, time_s))
        return f"signature {len(self.signed)}"


def sealed(leaves: Sequence[bytes]) -> Station:
    station = Station()
    station.signer.seal(0, leaves, NOON)
    return station


def test_it_signs_all_that_it_holds() -> None:
    station = Station()
    assert (station.signer.size, station.signer.root) == (0, EMPTY_ROOT)
    assert station.signer.seal(0, SAID[:2], NOON) == "signature 1"
    assert station.signer.seal(2, SAID[2:5], NOON + 1_000) == "signature 2"
    assert station.signed == [
        (0, Checkpoint(ORIGIN, 2, root_of(SAID[:2])), NOON // 1000),
        (0, Checkpoint(ORIGIN, 5, root_of(SAID[:5])), NOON // 1000 + 1),
    ]
    assert (station.signer.size, station.signer.root) == (5, root_of(SAID[:5]))
    times = [time for time, _ in station.log.kept]
    assert times == [NOON, NOON, NOON + 1_000, NOON + 1_000, NOON + 1_000]


def test_it_may_be_handed_again_what_it_holds() -> None:
    station = sealed(SAID[:5])
    station.signer.seal(0, SAID[:5], NOON)
    station.signer.seal(3, SAID[3:7], NOON)
    assert [checkpoint.size for _, checkpoint, _ in station.signed] == [5, 5, 7]
    assert [leaf.data for _, leaf in station.log.kept] == SAID[:7]


def test_the_first_question_after_a_start_costs_no_leaf() -> None:
    station = sealed(SAID)
    station.start()
    station.signer.seal(len(SAID), (), NOON)
    assert station.log.reads == []
    assert station.signed[-1][1] == Checkpoint(ORIGIN, len(SAID), root_of(SAID))


def test_an_empty_ledger_is_signed_as_one() -> None:
    station = sealed([])
    assert station.signed == [(0, Checkpoint(ORIGIN, 0, EMPTY_ROOT), NOON // 1000)]


@pytest.mark.parametrize("start", [-1, 6, 1 << 70])
def test_a_gap_is_refused(start: int) -> None:
    station = sealed(SAID[:5])
    with pytest.raises(Refused, match="gap"):
        station.signer.seal(start, SAID[6:7], NOON)
    with pytest.raises(Refused, match="gap"):
        station.signer.rest(start, NOON)
    assert len(station.signed) == 1
    assert station.signer.size == 5


@pytest.mark.parametrize("at", range(5))
def test_another_ledger_is_refused_wherever_it_differs(at: int) -> None:
    station = sealed(SAID[:5])
    other = [*SAID[:at], b"another leaf", *SAID[at + 1 : 8]]
    with pytest.raises(Refused, match=f"another ledger: leaf {at} "):
        station.signer.seal(0, other, NOON)
    with pytest.raises(Refused, match="another ledger"):
        station.signer.seal(at, other[at : at + 1], NOON)
    assert len(station.signed) == 1
    assert station.signer.root == root_of(SAID[:5])


def test_a_signer_that_forgot_what_its_keys_have_signed_signs_no_more() -> None:
    lost = sealed(SAID[:3])
    with pytest.raises(Refused, match="signed 5 leaves, but the signer holds 3") as caught:
        lost.signer.seal(0, SAID[:5], NOON, signed=5)
    assert "successor line" in caught.value.mend
    assert lost.signer.size == 3
    assert len(lost.signed) == 1
    lost.signer.seal(3, SAID[3:4], NOON, signed=3)
    assert lost.signer.size == 4


def test_a_leaf_is_bounded() -> None:
    station = Station()
    with pytest.raises(Refused, match="leaf 1 has 65536 bytes"):
        station.signer.seal(0, [b"", bytes(MAX_LEAF_BYTES + 1)], NOON)
    assert station.log.kept == []
    station.signer.seal(0, [b"", bytes(MAX_LEAF_BYTES)], NOON)
    assert station.signer.size == 2


# Behind: the station has forgotten some of its own ledger.


@pytest.mark.parametrize("held", [0, 1, 4, 7])
def test_a_restored_station_gets_the_rest(held: int) -> None:
    station = sealed(SAID[:8])
    with pytest.raises(Behind, match=f"{8 - held} leaves from {held} on") as caught:
        station.signer.seal(0, SAID[:held], NOON)
    advance = caught.value.advance
    assert advance.leaves == tuple(SAID[held:8])
    assert advance.note == "signature 2"
    known = Mirror().extend(b"".join(map(leaf_hash, SAID[:held])))
    checkpoint = station.signed[-1][1]
    grown = extend([known], advance.start, advance.hashes, checkpoint)
    assert grown.root == station.signer.root
    with pytest.raises(Behind):
        station.signer.seal(held, (), NOON)


def test_a_station_behind_with_another_ledger_is_refused_not_told() -> None:
    station = sealed(SAID[:8])
    with pytest.raises(Refused, match="another ledger"):
        station.signer.seal(0, [*SAID[:3], b"another leaf"], NOON)


@pytest.mark.parametrize("data", [None, b"", b"leaf 4"])
def test_the_rest_has_every_leaf_that_is_not_damaged(data: bytes | None) -> None:
    station = sealed(SAID[:8])
    station.log.damage(5, data)
    advance = station.signer.rest(2, NOON)
    assert advance.leaves == (*SAID[2:5], *SAID[6:8])
    assert advance.hashes == b"".join(map(leaf_hash, SAID[2:8]))
    assert station.signer.rest(5, NOON).leaves == tuple(SAID[6:8])
    assert station.signer.rest(6, NOON).leaves == tuple(SAID[6:8])
    # A damaged leaf is none that was not said: the ledger goes on over its hash.
    station.start()
    station.signer.seal(8, SAID[8:9], NOON)
    assert station.signer.root == root_of(SAID[:9])


def test_the_rest_is_bounded_and_is_asked_for_again() -> None:
    leaves = [bytes([i]) + bytes(MAX_LEAF_BYTES - 1) for i in range(140)]
    station = sealed(leaves)
    held: list[bytes] = []
    answers = 0
    while len(held) < len(leaves):
        advance = station.signer.rest(len(held), NOON)
        assert 0 < sum(map(len, advance.leaves)) <= bounds.MAX_REST_BYTES
        held += advance.leaves
        answers += 1
    assert held == leaves
    assert answers == 2


# Power: it is cut between any two steps.


def test_power_cut_between_keeping_and_signing() -> None:
    station = sealed(SAID[:3])
    station.power = False
    with pytest.raises(PowerCut):
        station.signer.seal(3, SAID[3:6], NOON)
    station.start()
    assert station.signer.size == 6
    with pytest.raises(Refused, match="another ledger"):
        station.signer.seal(3, [b"said otherwise after the power cut"], NOON)
    station.signer.seal(3, SAID[3:6], NOON)
    assert [checkpoint.size for _, checkpoint, _ in station.signed] == [3, 6]


@pytest.mark.parametrize("restart", [True, False], ids=["power cut", "disk full"])
@pytest.mark.parametrize("keeps", range(4))
def test_an_append_cut_short_is_taken_up_where_it_ended(keeps: int, *, restart: bool) -> None:
    station = sealed(SAID[:3])
    leaves = [SAID[3], REKEY + b"1", SAID[5]]
    station.log.cut(keeps)
    with pytest.raises(PowerCut):
        station.signer.seal(3, leaves, NOON + 5_000)
    if restart:
        station.start()
    assert station.signer.size == 3 + keeps
    station.signer.seal(3, leaves, NOON)
    assert [leaf.data for _, leaf in station.log.kept] == [*SAID[:3], *leaves]
    kept_s = NOON // 1000 + (5 if keeps else 0)
    assert station.signed[-1] == (1, Checkpoint(ORIGIN, 6, root_of([*SAID[:3], *leaves])), kept_s)


def test_power_cut_before_the_time_is_kept() -> None:
    station = sealed(SAID[:3])
    station.log.cut(0)
    with pytest.raises(PowerCut):
        station.signer.seal(3, (), NOON + 5_000)
    assert len(station.signed) == 1
    station.signer.seal(3, (), NOON + 6_000)
    assert station.signed[-1][2] == NOON // 1000 + 6


# Time: never zero, never back.


def test_a_clock_that_jumps_back_is_not_followed() -> None:
    station = sealed(SAID[:1])
    station.signer.seal(1, SAID[1:2], NOON - 3_600_000)
    station.start()
    station.signer.seal(2, SAID[2:3], 0)
    station.signer.rest(0, -1)
    station.signer.seal(3, (), NOON + 999)
    station.signer.seal(3, (), NOON + 1_000)
    noon = NOON // 1000
    assert [time_s for *_, time_s in station.signed] == [noon, noon, noon, noon, noon, noon + 1]


def test_a_time_that_is_kept_already_is_not_kept_again() -> None:
    station = sealed(SAID[:1])
    station.signer.rest(0, NOON)
    station.signer.seal(1, (), NOON - 1)
    assert station.log.times == [NOON]
    station.signer.seal(1, (), NOON + 1)
    assert station.log.times == [NOON, NOON + 1]


@pytest.mark.parametrize("now", [0, -5, 999])
def test_a_clock_without_a_time_signs_one_that_is_not_zero(now: int) -> None:
    station = Station()
    station.signer.seal(0, SAID[:1], now)
    assert station.signed[0][2] == 1


def test_a_clock_run_wild_stays_an_integer_to_every_reader() -> None:
    station = Station()
    station.signer.seal(0, SAID[:1], 10**30)
    station.signer.seal(1, SAID[1:2], NOON)
    assert [time_s for *_, time_s in station.signed] == [MAX_TIME_MS // 1000] * 2


# Generations: the first checkpoint over a rekey is signed by the new keys.


def test_a_turning_leaf_is_signed_by_the_keys_it_turns_to() -> None:
    station = sealed(SAID[:2])
    station.signer.seal(2, [REKEY + b"1"], NOON)
    station.signer.seal(3, SAID[3:4], NOON)
    station.signer.seal(4, [SAID[4], REKEY + b"2", SAID[6], REKEY + b"3"], NOON)
    assert [generation for generation, *_ in station.signed] == [0, 1, 1, 3]


def test_the_generation_outlives_the_leaf_that_turned_to_it() -> None:
    station = sealed([SAID[0], REKEY + b"1", SAID[2]])
    station.log.damage(1)
    station.start()
    station.signer.seal(3, SAID[3:4], NOON)
    station.signer.rest(2, NOON)
    assert [generation for generation, *_ in station.signed] == [1, 1, 1]
    station.signer.seal(0, [SAID[0], REKEY + b"1", SAID[2], SAID[3]], NOON)
    assert station.signed[-1][0] == 1


def test_keys_that_are_away_lose_nothing() -> None:
    """The next keys are still locked when the leaf that turns to them is sealed."""
    station = sealed(SAID[:2])
    station.power = False
    with pytest.raises(PowerCut):
        station.signer.seal(2, [REKEY + b"1"], NOON)
    station.power = True
    station.signer.seal(2, [REKEY + b"1"], NOON)
    assert [(g, c.size) for g, c, _ in station.signed] == [(0, 2), (1, 3)]


def test_with_real_keys_each_checkpoint_opens_under_its_own_generation() -> None:
    keys = [PrivateKeys(bytes([i]) * 32, bytes([i + 100]) * 32) for i in range(2)]
    signer = Signer(ORIGIN, MemoryLog(), lambda g, c, t: sign_checkpoint(keys[g], c, t), turns)
    first = open_checkpoint(signer.seal(0, SAID[:2], NOON), ORIGIN, keys[0].public)
    assert (first.checkpoint.size, first.time_s) == (2, NOON // 1000)
    note = signer.seal(2, [REKEY + b"1"], 0)
    second = open_checkpoint(note, ORIGIN, keys[1].public)
    assert second.checkpoint == Checkpoint(ORIGIN, 3, root_of([*SAID[:2], REKEY + b"1"]))
    assert second.time_s == NOON // 1000


@given(st.data())
def test_whatever_happens_there_is_one_root_for_each_size(data: st.DataObject) -> None:
    """Stations that lose leaves and say other things, power cuts, restarts, clocks that jump."""
    station = Station()
    ledger: list[bytes] = []
    for step in range(data.draw(st.integers(1, 15), "steps")):
        said = data.draw(st.lists(st.sampled_from([b"say ", REKEY]), max_size=3), "said")
        forgotten = data.draw(st.integers(0, 3), "forgotten")
        ledger = ledger[: max(0, len(ledger) - forgotten)]
        ledger += [word + b"%d.%d" % (step, i) for i, word in enumerate(said)]
        start = data.draw(st.integers(0, len(ledger)), "start")
        now = NOON + data.draw(st.integers(-10_000, 10_000), "clock")
        match data.draw(st.sampled_from(["", "", "append", "sign", "restart"]), "fault"):
            case "append":
                station.log.cut(data.draw(st.integers(0, 3), "keeps"))
            case "sign":
                station.power = False
            case "restart":
                station.start()
        try:
            station.signer.seal(start, ledger[start:], now)
        except Behind as behind:
            ledger = ledger[: behind.advance.start] + list(behind.advance.leaves)
        except Refused:
            ledger = [leaf.data for _, leaf in station.log.kept]
        except PowerCut:
            station.start()
    roots = {checkpoint.size: checkpoint.root for _, checkpoint, _ in station.signed}
    assert all(roots[checkpoint.size] == checkpoint.root for _, checkpoint, _ in station.signed)
    final = [leaf.data for _, leaf in station.log.kept]
    assert all(root == root_of(final[:size]) for size, root in roots.items())
    for (g1, c1, t1), (g2, c2, t2) in zip(station.signed, station.signed[1:], strict=False):
        assert g1 <= g2
        assert c1.size <= c2.size
        assert t1 <= t2
    assert all(g == sum(map(turns, final[: c.size])) for g, c, _ in station.signed)
