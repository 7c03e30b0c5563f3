"""What is agreed about the files that are not code: locks, licences, decisions, changes."""

from __future__ import annotations

import importlib.metadata
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import detente
from tests.repository import ROOT, files, name

ADR = ROOT / "docs" / "adr"
DEPENDENCIES = ADR / "0002-dependencies.md"
RUN, DEV = ROOT / "requirements-run.lock", ROOT / "requirements-dev.lock"

# Bracketed, so that these lines do not find themselves.
REGISTRIES = re.compile(
    r"p[y]pi[.]org|pyth[o]nhosted|registry[.]n[p]mjs|deb[.]d[e]bian[.]org|crat[e]s[.]io"
)
MACHINES = re.compile(r"(?<![\w.])/(h[o]me|r[o]ot|U[s]ers|w[o]rk|f[a]rm)/\w")

PINNED = re.compile(r"([a-z0-9-]+)==([0-9][0-9a-z.]*)( ; .+)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}( \\)?")

FRAGMENT = re.compile(r"[a-z0-9-]+\.(added|changed|fixed|removed|security|protocol)\.md")

LICENCES = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "MIT", "MIT-0", "PSF-2.0", "any-OSI"}
LICENCES_OF_TOOLS = LICENCES | {"MPL-2.0"}  # copyleft, but nothing of it is shipped


def test_no_file_names_a_registry_or_somebodys_machine() -> None:
    found = [
        f"{name(path)}:{number}: {line.strip()[:100]}"
        for path in files()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if REGISTRIES.search(line) or MACHINES.search(line)
    ]

    assert found == []


# ------------------------------------------------------------------------------ locks


def test_locks_hold_versions_and_hashes_and_nothing_else() -> None:
    for lock in (RUN, DEV):
        wrong = [
            line
            for line in lock.read_text().splitlines()
            if not PINNED.fullmatch(line) and not HASH.fullmatch(line)
        ]
        assert wrong == []
        assert "://" not in lock.read_text()


def test_locks_hold_all_that_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    run, dev = pins(RUN), pins(DEV)

    assert {bare(what) for what in project["project"]["dependencies"]} <= run.keys()
    assert {bare(what) for what in project["dependency-groups"]["dev"]} <= dev.keys()
    assert {what for what in run.keys() & dev.keys() if run[what] != dev[what]} == set()


def test_what_runs_here_is_what_is_locked() -> None:
    """Or the tests would speak for other versions than those that a station gets."""
    for what, version in pins(RUN).items():
        assert importlib.metadata.version(what) == version, f"{what}: run this with ./dev test"


def pins(lock: Path) -> dict[str, str]:
    return {m[1]: m[2] for line in lock.read_text().splitlines() if (m := PINNED.fullmatch(line))}


def bare(requirement: str) -> str:
    return re.split(r"[<>=!~\[; ]", requirement)[0].lower()


# ------------------------------------------------------------------------------ dependencies


def test_every_dependency_has_its_row() -> None:
    shipped = section("Shipped") | section("Shipped because those need it")
    tools = section("To build and to test")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert shipped.keys() == pins(RUN).keys()
    assert section("Shipped").keys() == {bare(what) for what in project["project"]["dependencies"]}
    asked = [*project["dependency-groups"]["dev"], *project["build-system"]["requires"]]
    assert tools.keys() == {bare(what) for what in asked}


def test_every_tool_that_tools_bring_is_named() -> None:
    words = set(re.findall(r"[a-z][a-z0-9-]+", DEPENDENCIES.read_text()))

    assert pins(DEV).keys() <= words


def test_licences_are_those_that_the_packages_declare() -> None:
    shipped = section("Shipped") | section("Shipped because those need it")
    tools = section("To build and to test")

    assert parts(shipped) <= LICENCES
    assert parts(tools) <= LICENCES_OF_TOOLS
    for what, licence in (shipped | tools).items():
        if what in pins(RUN) | pins(DEV):
            declared = importlib.metadata.metadata(what)
            if "License-Expression" in declared:
                assert licence == declared["License-Expression"], what


def parts(licences: dict[str, str]) -> set[str]:
    return {part for licence in licences.values() for part in re.split(" AND | OR ", licence)}


def section(title: str) -> dict[str, str]:
    """Package and licence of each row in one table of the dependencies' record."""
    text = DEPENDENCIES.read_text().split(f"### {title}\n")[1].split("\n### ")[0]
    rows = [
        [cell.strip() for cell in line.split("|")[1:-1]]
        for line in text.splitlines()
        if "|" in line
    ]
    return {row[0]: row[2] for row in rows[2:]}


# ------------------------------------------------------------------------------ decisions, changes


def test_decisions_are_numbered_listed_and_have_a_cost() -> None:
    records = sorted(ADR.glob("[0-9]*.md"))
    index = (ADR / "README.md").read_text()

    assert [path.name[:4] for path in records] == [f"{n:04}" for n in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text()
        assert f"[{path.name[:4]}]({path.name})" in index
        assert text.startswith(f"# {path.name[:4]}. ")
        assert re.search(r"^Status: (accepted|replaced by [0-9]{4})", text, re.MULTILINE)
        for heading in ("## Context", "## Decision", "## Cost"):
            assert f"\n{heading}\n\n" in text, f"{path.name} lacks {heading}"


def test_changes_are_named_by_kind_and_say_something() -> None:
    fragments = [path for path in (ROOT / "changes").iterdir() if path.name != "README.md"]
    changelog = (ROOT / "CHANGELOG.md").read_text()

    assert [path.name for path in fragments if not FRAGMENT.fullmatch(path.name)] == []
    assert [path.name for path in fragments if not path.read_text().strip()] == []
    assert f"\n## {detente.__version__}" in changelog
    assert fragments or "not released yet" not in changelog


def test_pages_lead_where_they_say() -> None:
    broken = [
        f"{name(path)}: {target}"
        for path in files()
        if path.suffix == ".md"
        for target in links(path.read_text())
        if not (path.parent / target).exists()
    ]

    assert broken == []


def links(text: str) -> Iterator[str]:
    """Relative links of a page, but not those in its examples."""
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    for target in re.findall(r"\]\(([^)\s]+)\)", prose):
        if "://" not in target and not target.startswith(("#", "mailto:")):
            yield target.split("#")[0]


# ------------------------------------------------------------------------------ the two commands


def test_ci_runs_the_tests_and_nothing_else() -> None:
    script = (ROOT / ".ci" / "run").read_text().splitlines()

    assert script == [
        "#!/usr/bin/env bash",
        "set -euo pipefail",
        'cd "$(dirname "$0")/.."',
        "exec ./dev test",
    ]


def test_commands_can_be_run_as_they_stand() -> None:
    assert os.access(ROOT / "dev", os.X_OK)
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
