"""What the officers of the demonstration say in forms: a day on a border, told in two languages."""

from __future__ import annotations

import time
from typing import Any, Final

from detente.cli.play import NORTH, SOUTH, Play, acknowledge, command, prove
from detente.cli.stage import LINE
from detente.errors import Refused
from detente.station.orders import NonReplyFile, StatementFile

MINUTE_S: Final = 60
HOUR_S: Final = 3_600
DEGREE: Final = 60_000  # thousandths of an arc-minute
SEA: Final = {"lat": 44 * DEGREE + 12_000, "lon": 31 * DEGREE + 30_000}
BORDER: Final = {"lat": 59 * DEGREE + 27_500, "lon": 27 * DEGREE + 45_250, "within_m": 900}


def _now_s() -> int:
    """The present minute."""
    return time.time_ns() // 1_000_000_000 // MINUTE_S * MINUTE_S


def _craft(kind: str, number: int = 1, manned: str = "manned", how: str = "exactly") -> Any:
    return {"class": kind, "how": how, "manned": manned, "number": number}


def flight(play: Play) -> None:
    play.scene("A reconnaissance flight over the Black Sea: a notice, a concern, an answer")
    begins = _now_s() + 2 * HOUR_S
    notice = play.say_form(
        NORTH, "notify", "reconnaissance_flight",
        {
            "craft": _craft("reconnaissance_aircraft"), "purpose": "reconnaissance",
            "area": {"circle": {**SEA, "radius_m": 60_000}},
            "window": {"from": begins, "to": begins + 3 * HOUR_S},
            "levels": {"lower": {"fl": 280}, "upper": {"fl": 340}},
            "transponder": "off_in_part", "call_sign": "FORTE-11",
        },
    )  # fmt: skip
    concern = play.say_form(
        SOUTH, "concern", "concern",
        {
            "matter": "no_transponder", "time": begins, "asks": "assurance",
            "treaty": {"treaty": "chicago_1944", "article": "3"},
        },
        reply=notice["leaf"],
        remarks={"language": "ru", "text": "Просим включить ответчик на всём маршруте."},
    )  # fmt: skip
    play.say(NORTH, "standby", reply=concern["leaf"], body={"text": "Asking the wing."})
    play.say_form(
        NORTH, "answer", "answer", {"result": "explained", "inquiry": "finished"},
        reply=concern["leaf"],
        remarks={"language": "en", "text": "The transponder will be on for the whole flight."},
    )  # fmt: skip


def unknown_track(play: Play) -> None:
    play.scene("An unknown aircraft approaches Southmark: is it yours?")
    now = _now_s()
    question = play.say_form(
        NORTH, "query", "unknown_track",
        {
            "craft": _craft("unidentified", 1, "not_known", "at_least"), "position": BORDER,
            "time": now, "course": 95, "speed": {"kt": 160}, "altitude": {"amsl_ft": 2_500},
            "expected": now + 9 * MINUTE_S, "trust": "good",
        },
    )  # fmt: skip
    play.say_form(
        SOUTH, "answer", "track_answer", {"whose": "ours", "action": "turning_back"},
        reply=question["leaf"],
    )  # fmt: skip


def drone(play: Play) -> None:
    play.scene("A drone of a third state strays toward Northland: said at once, details later")
    now = _now_s()
    first = play.say_form(
        SOUTH, "notify", "drone_astray",
        {
            "craft": _craft("drone", 2, "unmanned", "at_least"), "origin": "third_state",
            "time": now, "control": "not_known",
        },
    )  # fmt: skip
    play.say(
        NORTH, "acknowledge", reply=first["leaf"],
        body={"rung": "passed_to_operators", "text": "Passed to the air defence of the sector."},
    )  # fmt: skip
    play.say_form(
        SOUTH, "revise", "drone_astray",
        {
            "craft": _craft("drone", 3, "unmanned"), "origin": "third_state", "time": now,
            "position": BORDER, "course": 270, "speed": {"kmh": 180}, "control": "jammed",
            "expected": now + 20 * MINUTE_S,
        },
        reply=first["leaf"],
    )  # fmt: skip


def entry(play: Play) -> None:
    play.scene("An entry by mistake: the one who made it says so first")
    now = _now_s()
    notice = play.say_form(
        SOUTH, "notify", "entry_by_mistake",
        {
            "craft": _craft("fighter", 2), "time": now, "position": BORDER, "cause": "navigation",
            "intention": "leaving", "course": 110,
        },
    )  # fmt: skip
    acknowledge(play, NORTH, notice, "Understood. We let them leave.")


def incident(play: Play) -> None:
    play.scene("An incident: two accounts side by side, and closed by both")
    now = _now_s()
    opening = play.say_form(
        NORTH, "notify", "incident_opened", {"event": "air_entry", "time": now, "position": BORDER}
    )
    for party, whose, number, minutes in ((NORTH, "yours", 3, 12), (SOUTH, "ours", 2, 4)):
        play.say_form(
            party, "notify", "incident_account",
            {
                "event": "air_entry", "whose": whose, "craft": _craft("fighter", number),
                "window": {"from": now - minutes * MINUTE_S, "to": now}, "cause": "navigation",
            },
            reply=opening["leaf"],
        )  # fmt: skip
    folder = str(play.stage.actors[NORTH].folder)
    found = command("--dir", folder, "incident", LINE, opening["leaf"])
    for each in found["differences"]:
        says = "; ".join(f"{party}: {text}" for party, text in each["says"].items())
        play.tell(f"they differ in {each['slot']}: {says}")
    for party in (NORTH, SOUTH):
        play.say_form(
            party, "notify", "incident_closed", {"outcome": "accounts_differ"},
            reply=opening["leaf"],
        )  # fmt: skip


def statement(play: Play) -> None:
    play.scene("A joint statement, agreed in both languages: one file for the press")
    proposal = play.say_form(
        NORTH, "propose", "joint_statement",
        {
            "texts": {
                "en": "Both sides express their regret and will keep this line open.",
                "ru": "Стороны выражают сожаление и сохранят эту линию открытой.",
            },
            "publish": _now_s() + HOUR_S,
        },
    )  # fmt: skip
    accepted = play.say(SOUTH, "accept", reply=proposal["leaf"])
    play.say(
        NORTH, "conclude", reply=proposal["leaf"], body={"accepts": [accepted["leaf"]]}
    )  # fmt: skip
    file = play.stage.ask(SOUTH, StatementFile(LINE, proposal["leaf"]))["file"]
    prove(play, "joint-statement.json", file)


def silence(play: Play) -> None:
    play.scene("A question that is not answered: a certificate, and then a late answer")
    question = play.say_form(
        SOUTH, "query", "question", {"asks": "what_happened", "about": "movement"}
    )
    file = play.stage.ask(SOUTH, NonReplyFile(LINE, question["leaf"]))["file"]
    prove(play, "non-reply.json", file)
    play.say_form(
        NORTH, "answer", "answer", {"result": "explained", "inquiry": "finished"},
        reply=question["leaf"], remarks={"language": "en", "text": "A rotation of crews."},
    )  # fmt: skip
    try:
        play.stage.ask(SOUTH, NonReplyFile(LINE, question["leaf"]))
    except Refused as refused:
        play.tell(f"no new certificate can be made: {refused.what}")
