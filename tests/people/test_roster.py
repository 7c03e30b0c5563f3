"""Who is there, by the book alone."""

from __future__ import annotations

import pytest

from detente.errors import Refused
from detente.people.events import (
    AnyEvent,
    Dismissed,
    Drafted,
    Failed,
    Leaf,
    Offered,
    Qualified,
    Reviewed,
    SignedOff,
    SignedOn,
    TookOver,
    format_leaf,
)
from detente.people.roster import LOCKED_MS, WRONG_MAX, fold
from detente.tlog.hash import leaf_hash
from tests.people.made import DIGEST, admitted, after

MARK = "00" * 16
ALFA, BRAVO = admitted("alfa", "watch"), admitted("bravo", "watch")
ON = SignedOn(mark=MARK, officer="alfa", post="watch", seat="one")


def test_a_post_is_held_by_who_signed_on_first_until_he_leaves_it() -> None:
    roster = after(ALFA, BRAVO, ON, SignedOn(mark=MARK, officer="bravo", post="watch", seat="two"))
    assert roster.holder("watch") == "alfa"
    roster = after(SignedOff(officer="bravo", post="watch", reason="left"), roster=roster)
    assert roster.holder("watch") == "alfa"
    roster = after(SignedOff(officer="alfa", post="watch", reason="expired"), roster=roster)
    assert roster.holder("watch") == ""


def test_the_watch_is_handed_over_by_both() -> None:
    offer = Offered(items=("one question",), officer="alfa", post="watch", to="bravo")
    roster = after(ALFA, BRAVO, ON, offer)
    assert roster.holder("watch") == "alfa"
    held = roster.watches["watch"].offer
    assert held is not None
    assert held[0] == leaf_hash(format_leaf(Leaf(at=1_000, number=3, what=offer)))
    took = TookOver(offer=held[0].hex(), officer="bravo", post="watch")
    roster = after(took, roster=roster)
    assert (roster.holder("watch"), roster.watches["watch"].offer) == ("bravo", None)


def test_what_was_offered_stays_offered_but_to_nobody_who_is_gone() -> None:
    offer = Offered(items=(), officer="alfa", post="watch", to="bravo")
    left = SignedOff(officer="alfa", post="watch", reason="left")
    gone = Dismissed(officer="bravo", reason="left")
    roster = after(ALFA, BRAVO, ON, offer, left)
    assert (roster.holder("watch"), roster.offered("watch")) == ("", "bravo")
    assert after(gone, roster=roster).watches == after().watches
    assert after(ALFA, BRAVO, ON, offer, gone).offered("watch") == ""
    assert after(ALFA, BRAVO, ON, offer, gone).holder("watch") == "alfa"
    assert after(ALFA, BRAVO, ON, offer, gone, left).watches == after().watches
    other = SignedOn(mark=MARK, officer="charlie", post="watch", seat="one")
    assert after(other, roster=roster).holder("watch") == "charlie"
    assert after(other, roster=roster).offered("watch") == ""


def test_five_wrong_answers_lock_a_name_and_a_right_one_clears_it() -> None:
    wrong = Failed(officer="alfa", seat="one")
    roster = after(ALFA, *[wrong] * (WRONG_MAX - 1))
    assert (roster.officer("alfa").wrong, roster.officer("alfa").locked) == (4, 0)
    roster = after(wrong, roster=roster, at=5_000)
    assert roster.officer("alfa").locked == 5_000 + LOCKED_MS
    roster = after(ON, roster=roster)
    assert (roster.officer("alfa").wrong, roster.officer("alfa").locked) == (0, 0)
    assert after(Failed(officer="nobody", seat="one")).officers == after().officers


def test_a_draft_is_the_first_drafters_and_is_reviewed_by_others() -> None:
    def drafted(name: str) -> Drafted:
        return Drafted(
            act="notify", digest=DIGEST, form=1, line="x", officer=name, precedence="FLASH"
        )

    def seen(name: str, *, good: bool) -> Reviewed:
        return Reviewed(digest=DIGEST, good=good, line="x", officer=name, reason="unclear")

    roster = after(ALFA, drafted("alfa"), drafted("bravo"), seen("bravo", good=True))
    assert roster.drafts[DIGEST].drafter == "alfa"
    assert roster.drafts[DIGEST].approved == {"bravo"}
    roster = after(seen("charlie", good=False), roster=roster)
    assert roster.drafts[DIGEST].declined == {"charlie": "unclear"}
    assert DIGEST not in after(seen("charlie", good=True)).drafts


def test_who_is_dismissed_is_no_officer_and_holds_nothing() -> None:
    roster = after(ALFA, ON, Dismissed(officer="alfa", reason="left"))
    assert roster.holder("watch") == ""
    with pytest.raises(Refused, match="no officer 'alfa'"):
        roster.officer("alfa")


def test_a_qualification_is_renewed() -> None:
    assert after(ALFA, Qualified(officer="alfa", until=7)).officer("alfa").until == 7


@pytest.mark.parametrize(
    "needs, known",
    [
        (("*",), ["a/duty", "b/high"]),
        (("a/*",), ["a/duty"]),
        (("a/high", "b/high"), ["b/high"]),
        ((), []),
    ],
)
def test_need_to_know_is_by_channel(needs: tuple[str, ...], known: list[str]) -> None:
    officer = after(admitted("alfa", needs=needs)).officer("alfa")
    assert [c for c in ("a/duty", "b/high") if officer.may_read(*c.split("/"))] == known


def test_a_fold_is_its_leaves_in_their_order() -> None:
    events: list[AnyEvent] = [ALFA, BRAVO, ON]
    leaves = [Leaf(at=1, number=n, what=what) for n, what in enumerate(events)]
    assert fold(leaves).size == 3
    assert fold(leaves[2:], fold(leaves[:2])) == fold(leaves)
