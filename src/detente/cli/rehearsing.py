"""`detente simulate` and `detente demo`: crises from a seed, and a line on this machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli.setting import Command, Setting, pass_setting, print_json

if TYPE_CHECKING:
    from detente.cli.answers import SimulateAnswer
    from detente.sim.crisis import Played

PROCESSES_MAX = 64


@click.command(cls=Command)
@click.option(
    "--crises", type=click.IntRange(1, 1_000_000), default=50, show_default=True, help="How many."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**53),
    help="Of the first; without it, a fresh one that is printed.",
)
@click.option("--parties", type=click.IntRange(2, 4), help="Only crises of so many parties.")
@click.option(
    "--processes",
    type=click.IntRange(1, PROCESSES_MAX),
    default=lambda: min(len(os.sched_getaffinity(0)), PROCESSES_MAX),
    show_default="as many as there are processors",
    help="At once. What is played does not depend on it.",
)
@pass_setting
def simulate(
    setting: Setting, crises: int, seed: int | None, parties: int | None, processes: int
) -> None:
    """Play whole crises with faults and a liar. Exit code 1 if a promise is broken.

    Each crisis is played from its own seed, one thread, no network. The last line is JSON.
    """
    from detente.cli.answers import CrisisShown, SimulateAnswer
    from detente.cli.exits import Exit
    from detente.sim.crisis import summed

    first = _fresh_seed() if seed is None else seed
    if not setting.as_json:
        click.echo(f"crises {crises}, seed {first}", err=True)
    report = summed(_watched(played(crises, first, parties, processes), crises))
    answer = SimulateAnswer(
        crises=report.crises,
        seed=first,
        broken=len(report.broken),
        counts=dict(sorted(report.count.items())),
        failures=tuple(
            CrisisShown(
                seed=e.seed, parties=e.parties, promise=e.broken, detail=e.detail, replay=e.replay
            )
            for e in report.broken
        ),
    )
    if not setting.as_json:
        _show(answer)
    print_json(answer)
    if answer.broken:
        click.get_current_context().exit(Exit.FINDINGS)


@click.command(cls=Command)
@click.option("--headless", is_flag=True, help="Do not wait for a person between the scenes.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Keep the stations' folders in DIR.",
)
@pass_setting
def demo(setting: Setting, headless: bool, keep: Path | None) -> None:
    """Run two stations and a witness on this machine, from accord to audit.

    Prints a transcript, and last one line of JSON; with --json only that line.
    """
    from detente.cli.demo import run

    code = run(headless=headless or setting.as_json, keep=keep, quiet=setting.as_json)
    click.get_current_context().exit(code)


def _fresh_seed() -> int:
    import secrets

    return secrets.randbelow(2**32)


def played(crises: int, first: int, parties: int | None, processes: int) -> Iterator[Played]:
    from itertools import count, islice

    from detente.sim.crisis import parties_of, play, plays

    if parties is None:
        yield from plays(crises, first, processes)
        return
    chosen = (seed for seed in count(first) if parties_of(seed) == parties)
    yield from map(play, islice(chosen, crises))


def _watched(played: Iterator[Played], crises: int) -> Iterator[Played]:
    """The same, with a bar on stderr while a person watches."""
    if not sys.stderr.isatty():
        yield from played
        return
    with click.progressbar(played, length=crises, label="crises", file=sys.stderr) as bar:
        yield from bar


def _show(answer: SimulateAnswer) -> None:
    from detente.cli.screen import page

    with page(f"{answer.crises} crises from seed {answer.seed}") as screen:
        screen.pairs([(name, str(count)) for name, count in answer.counts.items()])
        for each in answer.failures:
            screen.line(f"BROKEN  {each.promise}  {each.parties} parties", "bold")
            screen.under(each.detail, indent=4)
            screen.under(each.replay, indent=4)
        screen.line(
            "every promise was kept"
            if not answer.broken
            else f"{answer.broken} crises broke a promise"
        )
