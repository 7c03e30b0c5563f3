"""`detente due`: who owes whom what, and by when, on every line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, now_ms, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers_threads import DueAnswer, DueLine, DueShown
    from detente.cli.screen import Screen

NEXT = {
    "repeat": "say it again",
    "alternate": "call the alternate",
    "next level": "raise it to the next level",
    "other path": "try another path: voice, radio, an embassy",
}


@click.command(cls=Command)
@line_argument(required=False)
@pass_setting
def due(setting: Setting, line: str | None) -> None:
    """List who owes whom what, and by when, on every line or on LINE; what is late comes first.

    A receipt ends nothing: a person's word does, however late it comes.
    """
    from detente.cli.answers_threads import DueAnswer
    from detente.cli.reach import lines_of, reach
    from detente.phrase.dtg import iso
    from detente.station.orders import Due

    wanted, now = lines_of(setting, line), now_ms()
    with reach(setting, *wanted) as station:
        lines = tuple(_line(setting, each, station.ask(Due(each))) for each in wanted)
    answer = DueAnswer(time=now, time_iso=iso(now), lines=lines)
    setting.tell(answer, lambda: _show_all(answer))


def _line(setting: Setting, line: str, given: dict[str, Any]) -> DueLine:
    import msgspec

    from detente.cli.answers_threads import DueLine
    from detente.cli.reach import accord_of

    exercise = accord_of(setting, line).exercise
    return msgspec.convert(
        {**given, "line": line, "exercise": exercise, "us": setting.config().party}, DueLine
    )


def _show_all(answer: DueAnswer) -> None:
    for line in answer.lines:
        _show(line, answer.time)


def _show(each: DueLine, now: int) -> None:
    from detente.cli.screen import page
    from detente.phrase.dtg import dtg

    with page(f"{each.line}  due", exercise=each.exercise) as screen:
        for one in each.due:
            _show_due(screen, one, each.us, now)
        if not each.due:
            screen.line("nothing is due")
        if each.missed:
            count = f"{each.missed_count} tests and contacts were missed; the last:"
            screen.line(count, "bold")
            for turn in each.missed[-5:]:
                what = f", {turn.contact}" if turn.contact else ""
                screen.under(f"{dtg(turn.turn)}  {turn.party} was to call{what}", indent=4)
        if each.next:
            first = each.next[0]
            screen.line(f"next contact: {first.contact}, {dtg(first.time)}, {first.party} calls")
        if each.withheld:
            screen.withheld(each.withheld)


def _show_due(screen: Screen, one: DueShown, us: str, now: int) -> None:
    from detente.phrase.dtg import age, dtg

    left = f"OVERDUE {age(now - one.until)}" if one.late else f"in {age(one.until - now)}"
    whom = "WE OWE" if one.owes == us else f"{one.owes} owes"
    about = f" {one.leaf[:8]} ({one.act})" if one.leaf else f" {one.contact}" if one.contact else ""
    if one.duty == "test":
        about = " of the channel, which is open again" if one.contact else " of this turn"
    to = "" if one.to == one.owes else " us" if one.to == us else f" {one.to}"
    screen.line(
        f"{left}  {whom}{to}: {one.duty}{about}",
        "bold" if one.late else "",
    )
    screen.under(f"on {one.channel}, by {dtg(one.until)}", indent=4)
    if not one.arrived:
        screen.under("NOT ARRIVED: no person there can have seen it", "bold", indent=4)
    elif one.rung:
        what = "do it, or ask for time" if one.owes == us else NEXT[one.rung]
        screen.under(f"next: {what}", "bold", indent=4)
