"""Verifying as a stranger does: files, and what one brings, and nothing else."""

from __future__ import annotations

import socket
from pathlib import Path

import click
import pytest

from detente.cli.exits import Exit
from detente.cli.verifying import Brought, check_files
from detente.line.accord import parse_accord
from detente.line.canonical import encode
from detente.phrase.words import fingerprint_lines
from detente.tlog.hash import leaf_hash
from tests.audit.made import BOTH, TERMS, THEIRS, made
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error, founded
from tests.lines import sign


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A line and a message of it, exported by a station that has said three things."""
    folder = tmp_path_factory.mktemp("verify")
    north = founded(folder).actors[NORTH].folder
    answer("open", LINE, "duty", folder=north)
    said = answer("test-line", LINE, "--text", "hello", folder=north, code=Exit.FINDINGS)
    answer("export", LINE, "--out", folder / "line.json", folder=north)
    answer("export", LINE, "--message", said["leaf"], "--out", folder / "one.json", folder=north)
    (folder / "accord.json").write_bytes((north / "lines" / LINE / "accord.json").read_bytes())
    (folder / "card.json").write_bytes((north / "lines" / LINE / "card.json").read_bytes())
    return folder


def words(files: Path) -> str:
    accord = parse_accord((files / "accord.json").read_bytes())
    return " ".join(fingerprint_lines(accord.parties[0].fingerprint())).lower()


def changed(files: Path, tmp_path: Path, name: str, old: bytes, new: bytes) -> Path:
    data = (files / name).read_bytes()
    assert old in data
    path = tmp_path / name
    path.write_bytes(data.replace(old, new, 1))
    return path


def test_a_whole_line_holds(files: Path) -> None:
    found = answer("verify", files / "line.json", folder=files, passphrase=None)
    assert (found["ok"], found["findings"]) == (True, [])
    (one,) = found["files"]
    assert (one["kind"], one["messages"], one["unreceipted"], one["exercise"]) == (
        "line",
        2,
        2,
        True,
    )
    assert [each["party"] for each in one["signed"]] == [NORTH]
    assert "whoever gave you this file" in one["trust"]


def test_a_person_reads_what_holds(files: Path) -> None:
    typed = detente("verify", files / "line.json", folder=files, passphrase=None)
    assert typed.code == Exit.OK
    assert typed.out.startswith("EXERCISE")
    assert "none: all that was checked holds" in typed.out


def test_one_message_is_checked_with_the_accord_alone(files: Path) -> None:
    found = answer(
        "verify",
        files / "one.json",
        "--accord",
        files / "accord.json",
        folder=files,
        passphrase=None,
    )
    assert (found["ok"], found["files"][0]["kind"]) == (True, "message")
    assert error("verify", files / "one.json", folder=files)["exit"] == Exit.USAGE


def test_what_one_brings_is_what_one_trusts(files: Path) -> None:
    line = leaf_hash((files / "accord.json").read_bytes()).hex()
    for brought in (("--accord", files / "accord.json"), ("--line", line)):
        found = answer("verify", files / "line.json", *brought, folder=files, passphrase=None)
        assert found["files"][0]["trust"].startswith("You named this line")
    for brought in (("--card", files / "card.json"), ("--card-words", words(files))):
        found = answer("verify", files / "line.json", *brought, folder=files, passphrase=None)
        assert found["files"][0]["trust"].startswith("You brought the card of northland")


def test_another_line_than_the_one_that_was_asked_for_is_a_finding(files: Path) -> None:
    found = answer(
        "verify", files / "line.json", "--line", "ab" * 32, folder=files, code=1, passphrase=None
    )
    assert [each["code"] for each in found["findings"]] == ["trust"]


def test_words_of_nobody_in_it_are_a_finding(files: Path) -> None:
    other = " ".join(fingerprint_lines(bytes(32)))
    for name, more in (("line.json", ()), ("one.json", ("--accord", files / "accord.json"))):
        found = answer(
            "verify",
            files / name,
            "--card-words",
            other,
            *more,
            folder=files,
            code=1,
            passphrase=None,
        )
        assert [each["code"] for each in found["findings"]] == ["trust"]


def test_a_changed_word_is_found_and_its_place_named(files: Path, tmp_path: Path) -> None:
    path = changed(files, tmp_path, "line.json", b"hello", b"hallo")
    found = answer("verify", path, folder=files, code=Exit.FINDINGS, passphrase=None)
    assert found["findings"][0]["code"] == "leaf"
    assert found["findings"][0]["where"] == "leaf 2"
    assert all(each["what"] and each["means"] for each in found["findings"])
    typed = detente("verify", path, folder=files, passphrase=None)
    assert "LEAF" in typed.out
    assert "These are not the words that stand in the ledger" in typed.out


def test_a_changed_message_is_forged(files: Path, tmp_path: Path) -> None:
    path = changed(files, tmp_path, "one.json", b"hello", b"hallo")
    accord = ("--accord", files / "accord.json")
    found = answer("verify", path, *accord, folder=files, code=1, passphrase=None)
    assert [each["code"] for each in found["findings"]] == ["forged"]


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"\xff\xfe", b"[" * 1000, b'{"format":"detente-message@v1"}']
)
def test_what_is_no_such_file_is_a_finding_that_hides_no_other(
    data: bytes, files: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.json"
    bad.write_bytes(data)
    brought = Brought.of(files / "accord.json", None, (), ())
    found = check_files((bad, files / "line.json"), brought)
    assert [(each.file, each.code) for each in found.findings] == [(str(bad), "malformed")]
    assert [each.file for each in found.files] == [str(files / "line.json")]
    assert not found.ok


def test_what_is_brought_has_to_be_sound(files: Path, tmp_path: Path) -> None:
    bad = tmp_path / "accord.json"
    bad.write_bytes(b"{}")
    line = files / "line.json"
    assert error("verify", line, "--accord", bad, folder=files)["exit"] == Exit.MALFORMED
    assert error("verify", line, "--card", bad, folder=files)["exit"] == Exit.MALFORMED
    assert error("verify", line, "--card-words", "ALFA", folder=files)["exit"] == Exit.MALFORMED
    assert error("verify", line, "--line", "abcd", folder=files)["exit"] == Exit.USAGE
    assert error("verify", tmp_path / "absent", folder=files)["exit"] == Exit.USAGE
    with pytest.raises(click.UsageError, match="two lines"):
        Brought.of(files / "accord.json", "ab" * 32, (), ())


def test_it_never_goes_online(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def online(*_: object) -> None:
        raise AssertionError("it went online")

    monkeypatch.setattr(socket.socket, "connect", online)
    assert answer("verify", files / "line.json", folder=files, passphrase=None)["ok"]


# -- two records that contradict -------------------------------------------------------------------


def forked(tmp_path: Path) -> tuple[Path, Path]:
    """An export of a line whose other party showed two ledgers, and the accord."""
    branches = [sign(TERMS, SOUTH, leaves) for leaves in (BOTH, [THEIRS])]
    for name, value in (("line.json", made(TERMS, BOTH, {SOUTH: branches})), ("accord", TERMS)):
        (tmp_path / name).write_bytes(encode(value))
    return tmp_path / "line.json", tmp_path / "accord"


def test_what_convicts_a_party_is_one_file_that_stands_alone(tmp_path: Path) -> None:
    line, accord = forked(tmp_path)
    kept = tmp_path / "evidence"
    found = answer("verify", line, "--evidence", kept, folder=tmp_path, code=Exit.FINDINGS)
    (one,) = found["findings"]
    assert (one["code"], one["whose"]) == ("equivocation", SOUTH)
    (file,) = kept.iterdir()
    assert one["evidence"] == str(file)
    again = answer("verify", file, "--accord", accord, folder=tmp_path, code=Exit.FINDINGS)
    assert again["files"][0]["kind"] == "contradiction"
    (judged,) = again["findings"]
    assert (judged["code"], judged["whose"]) == ("equivocation", SOUTH)
    assert judged["what"] == "southmark signed two leaves at index 1"
    spoken = detente("verify", file, "--accord", accord, passphrase=None)
    assert "southmark signed two leaves at index 1" in spoken.out
    assert "1 finding\n" in spoken.out


def test_evidence_that_was_changed_convicts_nobody(tmp_path: Path) -> None:
    line, accord = forked(tmp_path)
    detente("verify", line, "--evidence", tmp_path / "kept", passphrase=None)
    (file,) = (tmp_path / "kept").iterdir()
    data = file.read_bytes()
    for at in range(0, len(data), 97):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        found = answer("verify", file, "--accord", accord, folder=tmp_path, code=Exit.FINDINGS)
        assert [each["code"] for each in found["findings"]] in (["forged"], ["malformed"]), at


def test_evidence_needs_the_accord_of_its_line(tmp_path: Path) -> None:
    line, _ = forked(tmp_path)
    detente("verify", line, "--evidence", tmp_path / "kept", passphrase=None)
    (file,) = (tmp_path / "kept").iterdir()
    assert "--accord FILE" in error("verify", file)["what"]
