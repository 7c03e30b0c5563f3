"""Two stations on loopback, as processes, and every command that reaches them while they run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.cli.exits import Exit
from detente.cli.stage import Stage
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error, founded

READERS = [SOUTH]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Both stations run, and both channels are open."""
    with founded(tmp_path_factory.mktemp("running")) as stage:
        for party in (NORTH, SOUTH):
            stage.start(party)
        for channel in ("duty", "high-level"):
            for party in (NORTH, SOUTH):
                assert say(stage, party, "open", LINE, channel)["station"] is True
        stage.wait_quiet()
        yield stage


def folder(stage: Stage, party: str) -> Path:
    return stage.actors[party].folder


def say(stage: Stage, party: str, *args: str | Path, code: int = 0, **more: Any) -> dict[str, Any]:
    """A command of a party's, without a passphrase: the running station has it."""
    return answer(*args, folder=folder(stage, party), code=code, passphrase=None, **more)


def heard(stage: Stage, released: dict[str, Any]) -> dict[str, Any]:
    stage.wait_receipt(
        released["author"], released["leaf"], [p for p in (NORTH, SOUTH) if p != released["author"]]
    )
    return released


def release(stage: Stage, party: str, *args: str) -> dict[str, Any]:
    """Draft and release."""
    draft = say(stage, party, "draft", LINE, *args)
    return heard(stage, say(stage, party, "release", draft["draft"], "--by", "chief_of_watch"))


def test_what_moves_a_half_goes_flash(stage: Stage) -> None:
    found = [m for m in stage.messages(NORTH) if m["act"] == "open"]
    assert {m["precedence"] for m in found} == {"FLASH"}


def test_status_of_a_running_station(stage: Stage) -> None:
    status = say(stage, NORTH, "status")
    (line,) = status["lines"]
    assert status["station"] is True
    assert {each["channel"]: each["joint"] for each in line["channels"]}["duty"] == "open"
    assert line["technical"][SOUTH]["linked"] is True
    typed = detente("status", LINE, folder=folder(stage, NORTH), passphrase=None)
    assert "duty  OPEN  (northland open, southmark open)" in typed.out
    assert "circuit to southmark  works" in typed.out
    assert typed.out.splitlines()[-1] == "EXERCISE"


def test_a_line_test_waits_for_its_receipt(stage: Stage) -> None:
    tested = say(stage, NORTH, "test-line", LINE, "--text", "one two three")
    assert tested["heard_by"] == READERS
    assert tested["receipt_ms"] >= 0
    typed = detente("test-line", LINE, folder=folder(stage, NORTH), passphrase=None)
    assert "The circuit works: every receipt within" in typed.out


def test_a_draft_is_shown_released_and_read(stage: Stage) -> None:
    text = ("--text", "Two aircraft, Black Sea")
    draft = say(
        stage,
        NORTH,
        "draft",
        LINE,
        "notify",
        "--kind",
        "reconnaissance_flight",
        *text,
        "--channel",
        "duty",
    )
    assert draft["text"] == "We fly a reconnaissance flight: “Two aircraft, Black Sea”"
    assert draft["content"]["precedence"] == "ROUTINE"
    assert draft["digest"].startswith(draft["draft"])
    assert [d["draft"] for d in say(stage, NORTH, "outbox", LINE)["drafts"]] == [draft["draft"]]

    released = say(stage, NORTH, "release", draft["draft"][:6], "--by", "chief_of_watch")
    assert released["digest"] == draft["digest"]
    assert released["releasers"] == ["chief_of_watch"]
    assert say(stage, NORTH, "outbox", LINE)["drafts"] == []
    assert not Path(draft["file"]).exists()
    heard(stage, released)

    inbox = say(stage, SOUTH, "inbox", LINE)["messages"]
    assert [m["text"] for m in inbox if m["leaf"] == released["leaf"]] == [draft["text"]]
    shown = say(stage, SOUTH, "show", LINE, released["leaf"][:8])
    assert shown["body"] == {"kind": "reconnaissance_flight", "text": "Two aircraft, Black Sea"}
    typed = detente("show", LINE, released["leaf"], folder=folder(stage, SOUTH), passphrase=None)
    assert typed.out.startswith("EXERCISE  ")
    assert "released by     chief_of_watch" in typed.out


@pytest.mark.covers(35)
def test_a_question_is_held_open_answered_and_acknowledged(stage: Stage) -> None:
    asked = release(
        stage, SOUTH, "query", "--text", "Whose?", "--channel", "duty", "--precedence", "immediate"
    )
    assert say(stage, NORTH, "answer", LINE, asked["leaf"][:8], "--standby")["act"] == "standby"
    answered = say(stage, NORTH, "answer", LINE, asked["leaf"], "-", stdin="Ours.\nTwo of them.\n")
    assert answered["precedence"] == "IMMEDIATE"  # as fast as the question
    assert answered["body"] == {"text": "Ours.\nTwo of them."}
    heard(stage, answered)
    done = say(stage, SOUTH, "ack", LINE, answered["leaf"], "passed_to_operators")
    assert done["text"] == "Your message has been passed to those who act on it."
    shown = say(stage, NORTH, "show", LINE, asked["leaf"])
    assert {reply["act"] for reply in shown["replies"]} == {"standby", "answer"}
    typed = detente("show", LINE, answered["leaf"], folder=folder(stage, SOUTH), passphrase=None)
    assert "    | Ours.\n    | Two of them.\n" in typed.out


@pytest.mark.covers(17, 20)
def test_one_suspends_and_all_restore(stage: Stage) -> None:
    suspended = say(
        stage,
        NORTH,
        "suspend",
        LINE,
        "high-level",
        "--reason",
        "Unclear events",
        "--review",
        "+48h",
    )
    heard(stage, suspended)
    assert suspended["body"]["review"] > suspended["time"]
    found = error(
        "draft", LINE, "query", "--text", "Why?", "--channel", "high-level", "--kind", "hazard",
        folder=folder(stage, SOUTH), passphrase=None,
    )  # fmt: skip
    assert "its fields: text" in found["mend"]
    draft = say(stage, SOUTH, "draft", LINE, "query", "--text", "Why?", "--channel", "high-level")
    refused = error("release", draft["draft"], folder=folder(stage, SOUTH), passphrase=None)
    assert (refused["kind"], refused["exit"]) == ("Refused", Exit.REFUSED)
    assert "suspended" in refused["what"]
    assert Path(draft["file"]).exists()  # it was not said, so it is not lost
    Path(draft["file"]).unlink()

    life = release(
        stage,
        SOUTH,
        "notify",
        "--kind",
        "accident_not_hostile",
        "--text",
        "Engine",
        "--channel",
        "high-level",
    )
    assert (life["precedence"], life["safety_of_life"], life["mark"]) == ("FLASH", True, "regular")

    status = detente("status", folder=folder(stage, NORTH), passphrase=None).out
    assert "high-level  SUSPENDED" in status
    assert f"FLASH {life['leaf'][:8]} waits for a person" in status
    for party in (NORTH, SOUTH):
        lifted = say(stage, party, "restore", LINE, "high-level")
        assert lifted["body"]["lifts"] == [suspended["leaf"]]
        heard(stage, lifted)
    assert stage.joint(NORTH, "high-level") == "open"
    nothing = error("restore", LINE, "high-level", folder=folder(stage, NORTH), passphrase=None)
    assert "no suspension" in nothing["what"]


def test_only_a_standing_suspension_can_be_lifted(stage: Stage) -> None:
    found = error(
        "restore", LINE, "duty", "--lift", "abcd", folder=folder(stage, NORTH), passphrase=None
    )
    assert "names no suspension of duty" in found["what"]


def test_a_half_is_closed_and_opened_again(stage: Stage) -> None:
    heard(stage, say(stage, SOUTH, "close", LINE, "high-level"))
    assert stage.joint(NORTH, "high-level") == "closed"
    heard(stage, say(stage, SOUTH, "open", LINE, "high-level"))
    assert stage.joint(NORTH, "high-level") == "open"


def test_a_line_is_exported_and_verified(stage: Stage, tmp_path: Path) -> None:
    accord = folder(stage, NORTH) / "lines" / LINE / "accord.json"
    whole, one = tmp_path / "line.json", tmp_path / "message.json"
    written = say(stage, NORTH, "export", LINE, "--out", whole)
    assert (written["kind"], written["bytes"]) == ("line", whole.stat().st_size)
    assert error("export", LINE, "--out", whole, folder=folder(stage, NORTH), passphrase=None)
    say(stage, NORTH, "export", LINE, "--out", whole, "--force")
    ours = heard(stage, say(stage, NORTH, "test-line", LINE))
    said = say(stage, NORTH, "export", LINE, "--message", ours["leaf"], "--out", one)
    assert said["kind"] == "message"
    checked = answer("verify", one, "--accord", accord, folder=tmp_path, passphrase=None)
    assert checked["files"][0]["kind"] == "message"
    assert checked["ok"] is True


@pytest.mark.covers(91)
def test_terms_are_amended_when_all_have_agreed(stage: Stage, tmp_path: Path) -> None:
    path = folder(stage, NORTH) / "lines" / LINE / "accord.json"
    terms = msgspec.json.decode(path.read_bytes())
    terms["channels"].append({"name": "air-notices", "passes": [], "speakers": [], "title": "Air"})
    after = tmp_path / "next.json"
    after.write_bytes(msgspec.json.encode(terms, order="sorted"))
    proposed = heard(stage, say(stage, NORTH, "amend", LINE, after))
    assert "We propose an amended accord" in proposed["text"]
    agreed = heard(stage, say(stage, SOUTH, "agree", LINE, proposed["leaf"]))
    assert agreed["text"] == "We consent to the amendment."
    for party in (NORTH, SOUTH):
        (status,) = say(stage, party, "status")["lines"]
        assert status["accord"] == proposed["leaf"]
        assert status["channels"][-1]["channel"] == "air-notices"


def test_keys_change_once_and_again(stage: Stage) -> None:
    for _ in range(2):
        changed = heard(stage, say(stage, SOUTH, "rekey", LINE))
        assert (changed["precedence"], changed["mark"]) == ("FLASH", "regular")
    heard(stage, say(stage, SOUTH, "test-line", LINE))
    assert stage.status(SOUTH)["trouble"] is None


@pytest.mark.parametrize(
    "args, kind, code",
    [
        (("show", LINE, "abcdef0123"), "Refused", Exit.REFUSED),
        (("show", LINE, "not hex"), "Refused", Exit.REFUSED),
        (("show", "nowhere", "abcdef"), "Refused", Exit.REFUSED),
        (("inbox", "../up"), "Refused", Exit.REFUSED),
        (("open", LINE, "duty"), "Refused", Exit.REFUSED),
        (("open", LINE, "basement"), "Refused", Exit.REFUSED),
        (("answer", LINE, "abcdef"), "Usage", Exit.USAGE),
        (("suspend", LINE, "duty", "--reason", "x", "--review", "soon"), "Usage", Exit.USAGE),
        (("suspend", LINE, "duty", "--review", "+1h"), "Usage", Exit.USAGE),
        (("draft", LINE, "threaten", "--channel", "duty"), "Refused", Exit.REFUSED),
        (("draft", LINE, "query", "--text", "x"), "Usage", Exit.USAGE),
        (
            ("draft", LINE, "query", "--text", "\u202e", "--channel", "duty"),
            "Refused",
            Exit.REFUSED,
        ),
        (("draft", LINE, "query", "--body", "[1]", "--channel", "duty"), "Usage", Exit.USAGE),
        (("draft", LINE, "query", "--body", "{", "--channel", "duty"), "Usage", Exit.USAGE),
        (("draft", LINE, "query", "--body", "{}", "--channel", "duty"), "Refused", Exit.REFUSED),
        (("draft", LINE, "query", "--body", "{}", "--text", "x", "--channel", "duty"), "Usage", 2),
        (("release", "abcdef"), "Refused", Exit.REFUSED),
        (("release", "../../x"), "Refused", Exit.REFUSED),
        (("witness", "submit", LINE), "Refused", Exit.REFUSED),
        (("serve",), "Refused", Exit.REFUSED),
    ],
)
@pytest.mark.covers(43)
def test_what_cannot_be_done_says_why(
    args: tuple[str, ...], kind: str, code: int, stage: Stage
) -> None:
    found = error(*args, folder=folder(stage, NORTH), passphrase=b"wrong, and not asked for")
    assert (found["kind"], found["exit"]) == (kind, code)
    assert found["what"]


def test_an_altered_draft_is_not_released(stage: Stage) -> None:
    draft = say(stage, NORTH, "draft", LINE, "query", "--text", "Whose?", "--channel", "duty")
    path = Path(draft["file"])
    path.write_bytes(path.read_bytes().replace(b"Whose?", b"Yours?"))
    found = error("release", draft["draft"], folder=folder(stage, NORTH), passphrase=None)
    assert "changed after its digest was shown" in found["what"]
    path.unlink()


def test_text_is_put_into_one_form(stage: Stage) -> None:
    said = release(stage, NORTH, "service", "--text", "Cafe\u0301", "--channel", "duty")
    assert said["body"] == {"text": "Caf\u00e9"}


@pytest.mark.covers(80)
def test_every_screen_of_an_exercise_says_so(stage: Stage) -> None:
    leaf = stage.messages(NORTH)[0]["leaf"]
    screens = (
        ("status",), ("inbox",), ("outbox", LINE), ("show", LINE, leaf), ("test-line", LINE),
        ("draft", LINE, "service", "--text", "x", "--channel", "duty"),
        ("ack", LINE, next(m for m in stage.messages(SOUTH) if m["author"] == NORTH)["leaf"]),
    )  # fmt: skip
    for args in screens:
        typed = detente(*args, folder=folder(stage, SOUTH), passphrase=None)
        assert typed.code == 0, typed
        assert typed.out.splitlines()[0].startswith("EXERCISE")
        assert "\nEXERCISE\n" in typed.out


@pytest.mark.covers(33)
def test_times_are_in_utc_with_z(stage: Stage) -> None:
    typed = detente(
        "outbox", folder=folder(stage, NORTH), passphrase=None, env={"TZ": "Asia/Tokyo"}
    )
    assert len(re.findall(r"\d{6}Z [A-Z]{3} \d\d", typed.out)) > 3
