"""What an amendment changes, field by field, for people who are to consent to it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from detente.phrase.plain import shown

if TYPE_CHECKING:
    from detente.cli.reach import Reach
    from detente.cli.screen import Screen
    from detente.cli.setting import Setting


def show_changes(
    setting: Setting, screen: Screen, station: Reach, line: str, message: dict[str, Any]
) -> None:
    """The accord that an `amend` proposes, against the one that it is to replace."""
    old = _replaced(setting, station, line, message["body"]["predecessor"])
    changes = list(differences(old, message["body"]["accord"]))
    screen.line("It changes:" if changes else "It changes nothing.")
    for each in changes:
        screen.under(each, indent=4)


def _replaced(setting: Setting, station: Reach, line: str, predecessor: str) -> Any:
    import msgspec

    from detente.cli.reach import id_of, terms_of
    from detente.station.orders import Show

    if predecessor == id_of(setting, line).hex():
        return msgspec.json.decode(terms_of(setting, line))
    return station.ask(Show(line, predecessor))["body"]["accord"]


def differences(old: Any, new: Any, path: str = "") -> Iterator[str]:
    """One text for each part that differs: where, and what it was and becomes."""
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted({*old, *new}):
            yield from differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
    elif _named(old) and _named(new):
        before, after = ({each["name"]: each for each in value} for value in (old, new))
        for name in sorted({*before, *after}):
            yield from differences(before.get(name), after.get(name), f"{path} {shown(name)}")
    elif old != new:
        yield f"{path}: {_words(old)} becomes {_words(new)}"


def _named(value: Any) -> bool:
    """Whether it is a list of channels or witnesses, which go by their names."""
    return isinstance(value, list) and all(isinstance(v, dict) and "name" in v for v in value)


def _words(value: Any) -> str:
    import msgspec

    if value is None or value == []:
        return "nothing"
    return shown(value if isinstance(value, str) else msgspec.json.encode(value).decode())
