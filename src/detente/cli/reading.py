"""`detente inbox`, `outbox` and `show`: what was said, how it counts, and who has heard it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers import DraftShown, MessageShown
    from detente.cli.screen import Screen
    from detente.station.views import Box

last_option = click.option(
    "--last",
    type=click.IntRange(1),
    default=100,
    show_default=True,
    help="At most so many of the newest of a line.",
)


@click.command(cls=Command)
@line_argument(required=False)
@last_option
@pass_setting
def inbox(setting: Setting, line: str | None, last: int) -> None:
    """List what the others said, on every line or on LINE."""
    from detente.cli.answers import ListAnswer
    from detente.station.views import Box

    found, withheld = _messages(setting, line, Box.INBOX, last)
    answer = ListAnswer(
        messages=tuple(each for messages in found.values() for each in messages), withheld=withheld
    )
    setting.tell(answer, lambda: _show_lists(setting, "inbox", found, withheld, {}))


@click.command(cls=Command)
@line_argument(required=False)
@last_option
@pass_setting
def outbox(setting: Setting, line: str | None, last: int) -> None:
    """List what we said, who has heard it, and the drafts that are not yet released."""
    from detente.cli.answers import OutboxAnswer
    from detente.cli.drafts import drafts_of
    from detente.station.views import Box

    found, withheld = _messages(setting, line, Box.OUTBOX, last)
    drafts = {
        each: tuple(d for d in drafts_of(setting, each) if d.channel not in withheld[each])
        for each in found
    }
    answer = OutboxAnswer(
        messages=tuple(each for messages in found.values() for each in messages),
        drafts=tuple(each for shown in drafts.values() for each in shown),
        withheld=withheld,
    )
    setting.tell(answer, lambda: _show_lists(setting, "outbox", found, withheld, drafts))


@click.command(cls=Command)
@line_argument()
@click.argument("leaf")
@click.option("--paper", is_flag=True, help="For the paper archive: the book keeps that it was.")
@pass_setting
def show(setting: Setting, line: str, leaf: str, paper: bool) -> None:
    """Show one message of LINE whole. LEAF is its hash, or the first digits of it."""
    from detente.cli.answers import MessageShown
    from detente.cli.differences import show_changes
    from detente.cli.reach import accord_of, reach
    from detente.cli.screen import page
    from detente.station.orders import Show

    accord_of(setting, line)
    with reach(setting, line) as station:
        given = station.ask(Show(line, leaf, paper))
        answer = station.shown(line, given, MessageShown)
        amends = given["act"] == "amend" and given["mark"] != "not understood"
        setting.tell(answer, lambda: show_whole(answer))
        if amends and not setting.as_json:
            with page(f"{line}  amendment {leaf}", exercise=answer.exercise) as screen:
                show_changes(setting, screen, station, line, given)


def _messages(
    setting: Setting, line: str | None, box: Box, last: int
) -> tuple[dict[str, tuple[MessageShown, ...]], dict[str, tuple[str, ...]]]:
    """By line, its messages, and the channels of which nothing is shown."""
    from detente.cli.answers import MessageShown
    from detente.cli.reach import lines_of, reach
    from detente.station.orders import List

    wanted = lines_of(setting, line)
    with reach(setting, *wanted) as station:
        given = {each: station.ask(List(each, box, last)) for each in wanted}
        found = {
            line: tuple(station.shown(line, each, MessageShown) for each in answer["messages"])
            for line, answer in given.items()
        }
    return found, {line: tuple(answer["withheld"]) for line, answer in given.items()}


def _show_lists(
    setting: Setting,
    title: str,
    found: dict[str, tuple[MessageShown, ...]],
    withheld: dict[str, tuple[str, ...]],
    drafts: dict[str, tuple[DraftShown, ...]],
) -> None:
    from detente.cli.reach import accord_of
    from detente.cli.screen import page

    for line, messages in found.items():
        with page(f"{line}  {title}", exercise=accord_of(setting, line).exercise) as screen:
            for message in messages:
                screen.message(message)
            if not messages:
                screen.line("nothing yet")
            if withheld[line]:
                screen.withheld(withheld[line])
            _show_drafts(screen, drafts.get(line, ()))


def _show_drafts(screen: Screen, drafts: tuple[DraftShown, ...]) -> None:
    if drafts:
        screen.line("Drafts, seen by nobody else:")
    for each in drafts:
        screen.line(f"{each.draft}  {each.act} on {each.channel}")
        screen.under(each.text, indent=14)


def show_whole(each: MessageShown) -> None:
    """Everything about a message: what was said, how it counts, and what came of it."""
    import msgspec

    from detente.cli.screen import RECOVERED, heard, page
    from detente.phrase.dtg import dtg
    from detente.phrase.plain import shown, shown_lines

    with page(f"{each.line}  message {each.leaf[:8]}", exercise=each.exercise) as screen:
        screen.pairs(
            [
                ("leaf", each.leaf),
                ("from", shown(each.author)),
                ("number", each.number),
                ("author's time", f"{dtg(each.time)}  ({each.time_iso})"),
                ("our time", f"{dtg(each.recorded)}  ({each.recorded_iso})"),
                ("acknowledge by", dtg(each.acknowledge_by)),
                ("channel", shown(each.channel)),
                ("to", ", ".join(map(shown, each.to)) or "all posts"),
                ("act", shown(each.act)),
                ("in reply to", each.reply or "nothing"),
                ("released by", ", ".join(map(shown, each.releasers)) or "not stated"),
                ("counts as", f"{each.mark}{': ' if each.why else ''}{shown(each.why)}"),
                ("safety of life", "yes" if each.safety_of_life else "no"),
                ("heard", heard(each)),
            ]
        )
        screen.line()
        if each.recovered:
            screen.line(RECOVERED, "bold")
        for said in dict.fromkeys((each.text, *each.texts.values())):  # in our own language first
            for line in said.split("\n"):
                screen.line(line)
            screen.line()
        for translation in each.translations:
            screen.line(translation.text)
            screen.line()
        for line in (*each.read_back, *each.warnings):
            screen.line(line, "bold")
        text = each.body.get("text")
        if isinstance(text, str) and "\n" in text:
            for line in shown_lines(text):
                screen.under(f"| {line}", indent=4)
        screen.line()
        screen.line("as it was said:")
        screen.under(shown(msgspec.json.encode(each.body, order="sorted").decode()), indent=4)
        for reply in each.replies:
            screen.line(f"reply {reply.leaf[:8]}: {shown(reply.act)} by {shown(reply.author)}")
