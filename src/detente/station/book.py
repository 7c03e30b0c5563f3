"""The station book: a second, private ledger, kept and signed as those of the lines are.

Its own keys and its own signer stand beside it; nothing of it is ever sent. Whoever holds the file
that `export` gives can audit it with `detente verify`.
"""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import Final

from detente.audit.books import format_book
from detente.errors import DetenteError, Refused
from detente.people.events import AnyEvent, Leaf, check_event, format_leaf, parse_leaf
from detente.people.roster import Roster, evolve, fold
from detente.station.envelope import Cost
from detente.station.files import PRIVATE_FOLDER, create
from detente.station.keys import KeyFile, make_signer, new_keys, new_origin, open_keys
from detente.station.signer import FileLog
from detente.store.sqlite import SQLite
from detente.tlog.advance import Advance
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash
from detente.tlog.keys import PublicKeys
from detente.tlog.signer import Behind

FOLDER: Final = "book"
OWED_MAX: Final = 10_000  # entries that wait in memory for a disk that takes them

log = logging.getLogger(__name__)


def book_folder(folder: Path) -> Path:
    return folder / FOLDER


def make_book(folder: Path, party: str, passphrase: bytes, cost: Cost | None = None) -> None:
    """An empty book below the station's folder. A making that was cut off is taken up again."""
    place = book_folder(folder)
    if (place / "book.db").exists():
        raise Refused("this station has a book already", where=str(place))
    place.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    if not (place / "keys.json").exists():
        new_keys(place / "keys.json", passphrase, cost)
    if not (place / "origin").exists():
        create(place / "origin", new_origin(f"{party}_book").encode(), 0o600)
    if not (place / "signer.log").exists():
        FileLog.create(place / "signer.log", (place / "origin").read_text()).close()
    SQLite.create(place / "book.db").close()  # last: from now on there is a book


class Book:
    """An open book. What is written is durable and signed when `write` returns."""

    def __init__(self, party: str, origin: str, keys: KeyFile, log: FileLog, store: SQLite) -> None:
        """For `open`."""
        self.origin, self._keys, self._log, self._store = origin, keys, log, store
        self._signer = make_signer(party, origin, log, keys)
        self.roster: Roster = fold(map(parse_leaf, store.read()))
        self.signed = ""  # the newest note of its signer
        self._owed = list[tuple[AnyEvent, int]]()

    @classmethod
    def open(cls, folder: Path, party: str, passphrase: bytes) -> Book:
        """Held until `close`. Raises `Refused` with the file and the mend."""
        place = book_folder(folder)
        origin = (place / "origin").read_text()
        keys = open_keys(place / "keys.json", passphrase)
        with contextlib.ExitStack() as held:
            log = FileLog.open(place / "signer.log", origin)
            held.callback(log.close)
            store = SQLite.open(place / "book.db")
            held.callback(store.close)
            book = cls(party, origin, keys, log, store)
            held.pop_all()
        return book

    def close(self) -> None:
        self._store.close()
        self._log.close()

    @property
    def keys(self) -> PublicKeys:
        return self._keys.generations[0].public

    def heal(self, now: int) -> None:
        """Fetch back from our own signer what a restored database has forgotten, have signed what
        a power cut left unsigned.
        """
        while True:
            start = min(self._signer.size, self.roster.size)
            try:
                self.signed = self._signer.seal(start, tuple(self._store.read(start)), now)
                return
            except Behind as behind:
                self._append(self._next(behind.advance))

    def _next(self, found: Advance) -> tuple[bytes, ...]:
        """Of what the signer remembers, the leaves that follow ours without a gap."""
        wanted = self.roster.size - found.start
        leaves = {leaf_hash(leaf): leaf for leaf in found.leaves}
        following = list[bytes]()
        for at in range(wanted, len(found.hashes) // HASH_BYTES):
            leaf = leaves.get(Hash(found.hashes[at * HASH_BYTES : (at + 1) * HASH_BYTES]))
            if leaf is None:
                break
            following.append(leaf)
        if not following:
            raise Refused(
                f"leaf {self.roster.size} is in neither its database nor its signer's log",
                where="station book", mend="see docs/operating.md: A broken book",
            )  # fmt: skip
        return tuple(following)

    def write(self, what: AnyEvent, now: int) -> Hash:
        """One more leaf: its hash. `now`: our clock, ms UTC."""
        self._pay()
        leaf = self._put(what, now)
        self.heal(now)
        return leaf

    def note(self, what: AnyEvent, now: int) -> Hash | None:
        """The same for what must not wait for a disk: where the book cannot be written, it is kept
        in memory and written before whatever comes next, and this is None.
        """
        self.check(what, now)
        try:
            self._pay()
            leaf = self._put(what, now)
        except DetenteError as error:
            log.error("the book cannot be written: %s", error)
            self._owed.append((what, now))
            del self._owed[:-OWED_MAX]
            return None
        try:
            self.heal(now)
        except DetenteError as error:  # it is written, and signed with the next
            log.error("the book cannot be signed: %s", error)
        return leaf

    def settle(self, now: int) -> None:
        """Write what could not be written before, if it can be now."""
        if self._owed:
            with contextlib.suppress(DetenteError):
                self._pay()
                self.heal(now)

    def _pay(self) -> None:
        while self._owed:
            self._put(*self._owed[0])
            del self._owed[0]

    def _put(self, what: AnyEvent, now: int) -> Hash:
        leaf = self.check(what, now)
        self._append((leaf,))
        return leaf_hash(leaf)

    def check(self, what: AnyEvent, now: int) -> bytes:
        """The leaf that `write` would append. What could not be read back is never written."""
        check_event(what)
        return format_leaf(Leaf(at=now, number=self.roster.size, what=what))

    def _append(self, leaves: tuple[bytes, ...]) -> None:
        self._store.append(self.roster.size, leaves)
        for leaf in leaves:
            self.roster = evolve(self.roster, parse_leaf(leaf))

    def leaves(self, last: int | None = None) -> tuple[Leaf, ...]:
        """The newest, or all, in their order."""
        start = 0 if last is None else max(0, self.roster.size - last)
        return tuple(map(parse_leaf, self._store.read(start)))

    def export(self, now: int) -> bytes:
        """The file for a stranger."""
        self.heal(now)
        return format_book(self.origin, self.keys, tuple(self._store.read()), self.signed)
