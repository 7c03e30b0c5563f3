from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import struct
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detente.errors import Refused, Unreachable
from detente.line.canonical import encode
from detente.line.message import Header, Message, Precedence
from detente.station.envelope import Cost
from detente.station.keys import KeyFile, make_signer, new_keys, open_keys
from detente.station.signer import BLOCK_BYTES, WRITE_BYTES_MAX, FileLog
from detente.tlog.checkpoint import open_checkpoint
from detente.tlog.hash import leaf_hash
from detente.tlog.mirror import Mirror
from detente.tlog.signer import MAX_LEAF_BYTES, Leaf

ORIGIN = "detente/northland/" + "1" * 32
NOON = 1_770_000_000_000
START = 3 * BLOCK_BYTES
HEAD = 73
SAID = [Leaf(b"leaf %d" % index, turns=index == 3) for index in range(8)]

fork = multiprocessing.get_context("fork")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "signer.log"


def kept(path: Path, *batches: Sequence[Leaf]) -> None:
    log = FileLog.create(path, ORIGIN)
    for index, batch in enumerate(batches):
        log.append(NOON + index, batch)
    log.close()


def reopened(path: Path) -> FileLog:
    return FileLog.open(path, ORIGIN)


def state(log: FileLog) -> tuple[list[bytes | None], bytes, int, int]:
    hashes = log.hashes()
    leaves = [log.read(index) for index in range(len(hashes) // 32)]
    return leaves, hashes, log.generation(), log.last_time()


def expected(leaves: Sequence[Leaf], time_ms: int) -> tuple[list[bytes], bytes, int, int]:
    data = [leaf.data for leaf in leaves]
    hashes = b"".join(leaf_hash(leaf) for leaf in data)
    return data, hashes, sum(leaf.turns for leaf in leaves), time_ms


def flip(path: Path, offset: int, length: int = 1) -> None:
    data = bytearray(path.read_bytes())
    for at in range(offset, offset + length):
        data[at] ^= 0xFF
    path.write_bytes(data)


def head_at(index: int) -> int:
    return START + sum(HEAD + len(leaf.data) for leaf in SAID[:index])


def test_what_is_kept_is_there_after_a_start(path: Path) -> None:
    kept(path, SAID[:3], SAID[3:4], [], SAID[4:])
    log = reopened(path)
    assert state(log) == expected(SAID, NOON + 3)
    log.append(NOON + 9, [Leaf(b"", turns=True)])
    assert state(log) == expected([*SAID, Leaf(b"", turns=True)], NOON + 9)
    log.close()
    assert state(reopened(path)) == expected([*SAID, Leaf(b"", turns=True)], NOON + 9)


def test_a_new_log_is_empty_and_ours_alone(path: Path) -> None:
    log = FileLog.create(path, ORIGIN)
    assert state(log) == ([], b"", 0, 0)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [item.name for item in path.parent.iterdir()] == ["signer.log"]


def test_times_without_leaves_take_no_room(path: Path) -> None:
    log = FileLog.create(path, ORIGIN)
    size = path.stat().st_size
    for step in range(1, 50):
        log.append(NOON + step, ())
        assert log.last_time() == NOON + step
    assert path.stat().st_size == size
    log.close()
    assert reopened(path).last_time() == NOON + 49


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(st.lists(st.tuples(st.binary(max_size=200), st.booleans())), st.booleans()),
        max_size=8,
    )
)
def test_any_history_reads_back(
    tmp_path: Path, history: list[tuple[list[tuple[bytes, bool]], bool]]
) -> None:
    path = tmp_path / "any.log"
    path.unlink(missing_ok=True)
    log, said, time_ms = FileLog.create(path, ORIGIN), list[Leaf](), 0
    for step, (leaves, restart) in enumerate(history, 1):
        batch = [Leaf(data, turns=turns) for data, turns in leaves]
        time_ms = NOON + step
        log.append(time_ms, batch)
        said += batch
        if restart:
            log.close()
            log = reopened(path)
    assert state(log) == expected(said, time_ms)
    log.close()


# -- the end of the file, as a power cut leaves it


@pytest.mark.parametrize("lost", range(1, 2 * (HEAD + 6)))
def test_a_torn_end_is_dropped(path: Path, lost: int) -> None:
    kept(path, SAID[:2], SAID[2:4])
    os.truncate(path, path.stat().st_size - lost)
    log = reopened(path)
    whole = 3 if lost <= HEAD + len(SAID[3].data) else 2
    assert state(log)[:3] == expected(SAID[:whole], 0)[:3]
    log.append(NOON + 5, SAID[whole:])
    log.close()
    assert state(reopened(path)) == expected(SAID, NOON + 5)


@pytest.mark.parametrize("first", [4, 5, 6, 7])
def test_a_power_cut_may_spoil_any_part_of_the_last_write(path: Path, first: int) -> None:
    kept(path, SAID[:4], SAID[4:])
    flip(path, head_at(first) + 20)  # and what follows it is whole
    log = reopened(path)
    assert state(log)[:3] == expected(SAID[:first], 0)[:3]
    log.append(NOON + 5, SAID[first:])
    log.close()
    assert state(reopened(path)) == expected(SAID, NOON + 5)


def test_room_that_was_given_but_never_written_is_a_torn_end(path: Path) -> None:
    kept(path, SAID[:4])
    os.truncate(path, path.stat().st_size + 5_000)
    log = reopened(path)
    assert state(log) == expected(SAID[:4], NOON)
    assert path.stat().st_size == head_at(4)


def test_a_torn_end_is_gone_before_anything_follows(path: Path) -> None:
    kept(path, SAID[:2], SAID[2:5])
    flip(path, head_at(2))
    reopened(path).close()
    assert path.stat().st_size == head_at(2)


def test_no_leaf_can_pass_for_a_head(path: Path) -> None:
    """A leaf that holds the bytes of another log's records, at whatever place, is only a leaf."""
    kept(path, SAID[:4])
    records = path.read_bytes()[START:]
    evil = Leaf(records * 3, turns=False)
    other = path.with_name("other.log")
    kept(other, SAID[:1], [evil])
    flip(other, head_at(1))  # the evil leaf's own head is torn
    assert state(FileLog.open(other, ORIGIN))[:3] == expected(SAID[:1], 0)[:3]


# -- damage that is no torn end


@pytest.mark.parametrize("index", range(4))
@pytest.mark.parametrize("field", [0, 4, 5, 9, 17, 25, 57, 72])
def test_a_log_that_lost_a_head_does_not_open(path: Path, index: int, field: int) -> None:
    kept(path, SAID[:4], SAID[4:])
    flip(path, head_at(index) + field)
    with pytest.raises(Refused, match="no longer knows what it signed") as caught:
        reopened(path)
    assert "successor line" in caught.value.mend
    assert path.stat().st_size == head_at(8)  # and nothing was dropped


def test_a_log_damaged_far_from_its_end_does_not_open(path: Path) -> None:
    big = [Leaf(bytes(MAX_LEAF_BYTES), turns=False)] * (WRITE_BYTES_MAX // MAX_LEAF_BYTES + 1)
    kept(path, SAID[:1], big)
    flip(path, head_at(1))
    with pytest.raises(Refused, match="long before its end"):
        reopened(path)


@pytest.mark.parametrize("index", range(8))
def test_a_damaged_leaf_keeps_its_place(path: Path, index: int) -> None:
    kept(path, SAID[:4], SAID[4:])
    flip(path, head_at(index) + HEAD + 2)
    leaves, hashes, generation, time_ms = state(reopened(path))
    assert leaves == [None if at == index else leaf.data for at, leaf in enumerate(SAID)]
    assert (hashes, generation, time_ms) == expected(SAID, NOON + 1)[1:]


def test_damage_that_comes_later_is_found_when_read(path: Path) -> None:
    kept(path, SAID)
    log = reopened(path)
    with path.open("r+b") as file:
        file.seek(head_at(2) + 30)
        file.write(b"\0\0")
    assert log.read(2) is None
    assert log.read(1) == SAID[1].data


@pytest.mark.parametrize("times", [1, 2, 3])
def test_a_torn_time_is_the_one_that_was_being_written(path: Path, times: int) -> None:
    kept(path, *[[]] * times)
    slot = BLOCK_BYTES * (2 if times % 2 else 1)  # the first goes to the second slot
    flip(path, slot + 7)
    log = reopened(path)
    before = NOON + times - 2 if times > 1 else 0
    assert log.last_time() == before
    log.append(NOON + 50, ())
    log.close()
    assert reopened(path).last_time() == NOON + 50


def test_a_log_that_lost_its_times_does_not_open(path: Path) -> None:
    kept(path, [], [])
    flip(path, BLOCK_BYTES)
    flip(path, 2 * BLOCK_BYTES)
    with pytest.raises(Refused, match="both its times are damaged"):
        reopened(path)


# -- which file this is


def test_a_lost_log_is_never_made_anew_in_silence(path: Path) -> None:
    with pytest.raises(Refused, match="the signer has been lost") as caught:
        reopened(path)
    assert "close this ledger and open a successor line" in caught.value.mend
    assert not path.exists()


def test_a_log_is_never_created_over_another(path: Path) -> None:
    kept(path, SAID)
    with pytest.raises(Refused, match="already"):
        FileLog.create(path, ORIGIN)
    assert state(reopened(path)) == expected(SAID, NOON)
    assert [item.name for item in path.parent.iterdir()] == ["signer.log"]


def test_a_log_that_was_cut_short_is_refused(path: Path) -> None:
    kept(path, SAID)
    os.truncate(path, START - 1)
    with pytest.raises(Refused, match="cut short"):
        reopened(path)


def test_a_log_of_another_ledger_is_refused(path: Path) -> None:
    kept(path, SAID)
    with pytest.raises(Refused, match=r"this is the signer of 'detente/northland/1+', not of 'x'"):
        FileLog.open(path, "x")


@pytest.mark.parametrize("offset", [0, 5, 21, 25, 60, 75, 100])
def test_a_damaged_header_is_refused(path: Path, offset: int) -> None:
    kept(path, SAID)
    flip(path, offset)
    with pytest.raises(Refused, match="not a signer's log, or its header is damaged"):
        reopened(path)


@pytest.mark.parametrize(
    "content", [b"", b"x", b"detente signer log 1\n", b"SQLite format 3\0" * 999]
)
def test_something_else_is_refused(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(Refused, match="not a signer's log"):
        reopened(path)


def test_a_newer_version_is_refused(path: Path) -> None:
    path.write_bytes(b"detente signer log 2\n" + bytes(5_000))
    path.chmod(0o600)
    with pytest.raises(Refused, match="newer version"):
        reopened(path)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_log_that_others_may_use_is_refused(path: Path, mode: int) -> None:
    kept(path, SAID)
    path.chmod(mode)
    with pytest.raises(Refused, match=f"mode {mode:04o}") as caught:
        reopened(path)
    assert caught.value.mend == f"run: chmod 600 {path}"


# -- processes


def _try(path: Path, end: Connection) -> None:
    try:
        FileLog.open(path, ORIGIN)
        end.send("opened")
    except Refused as error:
        end.send(str(error))


def _ask(path: Path) -> str:
    ours, theirs = fork.Pipe()
    process = fork.Process(target=_try, args=(path, theirs))
    process.start()
    said: str = ours.recv()
    process.join()
    return said


def test_a_second_process_is_refused(path: Path) -> None:
    log = FileLog.create(path, ORIGIN)
    assert "another process holds this signer" in _ask(path)
    log.close()
    assert _ask(path) == "opened"


def _write_until_killed(path: Path, end: Connection) -> None:
    log = FileLog.create(path, ORIGIN)
    for index in range(1_000_000):
        log.append(NOON + index, [Leaf(b"%d" % index, turns=False)])
        end.send(index)


def test_what_was_durable_survives_a_kill(path: Path) -> None:
    ours, theirs = fork.Pipe()
    process = fork.Process(target=_write_until_killed, args=(path, theirs))
    process.start()
    theirs.close()
    while ours.recv() < 20:
        pass
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    last = 20
    while ours.poll():
        try:
            last = ours.recv()
        except EOFError:
            break
    log = reopened(path)
    count = len(log.hashes()) // 32
    assert last + 1 <= count <= last + 2
    assert [log.read(index) for index in range(count)] == [b"%d" % index for index in range(count)]


def _fill(path: Path, end: Connection) -> None:
    """A real write that the system cuts short: the file may not grow beyond a limit."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    log = reopened(path)
    resource.setrlimit(resource.RLIMIT_FSIZE, (head_at(4) + 100, resource.RLIM_INFINITY))
    try:
        log.append(NOON + 5, SAID[4:])
        end.send("kept")
    except Unreachable as error:
        end.send(str(error))
    size = path.stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    log.append(NOON + 6, SAID[4:6])
    end.send((size, state(log)))


def test_a_full_disk_loses_nothing_and_stops_nothing(path: Path) -> None:
    kept(path, SAID[:4])
    ours, theirs = fork.Pipe()
    process = fork.Process(target=_fill, args=(path, theirs))
    process.start()
    assert "the file cannot be used" in ours.recv()
    size, after = ours.recv()
    process.join()
    assert size == head_at(4)
    assert after == expected(SAID[:6], NOON + 6)
    assert state(reopened(path)) == expected(SAID[:6], NOON + 6)


def test_a_closed_log_keeps_nothing(path: Path) -> None:
    log = FileLog.create(path, ORIGIN)
    log.close()
    log.close()
    with pytest.raises(Unreachable, match="restart the station"):
        log.append(NOON, SAID)


def test_a_long_log_opens_leaf_by_leaf(path: Path) -> None:
    log = FileLog.create(path, ORIGIN)
    leaves = [Leaf(struct.pack(">I", index) * 25, turns=False) for index in range(20_000)]
    log.append(NOON, leaves)
    log.close()
    again = reopened(path)
    assert Mirror().extend(again.hashes()).size == len(leaves)
    assert again.read(19_999) == leaves[-1].data


# -- the signer over it


def rekey(keys: KeyFile, generation: int, author: str = "northland", serial: int = 0) -> bytes:
    body = keys.next_generation(generation - 1)
    header = Header(
        accord="0" * 64,
        act="rekey",
        author=author,
        channel="duty",
        epoch=0,
        line="0" * 64,
        precedence=Precedence.FLASH,
        releasers=(),
        reply=None,
        salt="0" * 32,
        serial=serial,
        time=NOON,
        to=(),
    )
    plain = msgspec.to_builtins(body, builtin_types=())
    return encode(Message(plain, header))


@pytest.fixture
def keys(tmp_path: Path) -> KeyFile:
    return new_keys(tmp_path / "keys.json", b"a quiet duty night", CHEAP)


CHEAP = Cost(iterations=1, lanes=1, memory_kib=128)


def test_a_rekey_turns_the_ledger_to_its_next_keys(path: Path, keys: KeyFile) -> None:
    signer = make_signer("northland", ORIGIN, FileLog.create(path, ORIGIN), keys)
    notes = [signer.seal(0, [b"{}", b'{"act":"rekey"}'], NOON)]
    notes.append(signer.seal(2, [rekey(keys, 1, "southmark")], NOON))  # said by another
    notes.append(signer.seal(3, [rekey(keys, 1)], NOON))
    notes.append(signer.seal(4, [rekey(keys, 1, serial=1)], NOON))  # in force already
    notes.append(signer.seal(5, [rekey(keys, 2)], NOON))  # added while the signer runs
    for note, generation in zip(notes, [0, 0, 1, 1, 2], strict=True):
        public = keys.generations[generation].public
        assert open_checkpoint(note, ORIGIN, public).time_s == NOON // 1000


def test_two_rekeys_in_one_seal_turn_it_twice(path: Path, keys: KeyFile) -> None:
    signer = make_signer("northland", ORIGIN, FileLog.create(path, ORIGIN), keys)
    note = signer.seal(0, [b"{}", rekey(keys, 1), rekey(keys, 2)], NOON)
    open_checkpoint(note, ORIGIN, keys.generations[2].public)


def test_an_older_key_file_signs_nothing(path: Path, keys: KeyFile) -> None:
    old = keys.path.read_bytes()
    log = FileLog.create(path, ORIGIN)
    make_signer("northland", ORIGIN, log, keys).seal(0, [rekey(keys, 1), rekey(keys, 2)], NOON)
    keys.path.write_bytes(old)
    restored = open_keys(keys.path, b"a quiet duty night")
    with pytest.raises(Refused, match="no generation 2 of our keys") as caught:
        make_signer("northland", ORIGIN, log, restored).seal(2, [], NOON)
    assert "put back the key file" in caught.value.mend
