"""How a command ends: one code per party at fault, and no traceback for a person."""

from __future__ import annotations

import enum
import hashlib
import os
import tempfile
import traceback
from pathlib import Path
from typing import Final

from detente import errors
from detente.errors import DetenteError

BUG_ID_CHARACTERS: Final = 8
DEBUG: Final = "DETENTE_DEBUG"


class Exit(enum.IntEnum):
    """The exit codes. Each has its meaning in `MEANS`, and keeps it."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    REFUSED = 3
    MALFORMED = 4
    FORGED = 5
    UNREACHABLE = 6
    CONFLICT = 7
    BUG = 70  # EX_SOFTWARE of sysexits.h
    INTERRUPTED = 130  # as after SIGINT


MEANS: Final = {
    Exit.OK: "It is done.",
    Exit.FINDINGS: "`verify` found something, `simulate` a broken promise, `test-line` no receipt.",
    Exit.USAGE: "The command was not given as it takes it. Nothing was done.",
    Exit.REFUSED: "The rules, or the state of this station, forbid it. Nothing was recorded.",
    Exit.MALFORMED: "A file is not the encoding of anything. Whoever wrote it is at fault.",
    Exit.FORGED: "A proof or signature does not hold, or a party showed two ledgers.",
    Exit.UNREACHABLE: "Something outside is away for now: a station, a disk, a terminal.",
    Exit.CONFLICT: "Two writers met. Nothing was recorded; do it again.",
    Exit.BUG: "A fault of this program. It names the file that tells more.",
    Exit.INTERRUPTED: "It was interrupted at the keyboard.",
}  # fmt: skip

_CODES: Final = (
    (errors.Refused, Exit.REFUSED),
    (errors.Malformed, Exit.MALFORMED),
    (errors.Forged, Exit.FORGED),
    (errors.Equivocated, Exit.FORGED),
    (errors.Unreachable, Exit.UNREACHABLE),
    (errors.Conflict, Exit.CONFLICT),
)


def code_of(error: DetenteError) -> Exit:
    """The exit code of an error of ours."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), Exit.BUG)


def of_system(error: OSError) -> DetenteError:
    """What the system said of a file, in our words."""
    return errors.Unreachable(
        error.strerror or str(error),
        where=os.fsdecode(error.filename) if error.filename else "",
        mend="look at its disk and at who may use it",
    )


def keep_bug(error: BaseException, folder: Path) -> tuple[str, Path]:
    """Write down a fault of ours, in the station's folder if it can be. Returns its id and file."""
    text = "".join(traceback.format_exception(error))
    name = hashlib.sha256(text.encode(errors="replace")).hexdigest()[:BUG_ID_CHARACTERS]
    for place in (folder, Path(tempfile.gettempdir())):
        path = place / f"fault-{name}.txt"
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        except OSError:
            continue
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="replace") as file:
            file.write(text)
        return name, path
    return name, Path(os.devnull)
