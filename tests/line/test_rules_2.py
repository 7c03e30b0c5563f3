"""The rows of vocabulary 2, written by hand from the design and not from the tables."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from detente.line import act, rules
from detente.line.act import Body, Kind
from detente.line.form import Form
from detente.line.rules import VOCABULARY_1, VOCABULARY_2, By, Half, Passes, Thread
from tests.line.cases_vocabulary import tables
from tests.phrase.bodies import example

FORMS = VOCABULARY_2.forms
NAMED = {form.name: form for form in FORMS.values()}

# Act: body, passes, carries forms, what it begins, whose message it answers, and which.
NEW: dict[str, tuple[type[Body], Passes, bool, Thread | None, By, str]] = {
    "notify": (act.Notify, Passes.SAFETY_OF_LIFE, True, None, By.THEIRS, ""),
    "revise": (
        act.Revise, Passes.WITH_ITS_ORIGINAL, True, None, By.OURS, "notify query concern",
    ),
    "cancel": (
        act.Cancel, Passes.WITH_ITS_ORIGINAL, False, None, By.OURS,
        "notify query concern propose counter",
    ),
    "query": (act.Query, Passes.SAFETY_OF_LIFE, True, Thread.QUESTION, By.THEIRS, ""),
    "answer": (
        act.Answer, Passes.WITH_ITS_ORIGINAL, True, None, By.THEIRS, "query concern",
    ),
    "standby": (
        act.Standby, Passes.WITH_ITS_ORIGINAL, False, None, By.THEIRS,
        "query concern propose counter",
    ),
    "propose": (act.Formed, Passes.NEVER, True, Thread.PROPOSAL, By.THEIRS, ""),
    "counter": (
        act.Formed, Passes.WITH_ITS_ORIGINAL, True, Thread.PROPOSAL, By.THEIRS, "propose counter",
    ),
    "accept": (act.Accept, Passes.WITH_ITS_ORIGINAL, False, None, By.THEIRS, "propose counter"),
    "reject": (act.Reject, Passes.WITH_ITS_ORIGINAL, False, None, By.THEIRS, "propose counter"),
    "conclude": (act.Conclude, Passes.WITH_ITS_ORIGINAL, False, None, By.OURS, "propose counter"),
    "concern": (act.Formed, Passes.NEVER, True, Thread.QUESTION, By.THEIRS, ""),
    "denial": (
        act.Formed, Passes.WITH_ITS_ORIGINAL, True, None, By.THEIRS,
        "query concern notify answer statement",
    ),
    "goodwill": (act.GoodWill, Passes.NEVER, False, None, By.THEIRS, ""),
    "statement": (act.Formed, Passes.NEVER, True, None, By.THEIRS, ""),
    "correction": (
        act.Revise, Passes.WITH_ITS_ORIGINAL, True, None, By.OURS,
        "notify revise query answer standby concern denial goodwill statement",
    ),
    "translate": (
        act.Translate, Passes.WITH_ITS_ORIGINAL, False, None, By.ANYONE,
        "notify revise query answer standby concern denial goodwill statement propose counter",
    ),
}  # fmt: skip
SAVES_LIVES = {
    "unknown_track", "track_answer", "drone_astray", "entry_by_mistake", "accident",
    "stop_you_endanger", "aircraft_in_distress", "search_and_rescue", "intercept_begun",
    "intercept_ended", "escort_begun", "escort_ended", "hazard_at_site",
    "navigation_interference", "balloon",
}  # fmt: skip
WORDS = {"language": "en", "text": "x"}
TRANSLATION = {"by": "A", "checked_by": "", "language": "ru", "machine": True, "text": "x"}
BODIES: dict[str, dict[str, Any]] = {
    "accept": {},
    "cancel": {"reason": WORDS},
    "conclude": {"accepts": ["ab" * 32]},
    "correction": {"text": "x"},
    "goodwill": {"words": WORDS},
    "reject": {"reason": None},
    "translate": TRANSLATION,
}


def test_it_keeps_every_act_of_the_one_before_and_names_all_others() -> None:
    assert set(VOCABULARY_2.acts) == set(VOCABULARY_1.acts) | set(NEW)
    kept = tables(VOCABULARY_1)["acts"].keys() - NEW.keys()
    one, two = tables(VOCABULARY_1)["acts"], tables(VOCABULARY_2)["acts"]
    assert {name: two[name] for name in kept} == {name: one[name] for name in kept}
    assert VOCABULARY_2.safety_of_life == VOCABULARY_1.safety_of_life
    assert not VOCABULARY_1.forms


@pytest.mark.parametrize("name", NEW)
def test_each_row(name: str) -> None:
    row = VOCABULARY_2.acts[name]
    body, passes, formed, begun, by, originals = NEW[name]
    assert (row.body, row.passes, row.formed, row.begins) == (body, passes, formed, begun)
    assert row.replies_to == set(originals.split())
    assert row.by is by or not originals
    assert not row.flash
    for half in Half:
        moved = rules.after(half, row, passes=False)
        assert moved is (half if half is Half.OPEN else None), "no new act moves a half"


@pytest.mark.parametrize("by, ours", list(itertools.product(By, (True, False))))
def test_whose_message_a_reply_answers(by: By, ours: bool) -> None:
    wanted = {By.OURS: ours, By.THEIRS: not ours, By.ANYONE: True}[by]
    assert rules.by_whom(by, ours=ours) is wanted


@pytest.mark.parametrize("form", FORMS.values(), ids=lambda form: form.name)
def test_a_message_in_a_form_saves_lives_if_the_form_says_so(form: Form) -> None:
    name = form.acts[0]
    body = rules.read_body(VOCABULARY_2, name, example(form))
    assert rules.saves_lives(VOCABULARY_2, body) is (form.name in SAVES_LIVES)
    assert rules.form_of(VOCABULARY_2, body) == form
    for other in VOCABULARY_2.acts:
        understood = rules.understood(VOCABULARY_2, other, example(form))
        assert (understood is not None) == rules.carried(form, other), other
    if name in VOCABULARY_1.acts:
        assert rules.understood(VOCABULARY_1, name, example(form)) is None


def test_a_query_saves_lives_by_its_form_alone() -> None:
    plain = rules.read_body(VOCABULARY_2, "query", {"text": "an aircraft falls, is it yours?"})
    track = rules.read_body(VOCABULARY_2, "query", example(NAMED["unknown_track"]))
    question = rules.read_body(VOCABULARY_2, "query", example(NAMED["question"]))
    asked = [rules.saves_lives(VOCABULARY_2, body) for body in (plain, track, question)]
    assert asked == [False, True, False]


def test_a_notice_of_a_kind_saves_lives_as_before() -> None:
    for kind in Kind:
        body = rules.read_body(VOCABULARY_2, "notify", {"kind": kind.value, "text": "x"})
        saves = rules.saves_lives(VOCABULARY_2, body)
        assert saves is (kind in VOCABULARY_1.safety_of_life)


def test_what_a_form_begins() -> None:
    notify, query = VOCABULARY_2.acts["notify"], VOCABULARY_2.acts["query"]
    begun = {name: rules.begins(notify, form) for name, form in NAMED.items() if form.opens}
    assert begun == {"incident_opened": Thread.INCIDENT, "zone_declared": Thread.ZONE}
    assert rules.begins(query, NAMED["unknown_track"]) is Thread.QUESTION
    assert rules.begins(query, None) is Thread.QUESTION
    assert rules.begins(notify, None) is None


@pytest.mark.parametrize("name", BODIES)
def test_a_new_body_is_understood_in_its_one_form(name: str) -> None:
    body = BODIES[name]
    assert rules.understood(VOCABULARY_2, name, body) is not None
    assert rules.understood(VOCABULARY_1, name, body) is None
    assert rules.understood(VOCABULARY_2, name, {**body, "more": 1}) is None
    for field in body:
        rest = {key: value for key, value in body.items() if key != field}
        assert rules.understood(VOCABULARY_2, name, rest) is None
        assert rules.understood(VOCABULARY_2, name, {**body, field: 1.5}) is None


FULL = example(NAMED["exercise"])


@pytest.mark.parametrize(
    "name, body",
    [
        ("propose", {}),
        ("conclude", {"accepts": []}),
        ("conclude", {"accepts": ["ab" * 32] * 16}),
        ("conclude", {"accepts": ["AB" * 32]}),
        ("cancel", {"reason": None}),
        ("goodwill", {"words": {"language": "EN", "text": "x"}}),
        ("goodwill", {"words": {"language": "en", "text": ""}}),
        ("goodwill", {"words": {"language": "en", "text": "x" * 2_001}}),
        ("translate", {**TRANSLATION, "by": ""}),
        ("translate", {**TRANSLATION, "machine": 1}),
        ("notify", {**FULL, "form": True}),
        ("notify", {**FULL, "form": 0}),
        ("notify", {**FULL, "form": 999}),
        ("notify", {**FULL, "releasability": "theirs"}),
        ("notify", {**FULL, "remarks": "in passing"}),
        ("notify", {**FULL, "slots": {**FULL["slots"], "colour": "red"}}),
        ("notify", {**FULL, "slots": {}}),
        ("notify", {key: value for key, value in FULL.items() if key != "remarks"}),
        ("notify", {**FULL, "kind": "exercise", "text": "x"}),
    ],
)
def test_what_is_not_understood(name: str, body: dict[str, Any]) -> None:
    assert rules.understood(VOCABULARY_2, "notify", FULL) is not None
    assert rules.understood(VOCABULARY_2, name, body) is None
