"""A backup of a station in one file, taken while it runs, and a station from such a file.

In it is everything but what may never come back from the past: the signers' logs, which stop our
keys from signing two roots for one size, and what only a running station has. A station that is put
back asks its signer first, then the others, and is where it was.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Final

import msgspec

from detente.errors import Malformed, Refused
from detente.station.files import PRIVATE, PRIVATE_FOLDER, create
from detente.store.sqlite import SQLite

FORMAT: Final = "detente-backup/1"
MANIFEST: Final = "MANIFEST.json"
MEMBER_BYTES_MAX: Final = 1 << 33
MEMBERS_MAX: Final = 100_000
DATABASES: Final = (".db",)
NEVER: Final = ("signer.log", "control.sock", "session", "state")  # the last: of a witness
BESIDE: Final = ("-wal", "-shm", ".part")


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What is in a backup: the SHA-256 of each file, by its path in the station's folder."""

    files: dict[str, str]
    format: str = FORMAT
    taken: int  # our clock, ms UTC


def back_up(folder: Path, out: Path, now: int, never: Collection[Path] = ()) -> Manifest:
    """Write all that can come back to a new file, 0600. Raises `Refused` if there is one. `never`:
    what a witness remembers, wherever it stands: from the past it would cosign a fork.
    """
    if out.exists():
        raise Refused("there is a file already", where=str(out), mend="choose another name")
    if out.resolve().is_relative_to(folder.resolve()):
        raise Refused(
            "a backup in the station's own folder is lost with it", where=str(out),
            mend="write it to another disk",
        )  # fmt: skip
    hashes = dict[str, str]()
    with tempfile.TemporaryDirectory(dir=out.absolute().parent) as scratch:
        part = Path(scratch) / "backup.tar"
        with tarfile.open(part, "w") as tar:
            for number, (name, path) in enumerate(_members(folder, never)):
                data = _copied(path, Path(scratch) / f"{number}.db").read_bytes()
                hashes[name] = hashlib.sha256(data).hexdigest()
                _add(tar, name, data)
            manifest = Manifest(files=hashes, taken=now)
            _add(tar, MANIFEST, msgspec.json.encode(manifest, order="sorted"))
        create(out.absolute(), part.read_bytes(), PRIVATE)
    return manifest


def _members(folder: Path, never: Collection[Path]) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*")):
        kept = path.name.startswith("seat-") or path.name.endswith(BESIDE)
        kept = kept or not set(NEVER).isdisjoint(path.relative_to(folder).parts)
        kept = kept or any(path.is_relative_to(each) for each in never)
        if path.is_file() and not path.is_symlink() and not kept:
            yield path.relative_to(folder).as_posix(), path


def _copied(path: Path, scratch: Path) -> Path:
    """A database as it is at one moment, whoever writes to it; anything else as it stands."""
    if path.suffix not in DATABASES:
        return path
    store = SQLite.open(path)
    try:
        store.backup(scratch)
    finally:
        store.close()
    return scratch


def _add(tar: tarfile.TarFile, name: str, data: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size, info.mode = len(data), PRIVATE
    tar.addfile(info, io.BytesIO(data))


def put_back(file: Path, folder: Path) -> tuple[Manifest, tuple[str, ...]]:
    """A station's folder from a backup: what it held, and the ledgers whose signer is not there.

    Into an empty folder, or one that holds signers' logs and nothing else of that name: they stay.
    Raises `Malformed` for a file that is damaged, before anything is written.
    """
    manifest, data = _read(file)
    taken = [name for name in data if (folder / name).exists()]
    if taken:
        raise Refused(
            f"{taken[0]} is there already, and {len(taken) - 1} others", where=str(folder),
            mend="move what is left of the station aside, but for the signer.log of each line",
        )  # fmt: skip
    for name, content in data.items():
        path = folder / name
        path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
        create(path.absolute(), content, PRIVATE)
    lost = (
        path.parent.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("keys.json"))
        if not (path.parent / "signer.log").exists() and path.parent.name != "witness"
    )
    return manifest, tuple(lost)


def _read(file: Path) -> tuple[Manifest, dict[str, bytes]]:
    found = dict[str, bytes]()
    try:
        with tarfile.open(file, "r:") as tar:
            for member in tar:
                if not member.isfile() or member.size > MEMBER_BYTES_MAX:
                    raise _damaged(file, f"{member.name!a} is no file of ours")
                content = tar.extractfile(member)
                assert content is not None
                found[member.name] = content.read()
                if len(found) > MEMBERS_MAX:
                    raise _damaged(file, "too many files")
    except (tarfile.TarError, EOFError) as error:
        raise _damaged(file, str(error)) from error
    try:
        manifest = msgspec.json.decode(found.pop(MANIFEST, b""), type=Manifest)
    except msgspec.MsgspecError as error:
        raise _damaged(file, "it has no manifest") from error
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in found.items()}
    if hashes != manifest.files or manifest.format != FORMAT:
        raise _damaged(file, "its files are not those of its manifest")
    for name in found:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise _damaged(file, f"{name!a} leads out of the folder")
    return manifest, found


def _damaged(file: Path, what: str) -> Malformed:
    return Malformed(what, where=str(file), mend="use another backup; none is needed to recover")
