"""`detente officer` and `detente book`: who may sign on at this station, and what each has done."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from detente.cli.options import secret_of, time_of
from detente.cli.setting import Command, Family, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers_people import BookAnswer, OfficerListAnswer


NOT_TOLD: Final = ("at", "number", "event", "mark")
LEAF_DIGITS: Final = 12


@click.group(cls=Family)
def officer() -> None:
    """Admit, qualify and dismiss officers. An administrator's affair.

    While the station does not run, whoever has the passphrase of its keys is one.
    """


@officer.command()
@click.argument("name")
@click.option("--post", "posts", multiple=True, help="A post that he may hold; again for more.")
@click.option(
    "--need", "needs", multiple=True, metavar="LINE/CHANNEL",
    help="What he may read: LINE/CHANNEL, LINE/* or *; again for more. Without: nothing.",
)  # fmt: skip
@click.option("--until", metavar="TIME", default="+365d", help="When his qualification expires.")
@click.option("--administrator", is_flag=True, help="He may admit others.")
@click.option("--duress", is_flag=True, help="Ask for a second password, for duress, too.")
@pass_setting
def admit(
    setting: Setting, name: str, posts: tuple[str, ...], needs: tuple[str, ...], until: str,
    administrator: bool, duress: bool,
) -> None:  # fmt: skip
    """Let officer NAME sign on, and show the address of his codes once.

    The first makes the station's book, and is an administrator. Asks for his password; without a
    terminal it is read from stdin.
    """
    from detente.cli.answers_people import OfficerAdmitAnswer
    from detente.cli.reach import reach
    from detente.people.events import Admitted, check_event
    from detente.station.book import book_folder
    from detente.station.orders_people import Admit
    from detente.station.secrets import check_passwords

    first = not (book_folder(setting.folder) / "book.db").exists()
    password = secret_of("Password of the officer")
    second = secret_of("Password for duress") if duress else ""
    what = Admitted(
        administrator=administrator or first, needs=needs, officer=name, posts=posts,
        until=time_of(until, "--until"),
    )  # fmt: skip
    check_passwords(name, password, second)
    check_event(what)
    if first:  # all that can be wrong was found
        _make_book(setting)
    with reach(setting) as station:
        address = station.ask(Admit(what, password, second))["address"]

    def show() -> None:
        if not needs:
            click.echo(f"{name} may read nothing, for want of --need LINE/CHANNEL, LINE/* or '*'.")
        click.echo(f"{name} may sign on. The address of his codes, shown this once:\n{address}")

    setting.tell(OfficerAdmitAnswer(officer=name, address=address), show)


def _make_book(setting: Setting) -> None:
    from detente.cli.reach import running
    from detente.errors import Refused
    from detente.station.book import make_book
    from detente.station.people import make_secrets

    config = setting.config()
    if running(config.control):
        raise Refused(
            "the station runs, and has no book yet", where=str(setting.folder),
            mend="stop it, admit the first officer, and start it again",
        )  # fmt: skip
    passphrase = setting.passphrase()
    make_secrets(setting.folder, passphrase)
    make_book(setting.folder, config.party, passphrase)


@officer.command()
@click.argument("name")
@click.option("--until", metavar="TIME", default="+365d", help="When it expires.")
@pass_setting
def qualify(setting: Setting, name: str, until: str) -> None:
    """Renew the qualification of NAME."""
    from detente.cli.answers_people import OfficerAnswer
    from detente.cli.reach import reach
    from detente.station.orders_people import Qualify

    with reach(setting) as station:
        station.ask(Qualify(name, time_of(until, "--until")))
    setting.tell(OfficerAnswer(officer=name), lambda: click.echo(f"{name} is qualified"))


@officer.command()
@click.argument("name")
@click.option("--reason", required=True, help="Why.")
@pass_setting
def dismiss(setting: Setting, name: str, reason: str) -> None:
    """Let NAME sign on no more. His sessions end at once."""
    from detente.cli.answers_people import OfficerAnswer
    from detente.cli.reach import reach
    from detente.station.orders_people import Dismiss

    with reach(setting) as station:
        station.ask(Dismiss(name, reason))
    setting.tell(OfficerAnswer(officer=name), lambda: click.echo(f"{name} may sign on no more"))


@officer.command("list")
@pass_setting
def list_(setting: Setting) -> None:
    """List everybody who may sign on."""
    import msgspec

    from detente.cli.answers_people import OfficerListAnswer
    from detente.cli.reach import reach
    from detente.station.orders_people import Officers

    with reach(setting) as station:
        answer = msgspec.convert(station.ask(Officers()), OfficerListAnswer)
    setting.tell(answer, lambda: _show(answer))


def _show(answer: OfficerListAnswer) -> None:
    from detente.cli.screen import page
    from detente.phrase.dtg import dtg

    with page("officers") as screen:
        for each in answer.officers:
            posts = ", ".join((*each.posts, *(["administrator"] if each.administrator else [])))
            screen.line(f"{each.name}: {posts or 'no post'}")
            screen.under(f"reads {', '.join(each.needs) or 'nothing'}", indent=4)
            screen.under(f"qualified until {dtg(each.until)}", indent=4)
            if each.wrong:
                screen.under(f"{each.wrong} wrong passwords or codes", "bold", indent=4)


@click.command(cls=Command)
@click.option("--last", type=click.IntRange(1), default=50, show_default=True, help="How many.")
@click.option(
    "--export", "out", type=click.Path(dir_okay=False, path_type=Path),
    help="Write the whole book, signed, to this file: `detente verify` checks it.",
)  # fmt: skip
@pass_setting
def book(setting: Setting, last: int, out: Path | None) -> None:
    """Show what was done at this station, and by whom: the newest entries of its book."""
    from detente.cli.answers_people import BookAnswer
    from detente.cli.reach import reach
    from detente.station.files import PRIVATE, create
    from detente.station.orders_people import BookEntries, BookExport

    with reach(setting) as station:
        if out is not None:
            create(out.absolute(), station.ask(BookExport())["file"].encode(), PRIVATE)
        entries = station.ask(BookEntries(last))["entries"]
    answer = BookAnswer(entries=tuple(entries), file=str(out.absolute()) if out else "")
    setting.tell(answer, lambda: _show_book(answer))


def _show_book(answer: BookAnswer) -> None:
    from detente.cli.screen import page
    from detente.phrase.dtg import iso

    with page("station book") as screen:
        for each in answer.entries:
            rest = (_told(*one) for one in each.items() if one[0] not in NOT_TOLD)
            screen.line(f"{each['number']}  {iso(each['at'])}  {each['event']}")
            screen.under(", ".join(filter(None, rest)), indent=4)
        if answer.file:
            screen.line(f"written to {answer.file}")


def _told(name: str, value: Any) -> str:
    """One field of an entry; nothing for what is empty."""
    from detente.phrase.dtg import dtg
    from detente.phrase.plain import shown

    match value:
        case bool():
            return f"{name} {'yes' if value else 'no'}"
        case int() if name == "until":
            return f"{name} {dtg(value)}"
        case list() | tuple():
            return f"{name} {'; '.join(map(shown, value)) or 'none'}"
        case _:
            text = shown(str(value))
            if name in ("digest", "leaf", "newest", "offer"):
                text = text[:LEAF_DIGITS]
            return f"{name} {text}" if value else ""
