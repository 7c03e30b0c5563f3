"""`detente status`: what is declared, what is observed, and whether the circuit works."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, now_ms, pass_setting
from detente.phrase.dtg import age, dtg

if TYPE_CHECKING:
    from detente.cli.answers import ChannelState, Cosigned, LineStatus
    from detente.cli.reach import Reach
    from detente.cli.screen import Screen


@click.command(cls=Command)
@line_argument(required=False)
@pass_setting
def status(setting: Setting, line: str | None) -> None:
    """Show every line, or LINE: what is declared, what is owed, and whether the circuit works."""
    from detente.cli.answers import StatusAnswer
    from detente.cli.reach import lines_of, reach
    from detente.phrase.dtg import iso
    from detente.station.orders import Status

    wanted = lines_of(setting, line)
    now = now_ms()
    with reach(setting) as station:
        given = station.ask(Status())["lines"]
        lines = tuple(line_status(station, each) for each in given if each["line"] in wanted)
    answer = StatusAnswer(station=station.running, time=now, time_iso=iso(now), lines=lines)

    def show() -> None:
        for each in answer.lines:
            show_line(each, running=answer.station, now=answer.time)

    setting.tell(answer, show)


def line_status(station: Reach, given: dict[str, Any]) -> LineStatus:
    """A line's status as the station gives it, its suspensions in words."""
    import msgspec

    from detente.cli.answers import LineStatus, MessageShown, SuspensionShown

    channels = [
        {
            **channel,
            "suspensions": [
                station.shown(given["line"], each, SuspensionShown)
                for each in channel["suspensions"]
            ],
        }
        for channel in given["channels"]
    ]
    works = [station.shown(given["line"], each, MessageShown) for each in given["works"]]
    return msgspec.convert(
        {**given, "channels": channels, "works": works}, LineStatus, from_attributes=True
    )


def show_line(each: LineStatus, *, running: bool, now: int) -> None:
    """One line on the screen."""
    from detente.cli.screen import page
    from detente.phrase.plain import shown

    with page(f"{each.line}  {each.us}", exercise=each.exercise) as screen:
        if not running:
            screen.line("The station is NOT RUNNING: this is from its files.", "bold")
        for channel in each.channels:
            _show_channel(screen, channel)
        for works in each.works:
            screen.line(f"WORKS ON THE LINE, announced by {works.author}: {works.leaf[:8]}", "bold")
            for text in works.text.splitlines()[1:]:
                screen.under(text, indent=4)
        seen = [party for party in each.parties if party != each.us]
        screen.pairs([(f"observed {party}", _observed(each, party, now)) for party in seen])
        late = f", {each.late} LATE" if each.late else ""
        screen.pairs(
            [("due", f"{each.due}{late} (detente due {each.line})" if each.due else "nothing")]
        )
        screen.pairs([(f"circuit to {party}", _circuit(each, party)) for party in each.technical])
        screen.pairs([(f"witness {shown(w.name)}", _cosigned(each, w)) for w in each.witnesses])
        if each.witnessed:
            screen.pairs([("witness policy", each.witnessed)])
        owed = ", ".join(f"{party} {count}" for party, count in each.unreceipted.items() if count)
        screen.pairs(
            [
                ("not yet receipted", owed or "nothing"),
                ("outstanding", str(each.outstanding) if each.outstanding else "nothing"),
                (
                    "our ledger",
                    "signed" if each.sealed else f"NOT SIGNED: {shown(each.trouble or '')}",
                ),
            ]
        )
        if each.disk_free_bytes is not None:
            screen.pairs([("disk", f"{each.disk_free_bytes / 2**30:.1f} GiB free")])
        for fault in each.faults:
            screen.line(f"FAULT: {shown(fault)}", "bold")
        if each.recovering:
            screen.line("RECOVERING: leaves of our own ledger are being fetched back.", "bold")
        for party in each.contradicted:
            screen.line(f"TWO RECORDS CONTRADICT, and {party} signed both.", "bold")
            screen.line("The likeliest cause is a restored disk. A person must ask.", "bold")
        for post in each.unmanned:
            screen.line(f"NOT MANNED: {post}. Nobody is signed on: detente sign-on NAME", "bold")
        if each.unacknowledged_unseen:
            count = each.unacknowledged_unseen
            screen.line(f"FLASH, {count} not shown to you, wait for a person: sign on", "bold")
        for leaf in each.unacknowledged:
            screen.line(
                f"FLASH {leaf[:8]} waits for a person: detente ack {each.line} {leaf[:8]}", "bold"
            )


def _show_channel(screen: Screen, channel: ChannelState) -> None:
    halves = ", ".join(f"{party} {half}" for party, half in channel.halves.items())
    level = ", ".join(filter(None, (channel.level, channel.topic)))
    more = f"  [{level}]" if level else ""
    screen.line(f"{channel.channel}  {channel.joint.upper()}  ({halves}){more}", "bold")
    for each in channel.suspensions:
        screen.under(f"{each.leaf[:8]}  {each.author}: {each.text}", indent=4)
        screen.under(f"lifted by {', '.join(each.lifted_by) or 'nobody yet'}", indent=14)


def _observed(each: LineStatus, party: str, now: int) -> str:
    """How a party behaves, whatever it declares and whether or not the circuit works."""
    seen = each.observed[party]
    said = "no words yet" if seen.last is None else f"last words {age(now - seen.last)} ago"
    tests = "no test reached it"
    if seen.tests_heard:
        tests = f"answered {seen.tests_answered} of {seen.tests_heard} tests"
    met = f", met {seen.calls_met} calls" if seen.calls_met else ""
    missed = f", MISSED {seen.missed} calls" if seen.missed else ""
    return f"{said}, {tests}{met}{missed}"


def _cosigned(each: LineStatus, witness: Cosigned) -> str:
    if witness.size is None or witness.time is None:
        return "nothing cosigned yet"
    return f"cosigned {witness.size} of our {each.leaves} leaves, at {dtg(witness.time)}"


def _circuit(each: LineStatus, party: str) -> str:
    """One word first: works, STALE, or NOT LINKED; then what is known."""
    from detente.phrase.plain import shown
    from detente.station.link import THEY_DIALLED

    found = each.technical[party]
    if found.heard_ago_ms is None:
        return f"{'linked' if found.linked else 'NOT LINKED'}, nothing heard yet"
    word = "NOT LINKED" if not found.linked else "STALE" if found.stale else "works"
    heard = f"heard {age(found.heard_ago_ms)} ago"
    if found.clock_offset_ms is not None:
        heard += f", its clock {found.clock_offset_ms:+d} ms"
    by = "" if found.path == THEY_DIALLED else "by "
    path = f", {by}{shown(found.path)}" if found.linked and found.path else ""
    return f"{word}, {heard}{path}"
