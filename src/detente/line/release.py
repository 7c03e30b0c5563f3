"""What our own officer may let go: strict, for whatever leaves is signed and can never be unsaid.

Refused is what the rules would call irregular, what would only repeat, and what a body names and is
not so. What others say is not judged here: it is recorded, however it counts.
"""

from __future__ import annotations

from typing import Final

from detente.errors import Refused
from detente.line import rules
from detente.line.accord import Accord, check_amended, parse_accord
from detente.line.act import (
    Amend,
    Body,
    Cancel,
    Conclude,
    Formed,
    GoodWill,
    Reject,
    Rekey,
    Restore,
    Translate,
    Words,
)
from detente.line.canonical import check_spoken, encode
from detente.line.evolve import here, summary
from detente.line.message import Content, Header, Message, Precedence, format_message
from detente.line.rules import Half, Joint, Mark
from detente.line.slots import SlotKind
from detente.line.state import Said, State
from detente.line.threads import UNDECIDED, check_conclusion, check_undecided
from detente.tlog.hash import Hash

LEAVES_MAX: Final = 262_144  # of a ledger: then nothing but FLASH is released (ADR 0013)
LEAVES_WARNED: Final = LEAVES_MAX // 16 * 15
LEAVES_HEARD: Final = 360_000  # as many as one frame can tell to a reader who holds nothing


def released(state: State, content: Content, releasers: tuple[str, ...], now: int) -> Message:
    """The message that this content becomes, or `Refused` with what the rules forbid."""
    _check_room(state, content)
    _check_new(state, content)
    body = _understood(state, content)
    check_spoken(releasers, "releasers")
    message = Message(
        body=content.body,
        header=Header(
            accord=state.standing.hex(),
            act=content.act,
            author=state.us,
            channel=content.channel,
            epoch=len(state.history(state.us, content.channel)) - 1,
            line=state.line.hex(),
            precedence=content.precedence,
            releasers=releasers,
            reply=content.reply,
            salt=content.salt,
            serial=state.tally(state.us, content.precedence),
            time=now,
            to=content.to,
        ),
    )
    said = summary(state, message, here(state, format_message(message), now))
    assert said.row is not None
    if said.row.flash and content.precedence is not Precedence.FLASH:
        raise Refused(
            f"{content.act} always goes FLASH", where="precedence", mend="release it as FLASH"
        )
    verdict = state.judge(said)
    if verdict.mark is not Mark.REGULAR:
        raise Refused(
            f"{content.act} on {content.channel}: {verdict.why}", where="release",
            mend=_moves(state, said),
        )  # fmt: skip
    _check_joint(state, said)
    _check_meaning(state, content, body)
    return message


def _check_room(state: State, content: Content) -> None:
    urgent = content.precedence is Precedence.FLASH
    if state.own.size >= (LEAVES_HEARD if urgent else LEAVES_MAX):
        raise Refused(
            f"this line is full: its ledger has {state.own.size:,} leaves", where="release",
            mend="open a successor line; until then FLASH goes",
        )  # fmt: skip


def _moves(state: State, said: Said) -> str:
    """What moves our half from where it is, if it does not bear such an act."""
    half = state.half(state.us, said.channel)
    if said.row is None or rules.after(half, said.row, passes=False) is not None:
        return ""
    acts = state.vocabularies[state.accord.vocabulary].acts
    moving = [name for name, row in acts.items() if row.moves.get(half, half) is not half]
    return f"our half is {half.value}: {' or '.join(moving)} moves it" if moving else ""


def _check_new(state: State, content: Content) -> None:
    """Its salt makes a content itself: to release it again, unsure of the answer, says nothing."""
    leaf = state.released.get(content.digest())
    if leaf is not None:
        said = state.messages[leaf]
        raise Refused(
            f"this was said already, as {said.precedence.value} {said.serial}",
            where=f"leaf {leaf.hex()[:16]}", mend="draft it anew to say it once more",
        )  # fmt: skip


def _understood(state: State, content: Content) -> Body:
    """The content as the standing accord's vocabulary knows it, or `Refused` saying what is
    unknown.
    """
    if content.author != state.us or content.line != state.line.hex():
        raise Refused("this was drafted for another party or line", where="content")
    channel = state.accord.channel(content.channel)
    if channel is None:
        known = ", ".join(each.name for each in state.accord.channels)
        raise Refused(
            f"no channel {content.channel!r}", where="channel", mend=f"the accord has {known}"
        )
    check_spoken(content.body, "body")
    vocabulary = state.vocabularies.get(state.accord.vocabulary)
    if vocabulary is None:
        raise Refused(f"this station lacks vocabulary {state.accord.vocabulary}", where="accord")
    return rules.read_body(vocabulary, content.act, content.body)


def _check_joint(state: State, said: Said) -> None:
    """What we say depends on every half; what we hear, on its author's alone."""
    channel = state.accord.channel(said.channel)
    assert channel is not None
    assert said.row is not None
    half = state.half(state.us, said.channel)
    moves = rules.after(half, said.row, passes=False)
    found = state.joint(said.channel)
    if found is Joint.OPEN or state.passes(said, channel) or moves not in (None, half):
        return
    raise Refused(
        f"{said.act} on {said.channel}: the channel is {found.value}", where="release",
        mend="safety of life, tests, service and what restores the channel pass",
    )  # fmt: skip


def _check_meaning(state: State, content: Content, body: Body) -> None:
    """What a body names must be what it says it is."""
    match body:
        case Restore(lifts=lifts):
            _check_lifts(state, content.channel, frozenset(Hash(bytes.fromhex(h)) for h in lifts))
        case Rekey():
            if body.keys.digest().hex() != state.generations(state.us)[-1].next_keys:
                raise Refused("these are not the keys that were promised", where="rekey")
        case Amend(accord=accord, predecessor=predecessor):
            if predecessor != state.standing.hex():
                raise Refused("it does not amend the accord that stands", where="amend")
            _check_next(state, parse_accord(encode(accord)))
        case Conclude():
            check_conclusion(state, body)
        case Translate():
            _check_translation(body)
        case _ if content.act == "agree":
            amendment = state.amendments.get(Hash(bytes.fromhex(content.reply or "")))
            if amendment is None or amendment.predecessor != state.standing:
                raise Refused("it does not amend the accord that stands", where="agree")
            _check_next(state, amendment.accord)
    _check_languages(state, content, body)
    if content.act in UNDECIDED and content.reply:
        check_undecided(state, content.act, Hash(bytes.fromhex(content.reply)))


def _check_translation(body: Translate) -> None:
    if not body.machine and body.checked_by in ("", body.by):
        raise Refused(
            "a translation is checked by another person than who made it", where="translate",
            mend="name in checked_by who compared it; a machine's says so",
        )  # fmt: skip


def _check_languages(state: State, content: Content, body: Body) -> None:
    """What we say is in a language of the accord; what both say together, in all of them."""
    known = set(state.accord.languages)
    words = _words(body)
    language = body.language if isinstance(body, Translate) else words.language if words else None
    if language is not None and language not in known:
        raise Refused(
            f"{language!a} is no language of this line", where="language",
            mend=f"the accord has {', '.join(state.accord.languages)}",
        )  # fmt: skip
    form = rules.form_of(state.vocabularies[state.accord.vocabulary], body)
    for name, slot in form.slots.items() if form else ():
        if slot.kind is SlotKind.TEXTS and content.body["slots"].get(name, {}).keys() != known:
            raise Refused(
                "a text in every language of the accord belongs here", where=f"slots.{name}",
                mend=f"give {', '.join(state.accord.languages)}",
            )  # fmt: skip


def _words(body: Body) -> Words | None:
    match body:
        case Formed(remarks=words) | GoodWill(words=words):
            return words
        case Cancel(reason=words) | Reject(reason=words):
            return words
        case _:
            return None


def _check_lifts(state: State, channel: str, lifts: frozenset[Hash]) -> None:
    named = frozenset(state.suspensions.get(channel, ()))
    if not lifts <= named:
        raise Refused(f"no such suspension of {channel}", where="restore.lifts")
    ours = {
        leaf
        for leaf in state.standing_suspensions(channel)
        if state.messages[leaf].author == state.us and state.us not in state.lifters(leaf)
    }
    if state.half(state.us, channel) is Half.SUSPENDED and not ours <= lifts:
        raise Refused("our own suspension must be among those lifted", where="restore.lifts")


def _check_next(state: State, accord: Accord) -> None:
    check_amended(state.first, accord)
    if accord.vocabulary not in state.vocabularies:
        raise Refused(
            f"this station lacks vocabulary {accord.vocabulary}", where="accord.vocabulary",
            mend="update the station first",
        )  # fmt: skip
