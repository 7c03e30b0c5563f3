"""Files that must be there after the power went, whole, and that nobody else may read.

A new content is written beside the old one, made durable, and put in its place by one rename: a
reader sees the old or the new, never a part. The folder is made durable too, or the rename may be
forgotten (POSIX promises nothing about a folder that was not synchronised).
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from detente.errors import DetenteError, Refused, Unreachable

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
SMALL_BYTES_MAX = 1 << 20  # of the files that are read whole: keys, the state of a witness

_OTHERS = 0o077
_PART = ".part"


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what the system says of a file into `Unreachable`, naming the file."""
    try:
        yield
    except OSError as error:
        raise unreachable(path, error) from error


def unreachable(path: Path, error: OSError) -> DetenteError:
    """What the system said, in words for the log."""
    return Unreachable(
        f"the file cannot be used: {error.strerror or error}",
        where=str(path),
        mend="look at its disk and at who may use its folder",
    )


def free_bytes(folder: Path) -> int | None:
    """What we may still write on the disk of a folder; None if it cannot be told."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return None
    return found.f_bavail * found.f_frsize


def write_whole(descriptor: int, data: bytes | memoryview, offset: int) -> None:
    """Write all of it at `offset`: one call to the system, unless the system takes only a part."""
    rest = memoryview(data)
    while rest:
        written = os.pwrite(descriptor, rest, offset)
        rest, offset = rest[written:], offset + written


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Put `data` in place of what `path` held, if anything. Durable when it returns.

    For files that one process holds. Raises `Unreachable`; then the old content stands.
    """
    part = path.with_name(f".{path.name}{_PART}")
    with told(path):
        _write_part(part, data, mode)
        part.replace(path)
        sync_folder(path.parent)


def create(path: Path, data: bytes, mode: int = PRIVATE) -> None:
    """Make a file that is not there yet. Durable when it returns.

    Raises `Refused` if there is one, `Unreachable` if the system will not.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}{_PART}")  # two may try at once
    with told(path):
        _write_part(part, data, mode)
        try:
            os.link(part, path)  # unlike a rename, this never replaces
        except FileExistsError as error:
            raise Refused(
                "there is such a file already, and it is not overwritten", where=str(path)
            ) from error
        finally:
            part.unlink()
        sync_folder(path.parent)


def _write_part(part: Path, data: bytes, mode: int) -> None:
    with suppress(FileNotFoundError):  # left by a process that was killed
        part.unlink()
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    try:
        write_whole(descriptor, data, 0)
        os.fsync(descriptor)
    except OSError:
        part.unlink()
        raise
    finally:
        os.close(descriptor)


def require_private(descriptor: int, path: Path) -> None:
    """Raise `Refused` if anybody but the owner may read or write the open file."""
    mode = stat.S_IMODE(os.fstat(descriptor).st_mode)
    if mode & _OTHERS:
        raise Refused(
            f"others may use this file (mode {mode:04o})",
            where=str(path),
            mend=f"run: chmod 600 {path}",
        )


def read_private(path: Path) -> bytes | None:
    """A small file that only its owner may use; None if there is none.

    Raises `Refused` if others may use it, `Unreachable` if it cannot be read.
    """
    with told(path):
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError:
            return None
        with os.fdopen(descriptor, "rb") as file:
            require_private(descriptor, path)
            data = file.read(SMALL_BYTES_MAX + 1)
    if len(data) > SMALL_BYTES_MAX:
        raise Refused(f"longer than {SMALL_BYTES_MAX} bytes", where=str(path))
    return data
