"""What a person may ask, answered from a real line's files."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from detente.audit import parse_export
from detente.cli.stage import LINE, PASSPHRASE
from detente.errors import Malformed, Refused
from detente.line.canonical import encode
from detente.line.message import Content, Precedence
from detente.station.config import load_config
from detente.station.offline import offline_office
from detente.station.orders import (
    AnyOrder,
    Evidence,
    Export,
    List,
    NextKeys,
    Office,
    Order,
    Say,
    Seated,
    Show,
    Status,
    Wait,
    parse_order,
)
from detente.station.orders_people import Dismiss, SignOn
from detente.station.views import Box
from tests.station.living import NORTHLAND, SOUTHMARK, founded

SAFE = {"kind": "search_and_rescue", "text": "a boat adrift"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """Northland's, which has heard nobody yet."""
    actor = founded(tmp_path, (NORTHLAND, SOUTHMARK)).actors[NORTHLAND]
    with offline_office(load_config(actor.folder), PASSPHRASE) as office:
        yield office


def say(office: Office, act: str = "notify", body: Any = None, **changes: Any) -> Say:
    state = office._journal(LINE).state
    fields: dict[str, Any] = {
        "act": act, "author": NORTHLAND, "body": SAFE if body is None else body, "channel": "duty",
        "line": state.line.hex(), "precedence": Precedence.FLASH, "salt": secrets.token_hex(16),
        **changes,
    }  # fmt: skip
    return Say(LINE, encode(Content(**fields)), ("duty officer",))


@pytest.mark.parametrize(
    "order",
    [
        Status(), List("a", Box.INBOX, 5), Show("a", "abcd"), Say("a", b"{}", ("x",)),
        Wait("a", "abcd"), Export("a"), Evidence("a", "abcd"), NextKeys("a"),
    ],
)  # fmt: skip
def test_an_order_is_read_as_it_was_given(order: Order) -> None:
    assert parse_order(msgspec.json.encode(order)) == order


@pytest.mark.parametrize(
    "order, field",
    [
        (Show("a" * 65, "abcd"), "line"), (Show("a", "0" * 65), "leaf"),
        (SignOn("a" * 65, "", "", "", ""), "officer"),
        (SignOn("a", "x" * 1_025, "", "", ""), "password"),
        (Dismiss("a", "x" * 2_001), "reason"), (Seated("x" * 65, Status()), "session"),
    ],
)  # fmt: skip
def test_an_order_that_is_too_long_is_told_so(order: AnyOrder, field: str) -> None:
    with pytest.raises(Refused) as caught:
        parse_order(msgspec.json.encode(order))
    assert field in caught.value.what
    assert caught.value.mend == "shorten it"


async def test_what_is_said_is_sealed_and_shown(office: Office) -> None:
    answer = await office.answer(say(office))
    assert answer["sealed"] is True
    assert (answer["author"], answer["number"], answer["mark"]) == (NORTHLAND, "FLASH 0", "regular")
    assert answer["body"] == SAFE
    assert (answer["heard_by"], answer["safety_of_life"]) == ([], True)
    shown = await office.answer(Show(LINE, answer["leaf"]))
    assert shown == {key: value for key, value in answer.items() if key != "sealed"}
    json.dumps(answer)


async def test_boxes_hold_the_newest_oldest_first(office: Office) -> None:
    said = [(await office.answer(say(office)))["leaf"] for _ in range(4)]

    async def leaves(box: Box, last: int) -> list[str]:
        found = await office.answer(List(LINE, box, last))
        return [message["leaf"] for message in found["messages"]]

    assert await leaves(Box.OUTBOX, 100) == said
    assert await leaves(Box.ALL, 2) == said[2:]
    assert await leaves(Box.INBOX, 100) == []
    assert await leaves(Box.ALL, 0) == await leaves(Box.ALL, -1) == []


async def test_a_leaf_is_named_by_its_beginning(office: Office) -> None:
    leaf = (await office.answer(say(office)))["leaf"]
    assert (await office.answer(Show(LINE, leaf[:8])))["leaf"] == leaf


@pytest.mark.parametrize("prefix", ["", "abc", "xyzw", "ABCD", "abcd efgh", "0" * 64, "0" * 65])
async def test_what_names_no_message_is_refused(office: Office, prefix: str) -> None:
    await office.answer(say(office))
    with pytest.raises(Refused, match=r"^leaf: "):
        await office.answer(Show(LINE, prefix))


async def test_a_line_that_we_do_not_keep_is_refused(office: Office) -> None:
    for order in (
        List("other", Box.ALL), Show("other", "abcd"), Wait("other", "abcd"), Export("other"),
        Evidence("other", "abcd"), NextKeys("other"), Say("other", say(office).content),
    ):  # fmt: skip
        with pytest.raises(Refused, match="no line 'other'"):
            await office.answer(order)


async def test_what_the_rules_forbid_is_refused_and_not_recorded(office: Office) -> None:
    with pytest.raises(Refused, match="not on a half that is closed"):
        await office.answer(say(office, "query", {"text": "who is there?"}))
    with pytest.raises(Malformed, match="content"):
        await office.answer(Say(LINE, b"{}"))
    with pytest.raises(Refused, match="Invalid enum value"):
        await office.answer(say(office, body={"kind": "an attack", "text": ""}))
    assert (await office.answer(List(LINE, Box.ALL)))["messages"] == []


async def test_to_wait_in_vain_is_no_error(office: Office) -> None:
    leaf = (await office.answer(say(office)))["leaf"]
    for timeout_ms in (1, 0, -1):
        assert (await office.answer(Wait(LINE, leaf, timeout_ms)))["heard_by"] == []


async def test_the_next_keys_are_promised_once(office: Office) -> None:
    first = await office.answer(NextKeys(LINE))
    assert await office.answer(NextKeys(LINE)) == first
    answer = await office.answer(say(office, "rekey", first["rekey"]))
    assert answer["mark"] == "regular"
    assert await office.answer(NextKeys(LINE)) != first


async def test_an_export_and_an_evidence_are_those_of_the_audit(office: Office) -> None:
    leaf = (await office.answer(say(office)))["leaf"]
    export = parse_export((await office.answer(Export(LINE)))["export"].encode())
    assert export.by == NORTHLAND
    assert leaf in str(await office.answer(Show(LINE, leaf)))
    assert "boat adrift" not in json.dumps(await office.answer(Status()))
    assert (await office.answer(Evidence(LINE, leaf)))["evidence"]


@pytest.mark.covers(19)
async def test_the_status_has_what_is_declared_observed_and_technical(office: Office) -> None:
    await office.answer(say(office))
    (line,) = (await office.answer(Status()))["lines"]
    assert line["us"] == NORTHLAND
    assert [(c["channel"], c["joint"]) for c in line["channels"]] == [
        ("duty", "closed"), ("high-level", "closed")
    ]  # fmt: skip
    assert line["unreceipted"] == {SOUTHMARK: 1}
    assert (line["sealed"], line["trouble"], line["recovering"]) == (True, None, False)
    assert line["faults"] == []
    assert line["disk_free_bytes"] > 0
    assert line["technical"] == {
        SOUTHMARK: {
            "linked": False, "path": "", "stale": True, "heard_ago_ms": None,
            "clock_offset_ms": None,
        }
    }  # fmt: skip
