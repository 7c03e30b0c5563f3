from __future__ import annotations

import hashlib
from typing import Any

from detente.audit import Export, Trusted, audit
from detente.line.canonical import encode
from detente.line.rules import Mark
from detente.tlog.advance import Branch
from detente.tlog.checkpoint import read_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.note import Note, Signature, format_note, parse_note
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
    with_branch,
)
from tests.lines import (
    WITNESS,
    Line,
    cosign,
    make_leaf,
    sign,
)
from tests.stations import NORTHLAND, ROUTINE, SOUTHMARK, TRIO, rekey_body


def test_what_holds_has_no_findings() -> None:
    assert found(pair()) == []


# -- whose word it is ------------------------------------------------------------------------------


def test_without_anything_to_compare_with_the_keys_are_the_files_own_word() -> None:
    report = audit(pair())
    assert report.findings == ()
    assert "keys of northland and southmark is the word of whoever gave you this" in report.trust
    assert report.state.line.hex() in report.trust


def test_the_line_that_one_came_for_vouches_for_every_key() -> None:
    line = leaf_hash(encode(TERMS))
    assert audit(pair(), Trusted(line)).trust.startswith("You named this line")
    assert found(pair(), Trusted(line)) == []
    assert found(pair(), Trusted(Hash(bytes(32)))) == [("trust", "accord")]


def test_a_card_vouches_for_its_party() -> None:
    one, other = (card.fingerprint() for card in TERMS.parties)
    some = audit(pair(), Trusted(cards=frozenset((one,))))
    assert some.findings == ()
    assert some.trust.startswith(
        "You brought the card of northland. That these are the keys of south"
    )
    every = audit(pair(), Trusted(cards=frozenset((one, other))))
    assert every.trust == "You brought every party's card: these are their keys."
    assert found(pair(), Trusted(cards=frozenset((one, Hash(bytes(32)))))) == [("trust", "accord")]


# -- what was said ---------------------------------------------------------------------------------


def test_a_message_that_its_author_s_ledger_does_not_hold() -> None:
    report = audit(pair(BOTH, [OPEN]))
    assert [(each.code.value, each.where) for each in report.findings] == [("unvouched", "leaf 2")]
    assert against(report, NORTHLAND) == ["unvouched"]


def test_a_message_by_nobody_of_the_line() -> None:
    stray = make_leaf(TERMS, "westmere", "open")
    assert found(pair([stray], [stray])) == [("unvouched", "leaf 1")]


def test_a_number_that_is_missing() -> None:
    leaves = [OPEN, make_leaf(TERMS, NORTHLAND, "test", {"text": ""}, serial=2, epoch=1)]
    report = audit(pair(leaves, leaves))
    (finding,) = report.findings
    assert finding.what == "FLASH 2 of northland is here, FLASH 1 is not"
    assert against(report, NORTHLAND) == ["number"]
    assert [(each.place, each.mark) for each in report.irregular] == [(2, Mark.IRREGULAR)]


def test_a_reply_before_what_it_answers() -> None:
    query = make_leaf(TERMS, NORTHLAND, "query", {"text": "?"}, precedence=ROUTINE, epoch=1)
    about = {"precedence": ROUTINE, "epoch": 1, "reply": leaf_hash(query).hex()}
    answer = make_leaf(TERMS, SOUTHMARK, "answer", {"text": "!"}, **about)
    good = [*BOTH, query, answer]
    assert found(pair(good, good)) == []
    for theirs in ([*BOTH, answer, query], [*BOTH, answer]):
        report = audit(pair(good, theirs))
        assert against(report, SOUTHMARK) == ["reply"]
        assert len(report.findings) == 1
    # What answers nothing admits nothing by naming it.
    note = make_leaf(TERMS, SOUTHMARK, "service", {"text": "?"}, **about)
    assert found(pair([*BOTH, query, note], [*BOTH, note, query])) == []


def test_two_messages_with_one_number() -> None:
    again = make_leaf(TERMS, SOUTHMARK, "open", salt="11" * 16)
    leaves = [*BOTH, again]
    report = audit(pair(leaves, leaves))
    (finding,) = report.findings
    assert (finding.code.value, finding.whose) == ("equivocation", SOUTHMARK)
    what = "southmark signed two messages with the number FLASH 0"
    assert convicts(TERMS, finding.evidence) == what
    assert [each.mark for each in report.irregular] == [Mark.CONTRADICTED] * 2


def test_of_two_messages_with_one_number_its_author_must_have_signed_both() -> None:
    again = make_leaf(TERMS, SOUTHMARK, "open", salt="11" * 16)
    assert found(pair([*BOTH, again], BOTH)) == [("unvouched", "leaf 3")]


def test_two_ledgers() -> None:
    branches = [sign(TERMS, SOUTHMARK, BOTH), sign(TERMS, SOUTHMARK, [THEIRS])]
    report = audit(made(TERMS, BOTH, {SOUTHMARK: branches}))
    (finding,) = report.findings
    assert (finding.code.value, finding.whose) == ("equivocation", SOUTHMARK)
    assert convicts(TERMS, finding.evidence) == "southmark signed two leaves at index 1"


def test_the_keeper_signed_more_than_it_shows() -> None:
    own, more = (sign(TERMS, NORTHLAND, leaves) for leaves in (BOTH, [*BOTH, TEST]))
    report = audit(made(TERMS, BOTH, {NORTHLAND: [own, more], SOUTHMARK: [own_of(BOTH)]}))
    assert [(each.code.value, each.where) for each in report.findings] == [
        ("withheld", "note of northland, branch 2")
    ]
    assert [(each.party, each.place) for each in report.outstanding] == [(NORTHLAND, 3)]


def own_of(leaves: list[bytes]) -> Branch:
    return sign(TERMS, SOUTHMARK, leaves)


# -- statements ------------------------------------------------------------------------------------


def test_receipts_are_stated_and_accuse_nobody() -> None:
    line = Line(TRIO)
    line.opened()
    line.unlink(NORTHLAND, SOUTHMARK)
    line.unlink(SOUTHMARK, "westmere")
    line.say(NORTHLAND, "test", {"text": "anybody?"})
    report = audit(line.file(NORTHLAND))
    assert report.findings == ()
    assert [each.not_yet_by for each in report.unreceipted] == [(SOUTHMARK,)]
    (last,) = report.unreceipted
    assert (last.act, last.channel, last.heard_by) == ("test", "duty", ("westmere",))
    assert last.leaf == leaf_hash(line.leaves(NORTHLAND)[-1])
    assert last.mark is Mark.REGULAR
    assert not last.why


def test_a_leaf_without_bytes_is_outstanding_and_accuses_nobody() -> None:
    hidden = make_leaf(TERMS, SOUTHMARK, "test", {"text": ""}, serial=1, epoch=1)
    report = audit(pair(BOTH, [*BOTH, hidden]))
    assert report.findings == ()
    (each,) = report.outstanding
    assert (each.party, each.place, each.leaf) == (SOUTHMARK, 3, leaf_hash(hidden))


def test_a_whole_crisis_of_three_audits_clean_at_each_of_them() -> None:
    line = Line(TRIO)
    line.opened()
    query = line.say(NORTHLAND, "query", {"text": "Whose drone?"})
    line.say(SOUTHMARK, "answer", {"text": "Nobody's."}, reply=query)
    line.say(SOUTHMARK, "rekey", rekey_body(SOUTHMARK, 1))
    suspension = line.say("westmere", "suspend", {"reason": "the drone", "review": 0})
    for party in TRIO:
        line.say(party, "restore", {"lifts": [suspension.hex()]})
    assert not line.errors
    for party in TRIO:
        notes = [cosign(line.sealed(party).note)]
        report = audit(line.file(party, notes), Trusted(line[party].state.line))
        assert report.findings == ()
        assert not report.unreceipted
        assert not report.irregular
        assert len(report.messages) == 10
        assert {each.witness for each in report.cosignatures} == {WITNESS}


def test_another_way_to_verify_serves_where_signatures_are_not_real() -> None:
    """The simulator's signatures are cheap: the audit asks whatever it is given."""
    asked: list[str] = []

    def verify(note: str, origin: str, keys: Any) -> Any:
        asked.append(origin)
        return type("Signed", (), {"checkpoint": read_checkpoint(note), "note": note, "time_s": 1})

    spoilt = _respelt(pair())
    assert audit(spoilt, verify=verify).findings == ()
    assert len(asked) == 2


def _respelt(file: Export) -> Export:
    """Signatures of nothing at all in the place of the real ones."""
    for party in (0, 1):
        note = parse_note(file.ledgers[party].branches[0].note)
        lines = tuple(
            Signature(line.name, line.key_id, hashlib.sha256(line.blob).digest())
            for line in note.signatures
        )
        file = with_branch(file, party, note=format_note(Note(note.text, lines)))
    return file
