"""A station that is not running: the same commands work on its files."""

from __future__ import annotations

from pathlib import Path

import pytest

from detente.cli.compose import Wish, compose, normal, preview_rows
from detente.cli.drafts import drafts_of, find_draft, keep_draft, open_draft
from detente.cli.exits import Exit
from detente.cli.options import text_of, time_of
from detente.cli.reach import accord_of, id_of, lines_of, read_file, running
from detente.cli.setting import Setting, now_ms
from detente.errors import Malformed, Refused
from detente.line.act import Kind
from detente.line.message import Precedence
from detente.line.rules import VOCABULARY_1
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error, founded


@pytest.fixture(scope="module")
def north(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a station that does not run."""
    return founded(tmp_path_factory.mktemp("offline")).actors[NORTH].folder


@pytest.fixture
def setting(north: Path) -> Setting:
    return Setting(directory=north)


def test_what_is_released_is_signed_at_once_and_travels_later(north: Path) -> None:
    opened = answer("open", LINE, "high-level", folder=north)
    assert (opened["sealed"], opened["station"], opened["heard_by"]) == (True, False, [])
    typed = detente("close", LINE, "high-level", "--yes", folder=north)
    assert "The station is not running: it travels when it runs again." in typed.out
    boxes = {box: answer(box, LINE, folder=north)["messages"] for box in ("inbox", "outbox")}
    assert [m["act"] for m in boxes["outbox"]][:2] == ["open", "close"]
    assert boxes["inbox"] == []


def test_status_says_that_it_is_from_files(north: Path) -> None:
    status = answer("status", folder=north)
    assert status["station"] is False
    assert status["lines"][0]["unreceipted"].keys() == {SOUTH}
    typed = detente("status", folder=north)
    assert "NOT RUNNING" in typed.out
    assert "circuit to southmark  NOT LINKED" in typed.out


def test_a_test_without_a_circuit_has_no_receipt(north: Path) -> None:
    tested = answer("test-line", LINE, folder=north, code=Exit.FINDINGS)
    assert tested["receipt_ms"] is None
    typed = detente("test-line", LINE, folder=north)
    assert typed.code == Exit.FINDINGS
    assert "it travels when it runs again" in typed.out


def test_the_passphrase_is_needed_and_has_to_be_right(north: Path) -> None:
    absent = error("status", folder=north, passphrase=None)
    assert "--passphrase-fd" in absent["mend"]
    wrong = error("status", folder=north, passphrase=b"another one, quite long")
    assert (wrong["kind"], wrong["where"]) == ("Refused", str(north / "lines" / LINE / "keys.json"))


def test_the_last_of_a_box_are_the_newest(north: Path) -> None:
    for text in ("one", "two", "three"):
        answer("test-line", LINE, "--text", text, folder=north, code=Exit.FINDINGS)
    found = answer("outbox", LINE, "--last", "2", folder=north)["messages"]
    assert [m["body"]["text"] for m in found] == ["two", "three"]


def test_nobody_answers_at_the_socket_of_a_station_that_is_gone(north: Path) -> None:
    assert not running(north / "control.sock")


def test_a_damaged_accord_is_malformed(tmp_path: Path) -> None:
    folder = founded(tmp_path).actors[NORTH].folder
    path = folder / "lines" / LINE / "accord.json"
    path.write_bytes(path.read_bytes()[:-1])
    assert error("status", folder=folder)["exit"] == Exit.MALFORMED
    assert error("inbox", LINE, folder=folder)["exit"] == Exit.MALFORMED


# -- composing -----------------------------------------------------------------------------------


def test_a_content_is_for_this_line_and_never_twice_the_same(setting: Setting) -> None:
    wish = Wish("query", "duty", {"text": "Whose?"})
    one, other = compose(setting, LINE, wish), compose(setting, LINE, wish)
    assert (one.author, one.line) == (NORTH, id_of(setting, LINE).hex())
    assert one.salt != other.salt
    assert one.digest() != other.digest()


@pytest.mark.parametrize("kind", Kind)
def test_safety_of_life_goes_flash(kind: Kind, setting: Setting) -> None:
    content = compose(setting, LINE, Wish("notify", "duty", {"kind": kind.value, "text": "x"}))
    life = kind in VOCABULARY_1.safety_of_life
    assert content.precedence is (Precedence.FLASH if life else Precedence.ROUTINE)


def test_a_reply_goes_as_fast_as_what_it_answers(setting: Setting) -> None:
    original = {"leaf": "ab" * 32, "precedence": "PRIORITY"}
    content = compose(setting, LINE, Wish("answer", "duty", {"text": "x"}, reply=original))
    assert (content.precedence, content.reply) == (Precedence.PRIORITY, "ab" * 32)
    wish = Wish("answer", "duty", {"text": "x"}, Precedence.IMMEDIATE, original)
    assert compose(setting, LINE, wish).precedence is Precedence.IMMEDIATE


@pytest.mark.parametrize(
    "wish",
    [
        Wish("threaten", "duty", {}),
        Wish("open", "duty", {"text": "x"}),
        Wish("notify", "duty", {"kind": "attack", "text": "x"}),
        Wish("query", "duty", {"text": ""}),
        Wish("query", "duty", {"text": "a\x00b"}),
        Wish("query", "duty", {"text": "a\u202eb"}),
    ],
)
def test_what_no_station_would_release_is_not_drafted(wish: Wish, setting: Setting) -> None:
    with pytest.raises(Refused):
        compose(setting, LINE, wish)


def test_a_preview_shows_who_says_what_to_whom(setting: Setting) -> None:
    wish = Wish("query", "duty", {"text": "Whose?"}, to=("watch",))
    rows = dict(preview_rows(compose(setting, LINE, wish), setting.language()))
    assert rows == {
        "from": NORTH, "channel": "duty", "precedence": "ROUTINE", "to": "watch",
        "says": "Question: “Whose?”",
    }  # fmt: skip


def test_everything_inside_a_body_is_put_into_one_form() -> None:
    body = {"a": "Cafe\u0301", "b": ["e\u0301", 1, None], "c": {"d": ("o\u0308",)}}
    assert normal(body) == {"a": "Caf\u00e9", "b": ["\u00e9", 1, None], "c": {"d": ["\u00f6"]}}


# -- drafts --------------------------------------------------------------------------------------


def test_a_draft_is_found_by_its_digest(setting: Setting) -> None:
    content = compose(setting, LINE, Wish("query", "duty", {"text": "Whose?"}))
    path = keep_draft(setting, LINE, content)
    assert open_draft(path) == content
    assert find_draft(setting, content.digest().hex()[:8]) == (LINE, path)
    assert content.digest().hex().startswith(path.stem)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.stem in [each.draft for each in drafts_of(setting, LINE)]
    path.write_bytes(path.read_bytes().replace(b"Whose?", b"Yours?"))
    with pytest.raises(Refused, match="changed after"):
        open_draft(path)
    assert path.stem not in [each.draft for each in drafts_of(setting, LINE)]
    path.write_bytes(b"{")
    with pytest.raises(Malformed):
        open_draft(path)
    path.unlink()


@pytest.mark.parametrize("name", ["", "abc", "ABCD", "../x", "abcg", "*"])
def test_only_hexadecimal_digits_name_a_draft(name: str, setting: Setting) -> None:
    with pytest.raises(Refused, match="names no draft"):
        find_draft(setting, name)


# -- small things --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["", "..", "demo/../demo", "Demo", "nowhere"])
def test_only_a_line_of_ours_is_looked_up(name: str, setting: Setting) -> None:
    with pytest.raises(Refused, match="no line"):
        accord_of(setting, name)


def test_without_a_name_every_line_is_meant(setting: Setting) -> None:
    assert lines_of(setting, None) == lines_of(setting, LINE) == [LINE]


def test_no_more_is_read_of_a_file_than_there_can_be(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(bytes(11))
    assert read_file(path, 11) == bytes(11)
    with pytest.raises(Malformed, match="longer than 10"):
        read_file(path, 10)


@pytest.mark.parametrize(
    "text, ms", [("+30min", 1_800_000), ("+48h", 172_800_000), ("+7d", 604_800_000)]
)
def test_a_review_may_be_counted_from_now(text: str, ms: int) -> None:
    before = now_ms()
    assert before + ms <= time_of(text) <= now_ms() + ms


def test_a_review_may_be_a_time() -> None:
    assert time_of("221830Z NOV 99") == 4099055400000


def test_text_is_taken_as_given() -> None:
    assert text_of("as it is") == "as it is"
