"""What every command takes: the station's folder, the source of the passphrase, and `--json`.

These options may stand before the command or after it.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click
from click.shell_completion import CompletionItem

if TYPE_CHECKING:
    import msgspec

    from detente.phrase.language import Language
    from detente.station.config import Config

CONFIG: Final = "detente.toml"


@dataclasses.dataclass(slots=True)
class Setting:
    """The common options of one command, filled in as they are read."""

    directory: Path | None = None
    language_code: str | None = None
    passphrase_fd: int | None = None
    as_json: bool = False
    session_file: Path | None = None
    given: bytes | None = None  # the passphrase, once it was asked for

    @property
    def folder(self) -> Path:
        """The station's folder: as told, or here if a station is here, or the one at home."""
        if self.directory is not None:
            return self.directory
        return Path() if Path(CONFIG).is_file() else Path.home() / ".detente"

    def config(self) -> Config:
        """The station's configuration. Raises `Refused` if there is none or it is wrong."""
        from detente.errors import Refused
        from detente.station.config import load_config

        if not (self.folder / CONFIG).is_file():
            raise Refused(
                "there is no station here", where=str(self.folder / CONFIG),
                mend="make one with `detente init PARTY`, or name its folder with --dir",
            )  # fmt: skip
        return load_config(self.folder)

    def language(self, code: str | None = None) -> Language:
        """The one asked for, or that of the option, of the station, or English."""
        from detente.station.languages import speak

        here = (self.folder / CONFIG).is_file()
        config = self.config() if here else None
        chosen = code or self.language_code or (config.language if config else "en")
        return speak(chosen, config.languages if config else None)

    @property
    def session(self) -> Path:
        """The file with the token of whoever is signed on at this seat."""
        return self.session_file or self.folder / "session"

    def line_folder(self, line: str) -> Path:
        return self.folder / "lines" / line

    def passphrase(self, *, new: bool = False) -> bytes:
        """Of the keys. A new one is asked for twice; whichever it is, once in a command."""
        if self.given is None:
            self.given = self._find_passphrase(new=new)
        return self.given

    def _find_passphrase(self, *, new: bool) -> bytes:
        from detente.station.passphrase import CREDENTIAL, find_passphrase

        def prompt() -> str:
            return str(
                click.prompt(
                    "Passphrase of the keys", hide_input=True, confirmation_prompt=new, err=True
                )
            )

        here = (self.folder / CONFIG).is_file()
        return find_passphrase(
            os.environ,
            descriptor=self.passphrase_fd,
            credential=self.config().credentials.passphrase if here else CREDENTIAL,
            prompt=prompt if sys.stdin.isatty() else None,
        )

    def tell(self, answer: msgspec.Struct, show: Callable[[], None]) -> None:
        """Give the answer: one line of JSON to a program, or what `show` prints to a person."""
        if self.as_json:
            print_json(answer)
        else:
            show()


def print_json(answer: msgspec.Struct) -> None:
    """One line, with what a struct holds and nothing else."""
    import msgspec

    click.echo(msgspec.json.format(msgspec.json.encode(answer), indent=0))


def now_ms() -> int:
    """This machine's clock, ms UTC. No rule of a line depends on it."""
    import time

    return time.time_ns() // 1_000_000


# -- the options ---------------------------------------------------------------------------------


def _keep(field: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(context: click.Context, _parameter: click.Parameter, value: Any) -> None:
        if value is not None and value is not False:
            setattr(context.ensure_object(Setting), field, value)

    return callback


def _languages(_: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from detente.phrase.language import shipped

    return [CompletionItem(each) for each in shipped() if each.startswith(begun)]


def common_options() -> list[click.Parameter]:
    """Those of the program itself and of each command. A command's own win over the program's."""
    return [
        click.Option(
            ["--dir", "directory"], type=click.Path(file_okay=False, path_type=Path), metavar="DIR",
            expose_value=False, callback=_keep("directory"),
            help="The station's folder [DETENTE_DIR; or . with a detente.toml, or ~/.detente].",
        ),
        click.Option(
            ["--passphrase-fd"], type=click.IntRange(min=0), metavar="N", expose_value=False,
            callback=_keep("passphrase_fd"), help="Read the passphrase from this file descriptor.",
        ),
        click.Option(
            ["--session", "session_file"], metavar="FILE", expose_value=False,
            type=click.Path(dir_okay=False, path_type=Path), callback=_keep("session_file"),
            help="Who is signed on at this seat [DETENTE_SESSION; or session, in the folder].",
        ),
        click.Option(
            ["--language", "language_code"], metavar="CODE", expose_value=False,
            callback=_keep("language_code"), shell_complete=_languages,
            help="Read and write in this language: en, ru, uk.",
        ),
        click.Option(
            ["--json"], is_flag=True, expose_value=False, callback=_keep("as_json"),
            help="Answer in JSON, with the fields of docs/cli.md.",
        ),
    ]  # fmt: skip


class Command(click.Command):
    """A command with the common options."""

    def __init__(
        self, name: str | None, *, params: list[click.Parameter] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name, params=[*(params or ()), *common_options()], **kwargs)


class Family(click.Group):
    """A command with commands of its own: `detente accord new`."""

    command_class = Command

    def __init__(
        self, name: str | None, *, params: list[click.Parameter] | None = None, **kwargs: Any
    ) -> None:
        super().__init__(name, params=[*(params or ()), *common_options()], **kwargs)


pass_setting = click.make_pass_decorator(Setting, ensure=True)
