"""Other people's TLS against ours, where this machine has it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from detente.errors import DetenteError
from detente.station.pipe import Pipe, serve
from detente.station.tls import make_certificate
from tests.station.links import NORTH_CONTEXT, SOUTH, SOUTH_KEY

HOST = "127.0.0.1"
OPENSSL, NODE = shutil.which("openssl"), shutil.which("node")
NODE_DIALER = """
const [port, groups, key, cert] = process.argv.slice(1)
const fs = require('fs')
const link = require('tls').connect({
  host: '127.0.0.1', port, ecdhCurve: groups, rejectUnauthorized: false,
  key: fs.readFileSync(key), cert: fs.readFileSync(cert),
})
const said = Buffer.from('from another stack')
let heard = Buffer.alloc(0)
link.on('data', (data) => {
  if (heard.length === 0) link.write(Buffer.concat([Buffer.from([0, 0, 0, said.length]), said]))
  heard = Buffer.concat([heard, data])
  if (heard.length === 4 + 4 + said.length) { process.stdout.write(heard); link.end() }
})
link.on('error', (error) => { process.stdout.write(String(error)) })
"""


async def output(*command: str) -> str:
    process = await asyncio.create_subprocess_exec(
        *command,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(60):
        text, _ = await process.communicate()
    return text.decode()


def pem_files(folder: Path) -> tuple[str, str]:
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    key.write_bytes(SOUTH.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    certificate.write_bytes(make_certificate(SOUTH).public_bytes(Encoding.PEM))
    return str(key), str(certificate)


async def echo_once(pipe: Pipe) -> None:
    assert pipe.public_key == SOUTH_KEY
    await pipe.send(await pipe.receive())


@pytest.mark.skipif(NODE is None, reason="no node on this machine")
async def test_node_dials_us(tmp_path: Path) -> None:
    assert NODE is not None
    version = await output(NODE, "-p", "process.versions.openssl")
    if tuple(map(int, version.split(".")[:2])) < (3, 5):
        pytest.skip(f"node has OpenSSL {version.strip()}, and the group needs 3.5")
    reports: asyncio.Queue[DetenteError] = asyncio.Queue()
    async with serve(
        HOST, 0, NORTH_CONTEXT, {SOUTH_KEY}, echo_once, report=reports.put_nowait
    ) as port:
        dialer = [NODE, "-e", NODE_DIALER, str(port)]
        heard = await output(*dialer, "X25519MLKEM768", *pem_files(tmp_path))
        assert heard == "\0\0\0\0" + "\0\0\0\x12" + "from another stack"
        assert reports.empty()
        assert "alert" in await output(*dialer, "X25519", *pem_files(tmp_path))
        assert "cannot use X25519MLKEM768" in (await reports.get()).what


@pytest.mark.skipif(OPENSSL is None, reason="no openssl on this machine")
async def test_a_dialer_of_another_openssl_is_refused_with_the_classical_group(
    tmp_path: Path,
) -> None:
    assert OPENSSL is not None
    key, certificate = pem_files(tmp_path)
    reports: asyncio.Queue[DetenteError] = asyncio.Queue()
    async with serve(
        HOST, 0, NORTH_CONTEXT, {SOUTH_KEY}, echo_once, report=reports.put_nowait
    ) as port:
        dialer = [OPENSSL, "s_client", "-connect", f"{HOST}:{port}", "-groups", "X25519"]
        said = await output(*dialer, "-key", key, "-cert", certificate)
        assert "handshake failure" in said
        what = (await reports.get()).what
    assert "cannot use X25519MLKEM768; it offered TLS 1.3" in what
    assert what.endswith("with groups X25519")
