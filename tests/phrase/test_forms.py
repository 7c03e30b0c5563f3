"""One meaning in every language: what is said is read back, for every form, act and language."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.line.form import named
from detente.line.rules import VOCABULARY_3, read_body
from detente.phrase import forms, kinds, template, values
from detente.phrase.language import shipped
from detente.phrasebook import language
from tests.phrase.bodies import FORMS, NAMES, acts_of, bodies, example

LANGUAGES = shipped()
GOLDEN = Path(__file__).parent / "golden"
READING = (forms, kinds, template, values)  # what these tests take in hand


def form_named(name: str) -> Any:
    form = named(FORMS, name)
    assert form is not None
    return form


@pytest.mark.parametrize("code", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_is_read_back(code: str, name: str) -> None:
    form, speech = form_named(name), language(code)

    @settings(max_examples=25)
    @given(bodies(form), st.sampled_from(acts_of(form)))
    def read_back(body: dict[str, Any], act: str) -> None:
        read_body(VOCABULARY_3, act, body)  # it is what the vocabulary understands
        text = speech.say(act, body)
        assert "\n" in text
        assert speech.read(text) == (act, body)
        assert speech.read(template.plain_spaces(text)) == (act, body)

    read_back()


@pytest.mark.parametrize("code", LANGUAGES)
def test_different_contents_never_give_the_same_text(code: str) -> None:
    speech, said = language(code), dict[str, tuple[str, int]]()
    for form in FORMS.values():
        for act in acts_of(form):
            text = template.plain_spaces(speech.say(act, example(form)))
            assert said.setdefault(text, (act, form.number)) == (act, form.number)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_golden_texts(code: str, *, rewrite: bool) -> None:
    speech = language(code)
    text = "\n\n".join(speech.say(form.acts[0], example(form)) for form in FORMS.values()).replace(
        "\u00a0", "~"
    )
    path = GOLDEN / f"{code}.txt"
    if rewrite:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text + "\n", "if it ought to be so: --rewrite"


@pytest.mark.parametrize(
    "number, words",
    [(1, "1 истребитель"), (3, "3 истребителя"), (5, "5 истребителей"), (21, "21 истребитель")],
)
def test_plurals_are_those_of_the_language(number: int, words: str) -> None:
    body = example(form_named("reconnaissance_flight"))
    body["slots"]["craft"] = {**body["slots"]["craft"], "number": number}
    assert words in language("ru").say("notify", body).split("\n")[1].replace("\u00a0", " ")


@pytest.mark.parametrize(
    "spoil, why",
    [
        (lambda text: "Nothing of ours", "begins as no form does"),
        (lambda text: text.rsplit("\n", 2)[0], "ends before it is whole"),
        (lambda text: text + "\nFire at will.", "no line of form 1 reads so"),
        (lambda text: text.replace("3 fighters", "3 fighter"), "no number of these"),
        (lambda text: text.replace("44°00.000′", "44°60.000′"), "not the words of it"),
        (lambda text: text.replace("Purpose: ", "Purpose; "), "purpose cannot be read here"),
        (lambda text: text + "x" * 70_000, "characters, at most"),
    ],
)
def test_a_text_that_nobody_said_is_refused(spoil: Any, why: str) -> None:
    speech = language("en")
    text = speech.say("notify", example(form_named("reconnaissance_flight")))
    with pytest.raises(Malformed, match=why):
        speech.read(spoil(text))


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    for code in LANGUAGES:
        head = language(code).say("notify", example(form_named("accident"))).split("\n")[0]
        for tried in (text, f"{head}\n{text}"):
            with pytest.raises(Malformed):
                language(code).read(tried)
