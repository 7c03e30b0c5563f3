"""From what an officer typed to a content that can be released, and from a content to a message."""

from __future__ import annotations

import dataclasses
import secrets
import sys
import unicodedata
from typing import Any, Final

import click
import msgspec

from detente.advice import cautions, check_places, free_texts, told, warnings
from detente.cli.answers import MessageShown, Released
from detente.cli.drafts import kept
from detente.cli.reach import Reach, accord_of, id_of
from detente.cli.screen import page
from detente.cli.setting import Setting, now_ms
from detente.errors import Malformed, Refused
from detente.line.act import Kind, Notify
from detente.line.canonical import check_spoken, encode
from detente.line.form import Form
from detente.line.message import Content, Precedence
from detente.line.rules import VOCABULARIES, Row, form_of, read_body, saves_lives
from detente.phrase.language import Language
from detente.phrase.plain import shown

SALT_BYTES: Final = 16


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """What an officer wants to say. Without a precedence, the rules and the original decide."""

    act: str
    channel: str
    body: dict[str, Any]
    precedence: Precedence | None = None
    reply: dict[str, Any] | None = None  # the message that it answers, as the station shows it
    to: tuple[str, ...] = ()


def compose(setting: Setting, line: str, wish: Wish) -> Content:
    """A content with fresh salt. Raises `Refused` for what no station would release."""
    vocabulary = VOCABULARIES[max(VOCABULARIES)]
    row = vocabulary.acts.get(wish.act)
    if row is None:
        known = ", ".join(vocabulary.acts)
        raise Refused(f"no act {wish.act!a}", where="act", mend=f"one of {known}")
    body = normal(wish.body)
    try:
        value = read_body(vocabulary, wish.act, body)
        check_spoken(body, "body")
        check_places(value)
    except Malformed as error:
        mend = error.mend or _fields(row)
        raise Refused(error.what, where=error.where, mend=mend) from error
    form, danger = form_of(vocabulary, value), saves_lives(vocabulary, value)
    return Content(
        act=wish.act,
        author=setting.config().party,
        body=body,
        channel=wish.channel,
        line=id_of(setting, line).hex(),
        precedence=wish.precedence or _precedence(row, wish, form, danger=danger),
        reply=wish.reply["leaf"] if wish.reply else None,
        salt=secrets.token_hex(SALT_BYTES),
        to=wish.to,
    )


def _precedence(row: Row, wish: Wish, form: Form | None, *, danger: bool) -> Precedence:
    """As its form says; what moves a half or saves a life goes FLASH, a reply as fast as what it
    answers.
    """
    if form is not None:
        return form.precedence
    if row.flash or danger:
        return Precedence.FLASH
    return Precedence(wish.reply["precedence"]) if wish.reply else Precedence.ROUTINE


def _fields(row: Row) -> str:
    fields = msgspec.structs.fields(row.body)
    if not fields:
        return "it has no fields"
    names = (f.encode_name if f.required else f"[{f.encode_name}]" for f in fields)
    kinds = ", ".join(kind.value for kind in Kind)
    return f"its fields: {', '.join(names)}" + (f"; kinds: {kinds}" if row.body is Notify else "")


def normal(value: Any) -> Any:
    """Text in NFC: what was typed on one keyboard equals what was typed on another."""
    match value:
        case str():
            try:
                value.encode()
            except UnicodeEncodeError as error:
                raise Refused(
                    "these are no characters, but bytes of another encoding", where="text",
                    mend="give it in UTF-8",
                ) from error  # fmt: skip
            return unicodedata.normalize("NFC", value)
        case dict():
            return {key: normal(item) for key, item in value.items()}
        case list() | tuple():
            return [normal(item) for item in value]
    return value


def preview(
    setting: Setting,
    line: str,
    content: Content,
    *,
    err: bool = False,
    original: MessageShown | None = None,
) -> None:
    """What would be said, and the digest that two officers compare.

    `original`: the message that it is said to, shown above with its positions in words, so that
    nobody says *understood* to what he has not read.
    """
    digest = content.digest()
    language = setting.language()
    facts = told(language, content.act, content.body, now_ms())
    with page(
        f"{line}  {content.act}", exercise=accord_of(setting, line).exercise, err=err
    ) as screen:
        if original is not None:
            screen.message(original)
            screen.line()
        screen.pairs(preview_rows(content, language))
        for text in (*facts["read_back"], *warnings(language, facts)):
            screen.line(text, "bold")
        for caution in cautions_of(setting, content.body):
            screen.line(caution, "bold")
        screen.line(f"digest  {digest.hex()}")
        screen.words(digest)


def cautions_of(setting: Setting, body: dict[str, Any]) -> tuple[str, ...]:
    """What the list of its own language warns of in the free text of a body."""
    return tuple(
        line for code, text in free_texts(body) for line in cautions(setting.language(code), text)
    )


def preview_rows(content: Content, language: Language) -> list[tuple[str, str]]:
    """The fields of a content, as a person reads them."""
    rows = [
        ("from", content.author),
        ("channel", content.channel),
        ("precedence", content.precedence.value),
        ("to", ", ".join(content.to) or "all posts"),
        ("says", language.say(content.act, content.body)),
    ]
    if content.reply:
        rows.insert(4, ("in reply to", content.reply))
    return [(name, value if name == "says" else shown(value)) for name, value in rows]


def release(
    setting: Setting,
    station: Reach,
    line: str,
    content: Content,
    *,
    by: tuple[str, ...] = (),
    yes: bool = False,
    original: MessageShown | None = None,
    urgent: bool = False,
) -> Released:
    """Let a content go, once a person at a terminal has said so."""
    from detente.station.orders import Say

    if not yes and not setting.as_json and sys.stdin.isatty():
        preview(setting, line, content, err=True, original=original)
        if not click.confirm("Release it?", err=True):
            raise Refused("nothing was released: you said no", where="release")
    try:
        answer = station.ask(Say(line, encode(content), by, urgent))
    except Refused as error:
        raise kept(setting, line, content, error) from error
    return station.shown(
        line, answer, Released, digest=content.digest().hex(), station=station.running
    )


def show_released(answer: Released) -> None:
    """What became of a release."""
    with page(f"{answer.line}  released", exercise=answer.exercise) as screen:
        screen.message(answer)
        screen.pairs([("leaf", answer.leaf), ("digest", answer.digest)])
        if not answer.sealed:
            screen.line("Recorded, not yet signed: it is said once our signer has signed it.")
        if not answer.station:
            screen.line("The station is not running: it travels when it runs again.")
