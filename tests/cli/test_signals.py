"""Signals are looked up without a station, by code or by what is said."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
from click.shell_completion import ShellComplete

from detente.cli import signals as module
from detente.cli.exits import Exit
from detente.cli.program import program
from detente.phrase.signals import languages, meanings
from detente.phrase.signals import signals as known
from tests.cli.typed import answer, detente, error


def asked(*args: str, folder: Path) -> dict[str, Any]:
    return answer("signals", *args, folder=folder / "absent", passphrase=None)


def test_all_of_them_are_told_to_a_program_and_no_station_is_needed(tmp_path: Path) -> None:
    found = asked(folder=tmp_path)
    assert found["language"] == "en"
    assert [each["code"] for each in found["signals"]] == list(known())
    assert len([each for each in found["signals"] if each["set"] == "incsea"]) == 46 + 1
    said = [each for each in found["signals"] if each["how"] == "voice"]
    assert [each["by"] for each in said].count("intercepted") == 9
    assert [each["by"] for each in said].count("interceptor") == 5
    seen = [each for each in found["signals"] if each["seen"] and each["listed"]]
    assert [each["by"] for each in seen] == ["interceptor"] * 3 + ["intercepted"] * 3
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("language", languages())
def test_in_every_language(language: str, tmp_path: Path) -> None:
    found = asked("--language", language, "--set", "icao", folder=tmp_path)
    assert found["language"] == language
    assert {each["set"] for each in found["signals"]} == {"icao"}
    assert {each["meaning"] for each in found["signals"]} <= set(meanings(language).values())
    typed = detente("signals", "--language", language, passphrase=None)
    assert (typed.code, typed.err) == (Exit.OK, "")
    flat = "".join(typed.out.split())
    for text in meanings(language).values():
        assert "".join(text.replace("{}", "___").split()) in flat


@pytest.mark.covers(39)
def test_a_person_sees_the_reply_and_what_is_from_memory() -> None:
    out = detente("signals", "--set", "incsea", passphrase=None).out
    assert "INCSEA: by flags, light or voice, each after YV1\n" in out
    assert "ICAO" not in out
    assert "PJ1   I cannot alter course to starboard.\n      we expect: ZL1 or ZL3\nPJ2 " in out
    assert (
        "ZL2   Do you understand? Please acknowledge.\n      we expect: ZL1 or ZL3\n"
        "      FROM MEMORY: meaning\n" in out
    )
    assert out.count("FROM MEMORY: meaning\n") == 24


def test_a_reply_that_a_table_names_is_told_from_one_of_ours() -> None:
    out = detente("signals", "--set", "icao", passphrase=None, env={"COLUMNS": "120"}).out
    assert "expected: answer-1\n" in out
    assert "WILCO (VILL-KO): Understood; I will comply.\n" in out
    assert "we expect: intercepted-wilco, intercepted-can-not or intercepted-repeat\n" in out
    assert "we expect: what was said before, once more\n" in out
    assert out.count("FROM MEMORY: meaning and reply\n") == 2


def test_one_of_them_is_shown_whole() -> None:
    out = detente("signals", "rt7", passphrase=None, env={"COLUMNS": "120"}).out
    for line in (
        "code          RT7",
        "means         I will approach your ship on its starboard side to ___ hundred metres "
        "(yards).",
        "given         YV1 RT7, then the distance in hundreds of metres (yards)",
        "reply         ZL1 or ZL3",
        "              ZL1: Your message is received and understood.",
        "expected by   us: no table names a reply",
        "code from     Russian text (code list)",
        "meaning from  Italian annex (Gazzetta Ufficiale)",
        "listed        yes",
    ):
        assert f"{line}\n" in out
    assert "FROM MEMORY" not in out


def test_the_one_that_is_no_row_of_its_table_says_so() -> None:
    out = detente("signals", "ZL3", passphrase=None).out
    assert "listed        no: it is no row of its table\n" in out
    assert "FROM MEMORY: meaning\n" in out
    assert "reply         what was said before, once more\n" in out


def test_what_is_said_names_all_that_say_it(tmp_path: Path) -> None:
    found = asked("call sign", "Can Not", "CALL SIGN", folder=tmp_path)
    codes = [each["code"] for each in found["signals"]]
    assert codes == ["interceptor-call-sign", "intercepted-call-sign", "intercepted-can-not"]
    out = detente("signals", "can not", passphrase=None).out
    assert "given         CAN NOT (KANN NOTT), said twice\n" in out


def test_what_is_seen_is_described() -> None:
    out = detente("signals", "series-6", passphrase=None).out
    assert "seen          The intercepted aircraft flashes all its lights" in out
    assert "given" not in out


@pytest.mark.parametrize("args", [("ZL9",), ("ZL1", "--set", "icao"), ("",), ("\x1b[2J",)])
def test_one_that_there_is_not_is_named(args: tuple[str, ...]) -> None:
    found = error("signals", *args)
    assert (found["kind"], found["exit"]) == ("Usage", Exit.USAGE)
    assert ascii(args[0]) in found["what"]


@pytest.mark.parametrize("language", ["xx", "../en", "EN"])
def test_a_language_that_there_is_not_is_refused_with_those_there_are(language: str) -> None:
    found = error("signals", "--language", language)
    assert found["exit"] == Exit.REFUSED
    assert "en, ru, uk" in found["mend"]


def test_every_argument_has_words() -> None:
    taken = {each.argument for each in known().values()} - {""}
    assert taken == set(module.ARGUMENTS)


def test_every_signal_has_a_heading() -> None:
    assert {(each.by, each.how) for each in known().values()} == set(module.HEADINGS)
    assert {each.table for each in known().values()} == set(module.SETS)


def completed(*args: str, begun: str) -> list[str]:
    complete = ShellComplete(program, {}, "detente", "_DETENTE_COMPLETE")
    return [each.value for each in complete.get_completions(list(args), begun)]


def test_codes_and_languages_are_completed() -> None:
    assert completed("signals", begun="ZL") == ["ZL1", "ZL2", "ZL3"]
    assert completed("signals", "--language", begun="r") == ["ru"]


def test_help_loads_no_signals() -> None:
    code = """
import sys
from detente.cli.program import run
run(["signals", "--help"])
print(sorted(n for n in ("detente.phrase.signals", "msgspec", "rich") if n in sys.modules))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_it_is_a_command_as_the_others() -> None:
    found = program.get_command(click.Context(program), "signals")
    assert found is module.signals
