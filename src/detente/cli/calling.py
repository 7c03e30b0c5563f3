"""`detente call`, `ready`, `nothing` and `raise`: calls between two posts, and a matter that goes
up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli.options import by_option, line_argument, precedence_option, text_of, yes_option
from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.line.accord import Accord

KINDS = ("opening", "closing", "test")


@click.command(cls=Command)
@line_argument()
@click.argument("what")
@click.option("--channel", help="Where; by default the contact's, or the line's first.")
@by_option
@yes_option
@pass_setting
def call(
    setting: Setting, line: str, what: str, channel: str | None, by: tuple[str, ...], yes: bool
) -> None:
    """Call the other post of LINE up. WHAT is a contact of the accord by its name, or opening,
    closing or test.
    """
    from detente.cli.compose import Wish, compose, release, show_released
    from detente.cli.reach import accord_of, reach

    accord_of(setting, line)
    with reach(setting, line) as station:
        kind, contact, where = _of(station.accord(line), what)
        body = {"call": kind, "contact": contact}
        content = compose(setting, line, Wish("callup", channel or where, body))
        released = release(setting, station, line, content, by=by, yes=yes)
    setting.tell(released, lambda: show_released(released))


def _of(accord: Accord, what: str) -> tuple[str, str, str]:
    """The kind of a call, the contact that it is for, and its channel."""
    from detente.errors import Refused

    if (found := accord.contact(what)) is not None:
        return found.call.value, found.name, found.channel
    if what not in KINDS:
        names = ", ".join((*(each.name for each in accord.calls), *KINDS))
        raise Refused(f"no contact {what!a}", where="call", mend=f"one of {names}")
    return what, "", accord.channels[0].name


@click.command(cls=Command)
@line_argument()
@click.argument("leaf")
@click.option("--text", default="", help="A few words; - reads them from stdin.")
@precedence_option
@by_option
@yes_option
@pass_setting
def ready(
    setting: Setting,
    line: str,
    leaf: str,
    text: str,
    precedence: str | None,
    by: tuple[str, ...],
    yes: bool,
) -> None:
    """Answer the call-up LEAF of LINE: a person is at this post."""
    from detente.cli.speaking import reply

    reply(setting, line, leaf, "ready", {"text": text_of(text)}, precedence, by, yes=yes)


@click.command(cls=Command)
@line_argument()
@click.argument("leaf")
@precedence_option
@by_option
@yes_option
@pass_setting
def nothing(
    setting: Setting, line: str, leaf: str, precedence: str | None, by: tuple[str, ...], yes: bool
) -> None:
    """Say that there is nothing to report, to the call-up or line test LEAF of LINE."""
    from detente.cli.speaking import reply

    reply(setting, line, leaf, "nothing", {}, precedence, by, yes=yes)


@click.command("raise", cls=Command)
@line_argument()
@click.argument("leaf")
@click.option("--channel", required=True, help="The channel of the higher level.")
@click.option("--reason", required=True, help="Why; - reads it from stdin.")
@precedence_option
@by_option
@yes_option
@pass_setting
def raise_(
    setting: Setting,
    line: str,
    leaf: str,
    channel: str,
    reason: str,
    precedence: str | None,
    by: tuple[str, ...],
    yes: bool,
) -> None:
    """Raise the matter LEAF of LINE to a higher level: a question with that channel's clock."""
    from detente.cli.speaking import reply

    words = {"language": setting.language().code, "text": text_of(reason)}
    reply(setting, line, leaf, "raise", {"reason": words}, precedence, by, yes=yes, channel=channel)
