"""The floor under one FLASH, release to receipt, with everything left out that is not physics.

Five durable writes (the author's store and signer, the reader's store and signer, the author's
record of the receipt), two hybrid signatures, two hybrid verifications, and one round trip of TLS
on loopback, between two processes. No state, no rules, no notes: signatures travel as they come.
What is written has the size of what a station writes: a message of ours, what was heard with the
advance that brought it, and that advance alone. Any design that keeps these promises pays this.
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from pathlib import Path

import apsw
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from detente.station.pipe import Pipe, dial, serve
from detente.station.tls import make_context
from detente.tlog.keys import (
    ED25519_SIGNATURE_BYTES,
    PrivateKeys,
    PublicKeys,
    verify_ed25519,
    verify_mldsa44,
)

SAID, GROWN = b"s" * 900, b"g" * 3_700  # journal entries: a leaf, and an advance with its note
LEAF = b"l" * 600
TEXT = b"what a checkpoint says: an origin, a size and a root; about one hundred and fifty bytes"
SECRETS = {"author": b"a" * 32, "reader": b"b" * 32}


class Bare:
    """One side: a database, a file, keys. Every write is durable when it returns."""

    def __init__(self, folder: Path, name: str) -> None:
        self._keys = PrivateKeys(SECRETS[name], SECRETS[name])
        self._db = apsw.Connection(str(folder / f"{name}.db"))
        self._db.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
        self._db.execute("CREATE TABLE entry (ix INTEGER PRIMARY KEY, data BLOB NOT NULL) STRICT")
        self._file = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def store(self, entry: bytes) -> None:
        self._db.execute("INSERT INTO entry (data) VALUES (?)", (entry,))

    def seal(self) -> bytes:
        os.write(self._file, LEAF)
        os.fdatasync(self._file)
        return self._keys.sign_ed25519(TEXT) + self._keys.sign_mldsa44(TEXT)


def check(keys: PublicKeys, signatures: bytes) -> None:
    verify_ed25519(keys.ed25519, TEXT, signatures[:ED25519_SIGNATURE_BYTES])
    verify_mldsa44(keys.mldsa44, TEXT, signatures[ED25519_SIGNATURE_BYTES:])


async def read(folder: Path) -> None:
    """The reader's process: hear, store, seal, answer, until the author goes."""
    side, public = Bare(folder, "reader"), PrivateKeys(SECRETS["author"], SECRETS["author"]).public

    async def attend(pipe: Pipe) -> None:
        while True:
            check(public, (await pipe.receive())[: -len(LEAF)])
            side.store(SAID + GROWN)
            await pipe.send(side.seal())

    author = _link("author").public_key().public_bytes_raw()
    async with serve("127.0.0.1", 0, make_context(_link("reader")), {author}, attend) as port:
        print(port, flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
        os._exit(0)


class Floor:
    """The author's side, with the reader in a process of its own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._side = Bare(folder, "author")
        self._public = PrivateKeys(SECRETS["reader"], SECRETS["reader"]).public

    async def start(self) -> None:
        self._process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "bench.floor", str(self._folder),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert self._process.stdout is not None
        port = int(await self._process.stdout.readline())
        reader = _link("reader").public_key().public_bytes_raw()
        self._pipe = await dial("127.0.0.1", port, make_context(_link("author")), reader)

    async def once(self) -> None:
        self._side.store(SAID)
        await self._pipe.send(self._side.seal() + LEAF)
        check(self._public, await self._pipe.receive())
        self._side.store(GROWN)

    async def median_ms(self, count: int) -> float:
        times = []
        for _ in range(count):
            begin = time.perf_counter()
            await self.once()
            times.append((time.perf_counter() - begin) * 1000)
        return statistics.median(times)

    async def stop(self) -> None:
        await self._pipe.close()
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._process.wait()


def _link(name: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(SECRETS[name][::-1])


if __name__ == "__main__":
    asyncio.run(read(Path(sys.argv[1])))
