"""Officers: what they agreed before the crisis, and what they try to say in it.

They see their own station and nothing else, choose often badly, and forget.
"""

from __future__ import annotations

import dataclasses
import random
from types import MappingProxyType
from typing import Any, Final, cast

import msgspec
from rpds import HashTrieMap

from detente.line.accord import Accord, Card, Channel, Clocks, Level, PerPrecedence, Rates
from detente.line.act import Body, Kind, Rung, Short
from detente.line.canonical import encode
from detente.line.decide import Authority
from detente.line.message import Content, Precedence
from detente.line.rules import VOCABULARIES, VOCABULARY_3, Half, Passes, Row, Vocabularies
from detente.line.state import State
from detente.line.threads import questions
from detente.line.views import channels
from detente.sim import saying
from detente.sim.keyring import GENERATIONS, Keyring
from detente.tlog.hash import Hash

NAMES: Final = ("east", "north", "south", "west")
REVIEW_MS: Final = 3_600_000
_POSTS: Final = ("chief", "watch")


class Wave(Body, frozen=True):
    """An act that no released vocabulary has: what a newer station might say."""

    text: Short


VOCABULARY_4: Final = dataclasses.replace(
    VOCABULARY_3,
    version=4,
    acts=MappingProxyType(
        {**VOCABULARY_3.acts, "wave": Row(Wave, {Half.OPEN: Half.OPEN}, Passes.ALWAYS)}
    ),
)
OLD: Final[Vocabularies] = VOCABULARIES
NEW: Final[Vocabularies] = MappingProxyType({**OLD, 4: VOCABULARY_4})
# Since vocabulary 3 a channel has a level, and a matter may be raised to a higher one.
CHANNELS: Final = (
    Channel(name="duty", title="Duty officers"),
    Channel(name="high", title="Leaders"),
)
LEVELLED: Final = tuple(
    msgspec.structs.replace(channel, level=level)
    for channel, level in zip(CHANNELS, (Level.DUTY, Level.CHIEF), strict=True)
)


def origin(party: str) -> str:
    return f"{party}.example/{NAMES.index(party) + 1:032x}"


# What an honest party lets nobody but its chief release.
AUTHORITY: Final = Authority(
    HashTrieMap({"suspend": frozenset(("chief",)), "close": frozenset(("chief",))})
)


def terms(
    names: tuple[str, ...], ring: Keyring, vocabulary: int, *, earnest: bool = False
) -> bytes:
    """The accord that all of them have signed, by having it as leaf 0; or that of another line of
    theirs, in earnest and with other keys.
    """
    often = PerPrecedence(flash=1, immediate=1, priority=1, routine=1)
    accord = Accord(
        channels=LEVELLED if vocabulary >= 3 else CHANNELS,
        clocks=Clocks(acknowledge_s=often, answer_s=60, beat_s=5, test_s=60),
        exercise=not earnest,
        languages=saying.LANGUAGES,
        name="earnest" if earnest else "crisis",
        parties=tuple(_card(name, ring, earnest=earnest) for name in names),
        rates=Rates(bytes_a_minute=often, messages_a_minute=often),
        vocabulary=vocabulary,
    )
    return encode(accord)


def _card(party: str, ring: Keyring, *, earnest: bool) -> Card:
    keys, byte = ring.public(party, 2 if earnest else 0), NAMES.index(party).to_bytes(1, "big")
    return Card(
        courier=byte * 1_216,
        ed25519=keys.ed25519,
        link=byte * 32,
        mldsa44=keys.mldsa44,
        next_keys=ring.public(party, 1).digest().hex(),
        origin=origin(party).replace(".example", ".earnest") if earnest else origin(party),
        party=party,
    )


def rekey_body(ring: Keyring, party: str, generation: int) -> dict[str, Any]:
    keys = ring.public(party, generation)
    following = ring.public(party, (generation + 1) % GENERATIONS)
    return {
        "ed25519": _base64(keys.ed25519),
        "mldsa44": _base64(keys.mldsa44),
        "next_keys": following.digest().hex(),
    }


def _base64(data: bytes) -> str:
    return cast("str", msgspec.to_builtins(data))


SPOKEN: Final = "spoken"  # a form or a decision of vocabulary 3, as `saying` has it
# what an officer reaches for, and how often
_CHOICES: Final[tuple[tuple[str, int], ...]] = (
    ("open", 14), ("suspend", 6), ("restore", 14), ("close", 3), ("notify", 16), ("revise", 4),
    ("query", 8), ("answer", 10), ("standby", 4), ("acknowledge", 8), ("test", 5), ("service", 4),
    ("rekey", 2), ("amend", 3), ("agree", 10), ("wave", 4), (SPOKEN, 70),
)  # fmt: skip


class Officer:
    """Drafts what somebody at one station wants to say now."""

    def __init__(self, rng: random.Random, ring: Keyring) -> None:
        self._rng, self._ring = rng, ring

    def draft(self, state: State) -> Content | None:
        """None: there was nothing to say, or they forgot."""
        rng = self._rng
        act = rng.choices([name for name, _ in _CHOICES], [often for _, often in _CHOICES])[0]
        if rng.random() < 0.3:
            act = self._due(state) or act
        channel = rng.choice(channels(state))
        found: tuple[dict[str, Any], str, Hash | None] | None
        if act == SPOKEN:
            said = saying.due(rng, state) if rng.random() < 0.7 else None
            said = said or saying.say(rng, state, channel)
            act, found = (said[0], said[1:]) if said else (act, None)
        else:
            found = self._said(state, act, channel)
        if found is None:
            return None
        body, channel, reply = found
        row = VOCABULARY_4.acts[act]
        flash = row.flash if rng.random() < 0.97 else not row.flash
        precedence = Precedence.FLASH if flash else rng.choice(list(Precedence))
        return self.content(state, act, channel, body, precedence, reply)

    def _due(self, state: State) -> str:
        """What the others are waiting for."""
        for leaf, amendment in sorted(state.amendments.items()):
            consents = {state.messages[reply].author for reply in state.replies.get(leaf, ())}
            consents.add(state.messages[leaf].author)
            if amendment.predecessor == state.standing and state.us not in consents:
                return "agree"
        return {1: "amend", 2: "amend", 3: ""}.get(state.accord.vocabulary, "wave")

    def releasers(self) -> tuple[str, ...]:
        """Who lets it go: mostly whoever may."""
        return (self._rng.choices(_POSTS, (3, 1))[0],)

    def content(
        self, state: State, act: str, channel: str, body: dict[str, Any], precedence: Precedence,
        reply: Hash | None = None,
    ) -> Content:  # fmt: skip
        return Content(
            act=act,
            author=state.us,
            body=body,
            channel=channel,
            line=state.line.hex(),
            precedence=precedence,
            reply=reply.hex() if reply else None,
            salt=self._rng.randbytes(16).hex(),
            to=tuple(sorted(self._rng.sample(_POSTS, self._rng.randrange(2)))),
        )

    def _said(
        self, state: State, act: str, channel: str
    ) -> tuple[dict[str, Any], str, Hash | None] | None:
        rng = self._rng
        match act:
            case "open" | "close":
                return {}, channel, None
            case "suspend":
                return {"reason": "exercise", "review": REVIEW_MS}, channel, None
            case "restore":
                lifts = [s.hex() for s in state.standing_suspensions(channel)]
                return ({"lifts": lifts[:16]}, channel, None) if lifts else None
            case "notify":
                kind = rng.choice(list(Kind))
                return {"kind": kind.value, "text": f"{rng.random()}"}, channel, None
            case "query" | "test" | "service" | "wave":
                return {"text": act}, channel, None
            case "rekey":
                generation = len(state.generations(state.us))
                if generation + 1 >= GENERATIONS:
                    return None
                return rekey_body(self._ring, state.us, generation), channel, None
            case "amend":
                return self._amendment(state), channel, None
            case _:
                return self._reply(state, act)

    def _amendment(self, state: State) -> dict[str, Any]:
        change: dict[str, Any] = {"vocabulary": min(4, state.accord.vocabulary + 1)}
        if state.accord.vocabulary == 2:
            change["channels"] = LEVELLED
        if state.accord.vocabulary > 1 and self._rng.random() < 0.5:
            order = f"order {self._rng.randrange(1_000)}"
            change = {"standing_orders": (*state.accord.standing_orders[-3:], order)}
        accord = msgspec.structs.replace(state.accord, **change)
        return {"accord": msgspec.json.decode(encode(accord)), "predecessor": state.standing.hex()}

    def _reply(self, state: State, act: str) -> tuple[dict[str, Any], str, Hash | None] | None:
        candidates = self._candidates(state, act)
        if not candidates:
            return None
        reply = self._rng.choice(sorted(candidates))
        body: dict[str, Any] = {"text": act}
        if act == "agree":
            body = {}
        if act == "acknowledge":
            body["rung"] = self._rng.choice(list(Rung)).value
        return body, state.messages[reply].channel, reply

    def _candidates(self, state: State, act: str) -> list[Hash]:
        messages = state.messages
        match act:
            case "answer" | "standby":
                return [q.query for q in questions(state) if messages[q.query].author != state.us]
            case "agree":
                return [a for a in state.amendments if messages[a].author != state.us]
            case "revise":
                return [
                    leaf
                    for leaf, said in messages.items()
                    if said.author == state.us and said.act == "notify"
                ]
            case _:
                return [leaf for leaf, said in messages.items() if said.author != state.us]
