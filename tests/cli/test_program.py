from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from detente import __version__, errors
from detente.cli import exits
from detente.cli.exits import MEANS, Exit, code_of, keep_bug
from detente.cli.program import Ending, commands, program
from detente.errors import DetenteError
from detente.phrase.words import spell
from tests.cli.answering import ANSWERS
from tests.cli.manual import walk
from tests.cli.typed import detente, error

# What a person waits for: to ask for help loads none of it.
SLOW = ("asyncio", "rich", "cryptography", "msgspec", "aiohttp", "OpenSSL", "detente.line", "apsw")


COMMANDS = tuple(walk())


def fresh(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The program in a process of its own."""
    command = [sys.executable, "-m", "detente", *args]
    return subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, **env}
    )


def test_every_command_that_the_design_names_is_there() -> None:
    asked = """init card accord serve draft release inbox outbox show answer ack status test-line
    open close suspend restore rekey amend agree witness export verify simulate demo
    discard keys signals threads due incident directory forms read first
    raise call ready nothing sign-on sign-off watch hand-over take-over review officer
    book voice exercise doctor check backup recover
    statistics fallback"""
    assert set(commands()) == set(asked.split())


def test_every_command_answers_with_documented_fields() -> None:
    assert {name for name, _ in walk()} == set(ANSWERS)


@pytest.mark.parametrize("name, command", COMMANDS)
def test_every_command_takes_json_and_explains_itself(name: str, command: click.Command) -> None:
    options = {option for parameter in command.params for option in parameter.opts}
    assert {"--json", "--dir", "--passphrase-fd"} <= options
    typed = detente(*name.split(), "--help", passphrase=None)
    assert typed.code == 0
    assert f"detente {name}" in typed.out
    assert typed.err == ""


@pytest.mark.parametrize("name, command", COMMANDS)
def test_every_option_says_what_it_is_for(name: str, command: click.Command) -> None:
    options = [each for each in command.params if isinstance(each, click.Option)]
    assert [each.name for each in options if not each.help] == []


def test_the_help_page_lists_every_command() -> None:
    typed = detente("--help", passphrase=None)
    assert typed.code == 0
    assert all(f"\n  {name}" in typed.out for name in commands())


def test_the_version() -> None:
    assert detente("--version", passphrase=None).out == f"detente {__version__}\n"


@pytest.mark.parametrize("args", [(), ("status",), ("accord", "new"), ("verify",)])
def test_help_is_quick_for_it_loads_nothing_slow(args: tuple[str, ...]) -> None:
    code = f"""
import sys
from detente.cli.program import run
run([*{args!r}, "--help"])
print(sorted(name for name in {SLOW!r} if name in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "args",
    [("nonsense",), ("--nonsense",), ("card",), ("status", "--nonsense"), ("accord", "nonsense")],
)
def test_a_command_that_is_not_understood_ends_with_2(
    args: tuple[str, ...], tmp_path: Path
) -> None:
    found = error(*args, folder=tmp_path)
    assert (found["kind"], found["exit"]) == ("Usage", Exit.USAGE)
    assert "--help" in found["mend"]


def test_no_command_at_all_is_answered_with_the_help_page() -> None:
    typed = detente(passphrase=None)
    assert typed.code == Exit.USAGE
    assert "To found a line:" in typed.err


@pytest.mark.parametrize(
    "kind, code",
    [
        (errors.Refused, 3),
        (errors.Malformed, 4),
        (errors.Forged, 5),
        (errors.Unreachable, 6),
        (errors.Conflict, 7),
        (DetenteError, 70),
    ],
)
def test_each_party_at_fault_has_a_code(kind: type[DetenteError], code: int) -> None:
    assert code_of(kind("so")) == code


def test_two_ledgers_end_as_forgery_does() -> None:
    assert code_of(errors.Equivocated("so", ("one", "other"))) == Exit.FORGED


def test_every_code_has_a_meaning() -> None:
    assert set(MEANS) == set(Exit)


def test_hostile_text_in_an_error_is_shown_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    raised = errors.Forged("so\x1b[2J", where="there\u202e", mend="thus\n")
    assert Ending(as_json=False).failed(raised) == Exit.FORGED
    told = capsys.readouterr().err
    assert told == "detente: Forged: there\\u{202e}: so\\u{1b}[2J\n  thus\\u{a}\n"


def test_a_fault_of_ours_is_told_without_a_traceback(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(AssertionError) as raised:
        spell(b"what no caller of ours hands over")
    assert Ending(as_json=False).bug(raised.value, tmp_path) == Exit.BUG
    name, path = keep_bug(raised.value, tmp_path)
    told = capsys.readouterr()
    assert name in told.err
    assert str(path) in told.err
    assert "Traceback" not in told.err + told.out
    assert "do not make whole lines" in path.read_text()
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_fault_is_kept_elsewhere_if_there_is_no_station(tmp_path: Path) -> None:
    _, path = keep_bug(AssertionError("nowhere"), tmp_path / "absent")
    assert path.exists()
    path.unlink()


def test_who_asks_for_it_sees_the_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(exits.DEBUG, "1")
    with pytest.raises(AssertionError, match="look here"):
        Ending(as_json=False).bug(AssertionError("look here"), tmp_path)


def test_what_the_system_says_of_a_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "detente.toml").mkdir()
    found = error("status", folder=tmp_path)
    assert found["exit"] in (Exit.REFUSED, Exit.UNREACHABLE)
    assert str(tmp_path) in found["where"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_offered(shell: str) -> None:
    done = fresh(_DETENTE_COMPLETE=f"{shell}_source")
    assert done.returncode == 0
    assert "_DETENTE_COMPLETE" in done.stdout


def test_commands_and_lines_are_completed(tmp_path: Path) -> None:
    (tmp_path / "lines" / "border").mkdir(parents=True)
    words = f"detente --dir {tmp_path} "
    done = fresh(_DETENTE_COMPLETE="bash_complete", COMP_WORDS="detente test", COMP_CWORD="1")
    assert done.stdout == "plain,test-line\n"
    done = fresh(_DETENTE_COMPLETE="bash_complete", COMP_WORDS=f"{words}show bo", COMP_CWORD="4")
    assert done.stdout == "plain,border\n"


def test_the_folder_may_come_from_the_environment(tmp_path: Path) -> None:
    done = fresh("init", "northland", DETENTE_DIR=str(tmp_path / "station"))
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "station" / "detente.toml").exists()


def test_a_reader_that_has_had_enough_is_no_error() -> None:
    shell = f"{sys.executable} -m detente --help | true"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", shell], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_no_colour_is_used_where_it_is_not_wanted(tmp_path: Path) -> None:
    done = fresh("--dir", str(tmp_path), "init", "northland", NO_COLOR="1")
    assert "\x1b" not in done.stdout


def test_the_program_has_one_name() -> None:
    assert program.name == "detente"
