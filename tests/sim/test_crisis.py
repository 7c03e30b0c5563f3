from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from detente.line.rules import VOCABULARY_3
from detente.sim.checks import Broken
from detente.sim.crisis import Played, crisis, parties_of, play, plays, simulate, summed

KEPT = Path(__file__).with_name("kept_seeds.txt")
SOURCE = Path(__file__).resolve().parents[2] / "src"
TRACE = "from detente.sim.crisis import play; print(*[play(seed).trace for seed in (1, 2, 3)])"


def kept() -> list[int]:
    lines = KEPT.read_text().splitlines()
    return [int(line.split()[0]) for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("seed", kept())
def test_a_crisis_that_once_broke_a_promise(seed: int) -> None:
    assert play(seed).detail == ""


@pytest.mark.parametrize("seed", [20, 40, 60])
def test_a_crisis_with_real_signatures(seed: int) -> None:
    crisis(seed, parties_of(seed), real=True)


def test_a_crisis_is_the_same_in_every_process() -> None:
    traces = set()
    for hash_seed in ("0", "1", "4242"):
        done = subprocess.run(
            [sys.executable, "-c", TRACE], check=True, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONHASHSEED": hash_seed},
        )  # fmt: skip
        traces.add(done.stdout)
    assert len(traces) == 1
    assert len(set(traces.pop().split())) == 3


def test_every_kind_of_trouble_comes_up_and_no_promise_breaks() -> None:
    report = simulate(30, 1)
    assert report.broken == ()
    assert report.crises == 30
    expected = ("cuts", "restored", "second processes", "lies", "forks", "garbage", "dropped",
                "refused", "said suspend", "said restore", "said rekey", "said agree")  # fmt: skip
    assert [kind for kind in expected if not report.count[kind]] == []


def test_every_act_of_every_vocabulary_is_said_and_the_first_is_left_for_the_second() -> None:
    """So that no rule of the table goes unplayed."""
    report = simulate(60, 1)
    acts = {*VOCABULARY_3.acts, "wave"}
    assert [act for act in sorted(acts) if not report.count[f"said {act}"]] == []
    assert report.count["amended to 2"]


def test_many_processes_play_the_same_crises_in_the_same_order() -> None:
    alone, together = list(plays(6, 1)), list(plays(6, 1, processes=2))
    assert [each.trace for each in together] == [each.trace for each in alone]
    assert [each.parties for each in alone] == [3, 4, 2, 3, 4, 2]


def test_a_report_names_what_was_broken_and_how_to_see_it_again() -> None:
    bad = Played(7, 3, "lost", "lost: north holds nothing")
    report = summed(iter((Played(6, 2), bad)))
    assert report.broken == (bad,)
    assert bad.replay == "detente simulate --crises 1 --seed 7"


def test_broken_has_the_name_of_its_promise() -> None:
    assert Broken("one root", "north").name == "one root"
    assert str(Broken("one root", "north")) == "one root: north"
