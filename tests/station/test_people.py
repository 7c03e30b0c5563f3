"""The people of a station: off duty, expired, locked, under duress, and what each may do."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import pytest

from detente.audit.books import check_book
from detente.errors import Refused
from detente.people.authority import What
from detente.people.events import Admitted, Failed, LetGo, Read, SignedOff, Withheld
from detente.people.roster import LOCKED_MS
from detente.station.book import Book, make_book
from detente.station.config import Config, parse_config
from detente.station.people import ADMINISTRATOR, People, Session, make_secrets
from detente.station.secrets import Secrets, code_at
from tests.people.made import DIGEST
from tests.station.test_secrets import CHEAP, PASSPHRASE, wrong_code
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
officer = "alfa"
alternates = ["charlie"]
start = "20201201T000000"
rule = "FREQ=DAILY"
minutes = 780
[[shift]]
post = "watch"
officer = "bravo"
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
            ("admin", (), ("*",)), ("alfa", ("watch",), ("*",)),
            ("bravo", ("watch",), ("border/duty",)), ("charlie", ("watch", "chief"), ("border/*",)),
        ):  # fmt: skip
            what = Admitted(
                administrator=name == "admin", needs=needs, officer=name, posts=posts,
                until=NOON + 10**9,
            )  # fmt: skip
            self.addresses[name] = self.people.admit(what, PASSWORD, DURESS, self.now)

    def listens(self, out: Path) -> Path:
        """Have duress write who it was to a file."""
        self.people.close()
        command = ["/bin/sh", "-c", f"echo $DETENTE_OFFICER >> {out}"]
        text = BILL.replace("idle_s = 600", f"idle_s = 600\nduress_command = {json.dumps(command)}")
        config = parse_config(text, self.config.folder)
        people = People.open(config, PASSPHRASE, self.now)
        assert people is not None
        self.config, self.people = config, people
        return out

    def on(self, name: str, post: str = "watch", password: str = PASSWORD) -> Session:
        self.now += 30_000
        code = code_at(self.addresses[name], self.now)
        token = self.people.sign_on(name, password, code, post, "seat", self.now)
        return self.people.seated(token, self.now)

    def token(self, session: Session) -> str:
        return next(t for t, each in self.people._sessions.items() if each is session)

    def faults(self) -> tuple[tuple[int, str], ...]:
        """What an auditor finds wrong in the book."""
        return check_book(self.people.book.export(self.now)).faults

    def events(self, kind: type) -> list[Any]:
        return [leaf.what for leaf in self.people.book.leaves() if isinstance(leaf.what, kind)]


@pytest.fixture
def crew(tmp_path: Path) -> Crew:
    return Crew(tmp_path)


def test_who_is_off_duty_is_told_who_is_on(crew: Crew) -> None:
    with pytest.raises(Refused, match="bravo is off duty: the watch bill has alfa or charlie"):
        crew.on("bravo")
    assert crew.on("charlie").officer == "charlie"  # an alternate
    with pytest.raises(Refused, match="alfa does not hold the post 'chief'"):
        crew.on("alfa", "chief")
    with pytest.raises(Refused, match="alfa is no administrator"):
        crew.on("alfa", ADMINISTRATOR)
    assert crew.on("admin", ADMINISTRATOR).post == ADMINISTRATOR


def test_a_relief_to_whom_the_watch_is_offered_may_come_early(crew: Crew) -> None:
    alfa = crew.on("alfa")
    crew.people.offer(alfa, "bravo", ["one question"], crew.now)
    bravo = crew.on("bravo")
    assert crew.people.take_over(bravo, [], crew.now)["items"] == ["one question"]
    assert crew.people.roster.holder("watch") == "bravo"
    with pytest.raises(Refused, match="does not have the watch"):
        crew.people.offer(alfa, "charlie", [], crew.now)
    with pytest.raises(Refused, match="nobody has offered watch to alfa"):
        crew.people.take_over(alfa, [], crew.now)
    with pytest.raises(Refused, match="admin cannot relieve watch"):
        crew.people.offer(bravo, "admin", [], crew.now)


def test_a_session_ends_when_nothing_is_done_and_says_that_drafts_are_kept(crew: Crew) -> None:
    crew.now += 30_000
    code = code_at(crew.addresses["alfa"], crew.now)
    token = crew.people.sign_on("alfa", PASSWORD, code, "watch", "seat", crew.now)
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
    wrong = wrong_code(crew.addresses["alfa"], crew.now)
    for _ in range(5):
        with pytest.raises(Refused, match="the password or the code is wrong"):
            crew.people.sign_on("alfa", PASSWORD, wrong, "watch", "seat", crew.now)
    assert len(crew.events(Failed)) == 5
    with pytest.raises(Refused, match="alfa is locked") as caught:
        crew.on("alfa")
    assert caught.value.mend == "wait 15 min, or let another sign on"
    assert crew.on("charlie").officer == "charlie"
    crew.now += LOCKED_MS
    assert crew.on("alfa").officer == "alfa"


@pytest.mark.covers(51)
def test_duress_works_and_tells_our_own_side_silently(tmp_path: Path) -> None:
    told = tmp_path / "told"
    command = f'duress_command = ["/bin/sh", "-c", "printenv DETENTE_OFFICER > {told}"]'
    crew = Crew(tmp_path, BILL.replace("idle_s", f"{command}\nidle_s"))
    free = crew.on("alfa")
    assert not told.exists()
    forced = crew.on("alfa", password=DURESS)
    assert (free.officer, free.post) == (forced.officer, forced.post)
    end = time.monotonic() + 10
    while not told.exists() or told.read_text() != "alfa\n":
        assert time.monotonic() < end
        time.sleep(0.02)
    while crew.people._telling:
        crew.people.expire(crew.now)
    entries = crew.people.entries(2)
    assert entries[0].keys() == entries[1].keys()  # the book tells no one


def test_two_persons_and_what_was_withheld_stands_in_the_book(crew: Crew) -> None:
    alfa, charlie = crew.on("alfa"), crew.on("charlie")
    crew.people.drafted(alfa, WHAT, crew.now)
    with pytest.raises(Refused, match="alfa drafted it himself"):
        crew.people.let_go(alfa, WHAT, crew.now, urgent=False)
    assert crew.events(Withheld)[-1].reason.endswith("alfa drafted it himself")
    with pytest.raises(Refused, match="drafted it himself"):
        crew.people.reviewed(alfa, WHAT, "", crew.now, good=True)
    post, proof = crew.people.let_go(charlie, WHAT, crew.now, urgent=False)
    assert post == "watch"
    assert proof.startswith("book:")
    assert crew.people.let_go(alfa, WHAT, crew.now, urgent=True)[0] == "watch"


def test_need_to_know_is_by_channel(crew: Crew) -> None:
    charlie = crew.on("charlie")
    crew.people.read(charlie, "border", "high", DIGEST, crew.now, printed=True)
    with pytest.raises(Refused, match="charlie has no need to know of other/duty"):
        crew.people.read(charlie, "other", "duty", DIGEST, crew.now, printed=False)
    with pytest.raises(Refused, match="no need to know"):
        crew.people.drafted(charlie, What(**{**vars_of(WHAT), "line": "other"}), crew.now)


def vars_of(what: What) -> dict[str, Any]:
    return {name: getattr(what, name) for name in What.__slots__}


def test_the_watch_shows_posts_that_are_empty_and_holes_in_the_bill(crew: Crew) -> None:
    found = crew.people.watch(crew.now)
    (post,) = found["posts"]
    assert (post["post"], post["manned"], post["billed"]) == ("watch", False, ["alfa", "charlie"])
    first = found["holes"][0]
    assert first["to"] - first["from"] == 3_600_000  # from 23:00 to midnight, every day
    assert len(found["holes"]) == 14
    crew.on("alfa")
    (post,) = crew.people.watch(crew.now)["posts"]
    assert (post["holder"], post["manned"]) == ("alfa", True)


def test_the_last_administrator_stays(crew: Crew) -> None:
    with pytest.raises(Refused, match="admin is the last administrator"):
        crew.people.dismiss("admin", "left", crew.now)
    crew.on("alfa")
    crew.people.dismiss("alfa", "left", crew.now)
    assert crew.people.roster.holder("watch") == ""
    with pytest.raises(Refused, match="wrong"):
        crew.on("alfa")


def test_a_station_without_a_book_knows_no_people(tmp_path: Path) -> None:
    assert People.open(parse_config(BILL, tmp_path), PASSPHRASE, NOON) is None


def test_rights_that_change_end_the_sessions_they_were_used_in(crew: Crew) -> None:
    crew.on("admin", ADMINISTRATOR)
    demoted = Admitted(administrator=False, needs=(), officer="admin", posts=(), until=NOON + 10**9)
    with pytest.raises(Refused, match="admin is the last administrator"):
        crew.people.admit(demoted, PASSWORD, "", crew.now)
    crew.on("alfa")
    again = Admitted(administrator=True, needs=(), officer="alfa", posts=(), until=NOON + 10**9)
    crew.people.admit(again, PASSWORD, "", crew.now)
    assert crew.people.unmanned() == ("watch",)
    assert crew.people.roster.holder("watch") == ""
    crew.people.admit(demoted, PASSWORD, "", crew.now)  # there is another now


def test_after_a_start_nobody_has_the_watch_until_he_signs_on(tmp_path: Path) -> None:
    crew = Crew(tmp_path)
    crew.on("alfa")
    assert crew.people.roster.holder("watch") == "alfa"
    crew.people.close()
    people = People.open(crew.config, PASSPHRASE, crew.now)
    assert people is not None
    assert people.roster.holder("watch") == ""
    people.close()


def test_only_the_relief_reads_what_is_offered(crew: Crew) -> None:
    alfa = crew.on("alfa")
    crew.people.offer(alfa, "bravo", ["one question"], crew.now)
    (post,) = crew.people.watch(crew.now)["posts"]
    assert (post["offered_to"], post["open_items"]) == ("bravo", 1)
    with pytest.raises(Refused, match="nobody has offered watch to alfa"):
        crew.people.offered(alfa, [])
    assert crew.people.offered(crew.on("bravo"), [])["items"] == ["one question"]


def test_an_offer_outlives_the_officer_who_made_it(crew: Crew) -> None:
    alfa = crew.on("alfa")
    crew.people.offer(alfa, "bravo", ["one question"], crew.now)
    bravo = crew.on("bravo")
    crew.people.sign_off(crew.token(alfa), crew.now)
    (post,) = crew.people.watch(crew.now)["posts"]
    assert (post["holder"], post["since"], post["offered_to"]) == ("", None, "bravo")
    taken = crew.people.take_over(bravo, ["nothing of now"], crew.now)
    assert (taken["from"], taken["items"]) == ("alfa", ["one question"])
    assert crew.people.roster.holder("watch") == "bravo"
    assert crew.faults() == ()


def test_who_comes_to_what_is_offered_him_has_the_watch_when_he_has_read_it(crew: Crew) -> None:
    alfa = crew.on("alfa")
    crew.people.offer(alfa, "bravo", ["one question"], crew.now)
    crew.people.sign_off(crew.token(alfa), crew.now)
    bravo = crew.on("bravo")
    assert crew.people.roster.holder("watch") == ""
    crew.people.take_over(bravo, [], crew.now)
    assert crew.people.roster.holder("watch") == "bravo"


def test_who_sits_there_when_the_holder_has_left_takes_the_watch(crew: Crew) -> None:
    alfa, charlie = crew.on("alfa"), crew.on("charlie")
    with pytest.raises(Refused, match="nobody has offered watch to charlie"):
        crew.people.take_over(charlie, [], crew.now)
    crew.people.sign_off(crew.token(alfa), crew.now)
    assert crew.people.roster.holder("watch") == ""
    taken = crew.people.take_over(charlie, ["a flash"], crew.now)
    assert (taken["from"], taken["items"]) == ("", ["a flash"])
    assert crew.people.roster.holder("watch") == "charlie"
    assert crew.faults() == ()
    with pytest.raises(Refused, match="nobody has offered administrator to admin"):
        crew.people.take_over(crew.on("admin", ADMINISTRATOR), [], crew.now)


def test_a_password_that_came_back_with_a_backup_opens_nothing(crew: Crew, tmp_path: Path) -> None:
    file = tmp_path / "book" / "officers.json"
    before = file.read_bytes()
    again = Admitted(
        administrator=False, needs=(), officer="alfa", posts=("watch",), until=NOON + 10**9
    )
    crew.now += 1
    crew.people.admit(again, "another password", "", crew.now)
    crew.people.close()
    file.write_bytes(before)
    people = People.open(crew.config, PASSPHRASE, crew.now)
    assert people is not None
    crew.people = people
    with pytest.raises(Refused, match="not the one that he was admitted with last") as caught:
        crew.on("alfa")
    assert "admits him again" in caught.value.mend
    assert crew.on("charlie").officer == "charlie"
    crew.addresses["alfa"] = people.admit(again, PASSWORD, "", crew.now)
    assert crew.on("alfa").officer == "alfa"


def test_a_code_is_not_lost_at_the_wrong_post(crew: Crew) -> None:
    crew.now += 30_000
    code = code_at(crew.addresses["alfa"], crew.now)
    with pytest.raises(Refused, match="does not hold the post 'chief'"):
        crew.people.sign_on("alfa", PASSWORD, code, "chief", "seat", crew.now)
    assert crew.people.sign_on("alfa", PASSWORD, code, "watch", "seat", crew.now)
    with pytest.raises(Refused, match="used already"):
        crew.people.sign_on("alfa", PASSWORD, code, "watch", "seat", crew.now)


def test_duress_is_told_also_where_he_is_refused(crew: Crew, tmp_path: Path) -> None:
    out = crew.listens(tmp_path / "told")
    with pytest.raises(Refused, match="bravo is off duty"):
        crew.on("bravo", password=DURESS)
    deadline = time.monotonic() + 20
    while not out.exists() or not out.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert out.read_text() == "bravo\n"
    while any(each.poll() is None for each in crew.people._telling):
        time.sleep(0.02)


def test_an_admission_that_cannot_be_written_leaves_the_old_password(crew: Crew) -> None:
    wrong = Admitted(
        administrator=False, needs=("*",), officer="alfa", posts=("Watch 1",), until=NOON + 10**9
    )
    with pytest.raises(Refused, match="cannot stand in the book"):
        crew.people.admit(wrong, "another password", "", crew.now)
    assert crew.on("alfa").officer == "alfa"


def test_who_is_off_duty_by_now_or_an_administrator_lets_nothing_go(crew: Crew) -> None:
    crew.on("alfa")
    charlie, admin = crew.on("charlie"), crew.on("admin", ADMINISTRATOR)
    routine = dataclasses.replace(WHAT, precedence="ROUTINE", act="query", saves_lives=False)
    crew.people.let_go(charlie, routine, crew.now, urgent=False)
    with pytest.raises(Refused, match="an administrator lets nothing go"):
        crew.people.let_go(admin, routine, crew.now, urgent=False)
    late = crew.now + 11 * 3_600_000  # the bill has bravo by then
    with pytest.raises(Refused, match="charlie is off duty: the watch bill has bravo"):
        crew.people.let_go(charlie, routine, late, urgent=False)
    crew.people.let_go(charlie, dataclasses.replace(WHAT, form=13), late, urgent=False)
    crew.people.let_go(charlie, WHAT, late, urgent=True)
    alfa = next(each for each in crew.people._sessions.values() if each.officer == "alfa")
    crew.people.let_go(alfa, routine, late, urgent=False)  # he has the watch until he is relieved


def test_second_persons_are_officers_who_may(crew: Crew) -> None:
    alfa, charlie = crew.on("alfa"), crew.on("charlie")
    crew.people.drafted(alfa, WHAT, crew.now)
    crew.people.qualify("alfa", crew.now, crew.now)
    crew.now += 1
    with pytest.raises(Refused, match="alfa, who drafted it, is no officer who may"):
        crew.people.let_go(charlie, WHAT, crew.now, urgent=False)
    crew.people.drafted(charlie, dataclasses.replace(WHAT, digest="cd" * 32), crew.now)
    other = dataclasses.replace(WHAT, digest="cd" * 32)
    with pytest.raises(Refused, match="the qualification of alfa has expired"):
        crew.people.reviewed(alfa, other, "", crew.now, good=True)
    crew.people.offer(alfa, "charlie", [], crew.now)
    crew.people.qualify("charlie", crew.now - 1, crew.now)
    with pytest.raises(Refused, match="the qualification of charlie has expired"):
        crew.people.offer(alfa, "charlie", [], crew.now)
    with pytest.raises(Refused, match="the qualification of charlie has expired"):
        crew.people.take_over(charlie, [], crew.now)


def test_a_clock_that_is_put_back_keeps_no_session_alive(crew: Crew) -> None:
    crew.on("alfa")
    crew.people.expire(crew.now - 30_000)
    assert crew.people.unmanned() == ()
    crew.people.expire(crew.now - 7_200_000)
    assert crew.people.unmanned() == ("watch",)


def test_the_watch_can_be_handed_over_when_most_is_open(crew: Crew) -> None:
    alfa = crew.on("alfa")
    crew.people.offer(alfa, "charlie", ["x" * 1_000] * 500, crew.now)
    items = crew.people.offered(crew.on("charlie"), [])["items"]
    assert len(items) < 50
    assert items[-1] == f"{501 - len(items)} more: see `detente due`"


def test_a_disk_that_is_full_holds_up_nothing_that_cannot_wait(crew: Crew) -> None:
    alfa = crew.on("alfa")
    path = crew.config.folder / "book" / "book.db"
    path.rename(
        path.with_suffix(".gone")
    )  # whatever is written now fails, as on a disk that is gone
    routine = dataclasses.replace(WHAT, precedence="ROUTINE", saves_lives=False)
    with pytest.raises(Exception, match="moved or replaced"):
        crew.people.let_go(alfa, routine, crew.now, urgent=False)
    stop = dataclasses.replace(WHAT, form=13)
    assert crew.people.let_go(alfa, stop, crew.now, urgent=False) == ("watch",)
    crew.people.read(alfa, "border", "duty", DIGEST, crew.now, printed=False)
    path.with_suffix(".gone").rename(path)
    crew.people.expire(crew.now)
    assert [type(leaf.what) for leaf in crew.people.book.leaves(2)] == [LetGo, Read]
    assert crew.faults() == ()


def test_a_clock_two_hours_off_is_named_and_locks_nobody(crew: Crew) -> None:
    code = code_at(crew.addresses["alfa"], crew.now - 7_200_000)
    for _ in range(6):
        with pytest.raises(Refused, match="this code is right 2 h ago: a clock is wrong"):
            crew.people.sign_on("alfa", PASSWORD, code, "watch", "seat", crew.now)
    assert crew.events(Failed) == []
    assert crew.on("alfa").officer == "alfa"


def test_a_lock_ends_when_the_clock_is_put_right(crew: Crew) -> None:
    wrong, ahead = wrong_code(crew.addresses["alfa"], crew.now), crew.now + 7_200_000
    for _ in range(5):
        with pytest.raises(Refused):
            crew.people.sign_on("alfa", "a wrong password", wrong, "watch", "seat", ahead)
    assert crew.on("alfa").officer == "alfa"


def test_a_hole_in_the_bill_keeps_nobody_out(crew: Crew) -> None:
    crew.now += 20 * 3_600_000 + 2_400_000  # nobody is billed from 23:00 on
    assert crew.on("bravo").officer == "bravo"
    with pytest.raises(Refused, match="admin does not hold the post 'watch'") as caught:
        crew.on("admin")
    assert caught.value.mend == "sign on with --post administrator"
