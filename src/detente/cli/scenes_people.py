"""What people do in the demonstration: a call that is missed, a release that is refused, two
persons, a hand-over, a voice; and that in the end nobody owes anybody a word.
"""

from __future__ import annotations

import re
import secrets
import time
from functools import partial
from typing import Any, Final

import msgspec

from detente.cli.crew import Crew
from detente.cli.play import NORTH, SOUTH, Play
from detente.cli.setting import now_ms
from detente.cli.stage import LINE, wait
from detente.errors import DetenteError, Refused
from detente.line.accord import Call, Contact, parse_accord
from detente.line.canonical import encode
from detente.line.due import Rung
from detente.line.form import named
from detente.line.message import Content, Precedence
from detente.line.rules import VOCABULARY_3
from detente.phrase.dtg import iso
from detente.station.orders import Due, Say, VoiceCheck, VoiceWords
from detente.station.orders_people import BookExport, HandOver, KeepDraft, TakeOver
from detente.station.views import Answer

ADMINISTRATOR, FIRST, SECOND, THIRD = CREW = ("admin", "alfa", "bravo", "charlie")
HOUR_S: Final = 3_600
CALLED_WITHIN_S: Final = 1
DAILY_IN_S: Final = 2
ROUNDS_MAX: Final = 20


def missed_call(play: Play) -> None:
    play.scene("Both agree to a daily call; Southmark's does not come: a clock, and a ladder")
    _agree_daily(play)
    for step, does in enumerate((
        "say it again; the station's alarm rings", "call the alternate", "raise it",
        "try another path: silence is not suspension",
    )):  # fmt: skip
        wait(partial(_come_to, play, step), "the call is not late")
        play.tell(f"northland's `due`: southmark owes the call `daily`; next: {does}")
    call = play.say(
        SOUTH, "callup", precedence=Precedence.ROUTINE, body={"call": "contact", "contact": "daily"}
    )
    play.say(
        NORTH, "nothing", "Nothing to report.", precedence=Precedence.ROUTINE, reply=call["leaf"]
    )
    if any(each["duty"] == "call" for each in _due(play, NORTH)):
        raise DetenteError("the call is still due", where="demonstration")
    play.tell("late, and met: the duty is ended, and the lateness stays on record")


def _agree_daily(play: Play) -> None:
    """An amendment: the first call of the contact falls due in a moment."""
    accord = parse_accord((play.stage.actors[NORTH].place / "accord.json").read_bytes())
    start = re.sub("[-:]", "", iso(now_ms() + DAILY_IN_S * 1_000))[:15]
    daily = Contact(
        agenda=("The day behind", "The day ahead"), by=SOUTH, call=Call.CONTACT, channel="duty",
        name="daily", people=("watch",), rule="FREQ=DAILY", start=start, within_s=CALLED_WITHIN_S,
    )  # fmt: skip
    terms = encode(msgspec.structs.replace(accord, contacts=(daily,)))
    body = {"accord": msgspec.json.decode(terms), "predecessor": play.stage.line.hex()}
    amend = play.say(NORTH, "amend", precedence=Precedence.ROUTINE, body=body)
    play.say(SOUTH, "agree", precedence=Precedence.ROUTINE, reply=amend["leaf"])


def _come_to(play: Play, step: int) -> bool:
    """Whether the ladder of the missed call has come so far, or farther."""
    rungs = [each["rung"] for each in _due(play, NORTH) if each["duty"] == "call"]
    return bool(rungs) and rungs[0] in [rung.value for rung in Rung][step:]


def two_persons(play: Play, crew: Crew) -> None:
    play.scene("A FLASH that takes two persons, and one that was authorised beforehand")
    first, second = crew.tokens[FIRST], crew.tokens[SECOND]
    play.tell(f"at northland, {FIRST} has the watch, and {SECOND} sits beside him")
    begins = time.time_ns() // 1_000_000_000 + 48 * HOUR_S
    content = _content(
        play, "launch",
        {
            "launched": "space_launch", "launch_area": {"quadrant": "barents_east"},
            "window": {"from": begins, "to": begins + 4 * HOUR_S},
        },
    )  # fmt: skip
    play.stage.ask(NORTH, KeepDraft(LINE, encode(content)), first)
    try:
        play.stage.ask(NORTH, Say(LINE, encode(content)), first)
    except Refused as refused:
        play.tell(f"{FIRST} drafts a notice of a launch and is refused: {refused.what}")
        play.tell(f"  {refused.mend}")
    else:
        raise DetenteError("one man let it go", where="demonstration")
    said = play.stage.ask(NORTH, Say(LINE, encode(content)), second)
    play.said[said["leaf"]] = NORTH
    play.tell(f"{SECOND} lets it go: {said['precedence']} {said['serial']}; it names a post")
    play.say_form(
        NORTH, "notify", "accident",
        {"event": "fire", "time": begins - 48 * HOUR_S, "danger": "over"},
    )  # fmt: skip
    play.tell(f"{FIRST} alone: a first notice of an accident waits for nobody")


def _content(play: Play, form: str, slots: dict[str, Any]) -> Content:
    shape = named(VOCABULARY_3.forms, form)
    assert shape is not None
    body = {
        "form": shape.number, "releasability": shape.releasability.value, "remarks": None,
        "slots": slots,
    }  # fmt: skip
    return Content(
        act="notify", author=NORTH, body=body, channel="duty", line=play.stage.line.hex(),
        precedence=Precedence.FLASH, reply=None, salt=secrets.token_hex(16), to=("watch",),
    )  # fmt: skip


def hand_over(play: Play, crew: Crew) -> None:
    play.scene("The watch is handed over, with what is open")
    offer = play.stage.ask(NORTH, HandOver(THIRD))
    play.tell(f"{FIRST} offers the watch to {THIRD}, with {len(offer['items'])} open items")
    for each in offer["items"][:2]:
        play.tell(f"  {each}")
    token = crew.sign_on(THIRD)
    taken = play.stage.ask(NORTH, TakeOver(), token)
    crew.at_the_desk(token)
    play.tell(f"{THIRD} has read them and has the watch; both stand in northland's book")
    if taken["items"] != offer["items"]:
        raise DetenteError("he read something else", where="demonstration")


def voice(play: Play) -> None:
    play.scene("A voice on another telephone says that it is Southmark")
    number = secrets.randbelow(1_000_000)
    right = play.stage.ask(SOUTH, VoiceWords(LINE, NORTH, number))["words"]
    play.tell(f"northland reads a number; southmark's station makes: {right[0]} …")
    for heard, told in (
        (" ".join(right), "right: it sits beside southmark's station"),
        ("ALFA " * 10, "wrong, from another caller: hang up, and call back"),
    ):
        found = play.stage.ask(NORTH, VoiceCheck(LINE, SOUTH, number, heard))
        if found["right"] is not told.startswith("right"):
            raise DetenteError("the words were taken for others", where="demonstration")
        play.tell(f"{told}; the book keeps it, and no state has changed")


def settled(play: Play) -> None:
    """Everybody says a word to what has come, until nobody owes anything."""
    play.scene("Before the day ends, everybody says a word to what he has heard")
    before = len(play.said)
    for _ in range(ROUNDS_MAX):
        owed = [each for each in _due(play, NORTH) if each["duty"] != "review"]
        if not owed:
            break
        for each in owed:
            _settle(play, each)
        play.stage.wait_quiet()
    play.due = sum(len(_due(play, party)) for party in play.stage.actors)
    end = "nobody owes anybody anything" if not play.due else f"{play.due} duties still stand"
    play.tell(f"{len(play.said) - before} words later, {end}")


def _due(play: Play, party: str) -> list[Answer]:
    found: list[Answer] = play.stage.ask(party, Due(LINE))["due"]
    return found


def _settle(play: Play, duty: Answer) -> None:
    body: dict[str, Any] = {"rung": "understood", "text": ""}
    act, reply = "acknowledge", duty["leaf"]
    if duty["duty"] == "test":
        act, reply, body = "test", None, {"text": "Bread is made of flour, water, salt and yeast."}
    elif duty["duty"] == "call":
        act, reply = "callup", None
        body = {"call": "contact", "contact": duty["contact"]}
    message = play.stage.say(
        duty["owes"], act, body, channel=duty["channel"], precedence=Precedence.ROUTINE, reply=reply
    )
    play.said[message["leaf"]] = duty["owes"]


def book(play: Play, crew: Crew) -> str:
    """Northland's book, for a stranger to check."""
    token = crew.sign_on(ADMINISTRATOR, "administrator")
    file: str = play.stage.ask(NORTH, BookExport(), token)["file"]
    return file
