"""Fifty crises that nobody has played before. What fails here belongs into kept_seeds.txt."""

from __future__ import annotations

import os

from detente.sim.crisis import simulate

CRISES = 50


def test_fresh_crises() -> None:
    report = simulate(CRISES, int(os.environ["DETENTE_SEED"]))
    assert [(each.detail, each.replay) for each in report.broken] == []
