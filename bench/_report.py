"""What a benchmark found: printed, and written to its own part of docs/benchmarks.md."""

from __future__ import annotations

import dataclasses
import os
import platform
from collections.abc import Sequence
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks.md"
OPENING = """\
# Benchmarks

Each part is written by the command that heads it.
Floor and figure are interleaved in one run; the ratio binds.
A goal is an absolute figure for a quiet two-core machine.
"""


@dataclasses.dataclass(frozen=True)
class Row:
    """A figure with its bound. One that does not bind is a goal."""

    what: str
    figure: str
    bound: str
    met: bool
    binds: bool

    def text(self) -> str:
        verdict = "met" if self.met else "not met"
        verdict = verdict if self.binds else f"goal {verdict}"
        return f"| {self.what} | {self.figure} | {self.bound} | {verdict} |"


def write(name: str, rows: Sequence[Row], note: str) -> None:
    """Put these rows in place of the last ones of the same benchmark."""
    heading = f"## `./dev bench {name}`"
    part = "\n".join(
        [
            heading,
            "",
            f"Machine: {platform.machine()}, {os.cpu_count()} cores.",
            f"Python {platform.python_version()}; load {os.getloadavg()[0]:.1f} at the end.",
            "",
            "| what | figure | bound | |",
            "| --- | --- | --- | --- |",
            *(row.text() for row in rows),
            "",
            note,
        ]
    )
    _, *parts = PAGE.read_text(encoding="utf-8").split("\n## ")
    others = [f"## {each.strip()}" for each in parts if not f"## {each}".startswith(heading)]
    PAGE.write_text("\n\n".join([OPENING.strip(), *sorted([*others, part])]) + "\n")
