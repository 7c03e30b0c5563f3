"""Fifty crises that nobody has played before. What fails here belongs into kept_seeds.txt."""

from __future__ import annotations

import os
import random

import pytest

from detente.sim.crisis import simulate

CRISES = 50
SEED_BOUND = 10**9


def test_fresh_crises(capsys: pytest.CaptureFixture[str]) -> None:
    chosen = os.environ.get("DETENTE_SEED")
    seed = int(chosen) if chosen else random.SystemRandom().randrange(SEED_BOUND)
    with capsys.disabled():
        print(f"\n{CRISES} fresh crises from seed {seed}; again: DETENTE_SEED={seed}")
    report = simulate(CRISES, seed)
    assert [(each.detail, each.replay) for each in report.broken] == []
