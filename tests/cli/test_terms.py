"""What changes keys and terms, by a station that is not running."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from detente.cli.exits import Exit
from detente.station.keys import open_keys
from tests.cli.typed import LINE, NORTH, PASSPHRASE, answer, detente, error, founded


@pytest.fixture
def north(tmp_path: Path) -> Path:
    return founded(tmp_path).actors[NORTH].folder


def test_the_keys_after_the_next_are_kept_before_they_are_promised(north: Path) -> None:
    keys = north / "lines" / LINE / "keys.json"
    assert len(open_keys(keys, PASSPHRASE).generations) == 2
    changed = answer("rekey", LINE, folder=north)
    kept = open_keys(keys, PASSPHRASE).generations
    assert len(kept) == 3
    assert changed["body"]["next_keys"] == kept[2].public.digest().hex()
    assert changed["sealed"] is True


@pytest.mark.parametrize(
    "change", [{"name": "other"}, {"exercise": False}, {"vocabulary": 9}], ids=str
)
def test_what_an_amendment_cannot_change_is_refused(
    change: dict[str, object], north: Path, tmp_path: Path
) -> None:
    terms = msgspec.json.decode((north / "lines" / LINE / "accord.json").read_bytes())
    path = tmp_path / "next.json"
    path.write_bytes(msgspec.json.encode({**terms, **change}, order="sorted"))
    assert error("amend", LINE, path, folder=north)["exit"] == Exit.REFUSED


def test_an_amendment_that_is_no_accord_is_malformed(north: Path, tmp_path: Path) -> None:
    path = tmp_path / "next.json"
    path.write_text("{}")
    assert error("amend", LINE, path, folder=north)["exit"] == Exit.MALFORMED


def test_only_an_amendment_is_agreed_to(north: Path) -> None:
    opened = answer("open", LINE, "duty", folder=north)
    assert error("agree", LINE, opened["leaf"], folder=north)["exit"] == Exit.REFUSED


def test_an_amendment_is_read_by_what_it_changes(north: Path, tmp_path: Path) -> None:
    terms = msgspec.json.decode((north / "lines" / LINE / "accord.json").read_bytes())
    terms["languages"] = ["en", "fr"]
    terms["channels"] = [terms["channels"][0], {**terms["channels"][1], "title": "Ministers"}]
    terms["clocks"]["answer_s"] = 120
    path = tmp_path / "next.json"
    path.write_bytes(msgspec.json.encode(terms, order="sorted"))
    leaf = answer("amend", LINE, path, folder=north)["leaf"]
    for command in ("show", "agree"):
        shown = detente(command, LINE, leaf, folder=north, stdin="n\n").out
        assert "channels high-level.title: Chiefs of staff becomes Ministers" in shown
        assert "clocks.answer_s: 60 becomes 120" in shown
        assert 'languages: ["en","ru"] becomes ["en","fr"]' in shown
        assert "duty.title" not in shown


def test_our_half_says_what_moves_it(north: Path) -> None:
    answer("open", LINE, "duty", folder=north)
    reason = ("--reason", "a quarrel", "--review", "+48h")
    answer("suspend", LINE, "duty", *reason, folder=north)
    found = error("suspend", LINE, "duty", *reason, folder=north)
    assert found["mend"] == "our half is suspended: restore or close moves it"
