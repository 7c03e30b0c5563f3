"""A crew at a running station: two seats, two persons, a hand-over, a refusal, and the book."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detente.cli.exits import Exit
from detente.cli.stage import Stage, wait
from detente.errors import Refused
from detente.station.control import ask
from detente.station.orders import Seated, Wait
from detente.station.secrets import code_at
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error, founded

PASSWORD = "a right password"
RULES = """
[people]
posts = ["watch"]
[[release]]
forms = [12]
[[release]]
precedences = ["FLASH"]
persons = 2
review = true
[[release]]
acts = ["query"]
posts = ["chief"]
"""
FORM = ("--channel", "duty", "--form")
ACCIDENT = (*FORM, "accident", "--set", "event=fire", "--set", "time=now", "--set", "danger=over")
DRONE = (
    *FORM, "drone_astray", "--precedence", "FLASH", "--set", "craft=1 drone unmanned",
    "--set", "origin=ours", "--set", "time=now", "--set", "control=lost",
)  # fmt: skip


class Crew:
    """Officers of one station, each at a seat of his own."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.folder = stage, stage.actors[NORTH].folder
        self.codes: dict[str, str] = {}
        self.used: dict[str, int] = {}

    def admit(self, name: str, *args: str) -> None:
        found = answer("officer", "admit", name, *args, folder=self.folder, stdin=f"{PASSWORD}\n")
        self.codes[name] = found["address"]

    def seat(self, name: str) -> dict[str, str]:
        return {"DETENTE_SESSION": str(self.folder / f"seat-{name}")}

    def on(self, name: str, post: str = "watch") -> None:
        while (step := time.time_ns() // 30_000_000_000) == self.used.get(name):
            time.sleep(0.5)
        self.used[name] = step
        code = code_at(self.codes[name], time.time_ns() // 1_000_000)
        answer(
            "sign-on", name, "--post", post, folder=self.folder, stdin=f"{PASSWORD}\n{code}\n",
            env=self.seat(name),
        )  # fmt: skip


@pytest.fixture(scope="module")
def crew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crew]:
    with founded(tmp_path_factory.mktemp("running")) as stage:
        crew = Crew(stage)
        config = crew.folder / "detente.toml"
        config.write_text(config.read_text() + RULES)
        crew.admit("admin")
        for name in ("alfa", "bravo", "charlie"):
            crew.admit(name, "--post", "watch", "--post", "chief", "--need", "*")
        crew.admit("delta", "--post", "watch", "--need", f"{LINE}/high-level")
        for party in (NORTH, SOUTH):
            stage.start(party)
        answer("open", LINE, "duty", folder=stage.actors[SOUTH].folder)
        crew.on("alfa")
        crew.on("bravo")
        crew.on("admin", "administrator")
        stage.wait_quiet()
        yield crew


def test_nothing_is_shown_or_said_to_whoever_is_not_signed_on(crew: Crew) -> None:
    for args in (("inbox", LINE), ("due", LINE), ("export", LINE)):
        found = error(*args, folder=crew.folder)
        assert found["mend"] == "sign on with `detente sign-on NAME`"
    assert detente("status", folder=crew.folder).code == Exit.OK


@pytest.mark.covers(46, 47)
def test_what_opens_a_channel_takes_two_and_a_reviewer(crew: Crew) -> None:
    alone = error("open", LINE, "duty", folder=crew.folder, env=crew.seat("alfa"))
    assert alone["what"] == "open takes two persons, and nobody is known to have drafted it"
    kept = re.fullmatch(
        "it is kept as draft ([0-9a-f]+): another officer than its drafter releases it",
        alone["mend"],
    )
    assert kept is not None  # what was refused is not lost
    draft = kept[1]
    himself = error("release", draft, folder=crew.folder, env=crew.seat("alfa"))
    assert "alfa drafted it himself" in himself["what"]
    unseen = error("release", draft, folder=crew.folder, env=crew.seat("bravo"))
    assert "must have been reviewed by a third officer" in unseen["what"]
    crew.on("charlie")
    seen = answer("review", draft, folder=crew.folder, env=crew.seat("charlie"))
    assert (seen["good"], seen["officer"]) == (True, "charlie")
    said = answer("release", draft, folder=crew.folder, env=crew.seat("bravo"))
    assert said["releasers"][0] == "watch"
    assert said["releasers"][1].startswith("book:")
    assert "bravo" not in str(said)  # a message names posts, and never a person


@pytest.mark.covers(45)
def test_a_first_notice_that_was_authorised_beforehand_waits_for_nobody(crew: Crew) -> None:
    draft = answer("draft", LINE, *ACCIDENT, folder=crew.folder, env=crew.seat("alfa"))["draft"]
    said = answer("release", draft, folder=crew.folder, env=crew.seat("alfa"))
    assert (said["precedence"], said["act"]) == ("FLASH", "notify")


def test_lives_in_danger_go_on_one_officers_word_and_the_book_says_so(crew: Crew) -> None:
    draft = answer("draft", LINE, *DRONE, folder=crew.folder, env=crew.seat("alfa"))["draft"]
    seat = crew.seat("alfa")
    refused = error("release", draft, folder=crew.folder, env=seat)
    assert "himself" in refused["what"]
    assert "if lives are in danger, `detente release --urgent`" in refused["mend"]
    answer("release", draft, "--urgent", folder=crew.folder, env=seat)
    entries = answer("book", folder=crew.folder, env=crew.seat("admin"))["entries"]
    assert [e["urgent"] for e in entries if e["event"] == "let_go"][-1] is True
    assert entries[-2]["event"] == "withheld" or entries[-3]["event"] == "withheld"


def test_a_draft_that_was_declined_does_not_go(crew: Crew) -> None:
    draft = answer("draft", LINE, *DRONE, folder=crew.folder, env=crew.seat("alfa"))["draft"]
    answer(
        "review", draft, "--decline", "which drone?", folder=crew.folder, env=crew.seat("charlie")
    )
    found = error("release", draft, folder=crew.folder, env=crew.seat("bravo"))
    assert "charlie has declined it: which drone?" in found["what"]
    assert answer("outbox", LINE, folder=crew.folder, env=crew.seat("alfa"))["drafts"]


def test_who_need_not_know_sees_nothing_of_a_channel(crew: Crew) -> None:
    answer("test-line", LINE, "--wait", "0", folder=crew.stage.actors[SOUTH].folder, code=1)
    crew.stage.wait_quiet()
    everything = answer("inbox", LINE, folder=crew.folder, env=crew.seat("alfa"))["messages"]
    assert everything
    crew.on("delta")
    seen = answer("inbox", LINE, folder=crew.folder, env=crew.seat("delta"))["messages"]
    assert seen == []
    out = detente("inbox", LINE, folder=crew.folder, env=crew.seat("delta")).out
    assert "NOT SHOWN, for you need not know: duty" in out
    assert "NOT SHOWN" not in detente("inbox", LINE, folder=crew.folder, env=crew.seat("alfa")).out
    drafts = answer("outbox", LINE, folder=crew.folder, env=crew.seat("delta"))
    assert (drafts["drafts"], drafts["withheld"]) == ([], {LINE: ["duty"]})
    leaf = everything[0]["leaf"]
    refused = error("show", LINE, leaf, folder=crew.folder, env=crew.seat("delta"))
    assert "no need to know" in refused["what"]
    assert answer("threads", LINE, folder=crew.folder, env=crew.seat("delta"))["threads"] == []
    due = answer("due", LINE, folder=crew.folder, env=crew.seat("delta"))["lines"][0]
    assert due["withheld"] == ["duty"]
    assert (due["due"], due["missed"], due["missed_count"], due["next"]) == ([], [], 0, [])
    whole = error("export", LINE, folder=crew.folder, env=crew.seat("delta"))
    assert f"delta does not need to know all of {LINE}" in whole["what"]
    reader, token = crew.folder / "control.sock", (crew.folder / "seat-delta").read_text()
    for order in (Wait(LINE, leaf, 0), Seated(token, Wait(LINE, leaf, 0))):
        with pytest.raises(Refused, match=r"signed on|need to know"):
            ask(reader, order)
    answer("show", LINE, leaf, "--paper", folder=crew.folder, env=crew.seat("alfa"))
    read = answer("book", "--last", "9", folder=crew.folder, env=crew.seat("admin"))["entries"]
    assert {"listed", "read"} <= {each["event"] for each in read}
    last = answer("book", "--last", "1", folder=crew.folder, env=crew.seat("admin"))["entries"][0]
    assert (last["event"], last["leaf"], last["printed"]) == ("read", leaf, True)


def test_a_file_for_a_stranger_and_words_for_a_voice_stand_in_the_book(crew: Crew) -> None:
    seat, book = crew.seat("alfa"), crew.seat("admin")
    answer("export", LINE, "--out", crew.folder / "all.json", folder=crew.folder, env=seat)
    words = answer("voice", "answer", LINE, SOUTH, "123456", folder=crew.folder, env=seat)["words"]
    answer(
        "voice", "check", LINE, SOUTH, "123456", " ".join(words), folder=crew.folder, env=seat,
        code=Exit.FINDINGS,
    )  # fmt: skip
    last = answer("book", "--last", "3", folder=crew.folder, env=book)["entries"]
    assert [each["event"] for each in last] == ["exported", "answered", "challenged"]
    assert (last[0]["what"], last[0]["leaf"], last[0]["officer"]) == ("export", "", "alfa")
    assert (last[1]["party"], last[1]["challenge"]) == (SOUTH, 123456)
    assert last[1]["number"] == last[0]["number"] + 1
    assert last[2]["outcome"] == "wrong"


def test_a_suspension_is_read_on_the_board_by_those_who_need_to_know(crew: Crew) -> None:
    south = crew.stage.actors[SOUTH].folder
    answer("open", LINE, "high-level", folder=south)
    told = ("--reason", "in protest", "--review", "+48h", "--yes")
    answer("suspend", LINE, "high-level", *told, folder=south)
    wait(lambda: crew.stage.joint(NORTH, "high-level") == "suspended", "it is not suspended")
    nobody = detente("status", folder=crew.folder).out
    assert "in protest" not in nobody
    assert re.search("FLASH, [0-9]+ not shown to you, wait for a person: sign on", nobody)
    assert "in protest" in detente("status", folder=crew.folder, env=crew.seat("alfa")).out


@pytest.mark.covers(44, 52)
def test_the_watch_is_handed_over_with_what_is_open(crew: Crew) -> None:
    (post,) = answer("watch", folder=crew.folder)["posts"]
    assert (post["holder"], post["manned"]) == ("alfa", True)
    offered = answer("hand-over", "delta", folder=crew.folder, env=crew.seat("alfa"))["items"]
    *known, hidden = offered
    assert "more, too many to list or not to be known here" in hidden
    offered = answer("hand-over", "bravo", folder=crew.folder, env=crew.seat("alfa"))
    assert any("acknowledge" in each for each in offered["items"])
    assert set(known) < set(offered["items"])
    taken = answer("take-over", folder=crew.folder, env=crew.seat("bravo"))
    assert (taken["relieved"], taken["items"]) == ("alfa", offered["items"])
    (post,) = answer("watch", folder=crew.folder)["posts"]
    assert post["holder"] == "bravo"


@pytest.mark.covers(96)
def test_the_book_is_audited_by_the_same_command(crew: Crew, tmp_path: Path) -> None:
    refused = error("book", "--export", tmp_path / "x", folder=crew.folder, env=crew.seat("alfa"))
    assert "this is for an administrator" in refused["what"]
    path = tmp_path / "book.json"
    answer("book", "--export", path, folder=crew.folder, env=crew.seat("admin"))
    found = answer("verify", path, folder=crew.folder)
    assert (found["ok"], found["files"][0]["kind"]) == (True, "book")
    assert any(each.endswith(" LetGo") for each in found["files"][0]["proven"])
    path.write_bytes(path.read_bytes().replace(b"alfa", b"baler", 1))
    assert detente("verify", path, folder=crew.folder).code == Exit.FINDINGS


@pytest.mark.covers(84)
def test_an_expired_qualification_is_renewed_by_an_administrator(crew: Crew) -> None:
    seat = crew.seat("admin")
    listed = answer("officer", "list", folder=crew.folder, env=seat)["officers"]
    assert [each["name"] for each in listed] == ["admin", "alfa", "bravo", "charlie", "delta"]
    answer("officer", "qualify", "alfa", "--until", "+1d", folder=crew.folder, env=seat)
    answer("officer", "dismiss", "delta", "--reason", "left", folder=crew.folder, env=seat)
    gone = error("inbox", LINE, folder=crew.folder, env=crew.seat("delta"))
    assert "your session has ended" in gone["what"]
    last = error("officer", "dismiss", "admin", "--reason", "x", folder=crew.folder, env=seat)
    assert "last administrator" in last["what"]


def test_a_session_that_is_over_keeps_nobody_from_the_board_or_from_signing_on(crew: Crew) -> None:
    seat = crew.folder / "seat-charlie"
    seat.write_text("00" * 32)
    ended = error("inbox", LINE, folder=crew.folder, env=crew.seat("charlie"))
    assert ended["what"] == "your session has ended"
    assert detente("status", folder=crew.folder, env=crew.seat("charlie")).code == Exit.OK
    assert detente("watch", folder=crew.folder, env=crew.seat("charlie")).code == Exit.OK
    crew.on("charlie")
    answer("inbox", LINE, folder=crew.folder, env=crew.seat("charlie"))


def test_drafts_are_for_those_who_are_signed_on(crew: Crew) -> None:
    draft = answer("draft", LINE, *ACCIDENT, folder=crew.folder, env=crew.seat("charlie"))["draft"]
    for args in (("discard", draft, "--yes"), ("draft", LINE, *ACCIDENT)):
        assert error(*args, folder=crew.folder)["what"] == "nobody is signed on here"
    answer("discard", draft, "--yes", folder=crew.folder, env=crew.seat("charlie"))


def test_a_seat_has_one_session(crew: Crew) -> None:
    crew.on("charlie")
    first = (crew.folder / "seat-charlie").read_text()
    crew.on("charlie")
    with pytest.raises(Refused, match="your session has ended"):
        ask(crew.folder / "control.sock", Seated(first, Wait(LINE, "abcd", 0)))
    answer("inbox", LINE, folder=crew.folder, env=crew.seat("charlie"))


def test_who_has_left_is_not_signed_on(crew: Crew) -> None:
    answer("sign-off", folder=crew.folder, env=crew.seat("charlie"))
    found = error("inbox", LINE, folder=crew.folder, env=crew.seat("charlie"))
    assert "nobody is signed on here" in found["what"]
