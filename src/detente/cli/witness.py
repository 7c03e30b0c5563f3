"""`detente witness init|admit|serve|submit`: a neutral cosigner, and our checkpoints before one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from detente.cli.options import line_argument
from detente.cli.setting import CONFIG, Family, Setting, pass_setting, print_json

if TYPE_CHECKING:
    from detente.tlog.keys import PrivateKeys
    from detente.tlog.note import VerifierKey

KEYS_FILE: Final = "witness/keys.json"
STATE_FOLDER: Final = "witness/state"
VERIFIER_KEYS_FILE: Final = "witness/verifier-keys.txt"
EXISTING: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group(cls=Family)
def witness() -> None:
    """Be a witness, or show our checkpoint to one. It sees sizes and roots, never a message."""


@witness.command()
@click.argument("name")
@click.option(
    "--listen",
    default="0.0.0.0:7480",
    show_default=True,
    metavar="HOST:PORT",
    help="Where logs submit.",
)
@pass_setting
def init(setting: Setting, name: str, listen: str) -> None:
    """Make the keys of a witness NAME (as neutral.example/w1), and its section in detente.toml."""
    from detente.cli.answers import WitnessInitAnswer
    from detente.cli.joining import quoted
    from detente.cli.screen import page
    from detente.errors import Refused
    from detente.station.config import parse_config
    from detente.station.cosigner import Cosigner
    from detente.station.files import PRIVATE_FOLDER, create, replace
    from detente.station.keys import new_cosigner_keys

    folder = setting.folder.absolute()
    path = folder / CONFIG
    old = path.read_text(encoding="utf-8") if path.exists() else ""
    if old and (there := parse_config(old, folder).witness):
        raise Refused(f"there is a witness here already: {there.name}", where=str(path))
    text = f"{old}\n[witness]\nname = {quoted(name)}\nlisten = {quoted(listen)}\n"
    parse_config(text, folder)
    passphrase = setting.passphrase(new=True)
    (folder / "witness").mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    keys = verifier_keys(name, new_cosigner_keys(folder / KEYS_FILE, passphrase))
    Cosigner.create(folder / STATE_FOLDER)
    create(folder / VERIFIER_KEYS_FILE, "".join(f"{key}\n" for key in keys).encode(), 0o644)
    replace(path, text.lstrip().encode(), 0o644)

    def show() -> None:
        with page(f"witness {name}") as screen:
            screen.pairs(
                [("verifier keys", str(folder / VERIFIER_KEYS_FILE)), ("added to", str(path))]
            )
            screen.line("Next: detente witness admit CARD..., then detente witness serve")

    answer = WitnessInitAnswer(
        name=name, keys=keys, file=str(folder / VERIFIER_KEYS_FILE), config=str(path)
    )
    setting.tell(answer, show)


@witness.command()
@click.argument("files", nargs=-1, required=True, type=EXISTING)
@pass_setting
def admit(setting: Setting, files: tuple[Path, ...]) -> None:
    """Have the witness know the ledgers of these FILES: cards, accords in which cards stand, or
    what `detente keys --out` wrote after a rekey. Keys that it knew it goes on to know.
    """
    from detente.cli.answers import WitnessAdmitAnswer
    from detente.cli.joining import quoted
    from detente.cli.screen import page
    from detente.errors import Refused
    from detente.station.config import parse_config
    from detente.station.files import replace

    config, path = setting.config(), setting.folder.absolute() / CONFIG
    if config.witness is None:
        raise Refused(
            "there is no witness here", where=str(path), mend="run: detente witness init NAME"
        )
    known = {(log.origin, log.keys) for log in config.witness.logs}
    text, origins = path.read_text(encoding="utf-8").rstrip() + "\n", list[str]()
    for origin, keys in (found for file in files for found in _ledgers(file)):
        if (origin, keys) not in known:
            listed = ", ".join(quoted(key.text()) for key in keys)
            text += f"\n[[witness.logs]]\norigin = {quoted(origin)}\nkeys = [{listed}]\n"
            known.add((origin, keys))
            origins.append(origin)
    parse_config(text, setting.folder)
    replace(path, text.encode(), 0o644)

    def show() -> None:
        with page(f"witness {config.witness.name if config.witness else ''}") as screen:
            screen.pairs(
                [("knows now", origin) for origin in origins] or [("knows", "all of them already")]
            )

    setting.tell(WitnessAdmitAnswer(origins=tuple(origins), config=str(path)), show)


def _ledgers(file: Path) -> list[tuple[str, tuple[VerifierKey, ...]]]:
    """Origins and their two keys, from a card, an accord, or a list of verifier keys."""
    from detente.cli.card import log_keys
    from detente.cli.reach import ACCORD_BYTES_MAX, read_file
    from detente.errors import Malformed
    from detente.line.accord import parse_accord, parse_card
    from detente.tlog.note import parse_verifier_key

    data = read_file(file, ACCORD_BYTES_MAX)
    if data.startswith(b"{"):
        try:
            cards = parse_accord(data).parties
        except Malformed:
            cards = (parse_card(data),)
        lines = [key for card in cards for key in log_keys(card)]
    else:
        try:
            lines = data.decode().split()
        except UnicodeError as error:
            raise Malformed("no card, accord or verifier keys", where=str(file)) from error
    try:
        keys = list(map(parse_verifier_key, lines or [""]))
    except Malformed as error:
        raise Malformed(
            f"no card, accord or verifier keys: {error.what}",
            where=str(file),
            mend="give a card, an accord, or what `detente keys LINE --out FILE` wrote",
        ) from error
    origins = dict.fromkeys(key.name for key in keys)
    return [(o, tuple(key for key in keys if key.name == o)) for o in origins]


@witness.command()
@pass_setting
def serve(setting: Setting) -> None:
    """Serve add-checkpoint (C2SP tlog-witness) until told to stop."""
    from detente.cli.answers import WitnessServeAnswer
    from detente.cli.screen import page
    from detente.cli.serve import log_to_stderr
    from detente.errors import Refused
    from detente.station.config import Address
    from detente.station.witness import run_witness

    config = setting.config()
    ours = config.witness
    if ours is None:
        where = str(setting.folder / CONFIG)
        raise Refused(
            "there is no witness here", where=where, mend="run: detente witness init NAME"
        )
    log_to_stderr(config.log_level, config.folder, as_json=config.log_format == "json")

    def started(address: Address) -> None:
        host = f"[{address.host}]" if ":" in address.host else address.host
        answer = WitnessServeAnswer(
            name=ours.name, url=f"http://{host}:{address.port}", logs=len(ours.logs)
        )
        if setting.as_json:
            print_json(answer)
            return
        with page(f"witness {answer.name}") as screen:
            screen.line(f"listening at {answer.url}, knows {answer.logs} ledgers")

    run_witness(ours, setting.passphrase(), started)


@witness.command()
@line_argument()
@click.option(
    "--witness", "name", help="Which; by default each that detente.toml gives an address."
)
@pass_setting
def submit(setting: Setting, line: str, name: str | None) -> None:
    """Show the newest checkpoint of LINE to a witness now, while the station is not running.

    A running station does so at the accord's times, and never because of a message.
    """
    from detente.cli.answers import WitnessSubmitAnswer
    from detente.cli.reach import accord_of
    from detente.cli.screen import page
    from detente.cli.submitting import submit_now

    accord = accord_of(setting, line)
    sizes = submit_now(setting, line, name)

    def show() -> None:
        with page(f"{line}  witnesses", exercise=accord.exercise) as screen:
            screen.pairs(
                [(each, f"cosigned {size} leaves of our ledger") for each, size in sizes.items()]
            )

    setting.tell(WitnessSubmitAnswer(line=line, exercise=accord.exercise, sizes=sizes), show)


def verifier_keys(name: str, keys: PrivateKeys) -> tuple[str, str]:
    """What others know a witness by: a key for those that know only Ed25519, and one for all."""
    from detente.tlog.note import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44, VerifierKey

    return (
        VerifierKey(name, COSIGNATURE_ED25519, keys.public.ed25519).text(),
        VerifierKey(name, COSIGNATURE_MLDSA44, keys.public.mldsa44).text(),
    )
