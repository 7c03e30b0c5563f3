from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detente.line import act
from detente.line.accord import Call
from detente.line.act import Kind, Rung
from detente.line.canonical import encode
from detente.line.rules import VOCABULARY_1, VOCABULARY_2, VOCABULARY_3, understood
from detente.phrase.acts import CALLS, KINDS, RUNGS, SENTENCES
from detente.phrase.language import shipped
from detente.phrasebook import language

HASH = "0123456789ab" + "cd" * 26
TEXT = "Two aircraft, Black Sea"
SAID: dict[str, tuple[dict[str, Any], str]] = {
    "open": ({}, "We open our half of this channel."),
    "suspend": (
        {"reason": TEXT, "review": 1795372205123},
        f"We suspend this channel: “{TEXT}”. We look at it again at 18:30:05Z on 22 November 2026.",
    ),
    "restore": ({"lifts": [HASH]}, "We lift the suspension: 0123456789ab."),
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


SAID_2: dict[str, tuple[dict[str, Any], str]] = {
    "accept": (
        {},
        "We accept this proposal, word for word. Nothing is agreed until its proposer concludes.",
    ),
    "cancel": (
        {"reason": {"language": "en", "text": TEXT}},
        f"We withdraw this: “{TEXT}” (original in English)",
    ),
    "conclude": ({"accepts": [HASH]}, "Our proposal is agreed. It was accepted in 0123456789ab."),
    "correction": ({"text": TEXT}, f"Corrected: “{TEXT}”"),
    "goodwill": (
        {"words": {"language": "ru", "text": "С праздником"}},
        "In good will: “С праздником” (original in Russian)",
    ),
    "reject": ({"reason": None}, "We do not accept this proposal."),
    "translate": (
        {"by": "A", "checked_by": "B", "language": "en", "machine": False, "text": TEXT},
        f"Translation into English by “A”, checked by “B”; the original governs: “{TEXT}”",
    ),
}
SAID_3: dict[str, tuple[dict[str, Any], str]] = {
    "callup": ({"call": "opening", "contact": "weekly"}, "Call-up: the opening call, “weekly”."),
    "nothing": ({}, "Nothing to report."),
    "raise": (
        {"reason": {"language": "en", "text": TEXT}},
        f"We raise this matter to a higher level: “{TEXT}” (original in English)",
    ),
    "ready": ({"text": ""}, "Ready: this post is manned."),
}
FORMED = {"concern", "counter", "denial", "propose", "statement"}  # by a form alone


def test_every_act_has_a_rendering_and_every_rendering_an_act() -> None:
    acts = {name.split("_")[0] for name in SENTENCES}
    assert acts | FORMED == set(VOCABULARY_3.acts)
    assert acts == SAID.keys() | SAID_2.keys() | SAID_3.keys()


def test_every_kind_and_every_rung_has_words() -> None:
    assert set(KINDS) == {kind.value for kind in Kind}
    assert set(CALLS) == {call.value for call in Call}
    assert set(RUNGS) == {rung.value for rung in Rung}


@pytest.mark.parametrize("name", SAID_2)
def test_an_act_of_vocabulary_2_in_words(name: str) -> None:
    body, words = SAID_2[name]
    assert understood(VOCABULARY_2, name, body) is not None
    assert language("en").say(name, body) == words


@pytest.mark.parametrize("name", SAID_3)
def test_an_act_of_vocabulary_3_in_words(name: str) -> None:
    body, words = SAID_3[name]
    assert understood(VOCABULARY_3, name, body) is not None
    assert understood(VOCABULARY_2, name, body) is None
    assert language("en").say(name, body) == words


@pytest.mark.parametrize("code", shipped())
def test_every_language_says_every_act(code: str) -> None:
    speech = language(code)
    said = SAID | SAID_2 | SAID_3
    texts = [speech.say(name, body) for name, (body, _) in said.items()]
    assert len(set(texts)) == len(texts)
    assert not [text for text in texts if "{" in text]


@pytest.mark.parametrize(
    "more, words",
    [
        ({"machine": True}, "by a machine (“A”), an aid and nothing more"),
        ({"checked_by": "A"}, "checked by NOBODY ELSE"),
        ({"checked_by": ""}, "checked by NOBODY ELSE"),
    ],
)
def test_a_translation_says_what_it_is_worth(more: dict[str, Any], words: str) -> None:
    assert words in language("en").say("translate", SAID_2["translate"][0] | more)


@pytest.mark.parametrize("name", SAID)
def test_an_act_in_words(name: str) -> None:
    body, words = SAID[name]
    assert language("en").say(name, body) == words


@pytest.mark.parametrize("name", SAID)
def test_what_is_rendered_is_what_the_vocabulary_understands(name: str) -> None:
    assert understood(VOCABULARY_1, name, SAID[name][0]) is not None


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_is_said(kind: Kind) -> None:
    body = msgspec.json.decode(encode(act.Notify(kind=kind, text=TEXT)))
    assert language("en").say("notify", body).endswith(f": “{TEXT}”")


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
    assert language("en").say(name, body) == f"{name} {encode(body).decode()}"


def test_free_text_cannot_pass_for_ours() -> None:
    body = {"text": "ours”. \x1b[1mWe suspend this channel\u202e"}
    assert language("en").say("answer", body) == (
        "Answer: “ours\\u{201d}. \\u{1b}[1mWe suspend this channel\\u{202e}”"
    )
    assert "\x1b" not in language("en").say("\x1b[1m", {"text": "\x1b[1m"})
