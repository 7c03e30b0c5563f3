"""How far long work has come: on a terminal, for a person, and nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, TypeAlias

import click

if TYPE_CHECKING:
    from detente.cli.setting import Setting

Progress: TypeAlias = Callable[[int, int], None]
"""(done, of): called often, and cheap."""
Bar: TypeAlias = Callable[[str], AbstractContextManager[Progress]]


@contextmanager
def no_bar(_label: str) -> Iterator[Progress]:
    """Nothing is shown."""
    yield lambda _done, _of: None


@contextmanager
def bar(label: str) -> Iterator[Progress]:
    """A bar on standard error, which a terminal shows and a file never holds."""
    with click.progressbar(length=100, label=label, file=sys.stderr) as shown:

        def progress(done: int, of: int) -> None:
            if ahead := done * 100 // of - shown.pos:
                shown.update(ahead)

        yield progress


def bar_of(setting: Setting) -> Bar:
    """A bar where a person looks on, and none beside `--json`."""
    return no_bar if setting.as_json or not sys.stderr.isatty() else bar
