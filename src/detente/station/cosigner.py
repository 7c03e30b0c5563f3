"""What a witness does, without its network: check that a log only grows, remember, cosign.

A cosignature says: of this log, this is the largest tree that I have seen, and it continues every
one that I saw before. So what was seen is on the disk before the cosignature leaves, and the check
and the memory are one step: two requests at once cannot both be the next. The memory of a log is
the very checkpoint that was cosigned, with its signatures, in a file named by the origin's hash.

Source: C2SP tlog-witness.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final

from detente.errors import Forged, Malformed, Refused
from detente.station import files
from detente.station.config import LogConfig
from detente.tlog.checkpoint import Checkpoint, parse_checkpoint
from detente.tlog.cosignature import (
    cosign_ed25519,
    cosign_mldsa44,
    open_ed25519,
    open_mldsa44,
)
from detente.tlog.hash import EMPTY_ROOT, HASH_BYTES, Hash
from detente.tlog.keys import PrivateKeys, verify_ed25519
from detente.tlog.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    MAX_NOTE_BYTES,
    Note,
    Signature,
    VerifierKey,
    format_note,
    parse_note,
)
from detente.tlog.text import decode_base64, encode_base64, parse_decimal
from detente.tlog.tree import check_consistency

PROOF_LINES_MAX: Final = 63  # C2SP tlog-witness
REQUEST_BYTES_MAX: Final = MAX_NOTE_BYTES + 4_096

TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"

_OLD: Final = "old "
_LOCK: Final = "lock"
_WHERE: Final = "add-checkpoint"


@dataclass(frozen=True, slots=True)
class Submission:
    """The body of an add-checkpoint request."""

    old: int
    proof: tuple[Hash, ...]
    note: str

    def text(self) -> str:
        """Its one encoding."""
        lines = "".join(f"{encode_base64(value)}\n" for value in self.proof)
        return f"{_OLD}{self.old}\n{lines}\n{self.note}"


@dataclass(frozen=True, slots=True)
class Reply:
    """What the witness says to a request."""

    status: HTTPStatus
    body: str
    kind: str = TEXT


def parse_submission(body: bytes) -> Submission:
    """The one reading of a request, or `Malformed`."""
    try:
        head, separator, note = body.decode().partition("\n\n")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8", where=_WHERE) from error
    first, *lines = head.split("\n")
    if not separator or not first.startswith(_OLD):
        raise Malformed("not an old size, a proof, an empty line and a checkpoint", where=_WHERE)
    if len(lines) > PROOF_LINES_MAX:
        raise Malformed(f"a proof of more than {PROOF_LINES_MAX} lines", where=_WHERE)
    hashes = tuple(Hash(decode_base64(line, _WHERE)) for line in lines)
    if any(len(value) != HASH_BYTES for value in hashes):
        raise Malformed(f"a hash that is not {HASH_BYTES} bytes long", where=_WHERE)
    return Submission(parse_decimal(first.removeprefix(_OLD), _WHERE), hashes, note)


def cosigner_keys(name: str, keys: PrivateKeys) -> tuple[VerifierKey, VerifierKey]:
    """What to tell those who shall believe the cosignatures of `name`: 0x04, then 0x06."""
    return (
        VerifierKey(name, COSIGNATURE_ED25519, keys.public.ed25519),
        VerifierKey(name, COSIGNATURE_MLDSA44, keys.public.mldsa44),
    )


def folder_name(origin: str) -> str:
    """The name of a log in paths: the hash of its origin, in hex."""
    return hashlib.sha256(origin.encode()).hexdigest()


class Cosigner:
    """One witness over one folder, which it holds until `close`. Many threads may use it."""

    def __init__(
        self, name: str, keys: PrivateKeys, logs: Sequence[LogConfig], folder: Path
    ) -> None:
        """Raises `Refused` if its folder is missing, held, or damaged, or if a key is shared."""
        self._name, self._keys, self._folder = name, keys, folder
        self._logs: dict[str, list[LogConfig]] = {}
        for log in logs:
            self._logs.setdefault(log.origin, []).append(log)
        _check_alone(cosigner_keys(name, keys), logs)
        self._step = threading.Lock()
        self._held = _hold(folder)
        try:
            self._latest = {origin: self._load(origin) for origin in self._logs}
        except BaseException:
            self.close()
            raise

    @staticmethod
    def create(folder: Path) -> None:
        """The empty memory of a new witness. Raises `Refused` if there is one already."""
        with files.told(folder):
            folder.mkdir(files.PRIVATE_FOLDER, parents=True, exist_ok=True)
            files.create(folder / _LOCK, b"")
            files.sync_folder(folder.parent)

    def close(self) -> None:
        if self._held >= 0:
            os.close(self._held)
            self._held = -1

    def checkpoint(self, folder: str) -> str | None:
        """The latest checkpoint cosigned for the log whose `folder_name` this is."""
        found = (note for origin, note in self._latest.items() if folder_name(origin) == folder)
        return next(found, None)

    def add(self, body: bytes, now_s: int) -> Reply:
        """Answer one add-checkpoint request. `now_s` is POSIX seconds.

        Raises `Unreachable` if it cannot remember; then nothing was cosigned.
        """
        try:
            submission = parse_submission(body)
            note = parse_note(submission.note)
            checkpoint = parse_checkpoint(note.text)
        except Malformed as error:
            return _no(HTTPStatus.BAD_REQUEST, str(error))
        logs = self._logs.get(checkpoint.origin)
        if logs is None:
            return _no(HTTPStatus.NOT_FOUND, "this witness does not know that log")
        try:
            signed = _signed(note, checkpoint, logs)
        except Forged as error:
            return _no(HTTPStatus.FORBIDDEN, str(error))
        if submission.old > checkpoint.size:
            return _no(HTTPStatus.BAD_REQUEST, "the old size is larger than the new one")
        with self._step:
            return self._advance(submission, checkpoint, signed, now_s)

    def _advance(
        self, submission: Submission, checkpoint: Checkpoint, signed: Note, now_s: int
    ) -> Reply:
        latest = self._latest[checkpoint.origin]
        size, root, seen_s = self._read(latest) if latest else (0, EMPTY_ROOT, 0)
        same_size = submission.old == checkpoint.size
        if submission.old != size or (same_size and checkpoint.root != root):
            return Reply(HTTPStatus.CONFLICT, f"{size}\n", SIZE)
        try:
            _check_growth(submission, checkpoint, root)
        except (Forged, Malformed) as error:
            return _no(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
        # A clock that was put back must not make the later sight look like the earlier one.
        lines = self._cosign(checkpoint, max(now_s, seen_s, 1))
        text = format_note(Note(signed.text, (*signed.signatures, *lines)))
        files.replace(self._file(checkpoint.origin), text.encode())
        self._latest[checkpoint.origin] = text
        return Reply(HTTPStatus.OK, "".join(line.line() for line in lines))

    def _cosign(self, checkpoint: Checkpoint, time_s: int) -> tuple[Signature, ...]:
        return (
            cosign_ed25519(self._keys, self._name, checkpoint, time_s),
            cosign_mldsa44(self._keys, self._name, checkpoint, time_s),
        )

    def _read(self, text: str) -> tuple[int, Hash, int]:
        """Size, root and time of a checkpoint that we cosigned; or Forged, Malformed."""
        note = parse_note(text)
        checkpoint = parse_checkpoint(note.text)
        times = verified(note, checkpoint, cosigner_keys(self._name, self._keys))
        if len(times) < 2:
            raise Forged("it is without our cosignatures")
        return checkpoint.size, checkpoint.root, max(time for _, time in times)

    def _load(self, origin: str) -> str | None:
        data = files.read_private(self._file(origin))
        if data is None:
            return None
        try:
            text = data.decode()
            self._read(text)
            if parse_checkpoint(parse_note(text).text).origin != origin:
                raise Forged("it is of another log")
        except (UnicodeDecodeError, Forged, Malformed) as error:
            raise Refused(
                f"what this witness has cosigned is damaged: {error}",
                where=str(self._file(origin)),
                mend="cosign this log no more: retire the witness and its keys",
            ) from error
        return text

    def _file(self, origin: str) -> Path:
        return self._folder / folder_name(origin)


def verified(
    note: Note, checkpoint: Checkpoint, keys: Sequence[VerifierKey]
) -> list[tuple[Signature, int]]:
    """The cosignatures of known keys, in the order of `keys`, with their POSIX seconds.

    A missing line is no error; one that does not hold, or is there twice, is `Forged`.
    """
    found = list[tuple[Signature, int]]()
    for key in keys:
        lines = [line for line in note.signatures if (line.name, line.key_id) == (key.name, key.id)]
        if len(lines) > 1:
            raise Forged(f"{len(lines)} lines of one key", where=key.name)
        for line in lines:
            if key.algorithm == COSIGNATURE_MLDSA44:
                time_s = open_mldsa44(key.key, key.name, checkpoint, line.blob)
            else:
                time_s = open_ed25519(key.key, key.name, checkpoint, line.blob)
            found.append((line, time_s))
    return found


def _hold(folder: Path) -> int:
    """Lock the folder: two witnesses with one memory would both be the next."""
    try:
        held = os.open(folder / _LOCK, os.O_RDWR)
    except FileNotFoundError as error:
        raise Refused(
            "the memory of this witness is missing",
            where=str(folder),
            mend="if it was lost, retire the witness and its keys; a new one is made by "
            "`detente witness init`",
        ) from error
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(held)
        raise Refused("another process is this witness", where=str(folder)) from error
    return held


def _check_alone(ours: Sequence[VerifierKey], logs: Sequence[LogConfig]) -> None:
    """No key of ours may be anybody else's: a 0x04 signature does not say whose it is."""
    for log in logs:
        for key in log.keys:
            if key.key in [our.key for our in ours]:
                raise Refused(
                    f"the witness has a key of the log {log.origin!a}",
                    where="witness.keys",
                    mend="a witness has keys of its own: make them with `detente witness init`",
                )


def _signed(note: Note, checkpoint: Checkpoint, logs: Sequence[LogConfig]) -> Note:
    """The note with the lines of the log alone, if all keys of one of its generations signed it."""
    trouble = Forged("no signature of a key that this witness knows")
    for log in logs:
        try:
            lines = [_line_of(note, checkpoint, key) for key in log.keys]
            return Note(note.text, tuple(lines))
        except Forged as error:
            trouble = error
    raise trouble


def _line_of(note: Note, checkpoint: Checkpoint, key: VerifierKey) -> Signature:
    lines = [line for line in note.signatures if (line.name, line.key_id) == (key.name, key.id)]
    if len(lines) != 1:
        raise Forged(f"{len(lines) or 'no'} signatures by the key {key.id.hex()} where one belongs")
    if key.algorithm == ED25519:
        verify_ed25519(key.key, note.text.encode(), lines[0].blob)
    else:
        verified(Note(note.text, (lines[0],)), checkpoint, (key,))
    return lines[0]


def _check_growth(submission: Submission, checkpoint: Checkpoint, root: Hash) -> None:
    if submission.old:
        check_consistency(submission.old, checkpoint.size, submission.proof, root, checkpoint.root)
    elif submission.proof:
        raise Malformed("a proof from nothing, which proves nothing", where=_WHERE)


def _no(status: HTTPStatus, why: str) -> Reply:
    return Reply(status, f"{why}\n")
