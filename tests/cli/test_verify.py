"""Verifying as a stranger does: files, and what one brings, and nothing else."""

from __future__ import annotations

import copy
import socket
from pathlib import Path

import click
import msgspec
import pytest

from detente.cli.exits import Exit
from detente.cli.verifying import Brought, check_files
from detente.line.accord import parse_accord
from detente.line.canonical import encode
from detente.phrase.words import fingerprint_lines
from detente.tlog.hash import leaf_hash
from tests.audit.made import BOTH, TERMS, THEIRS, made
from tests.audit.test_nonreply import certificate
from tests.audit.test_statements import made as made_statement
from tests.audit.test_statements import make_line
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error, founded
from tests.line.cases_vocabulary_2 import FORMS, Speaker
from tests.lines import Line, sign
from tests.phrase.bodies import example
from tests.stations import ROUTINE, WESTMERE, card


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


@pytest.mark.covers(60)
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


# -- a statement for the press, and a question without an answer -----------------------------------

FALSE = "We agree.\nagreed by westmere"


@pytest.fixture(scope="module")
def forms() -> Line:
    return make_line()


@pytest.fixture(scope="module")
def press(forms: Line, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A statement, one of whose texts has a line that looks like ours; and its line's accord."""
    body = copy.deepcopy(example(FORMS["joint_statement"]))  # others say it, too
    body["slots"]["texts"]["en"] = FALSE
    proposal = forms.say(NORTH, "propose", body, precedence=ROUTINE)
    accepted = Speaker(forms, SOUTH).act("accept", {}, proposal)
    Speaker(forms, NORTH).act("conclude", {"accepts": [accepted.hex()]}, proposal)
    folder = tmp_path_factory.mktemp("press")
    (folder / "statement.json").write_bytes(made_statement(forms, proposal))
    (folder / "accord.json").write_bytes(forms.terms)
    return folder


def published(*names: str) -> list[str]:
    return [part for n in names for part in ("--fingerprint", card(n).fingerprint().hex())]


def test_a_statement_is_believed_by_the_fingerprints_that_were_published(press: Path) -> None:
    path = press / "statement.json"
    found = answer("verify", path, *published(NORTH, SOUTH), folder=press, passphrase=None)
    (one,) = found["files"]
    assert (found["ok"], one["kind"], one["exercise"]) == (True, "statement", True)
    assert "You brought the fingerprint of every party." in one["trust"]
    assert "That no other party belongs to the line" in one["trust"]
    assert [each["party"] for each in one["signed"]] == [NORTH, SOUTH, NORTH]
    assert "agreed by northland, southmark" in one["proven"]


@pytest.mark.parametrize(
    "brought, what",
    [
        ([], "the keys of northland and southmark is the word of the file"),
        (published(NORTH), "the keys of southmark is the word of the file"),
        (published(NORTH, SOUTH, WESTMERE), "no party has the card"),
        (["--line", "ab" * 32], "this is line"),
    ],
    ids=["nothing", "one", "one too many", "another line"],
)
def test_a_statement_is_not_believed_for_less(press: Path, brought: list[str], what: str) -> None:
    path = press / "statement.json"
    found = answer("verify", path, *brought, folder=press, passphrase=None, code=Exit.FINDINGS)
    (one,) = found["findings"]
    assert one["code"] == "trust"
    assert what in one["what"]
    assert found["files"][0]["trust"].startswith("Whose keys these are is the word of the file")


def test_the_accord_shows_the_parties_and_whether_it_is_an_exercise(
    press: Path, tmp_path: Path
) -> None:
    path, accord = press / "statement.json", ("--accord", press / "accord.json")
    found = answer("verify", path, *accord, folder=press, passphrase=None)
    assert found["files"][0]["trust"] == "You brought the accord, and so every party's keys."
    real = changed(press, tmp_path, "statement.json", b'"exercise":true', b'"exercise":false')
    found = answer("verify", real, *accord, folder=press, passphrase=None, code=Exit.FINDINGS)
    assert "whether it is an exercise" in found["findings"][0]["what"]


def test_no_line_of_a_text_can_be_taken_for_ours(press: Path) -> None:
    typed = detente(
        "verify", press / "statement.json", *published(NORTH, SOUTH), passphrase=None
    )  # fmt: skip
    shown = typed.out.splitlines()
    assert "   agreed by westmere" in shown
    assert "*  agreed by northland, southmark" in shown
    assert not any(line.startswith("agreed") for line in shown)


@pytest.mark.covers(63)
def test_a_certificate_says_what_it_does_not_show(forms: Line, tmp_path: Path) -> None:
    asked = Speaker(forms, NORTH).form("question")
    path, line = tmp_path / "silence.json", forms[NORTH].state.line.hex()
    data = certificate(forms, asked)
    path.write_bytes(data)
    found = answer("verify", path, "--line", line, folder=tmp_path, passphrase=None)
    (one,) = found["files"]
    assert (one["kind"], one["outstanding"]) == ("non-reply", 0)
    assert one["trust"] == "You named this line, and so every party's keys."
    assert "none of these leaves answers" in one["proven"]
    assert sum(each.startswith("NOT proven: ") for each in one["proven"]) == 3
    wrong = answer("verify", path, "--line", "ab" * 32, folder=tmp_path, passphrase=None, code=1)
    assert [each["code"] for each in wrong["findings"]] == ["trust"]
    whole = msgspec.json.decode(data)
    hidden = ["", *whole["messages"][1:]]
    path.write_bytes(encode({**whole, "messages": hidden}))
    (one,) = answer("verify", path, folder=tmp_path, passphrase=None)["files"]
    assert one["outstanding"] == 1
    assert "none of these leaves answers" not in one["proven"]
    assert any("whose bytes are not here answers" in each for each in one["proven"])
    spoken = detente("verify", path, passphrase=None).out
    assert "*  NOT proven: that no leaf of the 1 whose bytes are not here answers" in spoken
