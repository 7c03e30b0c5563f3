"""The local socket: how other commands reach a station that is running. Owner only (0600).

One JSON order a line, one JSON answer a line: `{"ok": {...}}`, or `{"error": {"kind", "what",
"where", "mend"}}` naming one of the classes in `errors`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import stat
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import msgspec

from detente import errors
from detente.errors import DetenteError, Refused, Unreachable
from detente.station.orders import ORDER_BYTES_MAX, AnyOrder, Office, parse_order
from detente.station.views import Answer

ANSWER_BYTES_MAX: Final = 1 << 28  # an export of a long line

log = logging.getLogger(__name__)

_KINDS: Final = {
    kind.__name__: kind
    for kind in (
        errors.Malformed,
        errors.Forged,
        errors.Refused,
        errors.Conflict,
        errors.Unreachable,
    )
}


@contextlib.asynccontextmanager
async def listening(path: Path, office: Office) -> AsyncIterator[None]:
    """Answer orders while the body runs. Raises `Refused` if another station has the socket, or if
    there can be none.
    """
    asking = set[asyncio.StreamWriter]()

    async def attend(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asking.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                while answer := await _next_answer(office, reader):
                    writer.write(answer + b"\n")
                    await writer.drain()
        finally:
            asking.discard(writer)
            writer.close()

    _clear(path)
    old = os.umask(0o177)
    try:
        server = await asyncio.start_unix_server(attend, path, limit=ORDER_BYTES_MAX)
    except OSError as error:
        raise Refused(
            f"no socket can be made here: {error.strerror or error}", where=str(path),
            mend="set `control` to a path in a folder of ours",
        ) from error  # fmt: skip
    finally:
        os.umask(old)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        server.close()
        for writer in asking:
            writer.transport.abort()  # one who waits for an answer must not keep us from stopping


async def _next_answer(office: Office, reader: asyncio.StreamReader) -> bytes:
    """What the next order is answered with, or nothing at the end of the orders."""
    try:
        try:
            line = await reader.readline()
        except ValueError as error:
            raise Refused(f"more than {ORDER_BYTES_MAX} bytes", where="order") from error
        if not line:
            return b""
        return msgspec.json.encode({"ok": await office.answer(parse_order(line))})
    except DetenteError as error:
        fields = {"what": error.what, "where": error.where, "mend": error.mend}
        return msgspec.json.encode({"error": {"kind": type(error).__name__, **fields}})
    except Exception:
        log.exception("an order is dropped")
        fields = {"what": "a fault of the station", "where": "order", "mend": "read its log"}
        return msgspec.json.encode({"error": {"kind": Unreachable.__name__, **fields}})


def _clear(path: Path) -> None:
    """Remove the socket of a station that is gone; leave that of one that answers."""
    try:
        found = path.lstat()
    except OSError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise Refused("this is no socket", where=str(path), mend="set `control` to another path")
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(path))
        except OSError:
            path.unlink()
        else:
            raise Refused("another station is running here", where=str(path), mend="stop it first")


def ask(path: Path, order: AnyOrder, *, timeout_s: float = 30.0) -> Answer:
    """Give one order to the running station. Raises `Unreachable` if there is none."""
    with socket.socket(socket.AF_UNIX) as link:
        link.settimeout(timeout_s)
        try:
            link.connect(os.fspath(path))
            link.sendall(msgspec.json.encode(order) + b"\n")
            data = _line(link)
        except OSError as error:
            raise Unreachable(
                f"no station answers: {error.strerror or error}", where=str(path),
                mend="start it with `detente serve`",
            ) from error  # fmt: skip
    answer: dict[str, Any] = msgspec.json.decode(data)
    if "error" in answer:
        found = answer["error"]
        kind = _KINDS.get(found["kind"], Refused)
        raise kind(found["what"], where=found["where"], mend=found["mend"])
    ok: Answer = answer["ok"]
    return ok


def _line(link: socket.socket) -> bytes:
    parts, size = list[bytes](), 0
    while not parts or not parts[-1].endswith(b"\n"):
        part = link.recv(1 << 16)
        if not part:
            raise ConnectionResetError("it was cut off in its answer")
        size += len(part)
        if size > ANSWER_BYTES_MAX:
            raise ConnectionResetError("its answer is too long")
        parts.append(part)
    return b"".join(parts)
