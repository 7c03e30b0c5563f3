"""The local socket, with a real station's lines behind it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.cli.stage import LINE, PASSPHRASE
from detente.errors import Conflict, DetenteError, Malformed, Refused, Unreachable
from detente.station.config import load_config
from detente.station.control import ask, listening
from detente.station.offline import offline_office
from detente.station.orders import ORDER_BYTES_MAX, AnyOrder, Office, Show, Status, Wait
from detente.station.views import Answer
from tests.station.living import NORTHLAND, SOUTHMARK, founded, until
from tests.station.test_orders import say


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return founded(tmp_path, (NORTHLAND, SOUTHMARK)).actors[NORTHLAND].folder


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    with offline_office(load_config(folder), PASSPHRASE) as office:
        yield office


@pytest.fixture
async def path(folder: Path, office: Office) -> AsyncIterator[Path]:
    """Of a socket that is answered."""
    async with listening(folder / "control.sock", office):
        yield folder / "control.sock"


async def told(path: Path, data: bytes) -> Any:
    """What a line of bytes is answered with."""
    reader, writer = await asyncio.open_unix_connection(path, limit=1 << 24)
    with contextlib.closing(writer):
        writer.write(data)
        return json.loads(await reader.readline())


async def test_it_is_its_owners_alone(path: Path) -> None:
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


async def test_an_order_is_answered(path: Path, office: Office) -> None:
    answer = await asyncio.to_thread(ask, path, Status())
    again = json.loads(json.dumps(await office.answer(Status())))
    for each in (answer, again):
        del each["lines"][0]["disk_free_bytes"]  # others write to this disk meanwhile
    assert answer == again
    assert answer["lines"][0]["line"] == LINE


async def test_an_error_arrives_as_it_was_raised(path: Path) -> None:
    with pytest.raises(Refused) as found:
        await asyncio.to_thread(ask, path, Show("elsewhere", "abcdef"))
    assert str(found.value) == f"order: no line 'elsewhere' (this station keeps: {LINE})"


@pytest.mark.parametrize("kind", [Malformed, Refused, Conflict, Unreachable])
async def test_every_kind_of_error_keeps_its_kind(folder: Path, kind: type[DetenteError]) -> None:
    class Angry(Office):
        async def answer(self, order: AnyOrder) -> Answer:
            raise kind("no", where="here", mend="so")

    async with listening(folder / "angry.sock", Angry.__new__(Angry)):
        with pytest.raises(kind, match=r"here: no \(so\)"):
            await asyncio.to_thread(ask, folder / "angry.sock", Status())


@pytest.mark.parametrize(
    "data",
    [
        b"garbage\n", b"\xff\xfe\n", b"[]\n", b"{}\n", b'{"do":"dance"}\n',
        b'{"do":"status","x":1}\n',
        b'{"do":"list","line":' + b"[" * 100_000 + b"\n", b'{"do":"wait","line":"demo"}\n',
        b"x" * (ORDER_BYTES_MAX + 2) + b"\n",
    ],
    ids=["garbage", "not UTF-8", "a list", "empty", "no such order", "unknown field", "deep",
         "a field is missing", "too long"],
)  # fmt: skip
async def test_what_is_no_order_is_refused_in_words(path: Path, data: bytes) -> None:
    answer = await told(path, data)
    assert answer["error"]["kind"] == "Refused"
    assert answer["error"]["where"] == "order"
    assert len(answer["error"]["what"]) > 5
    await asyncio.to_thread(ask, path, Status())  # and the next is answered


async def test_a_fault_of_ours_is_an_answer_too(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Office):
        async def answer(self, order: AnyOrder) -> Answer:
            raise AssertionError("impossible")

    async with listening(folder / "broken.sock", Broken.__new__(Broken)):
        with pytest.raises(Unreachable, match="a fault of the station"):
            await asyncio.to_thread(ask, folder / "broken.sock", Status())
    assert "AssertionError: impossible" in caplog.text


async def test_several_orders_go_over_one_connection(path: Path) -> None:
    reader, writer = await asyncio.open_unix_connection(path)
    with contextlib.closing(writer):
        writer.write(b'{"do":"status"}\nnonsense\n{"do":"status"}\n')
        answers = [json.loads(await reader.readline()) for _ in range(3)]
    assert [list(answer) for answer in answers] == [["ok"], ["error"], ["ok"]]


async def test_one_who_waits_does_not_keep_others_waiting_or_the_station_from_stopping(
    folder: Path, office: Office
) -> None:
    path = folder / "control.sock"
    async with listening(path, office):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b'{"do":"status"}\n')
        await reader.readline()
        await asyncio.to_thread(ask, path, Status())
    assert not path.exists()
    assert await reader.read() == b""
    writer.close()


async def test_a_second_station_is_refused(path: Path, office: Office) -> None:
    with pytest.raises(Refused, match="another station is running here"):
        async with listening(path, office):
            pass
    await asyncio.to_thread(ask, path, Status())


async def test_the_socket_of_a_station_that_was_killed_is_taken_over(
    folder: Path, office: Office
) -> None:
    path = folder / "control.sock"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(os.fspath(path))
    async with listening(path, office):
        await asyncio.to_thread(ask, path, Status())


async def test_a_file_that_is_no_socket_is_left_alone(folder: Path, office: Office) -> None:
    path = folder / "detente.toml"
    before = path.read_bytes()
    with pytest.raises(Refused, match="this is no socket"):
        async with listening(path, office):
            pass
    assert path.read_bytes() == before


async def test_where_no_socket_can_be_is_refused(folder: Path, office: Office) -> None:
    with pytest.raises(Refused, match="no socket can be made here"):
        async with listening(folder / "no" / "such" / "folder", office):
            pass


def test_without_a_station_nobody_answers(folder: Path) -> None:
    with pytest.raises(Unreachable, match="no station answers: No such file"):
        ask(folder / "control.sock", Status())


async def test_a_station_that_ends_in_its_answer_is_unreachable(folder: Path) -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b'{"ok":')
        await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(hang_up, folder / "half.sock")
    with pytest.raises(Unreachable, match="cut off in its answer"):
        await asyncio.to_thread(ask, folder / "half.sock", Status())
    server.close()


async def test_one_who_goes_while_it_waits_is_forgotten(path: Path, office: Office) -> None:
    leaf = (await office.answer(say(office)))["leaf"]
    _, writer = await asyncio.open_unix_connection(path)
    writer.write(json.dumps({"do": "wait", "line": LINE, "leaf": leaf}).encode() + b"\n")
    await writer.drain()
    writer.close()
    await writer.wait_closed()
    answer = await asyncio.to_thread(ask, path, Wait(LINE, leaf, 1))
    assert answer["heard_by"] == []
    await until(path.exists, "the socket is gone")
