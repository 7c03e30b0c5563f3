"""Before every order: who asks, and what he needs to know. A station without a book lets all in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from detente.errors import Refused
from detente.people.authority import What
from detente.station.people import People, Session

Answer = dict[str, Any]

WHOLE: Final = "*"  # a channel that stands for all of a line


class Gate:
    """`clock`: our own, ms UTC. `offline`: the station does not run, so nobody can be signed on;
    its files were opened with the passphrase of the keys.
    """

    def __init__(
        self, people: People | None, clock: Callable[[], int], *, offline: bool = False
    ) -> None:
        self.people, self.clock, self._offline = people, clock, offline

    def session(self, token: str, *, needed: bool) -> Session | None:
        """Whose order it is. Raises `Refused` for one that needs somebody who is signed on."""
        if self.people is None or (not token and (self._offline or not needed)):
            return None
        if not token:
            raise Refused(
                "nobody is signed on here", where="session",
                mend="sign on with `detente sign-on NAME`",
            )  # fmt: skip
        try:
            return self.people.seated(token, self.clock())
        except Refused:
            if needed:
                raise
            return None  # a session that is over keeps nobody from the board, or from signing on

    def check_whole(self, session: Session | None, line: str) -> None:
        """An order that shows all of a line."""
        if session and self.people and not self.people.may_read(session, line, WHOLE):
            raise Refused(
                f"{session.officer} does not need to know all of {line}", where="need to know",
                mend=f"an administrator gives him {line}/*",
            )  # fmt: skip

    def check(self, session: Session | None, line: str, channel: str) -> None:
        """An order that shows something of a channel."""
        if session and self.people:
            self.people.check_need(session, line, channel)

    def read(
        self, session: Session | None, line: str, message: Mapping[str, Any], *, printed: bool
    ) -> None:
        """One message is shown, or printed: the book keeps to whom."""
        if session and self.people:
            self.people.read(
                session, line, message["channel"], message["leaf"], self.clock(), printed=printed
            )

    def listed(self, session: Session | None, line: str, shown: list[Answer]) -> list[Answer]:
        """These messages are shown together: the book keeps to whom."""
        if session and self.people:
            self.people.listed(session, line, shown, self.clock())
        return shown

    def exported(self, session: Session | None, line: str, leaf: str, what: str) -> None:
        """A file for a stranger is made: the book keeps by whom, before he has it."""
        if session and self.people:
            self.people.exported(session, line, leaf, what, self.clock())

    def seen(self, session: Session | None, line: str, channel: str) -> bool:
        """Whether whoever asks, signed on or not, may see what was said on a channel."""
        if self.people is None or self._offline:
            return True
        return session is not None and self.people.may_read(session, line, channel)

    def known(
        self, session: Session | None, line: str, found: list[Answer], channel: str = "channel"
    ) -> list[Answer]:
        """Those that he needs to know. `channel`: the field that names it."""
        if session is None or self.people is None:
            return found
        people = self.people
        return [each for each in found if people.may_read(session, line, each[channel])]

    def let_go(
        self, session: Session | None, what: What, given: tuple[str, ...], *, urgent: bool
    ) -> tuple[str, ...]:
        """The releasers of a message. Without people they are as given."""
        if self.people is None:
            return given
        if session is None:
            raise Refused(
                "nobody is signed on: this station asks who lets a message go", where="release",
                mend="start it with `detente serve`, and sign on with `detente sign-on NAME`",
            )  # fmt: skip
        if given and given != (session.post,):
            raise Refused(
                f"you hold the post {session.post}, and not {', '.join(given)}", where="--by",
                mend="leave --by out",
            )  # fmt: skip
        return self.people.let_go(session, what, self.clock(), urgent=urgent)
