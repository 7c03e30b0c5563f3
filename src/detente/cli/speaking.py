"""`detente answer`, `ack` and `test-line`: what is said at once, without a draft."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import click

from detente.cli.options import (
    by_option,
    line_argument,
    precedence_option,
    text_of,
    yes_option,
)
from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers import Released
    from detente.cli.reach import Reach

RUNGS: Final = ("displayed", "understood", "not_understood", "passed_to_operators")
WAIT_S: Final = 10.0


@click.command(cls=Command)
@line_argument()
@click.argument("leaf")
@click.argument("text", required=False)
@click.option("--standby", is_flag=True, help="Ask for time: it stops the alarm, never the clock.")
@precedence_option
@by_option
@yes_option
@pass_setting
def answer(
    setting: Setting,
    line: str,
    leaf: str,
    text: str | None,
    standby: bool,
    precedence: str | None,
    by: tuple[str, ...],
    yes: bool,
) -> None:
    """Answer the question LEAF of LINE with TEXT (- reads it from stdin), or ask for time.

    It goes as fast as the question did.
    """
    if text is None and not standby:
        raise click.UsageError("Missing argument 'TEXT'.")
    body = {"text": text_of(text) if text is not None else ""}
    act = "standby" if standby else "answer"
    reply(setting, line, leaf, act, body, precedence, by, yes=yes)


@click.command(cls=Command)
@line_argument()
@click.argument("leaf")
@click.argument("rung", type=click.Choice(RUNGS), default="understood")
@click.option("--text", default="", help="A remark; - reads it from stdin.")
@precedence_option
@by_option
@yes_option
@pass_setting
def ack(
    setting: Setting,
    line: str,
    leaf: str,
    rung: str,
    text: str,
    precedence: str | None,
    by: tuple[str, ...],
    yes: bool,
) -> None:
    """Say how far a person has come with message LEAF of LINE.

    The receipt is the machine's; this is a person's word. It stops the alarm of a FLASH.
    """
    body = {"rung": rung, "text": text_of(text)}  # the rung is shown before it goes
    reply(setting, line, leaf, "acknowledge", body, precedence, by, yes=yes)


@click.command("test-line", cls=Command)
@line_argument()
@click.option("--channel", help="Where; by default the line's first channel.")
@click.option("--text", help="A few words; by default those of this hour, from the bank of texts.")
@click.option(
    "--wait",
    "wait_s",
    type=click.FloatRange(0),
    default=WAIT_S,
    show_default=True,
    metavar="S",
    help="For the receipts.",
)
@precedence_option
@by_option
@pass_setting
def test_line(
    setting: Setting,
    line: str,
    channel: str | None,
    text: str | None,
    wait_s: float,
    precedence: str | None,
    by: tuple[str, ...],
) -> None:
    """Send the smallest message on LINE and wait for its receipts. Exit code 1 if one is missing.

    A receipt shows that the circuit works; that the post is manned is shown by a person's answer.
    """
    from detente.cli.answers import TestLineAnswer
    from detente.cli.compose import Wish, compose, release
    from detente.cli.exits import Exit
    from detente.cli.reach import accord_of, reach
    from detente.cli.setting import now_ms
    from detente.line.due import turn_of
    from detente.line.message import Precedence

    accord = accord_of(setting, line)
    where = channel or accord.channels[0].name
    speed = Precedence(precedence) if precedence else None
    bank = setting.language().tests
    words = bank[turn_of(accord, now_ms()) % len(bank)] if text is None else text_of(text)
    content = compose(setting, line, Wish("test", where, {"text": words}, speed))
    with reach(setting, line) as station:
        released = release(setting, station, line, content, by=by, yes=True)
        wait_ms = round(wait_s * 1000) if station.running else 0
        more, receipt_ms = _wait(station, released, len(accord.parties) - 1, wait_ms)
        answer = station.shown(
            line,
            more,
            TestLineAnswer,
            digest=released.digest,
            sealed=released.sealed,
            station=released.station,
            receipt_ms=receipt_ms,
        )
    setting.tell(answer, lambda: _show_test(answer))
    if receipt_ms is None:
        click.get_current_context().exit(Exit.FINDINGS)


def _wait(
    station: Reach, released: Released, readers: int, wait_ms: int
) -> tuple[dict[str, Any], int | None]:
    """The message again when all have heard it or the time is over, and how long that took."""
    import time

    from detente.station.orders import Show, Wait

    began, line, leaf = time.monotonic(), released.line, released.leaf
    if not wait_ms:
        return station.ask(Show(line, leaf)), None
    found = station.ask(Wait(line, leaf, wait_ms))
    took = round((time.monotonic() - began) * 1000)
    return found, took if len(found["heard_by"]) == readers else None


def _show_test(answer: Any) -> None:
    from detente.cli.screen import page

    with page(f"{answer.line}  line test", exercise=answer.exercise) as screen:
        screen.message(answer)
        if answer.receipt_ms is not None:
            screen.line(f"The circuit works: every receipt within {answer.receipt_ms} ms.")
        elif answer.station:
            screen.line("NOT EVERY RECEIPT came in time. The message stays on its way.", "bold")
        else:
            screen.line("The station is not running: it travels when it runs again.", "bold")


def reply(
    setting: Setting,
    line: str,
    leaf: str,
    act: str,
    body: dict[str, Any],
    precedence: str | None,
    by: tuple[str, ...],
    *,
    yes: bool,
    channel: str = "",
) -> None:
    """Say something to a message, on its channel or another, and as fast as it came."""
    from detente.cli.answers import MessageShown
    from detente.cli.compose import Wish, compose, release, show_released
    from detente.cli.reach import accord_of, reach
    from detente.line.message import Precedence
    from detente.station.orders import Show

    accord_of(setting, line)
    with reach(setting, line) as station:
        original = station.ask(Show(line, leaf))
        speed = Precedence(precedence) if precedence else None
        content = compose(
            setting, line, Wish(act, channel or original["channel"], body, speed, original)
        )
        asked = station.shown(line, original, MessageShown)
        released = release(setting, station, line, content, by=by, yes=yes, original=asked)
    setting.tell(released, lambda: show_released(released))
