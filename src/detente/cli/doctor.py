"""`detente doctor` and `check`: how the station is, what that means, and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers_keeping import DoctorAnswer

NAGIOS: Final = {"ok": 0, "warning": 1, "critical": 2, "unknown": 3}
WORST: Final = ("critical", "unknown", "warning", "ok")


@click.command(cls=Command)
@pass_setting
def doctor(setting: Setting) -> None:
    """Look at everything, and say of each thing what was seen, what it means and what to do.

    Exit code 1 if anything is not well.
    """
    from detente.cli.exits import Exit

    answer = _looked(setting)
    setting.tell(answer, lambda: _show(answer))
    if answer.state != "ok":
        click.get_current_context().exit(Exit.FINDINGS)


def _looked(setting: Setting) -> DoctorAnswer:
    from detente.cli.answers_keeping import CheckShown, DoctorAnswer
    from detente.cli.examining import examine

    found = sorted(examine(setting), key=lambda each: (WORST.index(each.state), each.line))
    state = found[0].state if found else "unknown"
    return DoctorAnswer(
        state=state,
        checks=tuple(
            CheckShown(
                check=each.check, line=each.line, state=each.state, found=each.found,
                means=each.means, do=each.do,
            )
            for each in found
        ),
    )  # fmt: skip


def _show(answer: DoctorAnswer) -> None:
    from detente.cli.screen import page
    from detente.phrase.plain import shown

    with page(f"doctor  {answer.state.upper()}") as screen:
        for each in answer.checks:
            line = f"{each.line}: " if each.line else ""
            bold = "" if each.state == "ok" else "bold"
            screen.line(f"{each.state:<9}{line}{each.check}: {shown(each.found)}", bold)
            if each.means:
                screen.under(each.means, indent=9)
            if each.do:
                screen.under(f"Do: {each.do}", indent=9)


@click.command(cls=Command)
@pass_setting
def check(setting: Setting) -> None:
    """Say in one line how the station is, for a monitor: the plugin form of Nagios and Icinga.

    Exit code 0 ok, 1 warning, 2 critical, 3 unknown. With --json, the answer of `doctor`.
    """
    from detente.errors import DetenteError

    try:
        answer = _looked(setting)
    except DetenteError as error:
        if setting.as_json:
            raise
        click.echo(f"DETENTE UNKNOWN - {error}")
        click.get_current_context().exit(NAGIOS["unknown"])
    bad = [each for each in answer.checks if each.state != "ok"]
    said = "; ".join(f"{each.line or 'station'} {each.check}: {each.found}" for each in bad[:3])
    counts = " ".join(
        f"{state}={sum(each.state == state for each in answer.checks)}" for state in NAGIOS
    )

    def show() -> None:
        click.echo(f"DETENTE {answer.state.upper()} - {said or 'all is well'} | {counts}")

    setting.tell(answer, show)
    click.get_current_context().exit(NAGIOS[answer.state])
