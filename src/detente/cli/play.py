"""The run of the demonstration: its stage, what was said on it, and how it is told."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from rich.console import Console

from detente.cli.crew import Crew
from detente.cli.stage import LINE, Stage, wait
from detente.errors import DetenteError
from detente.line.accord import parse_accord
from detente.line.form import named
from detente.line.message import Precedence
from detente.line.rules import VOCABULARY_3
from detente.phrasebook import language
from detente.station.orders import Wait
from detente.station.views import Answer

NORTH, SOUTH = "northland", "southmark"
READS: Final = {NORTH: "en", SOUTH: "ru"}  # the language in which each side's officers read


@dataclasses.dataclass(slots=True)
class Play:
    """The run of the demonstration: its stage, what was said, and how long receipts took."""

    stage: Stage
    console: Console
    pause_s: float
    said: dict[str, str] = dataclasses.field(default_factory=dict)  # leaf: author
    times_ms: list[float] = dataclasses.field(default_factory=list)
    crew: Crew | None = None  # Northland's officers
    due: int = 0  # duties that stand on either side when the day ends

    def scene(self, title: str) -> None:
        self.console.print(f"\n[bold]{title}[/bold]", highlight=False, soft_wrap=True)

    def tell(self, text: str) -> None:
        self.console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)
        time.sleep(self.pause_s)

    def say(self, party: str, act: str, words: str = "", /, **how: Any) -> Answer:
        """Release a message, print it, and wait until the other has heard it."""
        body = how.pop("body", {})
        begun = time.perf_counter()
        message = self.stage.say(party, act, body, **how)
        self.said[message["leaf"]] = party
        heard = self.stage.ask(party, Wait(LINE, message["leaf"]))["heard_by"]
        took = (time.perf_counter() - begun) * 1000
        if message["precedence"] == "FLASH":
            self.times_ms.append(took)
        by = f"heard by {', '.join(heard)} after {took:.0f} ms" if heard else "not heard yet"
        number = f"{message['precedence']} {message['serial']}"
        self.tell(f"{party:<9} {act:<11} {number:<11} {message['channel']:<10} {by}")
        if words:
            self.tell(f"{'':<9} “{words}”")
        return message

    def say_form(
        self, party: str, act: str, form: str, slots: dict[str, Any], **how: Any
    ) -> Answer:
        """Release a form, and show it as each side's officers read it."""
        shape = named(VOCABULARY_3.forms, form)
        assert shape is not None
        body = {
            "form": shape.number,
            "releasability": shape.releasability.value,
            "remarks": how.pop("remarks", None),
            "slots": slots,
        }
        how.setdefault("precedence", shape.precedence)
        message = self.say(party, act, body=body, **how)
        for code in READS.values():
            for text in language(code).say(act, body).split("\n"):
                self.tell(f"{'':<9} {code}  {text}")
        return message


def acknowledge(play: Play, party: str, message: Answer, text: str) -> None:
    play.say(
        party, "acknowledge", text, channel=message["channel"], reply=message["leaf"],
        precedence=Precedence.IMMEDIATE, body={"rung": "understood", "text": text},
    )  # fmt: skip


def expect(play: Play, channel: str, joint: str) -> None:
    """Both stations must come to say the same of a channel."""
    for party in (NORTH, SOUTH):
        wait(_is(play.stage, party, channel, joint), f"{channel} is not {joint} for {party}")
    play.tell(f"both stations show {channel}: {joint}")


def _is(stage: Stage, party: str, channel: str, joint: str) -> Callable[[], bool]:
    return lambda: stage.joint(party, channel) == joint


def command(*args: str) -> dict[str, Any]:
    """What a command answers, as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "detente", "--json", *args],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if not done.stdout:
        raise DetenteError(f"it said nothing: {done.stderr}", where=" ".join(args))
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def verify(path: Path, *args: str) -> dict[str, Any]:
    """What a stranger finds in a file."""
    return command("verify", str(path), *args)


def prove(play: Play, name: str, data: str) -> None:
    """Write a file, verify it with fingerprints alone, and see one changed byte found."""
    path = play.stage.folder / name
    path.write_text(data)
    accord = parse_accord((play.stage.actors[NORTH].place / "accord.json").read_bytes())
    prints = [part for c in accord.parties for part in ("--fingerprint", c.fingerprint().hex())]
    report = verify(path, *prints)
    if not report["ok"]:
        raise DetenteError(f"it does not verify: {report['findings']}", where=name)
    play.tell(f"{name}: verified offline, with the parties' published fingerprints alone")
    for text in report["files"][0]["proven"]:
        play.tell(f"{'':<9} {text}")
    spoilt = path.with_name(f"spoilt.{name}")
    spoilt.write_text(data.replace("serial", "sarial", 1))
    if verify(spoilt, *prints)["ok"]:
        raise DetenteError("a changed byte was not found", where=name)
    play.tell("with one byte changed, it does not verify")
