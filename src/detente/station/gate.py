"""Before every order: who asks, and what he needs to know. A station without a book lets all in."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any, Final

from detente.errors import DetenteError, Refused
from detente.people.authority import ALWAYS, What, row_for
from detente.station.config import Config
from detente.station.people import People, Session

log = logging.getLogger(__name__)

Answer = dict[str, Any]

WHOLE: Final = "*"  # a channel that stands for all of a line


def open_people(
    config: Config, passphrase: bytes, now: int
) -> tuple[People | None, DetenteError | None]:
    """The people of a station, and why its book cannot be opened: that stops no line."""
    try:
        return People.open(config, passphrase, now), None
    except DetenteError as error:
        what, where = error.what, error.where
    except OSError as error:
        what, where = error.strerror or str(error), str(error.filename)
    log.error("the station's book cannot be opened: %s: %s", where, what)
    return None, Refused(what, where=where, mend="see docs/operating.md: A broken book")


class Gate:
    """`clock`: our own, ms UTC. `offline`: the station does not run, so nobody can be signed on;
    its files were opened with the passphrase of the keys. `broken`: why its book cannot be opened.
    Then nobody can sign on, whoever may use the socket may read, for a FLASH must be read, and what
    can wait for nobody is released; all else waits for the book.
    """

    def __init__(
        self, people: People | None, clock: Callable[[], int], *, offline: bool = False,
        broken: DetenteError | None = None,
    ) -> None:  # fmt: skip
        self.people, self.clock, self._offline = people, clock, offline
        self.broken = broken

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
            waits = row_for((), what) is not ALWAYS and not (urgent and what.saves_lives)
            if self.broken and waits:
                raise Refused(
                    f"the station's book cannot be opened: {self.broken.what}",
                    where=self.broken.where,
                    mend="answers to what came, *stop*, and --urgent where lives are in danger go "
                    "without it; for all else see docs/operating.md, A broken book",
                )
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
