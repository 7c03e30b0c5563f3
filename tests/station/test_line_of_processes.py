"""Lines of stations as real processes, on loopback, with real disks and real signals."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from detente.cli.stage import LINE, Stage, exercise, wait
from detente.errors import Refused
from detente.line.message import Precedence
from detente.station.orders import List, Show, Wait
from detente.station.views import Box

THREE = ("eastmark", "northland", "southmark")


def opened(stage: Stage) -> None:
    for party in stage.actors:
        stage.say(party, "open", {})
    for party in stage.actors:
        wait(partial(_is_open, stage, party), "duty did not open")


def _is_open(stage: Stage, party: str) -> bool:
    return stage.joint(party, "duty") == "open"


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Stage]:
    with Stage(tmp_path, THREE[1:]) as stage:
        stage.found(exercise(stage.cards()))
        for party in stage.actors:
            stage.start(party)
        opened(stage)
        yield stage


@pytest.mark.covers(9, 85)
def test_three_stations_hear_one_another_and_a_killed_one_catches_up(tmp_path: Path) -> None:
    with Stage(tmp_path, THREE) as stage:
        stage.found(exercise(stage.cards()))
        for party in THREE:
            stage.start(party)
        opened(stage)
        stage.kill("southmark")
        said = [
            stage.say(party, "notify", {"kind": "other", "text": f"from {party}"})["leaf"]
            for party in ("eastmark", "northland")
        ]
        stage.start("southmark")
        for leaf in said:
            for party in THREE:
                others = set(THREE) - {stage.ask(party, Show(LINE, leaf))["author"]}
                stage.wait_receipt(party, leaf, sorted(others))
        stage.wait_quiet()
        assert {len(stage.messages(party)) for party in THREE} == {5}


def test_words_reach_a_station_that_their_author_cannot_reach(tmp_path: Path) -> None:
    """Northland and Southmark know no way to each other: Eastmark passes everything on."""
    with Stage(tmp_path, THREE) as stage:
        stage.found(exercise(stage.cards()), apart=[frozenset(("northland", "southmark"))])
        for party in THREE:
            stage.start(party)
        opened(stage)
        flash = stage.say(
            "northland", "notify", {"kind": "hazard", "text": "Fire at the border post."}
        )
        stage.wait_receipt("northland", flash["leaf"], ["eastmark", "southmark"])
        assert not stage.status("northland")["technical"]["southmark"]["linked"]


def test_a_message_on_its_way_survives_the_death_of_both_stations(pair: Stage) -> None:
    pair.freeze("southmark")
    flash = pair.say(
        "northland", "notify", {"kind": "other", "text": "said before the power failed"}
    )
    assert flash["heard_by"] == []
    for party in pair.actors:
        pair.kill(party)
    for party in pair.actors:
        pair.start(party)
    pair.wait_receipt("northland", flash["leaf"], ["southmark"])


def test_a_lost_database_comes_back_from_the_signer(pair: Stage) -> None:
    for number in range(3):
        pair.say("southmark", "notify", {"kind": "other", "text": f"notice {number}"})
    pair.wait_quiet()
    before = pair.messages("southmark")
    backup = pair.back_up("southmark")
    pair.say("southmark", "notify", {"kind": "other", "text": "after the backup"})
    pair.say("northland", "notify", {"kind": "other", "text": "heard after the backup"})
    pair.wait_quiet()
    pair.stop("southmark")
    pair.put_back("southmark", backup)
    pair.start("southmark")
    pair.wait_quiet()
    pair.say("northland", "notify", {"kind": "other", "text": "said afterwards"})
    pair.wait_quiet()
    assert [m["leaf"] for m in pair.messages("southmark")][: len(before)] == [
        m["leaf"] for m in before
    ]
    after = pair.messages("southmark")[len(before) :]
    assert [m["body"]["text"] for m in after if m["recovered"]] == [
        "after the backup",
        "heard after the backup",
    ]
    assert [m["body"]["text"] for m in after if not m["recovered"]] == ["said afterwards"]
    assert not any(m["recovered"] for m in [*before, *pair.messages("northland")])


def test_a_flash_overtakes_a_backlog(pair: Stage) -> None:
    """While Southmark is down, a hundred long routine notices pile up, and then one FLASH."""
    pair.kill("southmark")
    text = "A long and dull notice. " * 80
    for _ in range(100):
        pair.say(
            "northland", "notify", {"kind": "other", "text": text}, precedence=Precedence.ROUTINE
        )
    flash = pair.say("northland", "notify", {"kind": "other", "text": "urgent"})
    pair.start("southmark")
    pair.wait_receipt("northland", flash["leaf"], ["southmark"])
    pair.wait_quiet()
    heard = [
        m["precedence"] for m in pair.ask("southmark", List(LINE, Box.INBOX, 1_000))["messages"]
    ]
    assert heard.count("ROUTINE") == 100
    assert heard.index("FLASH", 1) < heard.index("ROUTINE"), "the FLASH after `open` came first"


@pytest.mark.covers(20)
def test_what_the_rules_forbid_is_refused_by_our_own_station(pair: Stage) -> None:
    suspended = pair.say("southmark", "suspend", {"reason": "an exercise", "review": 1})
    pair.ask("southmark", Wait(LINE, suspended["leaf"]))
    with pytest.raises(Refused, match="suspended"):
        pair.say("northland", "query", {"text": "why?"}, precedence=Precedence.ROUTINE)
    passes = pair.say(
        "northland", "notify", {"kind": "aircraft_in_distress", "text": "Mayday relayed."}
    )
    assert pair.ask("northland", Wait(LINE, passes["leaf"]))["heard_by"] == ["southmark"]
    for party in pair.actors:
        pair.say(party, "restore", {"lifts": [suspended["leaf"]]})
    wait(lambda: pair.joint("northland", "duty") == "open", "duty was not restored")


def test_an_unacknowledged_flash_rings_again_and_again(tmp_path: Path) -> None:
    rung = tmp_path / "rung"
    with Stage(tmp_path, THREE[1:]) as stage:
        stage.found(exercise(stage.cards()))
        path = stage.actors["southmark"].folder / "detente.toml"
        alarm = f'[alarm]\ncommand = ["/bin/sh", "-c", "cat >> {rung}"]\nrepeat_s = 1\n\n'
        path.write_text(path.read_text().replace("[line.", alarm + "[line.", 1))
        for party in stage.actors:
            stage.start(party)
        flash = stage.say("northland", "open", {})["leaf"]

        def rings() -> int:
            lines = rung.read_text().splitlines() if rung.exists() else []
            return sum(json.loads(line)["subject"] == flash for line in lines)

        wait(lambda: rings() >= 2, "it did not ring twice")
        stage.say(
            "southmark", "acknowledge", {"rung": "understood", "text": ""}, reply=flash,
            precedence=Precedence.IMMEDIATE,
        )  # fmt: skip
        wait(
            lambda: stage.status("southmark")["unacknowledged"] == [], "it is still unacknowledged"
        )
        stage.stop("northland")
        wait(lambda: '"stale"' in rung.read_text(), "a stale line did not ring")
