"""The demonstration: a crisis of two parties, played by real processes, told so that a person can
follow.

*Northland* and *Southmark* run a station each; a neutral witness runs as the third process.
Everything that is printed was asked of the stations; nothing is staged but the words that the
officers say.
"""

from __future__ import annotations

import contextlib
import json
import statistics
import tempfile
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from rich.console import Console

from detente.cli import scenes as scene
from detente.cli import scenes_people as people
from detente.cli.answers import DemoAnswer
from detente.cli.crew import Crew
from detente.cli.play import NORTH, SOUTH, Play, acknowledge, expect, verify
from detente.cli.setting import print_json
from detente.cli.stage import CHEAP, LINE, PASSPHRASE, Stage, end, exercise, free_port, launch, wait
from detente.errors import DetenteError, Refused
from detente.line.accord import Card, Witness
from detente.line.message import Precedence
from detente.phrase.words import fingerprint_lines
from detente.station.cosigner import Cosigner
from detente.station.keys import new_cosigner_keys
from detente.station.orders import Export, Wait
from detente.tlog.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    VerifierKey,
)

WITNESS: Final = "witness.example/neutral"
MEASURED: Final = 100  # FLASH notices that the figures are taken from
READING_S: Final = 0.8  # a pause after each line, for a person; none when headless


def run(*, headless: bool, keep: Path | None, quiet: bool = False) -> int:
    """Play it; last comes one line of JSON. Returns 1 if anything was lost, doubled, or found.

    Raises a `DetenteError` if a scene does not come about.
    """
    before = (people.missed_call, scene.flight, scene.unknown_track, scene.drone, scene.entry)
    after = (
        scene.incident, scene.statement, scene.silence, people.voice, _suspension, _power_cut,
        _backup, _restored, _measured, people.settled,
    )  # fmt: skip
    with _folder(keep) as folder, Stage(folder, (NORTH, SOUTH)) as stage:
        play = Play(stage, Console(quiet=quiet), 0.0 if headless else READING_S)
        with _founded(play, folder):
            crew = _opening(play)
            for played in before:
                played(play)
            people.two_persons(play, crew)
            people.hand_over(play, crew)
            for played in after:
                played(play)
            figures = _audited(play, folder, crew)
    print_json(figures)
    bad = (figures.lost, figures.duplicated, figures.outstanding, figures.due, figures.findings)
    return int(any(bad))


@contextlib.contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        keep.mkdir(mode=0o700, parents=True, exist_ok=True)
        if any(keep.iterdir()):
            raise Refused("the folder is not empty", where=str(keep), mend="name a new one")
        yield keep.absolute()
        return
    with tempfile.TemporaryDirectory(prefix="detente-") as name:
        yield Path(name)


# -- the scenes ------------------------------------------------------------------------------------


@contextlib.contextmanager
def _founded(play: Play, folder: Path) -> Iterator[None]:
    """Cards change hands, the accord is made of them, and three processes start."""
    stage = play.stage
    play.scene("EXERCISE. Northland and Southmark found a line")
    cards = stage.cards()
    for card in cards:
        play.tell(f"{card.party}'s card, read aloud: {fingerprint_lines(card.fingerprint())[0]} …")
    port = free_port()
    keys = _witness(folder / "witness", port, cards)
    accord = exercise(cards, [Witness(every_s=2, keys=keys, name=WITNESS)])
    clocks = msgspec.structs.replace(accord.clocks, test_s=86_400)
    accord = msgspec.structs.replace(accord, clocks=clocks)
    stage.found(accord, {WITNESS: f"http://127.0.0.1:{port}"})
    play.crew = Crew(stage, NORTH, people.CREW)
    play.tell(
        f"accord {accord.name!r}: channels duty and high-level, "
        f"vocabulary {accord.vocabulary}, one neutral witness"
    )
    play.tell(f"the line is called {stage.line.hex()[:16]}…, the hash of that accord")
    witness = launch(["--dir", str(folder / "witness"), "witness", "serve"], folder / "witness.log")
    try:
        for party in stage.actors:
            stage.start(party)
        play.tell(
            "three processes run: two stations and the witness; nobody runs anything in the middle"
        )
        yield
    finally:
        end(witness, 15)


def _witness(folder: Path, port: int, cards: list[Card]) -> tuple[str, ...]:
    """The witness's own folder: its keys, and the logs that it knows."""
    folder.mkdir(mode=0o700)
    keys = new_cosigner_keys(folder / "witness.keys", PASSPHRASE, CHEAP).public
    Cosigner.create(folder / "state")
    text = f'[witness]\nlisten = "127.0.0.1:{port}"\nname = "{WITNESS}"\n'
    text += 'keys = "witness.keys"\nstate = "state"\n'
    for card in cards:
        log = (
            VerifierKey(card.origin, ED25519, card.ed25519).text(),
            VerifierKey(card.origin, COSIGNATURE_MLDSA44, card.mldsa44).text(),
        )
        text += f'\n[[witness.logs]]\norigin = "{card.origin}"\nkeys = {json.dumps(log)}\n'
    (folder / "detente.toml").write_text(text)
    return (
        VerifierKey(WITNESS, COSIGNATURE_ED25519, keys.ed25519).text(),
        VerifierKey(WITNESS, COSIGNATURE_MLDSA44, keys.mldsa44).text(),
    )


def _opening(play: Play) -> Crew:
    assert play.crew is not None
    play.crew.at_the_desk(play.crew.sign_on(people.FIRST))
    play.crew.sign_on(people.SECOND)
    play.scene("Both open both channels; then a line test, answered by a person")
    for channel in ("duty", "high-level"):
        for party in (NORTH, SOUTH):
            play.say(party, "open", channel=channel)
        expect(play, channel, "open")
    text = "The test of the hour. Nothing to report."
    test = play.say(NORTH, "test", text, precedence=Precedence.ROUTINE, body={"text": text})
    play.say(
        SOUTH, "nothing", "Nothing to report here.", precedence=Precedence.ROUTINE,
        reply=test["leaf"],
    )  # fmt: skip
    return play.crew


def _suspension(play: Play) -> None:
    play.scene(
        "Southmark suspends high-level; duty stays up, and safety of life passes all the same"
    )
    reason = "In protest. To be reviewed in a week."
    play.say(
        SOUTH, "suspend", reason, channel="high-level",
        body={"reason": reason, "review": time.time_ns() // 1_000_000 + 7 * 86_400_000},
    )  # fmt: skip
    expect(play, "high-level", "suspended")
    expect(play, "duty", "open")
    try:
        play.stage.say(
            NORTH, "query", {"text": "Why?"}, channel="high-level", precedence=Precedence.ROUTINE
        )
    except Refused as refused:
        play.tell(f"northland's query there is refused by its own station: {refused.what}")
    else:
        raise DetenteError("a query went out on a suspended channel", where="demonstration")
    text = "Our aircraft has gone down in the sea by engine failure. Accident, not hostile."
    accident = play.say(
        NORTH,
        "notify",
        text,
        channel="high-level",
        body={"kind": "accident_not_hostile", "text": text},
    )
    acknowledge(play, SOUTH, accident, "Understood. We hold our fighters back.")


def _power_cut(play: Play) -> None:
    play.scene("Southmark's station is killed (SIGKILL) with a FLASH on its way, and comes back")
    stage = play.stage
    stage.freeze(SOUTH)  # so that it cannot be quicker than the signal that kills it
    text = "Our rescue helicopter is on its way to the place of the accident."
    flash = stage.say(NORTH, "notify", {"kind": "search_and_rescue", "text": text})
    play.said[flash["leaf"]] = NORTH
    number = f"FLASH {flash['serial']}"
    play.tell(
        f"northland notify      {number} is said, sealed, and on its way: heard by nobody yet"
    )
    stage.kill(SOUTH)
    begun = time.monotonic()
    stage.start(SOUTH)
    stage.wait_receipt(NORTH, flash["leaf"], [SOUTH])
    play.tell(
        f"southmark is back, and has heard it {time.monotonic() - begun:.1f} s after its restart"
    )


def _backup(play: Play) -> None:
    play.scene("Southmark's database is replaced by an old backup, and heals")
    stage = play.stage
    backup = stage.back_up(SOUTH)
    for number in range(1, 6):
        play.say(
            (NORTH, SOUTH)[number % 2], "notify", precedence=Precedence.ROUTINE,
            body={"kind": "other", "text": f"Routine notice {number}, after the backup was taken."},
        )  # fmt: skip
    before = len(stage.messages(SOUTH))
    stage.stop(SOUTH)
    stage.put_back(SOUTH, backup)
    stage.start(SOUTH)
    stage.wait_quiet()
    after = len(stage.messages(SOUTH))
    play.tell(f"it held {before} messages; with the old database, it holds {after} again")
    play.tell(
        "they came back from its own signer's log, which is in no backup, and northland's mirror"
    )


def _restored(play: Play) -> None:
    play.scene("high-level is restored when both have lifted the suspension, and one says why")
    why = "The inquiry has begun, and we take part in it. We lift the suspension."
    words = {"language": "en", "text": why}
    play.say(SOUTH, "goodwill", why, precedence=Precedence.ROUTINE, body={"words": words})
    channels = {c["channel"]: c for c in play.stage.status(NORTH)["channels"]}
    (suspension,) = channels["high-level"]["suspensions"]
    body = {"lifts": [suspension["leaf"]]}
    play.say(NORTH, "restore", channel="high-level", body=body)
    expect(play, "high-level", "suspended")
    play.say(SOUTH, "restore", channel="high-level", body=body)
    expect(play, "high-level", "open")


def _measured(play: Play) -> None:
    play.scene(f"{MEASURED} FLASH notices, one after the other, from release to receipt")
    play.times_ms.clear()
    for number in range(MEASURED):
        body = {"kind": "other", "text": f"Measured notice {number}."}
        begun = time.perf_counter()
        message = play.stage.say(NORTH, "notify", body)
        play.stage.ask(NORTH, Wait(LINE, message["leaf"]))
        play.times_ms.append((time.perf_counter() - begun) * 1000)
        play.said[message["leaf"]] = NORTH
    play.tell(f"median {statistics.median(play.times_ms):.1f} ms")


# -- the end ---------------------------------------------------------------------------------------


def _audited(play: Play, folder: Path, crew: Crew) -> DemoAnswer:
    play.scene("The witness cosigns, and a stranger audits both ledgers, offline")
    stage = play.stage
    stage.wait_quiet()
    findings = 0
    for party in stage.actors:
        path = folder / f"{party}.export.json"
        wait(partial(_cosigned, stage, party, path), "no cosignature")
        report = verify(path, "--accord", str(stage.actors[party].place / "accord.json"))
        findings += len(report["findings"])
        play.tell(
            f"{party}'s ledger: {len(report['findings'])} findings, and the witness has cosigned it"
        )
    path = folder / "northland.book.json"
    path.write_text(people.book(play, crew))
    findings += len(verify(path)["findings"])
    play.tell("northland's book of who did what: verified by the same command, and private")
    return _figures(play, findings)


def _cosigned(stage: Stage, party: str, path: Path) -> bool:
    """Whether an export has a cosignature of the witness over all of the party's ledger."""
    text = stage.ask(party, Export(LINE))["export"]
    path.write_text(text)
    export = json.loads(text)
    size = str(len(export["messages"]) + 1)  # and the accord
    return any(note.split("\n")[1] == size and WITNESS in note for note in export["checkpoints"])


def _figures(play: Play, findings: int) -> DemoAnswer:
    """What a sceptic counts: every message said, in every station's ledger, exactly once."""
    stage = play.stage
    held = {party: [m["leaf"] for m in stage.messages(party)] for party in stage.actors}
    heard = {m["leaf"]: len(m["heard_by"]) for party in stage.actors for m in stage.messages(party)}
    times = sorted(play.times_ms)
    return DemoAnswer(
        messages=len(play.said),
        receipts=sum(heard[leaf] for leaf in play.said if leaf in heard),
        lost=sum(leaf not in leaves for leaf in play.said for leaves in held.values()),
        duplicated=sum(len(leaves) - len(set(leaves)) for leaves in held.values()),
        outstanding=sum(stage.status(party)["outstanding"] for party in stage.actors),
        due=play.due,
        findings=findings,
        p50_ms=round(statistics.median(times), 2),
        p99_ms=round(times[max(0, len(times) * 99 // 100 - 1)], 2),
    )
