from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from detente.line import act, rules
from detente.line.act import Body, Kind
from detente.line.canonical import encode
from detente.line.message import FLASH_BYTES_MAX, Precedence
from detente.line.rules import VOCABULARY_1, By, Half, Joint, Passes
from tests.stations import BODIES, rekey_body

# Written by hand, from the design and not from the tables: what a half becomes by an act that does
# not pass, "-" where it is irregular. Columns: closed, open, suspended, contradicted.
MOVES = """
    open         open    -          -       -
    suspend      -       suspended  -       -
    restore      closed  open       open    -
    close        -       closed     closed  -
    test         -       open       -       -
    notify       -       open       -       -
    revise       -       open       -       -
    query        -       open       -       -
    answer       -       open       -       -
    standby      -       open       -       -
    acknowledge  -       open       -       -
    service      -       open       -       -
    rekey        -       open       -       -
    amend        -       open       -       -
    agree        -       open       -       -
"""
TABLE = {row[0]: row[1:] for row in (line.split() for line in MOVES.split("\n")) if row}
HALVES = ("closed", "open", "suspended", "contradicted")

ALWAYS = {"restore", "test", "acknowledge", "service", "rekey", "amend", "agree"}
WITH_ITS_ORIGINAL = {"revise", "answer", "standby"}
FLASH_ONLY = {"open", "suspend", "restore", "close", "rekey"}
REPLIES = {
    "revise": ("notify", By.OURS),
    "answer": ("query", By.THEIRS),
    "standby": ("query", By.THEIRS),
    "agree": ("amend", By.THEIRS),
}
STRUCTS: dict[str, type[Body]] = {name: getattr(act, name.capitalize()) for name in TABLE}
SALT = {"lifts": ["ab" * 32]}
EXAMPLES: dict[str, dict[str, Any]] = {
    **BODIES,
    "restore": SALT,
    "rekey": rekey_body("northland", 1),
    "amend": {"accord": {}, "predecessor": "ab" * 32},
}


@pytest.mark.parametrize("name, half", list(itertools.product(TABLE, HALVES)))
def test_every_act_on_every_half(name: str, half: str) -> None:
    row = VOCABULARY_1.acts[name]
    wanted = TABLE[name][HALVES.index(half)]
    moved = rules.after(Half(half), row, passes=False)
    assert (moved.value if moved else "-") == wanted
    passed = rules.after(Half(half), row, passes=True)
    assert passed is not None
    assert passed.value == (half if wanted == "-" else wanted)


def test_the_table_has_every_act_and_no_other() -> None:
    assert set(VOCABULARY_1.acts) == set(TABLE) == set(EXAMPLES)
    assert tuple(half.value for half in Half) == HALVES
    assert rules.VOCABULARIES[VOCABULARY_1.version] is VOCABULARY_1


@pytest.mark.parametrize("name", TABLE)
def test_what_else_the_fold_knows_of_an_act(name: str) -> None:
    row = VOCABULARY_1.acts[name]
    assert row.body is STRUCTS[name]
    assert row.flash == (name in FLASH_ONLY)
    if name in ALWAYS:
        assert row.passes is Passes.ALWAYS
    elif name in WITH_ITS_ORIGINAL:
        assert row.passes is Passes.WITH_ITS_ORIGINAL
    else:
        assert row.passes is (Passes.SAFETY_OF_LIFE if name == "notify" else Passes.NEVER)


@pytest.mark.parametrize("name, original", list(itertools.product(TABLE, [*TABLE, "dance"])))
def test_what_may_reply_to_what(name: str, original: str) -> None:
    row = VOCABULARY_1.acts[name]
    if name == "acknowledge":
        assert rules.answers(row, original)
        assert row.by is By.THEIRS
    elif name in REPLIES:
        wanted, by = REPLIES[name]
        assert rules.answers(row, original) == (original == wanted)
        assert row.by is by
    else:
        assert not row.replies_to


def test_what_moves_a_half_goes_flash() -> None:
    """Else it could be overtaken, and a half would have two histories."""
    for row in VOCABULARY_1.acts.values():
        assert row.flash or all(before is after for before, after in row.moves.items())


def test_safety_of_life() -> None:
    others = {
        Kind.EXERCISE,
        Kind.HAZARD,
        Kind.OTHER,
        Kind.RECONNAISSANCE_FLIGHT,
        Kind.UNKNOWN_TRACK,
    }
    assert VOCABULARY_1.safety_of_life == set(Kind) - others
    assert len(VOCABULARY_1.safety_of_life) == 6


@pytest.mark.parametrize("name", TABLE)
def test_a_body_is_understood_in_its_one_form(name: str) -> None:
    body = EXAMPLES[name]
    understood = rules.understood(VOCABULARY_1, name, body)
    assert isinstance(understood, STRUCTS[name])
    assert msgspec.json.decode(encode(understood)) == body
    assert rules.understood(VOCABULARY_1, name, {**body, "more": 1}) is None
    for field in body:
        rest = {key: value for key, value in body.items() if key != field}
        assert rules.understood(VOCABULARY_1, name, rest) is None
        assert rules.understood(VOCABULARY_1, name, {**body, field: 1.5}) is None


@pytest.mark.parametrize(
    "name, body",
    [
        ("dance", {}),
        ("notify", {"kind": "threat", "text": "x"}),
        ("notify", {"kind": "other", "text": ""}),
        ("notify", {"kind": "other", "text": "x" * 2_001}),
        ("answer", {"text": "x" * 16_001}),
        ("suspend", {"reason": "x", "review": 2**53}),
        ("restore", {"lifts": []}),
        ("restore", {"lifts": ["ab" * 32] * 17}),
        ("restore", {"lifts": ["AB" * 32]}),
        ("acknowledge", {"rung": "seen", "text": ""}),
        ("rekey", {**rekey_body("northland", 1), "ed25519": "QUI="}),
        ("rekey", {**rekey_body("northland", 1), "ed25519": "A" * 42 + "B="}),
    ],
)
def test_what_is_not_understood(name: str, body: dict[str, Any]) -> None:
    assert rules.understood(VOCABULARY_1, name, body) is None


@pytest.mark.parametrize("name, precedence", list(itertools.product(TABLE, Precedence)))
def test_how_an_act_is_sent(name: str, precedence: Precedence) -> None:
    row = VOCABULARY_1.acts[name]
    flash = precedence is Precedence.FLASH
    assert rules.properly_sent(row, precedence, FLASH_BYTES_MAX) == (
        flash or name not in FLASH_ONLY
    )
    assert rules.properly_sent(row, precedence, FLASH_BYTES_MAX + 1) == (
        not flash and name not in FLASH_ONLY
    )


@pytest.mark.parametrize("one, other", list(itertools.combinations_with_replacement(HALVES, 2)))
def test_a_channel_is_what_its_halves_make_it(one: str, other: str) -> None:
    for order in ([Half(one), Half(other)], [Half(other), Half(one)]):
        for suspensions in (0, 1, 2):
            found = rules.joint(order, suspensions)
            if "contradicted" in (one, other):
                assert found is Joint.CONTRADICTED
            elif suspensions or "suspended" in (one, other):
                assert found is Joint.SUSPENDED
            elif "closed" in (one, other):
                assert found is Joint.CLOSED
            else:
                assert found is Joint.OPEN


def test_one_half_of_three_decides() -> None:
    assert rules.joint([Half.OPEN] * 3, 0) is Joint.OPEN
    assert rules.joint([Half.OPEN, Half.OPEN, Half.SUSPENDED], 0) is Joint.SUSPENDED


def test_tables_cannot_be_written_to() -> None:
    acts: Any = VOCABULARY_1.acts
    with pytest.raises(TypeError):
        acts["dance"] = acts["test"]
