"""Our side of an exercise line, said by a script at its times through our running station."""

from __future__ import annotations

import time
from pathlib import Path

from detente.cli.compose import Wish, compose
from detente.cli.halves import lifts_of
from detente.cli.reach import Reach, accord_of, reach
from detente.cli.setting import Setting, now_ms
from detente.errors import Refused
from detente.exercise.library import read
from detente.exercise.saying import MOVES, Speaker, precedence, spoken
from detente.exercise.script import Inject
from detente.line.canonical import encode
from detente.station.orders import List, Say, Show
from detente.station.views import Box
from detente.tlog.hash import Hash


def drive_line(setting: Setting, line: str, path: Path, speed: int) -> int:
    """How many messages went. Raises `Refused` on a line in earnest."""
    accord, script = accord_of(setting, line), read(path)
    if not accord.exercise:
        raise Refused(
            f"{line} is a line in earnest: no script speaks on it", where="exercise drive",
            mend="found an exercise line: `detente accord new --exercise`",
        )  # fmt: skip
    us = setting.config().party
    if script.partner != us:
        raise Refused(
            f"the script's partner is {script.partner}, and we are {us}", where=str(path),
            mend=f"write partner: {us}",
        )  # fmt: skip
    began, said = time.monotonic(), 0
    names: dict[str, str] = {}
    with reach(setting, line) as station:
        for inject in script.injects:
            wait = inject.at / 1_000 / speed - (time.monotonic() - began)
            time.sleep(max(wait, 0))
            if inject.who == us:
                leaf = _say(setting, station, line, inject, names)
                said += 1
                if name := inject.what.get("as"):
                    names[name] = leaf
    return said


def _say(setting: Setting, station: Reach, line: str, inject: Inject, names: dict[str, str]) -> str:
    def ref(text: str) -> Hash:
        return Hash(bytes.fromhex(names.get(text) or _theirs(station, line, text)))

    def lifts(channel: str) -> list[str]:
        return lifts_of(station, line, channel, ())

    speaker = Speaker(ref, lifts, setting.language("en"), now_ms())
    act, body, reply = spoken(speaker, inject.what)
    original = station.ask(Show(line, reply.hex())) if reply else None
    channel = inject.what.get("channel") or (original["channel"] if original else "duty")
    if act in MOVES:
        channel = inject.what.words[0]
    content = compose(setting, line, Wish(act, channel, body, precedence(inject.what), original))
    answer = station.ask(Say(line, encode(content)))
    leaf: str = answer["leaf"]
    return leaf


def _theirs(station: Reach, line: str, act: str) -> str:
    """The newest message of the others with this act: what a script that plays against people must
    call it by.
    """
    found = station.ask(List(line, Box.INBOX))["messages"]
    for message in reversed(found):
        if message["act"] == act:
            leaf: str = message["leaf"]
            return leaf
    raise Refused(f"nothing is called {act!a}, and they have said no {act}", where="script")
