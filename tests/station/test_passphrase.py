from __future__ import annotations

import os
from pathlib import Path

import pytest

from detente.errors import Refused
from detente.station.passphrase import BYTES_MAX, find_passphrase

WORDS = b"a quiet duty night"


def through_a_pipe(data: bytes) -> bytes:
    reader, writer = os.pipe()
    os.write(writer, data)
    os.close(writer)
    try:
        return find_passphrase({}, descriptor=reader)
    finally:
        os.close(reader)


def folder(tmp_path: Path, content: bytes, name: str = "detente-passphrase") -> dict[str, str]:
    (tmp_path / name).write_bytes(content)
    return {"CREDENTIALS_DIRECTORY": str(tmp_path)}


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_one_line_end_is_not_part_of_it(tmp_path: Path, end: bytes) -> None:
    assert through_a_pipe(WORDS + end) == WORDS
    assert find_passphrase(folder(tmp_path, WORDS + end)) == WORDS


def test_spaces_are_part_of_it() -> None:
    assert through_a_pipe(b"  two spaces  \n") == b"  two spaces  "


def test_a_pipe_may_deliver_it_in_parts() -> None:
    reader, writer = os.pipe()
    if os.fork() == 0:
        for byte in WORDS:
            os.write(writer, bytes([byte]))
        os._exit(0)
    os.close(writer)
    assert find_passphrase({}, descriptor=reader) == WORDS
    os.wait()
    os.close(reader)


def test_the_credential_has_the_name_that_the_config_gives(tmp_path: Path) -> None:
    environment = folder(tmp_path, WORDS, "line-keys")
    assert find_passphrase(environment, credential="line-keys") == WORDS


def test_a_person_is_asked_last(tmp_path: Path) -> None:
    asked = []

    def prompt() -> str:
        asked.append(1)
        return "typed by hand"

    environment = folder(tmp_path, WORDS)
    assert find_passphrase(environment, prompt=prompt) == WORDS
    assert not asked
    assert find_passphrase({}, prompt=prompt) == b"typed by hand"
    assert find_passphrase(environment, credential="another", prompt=prompt) == b"typed by hand"
    assert len(asked) == 2


def test_one_passphrase_however_it_was_typed() -> None:
    composed, apart = "Ångström na dežuře", "A\u030angstro\u0308m na dez\u030cur\u030ce"
    assert composed != apart
    assert find_passphrase({}, prompt=lambda: apart) == composed.encode()
    assert through_a_pipe(apart.encode()) == composed.encode()


def test_no_source_is_told_with_the_sources() -> None:
    with pytest.raises(Refused, match="no passphrase") as caught:
        find_passphrase({})
    assert "--passphrase-fd" in caught.value.mend
    assert "detente-passphrase" in caught.value.mend


@pytest.mark.parametrize(
    "content, why",
    [
        (b"", "is empty"),
        (b"\n", "is empty"),
        (b"two\nlines", "a control character"),
        (b"\xff\xfe", "is not UTF-8"),
        (b"x" * (BYTES_MAX + 1), "more than 4096 bytes"),
    ],
)
def test_what_is_no_passphrase_is_told(tmp_path: Path, content: bytes, why: str) -> None:
    with pytest.raises(Refused, match=why):
        through_a_pipe(content)
    # A credential that is there decides, even with a person at hand.
    with pytest.raises(Refused, match=why):
        find_passphrase(folder(tmp_path, content), prompt=WORDS.decode)


def test_a_descriptor_that_is_not_open_is_told() -> None:
    with pytest.raises(Refused, match="no passphrase can be read"):
        find_passphrase({}, descriptor=987_654)


def test_an_empty_answer_of_a_person_is_told() -> None:
    with pytest.raises(Refused, match="the prompt: the passphrase is empty"):
        find_passphrase({}, prompt=str)
