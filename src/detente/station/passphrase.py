"""Where a passphrase comes from: a file descriptor, a systemd credential, or a person.

Never from the command line or the environment: both can be read by others on the machine. The first
source that was asked for decides; a source that was asked for and has nothing is an error, not a
reason to try the next.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

from detente.errors import Refused

CREDENTIAL = "detente-passphrase"
FOLDER = "CREDENTIALS_DIRECTORY"  # set by systemd for LoadCredential= (systemd.exec(5))
BYTES_MAX = 4_096

Prompt = Callable[[], str]


def find_passphrase(
    environment: Mapping[str, str],
    *,
    descriptor: int | None = None,
    credential: str = CREDENTIAL,
    prompt: Prompt | None = None,
) -> bytes:
    """The passphrase, from `descriptor` if given, else the credential if there, else `prompt`.

    One line end at its end does not belong to it. It is UTF-8 in the form NFKC, so that it is one
    passphrase whichever keyboard it was typed on. Raises `Refused` in words if there is none.
    """
    if descriptor is not None:
        return _from_descriptor(descriptor)
    folder = environment.get(FOLDER)
    if folder and (path := Path(folder, credential)).is_file():
        with path.open("rb") as file:
            return _text(file.read(BYTES_MAX + 1), str(path))
    if prompt is not None:
        return _checked(prompt(), "the prompt")
    raise Refused(
        "there is no passphrase for the keys",
        mend=f"give --passphrase-fd N, or the systemd credential {credential}, or run it where a "
        "person can type",
    )


def _from_descriptor(descriptor: int) -> bytes:
    where, data = f"file descriptor {descriptor}", b""
    try:
        while len(data) <= BYTES_MAX and (part := os.read(descriptor, BYTES_MAX)):
            data += part
    except OSError as error:
        raise Refused(f"no passphrase can be read: {error.strerror}", where=where) from error
    return _text(data, where)


def _text(data: bytes, where: str) -> bytes:
    if len(data) > BYTES_MAX:
        raise Refused(f"more than {BYTES_MAX} bytes are no passphrase", where=where)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        raise Refused("the passphrase is not UTF-8", where=where) from error
    return _checked(text.removesuffix("\n").removesuffix("\r"), where)


def _checked(text: str, where: str) -> bytes:
    if not text:
        raise Refused("the passphrase is empty", where=where)
    if any(character < " " for character in text):
        raise Refused("a control character in the passphrase", where=where)
    return unicodedata.normalize("NFKC", text).encode()
