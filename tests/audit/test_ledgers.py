from __future__ import annotations

from collections.abc import Callable

import pytest

from detente.audit import Export, audit
from detente.line.accord import Accord
from detente.line.canonical import encode
from detente.tlog.checkpoint import read_checkpoint
from detente.tlog.cosignature import cosign_mldsa44
from detente.tlog.hash import leaf_hash
from detente.tlog.note import Note, Signature, format_note, parse_note
from detente.tlog.text import encode_base64
from tests.audit.made import (
    BOTH,
    OPEN,
    TERMS,
    TEST,
    THEIRS,
    against,
    convicts,
    found,
    made,
    pair,
    replace,
    with_branch,
)
from tests.lines import (
    NOON_S,
    WITNESS,
    cosign,
    make_leaf,
    sign,
    sign_hashes,
    with_lines,
)
from tests.stations import NORTHLAND, SOUTHMARK, private, rekey_body

# -- leaves and hashes -----------------------------------------------------------------------------


def test_another_accord_is_not_the_one_that_the_ledgers_begin_with() -> None:
    other = encode(replace(TERMS, languages=("en", "fr"))).decode()
    codes = found(replace(pair(), accord=other))
    assert codes[:2] == [("accord", "accord"), ("accord", "hashes of southmark")]
    assert ("leaf", "leaf 1") in codes  # said on another line


def test_an_empty_ledger_has_no_accord() -> None:
    file = made(TERMS, BOTH, {SOUTHMARK: [sign_hashes(TERMS, SOUTHMARK, ())]})
    assert found(file)[0] == ("accord", "hashes of southmark")


def test_words_that_were_changed() -> None:
    words = make_leaf(TERMS, NORTHLAND, "open", time=1).decode()
    file = replace(pair(), messages=(words, THEIRS.decode()))
    assert found(file) == [("leaf", "leaf 1"), ("unvouched", "leaf 1")]
    file = replace(pair(), messages=("no message", THEIRS.decode()))
    assert found(file) == [("leaf", "leaf 1"), ("leaf", "leaf 1")]


def test_words_of_another_line() -> None:
    stray = make_leaf(TERMS, NORTHLAND, "open", line="00" * 32)
    assert found(pair([stray], [stray])) == [("leaf", "leaf 1")]


def test_the_same_words_twice() -> None:
    report = audit(pair([OPEN, THEIRS, OPEN]))
    assert [(each.code.value, each.where) for each in report.findings] == [
        ("repeated", "hashes of northland"),
        ("repeated", "leaf 3"),
    ]
    assert against(report, NORTHLAND) == ["repeated", "repeated"]


def test_messages_left_out() -> None:
    assert found(replace(pair(), messages=())) == [("withheld", "messages")]
    assert ("withheld", "messages") in found(replace(pair(), messages=(OPEN.decode(),) * 3))


@pytest.mark.parametrize("hashes", ["no base64", "AAAA"])
def test_hashes_that_are_none(hashes: str) -> None:
    assert found(with_branch(pair(), 1, hashes=hashes)) == [
        ("hashes", "hashes of southmark"),
        ("unvouched", "leaf 2"),
    ]


def test_hashes_that_lead_elsewhere_are_at_fault_and_not_the_note() -> None:
    hashes = encode_base64(b"".join(map(leaf_hash, (encode(TERMS), TEST, THEIRS))))
    assert found(with_branch(pair(), 1, hashes=hashes)) == [("hashes", "hashes of southmark")]


def test_damage_to_our_own_hashes_accuses_nobody_of_more() -> None:
    codes = found(with_branch(pair(), 0, hashes="AAAA"))
    assert ("hashes", "hashes of northland") in codes


# -- notes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spoil",
    [
        lambda note: "",
        lambda note: note.replace("\n3\n", "\n4\n"),
        lambda note: sign(TERMS, NORTHLAND, BOTH).note,
        lambda note: sign(TERMS, SOUTHMARK, BOTH, generation=1).note,
        lambda note: format_note(Note(parse_note(note).text, parse_note(note).signatures[:1])),
    ],
    ids=["nothing", "another size", "another party", "other keys", "one signature"],
)
def test_a_note_that_the_party_did_not_sign(spoil: Callable[[str], str]) -> None:
    file = pair()
    note = spoil(file.ledgers[1].branches[0].note)
    assert found(with_branch(file, 1, note=note)) == [("note", "note of southmark")]


def test_nothing_is_proven_of_the_keeper_without_its_note() -> None:
    report = audit(with_branch(pair(), 0, note=""))
    assert [each.where for each in report.findings] == ["note of northland"]


def test_a_line_by_an_unknown_key_is_found_in_every_note() -> None:
    line = Signature("stranger.example", b"1234", b"signature")
    note = with_lines(pair().ledgers[1].branches[0].note, line)
    where = "line of stranger.example"
    assert found(with_branch(pair(), 1, note=note)) == [
        ("unknown key", f"note of southmark, {where}")
    ]
    assert found(pair(checkpoints=[note])) == [("unknown key", f"checkpoint 1, {where}")]


def test_a_line_under_a_witness_s_name_by_another_key_is_unknown() -> None:
    note = sign(TERMS, SOUTHMARK, BOTH).note
    line = cosign_mldsa44(private("impostor"), WITNESS, read_checkpoint(note), NOON_S)
    assert [code for code, _ in found(pair(checkpoints=[with_lines(note, line)]))] == [
        "unknown key"
    ]


# -- witnesses -------------------------------------------------------------------------------------


def test_a_witness_saw_a_checkpoint_and_both_its_lines_say_one_thing() -> None:
    note = cosign(sign(TERMS, SOUTHMARK, [OPEN]).note)
    report = audit(pair(checkpoints=[note]))
    assert report.findings == ()
    (each,) = report.cosignatures
    assert (each.party, each.size, each.witness, each.time_s) == (
        SOUTHMARK,
        2,
        WITNESS,
        NOON_S + 60,
    )


def test_a_cosignature_that_does_not_hold() -> None:
    seen = parse_note(cosign(sign(TERMS, SOUTHMARK, [THEIRS]).note)).signatures[2:]
    note = with_lines(sign(TERMS, SOUTHMARK, BOTH).note, *seen)
    report = audit(pair(checkpoints=[note]))
    where = f"checkpoint 1, line of {WITNESS}"
    assert [(each.code.value, each.where) for each in report.findings] == [
        ("cosignature", where)
    ] * 2
    assert report.cosignatures == ()


# -- checkpoints -----------------------------------------------------------------------------------


def test_a_checkpoint_that_is_none_or_of_nobody() -> None:
    note = sign(TERMS, SOUTHMARK, BOTH).note
    stray = sign(_strangers(), SOUTHMARK, BOTH).note
    codes = found(pair(checkpoints=["", note.replace("southmark.", "southmarl."), stray]))
    assert codes == [("note", f"checkpoint {number}") for number in (1, 2, 3)]


def _strangers() -> Accord:
    one, other = TERMS.parties
    return replace(TERMS, parties=(one, replace(other, origin="elsewhere.example/" + "0" * 32)))


def test_an_earlier_checkpoint_of_the_ledger_shown_adds_nothing_to_find() -> None:
    note = sign(TERMS, SOUTHMARK, [OPEN], time_s=NOON_S - 1).note
    report = audit(pair(checkpoints=[note]))
    assert report.findings == ()
    assert [each.size for each in report.signatures if each.party == SOUTHMARK] == [3, 2]


def test_a_checkpoint_over_more_than_is_shown() -> None:
    report = audit(pair(checkpoints=[sign(TERMS, SOUTHMARK, [*BOTH, TEST]).note]))
    assert [(each.code.value, each.where) for each in report.findings] == [
        ("withheld", "checkpoint 1")
    ]
    assert against(report, SOUTHMARK) == ["withheld"]


def test_a_checkpoint_of_a_ledger_that_is_not_shown_at_all() -> None:
    file = made(TERMS, [OPEN], {}, [sign(TERMS, SOUTHMARK, BOTH).note])
    assert found(file) == [("withheld", "checkpoint 1")]


def test_a_checkpoint_of_another_ledger_of_the_same_size_convicts() -> None:
    report = audit(pair(checkpoints=[sign(TERMS, SOUTHMARK, [OPEN, TEST]).note]))
    (finding,) = report.findings
    assert (finding.code.value, finding.whose) == ("equivocation", SOUTHMARK)
    assert convicts(TERMS, finding.evidence) == "southmark signed two ledgers of 3 leaves"


def test_a_checkpoint_of_another_ledger_of_an_earlier_size_is_found_without_evidence() -> None:
    report = audit(pair(checkpoints=[sign(TERMS, SOUTHMARK, [TEST]).note]))
    (finding,) = report.findings
    assert (finding.code.value, finding.whose) == ("equivocation", SOUTHMARK)
    assert finding.evidence is None


def test_damage_to_a_ledger_does_not_accuse_its_party_of_another() -> None:
    file = with_branch(pair(checkpoints=[sign(TERMS, SOUTHMARK, [OPEN]).note]), 1, hashes="")
    assert against(audit(file), SOUTHMARK) == []


def test_signed_times_do_not_go_back() -> None:
    note = sign(TERMS, SOUTHMARK, [OPEN], time_s=NOON_S + 1).note
    assert found(pair(checkpoints=[note])) == [("time", "checkpoints of southmark")]


# -- keys ------------------------------------------------------------------------------------------


def _rekeys(generations: int) -> list[bytes]:
    return [
        make_leaf(TERMS, SOUTHMARK, "rekey", rekey_body(SOUTHMARK, number + 1), serial=number)
        for number in range(generations)
    ]


def _rekeyed(generations: int, signed_by: int, checkpoints: tuple[str, ...] = ()) -> Export:
    leaves = _rekeys(generations)
    theirs = sign(TERMS, SOUTHMARK, leaves, generation=signed_by)
    return made(TERMS, leaves, {SOUTHMARK: [theirs]}, checkpoints)


def test_keys_are_followed() -> None:
    assert found(_rekeyed(1, 1)) == []


def test_the_first_checkpoint_over_a_rekey_is_by_the_new_keys() -> None:
    assert found(_rekeyed(1, 0)) == [("note", "note of southmark")]
    assert found(_rekeyed(2, 1)) == [
        ("note", "note of southmark"),
    ]


def test_old_keys_sign_what_was_before_the_rekey() -> None:
    old = sign(TERMS, SOUTHMARK, [], generation=0).note
    assert found(_rekeyed(1, 1, (old,))) == []
    late = sign(TERMS, SOUTHMARK, _rekeys(1), generation=0).note
    assert found(_rekeyed(1, 1, (late,))) == [("note", "checkpoint 1")]


def test_keys_that_signed_nothing_here_promise_nothing() -> None:
    """Whoever knows the second keys can write a rekey to them that promises keys of his own."""
    assert found(_rekeyed(2, 2)) == [("keys", "hashes of southmark")]
    between = sign(TERMS, SOUTHMARK, _rekeys(1), generation=1).note
    assert found(_rekeyed(2, 2, (between,))) == []


def test_a_rekey_that_its_ledger_does_not_hold_is_not_in_force() -> None:
    file = made(TERMS, _rekeys(1), {SOUTHMARK: [sign(TERMS, SOUTHMARK, [])]})
    assert found(file) == [("unvouched", "leaf 1")]
