"""The languages of a station: those of the program, and those in a folder of the operator's own."""

from __future__ import annotations

from pathlib import Path

from detente.errors import Malformed, Refused
from detente.phrase.language import Language, load, shipped
from detente.phrasebook import check_languages, language, shapes


def known(folder: Path | None) -> tuple[str, ...]:
    """The codes of all of them. A folder of our own comes before that of the program."""
    own = [each.name for each in folder.iterdir() if each.is_dir()] if folder else []
    return tuple(sorted({*shipped(), *own}))


def speak(code: str, folder: Path | None = None) -> Language:
    """Raises `Refused` for a language that there is not, `Malformed` for one with a hole."""
    if folder is None or not (folder / code).is_dir():
        if code not in shipped():
            raise Refused(
                f"no language {code!a}", where="language",
                mend=f"there are {', '.join(known(folder))}",
            )  # fmt: skip
        return language(code)
    return load(code, shapes(), lambda code, name: _text(folder / code / name))


def check(folder: Path | None) -> None:
    """Raise `Malformed`, by file and by name, if any language cannot say any form."""
    check_languages()
    for code in known(folder):
        _ = speak(code, folder).screen


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise Malformed("there is no such file", where=str(path), mend="add it") from error
    except UnicodeDecodeError as error:
        raise Malformed("it is not UTF-8", where=str(path)) from error
