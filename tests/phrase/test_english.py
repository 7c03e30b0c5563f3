from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detente.line import act
from detente.line.act import Kind, Rung
from detente.line.canonical import encode
from detente.line.rules import VOCABULARY_1, understood
from detente.phrase import english

HASH = "0123456789ab" + "cd" * 26
TEXT = "Two aircraft, Black Sea"
SAID: dict[str, tuple[dict[str, Any], str]] = {
    "open": ({}, "We open our half of this channel."),
    "suspend": (
        {"reason": TEXT, "review": 1795372205123},
        f"We suspend this channel: “{TEXT}”. We look at it again at 221830Z NOV 26.",
    ),
    "restore": ({"lifts": [HASH]}, "We lift the suspension 0123456789ab."),
    "close": ({}, "We close our half of this channel, in good order."),
    "test": ({"text": ""}, "Line test."),
    "notify": (
        {"kind": "reconnaissance_flight", "text": TEXT},
        "We fly a reconnaissance flight: “Two aircraft, Black Sea”",
    ),
    "revise": ({"text": TEXT}, "Revised: “Two aircraft, Black Sea”"),
    "query": ({"text": TEXT}, "Question: “Two aircraft, Black Sea”"),
    "answer": ({"text": TEXT}, "Answer: “Two aircraft, Black Sea”"),
    "standby": ({"text": ""}, "Stand by: we are at your question."),
    "acknowledge": ({"rung": "understood", "text": ""}, "Your message is understood."),
    "service": ({"text": TEXT}, "Service, between operators: “Two aircraft, Black Sea”"),
    "rekey": (
        {"ed25519": "A" * 43 + "=", "mldsa44": "A" * 1750 + "==", "next_keys": HASH},
        "We change our keys. Those after these are promised as 0123456789ab.",
    ),
    "amend": (
        {"accord": {"name": "demo"}, "predecessor": HASH},
        "We propose an amended accord for “demo” in place of 0123456789ab, and consent to it.",
    ),
    "agree": ({}, "We consent to the amendment."),
}


def test_every_act_has_a_rendering_and_every_rendering_an_act() -> None:
    assert set(english.RENDERINGS) == set(VOCABULARY_1.acts) == set(SAID)


def test_every_kind_and_every_rung_has_words() -> None:
    assert set(english.KINDS) == {kind.value for kind in Kind}
    assert set(english.RUNGS) == {rung.value for rung in Rung}


@pytest.mark.parametrize("name", SAID)
def test_an_act_in_words(name: str) -> None:
    body, words = SAID[name]
    assert english.say(name, body) == words


@pytest.mark.parametrize("name", SAID)
def test_what_is_rendered_is_what_the_vocabulary_understands(name: str) -> None:
    assert understood(VOCABULARY_1, name, SAID[name][0]) is not None


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_said(kind: Kind) -> None:
    body = msgspec.json.decode(encode(act.Notify(kind=kind, text=TEXT)))
    assert english.say("notify", body) == f"{english.KINDS[kind.value]}: “{TEXT}”"


@pytest.mark.parametrize(
    "name, body",
    [
        ("threaten", {"text": TEXT}),
        ("notify", {"kind": "attack", "text": TEXT}),
        ("notify", {"kind": ["exercise"], "text": TEXT}),
        ("query", {}),
        ("query", {"text": 7}),
        ("suspend", {"reason": TEXT, "review": "soon"}),
        ("restore", {"lifts": 1}),
        ("amend", {"accord": [], "predecessor": HASH}),
    ],
)
def test_what_is_not_understood_is_shown_as_it_was_written(name: str, body: dict[str, Any]) -> None:
    assert english.say(name, body) == f"{name} {encode(body).decode()}"


def test_free_text_cannot_pass_for_ours() -> None:
    body = {"text": "ours”. \x1b[1mWe suspend this channel\u202e"}
    assert english.say("answer", body) == (
        "Answer: “ours\\u{201d}. \\u{1b}[1mWe suspend this channel\\u{202e}”"
    )
    assert "\x1b" not in english.say("\x1b[1m", {"text": "\x1b[1m"})
