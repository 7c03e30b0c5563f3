"""An exercise as it runs: what the script makes the partner do, and what the officer does.

Both speak with the same few verbs: what a person types is what a script may say.
"""

from __future__ import annotations

import dataclasses
import secrets
from typing import Final

from detente.errors import DetenteError, Malformed, Refused
from detente.exercise.saying import MOVES, Speaker, precedence, spoken
from detente.exercise.script import END, FAULT, NARRATOR, YOU, Inject, Script, Statement
from detente.exercise.table import Table
from detente.journal import Journal
from detente.line.act import Body
from detente.line.message import Content, Precedence, parse_message
from detente.line.rules import VOCABULARY_3, form_of, read_body, saves_lives
from detente.line.state import Said
from detente.phrase.dtg import parse_time
from detente.phrase.language import Language
from detente.tlog.hash import Hash

SALT_BYTES: Final = 16
PREFIX_MIN: Final = 4  # hexadecimal digits that name a message


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """Something that whoever takes part sees: at a time (ms UTC), by whom, in words."""

    at: int
    by: str  # a party, or empty: the narrator
    leaf: Hash | None
    text: str


@dataclasses.dataclass(frozen=True, slots=True)
class Done:
    """Something that whoever takes part said: when (ms UTC), the act, the words that tell it from
    others of its kind, and what it replies to.
    """

    at: int
    act: str
    words: frozenset[str]
    reply: Hash | None


class Play:
    """One run. `language`: of the officer."""

    def __init__(self, script: Script, language: Language) -> None:
        self.script, self._language = script, language
        self.begins = parse_time(script.begins)
        self.table = Table(script.line, (script.you, script.partner), self.begins)
        self._rest = list(script.injects)
        self.names: dict[str, Hash] = {}
        self.done: list[Done] = []
        self.over = False
        for party in (script.you, script.partner):
            for channel in self.table.accord.channels:
                self._say(party, Statement("open", (channel.name,)))
        self.done.clear()
        self.first = self._seen = self.ours.state.own.size  # before it, nothing of the script

    @property
    def ours(self) -> Journal:
        return self.table.journals[self.script.you]

    @property
    def next_at(self) -> int | None:
        """When something is to happen next that the officer does not do himself, ms UTC."""
        rest = (self.begins + inject.at for inject in self._rest if inject.who != YOU)
        return next(rest, None)

    def advance(self, now: int, *, model: bool) -> list[Told]:
        """Play all that is due by `now` (ms UTC). `model`: the script's officer acts as well."""
        told = list[Told]()
        while self._rest and self.begins + self._rest[0].at <= now and not self.over:
            inject = self._rest.pop(0)
            self.table.now = max(self.table.now, self.begins + inject.at)
            if inject.who != YOU or model:
                told += [*self._happens(inject), *self._heard()]
        self.table.now = max(self.table.now, now)
        return told

    def act(self, what: Statement) -> list[Told]:
        """What whoever takes part has typed. Raises a `DetenteError` that says what to mend."""
        leaf = self._say(self.script.you, what)
        self._name(what, leaf)
        if not what.get("as") and (name := self._as_the_model(what)):
            self.names[name] = leaf
        return self._heard()

    def _as_the_model(self, what: Statement) -> str:
        """The name that the script has for what an officer does, so that the partner can answer it:
        of the first of the model's own that is of this kind and has not been said.
        """
        for inject in self.script.injects:
            name = inject.what.get("as")
            if inject.who == YOU and name and name not in self.names:
                model = inject.what
                if model.verb == what.verb and model.words[-1:] == what.words[-1:]:
                    return name
        return ""

    def ref(self, text: str) -> Hash:
        """A message by its name in the script, or by the beginning of its leaf hash."""
        if text in self.names:
            return self.names[text]
        found = [leaf for leaf in self.ours.state.messages if leaf.hex().startswith(text)]
        if len(text) < PREFIX_MIN or len(found) != 1:
            raise Refused(f"{text!a} names no message", where="reference", mend="its first digits")
        return found[0]

    # -- inside ------------------------------------------------------------------------------------

    def _happens(self, inject: Inject) -> list[Told]:
        at, what = self.begins + inject.at, inject.what
        if what.verb == END:
            self.over = True
            return []
        if inject.who == NARRATOR:
            return [Told(at, "", None, what.words[0])]
        if inject.who == FAULT:
            return [Told(at, "", None, self._fault(what.verb))]
        party = self.script.you if inject.who == YOU else inject.who
        if self._unsaid(what):
            return []  # the officer never said what this answers
        try:
            self._name(what, self._say(party, what))
        except Refused as error:
            if self.done:  # what the officer did stands in its way, as it would on the day
                return [Told(at, "", None, f"{party} cannot say it: {error.what}")]
            raise Malformed(
                str(error), where=f"line {inject.line} of the script", mend=error.mend
            ) from error
        except DetenteError as error:
            where = f"line {inject.line} of the script"
            raise Malformed(str(error), where=where, mend=error.mend) from error
        return []

    def _unsaid(self, what: Statement) -> bool:
        """Whether it refers to something of the officer's that he has not said, or to an answer to
        it that was not given.
        """
        known = {i.what.get("as") for i in self.script.injects} - {""}
        return any(word in known - self.names.keys() for word in (*what.words, what.get("reply")))

    def _name(self, what: Statement, leaf: Hash) -> None:
        if name := what.get("as"):
            self.names[name] = leaf

    def _fault(self, verb: str) -> str:
        if verb == "down":
            self.table.cut()
            return "The line to the other side is cut."
        self.table.link()
        return "The line to the other side is restored."

    def _heard(self) -> list[Told]:
        """What is new in the officer's own ledger: of the other side, and his own words."""
        state, told = self.ours.state, list[Told]()
        for place in range(self._seen, state.own.size):
            leaf = state.own.leaf(place)
            body = parse_message(self.ours.leaf(leaf)).body
            said = state.messages[leaf]
            text = self._language.say(said.act, body)
            told.append(Told(self.table.now, said.author, leaf, text))
        self._seen = state.own.size
        return told

    def _say(self, party: str, what: Statement) -> Hash:
        state = self.table.journals[party].state

        def lifts(channel: str) -> list[str]:
            return [leaf.hex() for leaf in state.standing_suspensions(channel)]

        speaker = Speaker(self.ref, lifts, self._language, self.table.now)
        act, body, reply = spoken(speaker, what)
        original = state.messages.get(reply) if reply else None
        channel = what.get("channel") or (original.channel if original else "duty")
        value = read_body(VOCABULARY_3, act, body)
        content = Content(
            act=act, author=party, body=body, channel=what.words[0] if act in MOVES else channel,
            line=self.table.line, precedence=_precedence(what, act, value, original),
            reply=reply.hex() if reply else None, salt=secrets.token_hex(SALT_BYTES), to=(),
        )  # fmt: skip
        leaf = self.table.say(content)
        if party == self.script.you:
            form = form_of(VOCABULARY_3, value)
            words = frozenset((*what.words, *((form.name,) if form else ())))
            self.done.append(Done(self.table.now, act, words, reply))
        return leaf


def _precedence(what: Statement, act: str, value: Body, original: Said | None) -> Precedence:
    """As told; else what moves a half or saves a life goes FLASH, a form as it says, and a reply as
    fast as what it answers.
    """
    form = form_of(VOCABULARY_3, value)
    if given := precedence(what):
        return given
    if form is not None:
        return form.precedence
    if VOCABULARY_3.acts[act].flash or saves_lives(VOCABULARY_3, value):
        return Precedence.FLASH
    return original.precedence if original else Precedence.ROUTINE
