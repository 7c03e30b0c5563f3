"""`detente statistics`: what the parties agreed to count, as a table, a plot and a file."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers_keeping import MonthShown, StatisticsAnswer
    from detente.cli.screen import Screen

CELL: Final = 17  # characters of a column
BAR: Final = 40  # characters of the longest bar
COLUMNS: Final = {
    "tests": ("tests_held", "tests_missed"),
    "acknowledgements": ("acknowledged", "acknowledged_late", "acknowledge_s"),
    "answers": ("answered", "answered_late", "answer_s"),
    "notices": ("notices", "lead_s"),
}


@click.command(cls=Command)
@line_argument()
@click.option(
    "--csv", "out", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the table to this file, for the annual review.",
)  # fmt: skip
@pass_setting
def statistics(setting: Setting, line: str, out: Path | None) -> None:
    """Show by month and party the tests held and missed, the time to acknowledge and to answer, and
    the lead time of notices, as far as the accord of LINE says that they are kept.
    """
    import msgspec

    from detente.cli.answers_keeping import MonthShown, StatisticsAnswer
    from detente.cli.reach import accord_of, reach
    from detente.station.files import create
    from detente.station.orders import Figures

    exercise = accord_of(setting, line).exercise
    with reach(setting, line) as station:
        given = station.ask(Figures(line))
        agreed = tuple(station.accord(line).statistics)
    answer = StatisticsAnswer(
        line=line, exercise=exercise, agreed=agreed,
        months=tuple(msgspec.convert(each, MonthShown) for each in given["months"]),
        file=str(out.absolute()) if out else "",
    )  # fmt: skip
    if out is not None:
        create(out.absolute(), _table(answer).encode(), 0o644)
    setting.tell(answer, lambda: _show(answer))


def _kept(answer: StatisticsAnswer) -> list[str]:
    """The columns that the accord says are kept; all of them where it says nothing."""
    known = [name for name in COLUMNS if name in answer.agreed] or list(COLUMNS)
    return [column for name in known for column in COLUMNS[name]]


def _table(answer: StatisticsAnswer) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    kept = _kept(answer)
    writer.writerow(["month", "party", *kept])
    for each in answer.months:
        values = [getattr(each, column) for column in kept]
        writer.writerow([each.month, each.party, *("" if v is None else v for v in values)])
    return text.getvalue()


def _show(answer: StatisticsAnswer) -> None:
    from detente.cli.screen import page

    with page(f"{answer.line}  statistics", exercise=answer.exercise) as screen:
        kept = _kept(answer)
        for name, columns in COLUMNS.items():
            if columns[0] in kept:
                _show_table(screen, name, columns, answer.months)
        for column, what in (
            ("acknowledge_s", "median time to a person's word"), ("answer_s", "to an answer"),
        ):  # fmt: skip
            if column in kept:
                _plot(screen, answer.months, column, what)
        if answer.file:
            screen.line(f"written to {answer.file}")


def _show_table(
    screen: Screen, name: str, columns: tuple[str, ...], months: tuple[MonthShown, ...]
) -> None:
    """One statistic: a row for each month and party."""
    heads = "  ".join(column.rjust(CELL) for column in columns)
    screen.line(f"{name:<23}{heads}", "bold")
    for each in months:
        cells = "  ".join(_cell(getattr(each, column)).rjust(CELL) for column in columns)
        screen.line(f"{each.month}  {each.party:<14}{cells}")
    screen.line()


def _cell(value: int | None) -> str:
    return "-" if value is None else str(value)


def _plot(screen: Screen, months: tuple[MonthShown, ...], column: str, what: str) -> None:
    """Bars of one length for one time: the longest fills the plot."""
    from detente.phrase.dtg import age

    values = [getattr(each, column) for each in months]
    longest = max((value for value in values if value is not None), default=0)
    if not longest:
        return
    screen.line()
    screen.line(what, "bold")
    for each, value in zip(months, values, strict=True):
        bar = "#" * max(1, round(BAR * value / longest)) if value is not None else ""
        told = age(value * 1_000) if value is not None else "none"
        screen.line(f"{each.month}  {each.party:<12}{bar} {told}")
