from __future__ import annotations

import shutil
from pathlib import Path

import msgspec
import pytest

from detente.cli.stage import CHEAP, PASSPHRASE, exercise
from detente.errors import Refused
from detente.line.accord import parse_accord, parse_card
from detente.line.canonical import encode
from detente.line.decide import ANYBODY
from detente.station.founding import join, line_folder, make_card, renew
from detente.station.opening import open_line

PARTIES = ("northland", "southmark")
LINE = "border"


def terms(folder: Path, *, foreign: str = "") -> bytes:
    """An accord of both; of `foreign`, with another card than the one in its folder."""
    cards = []
    for party in PARTIES:
        home = folder / ("elsewhere" if party == foreign else party)
        cards.append(make_card(home, party, LINE, PASSPHRASE, CHEAP))
    return encode(exercise(cards))


def joined(folder: Path) -> bytes:
    accord = terms(folder)
    join(folder / "northland", "northland", LINE, accord)
    return accord


def opens(folder: Path) -> bool:
    place = line_folder(folder / "northland", LINE)
    line = open_line(place, "northland", PASSPHRASE, ANYBODY)
    line.journal.handle([], 1_770_000_000_000)
    try:
        return line.journal.ready and line.journal.state.own.size == 1
    finally:
        line.close()


def test_a_card_is_made_once(tmp_path: Path) -> None:
    card = make_card(tmp_path, "northland", LINE, PASSPHRASE, CHEAP)
    assert make_card(tmp_path, "northland", LINE, PASSPHRASE, CHEAP) == card
    assert parse_card((line_folder(tmp_path, LINE) / "card.json").read_bytes()) == card
    assert (line_folder(tmp_path, LINE) / "keys.json").stat().st_mode & 0o777 == 0o600


def test_a_card_that_was_cut_off_is_made_with_the_keys_that_are_there(tmp_path: Path) -> None:
    card = make_card(tmp_path, "northland", LINE, PASSPHRASE, CHEAP)
    (line_folder(tmp_path, LINE) / "card.json").unlink()
    again = make_card(tmp_path, "northland", LINE, PASSPHRASE, CHEAP)
    assert (again.ed25519, again.link, again.next_keys) == (card.ed25519, card.link, card.next_keys)
    assert again.origin != card.origin


def test_what_is_joined_can_be_opened(tmp_path: Path) -> None:
    accord = joined(tmp_path)
    assert opens(tmp_path)
    with pytest.raises(Refused, match="has an accord already"):
        join(tmp_path / "northland", "northland", LINE, accord)


@pytest.mark.parametrize("left", ["nothing", "signer.log", "an empty journal.db", "journal.db"])
def test_a_join_that_was_cut_off_is_taken_up(tmp_path: Path, left: str) -> None:
    accord = joined(tmp_path)
    place = line_folder(tmp_path / "northland", LINE)
    (place / "accord.json").unlink()  # it is made last
    match left:
        case "nothing":
            (place / "signer.log").unlink()
            (place / "journal.db").unlink()
        case "signer.log":
            (place / "journal.db").unlink()
        case "an empty journal.db":
            (place / "journal.db").write_bytes(b"")
            (place / "journal.db.part").write_bytes(b"half a database")
    join(tmp_path / "northland", "northland", LINE, accord)
    assert opens(tmp_path)


def test_an_accord_that_is_not_ours_is_refused(tmp_path: Path) -> None:
    accord = terms(tmp_path)
    with pytest.raises(Refused, match="'westmere' is no party of it"):
        join(tmp_path / "westmere", "westmere", LINE, accord)
    with pytest.raises(Refused, match="we have no card for the line 'other'"):
        join(tmp_path / "northland", "northland", "other", accord)
    with pytest.raises(Refused, match="our card in it is not the one that we made"):
        join(tmp_path / "northland", "northland", LINE, terms(tmp_path, foreign="northland"))
    assert not (line_folder(tmp_path / "northland", LINE) / "signer.log").exists()


# -- a lost database -------------------------------------------------------------------------------


def test_a_lost_database_is_made_anew_and_comes_back_from_the_signer(tmp_path: Path) -> None:
    joined(tmp_path)
    assert opens(tmp_path)
    (line_folder(tmp_path / "northland", LINE) / "journal.db").unlink()
    renew(tmp_path / "northland", LINE)
    assert opens(tmp_path)


def test_a_database_that_is_there_is_left_alone(tmp_path: Path) -> None:
    joined(tmp_path)
    path = line_folder(tmp_path / "northland", LINE) / "journal.db"
    before = path.read_bytes()
    with pytest.raises(Refused, match="the database is there"):
        renew(tmp_path / "northland", LINE)
    assert path.read_bytes() == before


def test_without_its_signer_no_database_is_made(tmp_path: Path) -> None:
    joined(tmp_path)
    place = line_folder(tmp_path / "northland", LINE)
    (place / "journal.db").unlink()
    (place / "signer.log").unlink()
    with pytest.raises(Refused, match="the signer is lost too"):
        renew(tmp_path / "northland", LINE)
    assert not (place / "journal.db").exists()


def test_a_log_of_the_lost_database_is_not_played_into_the_new_one(tmp_path: Path) -> None:
    joined(tmp_path)
    place = line_folder(tmp_path / "northland", LINE)
    (place / "journal.db").unlink()
    (place / "journal.db-wal").write_bytes(b"what is left")
    with pytest.raises(Refused, match="the log of a database that is gone"):
        renew(tmp_path / "northland", LINE)


def test_a_line_that_was_never_joined_has_lost_nothing(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="no such line: 'border'"):
        renew(tmp_path / "northland", LINE)


def test_no_line_has_the_keys_of_another(tmp_path: Path) -> None:
    """An exercise above all: what is signed on it must be nothing anywhere else."""
    accord = joined(tmp_path)
    folder = tmp_path / "northland"
    shutil.copytree(line_folder(folder, LINE), line_folder(folder, "drill"))
    for name in ("accord.json", "journal.db"):
        (line_folder(folder, "drill") / name).unlink()
    drill = encode(msgspec.structs.replace(parse_accord(accord), exercise=True, name="drill"))
    with pytest.raises(Refused, match=f"this line has the ed25519 of the line {LINE}") as caught:
        join(folder, "northland", "drill", drill)
    assert caught.value.mend == "make a card of its own: detente card drill"
