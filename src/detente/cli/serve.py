"""`detente serve`: the running station."""

from __future__ import annotations

from pathlib import Path

import click

from detente.cli.exits import keep_bug
from detente.cli.setting import Command, Setting, pass_setting, print_json


@click.command(cls=Command)
@click.option(
    "--lost-database",
    metavar="LINE",
    help="First make an empty journal for LINE, whose database is lost: what it signed comes back.",
)
@pass_setting
def serve(setting: Setting, lost_database: str | None) -> None:
    """Run the station, until SIGTERM or SIGINT.

    The log goes to stderr. While it runs it is the only writer; other commands reach it by a local
    socket. It may be killed: nothing that counts is only in memory.
    """
    from detente.cli.answers import ServeAnswer
    from detente.cli.reach import accord_of
    from detente.cli.screen import EXERCISE, page
    from detente.errors import Refused
    from detente.station import station
    from detente.station.founding import renew
    from detente.station.languages import check

    config = setting.config()
    if not config.lines:
        raise Refused(
            "this station has no line yet", where=str(config.folder),
            mend="make a card with `detente card LINE`, then `detente accord join FILE`",
        )  # fmt: skip
    log_to_stderr(config.log_level, config.folder, as_json=config.log_format == "json")
    check(config.languages)
    if lost_database is not None:
        renew(config.folder, lost_database)
    answer = ServeAnswer(
        serving=tuple(sorted(config.lines)),
        party=config.party,
        control=str(config.control.absolute()),
    )

    def started() -> None:
        if setting.as_json:
            print_json(answer)
            return
        with page(f"station of {answer.party}") as screen:
            for line in answer.serving:
                mark = f"{EXERCISE}  " if accord_of(setting, line).exercise else ""
                listen = config.lines[line].listen
                screen.line(f"{mark}{line}  listens on {listen.host} port {listen.port}")

    station.serve(config, setting.passphrase(), started)


def log_to_stderr(level: str, folder: Path, *, as_json: bool = False) -> None:
    """One line an event, in UTC with Z: for a journal, a person, or a program."""
    import logging
    import time

    import msgspec

    from detente.phrase.dtg import iso

    class Line(logging.Formatter):
        """A fault of ours is one line, too; its details go to a file."""

        def format(self, record: logging.LogRecord) -> str:
            fault = record.exc_info[1] if record.exc_info else None
            record.exc_info = record.exc_text = None
            text = super().format(record)
            return f"{text} (see {keep_bug(fault, folder)[1]})" if fault else text

    class Object(Line):
        """The same as an object of JSON."""

        def format(self, record: logging.LogRecord) -> str:
            message = super().format(record)
            time_ms = round(record.created * 1_000)
            told = {
                "time": iso(time_ms), "level": record.levelname.lower(), "logger": record.name,
                "message": message,
            }  # fmt: skip
            return msgspec.json.encode(told).decode()

    handler = logging.StreamHandler()
    text = "%(asctime)s.%(msecs)03dZ %(levelname)s %(message)s"
    form = Object("%(message)s") if as_json else Line(text, "%Y-%m-%dT%H:%M:%S")
    form.converter = time.gmtime
    handler.setFormatter(form)
    logging.basicConfig(level=level.upper(), handlers=[handler])
