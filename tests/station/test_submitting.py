"""Our checkpoints before a real witness, at the accord's times."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from detente.errors import Forged, Unreachable
from detente.line.accord import Witness
from detente.station.config import Address, LogConfig
from detente.station.cosigner import cosigner_keys
from detente.station.submitting import Submitting, cosigned
from detente.station.witness import serving
from detente.store import Memory
from detente.tlog.checkpoint import read_checkpoint
from detente.tlog.note import COSIGNATURE_MLDSA44, ED25519, VerifierKey, parse_note
from tests.station.living import logged, until
from tests.station.logs import NAME, NOON_S, WITNESS_KEYS, made
from tests.stations import NOON, NORTHLAND, Line, card

WITNESS = Witness(
    every_s=3_600, keys=tuple(key.text() for key in cosigner_keys(NAME, WITNESS_KEYS)), name=NAME
)
HOUR_MS = 3_600_000
NEARLY = NOON - NOON % HOUR_MS + HOUR_MS - 1  # a millisecond before the hour
JUST_PAST = NEARLY + 2


@contextlib.asynccontextmanager
async def witness(folder: Path) -> AsyncIterator[str]:
    """One that knows Northland's ledger."""
    ours = card(NORTHLAND)
    keys = (
        VerifierKey(ours.origin, ED25519, ours.ed25519),
        VerifierKey(ours.origin, COSIGNATURE_MLDSA44, ours.mldsa44),
    )
    cosigner = made(folder, LogConfig(ours.origin, keys))
    try:
        async with serving(cosigner, Address("127.0.0.1", 0), lambda: NOON_S) as (host, port):
            yield f"http://{host}:{port}"
    finally:
        cosigner.close()


@pytest.fixture
def line() -> Line:
    return Line(witnesses=(WITNESS,)).opened()


@contextlib.asynccontextmanager
async def running(submitting: Submitting) -> AsyncIterator[None]:
    task = asyncio.create_task(submitting.run())
    yield
    task.cancel()
    await asyncio.wait([task])


async def test_the_newest_checkpoint_is_kept_with_its_cosignatures(
    tmp_path: Path, line: Line
) -> None:
    store = Memory()
    assert cosigned(store, line.accord) == {NAME: None}
    async with witness(tmp_path / "state") as url:
        submitting = Submitting(line[NORTHLAND], store, WITNESS, url, lambda: NOON)
        for _ in range(2):
            await submitting.once()
            note = cosigned(store, line.accord)[NAME]
            assert note is not None
            assert read_checkpoint(note).size == line[NORTHLAND].state.own.size
            assert [s.name for s in parse_note(note).signatures].count(NAME) == 2
            line.say(NORTHLAND, "notify")


async def test_it_goes_at_its_time_and_never_because_of_a_message(
    tmp_path: Path, line: Line
) -> None:
    store, now = Memory(), JUST_PAST
    async with witness(tmp_path / "state") as url:
        async with running(Submitting(line[NORTHLAND], store, WITNESS, url, lambda: now)):
            line.say(NORTHLAND, "notify")
            for _ in range(100):
                await asyncio.sleep(0)
            assert cosigned(store, line.accord) == {NAME: None}
        now = NEARLY
        async with running(Submitting(line[NORTHLAND], store, WITNESS, url, lambda: now)):
            await until(lambda: cosigned(store, line.accord)[NAME] is not None, "it did not go")


async def test_a_witness_that_is_away_stops_nothing(
    tmp_path: Path, line: Line, caplog: pytest.LogCaptureFixture
) -> None:
    store = Memory()
    nowhere = Submitting(line[NORTHLAND], store, WITNESS, "http://127.0.0.1:1", lambda: NEARLY)
    with pytest.raises(Unreachable, match="the witness is away"):
        await nowhere.once()
    async with running(nowhere):
        await logged(caplog, f"witness {NAME}: http://127.0.0.1:1: the witness is away")
    assert cosigned(store, line.accord) == {NAME: None}


async def test_another_witness_in_its_place_is_not_believed(tmp_path: Path, line: Line) -> None:
    store, other = Memory(), VerifierKey(NAME, COSIGNATURE_MLDSA44, card("southmark").mldsa44)
    expected = Witness(every_s=3_600, keys=(other.text(),), name=NAME)
    async with witness(tmp_path / "state") as url:
        with pytest.raises(Forged):
            await Submitting(line[NORTHLAND], store, expected, url, lambda: NOON).once()
    assert cosigned(store, line.accord) == {NAME: None}
