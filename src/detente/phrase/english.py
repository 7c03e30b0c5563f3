"""What each act of vocabulary 1 says, in one plain sentence of English.

A rendering is for reading, never for deciding: what was said is the body, byte for byte, and whoever needs
to know looks at that. Free text stands in quotation marks and escaped, so that it cannot pass for a
sentence of ours.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from detente.phrase.dtg import dtg
from detente.phrase.plain import shown

HASH_SHOWN: Final = 12  # hexadecimal digits of a hash in a sentence

Body = Mapping[str, Any]

KINDS: Final[Mapping[str, str]] = MappingProxyType({
    "accident_not_hostile": "This was an accident, not a hostile act",
    "aircraft_in_distress": "An aircraft is in distress",
    "drone_astray": "A drone of ours has gone astray",
    "entry_by_mistake": "We have entered by mistake",
    "exercise": "We hold an exercise",
    "hazard": "There is a hazard",
    "other": "For your information",
    "reconnaissance_flight": "We fly a reconnaissance flight",
    "search_and_rescue": "We are searching for and rescuing people",
    "stop_you_endanger": "Stop: you endanger lives",
    "unknown_track": "We see a track that we do not know",
})  # fmt: skip

RUNGS: Final[Mapping[str, str]] = MappingProxyType({
    "displayed": "Your message is before the officer on duty.",
    "understood": "Your message is understood.",
    "not_understood": "Your message is NOT understood.",
    "passed_to_operators": "Your message has been passed to those who act on it.",
})  # fmt: skip


def _notify(body: Body) -> str:
    return f"{KINDS[body['kind']]}: {_text(body['text'])}"


def _acknowledge(body: Body) -> str:
    remark = f" {_text(body['text'])}" if body["text"] else ""
    return RUNGS[body["rung"]] + remark


def _suspend(body: Body) -> str:
    return f"We suspend this channel: {_text(body['reason'])}. We look at it again at {dtg(body['review'])}."


def _restore(body: Body) -> str:
    lifts = body["lifts"]
    noun = "the suspension" if len(lifts) == 1 else f"{len(lifts)} suspensions:"
    return f"We lift {noun} {', '.join(map(_hash, lifts))}."


def _test(body: Body) -> str:
    return f"Line test: {_text(body['text'])}" if body["text"] else "Line test."


def _standby(body: Body) -> str:
    remark = f" {_text(body['text'])}" if body["text"] else ""
    return f"Stand by: we are at your question.{remark}"


def _rekey(body: Body) -> str:
    return f"We change our keys. Those after these are promised as {_hash(body['next_keys'])}."


def _amend(body: Body) -> str:
    name = _text(body["accord"]["name"])
    return f"We propose an amended accord for {name} in place of {_hash(body['predecessor'])}, and consent to it."


def _says(words: str) -> Callable[[Body], str]:
    """A rendering with one free text."""
    return lambda body: f"{words}: {_text(body['text'])}"


def _only(words: str) -> Callable[[Body], str]:
    """A rendering without anything in it."""
    return lambda _body: words


RENDERINGS: Final[Mapping[str, Callable[[Body], str]]] = MappingProxyType({
    "acknowledge": _acknowledge,
    "agree": _only("We consent to the amendment."),
    "amend": _amend,
    "answer": _says("Answer"),
    "close": _only("We close our half of this channel, in good order."),
    "notify": _notify,
    "open": _only("We open our half of this channel."),
    "query": _says("Question"),
    "rekey": _rekey,
    "restore": _restore,
    "revise": _says("Revised"),
    "service": _says("Service, between operators"),
    "standby": _standby,
    "suspend": _suspend,
    "test": _test,
})  # fmt: skip


def say(act: str, body: Body) -> str:
    """An act in words, on one line. What is not of this vocabulary is shown as it was written."""
    rendering = RENDERINGS.get(act)
    if rendering is None:
        return raw(act, body)
    try:
        return rendering(body)
    except (AttributeError, KeyError, TypeError, ValueError):
        return raw(act, body)


def raw(act: str, body: Body) -> str:
    """An act as it was written, with nothing understood."""
    return f"{shown(act)} {shown(msgspec.json.encode(body, order='sorted').decode())}"


def _text(value: str) -> str:
    """Free text, quoted. A quotation mark inside is escaped: the first bare one after it ends it."""
    inside = shown(value).replace("”", "\\u{201d}")
    return f"“{inside}”"


def _hash(value: str) -> str:
    return shown(value[:HASH_SHOWN])
