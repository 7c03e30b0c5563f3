"""What a stranger is handed, by a station that is not running."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from detente.audit import parse_evidence, parse_export
from detente.cli.exits import Exit
from tests.cli.typed import LINE, NORTH, answer, detente, error, founded


@pytest.fixture
def north(tmp_path: Path) -> Path:
    return founded(tmp_path).actors[NORTH].folder


def test_a_line_in_one_file(north: Path, tmp_path: Path) -> None:
    opened = answer("open", LINE, "duty", folder=north)
    path = tmp_path / "line.json"
    written = answer("export", LINE, "--out", path, folder=north)
    data = path.read_bytes()
    assert parse_export(data).by == NORTH
    assert (written["bytes"], written["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    assert path.stat().st_mode & 0o777 == 0o600

    one = tmp_path / "one.json"
    said = answer("export", LINE, "--message", opened["leaf"][:8], "--out", one, folder=north)
    assert said["kind"] == "message"
    assert len(parse_evidence(one.read_bytes()).proofs) == 1


def test_a_file_is_overwritten_only_by_force(north: Path, tmp_path: Path) -> None:
    path = tmp_path / "line.json"
    path.write_text("ours")
    assert error("export", LINE, "--out", path, folder=north)["exit"] == Exit.REFUSED
    assert path.read_text() == "ours"
    answer("export", LINE, "--out", path, "--force", folder=north)
    assert parse_export(path.read_bytes()).by == NORTH


def test_a_person_is_told_how_to_check_it(north: Path, tmp_path: Path) -> None:
    typed = detente("export", LINE, "--out", tmp_path / "line.json", folder=north)
    assert "Check it with: detente verify" in typed.out
    assert typed.out.splitlines()[-1] == "EXERCISE"


def test_one_change_of_keys_is_proven_to_a_stranger(north: Path, tmp_path: Path) -> None:
    answer("rekey", LINE, folder=north)
    answer("export", LINE, "--out", tmp_path / "line.json", folder=north)
    assert answer("verify", tmp_path / "line.json", folder=north, passphrase=None)["ok"]


def test_a_file_that_cannot_be_written_is_named(north: Path, tmp_path: Path) -> None:
    path = tmp_path / "absent" / "line.json"
    found = error("export", LINE, "--out", path, folder=north)
    assert found["exit"] == Exit.UNREACHABLE
    assert str(path) in found["where"]


def test_one_file_is_of_one_kind(north: Path, tmp_path: Path) -> None:
    said = answer("open", LINE, "duty", folder=north)["leaf"]
    kinds = ("--message", "--statement", "--non-reply")
    for one, other in zip(kinds, kinds[1:] + kinds[:1], strict=True):
        found = error("export", LINE, one, said, other, said, folder=north)
        assert (found["kind"], found["exit"]) == ("Usage", Exit.USAGE)
    path = tmp_path / "none.json"
    for kind, why in (("--statement", "no joint statement"), ("--non-reply", "no question")):
        found = error("export", LINE, kind, said, "--out", path, folder=north)
        assert why in found["what"]
        assert not path.exists()
