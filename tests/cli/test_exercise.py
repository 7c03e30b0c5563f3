"""`detente exercise`, as it is typed: headless, at a terminal, and on a real line."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.cli.exits import Exit
from detente.exercise.library import shipped
from tests.cli.talking import talking
from tests.cli.terminal import Terminal
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error

SCRIPT = """
title: A drill
line: drill
begins: 2026-01-01T00:00Z
source: made up
you: northland
partner: southmark
brief: Nothing.
00:00 southmark test text="A week has seven days." as=first
00:01 southmark notify information about=exercise as=told precedence=priority
00:02 southmark suspend duty reason="the drill"
00:03 southmark restore duty
00:04 end
"""


@pytest.mark.covers(81, 82)
@pytest.mark.parametrize("case", shipped())
def test_every_case_runs_headless_and_prints_its_score(case: str, tmp_path: Path) -> None:
    found = answer("exercise", "run", case, "--headless", folder=tmp_path)
    assert (found["score"], found["exercise"]) == (100, True)
    typed = detente("exercise", "run", case, "--headless", folder=tmp_path)
    assert typed.code == Exit.OK
    assert "SCORE 100: " in typed.out
    assert typed.out.count("EXERCISE") > 6
    silent = answer("exercise", "run", case, "--silent", folder=tmp_path)
    assert silent["score"] < 50


def test_cases_name_their_sources(tmp_path: Path) -> None:
    out = detente("exercise", "cases", folder=tmp_path).out
    assert "twenty_seven_minutes: Twenty-seven minutes" in out
    assert "17 September 2016" in out


def test_a_script_of_ones_own_is_played_and_a_wrong_one_is_named(tmp_path: Path) -> None:
    path = tmp_path / "drill.txt"
    path.write_text(SCRIPT)
    assert answer("exercise", "run", path, "--headless", folder=tmp_path)["title"] == "A drill"
    path.write_text(SCRIPT.replace("00:04 end", ""))
    assert (
        "it does not end" in error("exercise", "run", path, "--headless", folder=tmp_path)["what"]
    )
    for line, what in (
        ("00:02 southmark frob duty", "no verb 'frob'"),
        ("00:02 southmark notify frob", "no form 'frob' of notify"),
        ("never frob | no", "no verb 'frob'"),
    ):
        path.write_text(f"{SCRIPT}{line}\n")
        assert error("exercise", "run", path, "--headless", folder=tmp_path)["what"] == what
    assert "no case 'x'" in error("exercise", "run", "x", folder=tmp_path)["what"]


@pytest.mark.covers(80, 83)
def test_a_script_speaks_for_its_party_on_a_real_exercise_line_and_on_no_other(
    tmp_path: Path,
) -> None:
    script = tmp_path / "drill.txt"
    script.write_text(SCRIPT)
    with talking(tmp_path / "stage") as stage:
        north, south = (stage.actors[party].folder for party in (NORTH, SOUTH))
        said = answer("exercise", "drive", LINE, script, "--speed", "600", folder=south)
        assert said["said"] == 4
        stage.wait_quiet()
        heard = answer("inbox", LINE, folder=north)["messages"][-4:]
        assert [each["act"] for each in heard] == ["test", "notify", "suspend", "restore"]
        assert heard[1]["precedence"] == "PRIORITY"
        wrong = error("exercise", "drive", LINE, script, folder=north)
        assert "the script's partner is southmark, and we are northland" in wrong["what"]


def test_an_officer_takes_part_at_a_terminal(tmp_path: Path) -> None:
    with Terminal(tmp_path, "exercise", "run", "twenty_seven_minutes", "--speed", "1") as terminal:
        terminal.waits_for("You are the duty officer of Northland.")
        terminal.waits_for("[call]")
        terminal.types("acknowledge call perhaps")
        terminal.waits_for("no rung 'perhaps'")
        terminal.types("ready call text=here")
        terminal.waits_for("WE SAY")
        terminal.types("skip")
        terminal.waits_for("Line test: “A triangle has three sides.”")
        terminal.types("help")
        terminal.waits_for("raise REF channel=... reason=...")
        terminal.types("skip")
        terminal.waits_for("You endanger")
        terminal.types("acknowledge stop understood")
        terminal.waits_for("Your message is understood.")
        terminal.types("due")
        terminal.waits_for("WE OWE acknowledge")
        terminal.types("end")
        terminal.waits_for("met   The stop is understood by whoever is on duty")
        assert terminal.ends() == Exit.OK
    assert terminal.screen.count("EXERCISE") > 8


def test_what_the_officer_does_ends_no_exercise(tmp_path: Path) -> None:
    with Terminal(tmp_path, "exercise", "run", "the_accident", "--speed", "1") as terminal:
        terminal.waits_for("You are")
        terminal.types("open")
        terminal.waits_for("a word is missing")
        terminal.types("close duty")
        terminal.waits_for("WE SAY")
        for _ in range(8):
            terminal.types("skip")
        terminal.waits_for("cannot say it")
        terminal.types("end")
        terminal.waits_for("SCORE")
        assert terminal.ends() == Exit.OK
