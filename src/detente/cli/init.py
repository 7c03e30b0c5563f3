"""`detente init PARTY`: a folder with a configuration that explains itself."""

from __future__ import annotations

import re

import click

from detente.cli.setting import CONFIG, Command, Setting, pass_setting


@click.command(cls=Command)
@click.argument("party")
@pass_setting
def init(setting: Setting, party: str) -> None:
    """Make a station's folder for PARTY, with a commented detente.toml. Nothing is overwritten."""
    from detente.cli.answers import InitAnswer
    from detente.cli.screen import page
    from detente.station.config import parse_config
    from detente.station.files import PRIVATE_FOLDER, create

    if setting.directory is None:
        setting.directory = setting.folder
    folder = setting.folder.absolute()
    text = configuration(party)
    parse_config(
        text, folder
    )  # a name that no accord would take is refused before anything is made
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    path = folder / CONFIG
    create(path, text.encode(), 0o644)

    def show() -> None:
        with page(f"station of {party}") as screen:
            screen.pairs([("folder", str(folder)), ("configuration", str(path))])
            screen.line("Next: detente card LINE")

    setting.tell(InitAnswer(party=party, folder=str(folder), config=str(path)), show)


def configuration(party: str) -> str:
    """The example of every key, with the party set and the line left as a comment."""
    from detente.station.settings_page import config_example

    head, _, lines = config_example().partition("[line.")
    head = re.sub(r'(?m)^party = ".*"$', lambda _: f'party = "{party}"', head)
    commented = [
        line if not line or line.startswith("#") else f"# {line}"
        for line in f"[line.{lines}".splitlines()
    ]
    return head + "\n".join(commented) + "\n"
