"""An accord from cards and options, and an accord in words."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from msgspec import UNSET

from detente.cli.answers import AccordShowAnswer
from detente.cli.card import check_line
from detente.cli.reach import ACCORD_BYTES_MAX, read_card, read_file
from detente.cli.screen import Screen, page
from detente.cli.terms_file import read_terms
from detente.errors import DetenteError, Malformed, Refused
from detente.line.accord import (
    Accord,
    Card,
    Channel,
    Clocks,
    Contact,
    PerPrecedence,
    Rates,
    Succession,
    Witness,
    parse_accord,
)
from detente.line.canonical import encode
from detente.line.message import Precedence
from detente.line.rules import VOCABULARIES
from detente.phrase.plain import shown
from detente.station.calendar import check_calls
from detente.station.figures import KEPT
from detente.tlog.note import parse_verifier_key

# Seconds. Where no treaty says otherwise: precedences as ACP 131 has them, an answer within the 48
# hours of the Vienna Document, chapter III.
CLOCKS: Final = {
    "acknowledge_s": "600,1800,10800,21600",
    "answer_s": 172_800,
    "beat_s": 10,
    "test_s": 3_600,
}
CLOCKS_OF_SECONDS: Final = {
    "acknowledge_s": "10,30,60,120",
    "answer_s": 60,
    "beat_s": 1,
    "test_s": 30,
}
RATES: Final = {
    "bytes_a_minute": "245760,4194304,8388608,16777216",
    "messages_a_minute": "60,120,240,600",
}
PARTIES_MIN: Final = 2
WITNESS_EVERY_S: Final = 3_600
WITNESS_EVERY_S_REHEARSED: Final = 5


def make_accord(cards: tuple[Path, ...], options: Mapping[str, Any]) -> Accord:
    """Raises `Refused` for terms that make no sense, `Malformed` for a file that is none."""
    if options["clocks_in_seconds"] and not options["exercise"]:
        raise Refused(
            "clocks of seconds are for exercises", mend="add --exercise, or leave them out"
        )
    if options["vocabulary"] not in VOCABULARIES:
        raise Refused(
            f"this program lacks vocabulary {options['vocabulary']}", where="--vocabulary"
        )
    for name in options["statistics"]:
        if name not in KEPT:
            raise Refused(
                f"nothing called {name!a} is counted", where="--statistic",
                mend=f"one of {', '.join(KEPT)}",
            )  # fmt: skip
    check_line(options["name"])
    clocks = CLOCKS_OF_SECONDS if options["clocks_in_seconds"] else CLOCKS
    chosen: dict[str, Any] = {name: options[name] or clocks[name] for name in clocks}
    rates = {name: options[name] or rate for name, rate in RATES.items()}
    file = read_terms(options["terms"])
    if not (options["channels"] or file.channel):
        raise Refused("it has no channel", where="--channel", mend="as in duty:Duty officers")
    made = Accord(
        channels=(*map(_channel, options["channels"]), *file.channel),
        clocks=Clocks(
            acknowledge_s=_per_precedence(chosen["acknowledge_s"], "--acknowledge-s"),
            answer_s=chosen["answer_s"], beat_s=chosen["beat_s"], test_s=chosen["test_s"],
        ),
        contacts=file.contact,
        exercise=options["exercise"],
        languages=options["languages"],
        name=options["name"],
        parties=_cards(cards),
        rates=Rates(
            bytes_a_minute=_per_precedence(rates["bytes_a_minute"], "--bytes-a-minute"),
            messages_a_minute=_per_precedence(rates["messages_a_minute"], "--messages-a-minute"),
        ),
        standing_orders=options["standing_orders"],
        statistics=options["statistics"],
        succeeds=_succession(options["succeeds"]),
        vocabulary=options["vocabulary"],
        witness_policy=file.witness_policy,
        witnesses=tuple(_witness(path, options) for path in options["witnesses"]),
        zones=options["zones"],
    )  # fmt: skip
    check_calls(made)
    try:
        return parse_accord(encode(made))  # what does not read back would never be joined
    except Malformed as error:
        raise Refused(error.what, where=error.where, mend=error.mend) from error


def _cards(paths: tuple[Path, ...]) -> tuple[Card, ...]:
    """One card of each party, in the order of their names."""
    found = sorted(map(read_card, paths), key=lambda card: card.party)
    for one, other in itertools.pairwise(found):
        if one.party == other.party:
            raise Refused(
                f"two cards are of {one.party!a}", where="cards", mend="give one card of each party"
            )
    if len(found) < PARTIES_MIN:
        raise Refused(
            "an accord is between two parties or more", where="cards",
            mend="give the card of every party",
        )  # fmt: skip
    return tuple(found)


def _named(error: Malformed, path: Path) -> DetenteError:
    where = f"{path}: {error.where}" if error.where else str(path)
    return Malformed(error.what, where=where, mend=error.mend)


def _channel(text: str) -> Channel:
    name, colon, title = text.partition(":")
    if not colon or not title:
        raise Refused(
            f"{text!a} is not NAME:TITLE", where="--channel", mend="as in duty:Duty officers"
        )
    return Channel(name=name, title=title)


def _per_precedence(text: str, option: str) -> PerPrecedence:
    parts = text.split(",")
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() for part in parts):
        raise Refused(
            f"{text!a} is not four whole numbers",
            where=option,
            mend="FLASH,IMMEDIATE,PRIORITY,ROUTINE",
        )
    flash, immediate, priority, routine = map(int, parts)
    return PerPrecedence(flash=flash, immediate=immediate, priority=priority, routine=routine)


def _witness(path: Path, options: Mapping[str, Any]) -> Witness:
    try:
        keys = tuple(read_file(path, ACCORD_BYTES_MAX).decode().split())
        name = parse_verifier_key(keys[0]).name if keys else ""
    except Malformed as error:
        raise _named(error, path) from error
    except UnicodeDecodeError as error:
        raise Malformed("it is not UTF-8", where=str(path)) from error
    if not keys:
        raise Malformed("it holds no verifier key", where=str(path))
    rehearsed = WITNESS_EVERY_S_REHEARSED if options["clocks_in_seconds"] else WITNESS_EVERY_S
    return Witness(every_s=options["witness_every_s"] or rehearsed, keys=keys, name=name)


def _succession(path: Path | None) -> Succession | None:
    """The line of an export, and of every ledger in it the last checkpoint of its first branch."""
    if path is None:
        return None
    from detente.audit import parse_export
    from detente.audit.exports import EXPORT_BYTES_MAX
    from detente.tlog.hash import leaf_hash

    export = parse_export(read_file(path, EXPORT_BYTES_MAX))
    notes = tuple(ledger.branches[0].note for ledger in export.ledgers if ledger.branches)
    return Succession(checkpoints=notes, line=leaf_hash(export.terms).hex())


# -- in words ------------------------------------------------------------------------------------


def explain(found: Accord, answer: AccordShowAnswer) -> None:
    """The terms as an officer would have them explained."""
    with page(f"accord {found.name}", exercise=found.exercise) as screen:
        screen.pairs([("id", answer.id)])
        screen.words(bytes.fromhex(answer.id))
        if not answer.known:
            screen.line(
                f"This program lacks vocabulary {found.vocabulary}: update it before you join.",
                "bold",
            )
        _explain_terms(screen, found)
        for card in answer.parties:
            screen.line()
            screen.line(f"Party {shown(card.party)}, whose ledger is {shown(card.origin)}", "bold")
            screen.under(f"fingerprint of its card  {card.fingerprint}", indent=4)
            screen.words(bytes.fromhex(card.fingerprint))


def _explain_terms(screen: Screen, found: Accord) -> None:
    kind = (
        "an EXERCISE line: nothing on it is about the world"
        if found.exercise
        else "a line in earnest"
    )
    clocks = found.clocks
    rows = [
        ("kind", kind),
        ("vocabulary", f"version {found.vocabulary}, in {', '.join(found.languages)}"),
        ("acknowledge", f"a person acknowledges within {_spelt(clocks.acknowledge_s)}"),
        ("answer", f"a question is answered within {span(clocks.answer_s)}"),
        ("heartbeat", f"every {span(clocks.beat_s)}; after three missed the line is stale"),
        ("line test", f"every {span(clocks.test_s)}"),
        ("messages", f"read at most, a minute: {_counts(found.rates.messages_a_minute)}"),
        ("bytes", f"read at most, a minute: {_counts(found.rates.bytes_a_minute)}"),
    ]
    for channel in found.channels:
        speakers = ", ".join(channel.speakers) or "every party"
        level = f"; level {channel.level.value}" if channel.level else ""
        topic = f"; topic {channel.topic}" if channel.topic else ""
        title = f"{shown(channel.title)}{level}{topic}; spoken on by {speakers}"
        rows.append((f"channel {channel.name}", title))
        if channel.answer_s:
            rows.append(("", f"a question on it is answered within {span(channel.answer_s)}"))
        if channel.urgent_s:
            rows.append(("", f"an urgent one within {span(channel.urgent_s)}"))
        if channel.passes:
            rows.append(("", f"under suspension pass, too: {', '.join(channel.passes)}"))
    for contact in found.calls:
        rows += _explain_contact(contact)
    if (policy := found.witness_policy) is not UNSET:
        much = f"{policy.quorum} must have cosigned, within {span(policy.age_s)}"
        rows.append(("witness policy", much))
    rows += [
        (f"witness {w.name}", f"shown our checkpoints every {span(w.every_s)}")
        for w in found.witnesses
    ]
    rows += [("standing order", shown(text)) for text in found.standing_orders]
    rows += [("zone", shown(text)) for text in found.zones]
    rows += [("statistics kept", ", ".join(found.statistics))] if found.statistics else []
    rows += [("continues", f"the line {found.succeeds.line}")] if found.succeeds else []
    screen.pairs(rows)


def _explain_contact(contact: Contact) -> list[tuple[str, str]]:
    by = f"{contact.by} calls" if contact.by else "the parties call in turns"
    when = f"{contact.rule} from {contact.start} {contact.zone}, within {span(contact.within_s)}"
    rows = [(f"contact {contact.name}", f"{contact.call.value} on {contact.channel}; {by}; {when}")]
    rows += [("", f"on the agenda: {shown(point)}") for point in contact.agenda]
    rows += [("", f"present: {', '.join(contact.people)}")] if contact.people else []
    rows += [("", "minutes are agreed afterwards")] if contact.minutes else []
    return rows


def _spelt(per: PerPrecedence) -> str:
    return (
        f"{span(per.flash)} of a FLASH, {span(per.immediate)} of an IMMEDIATE, "
        f"{span(per.priority)} of a PRIORITY, {span(per.routine)} of a ROUTINE"
    )


def _counts(per: PerPrecedence) -> str:
    return ", ".join(f"{each.value} {per.of(each)}" for each in reversed(Precedence))


def span(seconds: int) -> str:
    """A time span in its largest whole unit: `48 h`, `90 s`."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % size == 0 and seconds > size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"
