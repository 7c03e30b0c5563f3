"""The demonstration, whole: real processes, and figures that a sceptic would count."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from detente.cli.demo import WITNESS


def test_the_demonstration_loses_nothing_and_leaves_evidence(tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    done = subprocess.run(
        [sys.executable, "-m", "detente", "demo", "--headless", "--keep", str(kept)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert [figures[name] for name in ("lost", "duplicated", "outstanding", "findings")] == [0] * 4
    assert figures["receipts"] == figures["messages"] > 100
    assert 0 < figures["p50_ms"] <= figures["p99_ms"]
    for scene in ("SIGKILL", "old backup", "passes all the same", "Both open both channels"):
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
