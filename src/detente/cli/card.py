"""`detente card LINE`: what a party hands over in person, and words to compare it by."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.line.accord import Card


@click.command(cls=Command)
@line_argument()
@pass_setting
def card(setting: Setting, line: str) -> None:
    """Make our card for LINE, with fresh keys the first time, and say its fingerprint in words.

    Hand the file over in person, and read the words aloud when it has arrived. The private keys
    stay here, encrypted with the passphrase.
    """
    from detente.cli.answers import CardAnswer
    from detente.cli.screen import page
    from detente.errors import Refused
    from detente.phrase.words import fingerprint_lines
    from detente.station.founding import make_card

    config = setting.config()
    check_line(line)
    path = setting.line_folder(line).absolute() / "card.json"
    made = not path.exists()
    if made and not config.party:
        raise Refused(
            "no party is configured", where=str(setting.folder), mend="set `party` in detente.toml"
        )
    passphrase = setting.passphrase(new=True) if made else b""
    ours = make_card(setting.folder, config.party, line, passphrase)
    fingerprint = ours.fingerprint()

    def show() -> None:
        with page(f"card of {ours.party} for {line}") as screen:
            screen.pairs(
                [("file", str(path)), ("origin", ours.origin), ("fingerprint", fingerprint.hex())]
            )
            screen.line("Read aloud:")
            screen.words(fingerprint)

    setting.tell(
        CardAnswer(
            line=line,
            party=ours.party,
            origin=ours.origin,
            card=str(path),
            made=made,
            fingerprint=fingerprint.hex(),
            words=fingerprint_lines(fingerprint),
            keys=log_keys(ours),
        ),
        show,
    )


def log_keys(ours: Card) -> tuple[str, str]:
    """The verifier keys of a card's ledger, as a witness must know them: both must have signed."""
    from detente.tlog.note import COSIGNATURE_MLDSA44, ED25519, VerifierKey

    return (
        VerifierKey(ours.origin, ED25519, ours.ed25519).text(),
        VerifierKey(ours.origin, COSIGNATURE_MLDSA44, ours.mldsa44).text(),
    )


def check_line(line: str) -> None:
    """Raise `Refused` unless it can be the name of a folder and of an accord."""
    import msgspec

    from detente.errors import Refused
    from detente.line.message import Name

    try:
        msgspec.convert(line, Name)
    except msgspec.ValidationError as error:
        raise Refused(
            f"{line!a} cannot name a line",
            where="line",
            mend="use a-z, 0-9, _ and -, a letter first",
        ) from error
