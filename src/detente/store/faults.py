"""What SQLite and the system say, in our errors: no caller needs to know which database this is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

import apsw

from detente.errors import DetenteError, Malformed, Unreachable

RESTORE = "stop the station, keep what is left of this file for study, and put back a backup"

STOP = "stop it if this stays"
ALLOW = "make the file, its folder and its disk writable for this user"

UNREACHABLE = MappingProxyType(
    {
        apsw.FullError: ("the disk is full", "free some space"),
        apsw.BusyError: ("another process is writing", STOP),
        apsw.LockedError: ("another process is writing", STOP),
        apsw.ProtocolError: ("another process holds the locks", STOP),
        apsw.ReadOnlyError: ("the file cannot be written", ALLOW),
        apsw.PermissionsError: ("the file cannot be used", ALLOW),
        apsw.CantOpenError: ("the file cannot be opened", ALLOW),
        apsw.IOError: ("the disk failed", "look for its errors in the log of the system"),
        apsw.NoLFSError: ("the file is too large for its disk", "move it to another one"),
        apsw.NoMemError: ("there is no memory left", "stop other programs"),
    }
)

DAMAGED = (
    apsw.CorruptError,
    apsw.FormatError,
    apsw.NotADBError,
    apsw.SQLError,  # our statements are constant: it is the tables that are not as we made them
)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Raise `Unreachable` or `Malformed`, naming `path`, for what a database or a file raises."""
    try:
        yield
    except apsw.Error as error:
        raise _translation(error, path) from error
    except OSError as error:
        raise Unreachable(
            f"the file cannot be used: {error.strerror}", where=str(path), mend=ALLOW
        ) from error


def _translation(error: apsw.Error, path: Path) -> DetenteError | AssertionError:
    if isinstance(error, DAMAGED):
        return Malformed(f"the database is damaged: {error}", where=str(path), mend=RESTORE)
    if type(error) in UNREACHABLE:
        what, mend = UNREACHABLE[type(error)]
        return Unreachable(f"{what}: {error}", where=str(path), mend=mend)
    return AssertionError(f"{path}: {type(error).__name__}: {error}")
