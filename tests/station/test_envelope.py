from __future__ import annotations

import json
from pathlib import Path

import pytest

from detente.errors import DetenteError, Refused, Unreachable
from detente.station.envelope import Cost, EnvelopeFile

WORDS = b"a quiet duty night"
CHEAP = Cost(iterations=1, lanes=1, memory_kib=128)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


def made(path: Path, value: bytes = b"a secret", words: bytes = WORDS) -> EnvelopeFile:
    return EnvelopeFile.create(path, words, "a thing", value, CHEAP)


def opened(path: Path, words: bytes = WORDS, holds: str = "a thing") -> bytes:
    return EnvelopeFile.open(path, words, holds)[1]


def test_what_is_put_in_comes_out(path: Path) -> None:
    made(path)
    assert opened(path) == b"a secret"
    assert path.stat().st_mode & 0o777 == 0o600
    assert b"secret" not in path.read_bytes()


def test_it_costs_what_the_rfc_recommends(path: Path) -> None:
    EnvelopeFile.create(path, WORDS, "a thing", b"a secret")
    lid = json.loads(path.read_bytes())["lid"]
    assert lid["kdf"] == "argon2id"
    assert lid["cost"] == {"iterations": 3, "lanes": 4, "memory_kib": 65_536}
    assert opened(path) == b"a secret"


def test_a_new_value_takes_its_place_under_a_new_nonce(path: Path) -> None:
    envelope = made(path)
    nonces = set()
    for value in (b"one", b"two", b"two"):
        envelope.replace(value)
        assert opened(path) == value
        nonces.add(json.loads(path.read_bytes())["lid"]["nonce"])
    assert len(nonces) == 3
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["keys.json"]


def test_a_wrong_passphrase_is_told(path: Path) -> None:
    made(path)
    with pytest.raises(Refused, match="the passphrase does not open it"):
        opened(path, b"a quiet duty nighT")


def test_a_short_passphrase_is_refused(path: Path) -> None:
    with pytest.raises(Refused, match="a passphrase of 11 bytes"):
        made(path, words=b"elevenchars")
    assert not path.exists()


def test_it_is_never_written_over_another(path: Path) -> None:
    made(path)
    with pytest.raises(Refused, match="already"):
        made(path, b"another")
    assert opened(path) == b"a secret"


def test_a_missing_file_is_told(path: Path) -> None:
    with pytest.raises(Refused, match="there is no such file"):
        opened(path)


@pytest.mark.parametrize("mode", [0o640, 0o644, 0o606, 0o660])
def test_a_file_that_others_may_use_is_refused(path: Path, mode: int) -> None:
    made(path)
    path.chmod(mode)
    with pytest.raises(Refused, match="others may use this file") as caught:
        opened(path)
    assert caught.value.mend == f"run: chmod 600 {path}"


def test_one_kind_never_opens_as_another(path: Path) -> None:
    made(path)
    with pytest.raises(Refused, match="it holds a thing, not another thing"):
        opened(path, holds="another thing")
    text = path.read_text().replace("a thing", "b thing")
    path.write_text(text)
    with pytest.raises(Refused, match="the file was altered"):
        opened(path, holds="b thing")


def test_every_change_of_a_byte_is_refused(path: Path) -> None:
    made(path)
    data = path.read_bytes()
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 0x01
        try:
            same = json.loads(changed) == json.loads(data)
        except ValueError:
            same = False
        if same:  # white space between the fields means nothing
            continue
        path.write_bytes(changed)
        with pytest.raises(Refused):
            opened(path)


@pytest.mark.parametrize(
    "cost",
    [
        {"iterations": 65, "lanes": 1, "memory_kib": 128},
        {"iterations": 1, "lanes": 17, "memory_kib": 128},
        {"iterations": 1, "lanes": 1, "memory_kib": (1 << 20) + 1},
        {"iterations": 0, "lanes": 1, "memory_kib": 128},
        {"iterations": 1, "lanes": 16, "memory_kib": 8},
    ],
)
def test_a_file_cannot_make_us_work_for_ever(path: Path, cost: dict[str, int]) -> None:
    made(path)
    content = json.loads(path.read_bytes())
    content["lid"]["cost"] = cost
    path.write_text(json.dumps(content))
    with pytest.raises(Refused, match="not an envelope that this version can read"):
        opened(path)


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff", b"[" * 100_000, bytes(1 << 21)])
def test_something_else_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Refused):
        opened(path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(Unreachable, match="No such file or directory"):
        made(tmp_path / "nowhere" / "keys.json")


def test_what_cannot_be_replaced_stays(path: Path) -> None:
    envelope = made(path)
    held = path.parent / "held"
    held.mkdir()
    path.rename(held / "keys.json")
    path.mkdir()  # no file can take the place of a folder
    with pytest.raises(DetenteError):
        envelope.replace(b"another")
    path.rmdir()
    (held / "keys.json").rename(path)
    assert opened(path) == b"a secret"
