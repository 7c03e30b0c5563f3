"""From a station's folder to a line that can move: accord, keys, signer and journal, each checked.

Everything here is on our own disk; nothing is asked of anybody else. What does not fit is `Refused`
with the file and the mend, and nothing is repaired silently.
"""

from __future__ import annotations

import contextlib
import dataclasses
from pathlib import Path

from detente.errors import Malformed, Refused
from detente.journal import Journal
from detente.line.accord import Accord, Card, parse_accord
from detente.line.decide import Authority
from detente.line.state import begin
from detente.station.keys import KeyFile, card_of, make_signer, open_keys
from detente.station.signer import FileLog
from detente.store.sqlite import SQLite
from detente.tlog.checkpoint import open_checkpoint


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """An open line of this station: it holds the database and the signer's file until closed."""

    name: str
    accord: Accord
    card: Card
    keys: KeyFile
    log: FileLog
    store: SQLite
    journal: Journal

    def close(self) -> None:
        self.store.close()
        self.log.close()


def open_line(folder: Path, party: str, passphrase: bytes, authority: Authority) -> Line:
    """Open the line that stands in `folder` (lines/NAME of the station's folder)."""
    terms, accord = _terms(folder / "accord.json")
    card = accord.card(party)
    if card is None:
        raise Refused(f"{party!r} is no party of this accord", where=str(folder / "accord.json"))
    keys = open_keys(folder / "keys.json", passphrase)
    if card_of(party, card.origin, keys) != card:
        raise Refused(
            "these are not the keys of our card in the accord", where=str(folder / "keys.json")
        )
    with contextlib.ExitStack() as held:
        log = FileLog.open(folder / "signer.log", card.origin)
        held.callback(log.close)
        store = SQLite.open(folder / "journal.db")
        held.callback(store.close)
        signer = make_signer(party, card.origin, log, keys)
        journal = Journal(begin(party, terms), store, signer, open_checkpoint, authority)
        held.pop_all()
    return Line(folder.name, accord, card, keys, log, store, journal)


def _terms(path: Path) -> tuple[bytes, Accord]:
    try:
        terms = path.read_bytes()
        return terms, parse_accord(terms)
    except OSError as error:
        raise Refused(
            f"no accord: {error.strerror}",
            where=str(path),
            mend="join one with `detente accord join`",
        ) from error
    except Malformed as error:
        raise Malformed(
            f"it is damaged: {error}", where=str(path), mend="put back the file that was joined"
        ) from error
