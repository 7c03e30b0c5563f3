"""Two stations that run and talk, by the commands that officers type."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from detente.cli.stage import Stage
from tests.cli.typed import LINE, NORTH, SOUTH, answer, founded


@contextlib.contextmanager
def talking(folder: Path) -> Iterator[Stage]:
    """Both run, and have opened `duty`."""
    with founded(folder) as stage:
        for party in (NORTH, SOUTH):
            stage.start(party)
        for party in (NORTH, SOUTH):
            answer("open", LINE, "duty", folder=stage.actors[party].folder)
        stage.wait_quiet()
        yield stage


def said(stage: Stage, party: str, *args: str) -> str:
    """The leaf of what was drafted and released, once the other side has it."""
    folder = stage.actors[party].folder
    where = () if "--reply" in args else ("--channel", "duty")
    draft = answer("draft", LINE, *args, *where, folder=folder)["draft"]
    leaf: str = answer("release", draft, folder=folder)["leaf"]
    stage.wait_quiet()
    return leaf


def form(stage: Stage, party: str, name: str, *slots: str, more: tuple[str, ...] = ()) -> str:
    sets = [part for slot in slots for part in ("--set", slot)]
    return said(stage, party, *more, "--form", name, *sets)


def shown(stage: Stage, party: str, leaf: str) -> dict[str, Any]:
    found = answer("show", LINE, leaf, folder=stage.actors[party].folder)
    assert found["mark"] == "regular"
    return found


def body(**fields: Any) -> tuple[str, str]:
    return "--body", msgspec.json.encode(fields).decode()


def words(text: str, language: str = "en") -> dict[str, str]:
    return {"language": language, "text": text}


def thread(stage: Stage, party: str, leaf: str) -> dict[str, Any]:
    found = answer("threads", LINE, folder=stage.actors[party].folder)["threads"]
    return next(each for each in found if each["message"]["leaf"] == leaf)
