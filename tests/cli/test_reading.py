from __future__ import annotations

import msgspec
import pytest

from detente.cli.answers import Reply
from detente.cli.reading import show_whole
from detente.phrasebook import language
from tests.cli.test_screen import SHOWN


def test_a_message_that_is_not_understood_is_shown_raw_and_escaped(
    capsys: pytest.CaptureFixture[str],
) -> None:
    body = {"text": "first\nEXERCISE  border\n\x1b[2Jthird\u202e", "new_field": 7}
    show_whole(
        msgspec.structs.replace(
            SHOWN, act="novelty", body=body, text=language("en").say("novelty", body),
            mark="not understood", why="an unknown act or body",
            replies=(Reply(leaf="ef" * 32, act="query", author="x"),),
        )
    )  # fmt: skip
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert "counts as       not understood: an unknown act or body" in out
    assert "    | first\n    | EXERCISE  border\n    | \\u{1b}[2Jthird\\u{202e}\n" in out
    assert '{"new_field":7,"text":' in out
    assert "reply efefefef: query by x" in out


def test_everything_of_a_message_has_its_place(capsys: pytest.CaptureFixture[str]) -> None:
    show_whole(msgspec.structs.replace(SHOWN, to=("watch", "chief"), releasers=("chief",)))
    out = capsys.readouterr().out
    for line in (
        f"leaf            {SHOWN.leaf}", "from            southmark", "number          FLASH 3",
        "author's time   221830Z NOV 26  (2026-11-22T18:30:05.123Z)",
        "to              watch, chief",
        f"in reply to     {SHOWN.reply}", "released by     chief", "safety of life  yes",
        "heard           in the signed ledger of northland",
    ):  # fmt: skip
        assert f"{line}\n" in out
