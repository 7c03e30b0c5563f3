"""The settings as the manual has them, and a commented file to begin with."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Final, get_args, get_origin

import msgspec

from detente.station.settings import (
    Alarm,
    Credentials,
    File,
    LineSection,
    LogSection,
    People,
    ReleaseRow,
    Section,
    ShiftRow,
    WitnessSection,
    bare,
    default,
    example,
    toml,
)

COMMENT_CHARACTERS: Final = 96


@dataclass(frozen=True, slots=True)
class Setting:
    """One key: the table it stands in, what may be written, and what it means."""

    table: str
    key: str
    shape: str
    default: str  # as TOML; empty if the key must be there
    example: str  # as TOML
    meaning: str


_TABLES: Final[tuple[tuple[str, type[Section]], ...]] = (
    ("", File),
    ("alarm", Alarm),
    ("credentials", Credentials),
    ("people", People),
    ("line.NAME", LineSection),
    ("witness", WitnessSection),
    ("[witness.logs]", LogSection),
    ("[release]", ReleaseRow),
    ("[shift]", ShiftRow),
)


def settings() -> Iterator[Setting]:
    """Every key there is, table by table."""
    for table, section in _TABLES:
        for field in msgspec.structs.fields(section):
            _, meta = bare(field.type)
            if meta is None or not meta.description:  # a table, with keys of its own
                continue
            left_out = "" if field.required else toml(default(field))
            shape = f"{meta.title or ''}{_range(field.type)}"
            written = example(field).partition(" = ")[2]
            yield Setting(table, field.name, shape, left_out, written, meta.description)


def config_table() -> str:
    """The configuration section of the manual: Markdown, generated."""
    lines = list[str]()
    for table, section in _TABLES:
        heading = f"`[{table}]`" if table else "At the top of the file"
        lines += [f"### {heading}", "", f"{section.__doc__}", ""]
        lines += [
            "| key | what may stand there | if left out | meaning |",
            "| --- | --- | --- | --- |",
        ]
        for item in settings():
            if item.table == table:
                default = f"`{item.default}`" if item.default else "*refused*"
                lines.append(f"| `{item.key}` | {item.shape} | {default} | {item.meaning} |")
        lines.append("")
    return "\n".join(lines)


def config_example() -> str:
    """A whole file: what must be there as an example, all else as a comment with its default."""
    lines = list[str]()
    for table, section in _TABLES:
        off = "# " if table.startswith(("witness", "[")) else ""
        if table:
            lines += ["", f"# {section.__doc__}", f"{off}[{table.replace('NAME', 'demo')}]"]
        for item in settings():
            if item.table == table:
                lines += ["", *_comment(f"{item.meaning} Write: {item.shape}.")]
                given = not item.default or item.key == "party"
                lines.append(f"{off if given else '# '}{item.key} = {item.example}")
    return "\n".join(lines).lstrip() + "\n"


def _comment(text: str) -> list[str]:
    return textwrap.wrap(
        text,
        COMMENT_CHARACTERS,
        initial_indent="# ",
        subsequent_indent="# ",
        break_on_hyphens=False,
    )


def _range(kind: object) -> str:
    metas = get_args(kind)[1:] if get_origin(kind) is Annotated else ()
    for meta in metas:
        if meta.ge is not None:
            return f", {meta.ge} to {meta.le}"
    return ""
