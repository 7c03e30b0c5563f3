from __future__ import annotations

import ast

import msgspec
import pytest

from tests import coverage
from tests.coverage import Row, Section, claims, faults, lacking, markers

PLACE = "tests/cli/test_x.py"
WAITS = {"waits": "nobody has built it", "brings": "the air watch"}

SHOWN = Row(number=1, title="Shown", need="M")
WAITING = Row(number=2, title="Waiting", need="S", **WAITS)
TEST = "@pytest.mark.covers(1)\ndef test_it(): ..."


def wrong(text: str, *rows: Row, place: str = PLACE) -> list[str]:
    return faults(rows, markers({place: ast.parse(text)}))


def test_every_row_of_ours_is_claimed_or_explained() -> None:
    assert faults(coverage.table().rows(), coverage.ours()) == []
    assert len(coverage.table().rows()) == 97


def test_what_must_be_there_and_is_not_is_written_down() -> None:
    """The list in coverage.toml changes on purpose, or not at all."""
    table = coverage.table()
    assert list(table.lacking) == lacking(table.section, claims(coverage.ours()))
    assert {section.title for section in table.section} > coverage.STRICT


def test_a_table_without_fault() -> None:
    assert wrong(TEST, SHOWN, WAITING) == []
    inside = "class TestAll:\n  @pytest.mark.covers(1)\n  async def test_it(self): ..."
    assert wrong(inside, SHOWN, WAITING) == []


@pytest.mark.parametrize(
    "text, fault",
    [
        ("", "row 1 (Shown): neither claimed by a test nor explained"),
        (TEST.replace("1", "1, 2"), f"row 2 (Waiting): claimed by {PLACE}::test_it, and explained"),
        (TEST.replace("1", "1, 3"), f"{PLACE}:1: there is no row 3"),
        (TEST + "\n@pytest.mark.covers(1)\ndef helper(): ...", f"{PLACE}:3: this marker is on no"),
        (TEST + "\npytestmark = pytest.mark.covers(2)", f"{PLACE}:3: this marker is on no test"),
        (TEST + "\n@mark.covers\ndef test_two(): ...", f"{PLACE}:3: this marker is on no test"),
        (TEST + "\n@mark.covers()\ndef test_two(): ...", f"{PLACE}:3: a marker takes the numbers"),
        (TEST + "\n@mark.covers(*ROWS)\ndef test_b(): ...", f"{PLACE}:3: a marker takes the num"),
        (TEST + "\n@mark.covers(True)\ndef test_b(): ...", f"{PLACE}:3: a marker takes the num"),
    ],
)
def test_a_marker_that_is_wrong_is_named(text: str, fault: str) -> None:
    (found,) = wrong(text, SHOWN, WAITING)
    assert found.startswith(fault)


@pytest.mark.parametrize("place", ["tests/line/test_x.py", "tests/test_x.py", "tests/climb.py"])
def test_only_what_drives_a_station_may_claim(place: str) -> None:
    (found,) = wrong(TEST, SHOWN, WAITING, place=place)
    assert found.startswith(f"{place}:1: only tests/cli/")
    assert wrong(TEST, SHOWN, WAITING, place="tests/station/test_x.py") == []
    assert wrong(TEST, SHOWN, WAITING, place="tests/test_transcripts.py") == []


@pytest.mark.parametrize(
    "changes, fault",
    [
        ({"need": "X"}, "row 2 (Waiting): its need is one of M, S, C"),
        ({"brings": ""}, "row 2 (Waiting): why it waits and what brings it stand together"),
        ({"waits": ""}, "row 2 (Waiting): why it waits and what brings it stand together"),
        ({"brings": "the spring"}, "row 2 (Waiting): no such subject: the spring"),
        ({"number": 3}, "the rows are not numbered from 1 on, each once"),
    ],
)
def test_a_row_that_is_wrong_is_named(changes: dict[str, object], fault: str) -> None:
    assert wrong(TEST, SHOWN, msgspec.structs.replace(WAITING, **changes)) == [fault]


def test_what_is_lacking_is_what_must_be_there_in_the_strict_sections() -> None:
    rows = (SHOWN, WAITING, Row(number=3, title="Missing", need="M", **WAITS))
    sections = (Section(title="Language", rows=rows), Section(title="Elsewhere", rows=rows))
    made = claims(markers({PLACE: ast.parse(TEST)}))
    assert made == {1: [f"{PLACE}::test_it"]}
    assert lacking(sections, made) == [3]


def test_a_test_may_claim_several_rows_and_a_row_have_several_tests() -> None:
    text = "@mark.covers(1, 2)\ndef test_a(): ...\n@mark.covers(2)\ndef test_b(): ..."
    made = claims(markers({PLACE: ast.parse(text)}))
    assert made == {1: [f"{PLACE}::test_a"], 2: [f"{PLACE}::test_a", f"{PLACE}::test_b"]}


def test_the_page_has_a_line_for_every_row() -> None:
    lines = coverage.page("").splitlines()
    for row in coverage.table().rows():
        assert sum(line.startswith(f"| {row.number} | {row.title} |") for line in lines) == 1
    assert sum(line.startswith("Still waiting among these: ") for line in lines) == 1
