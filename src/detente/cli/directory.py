"""`detente directory`: how the posts of a line are named and addressed, as all parties agreed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers import MessageShown
    from detente.cli.answers_threads import PostShown


@click.command(cls=Command)
@line_argument()
@click.argument("post", required=False)
@pass_setting
def directory(setting: Setting, line: str, post: str | None) -> None:
    """List the agreed names and forms of address of LINE's posts, or of POST, in every language.

    A post is agreed on with form 32, by proposal. One that was agreed on again is listed with what
    holds now first.
    """
    from detente.cli.answers_threads import DirectoryAnswer
    from detente.cli.reach import accord_of

    accord = accord_of(setting, line)
    posts = [each for each in _agreed(setting, line) if post in (None, each.post)]
    posts.sort(key=lambda each: (each.post, -each.agreed))
    answer = DirectoryAnswer(line=line, exercise=accord.exercise, posts=tuple(posts))
    setting.tell(answer, lambda: _show(answer))


def _agreed(setting: Setting, line: str) -> list[PostShown]:
    """Every form of address that was proposed and concluded."""
    from detente.advice import filled
    from detente.cli.answers import MessageShown
    from detente.cli.answers_threads import PostShown
    from detente.cli.reach import reach
    from detente.station.orders import Show, Threads

    found = []
    with reach(setting, line) as station:

        def message(leaf: str) -> MessageShown:
            return station.shown(line, station.ask(Show(line, leaf)), MessageShown)

        for each in station.ask(Threads(line))["proposals"]:
            if each["state"] != "agreed":
                continue
            proposal = message(each["leaf"])
            form = filled(proposal.act, proposal.body)
            if form is None or form[0].name != "form_of_address":
                continue
            slots = form[1].slots
            ends = [reply.leaf for reply in proposal.replies if reply.act == "conclude"]
            agreed = max(message(leaf).recorded for leaf in ends)
            found.append(
                PostShown(
                    post=slots["post"], names=slots["names"], addresses=slots["addresses"],
                    proposed_by=proposal.author, agreed=agreed, leaf=proposal.leaf,
                )
            )  # fmt: skip
    return found


def _show(answer: Any) -> None:
    from detente.cli.screen import page
    from detente.phrase.dtg import dtg
    from detente.phrase.plain import shown

    with page(f"{answer.line}  directory", exercise=answer.exercise) as screen:
        known: set[str] = set()
        for each in answer.posts:
            old = "  (before)" if each.post in known else ""
            known.add(each.post)
            screen.line(f"{each.post}{old}", "" if old else "bold")
            for code in sorted({*each.names, *each.addresses}):
                name, address = each.names.get(code, ""), each.addresses.get(code, "")
                screen.under(f"{code}  {shown(name)}: “{shown(address)}”", indent=2)
            screen.under(f"agreed {dtg(each.agreed)}, proposed by {shown(each.proposed_by)}")
        if not answer.posts:
            screen.line("no post is agreed on yet: `detente draft LINE --form form_of_address`")
