"""`detente keys LINE`: whose checkpoints to believe now, for witnesses and other strangers."""

from __future__ import annotations

from pathlib import Path

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, pass_setting


@click.command(cls=Command)
@line_argument()
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Write them to this file, too."
)
@pass_setting
def keys(setting: Setting, line: str, out: Path | None) -> None:
    """Show the verifier keys in force of every ledger of LINE: two each, and both must have signed.

    After a rekey a witness knows only the old ones: give it the file, for `detente witness admit`.
    """
    from detente.cli.answers import KeysAnswer
    from detente.cli.reach import accord_of, reach
    from detente.cli.screen import page
    from detente.station.files import replace
    from detente.station.orders import Status

    accord = accord_of(setting, line)
    with reach(setting, line) as station:
        given = next(each for each in station.ask(Status())["lines"] if each["line"] == line)
    found: dict[str, tuple[str, ...]] = {p: tuple(k) for p, k in given["keys"].items()}
    if out is not None:
        text = "".join(f"{key}\n" for each in found.values() for key in each)
        replace(out.absolute(), text.encode(), 0o644)

    def show() -> None:
        with page(f"{line}  verifier keys", exercise=accord.exercise) as screen:
            for party, each in found.items():
                screen.line(party, "bold")
                for key in each:
                    screen.under(key, indent=4)
            if out is not None:
                screen.line(f"written to {out}")

    answer = KeysAnswer(
        line=line, exercise=accord.exercise, keys=found, file=str(out.absolute()) if out else None
    )
    setting.tell(answer, show)
