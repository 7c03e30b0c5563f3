"""Forms at the terminal, on a running line: drafted, released, heard, and read back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.cli.exits import Exit
from detente.cli.stage import Stage
from detente.line.accord import parse_accord
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error, founded

FLIGHT = (
    "craft=1 reconnaissance_aircraft manned", "purpose=patrol", "area=circle 44N 31°30'E 60km",
    "window=+2h to +5h", "levels=FL280 to FL340", "transponder=on_throughout",
    "call_sign=FORTE-11",
)  # fmt: skip
TRACK = (
    "craft=>=1 unidentified", "position=59°27.5'N 27°45.25'E 900m", "time=now", "course=095",
    "speed=160kt", "altitude=2500ft amsl", "trust=good", "expected=+9min",
)  # fmt: skip


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with founded(tmp_path_factory.mktemp("running")) as stage:
        for party in (NORTH, SOUTH):
            stage.start(party)
        for party in (NORTH, SOUTH):
            answer("open", LINE, "duty", folder=stage.actors[party].folder)
        stage.wait_quiet()
        yield stage


def typed(stage: Stage, party: str, *args: str) -> dict[str, Any]:
    found = answer(*args, folder=stage.actors[party].folder)
    stage.wait_quiet()
    return found


def formed(stage: Stage, party: str, form: str, *slots: str, more: tuple[str, ...] = ()) -> str:
    """The leaf of a form that was drafted and released."""
    sets = [part for slot in slots for part in ("--set", slot)]
    draft = typed(
        stage, party, "draft", LINE, "--form", form, "--channel", "duty", *sets, *more
    )  # fmt: skip
    leaf: str = typed(stage, party, "release", draft["draft"])["leaf"]
    return leaf


@pytest.mark.covers(27, 33, 42, 56, 68, 76)
def test_a_form_is_drafted_released_and_read_in_both_languages(stage: Stage) -> None:
    leaf = formed(
        stage, NORTH, "reconnaissance_flight", *FLIGHT,
        more=("--remark", "Unarmed.", "--releasability", "joint"),
    )  # fmt: skip
    heard = answer("show", LINE, leaf, folder=stage.actors[SOUTH].folder)
    assert heard["precedence"] == "PRIORITY"
    assert heard["texts"].keys() == {"en", "ru"}
    assert "Позывной: FORTE-11." in heard["texts"]["ru"]
    assert 7_000 < heard["lead_s"] <= 7_200
    assert not heard["too_late"]
    shown = detente("show", LINE, leaf, "--language", "ru", folder=stage.actors[SOUTH].folder).out
    assert "Мы выполняем полёт" in shown
    assert "We fly" in shown
    assert "обратное чтение" in shown
    for code in ("en", "ru"):
        back = answer(
            "read", heard["texts"][code], "--into", "uk", folder=stage.actors[SOUTH].folder
        )
        assert (back["language"], back["act"], back["body"]) == (code, "notify", heard["body"])
        assert back["text"].startswith("Повідомлення 1: ")


def test_an_unknown_track_is_asked_about_and_answered(stage: Stage) -> None:
    leaf = formed(stage, NORTH, "8", *TRACK)
    heard = answer("show", LINE, leaf, folder=stage.actors[SOUTH].folder)
    assert (heard["act"], heard["precedence"], heard["safety_of_life"]) == ("query", "FLASH", True)
    assert "km" in heard["read_back"][0]
    reply = formed(
        stage, SOUTH, "track_answer", "whose=ours", "action=turning_back", more=("--reply", leaf)
    )
    question = _threads(stage, NORTH, "question")[0]
    assert (question["state"], question["message"]["leaf"]) == ("answered", leaf)
    assert answer("show", LINE, reply, folder=stage.actors[NORTH].folder)["mark"] == "regular"


@pytest.mark.covers(41)
def test_two_keystrokes_and_one_deliberate_act(stage: Stage) -> None:
    folder = stage.actors[SOUTH].folder
    refused = detente("first", LINE, "accident", folder=folder)
    assert refused.code == Exit.REFUSED
    assert "This was an accident and not a hostile act." in refused.err
    first = typed(stage, SOUTH, "first", LINE, "accident", "--yes")
    assert (first["act"], first["precedence"]) == ("notify", "FLASH")
    formed(
        stage, SOUTH, "accident", "event=drone_lost", "time=now", "danger=over",
        "position=44°10.25'N 28°38.5'E 500m", "place=Constanța",
        more=("--reply", first["leaf"], "revise"),
    )  # fmt: skip
    assert error("first", LINE, "statement", folder=folder)["what"] == "form 33 is no first notice"


@pytest.mark.covers(64, 72)
def test_an_incident_has_two_accounts_and_their_differences(stage: Stage) -> None:
    opening = formed(stage, NORTH, "incident_opened", "event=air_entry", "time=now")
    for party, number, whose in ((NORTH, 3, "yours"), (SOUTH, 2, "ours")):
        formed(
            stage, party, "incident_account", "event=air_entry", f"whose={whose}",
            f"craft={number} fighter manned", "window=2026-11-26T10:00Z to 2026-11-26T10:12Z",
            "cause=navigation", more=("--reply", opening),
        )  # fmt: skip
    for party in (NORTH, SOUTH):
        found = answer("incident", LINE, opening, folder=stage.actors[party].folder)
        apart = {each["slot"]: each["apart"] for each in found["differences"]}
        assert apart == {"craft": 1}
        assert found["state"] == "open"
        formed(
            stage, party, "incident_closed", "outcome=accounts_differ", more=("--reply", opening)
        )
    out = detente("incident", LINE, opening, folder=stage.actors[SOUTH].folder).out
    assert "CLOSED: closed by northland, southmark" in out
    assert "northland: 3 fighters (manned, as counted by us)  (1 number apart)" in out
    assert error("incident", LINE, "ffff", folder=stage.actors[SOUTH].folder)["kind"] == "Refused"


@pytest.mark.covers(42)
def test_a_zone_is_declared_and_disputed(stage: Stage) -> None:
    zone = formed(
        stage, SOUTH, "zone_declared", "designation=D-7", "nature=danger",
        "area=black_sea_north_west", "window=+4h to +8h", "reason=live_firing",
    )  # fmt: skip
    formed(
        stage, NORTH, "zone_disputed", "ground=high_seas", "conduct=will_keep_clear",
        more=("--reply", zone),
    )  # fmt: skip
    (found,) = _threads(stage, SOUTH, "zone")
    assert (found["state"], found["disputed_by"]) == ("disputed", [NORTH])
    assert "zone: DISPUTED" in detente("threads", LINE, folder=stage.actors[NORTH].folder).out


@pytest.mark.covers(59, 65)
def test_a_statement_is_agreed_when_its_proposer_concludes_and_anybody_can_check_it(
    stage: Stage, tmp_path: Path
) -> None:
    proposal = formed(
        stage, NORTH, "joint_statement", "publish=+2h", "texts=en=We agree.; ru=Мы согласны."
    )
    accept = typed(stage, SOUTH, "draft", LINE, "accept", "--reply", proposal)
    leaf = typed(stage, SOUTH, "release", accept["draft"])["leaf"]
    body = f'{{"accepts": ["{leaf}"]}}'
    conclude = typed(
        stage, NORTH, "draft", LINE, "conclude", "--reply", proposal, "--body", body
    )  # fmt: skip
    typed(stage, NORTH, "release", conclude["draft"])
    (found,) = _threads(stage, SOUTH, "proposal")
    assert found["state"] == "agreed"
    _verified(stage, tmp_path / "s.json", ("--statement", proposal), "ru: Мы согласны.")


def _verified(stage: Stage, path: Path, what: tuple[str, ...], proven: str) -> None:
    """An export that a stranger checks with fingerprints, and not after a byte has changed."""
    folder = stage.actors[NORTH].folder
    answer("export", LINE, *what, "--out", path, folder=folder)
    accord = parse_accord((stage.actors[NORTH].place / "accord.json").read_bytes())
    prints = [part for c in accord.parties for part in ("--fingerprint", c.fingerprint().hex())]
    report = answer("verify", path, *prints, folder=folder)
    assert proven in report["files"][0]["proven"]
    assert "You brought the fingerprint of every party." in report["files"][0]["trust"]
    wrong = answer("verify", path, "--fingerprint", "ab" * 32, folder=folder, code=1)
    assert {each["code"] for each in wrong["findings"]} == {"trust"}
    path.write_text(path.read_text().replace('"serial', '"sarial', 1))
    assert not answer("verify", path, *prints, folder=folder, code=1)["ok"]


@pytest.mark.covers(63)
def test_that_nobody_has_answered_is_shown_to_a_stranger(stage: Stage, tmp_path: Path) -> None:
    leaf = formed(stage, NORTH, "question", "asks=what_happened", "about=movement")
    _verified(
        stage, tmp_path / "n.json", ("--non-reply", leaf),
        "NOT proven: that nobody has read the question, or why there is no answer",
    )  # fmt: skip
    formed(
        stage, SOUTH, "answer", "result=explained", "inquiry=finished", more=("--reply", leaf)
    )  # fmt: skip
    found = error("export", LINE, "--non-reply", leaf, folder=stage.actors[NORTH].folder)
    assert (found["what"], found["exit"]) == ("it was answered", Exit.REFUSED)


@pytest.mark.parametrize(
    "form, slots, where, what",
    [
        ("12", ["event=fire", "time=now"], "slots.danger", "it is missing"),
        ("12", ["event=arson", "time=now", "danger=over"], "slots.event", "is no word of it"),
        ("13", ["colour=red"], "slots.colour", "no such slot"),
        ("1", [*FLIGHT[:3], "window=+5h to +2h"], "slots.window", "ends before it begins"),
        ("1", [*FLIGHT[:3], "levels=FL28000 to FL34000"], "slots.levels.lower.fl", "2,800,000 ft"),
        ("1", [*FLIGHT[:3], "call_sign=FORTЕ-11"], "slots.call_sign", "U+0415"),
        ("8", [*TRACK[:1], "position=59N 181E 1km"], "slots.position.lon", "beyond 180°"),
        ("8", [*TRACK[:1], "position=59N 27E"], "slots.position", "how exact it is"),
        ("8", ["craft=3"], "slots.craft", "names no class"),
        ("8", ["time=yesterday"], "slots.time", "no time in UTC"),
        ("8", ["position={"], "slots.position", "not JSON"),
    ],
)
@pytest.mark.covers(27)
def test_bad_slots_are_refused_by_name(
    stage: Stage, form: str, slots: list[str], where: str, what: str
) -> None:
    sets = [part for slot in slots for part in ("--set", slot)]
    found = error(
        "draft", LINE, "--form", form, "--channel", "duty", *sets,
        folder=stage.actors[NORTH].folder,
    )  # fmt: skip
    assert where in found["where"]
    assert what in found["what"]
    assert found["mend"]


def test_a_position_nine_kilometres_from_the_place_it_names_is_refused(stage: Stage) -> None:
    slots = (
        "event=fire", "time=now", "danger=over", "place=Constanța",
        "position=44°15.25'N 28°38.5'E 500m",
    )  # fmt: skip
    sets = [part for slot in slots for part in ("--set", slot)]
    found = error(
        "draft", LINE, "--form", "accident", "--channel", "duty", *sets,
        folder=stage.actors[NORTH].folder,
    )  # fmt: skip
    assert (found["where"], found["exit"]) == ("slots.position", Exit.REFUSED)
    assert "km from constanta" in found["what"]


def test_slots_may_stand_in_a_file(stage: Stage, tmp_path: Path) -> None:
    file = tmp_path / "slots.toml"
    file.write_text('event = "fire"\ntime = "now"\ndanger = "over"\n')
    draft = answer(
        "draft", LINE, "--form", "accident", "--channel", "duty", "--slots", file,
        folder=stage.actors[NORTH].folder,
    )  # fmt: skip
    assert "What happened: a fire." in draft["text"]
    file.write_text("event = ")
    found = error("draft", LINE, "--form", "12", "--channel", "duty", "--slots", file,
                  folder=stage.actors[NORTH].folder)  # fmt: skip
    assert found["kind"] == "Malformed"


@pytest.mark.covers(58)
def test_words_that_were_misread_are_warned_of_before_release(stage: Stage) -> None:
    shown = detente(
        "draft", LINE, "--form", "information", "--channel", "duty", "--set", "about=flight",
        "--remark", "You have the target.", folder=stage.actors[NORTH].folder,
    )  # fmt: skip
    assert "“You have the target”" in shown.out


@pytest.mark.covers(43)
def test_the_forms_are_listed_in_every_language_without_a_station(tmp_path: Path) -> None:
    found = answer("forms", folder=tmp_path)
    assert len(found["forms"]) == 36
    (one,) = answer("forms", "accident", "--language", "uk", folder=tmp_path)["forms"]
    assert one["title"] == "нещасний випадок, не ворожий акт"
    assert "SAFETY OF LIFE" in detente("forms", "12", folder=tmp_path).out
    assert error("forms", "threat", folder=tmp_path)["exit"] == Exit.REFUSED


def test_a_text_that_nobody_said_is_refused(tmp_path: Path) -> None:
    found = error("read", "Fire at will.", folder=tmp_path)
    assert found["kind"] == "Malformed"
    assert "in any language" in found["what"]


def _threads(stage: Stage, party: str, kind: str) -> list[dict[str, Any]]:
    found = answer("threads", LINE, folder=stage.actors[party].folder)["threads"]
    return [each for each in found if each["kind"] == kind]
