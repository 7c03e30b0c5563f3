"""`detente open`, `close`, `suspend` and `restore`: our own half of a channel. Each goes FLASH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from detente.cli.options import by_option, line_argument, text_of, time_of, yes_option
from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.reach import Reach


@click.command("open", cls=Command)
@line_argument()
@click.argument("channel")
@by_option
@yes_option
@pass_setting
def open_(setting: Setting, line: str, channel: str, by: tuple[str, ...], yes: bool) -> None:
    """Open our half of CHANNEL on LINE. The channel is open when all halves are."""
    _move(setting, line, channel, "open", {}, by, yes=yes)


@click.command(cls=Command)
@line_argument()
@click.argument("channel")
@by_option
@yes_option
@pass_setting
def close(setting: Setting, line: str, channel: str, by: tuple[str, ...], yes: bool) -> None:
    """Close our half of CHANNEL on LINE, in good order."""
    _move(setting, line, channel, "close", {}, by, yes=yes)


@click.command(cls=Command)
@line_argument()
@click.argument("channel")
@click.option("--reason", required=True, help="Why; - reads it from stdin.")
@click.option(
    "--review",
    required=True,
    metavar="TIME",
    help="When we look at it again: 221830Z NOV 26, 2026-11-22T18:30Z, or +48h.",
)
@by_option
@yes_option
@pass_setting
def suspend(
    setting: Setting,
    line: str,
    channel: str,
    reason: str,
    review: str,
    by: tuple[str, ...],
    yes: bool,
) -> None:
    """Suspend CHANNEL on LINE. It takes one party to suspend, and all of them to restore.

    What saves lives passes all the same, and so do tests and acknowledgements.
    """
    body = {"reason": text_of(reason), "review": time_of(review)}
    _move(setting, line, channel, "suspend", body, by, yes=yes)


@click.command(cls=Command)
@line_argument()
@click.argument("channel")
@click.option(
    "--lift",
    "lifts",
    multiple=True,
    metavar="LEAF",
    help="Only this suspension; may be given again.",
)
@by_option
@yes_option
@pass_setting
def restore(
    setting: Setting,
    line: str,
    channel: str,
    lifts: tuple[str, ...],
    by: tuple[str, ...],
    yes: bool,
) -> None:
    """Lift the suspensions of CHANNEL on LINE that we have not lifted yet: ours and the others'.

    The channel is restored when every party has lifted every suspension.
    """
    from detente.cli.compose import Wish, compose, release, show_released
    from detente.cli.reach import accord_of, reach

    accord_of(setting, line)
    with reach(setting, line) as station:
        body = {"lifts": lifts_of(station, line, channel, lifts)}
        content = compose(setting, line, Wish("restore", channel, body))
        released = release(setting, station, line, content, by=by, yes=yes)
    setting.tell(released, lambda: show_released(released))


def lifts_of(station: Reach, line: str, channel: str, named: tuple[str, ...]) -> list[str]:
    """The standing suspensions that we have yet to lift, our own first."""
    from detente.errors import Refused
    from detente.line.act import LIFTS_MAX
    from detente.station.orders import Status

    (status,) = (each for each in station.ask(Status())["lines"] if each["line"] == line)
    us, standing = status["us"], list[dict[str, Any]]()
    for each in status["channels"]:
        if each["channel"] == channel:
            standing = [one for one in each["suspensions"] if us not in one["lifted_by"]]
    found = [one["leaf"] for one in sorted(standing, key=lambda one: bool(one["author"] != us))]
    for prefix in named:
        if sum(leaf.startswith(prefix) for leaf in found) != 1:
            raise Refused(
                f"{prefix!a} names no suspension of {channel} that we have yet to lift",
                where="restore",
                mend="`detente status` lists them",
            )
    chosen = [leaf for leaf in found if not named or leaf.startswith(named)]
    if not chosen:
        raise Refused(
            f"no suspension of {channel} stands that we have yet to lift",
            where="restore",
            mend="`detente status` shows what each party has yet to lift",
        )
    return chosen[:LIFTS_MAX]


def _move(
    setting: Setting,
    line: str,
    channel: str,
    act: str,
    body: dict[str, Any],
    by: tuple[str, ...],
    *,
    yes: bool,
) -> None:
    from detente.cli.compose import Wish, compose, release, show_released
    from detente.cli.reach import reach

    content = compose(setting, line, Wish(act, channel, body))
    with reach(setting, line) as station:
        released = release(setting, station, line, content, by=by, yes=yes)
    setting.tell(released, lambda: show_released(released))
