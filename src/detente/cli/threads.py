"""`detente threads` and `incident`: what has become of what was asked, proposed and reported."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, now_ms, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers import MessageShown
    from detente.cli.answers_threads import DifferenceShown
    from detente.cli.reach import Reach


@click.command(cls=Command)
@line_argument()
@pass_setting
def threads(setting: Setting, line: str) -> None:
    """List the questions of LINE and who owes an answer, its proposals, incidents and zones."""
    from detente.cli.answers_threads import ThreadsAnswer, ThreadShown
    from detente.cli.reach import accord_of, reach
    from detente.station.orders import Threads

    exercise = accord_of(setting, line).exercise
    with reach(setting, line) as station:
        found = station.ask(Threads(line))
        shown = tuple(
            ThreadShown(
                kind=kind.removesuffix("s"), message=_message(station, line, each["leaf"]),
                state=each["state"], due=each.get("due"),
                overdue=each["state"] == "open" and each.get("due", now_ms()) < now_ms(),
                answered_late=each.get("answered_late", False),
                by=(*each.get("closed_by", ()), *each.get("acknowledged_by", ())),
                disputed_by=tuple(each.get("disputed_by", ())),
            )
            for kind in ("questions", "proposals", "incidents", "zones")
            for each in found[kind]
        )  # fmt: skip
    answer = ThreadsAnswer(line=line, exercise=exercise, threads=shown)
    setting.tell(answer, lambda: _show(answer))


def _message(station: Reach, line: str, leaf: str) -> MessageShown:
    from detente.cli.answers import MessageShown
    from detente.station.orders import Show

    return station.shown(line, station.ask(Show(line, leaf)), MessageShown)


def _show(answer: Any) -> None:
    from detente.cli.screen import page
    from detente.phrase.dtg import dtg

    with page(f"{answer.line}  threads", exercise=answer.exercise) as screen:
        for each in answer.threads:
            late = "  OVERDUE" if each.overdue else "  answered LATE" if each.answered_late else ""
            due = f"  due {dtg(each.due)}" if each.due is not None else ""
            screen.line(f"{each.kind}: {each.state.upper()}{due}{late}", "bold" if late else "")
            screen.message(each.message)
        if not answer.threads:
            screen.line("nothing yet")


@click.command(cls=Command)
@line_argument()
@click.argument("leaf")
@pass_setting
def incident(setting: Setting, line: str, leaf: str) -> None:
    """Show an incident of LINE: each side's own account, where they differ, and who has closed it.

    LEAF is the message that opened it, or the first digits of its hash.
    """
    from detente.cli.answers_threads import IncidentAnswer
    from detente.cli.reach import accord_of, reach
    from detente.errors import Refused
    from detente.station.orders import Threads

    exercise = accord_of(setting, line).exercise
    with reach(setting, line) as station:
        known = station.ask(Threads(line))["incidents"]
        found = [each for each in known if each["leaf"].startswith(leaf)]
        if len(found) != 1:
            names = ", ".join(each["leaf"][:8] for each in known) or "none"
            raise Refused(f"no incident {leaf!a}", where="incident", mend=f"there are {names}")
        accounts = {
            party: _message(station, line, each) for party, each in found[0]["accounts"].items()
        }
        answer = IncidentAnswer(
            line=line, exercise=exercise, opening=_message(station, line, found[0]["leaf"]),
            accounts=accounts, differences=_differences(setting, accounts),
            state=found[0]["state"], closed_by=tuple(found[0]["closed_by"]),
        )  # fmt: skip
    setting.tell(answer, lambda: _show_incident(answer))


def _differences(
    setting: Setting, accounts: dict[str, MessageShown]
) -> tuple[DifferenceShown, ...]:
    from detente.advice import filled
    from detente.cli.answers_threads import DifferenceShown
    from detente.line.differences import differences

    language = setting.language()
    forms = {p: filled("notify", each.body) for p, each in accounts.items()}
    known = {party: found for party, found in forms.items() if found is not None}
    if not known:
        return ()
    form = next(iter(known.values()))[0]
    slots = {party: found[1].slots for party, found in known.items()}
    return tuple(
        DifferenceShown(
            slot=each.slot,
            says={
                each.one: language.say_slot(form.number, each.slot, each.one_value),
                each.other: language.say_slot(form.number, each.slot, each.other_value),
            },
            apart=each.by,
            unit=each.unit,
        )
        for each in differences(slots, form)
    )


def _show_incident(answer: Any) -> None:
    from detente.cli.screen import page

    with page(f"{answer.line}  incident", exercise=answer.exercise) as screen:
        screen.message(answer.opening)
        for party, account in answer.accounts.items():
            screen.line()
            screen.line(f"The account of {party}:", "bold")
            screen.under(account.text)
        screen.line()
        screen.line("Where the accounts differ; neither takes the other's place:", "bold")
        for each in answer.differences:
            apart = f"  ({each.apart} {each.unit} apart)" if each.apart is not None else ""
            for party, says in each.says.items():
                screen.under(f"{party}: {says or 'says nothing of it'}{apart}")
        if not answer.differences:
            screen.under("nowhere")
        closed = ", ".join(answer.closed_by) or "nobody"
        screen.line(f"{answer.state.upper()}: closed by {closed}", "bold")
