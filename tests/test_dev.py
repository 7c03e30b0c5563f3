"""The script that has to start on a machine where nothing of ours is installed yet."""

from __future__ import annotations

import ast
import importlib.util
import os
import subprocess
import sys
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest

import detente
from tests.repository import ROOT

SCRIPT = ROOT / "dev"


@pytest.fixture(scope="module")
def dev() -> ModuleType:
    loader = SourceFileLoader("dev", str(SCRIPT))
    spec = importlib.util.spec_from_loader("dev", loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


def run(*args: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(SCRIPT), *args]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_an_old_python_can_read_it_and_step_aside() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 7))


def test_it_needs_nothing_but_python() -> None:
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(SCRIPT.read_text()))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }

    assert {str(what).split(".")[0] for what in imported} <= sys.stdlib_module_names


def test_help_names_every_command(dev: ModuleType) -> None:
    told = run("help")

    assert told.returncode == 0
    commands = {what for what in dev.COMMANDS if not what.startswith("-")}
    assert {
        line.split()[1] for line in told.stdout.splitlines() if "    ./dev " in line
    } == commands
    assert run().stdout == run("--help").stdout == told.stdout


def test_a_wrong_command_is_said_and_fails() -> None:
    told = run("tets")

    assert told.returncode == 2
    assert told.stderr == "dev: there is no command 'tets' (./dev help)\n"


def test_a_wrong_measurement_names_those_that_exist() -> None:
    told = run("bench", "nothing")

    assert told.returncode == 2
    assert "bench takes one of: " in told.stderr


def test_the_program_starts_from_a_path_with_a_space_and_through_a_link(
    dev: ModuleType, tmp_path: Path
) -> None:
    place = tmp_path / "a place"
    place.mkdir()
    write(place / "python", f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    write(place / "detente", dev.LAUNCHER)
    (tmp_path / "linked").symlink_to(place / "detente")

    told = subprocess.run(
        [tmp_path / "linked", "--version"],
        check=False,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )

    assert told.stderr == ""
    assert detente.__version__ in told.stdout


def write(path: Path, script: str) -> None:
    path.write_text(script)
    path.chmod(0o755)
