from __future__ import annotations

from itertools import islice
from pathlib import Path

import msgspec

from detente.cli.answers import SimulateAnswer
from detente.cli.rehearsing import played
from detente.sim.crisis import parties_of
from tests.cli.typed import answer, detente


def test_crises_are_played_and_counted(tmp_path: Path) -> None:
    found = answer("simulate", "--crises", "2", "--seed", "1", folder=tmp_path, passphrase=None)
    assert (found["crises"], found["seed"], found["broken"], found["failures"]) == (2, 1, 0, [])
    assert found["counts"]["frames"] > 0


def test_a_person_is_told_the_seed_and_a_program_the_last_line(tmp_path: Path) -> None:
    typed = detente("simulate", "--crises", "1", folder=tmp_path, passphrase=None)
    found = msgspec.json.decode(typed.out.splitlines()[-1], type=SimulateAnswer)
    assert typed.err == f"crises 1, seed {found.seed}\n"
    assert "every promise was kept" in typed.out


def test_only_crises_of_so_many_parties() -> None:
    found = list(islice(played(2, 1, 3, 1), 2))
    assert [each.parties for each in found] == [3, 3]
    assert [parties_of(each.seed) for each in found] == [3, 3]
