"""What the commands answer about what belongs together: threads, duties, posts, accounts.

As in `answers`, of which this is the second half.
"""

from __future__ import annotations

from typing import Annotated

from detente.cli.answers import Answer, Exercise, LineName, MessageShown, field


class ThreadShown(Answer, frozen=True):
    kind: Annotated[str, field("question, proposal, incident or zone")]
    message: Annotated[MessageShown, field("what began it")]
    state: Annotated[
        str,
        field(
            "open, answered, withdrawn; accepted, rejected, countered, agreed; closed; "
            "declared, acknowledged, disputed, lifted"
        ),
    ]
    due: Annotated[int | None, field("by when an answer is due, our clock, ms UTC")]
    overdue: Annotated[bool, field("whether that time is past and nobody has answered")]
    answered_late: Annotated[bool, field("whether the first answer came after that time")]
    by: Annotated[tuple[str, ...], field("parties that closed or acknowledged it")]
    disputed_by: Annotated[tuple[str, ...], field("parties that dispute it")]


class ThreadsAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    threads: Annotated[tuple[ThreadShown, ...], field("kind by kind")]


class DueShown(Answer, frozen=True):
    duty: Annotated[str, field("acknowledge, answer, decide, conclude, agree, review, test, call")]
    owes: Annotated[str, field("party")]
    to: Annotated[str, field("party")]
    channel: Annotated[str, field("where")]
    leaf: Annotated[str | None, field("leaf hash of what it is about; null: a line test")]
    act: Annotated[str, field("what that message does; empty: none")]
    contact: Annotated[str, field("of the accord, of a call; else empty")]
    since: Annotated[int, field("our clock, ms UTC")]
    until: Annotated[int, field("by when, our clock, ms UTC")]
    late: Annotated[bool, field("whether that time is past")]
    rung: Annotated[
        str | None, field("what is to be done next: repeat, alternate, next level, other path")
    ]
    arrived: Annotated[bool, field("whether it stands in the ledger of whoever owes")]


class MissedTurn(Answer, frozen=True):
    turn: Annotated[int, field("when it began, ms UTC")]
    party: Annotated[str, field("who was to call")]
    contact: Annotated[str, field("of the accord; empty: a line test")]


class NextContact(Answer, frozen=True):
    contact: Annotated[str, field("its name in the accord")]
    party: Annotated[str, field("who is to call")]
    time: Annotated[int, field("ms UTC")]


class DueLine(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    us: Annotated[str, field("our name")]
    due: Annotated[tuple[DueShown, ...], field("the earliest first")]
    missed: Annotated[
        tuple[MissedTurn, ...], field("turns without their line test, contacts without a call")
    ]
    missed_count: Annotated[int, field("of all of them")]
    next: Annotated[tuple[NextContact, ...], field("contacts of the month to come")]
    withheld: Annotated[
        tuple[str, ...], field("channels of which the officer need not know; nothing is shown")
    ]


class DueAnswer(Answer, frozen=True):
    time: Annotated[int, field("our clock, ms UTC")]
    time_iso: Annotated[str, field("the same in ISO 8601, with Z")]
    lines: Annotated[tuple[DueLine, ...], field("line by line")]


class PostShown(Answer, frozen=True):
    post: Annotated[str, field("the post's code, in one script")]
    names: Annotated[dict[str, str], field("its name, by language")]
    addresses: Annotated[dict[str, str], field("how it is addressed, by language")]
    proposed_by: Annotated[str, field("party")]
    agreed: Annotated[int, field("our clock when its conclusion was written down, ms UTC")]
    leaf: Annotated[str, field("leaf hash of the proposal")]


class DirectoryAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    posts: Annotated[tuple[PostShown, ...], field("by code; what holds now before what held")]


class DifferenceShown(Answer, frozen=True):
    slot: Annotated[str, field("of the account's form")]
    says: Annotated[dict[str, str], field("by party: what it says; empty: nothing of it")]
    apart: Annotated[int | None, field("how far apart, where that can be counted")]
    unit: Annotated[str, field("number or seconds")]


class IncidentAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    opening: Annotated[MessageShown, field("what opened it")]
    accounts: Annotated[dict[str, MessageShown], field("by party: its newest account")]
    differences: Annotated[tuple[DifferenceShown, ...], field("where two accounts differ")]
    state: Annotated[str, field("open or closed")]
    closed_by: Annotated[tuple[str, ...], field("parties that have closed it")]
