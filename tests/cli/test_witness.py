from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from detente.cli.exits import Exit
from detente.cli.stage import Stage, exercise, free_port
from detente.cli.terms_made import make_accord
from detente.cli.witness import verifier_keys
from detente.line.accord import Witness
from detente.station.config import load_config
from detente.station.keys import open_cosigner_keys
from detente.tlog.note import parse_verifier_key
from tests.cli.typed import LINE, NORTH, PASSPHRASE, SOUTH, answer, detente, error

NAME = "neutral.example/w1"


@pytest.fixture(scope="module")
def neutral(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a witness, on a free port of loopback."""
    folder = tmp_path_factory.mktemp("witness") / "neutral"
    answer("witness", "init", NAME, "--listen", f"127.0.0.1:{free_port()}", folder=folder)
    return folder


@pytest.fixture(scope="module")
def stage(neutral: Path) -> Stage:
    """Two stations on a line that names the witness."""
    keys = tuple((neutral / "witness" / "verifier-keys.txt").read_text().split())
    listen = load_config(neutral).witness
    assert listen is not None
    stage = Stage(neutral.parent / "stations", (NORTH, SOUTH))
    witness = Witness(every_s=3600, keys=keys, name=NAME)
    url = f"http://127.0.0.1:{listen.listen.port}"
    stage.found(exercise(stage.cards(), (witness,)), {NAME: url})
    return stage


@pytest.fixture
def serving(neutral: Path, stage: Stage) -> Iterator[str]:
    """The witness as a process, which knows both ledgers. Its url."""
    answer("witness", "admit", stage.actors[NORTH].place / "accord.json", folder=neutral)
    with served(neutral) as told:
        assert told["name"] == NAME
        assert told["logs"] >= 2
        yield told["url"]


@contextmanager
def served(neutral: Path) -> Iterator[dict[str, Any]]:
    """The witness as a process, until this ends: what it told when it began."""
    read, write = os.pipe()
    os.write(write, PASSPHRASE)
    os.close(write)
    command = [sys.executable, "-m", "detente", "--dir", str(neutral), "--passphrase-fd", str(read)]
    process = subprocess.Popen(
        [*command, "witness", "serve", "--json"], stdout=subprocess.PIPE, pass_fds=(read,)
    )
    os.close(read)
    assert process.stdout is not None
    try:
        yield json.loads(process.stdout.readline())
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        process.stdout.close()
    assert process.returncode == 0


def test_a_witness_has_two_keys(neutral: Path) -> None:
    keys = open_cosigner_keys(neutral / "witness" / "keys.json", PASSPHRASE)
    written = (neutral / "witness" / "verifier-keys.txt").read_text().split()
    assert tuple(written) == verifier_keys(NAME, keys)
    assert [parse_verifier_key(key).name for key in written] == [NAME, NAME]


def test_a_witness_is_made_once(neutral: Path) -> None:
    found = error("witness", "init", NAME, folder=neutral)
    assert found["kind"] == "Refused"


def test_a_witness_that_is_named_badly_is_not_made(tmp_path: Path) -> None:
    assert error("witness", "init", "Not A Name", folder=tmp_path)["exit"] == Exit.REFUSED
    assert not (tmp_path / "witness").exists()


def test_a_ledger_is_admitted_once(neutral: Path, stage: Stage) -> None:
    card = stage.actors[NORTH].place / "card.json"
    answer("witness", "admit", card, folder=neutral)
    assert answer("witness", "admit", card, folder=neutral)["origins"] == []


def test_an_accord_names_a_witness_by_its_keys(neutral: Path, stage: Stage, tmp_path: Path) -> None:
    cards = tuple(actor.place / "card.json" for actor in stage.actors.values())
    keys = neutral / "witness" / "verifier-keys.txt"
    made = make_accord(
        cards,
        {
            "name": "demo", "channels": ("duty:Duty",), "exercise": True, "clocks_in_seconds": True,
            "acknowledge_s": None, "answer_s": None, "beat_s": None, "test_s": None,
            "messages_a_minute": None, "bytes_a_minute": None, "languages": ("en",),
            "standing_orders": (), "statistics": (), "zones": (), "witnesses": (keys,),
            "witness_every_s": None, "succeeds": None, "terms": None, "vocabulary": 1,
        },
    )  # fmt: skip
    assert [(each.name, each.every_s) for each in made.witnesses] == [(NAME, 5)]
    (tmp_path / "none.txt").write_text("")
    found = error(
        "accord", "new", *cards, "--name", "demo", "--channel", "duty:Duty", "--witness",
        tmp_path / "none.txt", folder=tmp_path,
    )  # fmt: skip
    assert found["exit"] == Exit.MALFORMED


def test_a_checkpoint_is_shown_and_cosigned(serving: str, stage: Stage, tmp_path: Path) -> None:
    north = stage.actors[NORTH].folder
    answer("open", LINE, "duty", folder=north)
    shown = answer("witness", "submit", LINE, folder=north)
    assert shown["sizes"] == {NAME: 2}
    answer("export", LINE, "--out", tmp_path / "line.json", folder=north)
    checked = answer("verify", tmp_path / "line.json", folder=north, passphrase=None)
    assert (checked["ok"], checked["files"][0]["cosignatures"]) == (True, 1)
    assert serving.startswith("http://127.0.0.1:")


def test_new_keys_are_cosigned_once_they_are_admitted(
    neutral: Path, stage: Stage, tmp_path: Path
) -> None:
    south = stage.actors[SOUTH].folder
    answer("witness", "admit", stage.actors[SOUTH].place / "accord.json", folder=neutral)
    answer("rekey", LINE, "--yes", folder=south)
    with served(neutral):
        refused = error("witness", "submit", LINE, folder=south)
        assert "does not take our signatures" in refused["what"]
        assert "the new ones after a rekey" in refused["mend"]
    answer("keys", LINE, "--out", tmp_path / "keys.txt", folder=south)
    answer("witness", "admit", tmp_path / "keys.txt", folder=neutral)
    with served(neutral):
        assert answer("witness", "submit", LINE, folder=south)["sizes"] == {NAME: 2}
    (cosigned,) = answer("status", folder=south)["lines"][0]["witnesses"]
    assert (cosigned["name"], cosigned["size"]) == (NAME, 2)
    assert f"witness {NAME}" in detente("status", folder=south).out


def test_what_is_no_list_of_keys_is_not_admitted(neutral: Path, tmp_path: Path) -> None:
    for data in (b"once upon a time", b"\xff\xfe", b"{}", b""):
        (tmp_path / "file").write_bytes(data)
        found = error("witness", "admit", tmp_path / "file", folder=neutral)
        assert found["exit"] == Exit.MALFORMED, data


def test_a_witness_that_is_away_is_unreachable(stage: Stage) -> None:
    assert error("witness", "submit", LINE, folder=stage.actors[SOUTH].folder)["exit"] == 6


def test_only_a_witness_of_the_line_is_asked(stage: Stage) -> None:
    folder = stage.actors[SOUTH].folder
    found = error("witness", "submit", LINE, "--witness", "other/w", folder=folder)
    assert found["what"] == "no witness 'other/w' with an address"


def test_without_a_witness_here_the_mend_is_told(stage: Stage) -> None:
    folder = stage.actors[SOUTH].folder
    for args in (("serve",), ("admit", str(stage.actors[NORTH].place / "card.json"))):
        assert "detente witness init" in error("witness", *args, folder=folder)["mend"]
