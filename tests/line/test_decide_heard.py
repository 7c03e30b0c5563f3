from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detente.errors import Forged, Malformed, Unreachable
from detente.line.accord import Channel
from detente.line.decide import Arrived, Release, unheard, vital
from detente.line.entry import Grown, Own
from detente.line.evolve import evolve, fold
from detente.tlog.advance import Beyond
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.mirror import Mirror
from tests.line.written import TERMS, advance, heard, leaf, mirror, own, said, start, step, why
from tests.stations import FLASH, NOON, NORTHLAND, SOUTHMARK, TRIO, Line, rekey_body

N, S = NORTHLAND, SOUTHMARK


OPEN, TEST = leaf(S, "open", 0), leaf(S, "test", 0, epoch=1)


def test_a_ledger_that_grew_is_recorded_and_then_its_words() -> None:
    shown = advance(S, TERMS, OPEN, TEST)
    entries = step(start(), Arrived(shown))
    assert entries == (
        Grown(msgspec.structs.replace(shown, leaves=()), NOON), Own(OPEN, NOON), Own(TEST, NOON),
    )  # fmt: skip
    state = fold(start(), entries)
    assert step(state, Arrived(shown)) == ()
    assert (state.mirror(S).size, len(state.outstanding)) == (3, 0)


def test_only_the_mirror_grows_while_our_signer_is_away() -> None:
    state = heard(start(), advance(S, TERMS, OPEN), ready=False)
    assert (state.mirror(S).size, said(state), list(state.outstanding)) == (
        2,
        [],
        [leaf_hash(OPEN)],
    )
    assert said(heard(state, advance(S, TERMS, OPEN))) == [leaf_hash(OPEN)]


def test_words_are_heard_in_the_order_of_their_numbers() -> None:
    tests = [leaf(S, "test", serial) for serial in range(3)]
    state = heard(start(), advance(S, TERMS, *tests, shows=[tests[2], tests[0], tests[1]]))
    assert said(state) == [leaf_hash(each) for each in tests]


def test_a_number_beyond_the_next_waits_for_what_is_outstanding() -> None:
    tests = [leaf(S, "test", serial) for serial in range(3)]
    state = heard(start(), advance(S, TERMS, *tests, shows=[tests[2], tests[0]]))
    assert said(state) == [leaf_hash(tests[0])]
    state = heard(state, advance(S, TERMS, *tests))
    assert said(state) == [leaf_hash(each) for each in tests]


def test_a_number_that_was_never_used_is_a_skip() -> None:
    later = leaf(S, "test", 5)
    state = heard(start(), advance(S, TERMS, later))
    assert said(state) == [leaf_hash(later)]
    assert why(state, later) == "irregular: an earlier number is missing"


def test_a_repeated_number_is_heard() -> None:
    one, other = leaf(S, "test", 0), leaf(S, "test", 0, salt=1)
    state = heard(start(), advance(S, TERMS, one), advance(S, TERMS, one, other))
    assert len(said(state)) == 2
    assert why(state, one) == "contradicted: another message has the same number"


def test_what_is_no_word_of_this_author_on_this_line_is_not_heard() -> None:
    elsewhere = leaf(S, "test", 0, line=Hash(bytes(32)))
    theirs = leaf("westmere", "test", 0)
    ours = leaf(N, "test", 0)
    unsigned = leaf(S, "test", 0)
    shown = advance(S, TERMS, elsewhere, theirs, ours, b"rubbish")
    shown = msgspec.structs.replace(shown, leaves=(*shown.leaves, unsigned))
    state = heard(start(), shown)
    assert said(state) == []
    assert len(state.outstanding) == 4


def test_a_relayed_ledger_is_as_good() -> None:
    third = start(names=TRIO)
    terms = third.terms
    word = leaf("westmere", "open", 0, accord=third.line, line=third.line)
    state = heard(third, advance("westmere", terms, word))
    assert said(state) == [leaf_hash(word)]


def test_two_ledgers_of_one_party_stand_beside_each_other() -> None:
    one, other = leaf(S, "test", 0), leaf(S, "test", 0, salt=1)
    state = heard(
        start(), advance(S, TERMS, one), advance(S, TERMS, other), advance(S, TERMS, other, OPEN)
    )
    assert [branch.mirror.size for branch in state.branches[S]] == [2, 3]
    assert state.mirror(S) == mirror(TERMS, one)
    assert said(state) == [leaf_hash(each) for each in (one, other, OPEN)]
    short = heard(state, advance(S, TERMS, one, OPEN), advance(S, TERMS, other))
    assert [branch.mirror.size for branch in short.branches[S]] == [3, 3]
    assert state.vouches(S, leaf_hash(OPEN))


def test_a_skip_is_seen_on_any_branch() -> None:
    held, late = leaf(S, "test", 0), leaf(S, "test", 1)
    state = heard(start(), advance(S, TERMS, held, late, shows=()))
    state = heard(state, advance(S, TERMS, held, late, shows=[late]))
    assert said(state) == []  # what precedes it is outstanding
    state = heard(state, advance(S, TERMS, late))
    assert said(state) == [leaf_hash(late)]


def test_a_skip_waits_for_no_leaf_of_another_ledger() -> None:
    state = start(names=TRIO)
    hidden = leaf("westmere", "test", 0, line=state.line)
    later = leaf(S, "test", 3, line=state.line)
    state = heard(
        state,
        advance("westmere", state.terms, hidden, shows=()),
        advance(S, state.terms, later),
    )
    assert said(state) == [leaf_hash(later)]


def test_a_shorter_ledger_that_another_process_wrote_down_changes_nothing() -> None:
    state = heard(start(), advance(S, TERMS, OPEN))
    again = evolve(state, Grown(advance(S, TERMS, shows=()), NOON))
    assert (again.length, again.branches[S]) == (state.length + 1, state.branches[S])


@pytest.mark.parametrize(
    "changes, error",
    [
        ({"note": "rubbish"}, Malformed),
        ({"note": advance(S, TERMS, TEST).note}, Forged),
        ({"note": advance(S, TERMS, OPEN, generation=1).note}, Forged),
        ({"hashes": b"x"}, Malformed),
        ({"hashes": bytes(64)}, Forged),
        ({"start": -1}, Malformed),
        ({"start": 2, "hashes": b""}, Beyond),
    ],
)
def test_what_does_not_hold_is_not_recorded(
    changes: dict[str, Any], error: type[Exception]
) -> None:
    shown = msgspec.structs.replace(advance(S, TERMS, OPEN), **changes)
    with pytest.raises(error):
        step(start(), Arrived(shown))


def test_a_ledger_of_another_accord_or_of_no_party_is_none() -> None:
    with pytest.raises(Forged, match="a ledger of another accord"):
        step(start(), Arrived(advance(S, OPEN)))
    with pytest.raises(Forged, match="a ledger of another accord"):
        step(start(), Arrived(advance(S)))
    with pytest.raises(Forged, match="no party of this line"):
        step(start(), Arrived(advance("westmere", TERMS)))


def test_a_note_is_kept_without_the_lines_of_others() -> None:
    shown = advance(S, TERMS, OPEN)
    more = shown.note + "— witness.example AAAAAAAA\n"
    (grown, _) = step(start(), Arrived(msgspec.structs.replace(shown, note=more)))
    assert isinstance(grown, Grown)
    assert grown.advance.note == shown.note


# -- keys ------------------------------------------------------------------------------------------

FIRST, SECOND = (leaf(S, "rekey", n, rekey_body(S, n + 1)) for n in range(2))


def test_the_first_checkpoint_over_a_rekey_is_signed_by_the_new_keys() -> None:
    shown = advance(S, TERMS, FIRST, generation=1)
    state = heard(start(), shown)
    assert len(state.generations(S)) == 2
    with pytest.raises(Forged):
        step(start(), Arrived(advance(S, TERMS, FIRST)))
    with pytest.raises(Forged):
        step(state, Arrived(advance(S, TERMS, FIRST, TEST)))
    assert heard(state, advance(S, TERMS, FIRST, TEST, since=2, generation=1)).mirror(S).size == 3
    old = advance(S, TERMS)  # a courier that took its time
    assert step(state, Arrived(old)) == ()


def test_two_rekeys_come_one_after_the_other() -> None:
    """What a rekey promises is believed when its own keys have signed it, and not before: whoever
    has seen the keys that it reveals could write another to them, with a promise of his own.
    """
    with pytest.raises(Forged):
        step(start(), Arrived(advance(S, TERMS, FIRST, SECOND, generation=2)))
    state = heard(start(), advance(S, TERMS, FIRST, generation=1))
    state = heard(state, advance(S, TERMS, FIRST, SECOND, generation=2))
    assert len(state.generations(S)) == 3


def test_our_own_signer_gives_back_any_number_of_rekeys() -> None:
    ours = [leaf(N, "rekey", n, rekey_body(N, n + 1)) for n in range(2)]
    shown = advance(N, TERMS, *ours, generation=2)
    with pytest.raises(Forged):
        step(start(), Arrived(shown))
    recalled = step(start(), Arrived(shown, recalled=True))
    assert [entry.leaf for entry in recalled if isinstance(entry, Own)] == ours


def test_a_rekey_that_is_not_its_authors_own_reveals_nothing() -> None:
    other = leaf(N, "rekey", 0, rekey_body(S, 1))
    with pytest.raises(Forged):
        step(start(), Arrived(advance(S, TERMS, other, generation=1)))


def test_keys_whose_rekey_is_not_recorded_are_not_believed_yet() -> None:
    """Else the next checkpoint, without that rekey, could not be checked."""
    waiting = leaf(S, "test", 0, precedence=FLASH)
    rekey = leaf(S, "rekey", 1, rekey_body(S, 1))
    with pytest.raises(Unreachable, match="cannot be recorded yet"):
        step(start(), Arrived(advance(S, TERMS, waiting, rekey, generation=1, shows=[rekey])))
    with pytest.raises(Unreachable):
        step(start(), Arrived(advance(S, TERMS, rekey, generation=1)), ready=False)
    assert len(said(heard(start(), advance(S, TERMS, waiting, rekey, generation=1)))) == 2


# -- our own ledger, as others hold it -------------------------------------------------------------

MINE = [leaf(N, "open", 0), leaf(N, "test", 0), leaf(N, "test", 1)]


def test_our_own_ledger_tells_us_nothing_that_we_hold() -> None:
    state = own(start(), *MINE)
    assert step(state, Arrived(advance(N, TERMS, *MINE))) == ()
    assert step(state, Arrived(advance(N, TERMS))) == ()


def test_what_we_have_lost_comes_back_in_our_own_order() -> None:
    state = own(start(), MINE[0])
    state = heard(state, advance(N, TERMS, *MINE, shows=[MINE[2]]))
    assert state.recovering
    assert state.own.size == 2
    state = heard(state, advance(N, TERMS, *MINE, shows=[MINE[1]]))
    assert state.own.size == 3
    with pytest.raises(Unreachable):
        step(state, Release(Line().content(N, "test")))
    state = heard(state, advance(N, TERMS, *MINE))
    assert not state.recovering
    assert said(state) == [leaf_hash(each) for each in MINE]


def test_all_of_it_may_be_lost() -> None:
    line = Line(linked=False)
    empty = line[N].state
    empty = heard(msgspec.structs.replace(empty, own=Mirror(), length=0), advance(N, TERMS, *MINE))
    assert (empty.own.size, empty.recovering) == (4, False)


def test_bytes_serve_from_whosever_ledger_they_come() -> None:
    state = heard(own(start(), MINE[0]), advance(N, TERMS, *MINE, shows=()))
    state = heard(state, advance(S, TERMS, *MINE, shows=MINE))
    assert state.own.size == 4


def test_another_ledger_under_our_own_keys_is_kept_beside_ours() -> None:
    """Both records are shown, ours goes on, and nothing of the other comes into it."""
    state = own(start(), MINE[0])
    other = advance(N, TERMS, leaf(N, "test", 7))
    state = heard(state, other)
    assert state.contradicted == (N,)
    assert not state.recovering
    assert state.own.size == 2
    assert step(state, Arrived(other)) == ()
    assert heard(state, advance(S, TERMS, TEST)).contradicted == (N,)


def test_while_we_recover_no_word_of_others_is_heard() -> None:
    state = heard(own(start(), MINE[0]), advance(N, TERMS, *MINE, shows=()))
    state = heard(state, advance(S, TERMS, OPEN))
    assert (state.own.size, state.mirror(S).size) == (2, 2)


def test_the_accord_limits_nothing_that_is_heard() -> None:
    state = start(channels=(Channel(name="duty", title="D", speakers=(N,)),))
    word = leaf(S, "open", 0, accord=state.line, line=state.line)
    assert said(heard(state, advance(S, state.terms, word))) == [leaf_hash(word)]


def test_while_we_recover_a_rekey_of_others_waits_and_our_own_leaves_do_not() -> None:
    state = heard(own(start(), MINE[0]), advance(N, TERMS, *MINE, shows=()))
    rekey = leaf(S, "rekey", 0, rekey_body(S, 1))
    state = heard(state, advance(S, TERMS, *MINE, rekey, generation=1))
    assert (state.own.size, state.mirror(S).size) == (4, 0)


# -- for the log, and for the last part of the disk ------------------------------------------------


def test_why_leaves_were_not_recorded() -> None:
    waiting, claimed = leaf(S, "test", 1), leaf(N, "test", 0)
    elsewhere, unsigned = leaf(S, "test", 0, line=Hash(bytes(32))), leaf(S, "test", 9)
    withheld = leaf(S, "test", 0)
    shown = advance(
        S, TERMS, OPEN, withheld, waiting, claimed, elsewhere, b"rubbish",
        shows=[TERMS, OPEN, waiting, claimed, elsewhere, b"rubbish", unsigned],
    )  # fmt: skip
    state = heard(start(), shown)
    found = unheard(state, shown)
    assert [(type(error), error.what.split(":")[0]) for error in found] == [
        (Unreachable, "it waits for an earlier number or for our signer"),
        (Forged, "it claims to be by 'northland'"),
        (Forged, "it is of another line"),
        (Malformed, "no message"),
        (Forged, "its author never signed it"),
    ]
    assert leaf_hash(waiting).hex()[:16] in found[0].where


@pytest.mark.parametrize(
    "data, wanted",
    [
        (leaf(S, "test", 0), False),
        (leaf(S, "test", 0, precedence=FLASH), True),
        (leaf(S, "notify", 0), False),
        (leaf(S, "notify", 0, {"kind": "search_and_rescue", "text": "x"}), True),
        (b"rubbish", False),
    ],
)
def test_what_is_recorded_even_on_the_last_part_of_the_disk(data: bytes, *, wanted: bool) -> None:
    assert vital(start(), data) is wanted
