"""From nothing to a joined line, as two parties do it: init, card, accord new, show, join."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from detente.cli.accord import shown_terms
from detente.cli.card import log_keys
from detente.cli.exits import Exit
from detente.cli.init import configuration
from detente.cli.joining import quoted
from detente.cli.setting import Setting
from detente.cli.terms_made import span
from detente.line.accord import parse_accord, parse_card
from detente.line.canonical import encode
from detente.phrase.words import fingerprint_lines
from detente.station.config import parse_config
from tests.cli.typed import NORTH, SOUTH, answer, detente, error, founded

CHANNELS = ("--channel", "duty:Duty officers", "--channel", "high-level:Chiefs of staff")


@pytest.fixture(scope="module")
def stations(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two stations with a card each."""
    folder = tmp_path_factory.mktemp("stations")
    for party in (NORTH, SOUTH):
        answer("init", party, folder=folder / party)
        answer("card", "border", folder=folder / party)
    return folder


def cards(stations: Path) -> list[Path]:
    return [stations / party / "lines" / "border" / "card.json" for party in (NORTH, SOUTH)]


@pytest.fixture(scope="module")
def accord(stations: Path) -> Path:
    """Their accord, of another name than their line."""
    path = stations / "accord.json"
    answer(
        "accord",
        "new",
        *cards(stations),
        "--name",
        "demo",
        *CHANNELS,
        "--out",
        path,
        folder=stations,
    )
    return path


def test_init_writes_a_configuration_that_explains_itself(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    made = answer("init", NORTH, folder=folder)
    text = (folder / "detente.toml").read_text()
    assert made == {"party": NORTH, "folder": str(folder), "config": str(folder / "detente.toml")}
    assert tomllib.loads(text)["party"] == NORTH
    assert parse_config(text, folder).lines == {}
    assert "# [line." in text
    assert folder.stat().st_mode & 0o777 == 0o700


def test_init_overwrites_nothing(tmp_path: Path) -> None:
    answer("init", NORTH, folder=tmp_path)
    (tmp_path / "detente.toml").write_text("# ours\n")
    assert error("init", SOUTH, folder=tmp_path)["kind"] == "Refused"
    assert (tmp_path / "detente.toml").read_text() == "# ours\n"


@pytest.mark.parametrize("name", ["North", "north land", 'n"\n[line.x]', "", "ю" * 3])
def test_init_takes_only_names_that_an_accord_would_take(name: str, tmp_path: Path) -> None:
    assert error("init", name, folder=tmp_path / "new")["exit"] == Exit.REFUSED
    assert not (tmp_path / "new").exists()


def test_the_example_is_commented_out_but_for_the_party() -> None:
    said = tomllib.loads(configuration("northland"))
    assert {key: value for key, value in said.items() if value != {}} == {"party": "northland"}


def test_a_card_is_made_once_and_shown_again(stations: Path) -> None:
    again = answer("card", "border", folder=stations / NORTH, passphrase=None)
    card = parse_card(cards(stations)[0].read_bytes())
    assert again["made"] is False
    assert again["fingerprint"] == card.fingerprint().hex()
    assert again["words"] == list(fingerprint_lines(card.fingerprint()))
    assert again["keys"] == list(log_keys(card))


@pytest.mark.covers(90)
def test_a_card_is_read_aloud(stations: Path) -> None:
    typed = detente("card", "border", folder=stations / NORTH, passphrase=None)
    card = parse_card(cards(stations)[0].read_bytes())
    for number, line in enumerate(fingerprint_lines(card.fingerprint()), 1):
        assert f"    {number}  {line}\n" in typed.out


def test_keys_are_for_their_owner_alone(stations: Path) -> None:
    keys = stations / NORTH / "lines" / "border" / "keys.json"
    assert keys.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", ["../escape", "Border", "a b", "/etc"])
def test_a_line_cannot_be_named_so_that_it_leaves_its_folder(line: str, stations: Path) -> None:
    found = error("card", line, folder=stations / NORTH)
    assert (found["kind"], found["where"]) == ("Refused", "line")


def test_keys_need_a_passphrase(stations: Path) -> None:
    found = error("card", "other", folder=stations / NORTH, passphrase=None)
    assert "passphrase" in found["what"]
    assert "--passphrase-fd" in found["mend"]
    assert not (stations / NORTH / "lines" / "other" / "keys.json").exists()


@pytest.mark.covers(91)
def test_an_accord_in_words(accord: Path, stations: Path) -> None:
    typed = detente("accord", "show", accord, folder=stations)
    assert typed.code == 0
    for words in (
        "a line in earnest", "within 10 min of a FLASH", "a question is answered within 2 d",
        "channel duty", "Chiefs of staff", "Party northland", "Party southmark",
    ):  # fmt: skip
        assert words in typed.out
    for path in cards(stations):
        for line in fingerprint_lines(parse_card(path.read_bytes()).fingerprint()):
            assert line in typed.out


def test_an_accord_in_json(accord: Path, stations: Path) -> None:
    shown = answer("accord", "show", accord, folder=stations)
    terms = accord.read_bytes()
    assert shown["id"] == shown_terms(parse_accord(terms), terms).id
    assert [each["party"] for each in shown["parties"]] == [NORTH, SOUTH]
    assert shown["clocks"]["acknowledge_s"]["flash"] == 600
    assert shown["succeeds"] is None


def test_an_exercise_has_clocks_of_seconds(stations: Path, tmp_path: Path) -> None:
    path = tmp_path / "exercise.json"
    rehearsal = ("--exercise", "--clocks-in-seconds", "--answer-s", "90")
    answer(
        "accord", "new", *cards(stations), "--name", "drill", *CHANNELS, *rehearsal, "--out", path,
        folder=stations,
    )  # fmt: skip
    made = parse_accord(path.read_bytes())
    assert (made.exercise, made.clocks.answer_s, made.clocks.beat_s) == (True, 90, 1)
    typed = detente("accord", "show", path, folder=stations)
    assert typed.out.splitlines()[0].startswith("EXERCISE")
    assert typed.out.splitlines()[-1] == "EXERCISE"


@pytest.mark.parametrize(
    "options, where",
    [
        (("--clocks-in-seconds",), ""),
        (("--channel", "duty"), "--channel"),
        (("--channel", "duty:Again"), "accord.channels"),
        (("--channel", "Bad Name:Title"), "accord"),
        (("--channel", "bidi:\u202egnit"), "accord.channels[2].title"),
        (("--acknowledge-s", "1,2,3"), "--acknowledge-s"),
        (("--acknowledge-s", "1,2,3, 4"), "--acknowledge-s"),
        (("--bytes-a-minute", "1,2,3,x"), "--bytes-a-minute"),
        (("--vocabulary", "7"), "--vocabulary"),
    ],
)
def test_terms_without_sense_are_refused(
    options: tuple[str, ...], where: str, stations: Path, tmp_path: Path
) -> None:
    path = tmp_path / "never.json"
    found = error(
        "accord", "new", *cards(stations), "--name", "demo", *CHANNELS, *options, "--out", path,
        folder=stations,
    )  # fmt: skip
    assert (found["kind"], found["where"]) == ("Refused", where)
    assert not path.exists()


def test_a_card_that_is_none_is_named(stations: Path, tmp_path: Path) -> None:
    bad = tmp_path / "card.json"
    bad.write_bytes(cards(stations)[0].read_bytes().replace(b"northland", b"Northland", 1))
    found = error(
        "accord", "new", bad, cards(stations)[1], "--name", "demo", *CHANNELS, folder=stations
    )
    assert found["exit"] == Exit.MALFORMED
    assert found["where"].startswith(str(bad))


def test_an_accord_of_one_party_is_none(stations: Path) -> None:
    one = cards(stations)[0]
    assert error("accord", "new", one, "--name", "demo", *CHANNELS, folder=stations)["exit"] == 3
    assert (
        error("accord", "new", one, one, "--name", "demo", *CHANNELS, folder=stations)["exit"] == 3
    )


@pytest.mark.covers(90)
def test_joining_makes_the_line_and_keeps_the_comments(accord: Path, stations: Path) -> None:
    folder = stations / NORTH
    before = (folder / "detente.toml").read_text()
    wrong = ("--address", "southmark=nowhere")
    assert error("accord", "join", accord, *wrong, folder=folder)["exit"] == Exit.REFUSED
    assert not (folder / "lines" / "border" / "accord.json").exists()
    assert (folder / "detente.toml").read_text() == before

    listen = ("--listen", "127.0.0.1:7400", "--address", "southmark=192.0.2.7:7400")
    joined = answer("accord", "join", accord, *listen, folder=folder)
    assert joined["line"] == "border"  # as our card was made for, whatever the accord is called
    text = (folder / "detente.toml").read_text()
    assert text.startswith(before.rstrip())
    line = parse_config(text, folder).lines["border"]
    assert (line.listen.port, line.addresses["southmark"][0].host) == (7400, "192.0.2.7")
    for name, mode in (("signer.log", 0o600), ("accord.json", 0o600), ("journal.db", 0o600)):
        assert (folder / "lines" / "border" / name).stat().st_mode & 0o777 == mode, name
    assert error("accord", "join", accord, folder=folder)["kind"] == "Refused"


def test_a_join_that_was_cut_off_is_taken_up_again(accord: Path, stations: Path) -> None:
    folder = stations / SOUTH
    before = (folder / "detente.toml").read_text()
    answer("accord", "join", accord, folder=folder)
    after = (folder / "detente.toml").read_text()
    (folder / "detente.toml").write_text(before)
    answer("accord", "join", accord, folder=folder)
    assert (folder / "detente.toml").read_text() == after


@pytest.mark.parametrize(
    "options", [("--address", "westmere=h:1"), ("--address", "h:1"), ("--witness", "w=http://h")]
)
def test_only_who_stands_in_the_accord_has_an_address(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    stage = founded(tmp_path)
    folder = stage.actors[NORTH].folder
    accord = folder / "lines" / "demo" / "accord.json"
    (folder / "detente.toml").write_text(f'party = "{NORTH}"\n')
    assert error("accord", "join", accord, *options, folder=folder)["where"] == options[0]


def test_a_card_that_was_exchanged_is_refused(stations: Path, tmp_path: Path) -> None:
    """The accord names our party with a card that is not ours: somebody stood in between."""
    answer("init", NORTH, folder=tmp_path)
    answer("card", "border", folder=tmp_path)
    answer(
        "accord", "new", *cards(stations), "--name", "border", *CHANNELS,
        "--out", tmp_path / "a.json", folder=stations,
    )  # fmt: skip
    found = error("accord", "join", tmp_path / "a.json", folder=tmp_path)
    assert found["kind"] == "Refused"
    assert "not the one that we made" in found["what"]


def test_an_accord_that_is_altered_is_malformed(
    accord: Path, stations: Path, tmp_path: Path
) -> None:
    bad = tmp_path / "accord.json"
    bad.write_bytes(accord.read_bytes() + b"\n")
    for command in ("show", "join"):
        assert error("accord", command, bad, folder=stations / NORTH)["exit"] == Exit.MALFORMED


def test_without_a_station_the_mend_is_told(tmp_path: Path) -> None:
    for args in (("status",), ("serve",), ("card", "border"), ("inbox",)):
        found = error(*args, folder=tmp_path)
        assert found["kind"] == "Refused"
        assert "detente init" in found["mend"]


def test_a_station_without_a_line_says_so(tmp_path: Path) -> None:
    answer("init", NORTH, folder=tmp_path)
    assert "no line" in error("status", folder=tmp_path)["what"]
    assert error("serve", folder=tmp_path)["kind"] == "Refused"


@pytest.mark.parametrize(
    "seconds, words",
    [(1, "1 s"), (60, "60 s"), (90, "90 s"), (600, "10 min"), (3600, "60 min"), (172_800, "2 d")],
)
def test_spans_are_read_in_whole_units(seconds: int, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize("text", ["plain", 'quo"te', "back\\slash", "tab\tnew\nline", "ж\u202e"])
def test_what_is_written_as_toml_is_read_back(text: str) -> None:
    value: dict[str, Any] = tomllib.loads(f"key = {quoted(text)}")
    assert value == {"key": text}


def test_the_folder_is_here_or_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert Setting().folder == tmp_path / "home" / ".detente"
    (tmp_path / "detente.toml").write_text("")
    assert Setting().folder == Path()
    assert Setting(directory=tmp_path / "told").folder == tmp_path / "told"


def test_the_accord_is_canonical(accord: Path) -> None:
    terms = accord.read_bytes()
    assert encode(parse_accord(terms)) == terms


def test_a_file_of_another_kind_is_told_apart(accord: Path, stations: Path, tmp_path: Path) -> None:
    card, other = cards(stations)
    joined = error("accord", "join", card, "--listen", "127.0.0.1:0", folder=stations)
    assert joined["what"] == "this is a card, not an accord"
    made = error("accord", "new", accord, other, "--name", "demo", *CHANNELS, folder=stations)
    assert made["what"] == "this is an accord, not a card"
    twice = error("accord", "new", card, card, "--name", "demo", *CHANNELS, folder=stations)
    assert "two cards are of 'northland'" in twice["what"]
    alone = error("accord", "new", card, "--name", "demo", *CHANNELS, folder=stations)
    assert alone["what"] == "an accord is between two parties or more"
    named = error("accord", "new", card, other, "--name", "De Mo", *CHANNELS, folder=stations)
    assert "cannot name a line" in named["what"]


def test_an_address_of_nobody_is_named_at_start(tmp_path: Path) -> None:
    stage = founded(tmp_path)
    folder = stage.actors[NORTH].folder
    path = folder / "detente.toml"
    path.write_text(path.read_text().replace('southmark = ["', 'soutmark = ["'))
    found = error("serve", folder=folder)
    assert found["what"] == "'soutmark' is no other party of this line"
    assert found["mend"] == "one of southmark"
