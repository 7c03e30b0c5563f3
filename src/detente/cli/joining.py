"""Taking on an accord: the line's folder, and its section in detente.toml."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Final

import msgspec

from detente.cli.reach import read_accord
from detente.cli.setting import CONFIG, Setting
from detente.errors import Refused
from detente.line.accord import Accord
from detente.line.canonical import encode
from detente.station.calendar import check_calls
from detente.station.config import parse_config
from detente.station.files import replace
from detente.station.founding import join
from detente.tlog.hash import leaf_hash

MODE: Final = 0o644


@dataclasses.dataclass(frozen=True, slots=True)
class Places:
    """Where our station listens, and where the others and the witnesses do."""

    listen: str
    addresses: tuple[str, ...]  # PARTY=HOST:PORT
    witnesses: tuple[str, ...]  # NAME=URL


def join_line(
    setting: Setting, file: Path, line: str | None, places: Places
) -> tuple[str, Accord, str]:
    """Make the line's files, then append its section to detente.toml, whose comments and keys stay.

    Returns our name of the line, its accord, and its id. A join that was cut off is taken up again.
    All that can be wrong with the section is found before anything is made.
    """
    terms, found = read_accord(file)
    check_calls(found)
    name = line or _line_of(setting, found)
    path = setting.folder / CONFIG
    old = path.read_text(encoding="utf-8")
    text = old
    if name not in parse_config(old, setting.folder).lines:
        text = f"{old.rstrip()}\n\n{_section(name, found, places)}"
        parse_config(text, setting.folder)
    kept = setting.line_folder(name) / "accord.json"
    if text == old or not kept.exists() or kept.read_bytes() != terms:
        join(setting.folder, setting.config().party, name, terms)
    replace(path, text.encode(), MODE)
    return name, found, leaf_hash(terms).hex()


def _line_of(setting: Setting, found: Accord) -> str:
    """The line that our card in an accord was made for, whatever the accord calls it."""
    ours = found.card(setting.config().party)
    for path in sorted(setting.folder.glob("lines/*/card.json")):
        if ours is not None and path.read_bytes() == encode(ours):
            return path.parent.name
    return found.name


def _section(name: str, found: Accord, places: Places) -> str:
    at: dict[str, list[str]] = {}
    for text in places.addresses:
        party, place = _pair(text, "--address", "PARTY=HOST:PORT")
        if party not in found.names:
            names = ", ".join(found.names)
            raise Refused(f"{party!a} is no party of it", where="--address", mend=f"one of {names}")
        at.setdefault(party, []).append(place)
    lines = [f"[line.{name}]", f"listen = {quoted(places.listen)}"]
    if at:
        lines += ["", f"[line.{name}.addresses]"]
        lines += [f"{party} = [{', '.join(map(quoted, each))}]" for party, each in at.items()]
    known = [witness.name for witness in found.witnesses]
    for text in places.witnesses:
        witness, url = _pair(text, "--witness", "NAME=URL")
        if witness not in known:
            names = ", ".join(known) or "none"
            raise Refused(
                f"{witness!a} is no witness of it", where="--witness", mend=f"one of {names}"
            )
        lines += ["", f"[line.{name}.witnesses.{quoted(witness)}]", f"url = {quoted(url)}"]
    return "\n".join(lines) + "\n"


def _pair(text: str, option: str, shape: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Refused(f"{text!a} is not {shape}", where=option)
    return name, value


def quoted(text: str) -> str:
    """A basic string of TOML: JSON's escapes are among its own."""
    return msgspec.json.encode(text).decode()
