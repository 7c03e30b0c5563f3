"""`detente exercise`: play a case alone, with the program as the other side; or drive our side of
an exercise line by a script.
"""

from __future__ import annotations

import select
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from detente.cli.options import line_argument
from detente.cli.setting import Family, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers_exercise import ExerciseRunAnswer
    from detente.cli.screen import Screen
    from detente.exercise.play import Play, Told
    from detente.exercise.script import Script

SPEED_MAX: Final = 600
IDLE_S: Final = 0.5


@click.group(cls=Family)
def exercise() -> None:
    """Rehearse a night before it comes. Nothing of an exercise reaches a line in earnest."""


@exercise.command()
@pass_setting
def cases(setting: Setting) -> None:
    """List the cases that the program has, each with its source."""
    from detente.cli.answers_exercise import CaseShown, ExerciseCasesAnswer
    from detente.exercise.library import shipped

    found = tuple(
        CaseShown(
            case=name, title=script.title, source=script.source, minutes=script.ends // 60_000
        )
        for name, script in shipped().items()
    )

    def show() -> None:
        from detente.cli.screen import page

        with page("cases", exercise=True) as screen:
            for each in found:
                hours = (
                    f"{each.minutes / 60:.0f} h" if each.minutes >= 60 else f"{each.minutes} min"
                )
                screen.line(f"{each.case}: {each.title} ({hours})", "bold")
                screen.under(each.source, indent=4)

    setting.tell(ExerciseCasesAnswer(cases=found), show)


@exercise.command()
@click.argument("case")
@click.option(
    "--speed", type=click.IntRange(1, SPEED_MAX), default=60, show_default=True,
    help="Minutes of the exercise in a minute of yours.",
)  # fmt: skip
@click.option("--headless", is_flag=True, help="At once, with the officer of the script.")
@click.option("--silent", is_flag=True, help="At once, with an officer who does nothing.")
@pass_setting
def run(setting: Setting, case: str, speed: int, headless: bool, silent: bool) -> None:
    """Play CASE: one of `detente exercise cases`, or a file. The program is the other side.

    You type what you say; `help` lists it, `due` says what is owed, `skip` goes on to what comes
    next, `end` goes to the debrief.
    """
    from detente.exercise.debrief import debrief
    from detente.exercise.library import find
    from detente.exercise.play import Play

    name, script = find(case)
    play = Play(script, setting.language("en"))
    quiet = setting.as_json
    shown: list[str] = []

    def tell(told: list[Told]) -> None:
        for each in told:
            shown.append(each.text)
            if not quiet:
                _show(play, each)

    if not quiet:
        _brief(script, speed, alone=headless or silent)
    if headless or silent or (not sys.stdin.isatty() and quiet):
        tell(play.advance(play.begins + script.ends, model=not silent))
    else:
        _take_part(play, speed, tell)
    found = debrief(play)
    setting.tell(_answer(name, script, found), lambda: _show_debrief(_answer(name, script, found)))


def _take_part(play: Play, speed: int, tell: Callable[[list[Told]], None]) -> None:
    """Until the script ends or the officer does. His clock runs from when it begins."""
    from detente.errors import DetenteError

    began, ahead = time.monotonic(), 0

    def now() -> int:
        return play.begins + round((time.monotonic() - began) * 1_000 * speed) + ahead

    while not play.over:
        tell(play.advance(now(), model=False))
        line = _typed(play, now(), speed)
        if line is None:
            continue
        tell(play.advance(now(), model=False))
        try:
            match line.strip():
                case "end":
                    return
                case "":
                    pass
                case "help":
                    _help()
                case "due":
                    _due(play)
                case "skip":
                    ahead += max((play.next_at or now()) - now(), 0)
                case said:
                    tell(_said(play, said))
        except DetenteError as error:
            click.echo(f"  {error}", err=True)


def _typed(play: Play, now: int, speed: int) -> str | None:
    """A line, if one was typed before something happens; the end of input ends the exercise."""
    wait = IDLE_S
    if play.next_at is not None:
        wait = min(wait, max(play.next_at - now, 0) / 1_000 / speed)
    ready, _, _ = select.select([sys.stdin], [], [], wait)
    if not ready:
        return None
    line = sys.stdin.readline()
    return line or "end"


def _said(play: Play, text: str) -> list[Told]:
    from detente.exercise.script import parse_statement

    return play.act(parse_statement(text, "typed"))


def _help() -> None:
    from detente.exercise.saying import VERBS

    click.echo("\n".join(f"  {verb}" for verb in VERBS))
    click.echo("  REF is the name after a message, or its first digits.")


def _due(play: Play) -> None:
    from detente.line.due import due
    from detente.phrase.dtg import dtg

    state = play.table.journals[play.script.you].state
    for each in due(state, play.table.now):
        late = "OVERDUE" if each.late(play.table.now) else "by"
        about = each.leaf.hex()[:8] if each.leaf else ""
        whom = "WE OWE" if each.owes == state.us else f"{each.owes} owes"
        click.echo(f"  {late} {dtg(each.until)}  {whom} {each.duty.value} {about}")


def _brief(script: Script, speed: int, *, alone: bool) -> None:
    with _page(script) as screen:
        screen.line(script.title, "bold")
        screen.under(script.source, indent=2)
        screen.line()
        for text in script.brief.split("\n"):
            screen.line(text)
        screen.line()
        if not alone:
            screen.line(f"It runs {speed} times as fast as the day did. Type help, or end.")


def _page(script: Script) -> _Page:
    return _Page(script)


class _Page:
    """A page that says EXERCISE and its name, above and below."""

    def __init__(self, script: Script) -> None:
        from detente.cli.screen import page

        self._page = page(script.line, exercise=True)

    def __enter__(self) -> Screen:
        return self._page.__enter__()

    def __exit__(self, *error: object) -> None:
        self._page.__exit__(None, None, None)


def _show(play: Play, told: Told) -> None:
    from detente.phrase.dtg import dtg
    from detente.phrase.plain import shown

    name = next((n for n, leaf in play.names.items() if leaf == told.leaf), "")
    ref = f"  [{name or told.leaf.hex()[:8]}]" if told.leaf else ""
    who = "WE SAY" if told.by == play.script.you else told.by or "(it happens)"
    click.echo(f"EXERCISE  {dtg(told.at)}  {shown(who)}{ref}")
    for text in told.text.split("\n"):
        click.echo(f"    {shown(text)}")


def _answer(name: str, script: Script, found: object) -> ExerciseRunAnswer:
    from detente.cli.answers_exercise import ExerciseRunAnswer, ItemShown
    from detente.exercise.debrief import Debrief

    assert isinstance(found, Debrief)
    return ExerciseRunAnswer(
        case=name, title=script.title, exercise=True, score=found.score, met=found.met,
        asked=len(found.items),
        items=tuple(
            ItemShown(what=each.what, by=each.by, at=each.at, outcome=each.outcome.value)
            for each in found.items
        ),
    )  # fmt: skip


def _show_debrief(answer: ExerciseRunAnswer) -> None:
    from detente.cli.screen import page

    with page(f"debrief  {answer.title}", exercise=True) as screen:
        for each in answer.items:
            bold = "" if each.outcome == "met" else "bold"
            by = "never" if each.by is None else f"by {_clock(each.by)}"
            at = "" if each.at is None else f", done at {_clock(each.at)}"
            screen.line(f"{each.outcome:<6}{each.what}", bold)
            screen.under(f"{by}{at}", indent=6)
        screen.line(f"SCORE {answer.score}: {answer.met} of {answer.asked} met", "bold")


def _clock(ms: int) -> str:
    minutes = ms // 60_000
    return f"{minutes // 60:02}:{minutes % 60:02}"


@exercise.command()
@line_argument()
@click.argument("script", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--speed", type=click.IntRange(1, SPEED_MAX), default=1, show_default=True,
    help="Minutes of the script in a minute of yours.",
)  # fmt: skip
@pass_setting
def drive(setting: Setting, line: str, script: Path, speed: int) -> None:
    """Say what SCRIPT has our side say on the exercise LINE, at its times: we are its partner.

    The other side plays it in earnest, on its own station. Refused on a line that is no exercise.
    """
    from detente.cli.answers_exercise import ExerciseDriveAnswer
    from detente.cli.driving import drive_line

    said = drive_line(setting, line, script, speed)
    setting.tell(
        ExerciseDriveAnswer(line=line, exercise=True, said=said),
        lambda: click.echo(f"EXERCISE: {said} messages were said"),
    )
