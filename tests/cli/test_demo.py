"""The demonstration, whole: real processes, and figures that a sceptic would count."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from detente.cli.demo import WITNESS
from tests.repository import ROOT

README = ROOT / "README.md"


@pytest.mark.covers(15, 18, 28, 30, 53, 61, 62, 65, 74, 77)
def test_the_demonstration_loses_nothing_and_leaves_evidence(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    kept = tmp_path / "kept"
    done = subprocess.run(
        [sys.executable, "-m", "detente", "demo", "--headless", "--keep", str(kept)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    check_readme(done.stdout, rewrite=request.config.getoption("--rewrite"))
    figures = json.loads(done.stdout.splitlines()[-1])
    counted = ("lost", "duplicated", "outstanding", "due", "findings")
    assert [figures[name] for name in counted] == [0] * 5
    assert figures["receipts"] == figures["messages"] > 100
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    for scene in (
        "SIGKILL", "old backup", "passes all the same", "Both open both channels", "a ladder",
        "drafted it himself", "handed over", "A voice on another telephone",
    ):  # fmt: skip
        assert scene in done.stdout
    exports = sorted(kept.glob("*.export.json"))
    assert [path.name.split(".")[0] for path in exports] == ["northland", "southmark"]
    assert all(WITNESS in path.read_text() for path in exports)


def test_it_never_plays_in_a_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("keep me")
    done = subprocess.run(
        [sys.executable, "-m", "detente", "demo", "--headless", "--keep", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 3
    assert "not empty" in done.stderr
    assert (tmp_path / "mine").read_text() == "keep me"


# What differs from run to run: hashes, spelled fingerprints, and what a clock measured.
VARIES = re.compile(
    r"[0-9a-f]{8} \(|[0-9]{6}Z [A-Z]{3} [0-9]{2}|"
    r"20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z|[0-9a-f]{16}…|([0-9]{2}:){1,2}[0-9]{2}Z|"
    r"[0-9]{1,2} [^\W\d]+ 20[0-9]{2}|([A-Z]{3,8} ){4}[A-Z]{3,8} …|"
    r"[0-9]+(\.[0-9]+)?( ms| s)|_ms\": ?[0-9.]+"
)


def check_readme(shown: str, *, rewrite: bool) -> None:
    """The transcript in the README is what the demonstration prints."""
    text = README.read_text(encoding="utf-8")
    head, _, rest = text.partition("<!-- transcript -->")
    block, _, tail = rest.partition("<!-- /transcript -->")
    if rewrite:
        block = f"\n\n```text\n{shown.strip()}\n```\n\n"
        README.write_text(
            f"{head}<!-- transcript -->{block}<!-- /transcript -->{tail}", encoding="utf-8"
        )
    printed = block.strip().removeprefix("```text").removesuffix("```")
    assert VARIES.sub("~", printed.strip()) == VARIES.sub("~", shown.strip())
