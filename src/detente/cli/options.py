"""Options and arguments that several commands share."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from types import MappingProxyType
from typing import Any, Final, TypeVar

import click
from click.shell_completion import CompletionItem

from detente.cli.setting import Setting

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

_FROM_NOW: Final = re.compile(r"\+([0-9]{1,4})(min|h|d)")
_UNITS_MS: Final = MappingProxyType({"min": 60_000, "h": 3_600_000, "d": 86_400_000})

PRECEDENCES: Final = ("ROUTINE", "PRIORITY", "IMMEDIATE", "FLASH")


def _lines(context: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    folder = context.ensure_object(Setting).folder
    names = sorted(path.name for path in folder.glob("lines/*") if path.is_dir())
    return [CompletionItem(name) for name in names if name.startswith(begun)]


def line_argument(*, required: bool = True) -> Callable[[Decorated], Decorated]:
    return click.argument("line", required=required, shell_complete=_lines)


by_option = click.option(
    "--by", multiple=True, metavar="POST", help="Who lets it go; may be given again."
)
yes_option = click.option("--yes", is_flag=True, help="Do not ask at the terminal.")
precedence_option = click.option(
    "--precedence", type=click.Choice(PRECEDENCES, case_sensitive=False), help="Speed of service."
)
to_option = click.option(
    "--to",
    multiple=True,
    metavar="POST",
    help="A duty post of the others that it is for, as watch; may be given again. None: all posts.",
)


def text_of(value: str) -> str:
    """Free text as given, or from stdin for `-`."""
    if value != "-":
        return value
    return sys.stdin.read().removesuffix("\n")


def secret_of(what: str) -> str:
    """A password or a code: asked for at a terminal, else the next line of stdin."""
    if sys.stdin.isatty():
        return str(click.prompt(what, hide_input=True, err=True))
    return sys.stdin.readline().rstrip("\n")


def time_of(value: str, option: str = "--review") -> int:
    """A time that a person wrote, as ms UTC: absolute with Z, or `+48h` from now."""
    from detente.cli.setting import now_ms
    from detente.errors import Malformed
    from detente.phrase.dtg import parse_time

    if found := _FROM_NOW.fullmatch(value):
        return now_ms() + int(found[1]) * _UNITS_MS[found[2]]
    try:
        time = parse_time(value)
    except Malformed as error:
        raise click.BadParameter(
            f"{error.what}; {error.mend}, or +48h", param_hint=option
        ) from error
    if time <= now_ms():
        raise click.BadParameter(f"{value} is past; write a time to come", param_hint=option)
    return time
