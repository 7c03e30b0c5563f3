"""Wounds in the core, each of which the promises must notice: `python -m tests.mutants [NAME ...]`.

A wound is a piece of source and what stands in its place. Each is made in a copy of `src`, and
crises are played there, seed after seed, until a promise is broken; or the tests that are named
with a wound are run, until one fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from tests.wounds import PROVEN, WOUNDS, Wound

SOURCE: Final = Path(__file__).resolve().parent.parent / "src"
SEEDS: Final = 300
PROCESSES: Final = 2
LIMIT_S: Final = 900  # a wounded line may talk without end
PLAY: Final = f"""
from detente.sim.crisis import plays
for played in plays({SEEDS}, 1):
    if played.broken:
        print(played.seed, played.broken, sep="\\t", flush=True)
        break
"""


def wounded(target: Path, wounds: tuple[Wound, ...]) -> None:
    """Copy the source, and wound the copy. A wound that does not fit exactly once is an error."""
    shutil.copytree(SOURCE, target, ignore=shutil.ignore_patterns("__pycache__"))
    for file, old, new in wounds:
        path = target / "detente" / file
        text = path.read_text()
        if text.count(old) != 1:
            raise LookupError(f"it fits {text.count(old)} times into {file}: {old!r}")
        path.write_text(text.replace(old, new))


def catches(name: str) -> tuple[bool, str]:
    """Whether a wound was noticed, and by what."""
    tests, wounds = PROVEN.get(name, ("", WOUNDS.get(name, ())))
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "src"
        try:
            wounded(target, wounds)
        except LookupError as error:
            return False, str(error)
        return _tests(target, tests) if tests else _plays(target)


def _tests(target: Path, tests: str) -> tuple[bool, str]:
    """Whether a test fails, and no file of tests before it begins."""
    path = f"pythonpath={target} ."
    quiet = ("-xq", "--tb=no", "-p", "no:cacheprovider", "-o", path)
    done = _runs(target, "-m", "pytest", *quiet, tests)
    if done is None:
        return False, f"not caught in {LIMIT_S} s"
    failed = [line for line in done.stdout.splitlines() if line.startswith("FAILED ")]
    if done.returncode != 1 or not failed:
        return False, f"not caught by {tests}" if not done.returncode else "the tests do not run"
    return True, failed[0].split("::")[1].split(" - ")[0]


def _plays(target: Path) -> tuple[bool, str]:
    done = _runs(target, "-c", PLAY)
    if done is None:
        return False, f"not caught in {LIMIT_S} s"
    if done.returncode:
        return False, f"it does not run: {done.stderr.strip().splitlines()[-1]}"
    if not done.stdout:
        return False, f"not caught by {SEEDS} seeds"
    seed, promise = done.stdout.rstrip("\n").split("\t")
    return True, f"seed {seed}: {promise}"


def _runs(target: Path, *arguments: str) -> subprocess.CompletedProcess[str] | None:
    """Python with the wounded copy in front of the source; None if it does not end."""
    try:
        return subprocess.run(
            [sys.executable, *arguments], check=False, capture_output=True, text=True,
            env={**os.environ, "PYTHONPATH": str(target), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=SOURCE.parent, timeout=LIMIT_S,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return None


def results(names: list[str]) -> Iterator[tuple[str, bool, str]]:
    with ThreadPoolExecutor(PROCESSES) as pool:
        for name, (caught, how) in zip(names, pool.map(catches, names), strict=True):
            yield name, caught, how


def main(names: list[str]) -> int:
    known = [*WOUNDS, *PROVEN]
    unknown = [name for name in names if name not in known]
    if unknown:
        print("no such mutant:", *unknown, sep="\n  ")
        return 2
    begun, failed = time.monotonic(), 0
    chosen = names or known
    for name, caught, how in results(chosen):
        failed += not caught
        print(f"{'caught' if caught else 'SURVIVED':9} {name:52} {how}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed in {time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
