"""Writes the vectors of the line into `vectors/`, as `tests.make_vectors` does those of logs.

python -m tests.make_vectors_line          adds the cases that have no file yet
python -m tests.make_vectors_line --new    writes every file again
"""

from __future__ import annotations

import sys
from collections.abc import Iterator

from tests.audit import cases_export
from tests.line import (
    cases_accord,
    cases_advance,
    cases_message,
    cases_slots,
    cases_vocabulary,
    cases_vocabulary_2,
    cases_vocabulary_3,
)
from tests.make_vectors import save
from tests.tlog.cases import Case


def cases() -> Iterator[tuple[str, Case]]:
    """(folder and name, content) of every vector that is made here."""
    for module in (
        cases_message, cases_accord, cases_advance, cases_export, cases_vocabulary,
        cases_vocabulary_2, cases_vocabulary_3, cases_slots,
    ):  # fmt: skip
        yield from module.cases()


if __name__ == "__main__":
    save(cases(), new="--new" in sys.argv[1:])
