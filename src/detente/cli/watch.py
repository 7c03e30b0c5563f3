"""`detente sign-on`, `sign-off`, `watch`, `hand-over` and `take-over`: who has the watch."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

import click

from detente.cli.options import secret_of
from detente.cli.setting import Command, Setting, now_ms, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers_people import PostState, WatchAnswer
    from detente.cli.screen import Screen


HOLES_SHOWN: Final = 3


@click.command("sign-on", cls=Command)
@click.argument("officer")
@click.option("--post", default="watch", show_default=True, help="The post to hold.")
@click.option("--seat", help="The name of this seat; by default of this terminal.")
@pass_setting
def sign_on(setting: Setting, officer: str, post: str, seat: str | None) -> None:
    """Sign on as OFFICER at this seat. Asks for a password and for the code of this half minute.

    Without a terminal both are read from stdin, a line each.
    """
    from detente.cli.answers_people import SignOnAnswer
    from detente.cli.reach import reach
    from detente.station.files import PRIVATE, replace
    from detente.station.orders_people import SignOn

    password, code = secret_of("Password"), secret_of("Code")
    with reach(setting) as station:
        _check_running(running=station.running)
        given = station.ask(SignOn(officer, password, code, post, seat or _seat()))
    path = setting.session.absolute()
    replace(path, given["session"].encode(), PRIVATE)
    answer = SignOnAnswer(officer=officer, post=post, file=str(path))
    setting.tell(answer, lambda: click.echo(f"{officer} is signed on at {post}"))


def _check_running(*, running: bool) -> None:
    from detente.errors import Unreachable

    if not running:
        raise Unreachable(
            "the station does not run", where="sign-on", mend="start it with `detente serve`"
        )


def _seat() -> str:
    try:
        return os.ttyname(0)
    except OSError:
        return "no terminal"


@click.command("sign-off", cls=Command)
@pass_setting
def sign_off(setting: Setting) -> None:
    """Leave this seat. Hand the watch over first, or its post stands empty."""
    import msgspec

    from detente.cli.answers_people import SignOffAnswer
    from detente.cli.reach import reach
    from detente.station.orders_people import SignOff

    try:
        with reach(setting) as station:
            given = station.ask(SignOff())
    finally:
        setting.session.unlink(missing_ok=True)
    answer = msgspec.convert({**given, "file": str(setting.session.absolute())}, SignOffAnswer)

    def show() -> None:
        click.echo("signed off")
        if not answer.held:
            click.echo(f"NOBODY HAS THE WATCH at {answer.post}: whoever is there takes it over")

    setting.tell(answer, show)


@click.command(cls=Command)
@pass_setting
def watch(setting: Setting) -> None:
    """Show who has the watch at every post, who is there, and where the watch bill has nobody."""
    import msgspec

    from detente.cli.answers_people import HoleShown, WatchAnswer
    from detente.cli.reach import reach
    from detente.station.orders_people import Watch

    with reach(setting) as station:
        given = station.ask(Watch())
    found = [HoleShown(post=h["post"], since=h["from"], until=h["to"]) for h in given["holes"]]
    answer = msgspec.convert(
        {**given, "time": now_ms(), "holes": found}, WatchAnswer, from_attributes=True
    )
    setting.tell(answer, lambda: _show(answer))


def _show(answer: WatchAnswer) -> None:
    from detente.cli.screen import page
    from detente.phrase.dtg import dtg

    with page("watch") as screen:
        for post in answer.posts:
            _show_post(screen, post, answer.time)
        if not answer.posts:
            screen.line("no posts: nobody has signed on, and detente.toml has no watch bill")
        for hole in answer.holes[:HOLES_SHOWN]:
            span = f"from {dtg(hole.since)} to {dtg(hole.until)}"
            screen.line(f"A HOLE IN THE BILL: {hole.post} has nobody {span}", "bold")
        if (more := len(answer.holes) - HOLES_SHOWN) > 0:
            screen.line(f"AND {more} MORE HOLES in the fortnight to come", "bold")
        if answer.holes:
            screen.under("mend it with a [[shift]] in detente.toml", indent=4)


def _show_post(screen: Screen, post: PostState, now: int) -> None:
    from detente.phrase.dtg import age

    holder = f"{post.holder}, for {age(now - post.since)}" if post.since else "nobody"
    manned = "" if post.manned else "  NOT MANNED"
    if post.manned and not post.holder:
        manned = "  HAS THE WATCH; take it over: detente take-over"
    screen.line(f"{post.post}: {holder}{manned}", "" if post.manned and post.holder else "bold")
    for each in post.seated:
        screen.under(f"signed on: {each.officer}, at {each.seat}", indent=4)
    if post.billed:
        screen.under(f"on the bill: {', '.join(post.billed)}", indent=4)
    if post.offered_to:
        screen.under(f"offered to {post.offered_to}, with {post.open_items} open", indent=4)


@click.command("hand-over", cls=Command)
@click.argument("relief")
@pass_setting
def hand_over(setting: Setting, relief: str) -> None:
    """Offer the watch to RELIEF, with everything that is open on every line."""
    import msgspec

    from detente.cli.answers_people import HandOverAnswer
    from detente.cli.reach import reach
    from detente.station.orders_people import HandOver

    with reach(setting) as station:
        answer = msgspec.convert(station.ask(HandOver(relief)), HandOverAnswer)

    def show() -> None:
        _items(f"{answer.post} is offered to {answer.to}", answer.items)
        click.echo("it is theirs when they have said: detente take-over")

    setting.tell(answer, show)


@click.command("take-over", cls=Command)
@click.option("--yes", is_flag=True, help="Do not ask at the terminal.")
@pass_setting
def take_over(setting: Setting, yes: bool) -> None:
    """Have the watch that was offered, having read what is open."""
    import sys

    from detente.cli.answers_people import TakeOverAnswer
    from detente.cli.reach import reach
    from detente.station.orders_people import Offer, TakeOver

    with reach(setting) as station:
        if not yes and not setting.as_json and sys.stdin.isatty():
            offered = station.ask(Offer())
            _items(f"{offered['post']} is offered to you", tuple(offered["items"]))
            click.confirm("Have you read it, and do you have the watch?", abort=True, err=True)
        given = station.ask(TakeOver())
    answer = TakeOverAnswer(post=given["post"], relieved=given["from"], items=tuple(given["items"]))
    setting.tell(answer, lambda: _items(f"{answer.post} is yours", answer.items))


def _items(head: str, items: tuple[str, ...]) -> None:
    from detente.cli.screen import page

    with page(head) as screen:
        for each in items:
            screen.line(each)
        if not items:
            screen.line("nothing is open")
