from __future__ import annotations

import io

import msgspec
import pytest
from rich.cells import cell_len

from detente.cli.answers import MessageShown
from detente.cli.screen import RECOVERED, Screen, page

SHOWN = MessageShown(
    line="border", exercise=True, leaf="ab" * 32, author="southmark", number="FLASH 3",
    precedence="FLASH", serial=3, channel="duty", epoch=1, act="notify", time=1795372205123,
    time_iso="2026-11-22T18:30:05.123Z", recorded=1795372206000,
    recorded_iso="2026-11-22T18:30:06.000Z", recovered=False,
    to=(), reply="cd" * 32, releasers=(), body={},
    text="This was an accident: “" + "очень длинное сообщение, 長い文章 " * 6 + "”",
    texts={}, read_back=(), lead_s=None, too_late=False, warnings=(), mark="irregular",
    why="an earlier number is missing", safety_of_life=True,
    acknowledge_by=1795372206000, heard_by=("northland",), replies=(), translations=(),
)  # fmt: skip


def printed(each: MessageShown) -> list[str]:
    file = io.StringIO()
    Screen(file).message(each)
    return file.getvalue().splitlines()


def test_a_message_in_a_list() -> None:
    lines = printed(msgspec.structs.replace(SHOWN, text="Short.", mark="regular"))
    assert lines == [
        "abababab  221830Z NOV 26  southmark  FLASH 3  duty",
        "          Short.",
        "          in reply to cdcdcdcd",
        "          in the signed ledger of northland",
    ]


def test_what_does_not_count_says_why() -> None:
    assert "          IRREGULAR: an earlier number is missing" in printed(SHOWN)


def test_what_came_back_is_not_shown_as_if_it_were_new() -> None:
    lines = printed(msgspec.structs.replace(SHOWN, recovered=True))
    assert f"          {RECOVERED}" in lines
    assert not any("RECOVERED" in line for line in printed(SHOWN))


def test_that_nobody_has_heard_it_is_said() -> None:
    assert "          said; in no reader's signed ledger yet" in printed(
        msgspec.structs.replace(SHOWN, heard_by=())
    )


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_nothing_is_wider_than_the_screen(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    lines = printed(SHOWN)
    assert max(map(cell_len, lines)) <= width
    whole = "".join("".join(lines).split())
    assert "長い文章" in whole


def test_another_author_cannot_draw_on_our_screen() -> None:
    hostile = msgspec.structs.replace(SHOWN, author="south\x1b[2J", channel="du\u202ety")
    text = "\n".join(printed(hostile))
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "south\\u{1b}[2J" in text


def test_markup_is_text_here() -> None:
    text = "[bold red]no markup[/bold red] :warning:"
    assert f"          {text}" in printed(msgspec.structs.replace(SHOWN, text=text))


def test_an_exercise_is_marked_above_and_below(capsys: pytest.CaptureFixture[str]) -> None:
    with page("border", exercise=True) as screen:
        screen.line("something")
    first, middle, last = capsys.readouterr().out.splitlines()
    assert first.startswith("EXERCISE  border  ")
    assert (middle, last) == ("something", "EXERCISE")


def test_what_is_in_earnest_never_says_exercise(capsys: pytest.CaptureFixture[str]) -> None:
    with page("border") as screen:
        screen.line("something")
    assert "EXERCISE" not in capsys.readouterr().out


def test_pairs_stand_in_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "20")
    file = io.StringIO()
    Screen(file).pairs([("a", "1"), ("long", "one two three four"), ("b", "")])
    lines = [line.rstrip() for line in file.getvalue().splitlines()]
    assert lines == ["a     1", "long  one two three", "      four", "b"]


def test_words_are_numbered(monkeypatch: pytest.MonkeyPatch) -> None:
    file = io.StringIO()
    Screen(file).words(bytes(32))
    lines = file.getvalue().splitlines()
    assert len(lines) == 8
    assert lines[0] == "    1  ALFA ALFA ALFA ALFA ALFA"
