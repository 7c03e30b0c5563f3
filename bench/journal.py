"""How long a station waits for its journal after a start, and how much memory it then takes.

    python -m bench.journal FOLDER ENTRIES     prints seconds and megabytes

Half of the entries are messages that we heard, half the advances that brought them. The signatures
in them are those of another checkpoint: folding trusts what we stored, and the audit is another
command.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from detente.cli.stage import CHEAP, PASSPHRASE, exercise
from detente.line.accord import Accord
from detente.line.canonical import encode
from detente.line.entry import Grown, Own, parse_entry
from detente.line.evolve import fold
from detente.line.message import Header, Message, Precedence
from detente.line.state import begin
from detente.station.founding import make_card
from detente.store.sqlite import SQLite
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import Checkpoint, sign_checkpoint
from detente.tlog.hash import leaf_hash
from detente.tlog.keys import PrivateKeys
from detente.tlog.mirror import Mirror

NOW = 1_790_000_000_000
BATCH = 1_000


def entries(accord: Accord, count: int) -> Iterator[bytes]:
    terms = encode(accord)
    line, card = leaf_hash(terms), accord.parties[1]
    mirror, pending = Mirror().extend(line), bytes(line)
    note = sign_checkpoint(
        PrivateKeys(b"k" * 32, b"k" * 32), Checkpoint(card.origin, 1, mirror.root), 1
    )
    lines = note.partition("\n\n")[2]
    yield encode(Own(terms, NOW))
    for serial in range(count // 2):
        leaf = encode(_notice(line.hex(), card.party, serial))
        start, mirror = mirror.size - len(pending) // 32, mirror.extend(leaf_hash(leaf))
        text = Checkpoint(card.origin, mirror.size, mirror.root).text()
        yield encode(Grown(Advance(start, pending + leaf_hash(leaf), f"{text}\n{lines}", ()), NOW))
        yield encode(Own(leaf, NOW))
        pending = b""


def _notice(line: str, author: str, serial: int) -> Message:
    return Message(
        body={"kind": "exercise", "text": "Field exercise of the usual size, 0600Z to 1800Z."},
        header=Header(
            accord=line, act="notify", author=author, channel="duty", epoch=0, line=line,
            precedence=Precedence.ROUTINE, releasers=("duty officer",), reply=None,
            salt=os.urandom(16).hex(), serial=serial, time=NOW, to=(),
        ),
    )  # fmt: skip


def write(folder: Path, count: int) -> None:
    parties = ("northland", "southmark")
    cards = [make_card(folder / "journal" / p, p, "bench", PASSPHRASE, CHEAP) for p in parties]
    accord = exercise(cards)
    (folder / "journal" / "accord.json").write_bytes(encode(accord))
    path = folder / "journal" / "journal.db"
    SQLite.create(path).close()
    store, batch, length = SQLite.open(path), list[bytes](), 0
    for entry in entries(accord, count):
        batch.append(entry)
        if len(batch) == BATCH:
            store.append(length, batch)
            length, batch = length + len(batch), []
    store.append(length, batch)
    store.close()


def read(folder: Path) -> tuple[float, float]:
    """Seconds of processor and disk until the state stands, and the megabytes it takes."""
    terms = (folder / "journal" / "accord.json").read_bytes()
    begun = time.perf_counter()
    store = SQLite.open(folder / "journal" / "journal.db")
    state = fold(begin("northland", terms), map(parse_entry, store.read()))
    seconds = time.perf_counter() - begun
    store.close()
    assert state.length == state.own.size * 2 - 1
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    place = Path(sys.argv[1])
    if len(sys.argv) > 2:
        if os.fork() == 0:  # so that what was written is not in the reader's memory
            write(place, int(sys.argv[2]))
            os._exit(0)
        _, status = os.wait()
        assert status == 0
    print("{:.3f} {:.1f}".format(*read(place)))
