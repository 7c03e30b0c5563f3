"""The beginnings of a station on disk: a folder, a card for a line, and joining the accord made of
cards.

Nothing is overwritten: keys, journals and the signer's log are made once. What `join` makes is what
`opening.open_line` opens.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from detente.errors import Refused
from detente.line.accord import Accord, Card, parse_accord, parse_card
from detente.line.canonical import encode
from detente.station.envelope import Cost
from detente.station.files import PRIVATE, create
from detente.station.keys import card_of, new_keys, new_origin, open_keys
from detente.station.signer import FileLog
from detente.store.sqlite import SQLite

PUBLIC: Final = 0o644


def line_folder(folder: Path, line: str) -> Path:
    return folder / "lines" / line


def make_card(
    folder: Path, party: str, line: str, passphrase: bytes, cost: Cost | None = None
) -> Card:
    """Our card for a line, with fresh keys the first time and as it was ever after."""
    place = line_folder(folder, line)
    path = place / "card.json"
    if path.exists():
        return parse_card(path.read_bytes())
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    keys_path = place / "keys.json"
    if keys_path.exists():  # we were cut off before the card was written: nobody has it yet
        keys = open_keys(keys_path, passphrase)
    else:
        keys = new_keys(keys_path, passphrase, cost)
    card = card_of(party, new_origin(party), keys)
    create(path, encode(card), PUBLIC)
    return card


def join(folder: Path, party: str, line: str, terms: bytes) -> Accord:
    """Take an accord as leaf 0 of our ledger to be: its place on disk is made, and nothing is
    said yet.
    """
    accord, place = parse_accord(terms), line_folder(folder, line)
    ours = accord.card(party)
    if ours is None:
        raise Refused(f"{party!r} is no party of it", where=f"accord {accord.name}")
    try:
        card = parse_card((place / "card.json").read_bytes())
    except FileNotFoundError as error:
        raise Refused(
            f"we have no card for the line {line!r}", where=str(place), mend=f"detente card {line}"
        ) from error
    if card != ours:
        raise Refused(
            "our card in it is not the one that we made", where=f"accord {accord.name}",
            mend="compare the fingerprints aloud, and make the accord anew from the right cards",
        )  # fmt: skip
    _check_own_keys(folder, line, card)
    if (place / "accord.json").exists():
        raise Refused("this line has an accord already", where=str(place), mend="use another name")
    if not (place / "signer.log").exists():  # a join that was cut off is taken up where it stood
        FileLog.create(place / "signer.log", card.origin).close()
    _make_journal(place / "journal.db")
    create(place / "accord.json", terms, PRIVATE)  # last: from now on the line can be opened
    return accord


def _check_own_keys(folder: Path, line: str, card: Card) -> None:
    """Every line has keys of its own, an exercise above all: what is signed on one is never taken
    for something on another.
    """
    for path in sorted(folder.glob("lines/*/card.json")):
        if path.parent.name == line:
            continue
        other = parse_card(path.read_bytes())
        for field in ("ed25519", "mldsa44", "link", "courier", "origin"):
            if getattr(other, field) == getattr(card, field):
                raise Refused(
                    f"this line has the {field} of the line {path.parent.name}", where=str(path),
                    mend=f"make a card of its own: detente card {line}",
                )  # fmt: skip


def renew(folder: Path, line: str) -> None:
    """An empty journal for a line whose database is lost: all that it signed comes back to it, from
    its signer first. Only if there is no database, and a signer that remembers.
    """
    place = line_folder(folder, line)
    path = place / "journal.db"
    if not (place / "accord.json").exists():
        raise Refused(f"no such line: {line!r}", where=str(place), mend="detente accord join")
    if not (place / "signer.log").exists():
        raise Refused(
            "the signer is lost too, and nobody can say what it has signed", where=str(place),
            mend="sign nothing more: close this ledger and open a successor line",
        )  # fmt: skip
    if path.exists() and path.stat().st_size:
        raise Refused("the database is there", where=str(path), mend="move it away if it is lost")
    _make_journal(path)


def _make_journal(path: Path) -> None:
    """An empty database, unless there is one. A file of no bytes is the claim of a making that was
    cut off.
    """
    if path.exists() and not path.stat().st_size:
        path.unlink()
    if not path.exists():
        SQLite.create(path).close()
