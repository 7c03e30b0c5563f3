"""A command at a real terminal, with an officer at its keys."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

LIMIT_S: Final = 60.0


class Terminal:
    """The program in a terminal of its own, 100 columns wide."""

    def __init__(self, folder: Path, *args: str) -> None:
        self.screen = ""  # all that was shown
        self._seen = 0  # what was waited for
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "detente", "--dir", str(folder), *args],
            stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
            env={**os.environ, "COLUMNS": "100", "TERM": "dumb"},
        )  # fmt: skip
        os.close(theirs)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _where: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        os.close(self._ours)

    def waits_for(self, text: str) -> None:
        """Read until it is shown, after what was waited for before."""
        end = time.monotonic() + LIMIT_S
        while text not in self.screen[self._seen :]:
            assert self._read(end), f"{text!r} is not on the screen:\n{self.screen}"
        self._seen = self.screen.index(text, self._seen) + len(text)

    def types(self, text: str) -> None:
        os.write(self._ours, text.encode() + b"\n")

    def breaks_off(self) -> None:
        """Ctrl-D, for Ctrl-C is nothing to a program that was started in the background."""
        os.write(self._ours, b"\x04")

    def ends(self) -> int:
        """Read to the end: the exit code."""
        end = time.monotonic() + LIMIT_S
        while self._read(end):
            pass
        return self._process.wait(LIMIT_S)

    def _read(self, end: float) -> bool:
        if not select.select([self._ours], [], [], max(0.0, end - time.monotonic()))[0]:
            return False
        with contextlib.suppress(OSError):  # what a terminal says when nobody holds its other end
            if data := os.read(self._ours, 65_536):
                self.screen += data.decode(errors="replace").replace("\r\n", "\n")
                return True
        return False
