"""What belongs together: proposals and their conclusion, incidents with each side's account, zones.

A thread has no writer: every fact in it is its author's alone, and nobody's message takes another's
back. So all of this is a function of the set of messages. Leaf hashes are in ascending order.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from typing import Any, Final

from detente.errors import Refused
from detente.line.act import Conclude
from detente.line.message import Precedence
from detente.line.rules import ENDS_A_QUESTION, Mark, Thread
from detente.line.state import Said, State
from detente.tlog.hash import Hash

UNDECIDED: Final = frozenset(("accept", "reject", "counter", "conclude", "cancel"))


@dataclasses.dataclass(frozen=True, slots=True)
class Question:
    """A query or a concern, and what was said to it."""

    query: Hash
    answers: tuple[Hash, ...]
    standbys: tuple[Hash, ...]
    cancelled: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """What was proposed, and what became of it. It is agreed when its proposer has concluded."""

    proposal: Hash
    accepted: tuple[Hash, ...]
    rejected: tuple[Hash, ...]
    countered: tuple[Hash, ...]
    concluded: tuple[Hash, ...]
    cancelled: bool

    @property
    def agreed(self) -> bool:
        return bool(self.concluded)


@dataclasses.dataclass(frozen=True, slots=True)
class Incident:
    """An incident: each side's own accounts, none in place of another, and who has closed it."""

    opening: Hash
    accounts: tuple[Hash, ...]  # and their revisions
    closings: tuple[Hash, ...]
    parties: frozenset[str]  # who opened it or gave an account
    closed_by: frozenset[str]
    cancelled: bool = False

    @property
    def withdrawn(self) -> bool:
        """By whoever opened it, before another party gave an account of its own."""
        return self.cancelled and len(self.parties) == 1

    @property
    def closed(self) -> bool:
        """By every party in it, which are two at the least."""
        return len(self.parties) > 1 and self.parties <= self.closed_by


@dataclasses.dataclass(frozen=True, slots=True)
class Zone:
    """A zone is its declarer's word; the others acknowledge it or dispute it, each for itself."""

    declared: Hash
    acknowledged_by: frozenset[str]
    disputed_by: frozenset[str]
    lifted: bool


def questions(state: State) -> tuple[Question, ...]:
    """Every question that was regularly asked."""
    return tuple(
        Question(
            leaf,
            _to(state, leaf, ENDS_A_QUESTION),
            _to(state, leaf, ("standby",)),
            cancelled=bool(_to(state, leaf, ("cancel",))),
        )
        for leaf in _threads(state, Thread.QUESTION)
    )


def answer_due(state: State, question: Hash) -> int:
    """By when an answer is due, ms UTC by our own clock: it runs from when we wrote it down."""
    said = state.messages[question]
    accord = state.accords.get(said.accord, state.accord)
    channel = accord.channel(said.channel)
    of_form = said.form.answer_s if said.form else 0
    urgent = said.precedence in (Precedence.IMMEDIATE, Precedence.FLASH)
    of_channel = (channel.urgent_s or 0) if channel and urgent else 0
    of_channel = of_channel or (channel.answer_s if channel else 0) or 0
    return said.recorded_at + (of_form or of_channel or accord.clocks.answer_s) * 1_000


def acknowledge_due(state: State, leaf: Hash) -> int:
    """By when a person is to acknowledge a message, ms UTC by our own clock: its precedence says
    how soon, by the accord's clocks. A call-up waits no longer than its contact, or than a FLASH.
    """
    said = state.messages[leaf]
    accord = state.accords.get(said.accord, state.accord)
    clocks = accord.clocks.acknowledge_s
    soon = clocks.of(said.precedence)
    if said.act == "callup":
        contact = accord.contact(said.contact) if said.contact else None
        soon = min(soon, contact.within_s if contact else clocks.flash)
    return said.recorded_at + soon * 1_000


def proposals(state: State) -> tuple[Proposal, ...]:
    return tuple(proposal(state, leaf) for leaf in _threads(state, Thread.PROPOSAL))


def proposal(state: State, leaf: Hash) -> Proposal:
    return Proposal(
        leaf,
        accepted=_to(state, leaf, ("accept",)),
        rejected=_to(state, leaf, ("reject",)),
        countered=_to(state, leaf, ("counter",)),
        concluded=_to(state, leaf, ("conclude",)),
        cancelled=bool(_to(state, leaf, ("cancel",))),
    )


def incidents(state: State) -> tuple[Incident, ...]:
    return tuple(_incident(state, leaf) for leaf in _threads(state, Thread.INCIDENT))


def _incident(state: State, opening: Hash) -> Incident:
    given = _formed(state, opening, "incident_account")
    closings = _formed(state, opening, "incident_closed")
    accounts = {*given, *(leaf for each in given for leaf in _to(state, each, ("revise",)))}
    authors = frozenset(state.messages[leaf].author for leaf in (opening, *given))
    return Incident(
        opening,
        tuple(sorted(accounts)),
        closings,
        parties=authors,
        closed_by=frozenset(state.messages[leaf].author for leaf in closings),
        cancelled=bool(_to(state, opening, ("cancel",))),
    )


def zones(state: State) -> tuple[Zone, ...]:
    def authors(leaf: Hash, form: str) -> frozenset[str]:
        return frozenset(state.messages[each].author for each in _formed(state, leaf, form))

    return tuple(
        Zone(
            leaf,
            acknowledged_by=authors(leaf, "zone_acknowledged"),
            disputed_by=authors(leaf, "zone_disputed"),
            lifted=bool(_formed(state, leaf, "zone_lifted") or _to(state, leaf, ("cancel",))),
        )
        for leaf in _threads(state, Thread.ZONE)
    )


def latest(state: State, leaf: Hash) -> Hash:
    """The newest regular revision of a message, by its place in its author's ledger; or itself."""
    found = _to(state, leaf, ("revise",))
    author = state.messages[leaf].author
    return max(found, key=lambda each: (state.place(author, each), each), default=leaf)


def _threads(state: State, thread: Thread) -> Iterable[Hash]:
    leaves = sorted(state.begun.get(thread, ()))
    return (leaf for leaf in leaves if state.mark(leaf) is Mark.REGULAR)


def _to(state: State, leaf: Hash, acts: Iterable[str]) -> tuple[Hash, ...]:
    """What was regularly said to a message by these acts."""
    return tuple(
        reply
        for reply in state.replies.get(leaf, ())
        if state.messages[reply].act in acts and state.mark(reply) is Mark.REGULAR
    )


def _formed(state: State, leaf: Hash, form: str) -> tuple[Hash, ...]:
    """What was regularly said to a message in this form."""

    def is_form(reply: Hash) -> bool:
        said = state.messages[reply]
        return said.form is not None and said.form.name == form

    return tuple(filter(is_form, _to(state, leaf, ("notify",))))


# -- what our own officer may still do -------------------------------------------------------------


def check_undecided(state: State, act: str, leaf: Hash) -> None:
    """Raise `Refused` for deciding anew what is decided: agreed, withdrawn, or judged by us."""
    if leaf not in state.begun.get(Thread.PROPOSAL, ()):
        return
    found, number = proposal(state, leaf), _name(state.messages[leaf])
    mine = [each for each in found.accepted + found.rejected if _ours(state, each)]
    why = ""
    if found.concluded:
        why = f"{number} is agreed already"
    elif found.cancelled:
        why = f"{number} was withdrawn"
    elif act in ("accept", "reject") and mine:
        why = f"we have given our answer to {number}"
    if why:
        raise Refused(why, where=act, mend="propose anew")


def check_conclusion(state: State, body: Conclude) -> None:
    """Our own conclusion rests on acceptances that count; what others name is judged in `state`."""
    for text in body.accepts:
        leaf = Hash(bytes.fromhex(text))
        if leaf not in state.messages or state.mark(leaf) is not Mark.REGULAR:
            raise Refused(
                "this acceptance does not count", where=f"conclude.accepts {text[:16]}",
                mend="name the acceptances that are shown with the proposal",
            )  # fmt: skip


def _ours(state: State, leaf: Hash) -> bool:
    return state.messages[leaf].author == state.us


def _name(said: Said) -> str:
    return f"{said.author} {said.precedence.value} {said.serial}"


def shared(state: State) -> dict[str, Any]:
    """What two stations with the same messages must agree on, as plain values; what there is."""
    found: dict[str, Any] = {
        "incidents": {
            each.opening.hex(): {
                "accounts": [leaf.hex() for leaf in each.accounts],
                "closed_by": sorted(each.closed_by),
            }
            for each in incidents(state)
        },
        "proposals": {
            each.proposal.hex(): {
                "accepted": [leaf.hex() for leaf in each.accepted],
                "agreed": each.agreed,
                "cancelled": each.cancelled,
                "rejected": [leaf.hex() for leaf in each.rejected],
            }
            for each in proposals(state)
        },
        "zones": {
            each.declared.hex(): {
                "acknowledged_by": sorted(each.acknowledged_by),
                "disputed_by": sorted(each.disputed_by),
                "lifted": each.lifted,
            }
            for each in zones(state)
        },
    }
    return {name: threads for name, threads in found.items() if threads}
