"""What the commands answer about people: who is there, who may what, who did what.

As in `answers`, of which this is the third part.
"""

from __future__ import annotations

from typing import Annotated, Any

from detente.cli.answers import Answer, LineName, field


class SignOnAnswer(Answer, frozen=True):
    officer: Annotated[str, field("who signed on")]
    post: Annotated[str, field("the post that he holds")]
    file: Annotated[str, field("where the session is kept; it is private")]


class SignOffAnswer(Answer, frozen=True):
    file: Annotated[str, field("where the session was kept")]
    post: Annotated[str, field("that he held; empty: he was not signed on any more")]
    held: Annotated[bool, field("whether somebody has the watch at that post now")]


class SeatShown(Answer, frozen=True):
    officer: Annotated[str, field("who is signed on")]
    seat: Annotated[str, field("where")]


class PostState(Answer, frozen=True):
    post: Annotated[str, field("its name")]
    holder: Annotated[str, field("who has the watch; empty: nobody")]
    since: Annotated[int | None, field("our clock, ms UTC")]
    manned: Annotated[bool, field("whether somebody is signed on at it")]
    seated: Annotated[tuple[SeatShown, ...], field("who")]
    billed: Annotated[tuple[str, ...], field("whom the watch bill has there now")]
    offered_to: Annotated[str, field("whom the watch is offered to; empty: nobody")]
    open_items: Annotated[int, field("how many things the offer says are open")]


class HoleShown(Answer, frozen=True):
    post: Annotated[str, field("its name")]
    since: Annotated[int, field("from when the bill has nobody, ms UTC")]
    until: Annotated[int, field("until when")]


class WatchAnswer(Answer, frozen=True):
    time: Annotated[int, field("our clock, ms UTC")]
    posts: Annotated[tuple[PostState, ...], field("by name")]
    holes: Annotated[tuple[HoleShown, ...], field("of the fortnight to come")]


class HandOverAnswer(Answer, frozen=True):
    post: Annotated[str, field("its name")]
    to: Annotated[str, field("the relief")]
    items: Annotated[tuple[str, ...], field("what is open")]
    leaf: Annotated[str, field("leaf hash of the offer in the book")]


class TakeOverAnswer(Answer, frozen=True):
    post: Annotated[str, field("its name")]
    relieved: Annotated[str, field("who had the watch")]
    items: Annotated[tuple[str, ...], field("what was open")]


class ReviewAnswer(Answer, frozen=True):
    draft: Annotated[str, field("its name")]
    line: LineName
    good: Annotated[bool, field("whether it may go")]
    digest: Annotated[str, field("of its content")]
    officer: Annotated[str, field("who looked")]


class OfficerShown(Answer, frozen=True):
    name: Annotated[str, field("as the station knows him")]
    posts: Annotated[tuple[str, ...], field("that he may hold")]
    needs: Annotated[tuple[str, ...], field("what he may read: line/channel, line/* or *")]
    administrator: Annotated[bool, field("whether he may admit others")]
    until: Annotated[int, field("when his qualification expires, ms UTC")]
    wrong: Annotated[int, field("wrong passwords and codes since he last signed on")]
    locked: Annotated[int, field("until when his name is locked, ms UTC")]


class OfficerAdmitAnswer(Answer, frozen=True):
    officer: Annotated[str, field("who may sign on")]
    address: Annotated[str, field("otpauth: address of his codes, shown this once")]


class OfficerAnswer(Answer, frozen=True):
    officer: Annotated[str, field("whom it concerns")]


class OfficerListAnswer(Answer, frozen=True):
    officers: Annotated[tuple[OfficerShown, ...], field("by name")]


class VoiceAskAnswer(Answer, frozen=True):
    line: LineName
    party: Annotated[str, field("who is to answer")]
    number: Annotated[int, field("to be read aloud, six digits")]


class VoiceWordsAnswer(Answer, frozen=True):
    line: LineName
    party: Annotated[str, field("who asked")]
    number: Annotated[int, field("that he read aloud")]
    words: Annotated[tuple[str, ...], field("two lines of five words, to be read to him")]


class VoiceCheckAnswer(Answer, frozen=True):
    line: LineName
    party: Annotated[str, field("who answered")]
    number: Annotated[int, field("that he was asked with")]
    right: Annotated[bool, field("whether only that party's station could have made the words")]
    logged: Annotated[bool, field("whether the outcome stands in the station's book")]


class BookAnswer(Answer, frozen=True):
    entries: Annotated[tuple[dict[str, Any], ...], field("the newest, in their order")]
    file: Annotated[str, field("the export, where one was asked for; else empty")]
