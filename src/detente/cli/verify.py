"""`detente verify`: read files as a stranger, offline, with nothing but what one brings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers import FileVerified, VerifyAnswer
    from detente.cli.screen import Screen

EXISTING = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(cls=Command)
@click.argument("files", nargs=-1, required=True, type=EXISTING)
@click.option(
    "--accord",
    type=EXISTING,
    help="The line's accord, got from somebody else; a single message needs it.",
)
@click.option("--line", metavar="ID", help="The line's id, got from somebody else.")
@click.option(
    "--card",
    "cards",
    multiple=True,
    type=EXISTING,
    help="A party's card, got in person; may be given again.",
)
@click.option(
    "--card-words",
    "words",
    multiple=True,
    metavar="WORDS",
    help="The words of a card as they were read aloud.",
)
@click.option(
    "--fingerprint",
    "fingerprints",
    multiple=True,
    metavar="HEX",
    help="The fingerprint of a card, as its party has published it.",
)
@click.option(
    "--evidence",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write what convicts a party of two records to this folder, a file for each.",
)
@pass_setting
def verify(
    setting: Setting, files: tuple[Path, ...], accord: Path | None, line: str | None,
    cards: tuple[Path, ...], words: tuple[str, ...], fingerprints: tuple[str, ...],
    evidence: Path | None,
) -> None:  # fmt: skip
    """Check FILES that `export`, or `verify --evidence`, wrote. Exit code 1 if anything is found.

    It never goes online and needs no station. Each finding says what, where, and what it means.
    """
    from detente.cli.exits import Exit
    from detente.cli.progress import bar_of
    from detente.cli.verifying import Brought, check_files

    brought = Brought.of(accord, line, cards, words, fingerprints)
    answer = check_files(files, brought, evidence, bar_of(setting))
    setting.tell(answer, lambda: _show(answer))
    if not answer.ok:
        click.get_current_context().exit(Exit.FINDINGS)


def _show(answer: VerifyAnswer) -> None:
    from detente.cli.screen import page
    from detente.phrase.plain import shown

    for each in answer.files:
        with page(f"{each.file}  one {each.kind}", exercise=each.exercise) as screen:
            _show_file(screen, each)
    with page("findings") as screen:
        for found in answer.findings:
            against = f", against {found.whose}" if found.whose else ""
            screen.line(
                f"{shown(found.code).upper()}  {shown(found.file)}: {shown(found.where)}{against}",
                "bold",
            )
            screen.under(shown(found.what), indent=4)
            screen.under(found.means, indent=4)
            if found.evidence:
                screen.under(f"Evidence: {shown(found.evidence)}", indent=4)
        screen.line(
            _counted(len(answer.findings))
            if answer.findings
            else "none: all that was checked holds"
        )


def _counted(number: int) -> str:
    return "1 finding" if number == 1 else f"{number} findings"


def _show_file(screen: Screen, each: FileVerified) -> None:
    from detente.phrase.plain import shown_lines

    told = [
        ("messages", str(each.messages)),
        ("without some receipt", str(each.unreceipted)),
        ("not regular", str(each.irregular)),
        ("leaves without bytes", str(each.outstanding)),
    ]
    if each.kind == "book":  # its keys are another's word, and stand below
        screen.pairs([("book", each.id), ("trust", each.trust)])
    else:
        screen.pairs([
            ("line", each.id), *told,
            *((f"signed by {s.party}", f"{s.size} leaves, at {s.time_iso}") for s in each.signed),
            ("cosignatures", str(each.cosignatures)), ("trust", each.trust),
        ])  # fmt: skip
    for text in each.proven:  # what others wrote never begins a line on the screen
        first, *rest = shown_lines(text)
        screen.pairs([("*", first), *(("", line) for line in rest)])
