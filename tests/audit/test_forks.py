from __future__ import annotations

import msgspec
import pytest

from detente.audit import Equivocation, convict, equivocations
from detente.errors import DetenteError, Forged, Malformed
from detente.line.canonical import encode
from detente.tlog.advance import Branch
from detente.tlog.hash import leaf_hash
from detente.tlog.proof import TlogProof, format_proof, parse_proof
from tests.audit.made import convicts
from tests.lines import Line, advance_of, make_leaf, sign, witness
from tests.stations import NORTHLAND, SOUTHMARK, accord, rekey_body

TERMS = accord(witnesses=(witness(),))
FIRST = make_leaf(TERMS, SOUTHMARK, "open")
SECOND = make_leaf(TERMS, SOUTHMARK, "open", salt="11" * 16)
TEST = make_leaf(TERMS, SOUTHMARK, "test", {"text": ""}, serial=1, epoch=1)


def view(line: Line) -> tuple[Equivocation, ...]:
    station = line[NORTHLAND]
    return equivocations(station.state, line.sealed(NORTHLAND), station.leaf)


def shown(*branches: Branch, leaves: tuple[bytes, ...] = (FIRST, SECOND, TEST)) -> Line:
    """A line whose northland was shown these branches of southmark's ledger, by whoever."""
    line = Line()
    line.unlink(NORTHLAND, SOUTHMARK)
    line.show(NORTHLAND, *(advance_of(branch, *leaves) for branch in branches))
    assert not line.errors
    return line


def proven(branch: Branch, place: int, extra: bytes) -> str:
    path = branch.mirror.inclusion(place, branch.mirror.size)
    return format_proof(TlogProof(place, path, branch.note, extra))


# -- finding ---------------------------------------------------------------------------------------


def test_an_honest_line_has_none() -> None:
    line = Line()
    line.opened()
    assert view(line) == ()


def test_two_ledgers_of_one_size() -> None:
    (case,) = view(shown(sign(TERMS, SOUTHMARK, [FIRST]), sign(TERMS, SOUTHMARK, [TEST])))
    assert (case.party, case.what) == (SOUTHMARK, "two ledgers of 2 leaves")
    assert convicts(TERMS, case) == "southmark signed two ledgers of 2 leaves"


def test_two_ledgers_of_different_sizes_part_at_a_leaf() -> None:
    """The leaf need not be known: its hash stands in the proof."""
    one, other = sign(TERMS, SOUTHMARK, [FIRST]), sign(TERMS, SOUTHMARK, [b"secret", TEST])
    (case,) = view(shown(one, other))
    assert case.what == "two ledgers from leaf 1 on"
    assert convicts(TERMS, case) == "southmark signed two leaves at index 1"
    assert parse_proof(case.evidence[1]).extra == leaf_hash(b"secret")


def test_two_messages_with_one_number_in_one_ledger() -> None:
    (case,) = view(shown(sign(TERMS, SOUTHMARK, [FIRST, SECOND])))
    assert case.what == "two messages FLASH 0"
    assert convicts(TERMS, case) == "southmark signed two messages with the number FLASH 0"


def test_two_messages_with_one_number_in_two_ledgers() -> None:
    line = shown(sign(TERMS, SOUTHMARK, [FIRST]), sign(TERMS, SOUTHMARK, [SECOND, TEST]))
    assert [case.what for case in view(line)] == [
        "two ledgers from leaf 1 on",
        "two messages FLASH 0",
    ]
    for case in view(line):
        convicts(TERMS, case)


def test_after_a_rekey_the_evidence_carries_it() -> None:
    rekey = make_leaf(TERMS, SOUTHMARK, "rekey", rekey_body(SOUTHMARK, 1))
    first = make_leaf(TERMS, SOUTHMARK, "open", serial=1)
    second = make_leaf(TERMS, SOUTHMARK, "open", serial=1, salt="11" * 16)
    branches = [sign(TERMS, SOUTHMARK, [rekey, leaf], generation=1) for leaf in (first, second)]
    line = shown(*branches, leaves=(rekey, first, second))
    cases = view(line)
    assert len(cases) == 2
    for case in cases:
        assert len(case.rekeys) == 1
        convicts(TERMS, case)
        with pytest.raises(Forged, match="signed by no keys that are proven"):
            convict(encode(TERMS), case.evidence)


def test_of_a_party_without_a_checkpoint_by_its_keys_in_between_there_is_no_proof() -> None:
    """The ledgers contradict each other all the same: it is shown, and a stranger must ask for
    more.
    """
    line = Line()
    for generation in (1, 2):
        line.say(SOUTHMARK, "rekey", rekey_body(SOUTHMARK, generation))
    line.unlink(NORTHLAND, SOUTHMARK)
    line.show(NORTHLAND, advance_of(sign(TERMS, SOUTHMARK, [FIRST]), FIRST))
    for case in view(line):
        assert len(case.rekeys) == 1
        with pytest.raises(Forged, match=r"signed by no keys|not promised"):
            convict(encode(TERMS), case.evidence, case.rekeys)


# -- convicting ------------------------------------------------------------------------------------


ONE = sign(TERMS, SOUTHMARK, [FIRST, TEST])
LONGER = sign(TERMS, SOUTHMARK, [FIRST, TEST, SECOND])
OTHER = sign(TERMS, SOUTHMARK, [TEST, FIRST])
HERS = sign(TERMS, NORTHLAND, [FIRST, SECOND])


@pytest.mark.parametrize(
    "evidence,because",
    [
        ((ONE.note, ONE.note), "do not contradict"),
        ((ONE.note, LONGER.note), "do not contradict"),
        ((ONE.note, HERS.note), "one is of (south|north).*, the other of"),
        ((ONE.note, proven(OTHER, 1, TEST)), "do not contradict"),
        ((proven(ONE, 1, FIRST), proven(LONGER, 1, FIRST)), "do not contradict"),
        ((proven(ONE, 1, FIRST), proven(ONE, 2, TEST)), "do not contradict"),
        ((proven(ONE, 1, leaf_hash(FIRST)), proven(ONE, 2, leaf_hash(TEST))), "do not contradict"),
        # Two messages with one number, but in the ledger of another party, which only heard them.
        ((proven(HERS, 1, FIRST), proven(HERS, 2, SECOND)), "do not contradict"),
        ((proven(ONE, 1, FIRST), proven(OTHER, 2, SECOND)), "does not lead to the root"),
        ((ONE.note, ONE.note.replace("\n3\n", "\n4\n")), "does not hold"),
    ],
)
def test_evidence_that_shows_nothing_is_forged(evidence: tuple[str, str], because: str) -> None:
    for texts in (evidence, evidence[::-1]):
        with pytest.raises(Forged, match=because):
            convict(encode(TERMS), texts)


def test_messages_of_two_lines_may_share_a_number() -> None:
    stray = make_leaf(TERMS, SOUTHMARK, "open", line="00" * 32)
    branch = sign(TERMS, SOUTHMARK, [FIRST, stray])
    with pytest.raises(Forged, match="do not contradict"):
        convict(encode(TERMS), (proven(branch, 1, FIRST), proven(branch, 2, stray)))


def test_under_another_accord_nothing_is_proven() -> None:
    (case,) = view(shown(sign(TERMS, SOUTHMARK, [FIRST]), sign(TERMS, SOUTHMARK, [TEST])))
    one, other = TERMS.parties
    elsewhere = msgspec.structs.replace(other, origin="elsewhere.example/" + "0" * 32)
    terms = encode(msgspec.structs.replace(TERMS, parties=(one, elsewhere)))
    with pytest.raises(Forged, match="no party of the accord keeps such a ledger"):
        convict(terms, case.evidence)


@pytest.mark.parametrize(
    "text",
    ["", "no note", "c2sp.org/tlog-proof@v1", proven(ONE, 1, b"no message"), proven(ONE, 1, b"")],
)
def test_evidence_that_cannot_be_read_is_malformed(text: str) -> None:
    with pytest.raises(DetenteError) as caught:
        convict(encode(TERMS), (text, text))
    assert isinstance(caught.value, Malformed)
