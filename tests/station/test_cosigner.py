from __future__ import annotations

import threading
from http import HTTPStatus
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed, Refused, Unreachable
from detente.station.config import LogConfig
from detente.station.cosigner import (
    SIZE,
    Cosigner,
    Reply,
    Submission,
    cosigner_keys,
    folder_name,
    parse_submission,
    verified,
)
from detente.tlog.checkpoint import Checkpoint, parse_checkpoint, sign_checkpoint
from detente.tlog.hash import Hash
from detente.tlog.keys import PrivateKeys
from detente.tlog.note import Note, Signature, format_note, parse_note
from tests.station.logs import LOG, NAME, NOON_S, ORIGIN, WITNESS_KEYS, Log, made, opened

KEYS = cosigner_keys(NAME, WITNESS_KEYS)


def times(reply: Reply, log: Log, size: int) -> list[int]:
    """The times of both cosignatures, which hold."""
    assert reply.status == HTTPStatus.OK
    text = log.note(size)
    note = parse_note(text[: text.index("\n\n") + 2] + reply.body)
    assert len(note.signatures) == 2
    return [time for _, time in verified(note, parse_checkpoint(note.text), KEYS)]


def size_told(reply: Reply) -> int:
    assert (reply.status, reply.kind) == (HTTPStatus.CONFLICT, SIZE)
    assert reply.body.endswith("\n")
    return int(reply.body)


@pytest.fixture
def cosigner(tmp_path: Path) -> Cosigner:
    return made(tmp_path / "state")


@pytest.mark.parametrize("sizes", [[1], [0, 1], [3, 3, 4], [1, 8, 8, 21], [5, 13]])
def test_a_log_that_grows_is_cosigned_with_both_keys(cosigner: Cosigner, sizes: list[int]) -> None:
    old = 0
    for step, size in enumerate(sizes):
        reply = cosigner.add(LOG.growth(old, size), NOON_S + step)
        assert times(reply, LOG, size) == [NOON_S + step] * 2
        old = size


def test_what_was_cosigned_can_be_read_by_its_hash(cosigner: Cosigner) -> None:
    assert cosigner.checkpoint(folder_name(ORIGIN)) is None
    cosigner.add(LOG.growth(0, 3), NOON_S)
    shown = cosigner.checkpoint(folder_name(ORIGIN))
    assert shown is not None
    assert shown.startswith(LOG.note(3).partition("\n\n")[0] + "\n\n")
    assert [line.name for line in parse_note(shown).signatures] == [ORIGIN, ORIGIN, NAME, NAME]
    assert cosigner.checkpoint("0" * 64) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 0\n\n",
        b"old 00\n\nNOTE",
        b"old -1\n\nNOTE",
        b"old 1_0\n\nNOTE",
        b"old  0\n\nNOTE",
        b"Old 0\n\nNOTE",
        b"old 9223372036854775808\n\nNOTE",
        b"old 0\nAAAA\n\nNOTE",
        b"old 0\n*\n\nNOTE",
        b"old 0\r\n\r\nNOTE",
        b"\xff",
        b"old 4\n\nNOTE",  # larger than the checkpoint
        b"old 0\n" + b"A" * 43 + b"=\n",
        b"old 0\n" + (b"A" * 43 + b"=\n") * 64 + b"\nNOTE",
        b"old 0\n\nx\n1\ny\n\n\xe2\x80\x94 x AAAAAAAA\n",
        b"old 0\n\n" + b"x" * 600_000,
    ],
)
def test_a_bad_request_is_400(cosigner: Cosigner, body: bytes) -> None:
    reply = cosigner.add(body.replace(b"NOTE", LOG.note(3).encode()), NOON_S)
    assert reply.status == HTTPStatus.BAD_REQUEST
    assert cosigner.checkpoint(folder_name(ORIGIN)) is None


def test_extension_lines_are_not_cosigned(cosigner: Cosigner) -> None:
    body = LOG.growth(0, 3).replace(b"\n\n\xe2", b"\nmore\n\n\xe2")
    assert cosigner.add(body, NOON_S).status == HTTPStatus.BAD_REQUEST


def test_an_unknown_log_is_404(cosigner: Cosigner) -> None:
    other = Log("detente/southmark/" + "2" * 32)
    assert cosigner.add(other.growth(0, 3), NOON_S).status == HTTPStatus.NOT_FOUND


def _without(note: str, *dropped: int) -> str:
    opened = parse_note(note)
    kept = [line for index, line in enumerate(opened.signatures) if index not in dropped]
    return format_note(Note(opened.text, tuple(kept)))


def test_a_log_that_did_not_sign_with_all_its_keys_is_403(cosigner: Cosigner) -> None:
    note = LOG.note(3)
    first, second = parse_note(note).signatures
    spoilt = Signature(second.name, second.key_id, second.blob[:-1] + bytes([second.blob[-1] ^ 1]))
    stranger = Log(seed=b"2")
    bad = [
        _without(note, 0),
        _without(note, 1),
        stranger.note(3),
        format_note(Note(parse_note(note).text, (first, spoilt))),
        format_note(Note(parse_note(note).text, (first, second, second))),
        format_note(Note(parse_note(LOG.note(4)).text, (first, second))),
    ]
    for text in bad:
        reply = cosigner.add(Submission(0, (), text).text().encode(), NOON_S)
        assert reply.status == HTTPStatus.FORBIDDEN
    assert cosigner.checkpoint(folder_name(ORIGIN)) is None


def test_lines_of_unknown_keys_are_ignored(cosigner: Cosigner) -> None:
    note = parse_note(LOG.note(3))
    more = (*parse_note(Log("x").note(3)).signatures, *note.signatures)
    text = format_note(Note(note.text, more))
    reply = cosigner.add(Submission(0, (), text).text().encode(), NOON_S)
    assert times(reply, LOG, 3) == [NOON_S] * 2
    shown = cosigner.checkpoint(folder_name(ORIGIN))
    assert shown is not None
    assert "— x " not in shown


def test_another_old_size_is_409_and_told(cosigner: Cosigner) -> None:
    assert size_told(cosigner.add(LOG.growth(2, 3), NOON_S)) == 0
    cosigner.add(LOG.growth(0, 5), NOON_S)
    for old in (0, 4, 6, 8):
        assert size_told(cosigner.add(LOG.growth(old, 8), NOON_S)) == 5
    assert size_told(cosigner.add(LOG.growth(0, 3), NOON_S)) == 5  # no way back


def test_a_fork_is_never_cosigned(cosigner: Cosigner) -> None:
    fork = Log(word="fork")
    cosigner.add(LOG.growth(0, 5), NOON_S)
    assert size_told(cosigner.add(fork.growth(5, 5), NOON_S)) == 5
    for size in (6, 8, 13):
        reply = cosigner.add(fork.growth(5, size), NOON_S)
        assert reply.status == HTTPStatus.UNPROCESSABLE_ENTITY
    assert times(cosigner.add(LOG.growth(5, 8), NOON_S), LOG, 8)


def test_an_empty_log_has_one_root(cosigner: Cosigner) -> None:
    note = sign_checkpoint(LOG.keys, Checkpoint(ORIGIN, 0, Hash(bytes(32))), NOON_S)
    assert size_told(cosigner.add(Submission(0, (), note).text().encode(), NOON_S)) == 0


def test_a_proof_that_proves_nothing_is_422(cosigner: Cosigner) -> None:
    path = LOG.mirror(8).consistency(5, 8)
    start = Submission(0, path, LOG.note(5)).text().encode()
    assert cosigner.add(start, NOON_S).status == HTTPStatus.UNPROCESSABLE_ENTITY
    cosigner.add(LOG.growth(0, 5), NOON_S)
    spoilt = (Hash(bytes(32)), *path[1:])
    for bad in [(), path[:-1], (*path, path[0]), tuple(reversed(path)), spoilt]:
        reply = cosigner.add(Submission(5, bad, LOG.note(8)).text().encode(), NOON_S)
        assert reply.status == HTTPStatus.UNPROCESSABLE_ENTITY
    same = Submission(5, path, LOG.note(5)).text().encode()
    assert cosigner.add(same, NOON_S).status == HTTPStatus.UNPROCESSABLE_ENTITY


def test_a_clock_put_back_does_not_turn_back_its_word(cosigner: Cosigner) -> None:
    cosigner.add(LOG.growth(0, 5), NOON_S)
    assert times(cosigner.add(LOG.growth(5, 6), NOON_S - 999), LOG, 6) == [NOON_S] * 2
    assert times(cosigner.add(LOG.growth(6, 6), 0), LOG, 6) == [NOON_S] * 2
    assert times(cosigner.add(LOG.growth(6, 6), NOON_S + 1), LOG, 6) == [NOON_S + 1] * 2


def test_logs_do_not_touch_each_other(tmp_path: Path) -> None:
    other = Log("detente/southmark/" + "2" * 32, b"2")
    cosigner = made(tmp_path / "state", LOG.config(), other.config())
    assert times(cosigner.add(LOG.growth(0, 5), NOON_S), LOG, 5)
    assert times(cosigner.add(other.growth(0, 3), NOON_S), other, 3)
    assert times(cosigner.add(LOG.growth(5, 6), NOON_S), LOG, 6)


def test_after_a_rekey_the_next_keys_are_taken_too(tmp_path: Path) -> None:
    rekeyed = Log(seed=b"2")
    before = made(tmp_path / "state")
    before.add(LOG.growth(0, 5), NOON_S)
    assert before.add(rekeyed.growth(5, 8), NOON_S).status == HTTPStatus.FORBIDDEN
    before.close()
    after = opened(tmp_path / "state", LOG.config(), rekeyed.config())
    assert times(after.add(rekeyed.growth(5, 8), NOON_S), rekeyed, 8)
    mixed = LogConfig(ORIGIN, (LOG.vkeys()[0], rekeyed.vkeys()[1]))
    after.close()
    reply = opened(tmp_path / "state", mixed).add(LOG.growth(8, 9), NOON_S)
    assert reply.status == HTTPStatus.FORBIDDEN


def test_a_log_with_one_key_is_taken_as_it_is(tmp_path: Path) -> None:
    cosigner = made(tmp_path / "state", LogConfig(ORIGIN, LOG.vkeys()[:1]))
    text = _without(LOG.note(3), 1)
    assert times(cosigner.add(Submission(0, (), text).text().encode(), NOON_S), LOG, 3)


# -- its memory


def test_it_remembers_after_a_start(tmp_path: Path) -> None:
    first = made(tmp_path / "state")
    first.add(LOG.growth(0, 5), NOON_S)
    shown = first.checkpoint(folder_name(ORIGIN))
    first.close()
    again = opened(tmp_path / "state")
    assert again.checkpoint(folder_name(ORIGIN)) == shown
    assert size_told(again.add(LOG.growth(0, 3), NOON_S)) == 5


def test_a_missing_memory_is_never_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="the memory of this witness is missing") as caught:
        opened(tmp_path / "state")
    assert "retire the witness" in caught.value.mend
    made(tmp_path / "state").close()
    with pytest.raises(Refused, match="already"):
        Cosigner.create(tmp_path / "state")


def test_a_damaged_memory_is_refused(tmp_path: Path) -> None:
    cosigner = made(tmp_path / "state")
    cosigner.add(LOG.growth(0, 5), NOON_S)
    cosigner.close()
    path = tmp_path / "state" / folder_name(ORIGIN)
    whole = path.read_bytes()
    other = Log("detente/southmark/" + "2" * 32, b"2")
    wrongs = [b"", b"\xff", whole[:-20], whole.replace(b"\n5\n", b"\n4\n"), LOG.note(5).encode()]
    for wrong in wrongs:
        path.write_bytes(wrong)
        with pytest.raises(Refused, match="what this witness has cosigned is damaged"):
            opened(tmp_path / "state")
    path.rename(tmp_path / "state" / folder_name(other.origin))
    (tmp_path / "state" / folder_name(other.origin)).write_bytes(whole)
    with pytest.raises(Refused, match="it is of another log"):
        opened(tmp_path / "state", other.config())
    path.write_bytes(whole)
    path.chmod(0o600)
    opened(tmp_path / "state").close()


def test_one_folder_has_one_witness(tmp_path: Path) -> None:
    first = made(tmp_path / "state")
    with pytest.raises(Refused, match="another process is this witness"):
        opened(tmp_path / "state")
    first.close()
    opened(tmp_path / "state").close()


def test_what_cannot_be_remembered_is_not_cosigned(tmp_path: Path) -> None:
    cosigner = made(tmp_path / "state")
    (tmp_path / "state" / folder_name(ORIGIN)).mkdir()  # nothing can take its place
    with pytest.raises(Unreachable, match="the file cannot be used"):
        cosigner.add(LOG.growth(0, 5), NOON_S)
    assert cosigner.checkpoint(folder_name(ORIGIN)) is None
    (tmp_path / "state" / folder_name(ORIGIN)).rmdir()
    assert times(cosigner.add(LOG.growth(0, 3), NOON_S), LOG, 3)


def test_a_witness_shares_no_key(tmp_path: Path) -> None:
    Cosigner.create(tmp_path / "state")
    half = PrivateKeys(LOG.keys.ed25519_seed, b"v" * 32)
    for keys in (LOG.keys, half):
        with pytest.raises(Refused, match="the witness has a key of the log"):
            Cosigner(NAME, keys, [LOG.config()], tmp_path / "state")
    opened(tmp_path / "state").close()  # and it holds no lock


def test_of_requests_at_once_one_is_the_next(cosigner: Cosigner) -> None:
    """Every reply is one that some order of the requests explains, and memory never shrinks."""
    cosigner.add(LOG.growth(0, 1), NOON_S)
    bodies = [LOG.growth(1, size) for size in range(2, 18)]
    gate, replies = threading.Barrier(len(bodies)), list[Reply]()

    def send(body: bytes) -> None:
        gate.wait()
        replies.append(cosigner.add(body, NOON_S))

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    won = [reply for reply in replies if reply.status == HTTPStatus.OK]
    assert len(won) == 1
    shown = cosigner.checkpoint(folder_name(ORIGIN))
    assert shown is not None
    size = parse_checkpoint(parse_note(shown).text).size
    assert {size_told(reply) for reply in replies if reply not in won} == {size}


@given(st.integers(0, 2**63 - 1), st.lists(st.binary(min_size=32, max_size=32), max_size=63))
def test_a_request_has_one_encoding(old: int, proof: list[bytes]) -> None:
    request = Submission(old, tuple(Hash(value) for value in proof), "a note\n")
    assert parse_submission(request.text().encode()) == request


@given(st.binary(max_size=200))
def test_any_bytes_are_a_request_or_malformed(body: bytes) -> None:
    for data in (body, b"old 0\n\n" + body, b"old 7\n" + body):
        try:
            request = parse_submission(data)
        except Malformed:
            continue
        assert request.text().encode() == data
