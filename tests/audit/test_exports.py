from __future__ import annotations

import msgspec
import pytest

from detente.audit import audit, export, parse_export
from detente.audit.exports import Export
from detente.errors import Malformed, Refused
from detente.line.canonical import encode
from detente.line.views import shared
from detente.tlog.advance import Branch
from detente.tlog.mirror import Mirror
from tests import flip
from tests.lines import Line, cosign
from tests.stations import NOON, NORTHLAND, PAIR


@pytest.fixture(scope="module")
def data() -> bytes:
    return flip.make_export()


@pytest.mark.parametrize("party", PAIR)
def test_an_honest_export_has_no_findings_and_folds_to_the_same_state(party: str) -> None:
    line = Line()
    line.opened()
    line.say(party, "query", {"text": "Whose?"})
    report = audit(line.file(party))
    assert report.findings == ()
    assert shared(report.state) == shared(line[party].state)


def test_an_export_of_what_was_read_from_an_export_is_the_same_file(data: bytes) -> None:
    file = parse_export(data)
    report = audit(file)
    leaves = dict(zip(_hashes(report.state.own), [file.terms, *_messages(file)], strict=True))
    sealed = Branch(report.state.own, file.ledgers[0].branches[0].note)
    assert export(report.state, sealed, leaves.__getitem__, file.checkpoints) == data


def _hashes(mirror: Mirror) -> list[bytes]:
    return [mirror.leaf(index) for index in range(mirror.size)]


def _messages(file: Export) -> list[bytes]:
    return [text.encode() for text in file.messages]


def test_private_times_are_not_in_it() -> None:
    line = Line()
    line.opened()
    line.now = NOON + 123_456_789  # southmark's own clock, when it hears
    line.say(NORTHLAND, "test")
    message = parse_export(line.export("southmark")).messages[-1]
    assert str(line.now) in message  # the author's time, which is in the message
    assert line.export("southmark").count(str(line.now).encode()) == 1
    assert b"recorded_at" not in line.export("southmark")


def test_what_is_not_sealed_is_not_shown() -> None:
    line = Line()
    line.opened()
    before = line.file(NORTHLAND)
    line.stations[NORTHLAND].signer_away = True
    line.release(NORTHLAND, "test")
    assert line.file(NORTHLAND).messages == before.messages
    assert len(line[NORTHLAND].state.messages) == len(before.messages) + 1


def test_nothing_sealed_is_refused() -> None:
    line = Line()
    station = line[NORTHLAND]
    with pytest.raises(Refused, match="nothing of our ledger is signed"):
        export(station.state, Branch(Mirror(), ""), station.leaf, ())


def test_a_line_too_long_for_one_file_is_refused() -> None:
    line = Line()
    station = line[NORTHLAND]
    with pytest.raises(Refused, match="too long for one file"):
        export(station.state, line.sealed(NORTHLAND), station.leaf, (), limit=1_000)


def test_a_long_line_has_more_brackets_than_any_message() -> None:
    line = Line()
    file = line.file(NORTHLAND)
    many = msgspec.structs.replace(file, messages=("[{" * 30_000, "]}" * 30_000))
    assert parse_export(encode(many)) == many


@pytest.mark.parametrize(
    "change",
    [
        {"by": "westmere"},
        {"ledgers": ()},
        {"accord": "{}"},
    ],
    ids=str,
)
def test_parts_that_do_not_fit_are_malformed(data: bytes, change: dict[str, object]) -> None:
    file = msgspec.structs.replace(parse_export(data), **change)
    with pytest.raises(Malformed) as caught:
        parse_export(encode(file))
    assert "export." in caught.value.where


def test_a_keeper_shows_its_own_ledger(data: bytes) -> None:
    file = parse_export(data)
    mine = msgspec.structs.replace(file.ledgers[0], branches=())
    file = msgspec.structs.replace(file, ledgers=(mine, file.ledgers[1]))
    with pytest.raises(Malformed, match="no ledger of its own"):
        parse_export(encode(file))


@pytest.mark.parametrize(
    "damaged,where",
    [
        (b"", "export"),
        (b"x", "export"),
        (b"[]", "export"),
        (b",\xff", "export"),
        (b"[\xff", "export[0]"),
        (b'{"accord":"\xff', "export.accord"),
        (b'{"accord":["a","b\\"],', "export.accord"),
        (b'{"notes":["a","b\\"],', "export.notes[1]"),
        (b'{"notes":{"a":1,"b":{"c":2},"d":x', "export.notes.d"),
        (b'{"accord":"x"},', "export.accord"),
        (b'{"messages":["a","b]",\\"c","d"]}', "export.messages[1]"),
        (b'{"messages":["a","b]"]},\\"c","d"]}', "export.messages[1]"),
        (b'{"accord":"x","by":"northland', "export.by"),
        (b'{"accord":"x","by":"\\', "export.by"),
        (b"[" * 100_000, "export[0][0][0][0][0][0][0][0]"),
        (b'{"format":"detente-export@v2"}', "export.format"),
        (b'{"format":"detente-export@v1","by":1}', "export.by"),
        (b'{"by":"northland", "format":"detente-export@v1"}', "export"),
    ],
)
def test_damage_is_named_by_its_place(damaged: bytes, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        parse_export(damaged)
    assert caught.value.where == where


def test_a_flip_in_any_part_is_found_and_the_part_is_named(data: bytes) -> None:
    """A sample of what `./dev test flip` does with every byte."""
    where = flip.parts(data)
    assert flip.named(data) == []
    middles = [(part.start + part.end) // 2 for part in where]
    edges = [at for part in where for at in (part.start, part.start + 1, part.end - 1, part.end)]
    sample = sorted({*middles, *edges, *range(0, len(data), 401)} - {len(data)})
    problems = [flip.check(data, where, (at, bits)) for at in sample for bits in (1, 0x80)]
    assert not any(problems), [each for each in problems if each]


def test_a_flip_that_nobody_minds_would_be_reported(data: bytes) -> None:
    where = [flip.Part(0, len(data), ("no such part",))]
    assert "byte 5 xor 0x01" in flip.check(data, where, (5, 1))


def test_a_cosigned_checkpoint_is_carried_as_it_is() -> None:
    line = Line()
    note = cosign(line.sealed(NORTHLAND).note)
    assert line.file(NORTHLAND, [note]).checkpoints == (note,)
