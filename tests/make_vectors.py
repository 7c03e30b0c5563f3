"""Writes `vectors/`: one case a file, so that other implementations can read them.

    python -m tests.make_vectors          adds the cases that have no file yet
    python -m tests.make_vectors --new    writes every file again

ML-DSA-44 signatures differ each time they are made, so a file that exists is kept as it is: a
vector that changes when nothing else did would be no vector.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.tlog import cases_checkpoint, cases_note, cases_policy, cases_proof
from tests.tlog.cases import Case

VECTORS = Path(__file__).resolve().parents[1] / "vectors"


def cases() -> Iterator[tuple[str, Case]]:
    """(folder and name, content) of every vector that is made here."""
    for module in (cases_note, cases_checkpoint, cases_policy, cases_proof):
        yield from module.cases()


def write(case: Case) -> str:
    return json.dumps(case, indent=1, ensure_ascii=False) + "\n"


def save(made: Iterable[tuple[str, Case]], *, new: bool) -> None:
    for name, case in made:
        path = VECTORS / f"{name}.json"
        if new or not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(write(case), encoding="utf-8")
            print(path.relative_to(VECTORS))


if __name__ == "__main__":
    from tests import make_vectors_line  # which needs this module

    save((*cases(), *make_vectors_line.cases()), new="--new" in sys.argv[1:])
