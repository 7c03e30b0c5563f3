"""How a command reaches the station: by its local socket if it runs, by its files if not."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
import msgspec

from detente.cli.answers import MessageShown
from detente.cli.setting import Setting
from detente.errors import Malformed, Refused
from detente.line.accord import Accord, Card, parse_accord, parse_card
from detente.phrase.dtg import iso
from detente.station.control import ask
from detente.tlog.hash import Hash, leaf_hash

if TYPE_CHECKING:
    from detente.station.orders import AnyOrder, Order
    from detente.station.orders_people import PeopleOrder

ACCORD_BYTES_MAX: Final = 1 << 20
_NAME: Final = re.compile(r"[a-z][a-z0-9_-]{0,31}")

Shown = TypeVar("Shown", bound=MessageShown)


class Reach:
    """Orders go in, answers come out; `running` says from where."""

    def __init__(
        self,
        setting: Setting,
        give: Callable[[Order | PeopleOrder], dict[str, Any]],
        *,
        running: bool,
    ) -> None:
        self._setting, self._give, self.running = setting, give, running

    def ask(self, order: Order | PeopleOrder) -> dict[str, Any]:
        """Raises a `DetenteError` that says what, where, and how to mend."""
        return self._give(order)

    def accord(self, line: str) -> Accord:
        """The accord of a line that is in force."""
        from detente.station.orders import Terms

        return parse_accord(self.ask(Terms(line))["accord"].encode())

    def shown(self, line: str, answer: dict[str, Any], kind: type[Shown], **more: Any) -> Shown:
        """A message as the station gave it, with what a person reads beside it."""
        from detente.advice import told, warnings

        language, accord = self._setting.language(), accord_of(self._setting, line)
        act, body = answer["act"], answer["body"]
        facts = told(language, act, body, answer["recorded"])
        return msgspec.convert(
            {
                **answer, **more, "line": line, "exercise": accord.exercise,
                "text": language.say(act, body), "texts": self._texts(accord, act, body),
                "time_iso": iso(answer["time"]), "recorded_iso": iso(answer["recorded"]),
                **facts,
                "warnings": tuple(warnings(language, facts)),
                "translations": [
                    {**each, "text": language.say("translate", each["body"])}
                    for each in answer["translations"]
                ],
            },
            kind,
        )  # fmt: skip

    def _texts(self, accord: Accord, act: str, body: dict[str, Any]) -> dict[str, str]:
        """The same in every language of the line that this station has."""
        from detente.station.languages import known

        ours = known(self._setting.config().languages)
        return {
            code: self._setting.language(code).say(act, body)
            for code in accord.languages
            if code in ours
        }


@contextlib.contextmanager
def reach(setting: Setting, *lines: str) -> Iterator[Reach]:
    """The station of this folder. Without a running one, the files of these lines, or of all, are
    held until this ends.
    """
    config = setting.config()
    if running(config.control):
        token = token_of(setting)
        yield Reach(setting, lambda order: ask(config.control, seated(order, token)), running=True)
        return
    if not config.lines:
        raise Refused(
            "this station has no line", where=str(setting.folder),
            mend="make a card with `detente card LINE`, then `detente accord join FILE`",
        )  # fmt: skip
    from detente.station.offline import offline_office

    if sys.stderr.isatty():
        click.echo("The station is not running: its files are opened.", err=True)
    with offline_office(config, setting.passphrase(), *lines) as office:
        yield Reach(setting, lambda order: asyncio.run(office.answer(order)), running=False)


def token_of(setting: Setting) -> str:
    """Of whoever is signed on at this seat; empty: nobody."""
    try:
        return setting.session.read_text(encoding="ascii").strip()
    except (FileNotFoundError, UnicodeDecodeError):
        return ""


def seated(order: Order | PeopleOrder, token: str) -> AnyOrder:
    """An order as whoever is signed on gives it."""
    from detente.station.orders import Seated

    return Seated(token, order) if token else order


def running(control: Path) -> bool:
    """Whether a station answers at this socket."""
    with socket.socket(socket.AF_UNIX) as probe:
        try:
            probe.connect(os.fspath(control))
        except OSError:
            return False
    return True


# -- lines on disk -------------------------------------------------------------------------------


def lines_of(setting: Setting, line: str | None) -> list[str]:
    """The line that was named, or every line of the station."""
    if line is not None:
        accord_of(setting, line)
        return [line]
    return sorted(setting.config().lines)


def accord_of(setting: Setting, line: str) -> Accord:
    """The first accord of a line that we joined."""
    return parse_accord(terms_of(setting, line))


def terms_of(setting: Setting, line: str) -> bytes:
    """Its bytes: leaf 0 of every ledger."""
    if _NAME.fullmatch(line):
        with contextlib.suppress(FileNotFoundError):
            return (setting.line_folder(line) / "accord.json").read_bytes()
    known = [path.parent.name for path in setting.folder.glob("lines/*/accord.json")]
    names = ", ".join(sorted(known)) or "none"
    raise Refused(
        f"no line {line!a}", where=str(setting.folder), mend=f"this station keeps: {names}"
    )


def read_accord(path: Path) -> tuple[bytes, Accord]:
    """An accord that somebody gave us. A card in its place is told apart."""
    data = read_file(path, ACCORD_BYTES_MAX)
    try:
        return data, parse_accord(data)
    except Malformed as error:
        raise _other_kind(data, path, "an accord", error) from error


def read_card(path: Path) -> Card:
    """A card that somebody gave us. An accord in its place is told apart."""
    data = read_file(path, ACCORD_BYTES_MAX)
    try:
        return parse_card(data)
    except Malformed as error:
        raise _other_kind(data, path, "a card", error) from error


def _other_kind(data: bytes, path: Path, wanted: str, error: Malformed) -> Malformed:
    for kind, begins in (("a card", b'{"courier":'), ("an accord", b'{"channels":')):
        if data.startswith(begins) and kind != wanted:
            return Malformed(f"this is {kind}, not {wanted}", where=str(path))
    return Malformed(f"this is not {wanted}: {error.what}", where=str(path), mend=error.mend)


def id_of(setting: Setting, line: str) -> Hash:
    """The line's id: the leaf hash of its first accord."""
    return leaf_hash(terms_of(setting, line))


def read_file(path: Path, limit: int) -> bytes:
    """A file that somebody gave us, and not more of it than there can be."""
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise Malformed(f"longer than {limit} bytes", where=str(path))
    return data
