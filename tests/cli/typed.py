"""A command as a person or a program types it, run in this process with its streams kept."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
from click.testing import CliRunner

from detente.cli.program import run
from detente.cli.stage import LINE, PASSPHRASE, Stage, exercise
from tests.cli.answering import ANSWERS

FAMILIES = ("accord", "exercise", "officer", "voice", "witness")  # commands that have their own
NORTH, SOUTH = "northland", "southmark"


@dataclass(frozen=True, slots=True)
class Typed:
    """What came of it."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> dict[str, Any]:
        """The one line of JSON."""
        (line,) = self.out.splitlines()
        value: dict[str, Any] = msgspec.json.decode(line)
        return value


def detente(
    *args: str | Path,
    folder: Path | None = None,
    passphrase: bytes | None = PASSPHRASE,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
) -> Typed:
    """Type `detente ARGS`. Without a passphrase there is nobody to ask, either."""
    argv = [str(arg) for arg in args]
    if folder is not None:
        argv = ["--dir", str(folder), *argv]
    read, write = os.pipe()
    os.write(write, passphrase or b"")
    os.close(write)
    if passphrase is not None:
        argv = ["--passphrase-fd", str(read), *argv]
    try:
        with CliRunner(env=dict(env or {})).isolation(stdin) as (out, err, _):
            code = run(argv)
    finally:
        os.close(read)
    typed = Typed(code, out.getvalue().decode(), err.getvalue().decode())
    assert "Traceback" not in typed.out + typed.err
    return typed


def answer(*args: str | Path, folder: Path, code: int = 0, **more: Any) -> dict[str, Any]:
    """Type it with `--json`: the answer, which holds just the fields that docs/cli.md promises."""
    typed = detente(*args, "--json", folder=folder, **more)
    assert typed.code == code, typed
    name = f"{args[0]} {args[1]}" if args[0] in FAMILIES else str(args[0])
    kind = ANSWERS[name]
    kept = msgspec.json.encode(msgspec.convert(typed.json, kind))
    assert msgspec.json.decode(kept) == typed.json
    return typed.json


def error(*args: str | Path, folder: Path | None = None, **more: Any) -> dict[str, Any]:
    """Type it, and again with `--json`: the error, which both tell."""
    spoken = detente(*args, folder=folder, **more)
    typed = detente(*args, "--json", folder=folder, **more)
    found: dict[str, Any] = typed.json["error"]
    assert set(found) == {"kind", "what", "where", "mend", "exit"}
    assert spoken.code == typed.code == found["exit"] != 0
    assert spoken.err.startswith("detente: ")
    assert not spoken.out
    return found


def founded(folder: Path) -> Stage:
    """Two stations that have joined one exercise line, and do not run."""
    stage = Stage(folder, (NORTH, SOUTH))
    stage.found(exercise(stage.cards()))
    return stage


__all__ = ["LINE", "NORTH", "PASSPHRASE", "SOUTH", "Typed", "answer", "detente", "error", "founded"]
