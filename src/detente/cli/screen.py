"""What a person sees: calm, exact, in UTC, and never by colour alone.

Text of others is shown escaped and wrapped inside its own column. An exercise line carries the word
EXERCISE above and below everything that is shown of it.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from typing import IO, Final

from rich.console import Console
from rich.text import Text

from detente.cli.answers import MessageShown
from detente.cli.setting import now_ms
from detente.phrase.dtg import dtg
from detente.phrase.plain import shown
from detente.phrase.words import fingerprint_lines

RECOVERED: Final = "RECOVERED: lost and given back; it may have been shown before"
LEAF_SHOWN: Final = 8  # hexadecimal digits: enough to name a message on a screen
INDENT: Final = 10
PIPE_WIDTH: Final = 100
EXERCISE: Final = "EXERCISE"


class Screen:
    """Prints lines, each wrapped to the width of the terminal."""

    def __init__(self, file: IO[str] | None = None, *, err: bool = False) -> None:
        self._console = Console(
            file=file, stderr=err, highlight=False, markup=False, emoji=False, soft_wrap=False
        )
        if not self._console.is_terminal and "COLUMNS" not in os.environ:
            self._console.width = PIPE_WIDTH

    def line(self, text: str = "", style: str = "") -> None:
        self._console.print(Text(text, style, overflow="fold"))

    def under(self, text: str, style: str = "", indent: int = INDENT) -> None:
        """Below a line, and belonging to it."""
        for each in self._wrapped(text, indent):
            self.line(" " * indent + each, style)

    def pairs(self, rows: Sequence[tuple[str, str]]) -> None:
        """Names and values, in two columns."""
        width = max((len(name) for name, _ in rows), default=0) + 2
        for name, value in rows:
            head, *rest = self._wrapped(value, width) or [""]
            self.line(name.ljust(width) + head)
            for each in rest:
                self.line(" " * width + each)

    def words(self, digest: bytes) -> None:
        """A fingerprint to be read aloud, with the number of each line."""
        for number, words in enumerate(fingerprint_lines(digest), 1):
            self.under(f"{number}  {words}", "bold", indent=4)

    def withheld(self, channels: Sequence[str]) -> None:
        """What is not shown is named: nothing to see is not all well."""
        self.line(f"NOT SHOWN, for you need not know: {', '.join(channels)}", "bold")

    def message(self, each: MessageShown) -> None:
        """A message in a list."""
        self.line(
            f"{each.leaf[:LEAF_SHOWN]}  {dtg(each.time)}  {shown(each.author)}  {each.number}  "
            f"{shown(each.channel)}", "bold" if each.precedence == "FLASH" else "",
        )  # fmt: skip
        self.under(each.text)
        for translation in each.translations:
            self.under(translation.text)
        for text in (*each.read_back, *each.warnings):
            self.under(text, "bold")
        if each.reply:
            self.under(f"in reply to {each.reply[:LEAF_SHOWN]}")
        if each.recovered:
            self.under(RECOVERED, "bold")
        if each.mark != "regular":
            self.under(f"{each.mark.upper()}: {shown(each.why)}", "bold")
        self.under(heard(each))

    def _wrapped(self, text: str, indent: int) -> list[str]:
        width = max(self._console.width - indent, 1)
        lines = Text(text, overflow="fold").wrap(self._console, width)
        return [line.plain.rstrip() for line in lines]


def heard(each: MessageShown) -> str:
    """Who has signed for a message. That nobody has is said, too."""
    if not each.heard_by:
        return "said; in no reader's signed ledger yet"
    return f"in the signed ledger of {', '.join(map(shown, each.heard_by))}"


@contextlib.contextmanager
def page(title: str, *, exercise: bool = False, err: bool = False) -> Iterator[Screen]:
    """A screen about one line, marked above and below if it is an exercise."""
    screen = Screen(err=err)
    mark = f"{EXERCISE}  " if exercise else ""
    screen.line(f"{mark}{shown(title)}  {dtg(now_ms())}", "reverse" if exercise else "bold")
    yield screen
    if exercise:
        screen.line(EXERCISE, "reverse")
