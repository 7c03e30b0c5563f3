"""`detente voice`: whether a voice on another line sits beside the other party's station."""

from __future__ import annotations

import secrets

import click

from detente.cli.options import line_argument
from detente.cli.setting import Family, Setting, pass_setting

DIGITS = 6


@click.group(cls=Family)
def voice() -> None:
    """Ask a voice for words that only its station can make, or answer one that asks.

    A number, a face and a voice can be forged; nothing that arrives by them changes any state.
    """


@voice.command()
@line_argument()
@click.argument("party")
@pass_setting
def ask(setting: Setting, line: str, party: str) -> None:
    """Make a number to read aloud to whoever says that he is PARTY of LINE."""
    from detente.cli.answers_people import VoiceAskAnswer
    from detente.cli.reach import accord_of
    from detente.errors import Refused

    others = [name for name in accord_of(setting, line).names if name != setting.config().party]
    if party not in others:
        raise Refused(
            f"{party!a} is no other party of this line", where="voice",
            mend=f"one of {', '.join(others)}",
        )  # fmt: skip
    answer = VoiceAskAnswer(line=line, party=party, number=secrets.randbelow(10**DIGITS))

    def show() -> None:
        click.echo(f"Read aloud: {answer.number:06}. He answers with two lines of five words:")
        click.echo(f'  detente voice check {line} {party} {answer.number:06} "WORDS"')

    setting.tell(answer, show)


@voice.command()
@line_argument()
@click.argument("party")
@click.argument("number", type=click.IntRange(0, 10**DIGITS - 1))
@pass_setting
def answer(setting: Setting, line: str, party: str, number: int) -> None:
    """Show the words to read to PARTY of LINE, who asked with NUMBER."""
    from detente.cli.answers_people import VoiceWordsAnswer
    from detente.cli.reach import reach
    from detente.station.orders import VoiceWords

    with reach(setting, line) as station:
        given = station.ask(VoiceWords(line, party, number))
    found = VoiceWordsAnswer(line=line, party=party, number=number, words=tuple(given["words"]))
    setting.tell(found, lambda: click.echo("\n".join(found.words)))


@voice.command()
@line_argument()
@click.argument("party")
@click.argument("number", type=click.IntRange(0, 10**DIGITS - 1))
@click.argument("heard")
@pass_setting
def check(setting: Setting, line: str, party: str, number: int, heard: str) -> None:
    """Compare the words HEARD with those that PARTY's station makes of NUMBER. Exit code 1 if they
    are not the same. The outcome is kept in the book.
    """
    from detente.cli.answers_people import VoiceCheckAnswer
    from detente.cli.exits import Exit
    from detente.cli.reach import reach
    from detente.station.orders import VoiceCheck

    with reach(setting, line) as station:
        given = station.ask(VoiceCheck(line, party, number, heard))
    found = VoiceCheckAnswer(
        line=line, party=party, number=number, right=given["right"], logged=given["logged"]
    )

    def show() -> None:
        if found.right:
            click.echo(f"RIGHT: whoever speaks sits beside the station of {party}.")
        else:
            click.echo(f"WRONG: nothing shows that this is {party}. Hang up, and call back.")
        click.echo("Whatever is said by voice changes nothing: have it said on the line.")

    setting.tell(found, show)
    if not found.right:
        click.get_current_context().exit(Exit.FINDINGS)
