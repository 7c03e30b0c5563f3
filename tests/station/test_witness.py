from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from detente.errors import Conflict, Forged, Malformed, Refused, Unreachable
from detente.station.config import Address, LogConfig, WitnessConfig
from detente.station.cosigner import (
    REQUEST_BYTES_MAX,
    Cosigner,
    cosigner_keys,
    folder_name,
    verified,
)
from detente.station.envelope import Cost
from detente.station.keys import new_cosigner_keys
from detente.station.witness import REPLY_BYTES_MAX, run_witness, serving, submit
from detente.tlog.checkpoint import open_checkpoint, parse_checkpoint, read_checkpoint
from detente.tlog.cosignature import cosign_ed25519
from detente.tlog.keys import PrivateKeys
from detente.tlog.note import parse_note
from tests.station.logs import LOG, NAME, NOON_S, ORIGIN, WITNESS_KEYS, Log, made

ANYWHERE = Address("127.0.0.1", 0)
KEYS = cosigner_keys(NAME, WITNESS_KEYS)
VKEYS = [key.text() for key in KEYS]
WORDS = b"a quiet duty night"


@contextlib.asynccontextmanager
async def witness(folder: Path, *logs: LogConfig) -> AsyncIterator[str]:
    cosigner = made(folder, *logs)
    try:
        async with serving(cosigner, ANYWHERE, lambda: NOON_S) as (host, port):
            yield f"http://{host}:{port}"
    finally:
        cosigner.close()


def cosigned(note: str, size: int) -> list[int]:
    """The times of the cosignatures; the note is our own, and it is over `size` leaves."""
    assert open_checkpoint(note, ORIGIN, LOG.keys.public).checkpoint.size == size
    opened = parse_note(note)
    return [time for _, time in verified(opened, parse_checkpoint(opened.text), KEYS)]


async def ours(url: str, old: int, size: int) -> str:
    return await submit(url, old, LOG.mirror(size), LOG.note(size), VKEYS)


# -- over HTTP


async def post(url: str, body: bytes) -> tuple[int, str, str]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{url}/add-checkpoint", data=body) as response,
    ):
        return response.status, response.headers["Content-Type"], await response.text()


async def test_every_answer_has_its_code(tmp_path: Path) -> None:
    async with witness(tmp_path / "state") as url:
        assert (await post(url, b"nothing"))[0] == 400
        assert (await post(url, Log("other").growth(0, 1)))[0] == 404
        assert (await post(url, Log(seed=b"2").growth(0, 1)))[0] == 403
        assert (await post(url, LOG.growth(0, 5)))[0] == 200
        assert await post(url, LOG.growth(0, 8)) == (409, "text/x.tlog.size", "5\n")
        assert (await post(url, Log(word="fork").growth(5, 8)))[0] == 422
        status, kind, text = await post(url, LOG.growth(5, 8))
        assert (status, kind) == (200, "text/plain; charset=utf-8")
        assert [line[: line.rindex(" ")] for line in text.splitlines()] == [f"— {NAME}"] * 2


async def test_a_request_is_bounded(tmp_path: Path) -> None:
    async with witness(tmp_path / "state") as url:
        assert (await post(url, b"x" * (REQUEST_BYTES_MAX + 1)))[0] == 413
        assert (await post(url, LOG.growth(0, 5)))[0] == 200


async def test_anybody_may_read_what_was_cosigned(tmp_path: Path) -> None:
    async with witness(tmp_path / "state") as url, aiohttp.ClientSession() as session:
        path = f"{url}/{folder_name(ORIGIN)}/checkpoint"
        async with session.get(path) as response:
            assert response.status == 404
        note = await ours(url, 0, 5)
        async with session.get(path) as response:
            assert await response.text() == note
        async with session.get(f"{url}/{'0' * 64}/checkpoint") as response:
            assert response.status == 404
        async with session.get(f"{url}/add-checkpoint") as response:
            assert response.status == 405


async def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    async with witness(tmp_path / "one") as url:
        cosigner = made(tmp_path / "two")
        with pytest.raises(Refused, match=r"it cannot listen on 127\.0\.0\.1 port"):
            async with serving(cosigner, Address("127.0.0.1", int(url.rpartition(":")[2]))):
                pass
        cosigner.close()


# -- the client


async def test_our_checkpoint_comes_back_cosigned(tmp_path: Path) -> None:
    async with witness(tmp_path / "state") as url:
        note = await ours(url, 0, 5)
        assert cosigned(note, 5) == [NOON_S] * 2
        assert cosigned(await ours(url, 5, 8), 8) == [NOON_S] * 2
        assert cosigned(await ours(url, 8, 8), 8) == [NOON_S] * 2
        one_key = await submit(url, 8, LOG.mirror(9), LOG.note(9), VKEYS[1:])
        assert len(cosigned(one_key, 9)) == 1


@pytest.mark.parametrize("old", [0, 1, 4, 6, 8, 99])
async def test_a_witness_that_remembers_another_size_is_asked_from_there(
    tmp_path: Path, old: int
) -> None:
    async with witness(tmp_path / "state") as url:
        await ours(url, 0, 5)
        assert cosigned(await ours(url, old, 8), 8) == [NOON_S] * 2


async def test_a_witness_that_lost_its_memory_is_seen_from_nothing(tmp_path: Path) -> None:
    async with witness(tmp_path / "state") as url:
        assert cosigned(await ours(url, 5, 8), 8) == [NOON_S] * 2


async def test_a_ledger_that_shrank_is_a_conflict(tmp_path: Path) -> None:
    async with witness(tmp_path / "state") as url:
        await ours(url, 0, 8)
        for old in (0, 5, 8):
            with pytest.raises(Conflict, match="cosigned 8 leaves of our ledger, which has 5"):
                await ours(url, old, 5)


async def test_a_fork_at_one_size_is_a_conflict(tmp_path: Path) -> None:
    fork = Log(word="fork")
    async with witness(tmp_path / "state") as url:
        await ours(url, 0, 8)
        with pytest.raises(Conflict, match="another ledger of 8 leaves under our name"):
            await submit(url, 8, fork.mirror(8), fork.note(8), VKEYS)
        with pytest.raises(Refused, match="the witness refuses \\(422\\)"):
            await submit(url, 8, fork.mirror(9), fork.note(9), VKEYS)


async def test_what_a_person_must_mend_is_told(tmp_path: Path) -> None:
    stranger = Log(seed=b"2")
    async with witness(tmp_path / "state", stranger.config()) as url:
        with pytest.raises(Refused, match="does not take our signatures") as caught:
            await ours(url, 0, 5)
        assert "verifier keys" in caught.value.mend
    async with witness(tmp_path / "other", Log("x").config()) as url:
        with pytest.raises(Refused, match="does not know our ledger"):
            await ours(url, 0, 5)


async def test_a_witness_that_is_away_is_unreachable(tmp_path: Path) -> None:
    async with witness(tmp_path / "state") as url:
        pass
    with pytest.raises(Unreachable, match="the witness is away"):
        await ours(url, 0, 5)


@contextlib.asynccontextmanager
async def liar(status: int, body: bytes, kind: str = "text/plain") -> AsyncIterator[str]:
    """Somebody else where our witness should be."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers={"Content-Type": kind})

    app = web.Application()
    app.add_routes([web.post("/add-checkpoint", answer)])
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def line(keys: PrivateKeys, name: str = NAME, size: int = 5) -> bytes:
    checkpoint = read_checkpoint(LOG.note(size))
    return cosign_ed25519(keys, name, checkpoint, NOON_S).line().encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\n",
        b"ok\n",
        b"\xff\n",
        line(PrivateKeys(b"x" * 32, b"x" * 32)),  # an unknown key
        line(WITNESS_KEYS, "another"),
        line(WITNESS_KEYS, size=6),  # of another checkpoint
        line(WITNESS_KEYS) * 2,
        line(WITNESS_KEYS)[:-1],
        b"\n" + line(WITNESS_KEYS),  # would move the end of the text
    ],
)
async def test_what_does_not_hold_is_never_kept(body: bytes) -> None:
    async with liar(200, body) as url:
        with pytest.raises(Forged):
            await ours(url, 0, 5)


async def test_lines_of_others_are_dropped() -> None:
    stranger = line(PrivateKeys(b"x" * 32, b"x" * 32), "another")
    async with liar(200, stranger + line(WITNESS_KEYS)) as url:
        note = await ours(url, 0, 5)
    assert cosigned(note, 5) == [NOON_S]
    assert note == LOG.note(5).partition("\n\n")[0] + "\n\n" + "".join(
        signature.line() for signature in parse_note(note).signatures
    )
    assert "another" not in note


@pytest.mark.parametrize(
    "status, body, kind, why",
    [
        (500, b"oops", "text/plain", "answers 500: 'oops'"),
        (302, b"", "text/plain", "answers 302"),
        (409, b"5\n", "text/plain", "answers 409 without a size"),
        (409, b"x\n", "text/x.tlog.size", "not a decimal number"),
        (409, b"5", "text/x.tlog.size", "a size without its newline"),
        (409, b"1\n", "text/x.tlog.size", "answers 409"),
        (200, b"x" * (REPLY_BYTES_MAX + 1), "text/plain", "answers more than"),
    ],
)
async def test_nonsense_is_told(status: int, body: bytes, kind: str, why: str) -> None:
    async with liar(status, body, kind) as url:
        with pytest.raises((Unreachable, Malformed), match=why):
            await ours(url, 0, 5)


# -- as a process


class Process:
    """A witness in a process of its own, to be killed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.start()

    def start(self) -> None:
        self._popen = subprocess.Popen(
            [sys.executable, "-c", "from tests.station.test_witness import main; main()"],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "FOLDER": str(self._folder),
            },
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self._popen.stdout is not None
        self.url = f"http://127.0.0.1:{self._popen.stdout.readline().strip()}"

    def end(self, number: int) -> int:
        self._popen.send_signal(number)
        code = self._popen.wait()
        assert self._popen.stdout is not None
        self._popen.stdout.close()
        return code


def main() -> None:
    folder = Path(os.environ["FOLDER"])
    config = WitnessConfig(ANYWHERE, NAME, folder / "keys", folder / "state", (LOG.config(),))
    run_witness(config, WORDS, lambda address: print(address.port, flush=True))


def founded(folder: Path) -> list[str]:
    """The files of a new witness; its verifier keys."""
    keys = new_cosigner_keys(folder / "keys", WORDS, Cost(iterations=1, lanes=1, memory_kib=128))
    Cosigner.create(folder / "state")
    return [key.text() for key in cosigner_keys(NAME, keys)]


async def test_a_witness_that_is_killed_forgets_nothing(tmp_path: Path) -> None:
    vkeys, size, seen = founded(tmp_path), 0, 0
    process = Process(tmp_path)

    async def submitting() -> None:
        nonlocal size
        while True:
            note = await submit(process.url, size, LOG.mirror(size + 1), LOG.note(size + 1), vkeys)
            size = read_checkpoint(note).size

    for more in (3, 11, 2):
        task = asyncio.create_task(submitting())
        while size < seen + more:
            assert not task.done()
            await asyncio.sleep(0)
        process.end(signal.SIGKILL)
        with contextlib.suppress(Unreachable):
            await task
        seen = size
        process.start()
        fork = Log(word="fork")
        with pytest.raises((Conflict, Refused)):
            await submit(process.url, size, fork.mirror(size), fork.note(size), vkeys)
    last = await submit(process.url, 0, LOG.mirror(size + 1), LOG.note(size + 1), vkeys)
    assert read_checkpoint(last).size == size + 1
    assert process.end(signal.SIGTERM) == 0
    left = {path.name for path in (tmp_path / "state").iterdir()}
    assert left == {"lock", folder_name(ORIGIN)}


async def test_another_process_cannot_be_the_same_witness(tmp_path: Path) -> None:
    founded(tmp_path)
    process = Process(tmp_path)
    with pytest.raises(Refused, match="another process is this witness"):
        run_witness(WitnessConfig(ANYWHERE, NAME, tmp_path / "keys", tmp_path / "state", ()), WORDS)
    assert process.end(signal.SIGINT) == 0
