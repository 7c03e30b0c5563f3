from __future__ import annotations

import os
from pathlib import Path

import pytest

from detente.errors import Refused, Unreachable
from detente.station import files


def test_a_new_content_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for content in (b"one", b"", b"two" * 100_000):
        files.replace(path, content)
        assert files.read_private(path) == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert [*tmp_path.iterdir()] == [path]


def test_what_a_killed_process_left_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".file.part").write_bytes(b"half")
    (tmp_path / f".new.{os.getpid()}.part").write_bytes(b"half")
    files.replace(tmp_path / "file", b"whole")
    files.create(tmp_path / "new", b"whole")
    assert {path.name for path in tmp_path.iterdir()} == {"file", "new"}
    assert files.read_private(tmp_path / "new") == b"whole"


def test_create_never_overwrites(tmp_path: Path) -> None:
    path = tmp_path / "file"
    files.create(path, b"one")
    with pytest.raises(Refused, match="already"):
        files.create(path, b"two")
    assert files.read_private(path) == b"one"
    assert [*tmp_path.iterdir()] == [path]


def test_a_private_file_is_small_and_private(tmp_path: Path) -> None:
    path = tmp_path / "file"
    assert files.read_private(path) is None
    path.write_bytes(bytes(files.SMALL_BYTES_MAX))
    path.chmod(0o600)
    assert files.read_private(path) == bytes(files.SMALL_BYTES_MAX)
    path.write_bytes(bytes(files.SMALL_BYTES_MAX + 1))
    with pytest.raises(Refused, match="longer than"):
        files.read_private(path)
    path.chmod(0o601)
    with pytest.raises(Refused, match="mode 0601"):
        files.read_private(path)


def test_what_the_system_says_names_the_file(tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "file"
    with pytest.raises(Unreachable, match="No such file or directory") as caught:
        files.replace(path, b"")
    assert str(path) in str(caught.value)
