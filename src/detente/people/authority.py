"""Who may let what go: a party's own matrix, private, by act, form and precedence.

The first row that fits decides. Before all rows stand those that nothing can take away: what a
person says to a message that has come, and *stop, you endanger*. So the other side never waits for
our paperwork, and an officer on duty can always say *stop*.
"""

from __future__ import annotations

import dataclasses
from typing import Final

from detente.errors import Refused
from detente.people.roster import Officer, Roster

# Said to what has come: it is a person's word that he is there, and commits his side to nothing.
AT_ONCE: Final = frozenset(("acknowledge", "standby", "ready", "nothing", "test", "service"))
UNDRAFTED: Final = "nobody is known to have drafted it"
LACKS_AUTHORITY: Final = "authority"  # where a release was refused for want of it
STOP_FORM: Final = 13
STOP_KIND: Final = "stop_you_endanger"


@dataclasses.dataclass(frozen=True, slots=True)
class What:
    """What is to be let go. `form` is 0 where there is none; `saves_lives`: safety of life."""

    line: str
    channel: str
    act: str
    form: int
    kind: str
    precedence: str
    digest: str
    saves_lives: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """What it takes to let something go. An empty field fits everything. `persons`: 1, or 2 who
    are not the same: its drafter, and whoever lets it go. `review`: and a reviewer, who is neither.
    """

    lines: tuple[str, ...] = ()
    acts: tuple[str, ...] = ()
    forms: tuple[int, ...] = ()
    precedences: tuple[str, ...] = ()
    posts: tuple[str, ...] = ()
    persons: int = 1
    review: bool = False

    def fits(self, what: What) -> bool:
        return (
            (not self.lines or what.line in self.lines)
            and (not self.acts or what.act in self.acts)
            and (not self.forms or what.form in self.forms)
            and (not self.precedences or what.precedence in self.precedences)
        )


ALWAYS: Final = Row()  # what nothing can take away, told apart by being this very row
FREE: Final = Row()  # what the matrix says nothing of


def row_for(matrix: tuple[Row, ...], what: What) -> Row:
    """The row that decides."""
    if what.act in AT_ONCE or what.form == STOP_FORM or what.kind == STOP_KIND:
        return ALWAYS
    return next((row for row in matrix if row.fits(what)), FREE)


def check_release(
    roster: Roster, row: Row, officer: Officer, post: str, what: What, now: int, *, urgent: bool
) -> None:
    """Raise `Refused`, saying what is missing and who can mend it.

    `urgent`: what saves lives goes on one officer's own word; the book says that it did.
    """
    if not officer.may_read(what.line, what.channel):
        raise Refused(
            f"{officer.name} has no need to know of {what.line}/{what.channel}",
            where="need to know",
            mend="let an officer of that channel release it",
        )  # fmt: skip
    if row is ALWAYS or (urgent and what.saves_lives):
        return
    if urgent:
        raise Refused(
            "only what saves lives goes on one officer's word", where=LACKS_AUTHORITY,
            mend="release it without --urgent, by the second person",
        )  # fmt: skip
    if officer.until < now:
        raise Refused(
            f"the qualification of {officer.name} has expired", where=LACKS_AUTHORITY,
            mend="an administrator renews it with `detente officer qualify`, or another releases",
        )  # fmt: skip
    if row.posts and post not in row.posts:
        raise Refused(
            f"{what.act} is released by {' or '.join(row.posts)}, and not by {post}",
            where=LACKS_AUTHORITY, mend=f"ask {' or '.join(row.posts)}; the draft is kept",
        )  # fmt: skip
    _check_persons(roster, row, officer, what, now)


def _check_persons(roster: Roster, row: Row, officer: Officer, what: What, now: int) -> None:
    alone = "; if lives are in danger, `detente release --urgent`" if what.saves_lives else ""
    draft = roster.drafts.get(what.digest)
    declined = draft.declined if draft else {}
    for who, why in declined.items():
        raise Refused(
            f"{who} has declined it: {why}",
            where=LACKS_AUTHORITY,
            mend="write it anew, and have it seen",
        )
    if row.persons > 1:
        if draft is None:
            raise Refused(
                f"{what.act} takes two persons, and {UNDRAFTED}",
                where=LACKS_AUTHORITY, mend=f"another officer than its drafter releases it{alone}",
            )  # fmt: skip
        if draft.drafter == officer.name:
            raise Refused(
                f"{what.act} takes two persons, and {officer.name} drafted it himself",
                where=LACKS_AUTHORITY,
                mend=f"another officer releases it; the draft is kept{alone}",
            )  # fmt: skip
        if not _stands(roster, draft.drafter, now):
            raise Refused(
                f"{draft.drafter}, who drafted it, is no officer who may", where=LACKS_AUTHORITY,
                mend="write it anew: another drafts it, and another releases it",
            )  # fmt: skip
    if row.review:
        seen = (draft.approved if draft else frozenset()) - {officer.name}
        seen = frozenset(name for name in seen if _stands(roster, name, now))
        if not seen - ({draft.drafter} if draft else set()):
            raise Refused(
                f"{what.act} must have been reviewed by a third officer", where=LACKS_AUTHORITY,
                mend=f"a third officer looks at it with `detente review`{alone}",
            )  # fmt: skip


def _stands(roster: Roster, name: str, now: int) -> bool:
    """Whether he is an officer still, and his qualification runs."""
    found = roster.officers.get(name)
    return found is not None and found.until >= now
