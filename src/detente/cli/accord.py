"""`detente accord new|show|join`: the terms of a line, written, read and taken on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from detente.cli.setting import CONFIG, Family, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers import AccordShowAnswer
    from detente.line.accord import Accord

EXISTING: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Family)
def accord() -> None:
    """Write, read and join the accord of a line: the terms that are leaf 0 of every ledger."""


@accord.command()
@click.argument("cards", nargs=-1, required=True, type=EXISTING)
@click.option("--name", required=True, help="Name of the line: a-z, 0-9, _ and -.")
@click.option(
    "--channel",
    "channels",
    multiple=True,
    metavar="NAME:TITLE",
    help="A channel; may be given again.",
)
@click.option(
    "--terms",
    type=EXISTING,
    help="A TOML file with channels, contacts and the witness policy: docs/operating.md.",
)
@click.option("--exercise", is_flag=True, help="Nothing said on it is about the world.")
@click.option(
    "--clocks-in-seconds", is_flag=True, help="Clocks for a rehearsal; only with --exercise."
)
@click.option(
    "--acknowledge-s", metavar="F,I,P,R", help="Until a person acknowledges, by precedence."
)
@click.option("--answer-s", type=click.IntRange(1), help="Until a question is answered.")
@click.option(
    "--beat-s", type=click.IntRange(1), help="Between heartbeats; three missed are stale."
)
@click.option("--test-s", type=click.IntRange(1), help="Between line tests.")
@click.option("--messages-a-minute", metavar="F,I,P,R", help="How fast a party is read.")
@click.option("--bytes-a-minute", metavar="F,I,P,R", help="How fast a party is read.")
@click.option("--text-language", "languages", multiple=True, default=("en",), help="Of the texts.")
@click.option(
    "--standing-order",
    "standing_orders",
    multiple=True,
    metavar="TEXT",
    help="An order for all posts.",
)
@click.option(
    "--statistic", "statistics", multiple=True, metavar="NAME", help="A statistic that is kept."
)
@click.option("--zone", "zones", multiple=True, metavar="TEXT", help="A zone and its rules.")
@click.option(
    "--witness",
    "witnesses",
    multiple=True,
    type=EXISTING,
    help="A file with the verifier keys of a witness, one a line.",
)
@click.option(
    "--witness-every-s", type=click.IntRange(1), help="Between checkpoints shown to witnesses."
)
@click.option(
    "--succeeds", type=EXISTING, metavar="EXPORT", help="An export of the line that it continues."
)
@click.option(
    "--vocabulary",
    type=click.IntRange(1),
    default=3,
    show_default=True,
    help="Version of the acts and forms.",
)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; NAME.accord.json."
)
@pass_setting
def new(setting: Setting, /, cards: tuple[Path, ...], out: Path | None, **options: Any) -> None:
    """Write the accord of a line from the CARDS of its parties.

    Every party joins the same file, byte for byte. Clocks run in seconds.
    """
    from detente.cli.answers import AccordNewAnswer
    from detente.cli.screen import page
    from detente.cli.terms_made import make_accord
    from detente.line.canonical import encode
    from detente.phrase.words import fingerprint_lines
    from detente.station.files import create
    from detente.tlog.hash import leaf_hash

    made = make_accord(cards, options)
    terms = encode(made)
    path = out or Path(f"{made.name}.accord.json")
    create(path.absolute(), terms, 0o644)
    line = leaf_hash(terms)

    def show() -> None:
        with page(f"accord {made.name}", exercise=made.exercise) as screen:
            screen.pairs(
                [("file", str(path)), ("parties", ", ".join(made.names)), ("id", line.hex())]
            )
            screen.words(line)

    setting.tell(
        AccordNewAnswer(
            accord=str(path.absolute()),
            id=line.hex(),
            words=fingerprint_lines(line),
            name=made.name,
            exercise=made.exercise,
            parties=made.names,
        ),
        show,
    )


@accord.command()
@click.argument("file", type=EXISTING)
@pass_setting
def show(setting: Setting, file: Path) -> None:
    """Explain the terms of an accord FILE, and say the fingerprint of every card in words."""
    from detente.cli.reach import ACCORD_BYTES_MAX, read_file
    from detente.cli.terms_made import explain
    from detente.line.accord import parse_accord

    terms = read_file(file, ACCORD_BYTES_MAX)
    found = parse_accord(terms)
    answer = shown_terms(found, terms)
    setting.tell(answer, lambda: explain(found, answer))


@accord.command()
@click.argument("file", type=EXISTING)
@click.option(
    "--line", help="Our name of it; by default that of the line that our card was made for."
)
@click.option(
    "--listen",
    default="0.0.0.0:7400",
    show_default=True,
    metavar="HOST:PORT",
    help="Where the others reach us.",
)
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar="PARTY=HOST:PORT",
    help="Where a party listens; may be given again.",
)
@click.option(
    "--witness", "witnesses", multiple=True, metavar="NAME=URL", help="Where a witness is reached."
)
@pass_setting
def join(
    setting: Setting,
    file: Path,
    line: str | None,
    listen: str,
    addresses: tuple[str, ...],
    witnesses: tuple[str, ...],
) -> None:
    """Take on the accord in FILE: our card must be in it byte for byte.

    Makes the journal and the signer's log, and adds the line to detente.toml.
    """
    from detente.cli.answers import AccordJoinAnswer
    from detente.cli.joining import Places, join_line
    from detente.cli.screen import page

    name, found, terms_id = join_line(setting, file, line, Places(listen, addresses, witnesses))
    config, folder = setting.config(), setting.line_folder(name).absolute()
    path = config.folder.absolute() / CONFIG

    def show() -> None:
        with page(f"joined {name}", exercise=found.exercise) as screen:
            screen.pairs([("id", terms_id), ("folder", str(folder)), ("added to", str(path))])
            known = (config.party, *config.lines[name].addresses)
            if others := ", ".join(party for party in found.names if party not in known):
                screen.line(f"Without an address, to be waited for: {others}")
            screen.line("Next: detente serve (a running station must be started again)")

    setting.tell(
        AccordJoinAnswer(
            line=name,
            id=terms_id,
            party=config.party,
            exercise=found.exercise,
            folder=str(folder),
            config=str(path),
        ),
        show,
    )


def shown_terms(found: Accord, terms: bytes) -> AccordShowAnswer:
    """An accord as `--json` gives it."""
    import msgspec

    from detente.cli.answers import AccordShowAnswer, CardShown, ChannelShown
    from detente.line.rules import VOCABULARIES
    from detente.phrase.words import fingerprint_lines
    from detente.tlog.hash import leaf_hash

    line = leaf_hash(terms)
    plain = msgspec.to_builtins(found)
    return AccordShowAnswer(
        id=line.hex(),
        words=fingerprint_lines(line),
        name=found.name,
        exercise=found.exercise,
        vocabulary=found.vocabulary,
        known=found.vocabulary in VOCABULARIES,
        languages=found.languages,
        parties=tuple(
            CardShown(
                party=card.party,
                origin=card.origin,
                fingerprint=card.fingerprint().hex(),
                words=fingerprint_lines(card.fingerprint()),
            )
            for card in found.parties
        ),
        channels=tuple(
            ChannelShown(
                name=each.name,
                title=each.title,
                speakers=each.speakers,
                passes=each.passes,
                level=each.level.value if each.level else "",
                topic=each.topic or "",
                answer_s=each.answer_s or 0,
                urgent_s=each.urgent_s or 0,
            )
            for each in found.channels
        ),
        clocks=plain["clocks"],
        rates=plain["rates"],
        contacts=tuple(plain.get("contacts", ())),
        witness_policy=plain.get("witness_policy"),
        witnesses=tuple(plain["witnesses"]),
        standing_orders=found.standing_orders,
        statistics=found.statistics,
        zones=found.zones,
        succeeds=found.succeeds.line if found.succeeds else None,
    )
