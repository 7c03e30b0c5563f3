"""A station's configuration: one TOML file, read whole and exactly, from its text to what it means.

A key that we do not know is refused with the nearest one that we do: a misspelt address that is
silently ignored is found out in the crisis. What may be written stands in `settings`.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, get_args, get_origin

import msgspec
from rpds import HashTrieMap

from detente.errors import DetenteError, Malformed, Refused
from detente.line.decide import SENIOR, Authority
from detente.line.rules import VOCABULARIES
from detente.people.authority import Row
from detente.station.calendar import check_bill
from detente.station.settings import (
    HOST_PORT,
    Alarm,
    Credentials,
    File,
    LineSection,
    LogSection,
    People,
    ReleaseRow,
    Section,
    ShiftRow,
    WitnessSection,
    bare,
    example,
    is_section,
)
from detente.tlog.note import VerifierKey, parse_verifier_key

CONFIG_BYTES_MAX: Final = 1 << 20
FILE_NAME: Final = "detente.toml"
SOCKET_PATH_BYTES_MAX: Final = 107  # sun_path of unix(7)
PORT_MAX: Final = 65_535


class Address(NamedTuple):
    """Where something listens. The host is without brackets."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class LineConfig:
    """`addresses` of the other parties, best first; `witnesses`: the url of each by its name."""

    listen: Address
    addresses: Mapping[str, tuple[Address, ...]]
    witnesses: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LogConfig:
    """A log that a witness knows. Every key must have signed."""

    origin: str
    keys: tuple[VerifierKey, ...]


@dataclass(frozen=True, slots=True)
class WitnessConfig:
    """What a witness serves, and the files it lives on."""

    listen: Address
    name: str
    keys: Path
    state: Path
    logs: tuple[LogConfig, ...]


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration that was found to make sense. `folder` is where its file stands."""

    folder: Path
    party: str
    control: Path
    alarm: Alarm
    credentials: Credentials
    authority: Authority
    people: People
    matrix: tuple[Row, ...]
    shifts: tuple[ShiftRow, ...]
    lines: Mapping[str, LineConfig]
    witness: WitnessConfig | None
    disk_reserve_bytes: int
    language: str
    languages: Path | None  # a folder with further ones
    log_format: str
    log_level: str


def load_config(folder: Path) -> Config:
    """The configuration in `folder`. Raises `Refused`, naming the key and how to mend it."""
    path = folder / FILE_NAME
    try:
        with path.open("rb") as file:
            data = file.read(CONFIG_BYTES_MAX + 1)
    except FileNotFoundError as error:
        raise Refused("there is no such file", where=str(path), mend="run: detente init") from error
    except OSError as error:
        raise Refused(f"it cannot be read: {error.strerror}", where=str(path)) from error
    if len(data) > CONFIG_BYTES_MAX:
        raise Refused(f"longer than {CONFIG_BYTES_MAX} bytes", where=str(path))
    try:
        return parse_config(data.decode(), folder)
    except UnicodeDecodeError as error:
        raise Refused("it is not UTF-8", where=str(path)) from error


def parse_config(text: str, folder: Path) -> Config:
    """The configuration that `text` says, for a station in `folder`; or `Refused`."""
    try:
        raw = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused(f"not TOML: {error}", where=FILE_NAME) from error
    _check(raw, File, "")
    file = msgspec.convert(raw, File)
    if file.line and not file.party:
        raise _wrong("party", "it is missing", "say which party of the accords this station is")
    control = folder / file.control
    if len(bytes(control)) > SOCKET_PATH_BYTES_MAX:
        raise _wrong("control", f"the path of a socket has at most {SOCKET_PATH_BYTES_MAX} bytes")
    return Config(
        folder=folder,
        party=file.party,
        control=control,
        alarm=file.alarm,
        credentials=file.credentials,
        authority=_authority(file.authority),
        people=file.people,
        matrix=tuple(map(_row, file.release)),
        shifts=_shifts(file.shift),
        lines={name: _line(name, line, file.party) for name, line in file.line.items()},
        witness=_witness(file.witness, folder) if file.witness else None,
        disk_reserve_bytes=file.disk_reserve_bytes,
        language=file.language,
        languages=_folder(folder, file.languages),
        log_format=file.log_format,
        log_level=file.log_level,
    )


def parse_address(text: str, where: str, *, listening: bool = False) -> Address:
    """`host:port`; port 0 (any) only to listen on. Raises `Refused`."""
    if re.fullmatch(HOST_PORT, text) is None:
        raise _wrong(where, f"{text!a} is not host:port", "an IPv6 host stands in brackets")
    host, _, port = text.rpartition(":")
    if not (0 if listening else 1) <= int(port) <= PORT_MAX:
        raise _wrong(where, f"there is no port {port}")
    return Address(host.removeprefix("[").removesuffix("]"), int(port))


def _wrong(where: str, what: str, mend: str = "") -> DetenteError:
    return Refused(what, where=f"{FILE_NAME}: {where}" if where else FILE_NAME, mend=mend)


# -- from what is written to what it means


def _folder(base: Path, text: str) -> Path | None:
    if not text:
        return None
    if not (base / text).is_dir():
        raise _wrong("languages", f"{text!a} is no folder", "make it, or leave the key out")
    return base / text


def _authority(may: Mapping[str, tuple[str, ...]]) -> Authority:
    acts = [act for vocabulary in VOCABULARIES.values() for act in vocabulary.acts]
    for act in may:
        if act not in (*acts, SENIOR):
            raise _unknown("authority", act, acts, "act")
    return Authority(HashTrieMap({act: frozenset(posts) for act, posts in may.items()}))


def _row(row: ReleaseRow) -> Row:
    acts = {act for vocabulary in VOCABULARIES.values() for act in vocabulary.acts}
    for act in row.acts:
        if act not in acts:
            raise _unknown("release", act, acts, "act")
    return Row(row.lines, row.acts, row.forms, row.precedences, row.posts, row.persons, row.review)


def _shifts(rows: tuple[ShiftRow, ...]) -> tuple[ShiftRow, ...]:
    """A bill that cannot be kept is found at the start, and not when nobody comes."""
    check_bill(rows)
    return rows


def _line(name: str, line: LineSection, party: str) -> LineConfig:
    where = f"line.{name}"
    if party in line.addresses:
        raise _wrong(f"{where}.addresses.{party}", "that is this station itself")
    return LineConfig(
        parse_address(line.listen, f"{where}.listen", listening=True),
        {
            other: tuple(parse_address(text, f"{where}.addresses.{other}") for text in texts)
            for other, texts in line.addresses.items()
        },
        {witness: address.url for witness, address in line.witnesses.items()},
    )


def _witness(witness: WitnessSection, folder: Path) -> WitnessConfig:
    return WitnessConfig(
        parse_address(witness.listen, "witness.listen", listening=True),
        witness.name,
        folder / witness.keys,
        folder / witness.state,
        tuple(_log(log, f"witness.logs[{index}]") for index, log in enumerate(witness.logs)),
    )


def _log(log: LogSection, where: str) -> LogConfig:
    try:
        keys = tuple(parse_verifier_key(text) for text in log.keys)
    except Malformed as error:
        raise _wrong(f"{where}.keys", str(error), "copy the key from `detente card`") from error
    for key in keys:
        if key.name != log.origin:
            raise _wrong(f"{where}.keys", f"the key of {key.name!a} is not one of this log")
    if len({key.algorithm for key in keys}) < len(keys):
        raise _wrong(f"{where}.keys", "two keys of one kind", "one entry per generation of keys")
    return LogConfig(log.origin, keys)


# -- keys and types: like the decoder of the struct, but naming the place and the nearest key


def _check(value: object, kind: object, where: str) -> None:
    inner, meta = bare(kind)
    if is_section(inner):
        _check_section(value, inner, where)
        return
    if get_origin(inner) is dict and isinstance(value, dict):
        name_kind, item_kind = get_args(inner)
        for name, item in value.items():
            _convert(name, name_kind, _join(where, name), "a name has only a-z, 0-9, _ and -")
            _check(item, item_kind, _join(where, name))
    elif get_origin(inner) is tuple and isinstance(value, list) and is_section(get_args(inner)[0]):
        for index, item in enumerate(value):
            _check(item, get_args(inner)[0], f"{where}[{index}]")
    _convert(value, kind, where, f"write {meta.title}" if meta and meta.title else "")


def _check_section(value: object, section: type[Section], where: str) -> None:
    if not isinstance(value, dict):
        raise _wrong(where, "it is not a table", f"write [{where}] on a line, and its keys below")
    fields = {field.name: field for field in msgspec.structs.fields(section)}
    for key, item in value.items():
        if key not in fields:
            raise _unknown(where, key, fields, "key")
        _check(item, fields[key].type, _join(where, key))
    for key, field in fields.items():
        if field.required and key not in value:
            raise _wrong(_join(where, key), "it is missing", f"write {example(field)}")


def _unknown(where: str, key: str, known: Iterable[str], what: str) -> DetenteError:
    names = sorted(known)
    near = difflib.get_close_matches(key, names, 1, 0.6)
    mend = f"did you mean {near[0]}?" if near else f"one of {', '.join(names)}"
    return _wrong(_join(where, key), f"there is no such {what}", mend)


def _convert(value: object, kind: object, where: str, mend: str) -> None:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        said = str(error).partition(" - at ")[0].replace("`", "")
        what = f"{value!a} has not the right form" if "regex" in said else said
        raise _wrong(where, what, mend) from error


def _join(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key
