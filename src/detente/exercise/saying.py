"""What the few verbs of a script mean: an act, its body, and what it replies to.

The same verbs are typed by whoever takes part, and said on a real exercise line by `drive`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from detente.errors import Refused
from detente.exercise.script import END, FAULT, NARRATOR, Script, Statement
from detente.filling import check_whole, fill
from detente.line.form import named
from detente.line.message import Precedence
from detente.line.rules import VOCABULARY_3, carried
from detente.phrase.language import Language
from detente.tlog.hash import Hash

REVIEW_MS: Final = 48 * 3_600_000
RESERVED: Final = frozenset(
    ("as", "channel", "precedence", "text", "reason", "review", "rung", "reply")
)
RUNGS: Final = ("displayed", "understood", "not_understood", "passed_to_operators")
VERBS: Final = (
    "acknowledge REF RUNG", "answer REF FORM slot=value ... (or text=...)", "standby REF",
    "ready REF", "nothing REF", "notify FORM slot=value ...", "query FORM slot=value ...",
    "concern concern slot=value ...", "revise REF FORM slot=value ...",
    "propose FORM slot=value ...", "accept REF", "reject REF", "raise REF channel=... reason=...",
    "callup opening|closing|test|contact", "test text=...", "suspend CHANNEL reason=...",
    "restore CHANNEL",
)  # fmt: skip

Made = tuple[str, dict[str, Any], Hash | None]  # act, body, what it replies to


@dataclasses.dataclass(frozen=True, slots=True)
class Speaker:
    """Where words are said: what a name refers to, what a channel's suspensions are, and when."""

    ref: Callable[[str], Hash]
    lifts: Callable[[str], list[str]]
    language: Language
    now: int  # ms UTC

    def form(self, what: Statement, name: str) -> dict[str, Any]:
        """A form filled from `slot=value` pairs."""
        form = named(VOCABULARY_3.forms, name)
        if form is None or not carried(form, what.verb):
            raise Refused(f"{what.verb} of form {name!a}: there is none", where="form")
        given = {slot: value for slot, value in what.named if slot not in RESERVED}
        for slot in given:
            if slot not in form.slots:
                there = ", ".join(form.slots)
                raise Refused(f"no slot {slot!a}", where=name, mend=f"there are {there}")
        slots = fill(form, given, self.language, self.now // 1_000)
        check_whole(form, slots)
        return {
            "form": form.number, "releasability": form.releasability.value, "remarks": None,
            "slots": slots,
        }  # fmt: skip


def spoken(speaker: Speaker, what: Statement) -> Made:
    """Raises `Refused` or `Malformed` with what to mend."""
    make = _VERBS.get(what.verb)
    if make is None:
        raise Refused(f"no verb {what.verb!a}", where="statement", mend="type: help")
    try:
        return make(speaker, what)
    except IndexError as error:
        raise Refused("a word is missing", where=what.verb, mend="type: help") from error


def check_script(script: Script, where: str) -> None:
    """Raise `Refused` for a verb or a form that there is not, before anything is played."""
    injects = [i for i in script.injects if i.who not in (NARRATOR, FAULT)]
    said = [(f"line {i.line}", i.what) for i in injects]
    for line, what in (*said, *((f"asked for: {e.why}", e.what) for e in script.expected)):
        if what.verb != END and what.verb not in _VERBS:
            raise Refused(
                f"no verb {what.verb!a}", where=f"{where}, {line}",
                mend=f"one of {', '.join(_VERBS)}",
            )  # fmt: skip
    for line, what in said:
        if _VERBS.get(what.verb) is _formed and what.words:
            form = named(VOCABULARY_3.forms, what.words[0])
            if form is None or not carried(form, what.verb):
                raise Refused(
                    f"no form {what.words[0]!a} of {what.verb}", where=f"{where}, {line}",
                    mend="`detente forms` lists them",
                )  # fmt: skip


def precedence(what: Statement) -> Precedence | None:
    """As told, if it was."""
    given = what.get("precedence").upper()
    if given and given not in Precedence.__members__:
        known = ", ".join(Precedence.__members__)
        raise Refused(f"no precedence {given!a}", where=what.verb, mend=f"one of {known}")
    return Precedence(given) if given else None


def _formed(speaker: Speaker, what: Statement) -> Made:
    reply = speaker.ref(what.get("reply")) if what.get("reply") else None
    return what.verb, speaker.form(what, what.words[0]), reply


def _replied(speaker: Speaker, what: Statement) -> Made:
    reply = speaker.ref(what.words[0])
    if len(what.words) == 1:
        return what.verb, {"text": what.get("text")}, reply
    return what.verb, speaker.form(what, what.words[1]), reply


def _bare(speaker: Speaker, what: Statement) -> Made:
    return what.verb, {}, speaker.ref(what.words[0])


def _rejected(speaker: Speaker, what: Statement) -> Made:
    return "reject", {"reason": None}, speaker.ref(what.words[0])


def _acknowledged(speaker: Speaker, what: Statement) -> Made:
    rung = what.words[1]
    if rung not in RUNGS:
        raise Refused(f"no rung {rung!a}", where="acknowledge", mend=f"one of {', '.join(RUNGS)}")
    return "acknowledge", {"rung": rung, "text": what.get("text")}, speaker.ref(what.words[0])


def _raised(speaker: Speaker, what: Statement) -> Made:
    words = {"language": speaker.language.code, "text": what.get("reason")}
    return "raise", {"reason": words}, speaker.ref(what.words[0])


def _called(_speaker: Speaker, what: Statement) -> Made:
    return "callup", {"call": what.words[0], "contact": ""}, None


def _tested(_speaker: Speaker, what: Statement) -> Made:
    return "test", {"text": what.get("text")}, None


def _moved(_speaker: Speaker, what: Statement) -> Made:
    _ = what.words[0]  # the channel
    return what.verb, {}, None


def _suspended(speaker: Speaker, what: Statement) -> Made:
    _ = what.words[0]  # the channel
    return "suspend", {"reason": what.get("reason"), "review": speaker.now + REVIEW_MS}, None


def _restored(speaker: Speaker, what: Statement) -> Made:
    return "restore", {"lifts": speaker.lifts(what.words[0])}, None


_VERBS: Final[Mapping[str, Callable[[Speaker, Statement], Made]]] = MappingProxyType({
    "accept": _bare, "acknowledge": _acknowledged, "answer": _replied, "callup": _called,
    "close": _moved, "concern": _formed, "denial": _replied, "nothing": _bare, "notify": _formed,
    "open": _moved, "propose": _formed, "query": _formed, "raise": _raised, "ready": _replied,
    "reject": _rejected, "restore": _restored, "revise": _replied, "standby": _replied,
    "statement": _formed, "suspend": _suspended, "test": _tested,
})  # fmt: skip
MOVES: Final = ("open", "close", "suspend", "restore")  # their first word is the channel
