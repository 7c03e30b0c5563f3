"""What a party can send that has the right link key and means no good: over real links, to a real
station, which has an honest party as well. Whatever comes, it is said clearly in the log, the
honest go on, and nothing recorded is lost.
"""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest

from detente.cli.stage import PASSPHRASE
from detente.errors import Unreachable
from detente.line.accord import parse_accord
from detente.line.canonical import encode
from detente.line.decide import ANYBODY
from detente.line.frame import Carried, Where
from detente.station.opening import open_line
from detente.station.pipe import FRAME_BYTES_MAX, Pipe, dial
from detente.station.station import Station
from detente.tlog.advance import Advance
from detente.tlog.hash import leaf_hash
from tests.station.links import STRANGER_CONTEXT
from tests.station.living import (
    EASTMARK,
    NORTHLAND,
    SOUTHMARK,
    Rogue,
    card_of,
    circuit,
    founded,
    heard,
    logged,
    notify,
    receipted,
    receive,
    running,
    send,
    until,
)


@dataclass(slots=True)
class Scene:
    """Northland, which is attacked; Eastmark, which is honest; Southmark, linked to Northland."""

    northland: Station
    eastmark: Station
    southmark: Rogue
    pipe: Pipe


@pytest.fixture
async def scene(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Scene]:
    caplog.set_level("INFO")
    stage = founded(tmp_path)
    rogue = Rogue(stage, SOUTHMARK, NORTHLAND)
    async with running(stage, NORTHLAND) as northland, running(stage, EASTMARK) as eastmark:
        before = await notify(northland, "said before")
        await receipted(northland, before, EASTMARK)
        async with rogue.linked() as pipe:
            yield Scene(northland, eastmark, rogue, pipe)
        to, fro = await notify(northland, "and after"), await notify(eastmark, "and back")
        await receipted(northland, to, EASTMARK)
        await heard(northland, fro)
        recorded = circuit(northland).journal.state.own
    line = open_line(stage.actors[NORTHLAND].place, NORTHLAND, PASSPHRASE, ANYBODY)
    line.close()
    assert line.journal.state.own.starts_with(recorded)
    assert {before, to, fro} <= set(line.journal.state.messages)


# -- frames ----------------------------------------------------------------------------------------

WHERE = b'{"by":"southmark","frame":"where","held":[]}'
BEAT = b'{"by":"southmark","checkpoints":[],"frame":"beat","time":%s}'


NO_FRAMES = {
    b"\xff\x00 garbage": "JSON is malformed: invalid character",
    b"{}": "missing required field `frame`",
    WHERE[:-1]: "Input data was truncated",
    WHERE.replace(b",", b", ", 1): "not canonical from byte 18",
    WHERE.replace(b'{"by"', b'{"by":"eastmark","by"'): "not canonical from byte 7",
    WHERE.replace(b"[]", b"[" * 1_000 + b"]" * 1_000): "nested deeper than 8",
    WHERE.replace(b"southmark", b"eastmark"): "it says that it is of 'eastmark'",
    WHERE.replace(b"southmark", b"\xed\xa0\x80"): "utf-8",
    BEAT % b"NaN": "JSON is malformed: invalid character (byte 57)",
    BEAT % b"1_000": "JSON is malformed: expected ',' or '}' (byte 58)",
    BEAT % b"9007199254740993": "Expected `int` <= 9007199254740991",
    BEAT % b"1.0": "Expected `int`, got `float`",
    b'{"frame":"order","leaf":"00"}': "Invalid value 'order'",
}


async def test_frames_that_are_none_are_named_and_dropped(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    for frame, words in NO_FRAMES.items():
        await scene.pipe.send(WHERE)  # one who only sends garbage is dialled anew
        await scene.pipe.send(frame)
        await logged(caplog, words)
    assert caplog.text.count("a frame of southmark is dropped") == len(NO_FRAMES)
    await send(scene.pipe, scene.southmark.grown(leaf := scene.southmark.leaf()))
    await heard(scene.northland, leaf_hash(leaf))  # and the link stands


async def test_a_frame_that_is_too_long_ends_the_link(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    await scene.pipe._push((FRAME_BYTES_MAX + 1).to_bytes(4, "big"))
    await logged(caplog, f"announced a frame of {FRAME_BYTES_MAX + 1} bytes")


async def test_a_frame_that_is_cut_off_ends_the_link(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    await scene.pipe._push((100).to_bytes(4, "big") + b'{"by":')
    scene.pipe._socket.shutdown(socket.SHUT_WR)
    await logged(caplog, "in a frame of 100 bytes")


async def test_a_flood_of_garbage_does_not_fill_the_log(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(8):
        await scene.pipe.send(WHERE)
        await scene.pipe.send(b"the same garbage")
    await send(scene.pipe, scene.southmark.grown(leaf := scene.southmark.leaf()))
    await heard(scene.northland, leaf_hash(leaf))
    assert caplog.text.count("a frame of southmark is dropped") == 1
    await scene.pipe.send(b"another")
    await logged(caplog, "(and 7 more that were not written)")


async def test_one_who_is_nobody_here_gets_no_link(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    stage = scene.southmark.stage
    with pytest.raises(Unreachable):
        await dial(
            "127.0.0.1", stage.actors[NORTHLAND].port, STRANGER_CONTEXT,
            card_of(stage, NORTHLAND).link,
        )  # fmt: skip
    await logged(caplog, "showed the link key")


async def test_frames_told_again_and_again_change_nothing(scene: Scene) -> None:
    leaf = scene.southmark.leaf()
    advance = scene.southmark.grown(leaf)
    await send(scene.pipe, *[advance] * 20)
    await heard(scene.northland, leaf_hash(leaf))
    await send(scene.pipe, *[advance] * 20, scene.southmark.grown(last := scene.southmark.leaf()))
    await heard(scene.northland, leaf_hash(last))
    own = circuit(scene.northland).journal.state.own
    held = [own.leaf(index) for index in range(own.size)]
    assert held.count(leaf_hash(leaf)) == 1


# -- advances --------------------------------------------------------------------------------------


def of_another_line(rogue: Rogue) -> Advance:
    other = msgspec.structs.replace(parse_accord(rogue.terms), name="elsewhere")
    return rogue.shown((), leaf_hash(encode(other)))


def of_nobody(rogue: Rogue) -> Advance:
    advance = rogue.shown(())
    origin = card_of(rogue.stage, SOUTHMARK).origin
    return msgspec.structs.replace(advance, note=advance.note.replace(origin, "nobody/" + "0" * 32))


def signed_by_another(rogue: Rogue) -> Advance:
    eastmark = Rogue(rogue.stage, EASTMARK, NORTHLAND)
    theirs, ours = eastmark.shown(()).note, card_of(rogue.stage, SOUTHMARK).origin
    origin = card_of(rogue.stage, EASTMARK).origin
    return msgspec.structs.replace(rogue.shown(()), note=theirs.replace(origin, ours))


def with_a_wrong_root(rogue: Rogue) -> Advance:
    return msgspec.structs.replace(rogue.shown(()), hashes=leaf_hash(b"another"))


def that_does_not_add_up(rogue: Rogue) -> Advance:
    return msgspec.structs.replace(rogue.shown(()), hashes=leaf_hash(rogue.terms) * 2)


def of_the_reader(rogue: Rogue) -> Advance:
    """Northland's own ledger, which Southmark would like to write."""
    victim = Rogue(rogue.stage, NORTHLAND, NORTHLAND)
    note = rogue.note(leaf_hash(rogue.terms) * 2)
    origin, ours = (card_of(rogue.stage, p).origin for p in (SOUTHMARK, NORTHLAND))
    return Advance(0, leaf_hash(victim.terms) * 2, note.replace(origin, ours), ())


NO_ADVANCES: dict[Callable[[Rogue], Advance], str] = {
    of_another_line: "a ledger of another accord",
    of_nobody: "no party of this line keeps such a ledger",
    signed_by_another: "where one belongs",
    of_the_reader: "where one belongs",
    with_a_wrong_root: "do not lead to the signed root",
    that_does_not_add_up: "do not reach size 1",
}


async def test_advances_that_prove_nothing_are_named_and_dropped(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    before = circuit(scene.northland).journal.state
    for make, words in NO_ADVANCES.items():
        caplog.clear()
        await send(scene.pipe, make(scene.southmark))
        await logged(caplog, words)
    after = circuit(scene.northland).journal.state
    assert after.own == before.own
    assert after.mirror(SOUTHMARK).size == 0


async def test_an_advance_from_beyond_is_answered_with_where_we_stand(scene: Scene) -> None:
    await receive(scene.pipe, Where)  # the first frame of any link
    scene.southmark.leaves += [scene.southmark.leaf(serial=number) for number in range(5)]
    await send(scene.pipe, scene.southmark.shown((), start=3))
    answer: Where = await receive(scene.pipe, Where)
    (ours,) = (ledger for ledger in answer.held if ledger.party == SOUTHMARK)
    assert [held.size for held in ours.branches] == []
    await send(scene.pipe, scene.southmark.shown(scene.southmark.leaves[1:]))
    await heard(scene.northland, leaf_hash(scene.southmark.leaves[-1]))


async def test_leaves_without_bytes_are_outstanding_and_hold_up_nobody(scene: Scene) -> None:
    hidden = b"".join(leaf_hash(b"%d" % number) for number in range(1_000))
    terms = leaf_hash(scene.southmark.terms)
    await send(scene.pipe, scene.southmark.shown((), terms + hidden))
    status = scene.northland.office._status
    await until(lambda: status("demo")["outstanding"] == 1_000, "they are not seen")


# -- messages --------------------------------------------------------------------------------------


NO_BODIES = {
    b'{"a":' * 1_000 + b"1" + b"}" * 1_000: "nested deeper than 8",
    b'{"a":1,"a":1}': "not canonical from byte 14",
    b'{"a":NaN}': "JSON is malformed: invalid character",
    b'{"a":9007199254740993}': "an integer of 2^53 or more",
    b'{"a":1_000}': "JSON is malformed",
    b'{"a":1.5}': "a number that is not a whole number",
    b'{"a":-0}': "not canonical from byte 13",
    b'{"A":1}': "the key 'A' is not [a-z][a-z0-9_]*",
    b'{"a":"\xff"}': "utf-8",
    b'{"a":"' + b"x" * 65_536 + b'"}': "bytes, at most 65535 are allowed",
}


async def test_bodies_that_are_none_are_named_and_stay_outstanding(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    model, good = scene.southmark.leaf(body={"a": 1}), scene.southmark.leaf()
    bad = {model.replace(b'{"a":1}', body, 1): words for body, words in NO_BODIES.items()}
    await send(scene.pipe, scene.southmark.grown(*bad, good))
    await heard(scene.northland, leaf_hash(good))
    for leaf, words in bad.items():
        where = f"leaf {leaf_hash(leaf).hex()[:16]} from southmark's ledger: no message: "
        await logged(caplog, where)
        assert words in caplog.text.partition(where)[2].partition("\n")[0]
    state = circuit(scene.northland).journal.state
    assert set(state.outstanding) == set(map(leaf_hash, bad))


async def test_words_that_are_not_its_own_are_not_recorded(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    ours, theirs, elsewhere = leaves = (
        scene.southmark.leaf(author=NORTHLAND),
        scene.southmark.leaf(author=EASTMARK),
        scene.southmark.leaf(line="00" * 32),
    )
    await send(scene.pipe, scene.southmark.grown(*leaves))
    await logged(
        caplog, f"leaf {leaf_hash(ours).hex()[:16]} from southmark's ledger: it claims to be"
    )
    await logged(caplog, "it claims to be by 'eastmark'")
    await logged(caplog, "it is of another line")
    messages = circuit(scene.northland).journal.state.messages
    assert not {leaf_hash(leaf) for leaf in (ours, theirs, elsewhere)} & set(messages)


async def test_words_that_it_never_signed_are_not_recorded(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    leaf = scene.southmark.leaf()
    await send(scene.pipe, scene.southmark.shown([leaf]))
    await logged(caplog, "its author never signed it")
    assert leaf_hash(leaf) not in circuit(scene.northland).journal.state.messages


# -- silence ---------------------------------------------------------------------------------------


async def test_one_who_never_reads_holds_up_nobody(
    scene: Scene, caplog: pytest.LogCaptureFixture
) -> None:
    """A megabyte of FLASH waits for it, more than the buffers hold. The other has it meanwhile."""
    for number in range(400):
        last = await notify(scene.northland, f"{number:03} {'a boat ' * 280}")
    await receipted(scene.northland, last, EASTMARK)
    assert len(circuit(scene.northland).journal.state.lacking[SOUTHMARK]) == 401
    await logged(caplog, "southmark has been silent too long: dialling anew")


async def test_one_who_lies_is_still_told(scene: Scene) -> None:
    """A liar is owed the truth like anybody."""
    await scene.pipe.send(b"garbage")
    leaf, told = await notify(scene.northland, "to all"), set[bytes]()
    while leaf not in told:
        told |= set(map(leaf_hash, (await receive(scene.pipe, Carried)).advance.leaves))
