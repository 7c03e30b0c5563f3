"""The people of a running station: who sits where, what each may do, and the book of it all.

Sessions live in memory only: after a start, everybody signs on again. All else is the fold of the
book. A station without a book knows no people, and whoever may use its socket may do everything.
"""

from __future__ import annotations

import dataclasses
import logging
import os
import secrets as random
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from detente.errors import DetenteError, Refused
from detente.people.authority import (
    ALWAYS,
    LACKS_AUTHORITY,
    Row,
    What,
    check_release,
    row_for,
)
from detente.people.bill import holes, on_duty
from detente.people.events import (
    Admitted,
    Answered,
    Challenged,
    Dismissed,
    Drafted,
    Exported,
    Failed,
    LetGo,
    Listed,
    Offered,
    Qualified,
    Read,
    Reviewed,
    SignedOff,
    SignedOn,
    TookOver,
    Withheld,
    fitting,
    plain,
)
from detente.people.roster import LOCKED_MS, Officer, Roster
from detente.station.book import Book, book_folder
from detente.station.calendar import bill
from detente.station.config import Config
from detente.station.envelope import Cost
from detente.station.files import PRIVATE_FOLDER
from detente.station.secrets import CLOCK, Secrets
from detente.tlog.hash import Hash

log = logging.getLogger(__name__)

ADMINISTRATOR: Final = "administrator"  # a post that no watch bill has
BILL_AHEAD_MS: Final = 14 * 86_400_000
CLOCK_BACK_MS: Final = 60_000
TOKEN_BYTES: Final = 32
MARK_BYTES: Final = 16

Answer = dict[str, Any]


@dataclasses.dataclass(slots=True)
class Session:
    """Somebody at a seat. `last`: his last command, our clock, ms UTC."""

    officer: str
    post: str
    seat: str
    last: int


class People:
    """Everybody, by the book."""

    def __init__(self, config: Config, book: Book, secrets: Secrets) -> None:
        self._config, self.book, self._secrets = config, book, secrets
        self._sessions: dict[str, Session] = {}
        self._telling: list[subprocess.Popen[bytes]] = []

    @classmethod
    def open(cls, config: Config, passphrase: bytes, now: int) -> People | None:
        """None where the station has no book."""
        place = book_folder(config.folder)
        if not (place / "book.db").exists() and not (place / "signer.log").exists():
            return None
        book = Book.open(config.folder, config.party, passphrase)
        book.heal(now)
        for post, watch in list(book.roster.watches.items()):  # sessions died with the process
            if watch.officer:
                book.write(SignedOff(officer=watch.officer, post=post, reason="restart"), now)
        return cls(config, book, Secrets.open(_secrets_path(config.folder), passphrase))

    def close(self) -> None:
        self.book.close()

    @property
    def roster(self) -> Roster:
        return self.book.roster

    # -- signing on and off ------------------------------------------------------------------------

    def sign_on(self, name: str, password: str, code: str, post: str, seat: str, now: int) -> str:
        """The token of a new session. Raises `Refused` with what to do."""
        found = self.roster.officers.get(name)
        if found is not None and found.locked - LOCKED_MS <= now < found.locked:
            raise Refused(
                f"{name} is locked after wrong passwords or codes", where="sign-on",
                mend=f"wait {(found.locked - now) // 60_000 + 1} min, or let another sign on",
            )  # fmt: skip
        if found is not None and self._secrets.since(name) not in (None, found.since):
            raise Refused(
                f"the password kept of {name} is not the one that he was admitted with last",
                where="sign-on",
                mend="it came back with a backup, or his admission was cut off: an administrator "
                "admits him again",
            )  # fmt: skip
        try:
            checked = self._secrets.check(name, password, code, now)
            if checked.duress:  # before anything may refuse him, a wrong code as well
                self._tell_duress(name)
            if checked.refused:
                raise checked.refused
        except Refused as error:
            if found is not None and error.where != CLOCK:
                self.book.write(Failed(officer=name, seat=seat), now)
            raise
        self._check_post(self.roster.officer(name), post, now)
        self._secrets.use(name, checked)
        token = random.token_hex(TOKEN_BYTES)
        self._sessions[token] = Session(name, post, seat, now)
        mark = random.token_hex(MARK_BYTES)
        self.book.write(SignedOn(mark=mark, officer=name, post=post, seat=seat), now)
        return token

    def _check_post(self, officer: Officer, post: str, now: int) -> None:
        if post == ADMINISTRATOR:
            if not officer.administrator:
                raise Refused(f"{officer.name} is no administrator", where="sign-on")
            return
        own = (*officer.posts, *((ADMINISTRATOR,) if officer.administrator else ()))
        if post not in officer.posts:
            raise Refused(
                f"{officer.name} does not hold the post {post!a}", where="sign-on",
                mend=f"sign on with --post {' or '.join(own) or 'none: he holds no post'}",
            )  # fmt: skip
        if (billed := self._off_duty(officer.name, post, now)) is not None:
            raise Refused(
                f"{officer.name} is off duty: the watch bill has {billed} at {post} now",
                where="sign-on",
                mend="let one of them sign on, or have the bill in detente.toml changed",
            )  # fmt: skip

    def _off_duty(self, name: str, post: str, now: int) -> str | None:
        """Whom the bill has in his place; None: he may be there. He who has the watch stays on duty
        until he is relieved, a relief to whom it is offered may come early, and where the bill has
        a hole, whoever holds the post fills it.
        """
        if all(row.post != post for row in self._config.shifts):
            return None
        billed = on_duty(bill(self._config.shifts, now, now + 1), post, now)
        if not billed or name in (*billed, self.roster.holder(post), self.roster.offered(post)):
            return None
        return " or ".join(billed)

    def _tell_duress(self, name: str) -> None:
        """Our own side is told, and nobody at the seat sees it."""
        if command := self._config.people.duress_command:
            try:
                telling = subprocess.Popen(  # noqa: S603 - the site's own command
                    command, env={**os.environ, "DETENTE_OFFICER": name},
                    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
            except OSError as error:
                log.error("a configured command cannot be run: %s", error)
            else:
                self._telling.append(telling)

    def seated(self, token: str, now: int) -> Session:
        """Whose command this is. Raises `Refused` where the session has come to its end."""
        self.expire(now)
        session = self._sessions.get(token)
        if session is None:
            raise Refused(
                "your session has ended", where="session",
                mend="sign on again with `detente sign-on NAME`; drafts are kept",
            )  # fmt: skip
        session.last = now
        return session

    def expire(self, now: int) -> None:
        """End the sessions in which nobody has done anything for too long."""
        self._telling = [each for each in self._telling if each.poll() is None]
        self.book.settle(now)
        idle = self._config.people.idle_s * 1_000
        for token, session in list(self._sessions.items()):
            idled = now - session.last
            back = idled < -CLOCK_BACK_MS  # or whoever went away before would never expire
            if idled > idle or back or session.officer not in self.roster.officers:
                self._end(token, "expired", now)

    def sign_off(self, token: str, now: int) -> Answer:
        """He leaves: his post, and whether somebody has the watch there now."""
        session = self._sessions.get(token)
        if session is None:
            return {"post": "", "held": True}
        self._end(token, "left", now)
        held = session.post == ADMINISTRATOR or bool(self.roster.holder(session.post))
        return {"post": session.post, "held": held}

    def _end(self, token: str, reason: str, now: int) -> None:
        session = self._sessions.pop(token)
        elsewhere = any(
            each.officer == session.officer and each.post == session.post
            for each in self._sessions.values()
        )
        if not elsewhere:
            self.book.note(
                SignedOff(officer=session.officer, post=session.post, reason=reason), now
            )

    # -- the watch ---------------------------------------------------------------------------------

    def unmanned(self) -> tuple[str, ...]:
        """Posts that somebody should always hold, and at which nobody sits."""
        seated = {each.post for each in self._sessions.values()}
        return tuple(post for post in self._config.people.posts if post not in seated)

    def watch(self, now: int) -> Answer:
        """Every post: who has the watch, who sits there, whom the bill has, and its holes."""
        self.expire(now)
        ahead = bill(self._config.shifts, now, now + BILL_AHEAD_MS)
        names = {*self._config.people.posts, *(row.post for row in self._config.shifts)}
        names |= set(self.roster.watches) - {ADMINISTRATOR}
        billed = {row.post for row in self._config.shifts}
        return {
            "posts": [self._post(post, on_duty(ahead, post, now)) for post in sorted(names)],
            "holes": [
                {"post": each.post, "from": each.begins, "to": each.ends}
                for each in holes(ahead, sorted(billed), now, now + BILL_AHEAD_MS)
            ],
        }

    def _post(self, post: str, billed: Sequence[str]) -> Answer:
        held = self.roster.watches.get(post)
        seated = [each for each in self._sessions.values() if each.post == post]
        offer = held.offer[1] if held and held.offer else None
        return {
            "post": post,
            "holder": self.roster.holder(post),
            "since": held.since if held and held.officer else None,
            "manned": bool(seated),
            "seated": [{"officer": each.officer, "seat": each.seat} for each in seated],
            "billed": list(billed),
            "offered_to": offer.to if offer else "",
            "open_items": len(offer.items) if offer else 0,
        }

    def offer(self, session: Session, to: str, items: Sequence[str], now: int) -> Hash:
        """Hand the watch to a relief, with what is open."""
        relief = self.roster.officer(to)
        self._check_qualified(to, "hand-over", now)
        if self.roster.holder(session.post) != session.officer:
            raise Refused(
                f"{session.officer} does not have the watch at {session.post}", where="hand-over",
                mend="`detente watch` says who has it",
            )  # fmt: skip
        if session.post not in relief.posts or to == session.officer:
            raise Refused(
                f"{to} cannot relieve {session.post}", where="hand-over",
                mend="name another officer of that post: `detente officer list`",
            )  # fmt: skip
        return self.book.write(
            Offered(items=fitting(items), officer=session.officer, post=session.post, to=to), now
        )

    def take_over(self, session: Session, items: Sequence[str], now: int) -> Answer:
        """Have the watch that was offered, or that nobody has, having read what is open."""
        shown, held = self.offered(session, items), self.roster.watches.get(session.post)
        self._check_qualified(session.officer, "take-over", now)
        leaf = held.offer[0].hex() if shown["from"] and held and held.offer else ""
        self.book.write(TookOver(offer=leaf, officer=session.officer, post=session.post), now)
        return shown

    def offered(self, session: Session, items: Sequence[str]) -> Answer:
        """What he who sits at a post takes over: what was offered him, or where nobody has the
        watch, for its holder has left, what is open now.
        """
        post, held = session.post, self.roster.watches.get(session.post)
        if held and held.offer and held.offer[1].to == session.officer:
            offer = held.offer[1]
            return {"post": post, "from": offer.officer, "items": list(offer.items)}
        if self.roster.holder(post) or post == ADMINISTRATOR:
            raise Refused(
                f"nobody has offered {post} to {session.officer}", where="take-over",
                mend="the officer of the watch offers it with `detente hand-over`",
            )  # fmt: skip
        return {"post": post, "from": "", "items": list(items)}

    def _check_qualified(self, name: str, where: str, now: int) -> None:
        if self.roster.officer(name).until < now:
            raise Refused(
                f"the qualification of {name} has expired", where=where,
                mend="an administrator renews it with `detente officer qualify`",
            )  # fmt: skip

    # -- drafts and releases -----------------------------------------------------------------------

    def drafted(self, session: Session, what: What, now: int) -> None:
        self.check_need(session, what.line, what.channel)
        self.book.write(
            Drafted(
                act=what.act, digest=what.digest, form=what.form, line=what.line,
                officer=session.officer, precedence=what.precedence,
            ), now,
        )  # fmt: skip

    def reviewed(self, session: Session, what: What, reason: str, now: int, *, good: bool) -> None:
        self.check_need(session, what.line, what.channel)
        draft = self.roster.drafts.get(what.digest)
        if draft is None:
            raise Refused("nobody is known to have drafted it", where="review")
        self._check_qualified(session.officer, "review", now)
        if draft.drafter == session.officer:
            raise Refused(
                f"{session.officer} drafted it himself", where="review", mend="another reviews it"
            )
        self.book.write(
            Reviewed(
                digest=what.digest, good=good, line=what.line, officer=session.officer,
                reason=reason,
            ), now,
        )  # fmt: skip

    def let_go(self, session: Session, what: What, now: int, *, urgent: bool) -> tuple[str, ...]:
        """The releasers that stand in the message: the post, and the leaf of the book that says who
        it was. Raises `Refused`, which the book keeps too.
        """
        officer, row = self.roster.officer(session.officer), row_for(self._config.matrix, what)
        try:
            check_release(self.roster, row, officer, session.post, what, now, urgent=urgent)
            if row is not ALWAYS and not urgent:
                self._check_duty(session, now)
        except Refused as error:
            self.withheld(session, what, error, now)
            raise
        gone = self._let_go(session, what, row, urgent=urgent)
        if row is not ALWAYS and not urgent:
            return session.post, f"book:{self.book.write(gone, now).hex()}"
        leaf = self.book.note(gone, now)
        return (session.post, f"book:{leaf.hex()}") if leaf else (session.post,)

    def _check_duty(self, session: Session, now: int) -> None:
        """The bill is asked again: a seat that was taken on duty may be kept beyond it."""
        if session.post == ADMINISTRATOR:
            raise Refused(
                "an administrator lets nothing go", where=LACKS_AUTHORITY,
                mend="let the officer of a post release it",
            )  # fmt: skip
        if (billed := self._off_duty(session.officer, session.post, now)) is not None:
            raise Refused(
                f"{session.officer} is off duty: the watch bill has {billed} at {session.post} now",
                where=LACKS_AUTHORITY, mend="let one of them release it",
            )  # fmt: skip

    def _let_go(self, session: Session, what: What, row: Row, *, urgent: bool) -> LetGo:
        draft = self.roster.drafts.get(what.digest)
        return LetGo(
            digest=what.digest, drafter=draft.drafter if draft else session.officer,
            line=what.line, mark=random.token_hex(MARK_BYTES), officer=session.officer,
            persons=row.persons, post=session.post,
            review=row.review, urgent=urgent,
        )  # fmt: skip

    def withheld(self, session: Session, what: What, error: DetenteError, now: int) -> None:
        self.book.note(
            Withheld(
                digest=what.digest, line=what.line, officer=session.officer, reason=error.what
            ), now,
        )  # fmt: skip

    def read(
        self, session: Session, line: str, channel: str, leaf: str, now: int, *, printed: bool
    ) -> None:
        """A message is shown to an officer, or printed for him, if he needs to know it."""
        self.check_need(session, line, channel)
        self.book.note(Read(leaf=leaf, line=line, officer=session.officer, printed=printed), now)

    def listed(
        self, session: Session, line: str, messages: Sequence[Mapping[str, Any]], now: int
    ) -> None:
        """These were shown to an officer together."""
        if messages:
            self.book.note(
                Listed(
                    count=len(messages), line=line, newest=messages[-1]["leaf"],
                    officer=session.officer,
                ), now,
            )  # fmt: skip

    def exported(self, session: Session, line: str, leaf: str, what: str, now: int) -> None:
        """A file for a stranger left the station."""
        self.book.write(Exported(leaf=leaf, line=line, officer=session.officer, what=what), now)

    def answered(self, session: Session, line: str, party: str, number: int, now: int) -> None:
        """The words for a voice that asked were shown."""
        self.book.note(
            Answered(line=line, number=number, officer=session.officer, party=party), now
        )

    def challenged(
        self, session: Session, line: str, party: str, number: int, now: int, *, right: bool
    ) -> None:
        """A voice answered, rightly or not."""
        outcome = "right" if right else "wrong"
        self.book.note(
            Challenged(
                line=line, number=number, officer=session.officer, outcome=outcome, party=party
            ), now,
        )  # fmt: skip

    def may_read(self, session: Session, line: str, channel: str) -> bool:
        return self.knows(session.officer, line, channel)

    def knows(self, officer: str, line: str, channel: str) -> bool:
        """Whether an officer, signed on or not, needs to know a channel; nobody does not."""
        found = self.roster.officers.get(officer)
        return found is not None and found.may_read(line, channel)

    def check_need(self, session: Session, line: str, channel: str) -> None:
        """Raise `Refused` unless he needs to know this channel."""
        if not self.may_read(session, line, channel):
            raise Refused(
                f"{session.officer} has no need to know of {line}/{channel}", where="need to know",
                mend="an administrator gives it with `detente officer admit`",
            )  # fmt: skip

    # -- administration ----------------------------------------------------------------------------

    def admit(self, what: Admitted, password: str, duress: str, now: int) -> str:
        """The `otpauth:` address of his codes, shown once. To admit him anew ends his sessions."""
        before = self.roster.officers.get(what.officer)
        if before is not None and before.administrator and not what.administrator:
            self._check_others(what.officer)
        self.book.check(what, now)  # before the old password is gone
        address = self._secrets.admit(what.officer, password, duress, now)
        self.book.write(what, now)
        for token in [t for t, each in self._sessions.items() if each.officer == what.officer]:
            self._end(token, "admitted anew", now)
        return address

    def qualify(self, officer: str, until: int, now: int) -> None:
        self.roster.officer(officer)
        self.book.write(Qualified(officer=officer, until=until), now)

    def dismiss(self, officer: str, reason: str, now: int) -> None:
        self.roster.officer(officer)
        self._check_others(officer)
        self.book.write(Dismissed(officer=officer, reason=reason), now)
        self._secrets.remove(officer)
        self.expire(now)

    def _check_others(self, officer: str) -> None:
        others = [each for each in self.roster.officers.values() if each.name != officer]
        if not any(each.administrator for each in others):
            raise Refused(
                f"{officer} is the last administrator", where="officer", mend="admit another first"
            )

    def officers(self) -> list[Answer]:
        return [dataclasses.asdict(each) for _, each in sorted(self.roster.officers.items())]

    def entries(self, last: int) -> list[Answer]:
        return [plain(leaf) for leaf in self.book.leaves(last)]


def _secrets_path(folder: Path) -> Path:
    return book_folder(folder) / "officers.json"


def make_secrets(folder: Path, passphrase: bytes, cost: Cost | None = None) -> None:
    """The empty file of passwords, in a folder of the book's. Once; one that is there stays."""
    path = _secrets_path(folder)
    path.parent.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)
    if not path.exists():
        Secrets.create(path, passphrase, cost)
