"""What the commands answer about a station's health, its backups and its figures.

As in `answers`, of which this is the fifth part.
"""

from __future__ import annotations

from typing import Annotated

from detente.cli.answers import Answer, Exercise, LineName, field


class BackupAnswer(Answer, frozen=True):
    file: Annotated[str, field("the backup")]
    files: Annotated[int, field("how many are in it")]
    taken: Annotated[int, field("our clock, ms UTC")]


class RecoverAnswer(Answer, frozen=True):
    folder: Annotated[str, field("where the station is; empty in a drill")]
    files: Annotated[int, field("how many were put back")]
    taken: Annotated[int, field("when the backup was taken, ms UTC")]
    lost_signers: Annotated[tuple[str, ...], field("ledgers whose signer is not there")]
    drill: Annotated[bool, field("whether it was played through on an exercise line")]
    healed_ms: Annotated[int | None, field("of a drill: from the start until it was whole")]
    leaves: Annotated[int | None, field("of a drill: how many there were again")]


class NoticeShown(Answer, frozen=True):
    form: Annotated[int, field("its number")]
    titles: Annotated[dict[str, str], field("by language")]
    words: Annotated[dict[str, str], field("by language: what is read aloud, with gaps")]


class FallbackAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    id: Annotated[str, field("id of the line")]
    words: Annotated[tuple[str, ...], field("the same in words")]
    parties: Annotated[tuple[str, ...], field("all of them")]
    standing_orders: Annotated[tuple[str, ...], field("as agreed")]
    steps: Annotated[tuple[str, ...], field("what to do, in this order")]
    notices: Annotated[tuple[NoticeShown, ...], field("the urgent ones, to be read aloud")]
    made: Annotated[int, field("our clock, ms UTC")]


class CheckShown(Answer, frozen=True):
    check: Annotated[str, field("what was looked at")]
    line: Annotated[str, field("of which line; empty: the station")]
    state: Annotated[str, field("ok, warning, critical or unknown")]
    found: Annotated[str, field("what was seen")]
    means: Annotated[str, field("what that means; empty if it is well")]
    do: Annotated[str, field("what to do; empty if nothing")]


class DoctorAnswer(Answer, frozen=True):
    state: Annotated[str, field("the worst of them")]
    checks: Annotated[tuple[CheckShown, ...], field("all of them, the worst first")]


class MonthShown(Answer, frozen=True):
    month: Annotated[str, field("YYYY-MM, in UTC")]
    party: Annotated[str, field("whose figures these are")]
    tests_held: Annotated[int, field("line tests of its turn that it made")]
    tests_missed: Annotated[int, field("that it did not")]
    acknowledged: Annotated[int, field("messages of others to which a person of it replied")]
    acknowledged_late: Annotated[int, field("of these, after the clock; and those never")]
    acknowledge_s: Annotated[int | None, field("median time to that reply, seconds")]
    answered: Annotated[int, field("questions of others that it answered")]
    answered_late: Annotated[int, field("of these, after the clock; and those never")]
    answer_s: Annotated[int | None, field("median time to the answer, seconds")]
    notices: Annotated[int, field("notices that announce a time")]
    lead_s: Annotated[int | None, field("median time between such a notice and its time, seconds")]


class StatisticsAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    agreed: Annotated[tuple[str, ...], field("what the accord says is kept; none: everything")]
    months: Annotated[tuple[MonthShown, ...], field("month by month, party by party")]
    file: Annotated[str, field("the CSV, where one was asked for; else empty")]
