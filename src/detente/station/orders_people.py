"""The orders about people: signing on, the watch, drafts and their review, the book.

As in `orders`, of which this is the second half. What they do stands in `people`.
"""

from __future__ import annotations

from typing import Annotated, Final, assert_never

import msgspec
from msgspec import Meta

from detente.advice import filled
from detente.errors import Refused
from detente.line.message import Content, parse_content
from detente.line.rules import VOCABULARIES, saves_lives, understood
from detente.people.authority import What
from detente.people.events import Admitted
from detente.station.people import ADMINISTRATOR, Answer, People, Session

NAME_MAX: Final = 64  # characters: of a line, a party, a post, an officer, a leaf, a token
WORDS_MAX: Final = 2_000  # as the book keeps them
SECRET_MAX: Final = 1_024

Name = Annotated[str, Meta(max_length=NAME_MAX)]
Words = Annotated[str, Meta(max_length=WORDS_MAX)]
Secret = Annotated[str, Meta(max_length=SECRET_MAX)]


class _Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True, tag_field="do"):
    pass


class SignOn(_Order, frozen=True, tag="sign_on"):
    """Somebody sits down at a seat, and holds a post."""

    officer: Name
    password: Secret
    code: Name
    post: Name
    seat: Words


class SignOff(_Order, frozen=True, tag="sign_off"):
    """He leaves."""


class Watch(_Order, frozen=True, tag="watch"):
    """Every post: who has it, who is there, and the holes of the bill."""


class HandOver(_Order, frozen=True, tag="hand_over"):
    """Offer the watch to a relief, with what is open."""

    to: Name


class Offer(_Order, frozen=True, tag="offer"):
    """The offer of the watch that stands, to whom it is offered."""


class TakeOver(_Order, frozen=True, tag="take_over"):
    """Have the watch that was offered."""


class KeepDraft(_Order, frozen=True, tag="draft"):
    """A draft was written: this content (canonical JSON)."""

    line: Name
    content: bytes


class Review(_Order, frozen=True, tag="review"):
    """A draft was looked at."""

    line: Name
    content: bytes
    good: bool
    reason: Words = ""


class Officers(_Order, frozen=True, tag="officers"):
    """Everybody who may sign on."""


class Admit(_Order, frozen=True, tag="admit"):
    """An officer may sign on; the answer has the address of his codes."""

    what: Admitted
    password: Secret
    duress: Secret = ""


class Qualify(_Order, frozen=True, tag="qualify"):
    """His qualification is renewed until then, ms UTC."""

    officer: Name
    until: int


class Dismiss(_Order, frozen=True, tag="dismiss"):
    """He may no longer sign on."""

    officer: Name
    reason: Words


class BookEntries(_Order, frozen=True, tag="book"):
    """The newest entries of the book."""

    last: Annotated[int, Meta(ge=1)] = 100


class BookExport(_Order, frozen=True, tag="book_export"):
    """The whole book, signed, for a stranger to check."""


PeopleOrder = (
    SignOn | SignOff | Watch | HandOver | Offer | TakeOver | KeepDraft | Review | Officers | Admit
    | Qualify | Dismiss | BookEntries | BookExport
)  # fmt: skip
NEEDS_NOBODY = (SignOn, Watch)  # asked by whoever is not signed on
SHOWS_ITEMS = (HandOver, Offer, TakeOver)  # what is open, on all lines
ADMINISTRATION = (Admit, Qualify, Dismiss, BookEntries, BookExport)


def what_of(line: str, content: Content) -> What:
    """A content as the authority matrix knows it."""
    newest = VOCABULARIES[max(VOCABULARIES)]
    body = understood(newest, content.act, content.body)
    form = filled(content.act, content.body)
    return What(
        line=line, channel=content.channel, act=content.act,
        form=form[0].number if form else 0, kind=str(content.body.get("kind", "")),
        precedence=content.precedence.value, digest=content.digest().hex(),
        saves_lives=body is not None and saves_lives(newest, body),
    )  # fmt: skip


def answer_people(
    people: People, order: PeopleOrder, session: Session | None, token: str,
    items: tuple[str, ...], now: int,
) -> Answer:  # fmt: skip
    """`session` is None for whoever is not signed on, and in a station that does not run, where the
    passphrase of the keys is an administrator's.
    """
    if isinstance(order, ADMINISTRATION) and session and session.post != ADMINISTRATOR:
        raise Refused(
            "this is for an administrator", where="order",
            mend="sign on with `detente sign-on NAME --post administrator`",
        )  # fmt: skip
    match order:
        case SignOn(name, password, code, post, seat):
            fresh = people.sign_on(name, password, code, post, seat, now)
            people.sign_off(token, now)  # whoever sat at this seat before has left it
            return {"session": fresh, "officer": name, "post": post}
        case SignOff():
            return people.sign_off(token, now)
        case Watch():
            return people.watch(now)
        case Officers():
            return {"officers": people.officers()}
        case Admit(what, password, duress):
            return {"address": people.admit(what, password, duress, now)}
        case Qualify(name, until):
            people.qualify(name, until, now)
            return {}
        case Dismiss(name, reason):
            people.dismiss(name, reason, now)
            return {}
        case BookEntries(last):
            return {"entries": people.entries(last)}
        case BookExport():
            return {"file": people.book.export(now).decode()}
        case _:
            return _at_a_seat(people, order, _seated(session), items, now)


def _seated(session: Session | None) -> Session:
    if session is None:
        raise Refused(
            "nobody is signed on", where="session",
            mend="start the station, and sign on with `detente sign-on NAME`",
        )  # fmt: skip
    return session


def _at_a_seat(
    people: People, order: HandOver | Offer | TakeOver | KeepDraft | Review, session: Session,
    items: tuple[str, ...], now: int,
) -> Answer:  # fmt: skip
    match order:
        case HandOver(to):
            leaf = people.offer(session, to, items, now)
            return {"post": session.post, "to": to, "items": list(items), "leaf": leaf.hex()}
        case Offer():
            return people.offered(session, items)
        case TakeOver():
            return people.take_over(session, items, now)
        case KeepDraft(line, content):
            people.drafted(session, what_of(line, parse_content(content)), now)
            return {"officer": session.officer}
        case Review(line, content, good, reason):
            what = what_of(line, parse_content(content))
            people.reviewed(session, what, reason, now, good=good)
            return {"officer": session.officer, "digest": what.digest}
        case _:
            assert_never(order)
