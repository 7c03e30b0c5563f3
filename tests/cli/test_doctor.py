"""`detente doctor` and `check`: what is not well is said with what it means and what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.cli.examining import _line, _links, _watch
from detente.cli.exits import Exit
from tests.cli.talking import talking
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, founded

WELL = {
    "line": "border", "technical": {}, "sealed": True, "trouble": None, "contradicted": [],
    "late": 0, "due": 3, "unacknowledged": [], "unacknowledged_unseen": 0,
    "witnessed": "", "leaves": 9,
}  # fmt: skip


def test_a_station_that_does_not_run_is_critical_and_says_what_to_do(tmp_path: Path) -> None:
    with founded(tmp_path) as stage:
        folder = stage.actors[NORTH].folder
        found = answer("doctor", folder=folder, code=Exit.FINDINGS)
        assert found["state"] == found["checks"][0]["state"] == "critical"
        assert found["checks"][0]["do"] == "start it: systemctl start detente"
        (stage.actors[NORTH].place / "signer.log").unlink()
        (stage.actors[NORTH].place / "keys.json").chmod(0o644)
        out = detente("doctor", folder=folder).out
        assert "signer.log missing" in out
        assert "Nobody can say what our keys have signed." in out
        assert "others may read keys.json" in out
        typed = detente("check", folder=folder)
        assert typed.code == 2
        assert typed.out.startswith("DETENTE CRITICAL - ")


@pytest.mark.covers(95)
def test_a_station_that_runs_is_seen_and_an_alarm_that_cannot_ring_too(tmp_path: Path) -> None:
    with talking(tmp_path) as stage:
        folder = stage.actors[NORTH].folder
        for party in (NORTH, SOUTH):
            for each in answer("status", LINE, folder=stage.actors[party].folder)["lines"]:
                for leaf in each["unacknowledged"]:
                    answer("ack", LINE, leaf, "--yes", folder=stage.actors[party].folder)
        stage.wait_quiet()
        found = answer("doctor", folder=folder, code=Exit.FINDINGS)
        assert found["state"] == "warning"  # it has no alarm command
        bad = [each["check"] for each in found["checks"] if each["state"] != "ok"]
        assert bad == ["alarm"]
        assert answer("check", folder=folder, code=1)["state"] == "warning"
        config = folder / "detente.toml"
        config.write_text(config.read_text() + '\n[alarm]\ncommand = ["/nowhere/ring"]\n')
        assert "/nowhere/ring cannot be run" in detente("doctor", folder=folder).out
        config.write_text(config.read_text().replace("/nowhere/ring", "true"))
        typed = detente("check", folder=folder)
        assert (typed.code, typed.out.split(" |")[0]) == (0, "DETENTE OK - all is well")
        assert detente("doctor", folder=folder).code == Exit.OK
        stage.stop(SOUTH)


def test_what_cannot_be_looked_at_is_unknown(tmp_path: Path) -> None:
    typed = detente("check", folder=tmp_path)
    assert typed.code == 3
    assert typed.out.startswith("DETENTE UNKNOWN - ")


@pytest.mark.parametrize(
    "change, check, found",
    [
        ({"sealed": False, "trouble": "the signer is away"}, "signer", "the signer is away"),
        ({"contradicted": ["southmark"]}, "records", "two records of southmark contradict"),
        ({"late": 2}, "duties", "2 of 3 are late"),
        ({"unacknowledged": ["ab"]}, "flash", "1 wait for a person"),
        ({"unacknowledged_unseen": 2}, "flash", "2 wait for a person"),
        ({"witnessed": "not met"}, "witnesses", "the policy of the accord is not met"),
    ],
)
def test_what_a_line_may_lack(change: dict[str, object], check: str, found: str) -> None:
    first = next(iter(_line({**WELL, **change})))
    assert (first.check, first.line) == (check, "border")
    assert found in first.found
    assert first.means
    assert first.do


def test_a_clock_two_hours_off_is_said_and_stops_nothing() -> None:
    link = {"linked": True, "stale": False, "heard_ago_ms": 1, "clock_offset_ms": -7_200_000}
    _, clock = _links("border", {"southmark": link})
    assert clock.found == "the clock of southmark and ours are 2.0 h apart"
    assert "No rule depends on it" in clock.means
    silent = {**link, "linked": False, "clock_offset_ms": 20_000}
    assert [each.check for each in _links("border", {"southmark": silent})] == ["circuit", "clock"]


def test_an_empty_post_and_a_hole_in_the_bill_are_warnings() -> None:
    posts = [{"post": "watch", "manned": False}]
    assert [each.check for each in _watch({"posts": posts, "holes": [1]})] == [
        "watch", "watch bill",
    ]  # fmt: skip
    assert [each.state for each in _watch({"posts": [], "holes": []})] == ["ok"]


def test_a_book_that_others_may_read_is_critical_and_so_is_a_session(tmp_path: Path) -> None:
    with founded(tmp_path) as stage:
        folder = stage.actors[NORTH].folder
        answer("officer", "admit", "admin", folder=folder, stdin="a right password\n")
        out = detente("doctor", folder=folder).out
        assert "the book is all there, and nobody else's to read" in out
        for path in (folder / "book" / "officers.json", folder / "session"):
            path.touch()
            path.chmod(0o640)
            out = detente("doctor", folder=folder).out
            assert f"others may read {path}" in out.replace("\n", "").replace(" " * 9, "")
            path.chmod(0o600)
        (folder / "book" / "signer.log").unlink()
        assert "signer.log missing" in detente("doctor", folder=folder).out
