"""`detente export`: a line, or one message with its proofs, in a file that a stranger can check."""

from __future__ import annotations

from pathlib import Path

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, pass_setting


@click.command(cls=Command)
@line_argument()
@click.option(
    "--message", metavar="LEAF", help="Only this message, with the proofs of who said and heard it."
)
@click.option(
    "--statement", metavar="LEAF", help="Only this joint statement, in one file for the press."
)
@click.option(
    "--non-reply", metavar="LEAF", help="A certificate that this question is not answered."
)
@click.option("--party", default="", help="Who has not answered; needed among more than two.")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file; by default named after the line.",
)
@click.option("--force", is_flag=True, help="Overwrite the file.")
@pass_setting
def export(
    setting: Setting, line: str, message: str | None, statement: str | None,
    non_reply: str | None, party: str, out: Path | None, force: bool,
) -> None:  # fmt: skip
    """Write LINE, or one message of it, to a file for `detente verify`.

    It holds what was said and what was signed, and none of our private times.
    """
    import hashlib

    from detente.cli.answers import ExportAnswer
    from detente.cli.reach import accord_of, reach
    from detente.cli.screen import page
    from detente.station.files import create, replace
    from detente.station.orders import Evidence, Export, NonReplyFile, StatementFile

    accord = accord_of(setting, line)
    if sum(each is not None for each in (message, statement, non_reply)) > 1:
        raise click.UsageError("--message, --statement and --non-reply exclude each other.")
    with reach(setting, line) as station:
        if statement is not None:
            kind, text = "statement", station.ask(StatementFile(line, statement))["file"]
        elif non_reply is not None:
            kind, text = "non-reply", station.ask(NonReplyFile(line, non_reply, party))["file"]
        elif message is not None:
            kind, text = "message", station.ask(Evidence(line, message))["evidence"]
        else:
            kind, text = "line", station.ask(Export(line))["export"]
    data, leaf = text.encode(), statement or non_reply or message
    path = out or Path(f"{line}.{leaf}.{kind}.json" if leaf else f"{line}.export.json")
    (replace if force else create)(path.absolute(), data, 0o600)
    digest = hashlib.sha256(data).hexdigest()

    def show() -> None:
        with page(f"{line}  export", exercise=accord.exercise) as screen:
            screen.pairs([("file", str(path)), ("bytes", str(len(data))), ("sha256", digest)])
            more = f" --accord {setting.line_folder(line) / 'accord.json'}" if message else ""
            screen.line(f"Check it with: detente verify {path}{more}")

    setting.tell(
        ExportAnswer(
            line=line,
            exercise=accord.exercise,
            kind=kind,
            file=str(path.absolute()),
            bytes=len(data),
            sha256=digest,
        ),
        show,
    )
