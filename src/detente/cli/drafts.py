"""Drafts on disk: private until one is released.

A draft is named by its digest, so that what is released is what was shown.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from detente.cli.answers import DraftShown
from detente.cli.reach import accord_of, reach, read_file, running, token_of
from detente.cli.setting import Setting
from detente.errors import Malformed, Refused
from detente.line.canonical import encode
from detente.line.message import LEAF_BYTES_MAX, Content, parse_content
from detente.people.authority import LACKS_AUTHORITY, UNDRAFTED
from detente.station.files import PRIVATE_FOLDER, create, replace
from detente.station.orders import Due
from detente.station.orders_people import KeepDraft

NAME_CHARACTERS: Final = 12
_NAME: Final = re.compile(r"[0-9a-f]{4,64}")


def keep_draft(setting: Setting, line: str, content: Content) -> Path:
    """Write a draft. It is named by the beginning of its digest."""
    path = _path(setting, line, content)
    path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    create(path, encode(content))
    return path


def _path(setting: Setting, line: str, content: Content) -> Path:
    folder = setting.line_folder(line).absolute() / "drafts"
    return folder / f"{content.digest().hex()[:NAME_CHARACTERS]}.json"


def check_seat(setting: Setting, line: str, channel: str) -> None:
    """Raise `Refused` where a station runs that has people, unless one of them is signed on here
    who needs to know the channel.
    """
    if not running(setting.config().control):
        return
    with reach(setting, line) as station:
        if channel in station.ask(Due(line))["withheld"]:
            raise Refused(
                f"you have no need to know of {line}/{channel}", where="need to know",
                mend="an administrator gives it with `detente officer admit`",
            )  # fmt: skip


def tell_drafter(setting: Setting, line: str, content: Content) -> None:
    """Where somebody is signed on, the station's book keeps who wrote a draft."""
    if token_of(setting):
        with reach(setting, line) as station:
            station.ask(KeepDraft(line, encode(content)))


def kept(setting: Setting, line: str, content: Content, error: Refused) -> Refused:
    """What lacked a person's authority is not lost: it is kept as a draft of whoever wrote it, and
    the error says so.
    """
    if error.where != LACKS_AUTHORITY:
        return error
    path = _path(setting, line, content)
    if path.exists() and UNDRAFTED not in error.what:
        return error
    if not path.exists():  # else its drafter's session had ended
        keep_draft(setting, line, content)
    tell_drafter(setting, line, content)
    mend = f"it is kept as draft {path.stem}: {error.mend}"
    return Refused(error.what, where=error.where, mend=mend)


def open_draft(path: Path) -> Content:
    """The content of a draft. Raises `Refused` if it was changed after it was shown."""
    try:
        content = parse_content(read_file(path, LEAF_BYTES_MAX))
    except Malformed as error:
        raise Malformed(error.what, where=str(path), mend="write the draft anew") from error
    if content.digest().hex()[:NAME_CHARACTERS] != path.stem:
        raise Refused(
            "the draft was changed after its digest was shown",
            where=str(path),
            mend="write it anew",
        )
    return content


def released(path: Path, number: str, leaf: str) -> None:
    """The draft is gone: it stands in our ledger now, and this says where."""
    gone = path.parent / "released"
    gone.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    replace(gone / path.name, f"{number}\n{leaf}\n".encode(), 0o600)
    path.unlink(missing_ok=True)


def find_draft(setting: Setting, name: str) -> tuple[str, Path]:
    """The line and the file of the draft whose name begins so."""
    if not _NAME.fullmatch(name):
        raise Refused(f"{name!a} names no draft", where="draft", mend="give its first hex digits")
    name = name[:NAME_CHARACTERS]
    found = sorted(setting.folder.glob(f"lines/*/drafts/{name}*.json"))
    gone = sorted(setting.folder.glob(f"lines/*/drafts/released/{name}*.json"))
    if not found and len(gone) == 1:
        number, leaf = gone[0].read_text().split("\n")[:2]
        line = gone[0].parent.parent.parent.name
        raise Refused(
            f"this draft was released already, as {number}", where=f"draft {name}",
            mend=f"see it with: detente show {line} {leaf[:NAME_CHARACTERS]}",
        )  # fmt: skip
    if len(found) != 1:
        raise Refused(
            f"{len(found) or 'no'} drafts begin with {name}",
            where=str(setting.folder),
            mend="`detente outbox` lists them",
        )
    return found[0].parent.parent.name, found[0]


def drafts_of(setting: Setting, line: str) -> tuple[DraftShown, ...]:
    """Every draft of a line that can still be released as it was shown."""
    shown = list[DraftShown]()
    for path in sorted(setting.line_folder(line).glob("drafts/*.json")):
        try:
            content = open_draft(path)
        except (Malformed, Refused):
            continue
        shown.append(
            DraftShown(
                draft=path.stem,
                line=line,
                exercise=accord_of(setting, line).exercise,
                act=content.act,
                channel=content.channel,
                text=setting.language().say(content.act, content.body),
            )
        )
    return tuple(shown)
