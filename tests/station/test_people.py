"""The people of a station: off duty, expired, locked, under duress, and what each may do."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from detente.errors import Refused
from detente.people.authority import What
from detente.people.events import Admitted, Failed, SignedOff, Withheld
from detente.people.roster import LOCKED_MS
from detente.station.book import Book, make_book
from detente.station.config import Config, parse_config
from detente.station.people import ADMINISTRATOR, People, Session, make_secrets
from detente.station.secrets import Secrets, code_at
from tests.people.made import DIGEST
from tests.station.test_secrets import CHEAP, PASSPHRASE
from tests.stations import NOON

PASSWORD, DURESS = "a right password", "a sadder password"
BILL = """
party = "northland"
[people]
idle_s = 600
posts = ["watch"]
[[release]]
forms = [12]
[[release]]
precedences = ["FLASH"]
persons = 2
[[shift]]
post = "watch"
officer = "baker"
alternates = ["dyer"]
start = "20201201T000000"
rule = "FREQ=DAILY"
minutes = 780
[[shift]]
post = "watch"
officer = "carver"
start = "20201201T130000"
rule = "FREQ=DAILY"
minutes = 600
"""
WHAT = What(
    line="border", channel="duty", act="notify", form=1, kind="", precedence="FLASH",
    digest=DIGEST, saves_lives=True,
)  # fmt: skip


class Crew:
    """Four officers, with their codes."""

    def __init__(self, folder: Path, text: str = BILL) -> None:
        self.config: Config = parse_config(text, folder)
        make_secrets(folder, PASSPHRASE, CHEAP)
        make_book(folder, "northland", PASSPHRASE, CHEAP)
        secrets = Secrets.open(folder / "book" / "officers.json", PASSPHRASE, CHEAP)
        self.people = People(self.config, Book.open(folder, "northland", PASSPHRASE), secrets)
        self.addresses: dict[str, str] = {}
        self.now = NOON
        for name, posts, needs in (
            ("admin", (), ("*",)), ("baker", ("watch",), ("*",)),
            ("carver", ("watch",), ("border/duty",)), ("dyer", ("watch", "chief"), ("border/*",)),
        ):  # fmt: skip
            what = Admitted(
                administrator=name == "admin", needs=needs, officer=name, posts=posts,
                until=NOON + 10**9,
            )  # fmt: skip
            self.addresses[name] = self.people.admit(what, PASSWORD, DURESS, self.now)

    def on(self, name: str, post: str = "watch", password: str = PASSWORD) -> Session:
        self.now += 30_000
        code = code_at(self.addresses[name], self.now)
        token = self.people.sign_on(name, password, code, post, "seat", self.now)
        return self.people.seated(token, self.now)

    def events(self, kind: type) -> list[Any]:
        return [leaf.what for leaf in self.people.book.leaves() if isinstance(leaf.what, kind)]


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    return Crew(tmp_path)


def test_who_is_off_duty_is_told_who_is_on(crew: Crew) -> None:
    with pytest.raises(Refused, match="carver is off duty: the watch bill has baker or dyer"):
        crew.on("carver")
    assert crew.on("dyer").officer == "dyer"  # an alternate
    with pytest.raises(Refused, match="baker does not hold the post 'chief'"):
        crew.on("baker", "chief")
    with pytest.raises(Refused, match="baker is no administrator"):
        crew.on("baker", ADMINISTRATOR)
    assert crew.on("admin", ADMINISTRATOR).post == ADMINISTRATOR


def test_a_relief_to_whom_the_watch_is_offered_may_come_early(crew: Crew) -> None:
    baker = crew.on("baker")
    crew.people.offer(baker, "carver", ["one question"], crew.now)
    carver = crew.on("carver")
    assert crew.people.take_over(carver, crew.now)["items"] == ["one question"]
    assert crew.people.roster.holder("watch") == "carver"
    with pytest.raises(Refused, match="does not have the watch"):
        crew.people.offer(baker, "dyer", [], crew.now)
    with pytest.raises(Refused, match="nobody has offered watch to baker"):
        crew.people.take_over(baker, crew.now)
    with pytest.raises(Refused, match="admin cannot relieve watch"):
        crew.people.offer(carver, "admin", [], crew.now)


def test_a_session_ends_when_nothing_is_done_and_says_that_drafts_are_kept(crew: Crew) -> None:
    crew.now += 30_000
    code = code_at(crew.addresses["baker"], crew.now)
    token = crew.people.sign_on("baker", PASSWORD, code, "watch", "seat", crew.now)
    crew.people.seated(token, crew.now + 599_000)
    crew.people.seated(token, crew.now + 1_198_000)
    assert crew.people.unmanned() == ()
    with pytest.raises(Refused, match="your session has ended") as caught:
        crew.people.seated(token, crew.now + 1_799_000)
    assert "drafts are kept" in caught.value.mend
    assert crew.people.unmanned() == ("watch",)
    assert crew.events(SignedOff)[-1].reason == "expired"
    assert crew.people.roster.holder("watch") == ""


def test_five_wrong_codes_lock_one_name_and_no_other(crew: Crew) -> None:
    for _ in range(5):
        with pytest.raises(Refused, match="the password or the code is wrong"):
            crew.people.sign_on("baker", PASSWORD, "000000", "watch", "seat", crew.now)
    assert len(crew.events(Failed)) == 5
    with pytest.raises(Refused, match="baker is locked") as caught:
        crew.on("baker")
    assert caught.value.mend == "wait 15 min, or let another sign on"
    assert crew.on("dyer").officer == "dyer"
    crew.now += LOCKED_MS
    assert crew.on("baker").officer == "baker"


def test_duress_works_and_tells_our_own_side_silently(tmp_path: Path) -> None:
    told = tmp_path / "told"
    command = f'duress_command = ["/bin/sh", "-c", "printenv DETENTE_OFFICER > {told}"]'
    crew = Crew(tmp_path, BILL.replace("idle_s", f"{command}\nidle_s"))
    free = crew.on("baker")
    assert not told.exists()
    forced = crew.on("baker", password=DURESS)
    assert (free.officer, free.post) == (forced.officer, forced.post)
    end = time.monotonic() + 10
    while not told.exists() or told.read_text() != "baker\n":
        assert time.monotonic() < end
        time.sleep(0.02)
    while crew.people._telling:
        crew.people.expire(crew.now)
    entries = crew.people.entries(2)
    assert entries[0].keys() == entries[1].keys()  # the book tells no one


def test_two_persons_and_what_was_withheld_stands_in_the_book(crew: Crew) -> None:
    baker, dyer = crew.on("baker"), crew.on("dyer")
    crew.people.drafted(baker, WHAT, crew.now)
    with pytest.raises(Refused, match="baker drafted it himself"):
        crew.people.let_go(baker, WHAT, crew.now, urgent=False)
    assert crew.events(Withheld)[-1].reason.endswith("baker drafted it himself")
    with pytest.raises(Refused, match="drafted it himself"):
        crew.people.reviewed(baker, WHAT, "", crew.now, good=True)
    post, proof = crew.people.let_go(dyer, WHAT, crew.now, urgent=False)
    assert post == "watch"
    assert proof.startswith("book:")
    assert crew.people.let_go(baker, WHAT, crew.now, urgent=True)[0] == "watch"


def test_need_to_know_is_by_channel(crew: Crew) -> None:
    dyer = crew.on("dyer")
    crew.people.read(dyer, "border", "high", DIGEST, crew.now)
    with pytest.raises(Refused, match="dyer has no need to know of other/duty"):
        crew.people.read(dyer, "other", "duty", DIGEST, crew.now)
    with pytest.raises(Refused, match="no need to know"):
        crew.people.drafted(dyer, What(**{**vars_of(WHAT), "line": "other"}), crew.now)


def vars_of(what: What) -> dict[str, Any]:
    return {name: getattr(what, name) for name in What.__slots__}


def test_the_watch_shows_posts_that_are_empty_and_holes_in_the_bill(crew: Crew) -> None:
    found = crew.people.watch(crew.now)
    (post,) = found["posts"]
    assert (post["post"], post["manned"], post["billed"]) == ("watch", False, ["baker", "dyer"])
    first = found["holes"][0]
    assert first["to"] - first["from"] == 3_600_000  # from 23:00 to midnight, every day
    assert len(found["holes"]) == 14
    crew.on("baker")
    (post,) = crew.people.watch(crew.now)["posts"]
    assert (post["holder"], post["manned"]) == ("baker", True)


def test_the_last_administrator_stays(crew: Crew) -> None:
    with pytest.raises(Refused, match="admin is the last administrator"):
        crew.people.dismiss("admin", "left", crew.now)
    crew.on("baker")
    crew.people.dismiss("baker", "left", crew.now)
    assert crew.people.roster.holder("watch") == ""
    with pytest.raises(Refused, match="wrong"):
        crew.on("baker")


def test_a_station_without_a_book_knows_no_people(tmp_path: Path) -> None:
    assert People.open(parse_config(BILL, tmp_path), PASSPHRASE, NOON) is None
