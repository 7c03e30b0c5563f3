from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from detente.cli.halves import lifts_of
from detente.cli.reach import Reach
from detente.cli.setting import Setting
from detente.errors import Refused


def station(*suspensions: tuple[str, str, list[str]]) -> Reach:
    """A station of northland's with these suspensions of a channel: leaf, author, lifted by."""
    standing = [{"leaf": leaf, "author": who, "lifted_by": by} for leaf, who, by in suspensions]
    status = {"line": "border", "us": "northland", "channels": [
        {"channel": "duty", "suspensions": standing},
        {"channel": "other", "suspensions": [{"leaf": "ff", "author": "x", "lifted_by": []}]},
    ]}  # fmt: skip

    def give(_order: Any) -> dict[str, Any]:
        return {"lines": [{"line": "elsewhere"}, status]}

    return Reach(Setting(directory=Path("nowhere")), give, running=True)


def test_ours_is_lifted_first_for_it_has_to_be_among_them() -> None:
    found = station(("aa01", "southmark", []), ("bb02", "northland", ["southmark"]))
    assert lifts_of(found, "border", "duty", ()) == ["bb02", "aa01"]


def test_what_we_have_lifted_waits_for_the_others() -> None:
    found = station(("aa01", "southmark", ["northland"]), ("bb02", "southmark", []))
    assert lifts_of(found, "border", "duty", ()) == ["bb02"]


def test_one_may_be_named() -> None:
    found = station(("aa01", "southmark", []), ("bb02", "southmark", []))
    assert lifts_of(found, "border", "duty", ("aa",)) == ["aa01"]


def test_no_more_than_a_restore_can_name() -> None:
    many = [(f"{index:04}", "southmark", list[str]()) for index in range(20)]
    assert len(lifts_of(station(*many), "border", "duty", ())) == 16


@pytest.mark.parametrize("named", [(), ("cc",), ("aa",)])
def test_there_has_to_be_something_to_lift(named: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="yet to lift"):
        lifts_of(station(("aa01", "southmark", ["northland"])), "border", "duty", named)
