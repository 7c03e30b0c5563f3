"""The cases that the program has, and any file of the same form."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from detente.errors import Refused
from detente.exercise.saying import check_script
from detente.exercise.script import SCRIPT_BYTES_MAX, Script, parse_script

SUFFIX = ".txt"


def shipped() -> dict[str, Script]:
    """By name."""
    folder = files("detente.exercise") / "cases"
    found = sorted(folder.iterdir(), key=lambda each: each.name)
    return {
        each.name.removesuffix(SUFFIX): parse_script(each.read_text(encoding="utf-8"), each.name)
        for each in found
    }


def find(name: str) -> tuple[str, Script]:
    """A case by its name, or a script by its path. Raises `Refused` or `Malformed`."""
    known = shipped()
    if name in known:
        return name, known[name]
    path = Path(name)
    if not path.is_file():
        raise Refused(
            f"no case {name!a}, and no such file",
            where="exercise",
            mend=f"one of {', '.join(known)}",
        )
    return name, read(path)


def read(path: Path) -> Script:
    with path.open("rb") as file:
        data = file.read(SCRIPT_BYTES_MAX + 1)
    try:
        script = parse_script(data.decode(), str(path))
    except UnicodeDecodeError as error:
        raise Refused(
            "it is not UTF-8", where=str(path), mend="a script is a plain text file"
        ) from error
    check_script(script, str(path))
    return script
