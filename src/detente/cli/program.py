"""The program: its commands, each loaded only when it is asked for, and how every error ends it."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

import click

from detente import __version__
from detente.cli.exits import DEBUG, Exit, code_of, keep_bug, of_system
from detente.cli.setting import Family, Setting, print_json
from detente.errors import DetenteError

SHADOWED: Final = ("open", "raise")  # commands whose names Python has a use for
COMPLETING: Final = "_DETENTE_COMPLETE"  # click's, for a program of our name

# Section: name, module, and what `--help` says of it without loading it.
COMMANDS: Final[Mapping[str, Sequence[tuple[str, str, str]]]] = MappingProxyType({
    "To found a line": (
        ("init", "init", "Make a station's folder for a party."),
        ("card", "card", "Make the card of a line, and say its fingerprint in words."),
        ("keys", "keys", "Show the verifier keys in force of every ledger of a line."),
        ("accord", "accord", "Write, read and join the accord of a line."),
    ),
    "To run a station": (
        ("serve", "serve", "Run the station, until it is told to stop."),
        ("status", "status", "Show every line: what is declared, observed, and technical."),
        ("doctor", "doctor", "Look at everything, and say what it means and what to do."),
        ("check", "doctor", "Say in one line how the station is, for a monitor."),
        ("fallback", "fallback", "Show the page for the day when the line is down."),
        ("backup", "keeping", "Write all that may come back of this station to a file."),
        ("recover", "keeping", "Put a station back from such a file; or drill it."),
        ("test-line", "speaking", "Send the smallest message and wait for its receipts."),
        ("witness", "witness", "Be a witness, or show our checkpoint to one."),
    ),
    "To be on watch": (
        ("sign-on", "watch", "Sign on at this seat, and hold a post."),
        ("sign-off", "watch", "Leave this seat."),
        ("watch", "watch", "Show who has the watch at every post, and the holes of the bill."),
        ("hand-over", "watch", "Offer the watch to a relief, with what is open."),
        ("take-over", "watch", "Have the watch that was offered."),
        ("review", "drafting", "Look at a draft of another, and say whether it may go."),
        ("voice", "voice", "Ask a voice for words that only its station can make."),
        ("officer", "officers", "Admit, qualify and dismiss officers."),
        ("book", "officers", "Show what was done at this station, and by whom."),
    ),
    "To speak": (
        ("draft", "drafting", "Write a draft and show what would be said."),
        ("first", "forming", "Release a filled first notice at once."),
        ("discard", "drafting", "Throw a draft away."),
        ("release", "drafting", "Release a draft: it becomes a message."),
        ("answer", "speaking", "Answer a question, or ask for time."),
        ("ack", "speaking", "Say how far a person has come with a message."),
        ("raise", "calling", "Raise a matter to a higher level."),
        ("call", "calling", "Call the other post up."),
        ("ready", "calling", "Answer a call-up: a person is at this post."),
        ("nothing", "calling", "Say that there is nothing to report."),
    ),
    "To read": (
        ("inbox", "reading", "List what the others said."),
        ("outbox", "reading", "List what we said, and our drafts."),
        ("show", "reading", "Show one message whole."),
        ("statistics", "statistics", "Show by month what the parties agreed to count."),
        ("due", "due", "List who owes whom what, and by when."),
        ("threads", "threads", "List questions, proposals, incidents and zones."),
        ("incident", "threads", "Show each side's account of an incident, and the differences."),
        ("directory", "directory", "List the agreed names and forms of address of posts."),
        ("forms", "forming", "List the forms, or show one with its slots and rules."),
        ("read", "forming", "Read a text in words back to what it says."),
        ("signals", "signals", "Show signals at sea and of interception, and their replies."),
    ),
    "To open and to suspend": (
        ("open", "halves", "Open our half of a channel."),
        ("close", "halves", "Close our half of a channel, in good order."),
        ("suspend", "halves", "Suspend a channel: why, and until when."),
        ("restore", "halves", "Lift suspensions of a channel."),
    ),
    "To change the terms": (
        ("rekey", "terms", "Change our keys for those that were promised."),
        ("amend", "terms", "Propose the whole next accord."),
        ("agree", "terms", "Consent to an amendment."),
    ),
    "To prove": (
        ("export", "export", "Write a line, or one message with its proofs, to a file."),
        ("verify", "verify", "Check such files as a stranger, offline."),
    ),
    "To rehearse": (
        ("simulate", "rehearsing", "Play whole crises from a seed, and check every promise."),
        ("exercise", "exercise", "Play a case alone, against the program."),
        ("demo", "rehearsing", "Run two stations and a witness on this machine."),
    ),
})  # fmt: skip


def commands() -> dict[str, tuple[str, str]]:
    """(module, short help) of each command, in the order of the help page."""
    return {name: (module, text) for rows in COMMANDS.values() for name, module, text in rows}


class Program(Family):
    """The root of all commands. To list them loads none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(commands())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in commands():
            return None
        module = importlib.import_module(f"detente.cli.{commands()[cmd_name][0]}")
        name = cmd_name.replace("-", "_")
        found: click.Command = getattr(module, f"{name}_" if name in SHADOWED else name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        width = max(map(len, commands()))
        for section, rows in COMMANDS.items():
            with formatter.section(section):
                formatter.write_dl([(name.ljust(width), text) for name, _, text in rows])


def _print_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not context.resilient_parsing:
        click.echo(f"detente {__version__}")
        context.exit()


program = Program(
    name="detente",
    help="A hotline between parties that do not trust each other: testable, provable, and for "
    "de-escalation alone.",
    epilog="Exit codes and JSON fields stand in docs/cli.md.",
    params=[
        click.Option(
            ["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_print_version,
            help="Show the version and exit.",
        )
    ],
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)  # fmt: skip


def run(args: Sequence[str] | None = None) -> int:
    """Run a command. Whatever happens, a person reads words and a program an exit code."""
    argv = list(sys.argv[1:] if args is None else args)
    setting = Setting()
    if directory := os.environ.get("DETENTE_DIR"):
        setting.directory = Path(directory)
    if session := os.environ.get("DETENTE_SESSION"):
        setting.session_file = Path(session)
    ending = Ending(as_json="--json" in argv)
    try:
        code = program.main(argv, prog_name="detente", standalone_mode=False, obj=setting)
        sys.stdout.flush()
    except click.UsageError as error:
        return ending.usage(error)
    except click.ClickException as error:
        return ending.error(Exit.USAGE, "Usage", error.format_message())
    except (click.Abort, KeyboardInterrupt):
        return ending.error(Exit.INTERRUPTED, "Interrupted", "interrupted at the keyboard")
    except DetenteError as error:
        return ending.failed(error)
    except SystemExit:  # click's own: it has completed a word, or whoever read us has had enough
        if COMPLETING in os.environ:
            raise
        return Exit.OK
    except OSError as error:
        return (
            ending.failed(of_system(error)) if error.filename else ending.bug(error, setting.folder)
        )
    except Exception as error:  # noqa: BLE001 - a fault of ours is told in words, too
        return ending.bug(error, setting.folder)
    return code if isinstance(code, int) else Exit.OK


class Ending:
    """Tells why a command failed: words on stderr, or with `--json` one object on stdout."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def failed(self, error: DetenteError) -> int:
        kind = type(error).__name__
        return self.error(code_of(error), kind, error.what, where=error.where, mend=error.mend)

    def usage(self, error: click.UsageError) -> int:
        if isinstance(error, click.exceptions.NoArgsIsHelpError) and not self._as_json:
            error.show()
            return Exit.USAGE
        where = error.ctx.command_path if error.ctx else "detente"
        return self.error(
            Exit.USAGE, "Usage", error.format_message(), where=where, mend=f"see: {where} --help"
        )

    def bug(self, error: BaseException, folder: Path) -> int:
        if os.environ.get(DEBUG):
            raise error
        name, path = keep_bug(error, folder)
        return self.error(
            Exit.BUG, "Bug", f"a fault of this program, {name}", where=str(path),
            mend="report it with that file; DETENTE_DEBUG=1 shows it at once",
        )  # fmt: skip

    def error(self, code: Exit, kind: str, what: str, *, where: str = "", mend: str = "") -> int:
        from detente.phrase.plain import shown

        if self._as_json:
            from detente.cli.answers import ErrorAnswer, ErrorShown

            told = ErrorShown(kind=kind, what=what, where=where, mend=mend, exit=int(code))
            print_json(ErrorAnswer(error=told))
            return code
        place = f"{shown(where)}: " if where else ""
        click.echo(f"detente: {kind}: {place}{shown(what)}", err=True)
        if mend:
            click.echo(f"  {shown(mend)}", err=True)
        return code
