"""Numbers show what is missing and what was said twice: a real station that hears a party skip one
and use another twice.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.cli.stage import LINE
from detente.line.rules import Mark
from detente.station.orders import List
from detente.station.views import Box
from detente.tlog.hash import leaf_hash
from tests.station.living import (
    NORTHLAND,
    SOUTHMARK,
    Rogue,
    circuit,
    founded,
    heard,
    running,
    send,
)


@pytest.mark.covers(16)
async def test_a_gap_and_a_repeat_are_shown_and_neither_is_lost(tmp_path: Path) -> None:
    stage = founded(tmp_path, (NORTHLAND, SOUTHMARK))
    rogue = Rogue(stage, SOUTHMARK, NORTHLAND)
    async with running(stage, NORTHLAND) as north, rogue.linked() as pipe:
        opens = rogue.leaf("open", {}, serial=0)
        twice = [
            rogue.leaf(serial=1, salt=f"{n:032x}", body={"kind": "other", "text": f"{n}"})
            for n in (1, 2)
        ]
        skips = rogue.leaf(serial=4, salt="22" * 16)
        await send(pipe, rogue.grown(rogue.terms, opens, *twice, skips))
        await heard(north, leaf_hash(skips))
        state = circuit(north).journal.state
        for leaf in twice:
            assert state.mark(leaf_hash(leaf)) is Mark.CONTRADICTED
        assert state.mark(leaf_hash(skips)) is Mark.IRREGULAR
        shown = (await north.office.answer(List(LINE, Box.INBOX)))["messages"]
        told = {each["leaf"]: (each["mark"], each["why"]) for each in shown}
        assert told[leaf_hash(skips).hex()] == ("irregular", "an earlier number is missing")
        assert told[leaf_hash(twice[0]).hex()] == (
            "contradicted", "another message has the same number",
        )  # fmt: skip
