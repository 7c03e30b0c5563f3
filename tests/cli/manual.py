"""docs/cli.md, from the program itself: its commands, options, JSON fields and exit codes."""

from __future__ import annotations

import types
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

import click
import msgspec

from detente.cli.answers import Answer, ErrorAnswer, ErrorShown
from detente.cli.exits import MEANS
from detente.cli.program import COMMANDS, program
from detente.cli.setting import common_options
from tests.cli.answering import ANSWERS

HEAD = """\
# The command line

<!-- written by `python -m tests.make_docs`: change the program, not this page -->

Every command takes the common options, before its name or after it. It prints to stdout what was
asked for, and to stderr prompts, progress and errors. Text of others is shown escaped, times are in
UTC with Z, and an exercise line carries the word EXERCISE above and below all that is shown of it.
`NO_COLOR` is honoured, and nothing is said by colour alone.

With `--json` a command answers with one line, an object with the fields below: times in
milliseconds since 1970, hashes in lower-case hexadecimal, bytes in base64. A field that has been
released keeps its name and its meaning; new ones may be added. Where a command fails, the line is
an [error](#errors) instead.

While `detente serve` runs it is the only writer, and the others reach it by its local socket; if
it does not run, they work on the station's files, and what is released then travels when it runs
again.

Completion: `eval "$(_DETENTE_COMPLETE=bash_source detente)"`, or `zsh_source`, or `fish_source`.
"""


def page(_old: str) -> str:
    """The whole page."""
    return "\n".join([HEAD, *_codes(), *_commons(), *_commands(), *_shared(), *_errors()]) + "\n"


def walk() -> Iterator[tuple[str, click.Command]]:
    """Every command that answers, by its name as it is typed."""
    context = click.Context(program)
    for name in program.list_commands(context):
        found = program.get_command(context, name)
        assert found is not None
        if isinstance(found, click.Group):
            yield from ((f"{name} {inner}", found.commands[inner]) for inner in found.commands)
        else:
            yield name, found


def _codes() -> Iterator[str]:
    yield "## Exit codes\n"
    yield from _table(
        ("code", "name", "meaning"), [(str(int(c)), c.name, m) for c, m in MEANS.items()]
    )


def _commons() -> Iterator[str]:
    yield "## Common options\n"
    yield from _options(common_options())
    yield (
        "Without `--passphrase-fd`, the passphrase comes from the systemd credential that"
        " `detente.toml` names, or from a person at a terminal; never from arguments or the"
        " environment. `DETENTE_DEBUG=1` shows a fault of ours as it happened.\n"
    )


def _commands() -> Iterator[str]:
    texts = dict(walk())
    for section, rows in COMMANDS.items():
        yield f"## {section}\n"
        for name, _, _ in rows:
            for full in (each for each in texts if each == name or each.startswith(f"{name} ")):
                yield from _command(full, texts[full])


def _command(name: str, command: click.Command) -> Iterator[str]:
    context = click.Context(command, info_name=f"detente {name}")
    usage = " ".join(command.collect_usage_pieces(context))
    yield f"### detente {name}\n"
    yield f"`detente {name} {usage}`\n"
    yield f"{_prose(command.help or '')}\n"
    shared = {parameter.name for parameter in common_options()}
    own = [p for p in command.params if isinstance(p, click.Option) and p.name not in shared]
    if own:
        yield from _options(own)
    yield (
        f"Answers with {_link(ANSWERS[name])}:\n"
        if _is_shared(ANSWERS[name])
        else "Answers with:\n"
    )
    if not _is_shared(ANSWERS[name]):
        yield from _fields(ANSWERS[name])


def _prose(text: str) -> str:
    return "\n\n".join(" ".join(part.split()) for part in text.split("\n\n"))


def _options(options: list[Any]) -> Iterator[str]:
    rows = []
    for option in options:
        record = option.get_help_record(click.Context(program))
        assert record is not None
        rows.append((f"`{record[0]}`", record[1]))
    yield from _table(("option", "meaning"), rows)


# -- the fields ----------------------------------------------------------------------------------


def _is_shared(kind: type[Answer]) -> bool:
    """Whether it stands in a section of its own, for several commands answer with it."""
    return list(ANSWERS.values()).count(kind) > 1 or kind in _parts()


def _parts() -> list[type[Answer]]:
    """The structs that stand inside of answers."""
    found: list[type[Answer]] = []
    waiting = list(ANSWERS.values())
    while waiting:
        for field in msgspec.structs.fields(waiting.pop()):
            for part in _structs(field.type):
                if part not in found:
                    found.append(part)
                    waiting.append(part)
    return found


def _shared() -> Iterator[str]:
    kinds = {kind for kind in ANSWERS.values() if _is_shared(kind)} | set(_parts())
    yield "## Parts of answers\n"
    for kind in sorted(kinds, key=lambda kind: kind.__name__):
        yield f"### {kind.__name__}\n"
        yield from _fields(kind)


def _errors() -> Iterator[str]:
    yield "## Errors\n"
    yield from _fields(ErrorAnswer)
    yield from _fields(ErrorShown)


def _fields(kind: type[Answer]) -> Iterator[str]:
    rows = []
    for field in msgspec.structs.fields(kind):
        meta = get_args(field.type)[1]
        rows.append((f"`{field.encode_name}`", _shape(field.type), str(meta.description)))
    yield from _table(("field", "value", "meaning"), rows)


def _structs(kind: Any) -> Iterator[type[Answer]]:
    if isinstance(kind, type) and issubclass(kind, Answer):
        yield kind
    for inner in get_args(kind):
        yield from _structs(inner)


def _shape(kind: Any) -> str:
    """A type in the words of JSON."""
    plain = {
        str: "text",
        int: "whole number",
        float: "number",
        bool: "true or false",
        Any: "anything",
    }
    if kind in plain:
        return plain[kind]
    if isinstance(kind, type) and issubclass(kind, Answer):
        return _link(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is Annotated:
        return _shape(inner[0])
    if origin in (types.UnionType, Union):
        return " or ".join("null" if each is types.NoneType else _shape(each) for each in inner)
    if origin is tuple:
        return f"list of {_shape(inner[0])}"
    if origin is dict:
        return f"object of {_shape(inner[1])}"
    raise AssertionError(f"no words for {kind}")


def _link(kind: type[Answer]) -> str:
    return f"[{kind.__name__}](#{kind.__name__.lower()})"


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> Iterator[str]:
    def row(cells: tuple[str, ...]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

    yield "\n".join([row(head), row(("---",) * len(head)), *map(row, rows)]) + "\n"
