"""`detente rekey`, `amend` and `agree`: what changes keys and terms, never parties."""

from __future__ import annotations

from pathlib import Path

import click

from detente.cli.options import (
    by_option,
    line_argument,
    precedence_option,
    yes_option,
)
from detente.cli.setting import Command, Setting, pass_setting

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=Command)
@line_argument()
@click.option("--channel", help="Where it is said; by default the line's first channel.")
@by_option
@yes_option
@pass_setting
def rekey(setting: Setting, line: str, channel: str | None, by: tuple[str, ...], yes: bool) -> None:
    """Change our log keys on LINE for those that were promised. It passes in any state.

    The keys after those are made and kept before they are promised. Give the witnesses of the line
    our new verifier keys.
    """
    from detente.cli.compose import Wish, compose, release, show_released
    from detente.cli.reach import accord_of, reach
    from detente.station.orders import NextKeys

    where = channel or accord_of(setting, line).channels[0].name
    with reach(setting, line) as station:
        body = station.ask(NextKeys(line))["rekey"]
        content = compose(setting, line, Wish("rekey", where, body))
        released = release(setting, station, line, content, by=by, yes=yes)
    setting.tell(released, lambda: show_released(released))


@click.command(cls=Command)
@line_argument()
@click.argument("file", type=EXISTING)
@click.option("--channel", help="Where it is said; by default the line's first channel.")
@precedence_option
@by_option
@yes_option
@pass_setting
def amend(
    setting: Setting, line: str, file: Path, channel: str | None, precedence: str | None,
    by: tuple[str, ...], yes: bool,
) -> None:  # fmt: skip
    """Propose the accord in FILE as the next of LINE, and consent to it.

    It is the whole next accord. It stands when every other party has agreed; parties, name and
    exercise cannot change: for those, open a new line.
    """
    import msgspec

    from detente.cli.compose import Wish, compose, release, show_released
    from detente.cli.reach import accord_of, reach, read_accord
    from detente.line.message import Precedence
    from detente.station.calendar import check_calls
    from detente.station.orders import Status

    terms, found = read_accord(file)
    check_calls(found)
    where = channel or accord_of(setting, line).channels[0].name
    speed = Precedence(precedence) if precedence else None
    with reach(setting, line) as station:
        (status,) = (each for each in station.ask(Status())["lines"] if each["line"] == line)
        body = {"accord": msgspec.json.decode(terms), "predecessor": status["accord"]}
        content = compose(setting, line, Wish("amend", where, body, speed))
        released = release(setting, station, line, content, by=by, yes=yes)
    setting.tell(released, lambda: show_released(released))


@click.command(cls=Command)
@line_argument()
@click.argument("leaf")
@precedence_option
@by_option
@yes_option
@pass_setting
def agree(
    setting: Setting, line: str, leaf: str, precedence: str | None, by: tuple[str, ...], yes: bool
) -> None:
    """Consent to the amendment LEAF of LINE, whose changes are shown first."""
    from detente.cli.differences import show_changes
    from detente.cli.reach import accord_of, reach
    from detente.cli.screen import page
    from detente.cli.speaking import reply
    from detente.station.orders import Show

    exercise = accord_of(setting, line).exercise
    with reach(setting, line) as station:
        original = station.ask(Show(line, leaf))
        if original["act"] == "amend" and not setting.as_json:
            with page(f"{line}  amendment {original['leaf'][:8]}", exercise=exercise) as screen:
                show_changes(setting, screen, station, line, original)
    reply(setting, line, leaf, "agree", {}, precedence, by, yes=yes)
