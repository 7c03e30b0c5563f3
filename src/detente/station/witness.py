"""The HTTP of a witness, both ends: it serves add-checkpoint, and submits checkpoints to others.

HTTP without TLS is safe, for what travels is signed; TLS hides from bystanders which ledgers grow,
and when. Source: C2SP tlog-witness.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import AsyncIterator, Callable, Sequence
from http import HTTPStatus
from typing import Final

import aiohttp
from aiohttp import web

from detente.errors import Conflict, DetenteError, Forged, Malformed, Refused, Unreachable
from detente.station.config import Address, WitnessConfig
from detente.station.cosigner import (
    REQUEST_BYTES_MAX,
    SIZE,
    TEXT,
    Cosigner,
    Submission,
    verified,
)
from detente.station.keys import open_cosigner_keys
from detente.tlog.checkpoint import parse_checkpoint
from detente.tlog.mirror import Mirror
from detente.tlog.note import Note, VerifierKey, format_note, parse_note, parse_verifier_key
from detente.tlog.text import parse_decimal

REPLY_BYTES_MAX: Final = 1 << 16
REPLY_S_MAX: Final = 20.0
STOPPING_S_MAX: Final = 5.0
REQUEST_S_MAX: Final = 30.0
WORDS_MAX: Final = 200  # of a refusal, in our log

log = logging.getLogger(__name__)


def now_s() -> int:
    """The clock of this machine, POSIX seconds."""
    return int(time.time())


# -- serving


@contextlib.asynccontextmanager
async def serving(
    cosigner: Cosigner, listen: Address, clock: Callable[[], int] = now_s
) -> AsyncIterator[Address]:
    """Serve while the context lasts; gives the address it listens on."""

    async def add(request: web.Request) -> web.Response:
        try:
            async with asyncio.timeout(REQUEST_S_MAX):
                body = await request.read()
        except TimeoutError as error:
            raise web.HTTPRequestTimeout from error
        try:
            # Signatures and the disk take a millisecond or many: others are read meanwhile.
            reply = await asyncio.to_thread(cosigner.add, body, clock())
        except Unreachable as error:
            log.error("witness: %s", error)
            raise web.HTTPInternalServerError from error
        if reply.status is not HTTPStatus.OK:
            log.info("witness: %d: %s", reply.status, reply.body.strip())
        return _response(reply.body, reply.kind, reply.status)

    async def show(request: web.Request) -> web.Response:
        note = cosigner.checkpoint(request.match_info["log"])
        if note is None:
            raise web.HTTPNotFound
        return _response(note, TEXT, HTTPStatus.OK)

    app = web.Application(client_max_size=REQUEST_BYTES_MAX)
    app.add_routes(
        [
            web.post("/add-checkpoint", add),
            web.get("/{log:[0-9a-f]{64}}/checkpoint", show),
        ]
    )
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=STOPPING_S_MAX)
    await runner.setup()
    try:
        site = web.TCPSite(runner, listen.host, listen.port)
        try:
            await site.start()
        except OSError as error:
            raise Refused(
                f"it cannot listen on {listen.host} port {listen.port}: {error.strerror}",
                where="witness.listen",
            ) from error
        yield Address(*runner.addresses[0][:2])
    finally:
        await runner.cleanup()


def _response(body: str, kind: str, status: HTTPStatus) -> web.Response:
    return web.Response(body=body.encode(), headers={"Content-Type": kind}, status=status)


def run_witness(
    config: WitnessConfig, passphrase: bytes, started: Callable[[Address], None] = lambda _: None
) -> None:
    """Be a witness in this process until SIGTERM or SIGINT. `started` is told where it listens."""
    keys = open_cosigner_keys(config.keys, passphrase)
    cosigner = Cosigner(config.name, keys, config.logs, config.state)
    try:
        asyncio.run(_run(cosigner, config.listen, started))
    finally:
        cosigner.close()


async def _run(cosigner: Cosigner, listen: Address, started: Callable[[Address], None]) -> None:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with serving(cosigner, listen) as address:
        log.info("witness: listening on %s port %d", *address)
        started(address)
        await stop.wait()


# -- submitting


async def submit(url: str, old: int, mirror: Mirror, note: str, keys: Sequence[str]) -> str:
    """Have the witness at `url` cosign our checkpoint `note`, which is over all of `mirror`.

    `old` is the size that it cosigned last, as far as we know; a witness that remembers another is
    asked again from there. `keys` are its verifier keys. Returns the note with its cosignatures
    added: at least one, and none that does not hold.

    Raises `Unreachable` (try again later), `Refused` (it will not: a person must ask its operator),
    `Conflict` (it has seen more of our ledger than there is, or another one), `Malformed` or
    `Forged` (that is not our witness).
    """
    opened = parse_note(note)
    witness = [parse_verifier_key(key) for key in keys]
    timeout = aiohttp.ClientTimeout(total=REPLY_S_MAX)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        status, body = await _ask(session, url, _submission(old, mirror, note))
        if status == HTTPStatus.CONFLICT:
            told = _told_size(url, body)
            if told > mirror.size:
                raise Conflict(
                    f"it has cosigned {told} leaves of our ledger, which has {mirror.size}",
                    where=url,
                    mend="another station signs with our keys, or ours has lost its signer",
                )
            status, body = await _ask(session, url, _submission(told, mirror, note))
    if status == HTTPStatus.CONFLICT and _told_size(url, body) == mirror.size:
        raise Conflict(
            f"it has cosigned another ledger of {mirror.size} leaves under our name",
            where=url,
            mend="another station signs with our keys: compare with the checkpoint that it shows",
        )
    if status != HTTPStatus.OK:
        raise _refusal(url, status, body)
    return _with_cosignatures(opened, body, witness, url)


def _submission(old: int, mirror: Mirror, note: str) -> Submission:
    old = min(old, mirror.size)
    return Submission(old, mirror.consistency(old, mirror.size), note)


async def _ask(
    session: aiohttp.ClientSession, url: str, submission: Submission
) -> tuple[int, bytes]:
    try:
        async with session.post(
            f"{url}/add-checkpoint", data=submission.text().encode(), allow_redirects=False
        ) as response:
            body = await response.content.read(REPLY_BYTES_MAX + 1)
            while len(body) <= REPLY_BYTES_MAX and not response.content.at_eof():
                body += await response.content.read(REPLY_BYTES_MAX + 1 - len(body))
            if response.status == HTTPStatus.CONFLICT and response.content_type != SIZE:
                raise Unreachable("it answers 409 without a size", where=url)
    except (aiohttp.ClientError, OSError) as error:
        why = str(error) or type(error).__name__
        raise Unreachable(f"the witness is away: {why}", where=url) from error
    if len(body) > REPLY_BYTES_MAX:
        raise Unreachable(f"it answers more than {REPLY_BYTES_MAX} bytes", where=url)
    return response.status, body


def _told_size(url: str, body: bytes) -> int:
    text = body.decode("ascii", "replace")
    if not text.endswith("\n"):
        raise Malformed("a size without its newline", where=url)
    return parse_decimal(text[:-1], url)


def _refusal(url: str, status: int, body: bytes) -> DetenteError:
    said = ascii(body[:WORDS_MAX].decode("ascii", "replace").strip())
    match status:
        case HTTPStatus.NOT_FOUND:
            return Refused(
                "the witness does not know our ledger",
                where=url,
                mend="give its operator our origin and verifier keys",
            )
        case HTTPStatus.FORBIDDEN:
            return Refused(
                f"the witness does not take our signatures: {said}",
                where=url,
                mend="give its operator our verifier keys, the new ones after a rekey",
            )
        case HTTPStatus.BAD_REQUEST | HTTPStatus.UNPROCESSABLE_ENTITY:
            return Refused(f"the witness refuses ({status}): {said}", where=url)
        case _:
            return Unreachable(f"the witness answers {status}: {said}", where=url)


def _with_cosignatures(note: Note, body: bytes, keys: Sequence[VerifierKey], url: str) -> str:
    """The note and those lines that known keys made; lines of unknown keys are dropped."""
    try:
        answer = parse_note(f"{note.text}\n".encode() + body)
    except Malformed as error:
        raise Forged(f"the witness answers no cosignatures: {error}", where=url) from error
    lines = verified(answer, parse_checkpoint(note.text), keys) if answer.text == note.text else []
    if not lines:
        raise Forged("no cosignature of a key that the accord names", where=url)
    return format_note(Note(note.text, (*note.signatures, *(line for line, _ in lines))))
