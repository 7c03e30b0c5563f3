"""docs/coverage.md: what officers of real lines have, and the test here that shows each of it.

A test claims rows of coverage.toml with `@pytest.mark.covers(27, 56)`. It has to drive the CLI,
a station or a transcript. The markers are read from the syntax trees: nothing is imported.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

import msgspec

from tests.repository import ROOT, name, python, tree

TABLE: Final = ROOT / "tests" / "coverage.toml"

MAY_CLAIM: Final = ("tests/cli/", "tests/station/", "tests/test_transcripts.py")
STRICT: Final = frozenset({"Messages and vocabulary", "Language", "Proof and records"})
BRINGS: Final = frozenset({
    "acts and forms",
    "channels, clocks, people, exercises",
    "the duty officers' console",
    "the air watch",
    "no issue",
})  # fmt: skip
NEEDS: Final = MappingProxyType({"M": "must", "S": "should", "C": "could"})

OPENING = """\
# What real lines have, and where it is here

This page is made from `tests/coverage.toml` and from the markers of the tests:
`./dev docs` writes it again.
A row is claimed by a test that drives the program, a station or a transcript,
or says why it waits and what brings it.
Need: **M** must, S should, C could.
"""

Claims = Mapping[int, list[str]]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: int
    title: str
    need: str
    waits: str = ""
    brings: str = ""


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    title: str
    rows: tuple[Row, ...]


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    lacking: tuple[int, ...]
    section: tuple[Section, ...]

    def rows(self) -> tuple[Row, ...]:
        return tuple(row for section in self.section for row in section.rows)


class Marker(NamedTuple):
    """One `covers`: where it stands, and on which test; on none, or of no numbers, it is wrong."""

    where: str
    test: str | None
    rows: tuple[int, ...]


def table() -> Table:
    return msgspec.toml.decode(TABLE.read_bytes(), type=Table)


def markers(trees: Mapping[str, ast.Module]) -> list[Marker]:
    """Every `mark.covers` in these files, also one that does not decorate a test."""
    return [marker for where, module in trees.items() for marker in _markers(where, module)]


def _markers(where: str, module: ast.Module) -> Iterator[Marker]:
    decorating = set()
    for node in ast.walk(module):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Call) and _is_covers(decorator.func):
                decorating.add(decorator.func)
                test = node.name if node.name.startswith("test_") else None
                yield Marker(f"{where}:{decorator.lineno}", test, _numbers(decorator))
    for node in ast.walk(module):
        if _is_covers(node) and node not in decorating:
            yield Marker(f"{where}:{getattr(node, 'lineno', 0)}", None, ())


def _is_covers(node: ast.AST) -> bool:
    match node:
        case ast.Attribute(attr="covers", value=ast.Attribute(attr="mark") | ast.Name(id="mark")):
            return True
    return False


def _numbers(call: ast.Call) -> tuple[int, ...]:
    """Nothing, if anything but numbers stands there: what is computed cannot be read."""
    values = [each.value for each in call.args if isinstance(each, ast.Constant)]
    numbers = tuple(value for value in values if type(value) is int)
    return numbers if len(numbers) == len(call.args) and not call.keywords else ()


def claims(found: list[Marker]) -> dict[int, list[str]]:
    """For each row the tests that claim it, as `tests/cli/test_x.py::test_y`."""
    made = dict[int, list[str]]()
    for marker in found:
        for row in marker.rows if marker.test else ():
            made.setdefault(row, []).append(f"{marker.where.rpartition(':')[0]}::{marker.test}")
    return made


def faults(rows: tuple[Row, ...], found: list[Marker]) -> list[str]:
    """What is wrong with the table or the markers, each with its row or its place."""
    return [*_faults_of_markers(rows, found), *_faults_of_rows(rows, claims(found))]


def _faults_of_markers(rows: tuple[Row, ...], found: list[Marker]) -> Iterator[str]:
    known = {row.number for row in rows}
    for marker in found:
        if not marker.where.startswith(MAY_CLAIM):
            yield f"{marker.where}: only {', '.join(MAY_CLAIM)} may claim a row"
        if marker.test is None:
            yield f"{marker.where}: this marker is on no test"
        elif not marker.rows:
            yield f"{marker.where}: a marker takes the numbers of rows, and nothing else"
        yield from (f"{marker.where}: there is no row {n}" for n in marker.rows if n not in known)


def _faults_of_rows(rows: tuple[Row, ...], made: Claims) -> Iterator[str]:
    if [row.number for row in rows] != list(range(1, len(rows) + 1)):
        yield "the rows are not numbered from 1 on, each once"
    for row in rows:
        what = f"row {row.number} ({row.title})"
        if row.need not in NEEDS:
            yield f"{what}: its need is one of {', '.join(NEEDS)}"
        if bool(row.waits) != bool(row.brings):
            yield f"{what}: why it waits and what brings it stand together"
        elif row.brings and row.brings not in BRINGS:
            yield f"{what}: no such subject: {row.brings}"
        elif row.waits and row.number in made:
            yield f"{what}: claimed by {made[row.number][0]}, and explained too"
        elif not row.waits and row.number not in made:
            yield f"{what}: neither claimed by a test nor explained"


def lacking(sections: tuple[Section, ...], made: Claims) -> list[int]:
    """What must be there of messages, language and proof, and is claimed by no test."""
    return [
        row.number
        for section in sections
        if section.title in STRICT
        for row in section.rows
        if row.need == "M" and row.number not in made
    ]


def ours() -> list[Marker]:
    """The markers of this repository."""
    return markers({name(p): tree(p) for p in python() if name(p).startswith("tests/")})


def page(_old: str) -> str:
    """The page; nothing of it is written by hand."""
    whole, found = table(), ours()
    wrong = faults(whole.rows(), found)
    assert not wrong, "\n".join(wrong)
    made = claims(found)
    rows = whole.rows()
    must = [row for row in rows if row.need == "M"]
    parts = [
        OPENING,
        f"{_count(rows, made)} rows are claimed; of those that must be, {_count(must, made)}.\n",
        "Of those that must be, in the sections on messages and vocabulary, on language, "
        "and on proof and records:",
        f"Still waiting among these: {_listed(whole, made)}.\n",
    ]
    for section in whole.section:
        parts += [f"## {section.title}\n", "| # | what | need | shown by, or why it waits |"]
        parts += ["|---|---|---|---|", *(_line(row, made) for row in section.rows), ""]
    return "\n".join(parts)


def _count(rows: tuple[Row, ...] | list[Row], made: Claims) -> str:
    return f"{sum(row.number in made for row in rows)} of {len(rows)}"


def _listed(whole: Table, made: Claims) -> str:
    titles = {row.number: row.title for row in whole.rows()}
    waiting = [f"{number} ({titles[number]})" for number in lacking(whole.section, made)]
    return "; ".join(waiting) or "none"


def _line(row: Row, made: Claims) -> str:
    need = "**M**" if row.need == "M" else row.need
    return f"| {row.number} | {row.title} | {need} | {_shown(row, made)} |"


def _shown(row: Row, made: Claims) -> str:
    if row.number not in made:
        return f"*waits*: {row.waits} ({row.brings})"
    tests = [each.split("::") for each in made[row.number]]
    return ", ".join(f"[`{test}`](../{file})" for file, test in tests)
