"""What an accord says of channels, contacts and witnesses, from a TOML file that people agreed on.

[[channel]]
name = "duty"
title = "Duty officers"
level = "duty"

[[contact]]
name = "weekly"
call = "contact"
channel = "duty"
start = "20261202T130000"
rule = "FREQ=WEEKLY;BYDAY=WE"
zone = "Europe/Helsinki"
agenda = ["The week behind", "The week ahead"]

[witness_policy]
quorum = 1
age_s = 7200
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec
from msgspec import UNSET, UnsetType

from detente.cli.reach import ACCORD_BYTES_MAX, read_file
from detente.errors import Refused
from detente.line.accord import Channel, Contact, WitnessPolicy


class TermsFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The file. Every key is one of the accord."""

    channel: tuple[Channel, ...] = ()
    contact: tuple[Contact, ...] | UnsetType = UNSET
    witness_policy: WitnessPolicy | UnsetType = UNSET


def read_terms(path: Path | None) -> TermsFile:
    """Raises `Refused` with the place in the file."""
    if path is None:
        return TermsFile()
    try:
        raw = tomllib.loads(read_file(path, ACCORD_BYTES_MAX).decode())
        return msgspec.convert(raw, TermsFile)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Refused(f"it is not TOML: {error}", where=str(path)) from error
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at ")
        raise Refused(
            what, where=f"{path}: {where.strip('`')}" if where else str(path),
            mend="`detente accord new --help` names the page that lists the keys",
        ) from error  # fmt: skip
