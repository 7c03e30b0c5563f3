"""What may be written in a station's configuration file, and what it means.

Both stand side by side, once: the reader, the table in the manual and the commented example are all
made from these structs.
"""

from __future__ import annotations

import re
import types
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeGuard, get_args, get_origin

import msgspec
from msgspec import Meta

from detente.line.message import Name, PartyName
from detente.station.passphrase import CREDENTIAL

ADDRESSES_MAX: Final = 8
LINES_MAX: Final = 64
LOGS_MAX: Final = 1_024

HOST_PORT: Final = r"\A(\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z._-]{1,253}):(0|[1-9][0-9]{0,4})\Z"
_URL: Final = r"\Ahttps?://[0-9A-Za-z:._~%/+\[\]-]{1,1000}(?<!/)\Z"

HostPort: TypeAlias = Annotated[
    str, Meta(pattern=HOST_PORT, title="host:port, an IPv6 host in brackets")
]
WitnessName: TypeAlias = Annotated[str, Meta(pattern=r"\A[a-z0-9][a-z0-9._/-]{0,200}\Z")]
FilePath: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=1_024, title="a path, from this file's folder")
]


class Section(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A table of the file; its fields are its keys."""


class Alarm(Section, frozen=True, kw_only=True):
    """What makes a noise when a person must act, with no screen open."""

    command: Annotated[
        tuple[Annotated[str, Meta(max_length=4_096)], ...],
        Meta(
            max_length=64,
            title="a program and its arguments",
            description="Run as soon as a FLASH is heard, a line goes stale, the signer refuses or "
            "the disk nears full. It is not a shell command. Empty: no alarm.",
            examples=[["/usr/local/bin/ring", "--loud"]],
        ),
    ] = ()
    repeat_s: Annotated[
        int,
        Meta(
            ge=1,
            le=3_600,
            title="seconds",
            description="How long until it is run again, while nobody has acted.",
        ),
    ] = 30


class Credentials(Section, frozen=True, kw_only=True):
    """Where secrets come from. No secret stands in this file."""

    passphrase: Annotated[
        str,
        Meta(
            pattern=r"\A[0-9A-Za-z._-]{1,255}\Z",
            title="a name",
            description="The systemd credential that holds the passphrase of the key files. "
            "Without it, `--passphrase-fd` or a person at a terminal gives it.",
        ),
    ] = CREDENTIAL


class WitnessAddress(Section, frozen=True, kw_only=True):
    """Where one witness of the accord is reached."""

    url: Annotated[
        str,
        Meta(
            pattern=_URL,
            title="http:// or https://, without a slash at its end",
            description="The submission prefix of the witness, as its operator gave it to you.",
            examples=["https://witness.example/detente"],
        ),
    ]


class People(Section, frozen=True, kw_only=True):
    """How long officers stay signed on, and which posts are never empty. See `detente officer`."""

    duress_command: Annotated[
        tuple[Annotated[str, Meta(max_length=4_096)], ...],
        Meta(
            max_length=64,
            title="a program and its arguments",
            description="Run when somebody signs on with his password for duress; nothing else "
            "shows it. The officer's name is in `DETENTE_OFFICER`. Empty: nobody is told.",
            examples=[["/usr/local/bin/tell-the-duty-general"]],
        ),
    ] = ()
    idle_s: Annotated[
        int,
        Meta(
            ge=10,
            le=86_400,
            title="seconds",
            description="After so long without a command a session ends. Drafts are kept.",
        ),
    ] = 3_600
    posts: Annotated[
        tuple[Name, ...],
        Meta(
            max_length=64,
            title="posts",
            description="Posts that somebody always holds: an empty one rings, and a hole in the "
            "watch bill is told.",
            examples=[["watch"]],
        ),
    ] = ()


class ReleaseRow(Section, frozen=True, kw_only=True):
    """One row of the authority matrix; the first that fits decides. A key left out fits all."""

    acts: Annotated[
        tuple[Name, ...],
        Meta(max_length=64, title="acts", description="Which acts.", examples=[["suspend"]]),
    ] = ()
    forms: Annotated[
        tuple[Annotated[int, Meta(ge=1, lt=1_000)], ...],
        Meta(max_length=64, title="numbers", description="Which forms.", examples=[[11, 12]]),
    ] = ()
    lines: Annotated[
        tuple[Name, ...],
        Meta(max_length=64, title="lines", description="On which lines.", examples=[["border"]]),
    ] = ()
    persons: Annotated[
        int,
        Meta(
            ge=1,
            le=2,
            title="1 or 2",
            description="1: whoever may. 2: its drafter and another, who lets it go. A row with 1 "
            "before a stricter one pre-authorises a first notice.",
        ),
    ] = 1
    posts: Annotated[
        tuple[Name, ...],
        Meta(max_length=64, title="posts", description="From which posts.", examples=[["chief"]]),
    ] = ()
    precedences: Annotated[
        tuple[Literal["FLASH", "IMMEDIATE", "PRIORITY", "ROUTINE"], ...],
        Meta(max_length=4, title="precedences", description="How fast.", examples=[["FLASH"]]),
    ] = ()
    review: Annotated[
        bool,
        Meta(
            title="true or false",
            description="Whether a third officer must have looked at it, with `detente review`.",
        ),
    ] = False


class ShiftRow(Section, frozen=True, kw_only=True):
    """One row of the watch bill: who is at a post, again and again."""

    alternates: Annotated[
        tuple[Name, ...],
        Meta(max_length=16, title="officers", description="Who stands in.", examples=[["bravo"]]),
    ] = ()
    minutes: Annotated[
        int,
        Meta(ge=1, le=10_080, title="minutes", description="How long.", examples=[480]),
    ]
    officer: Annotated[Name, Meta(title="an officer", description="Who.", examples=["alfa"])]
    post: Annotated[Name, Meta(title="a post", description="Where.", examples=["watch"])]
    rule: Annotated[
        str,
        Meta(
            pattern=r"\AFREQ=[A-Z0-9=;,+-]{1,200}\Z",
            title="an RRULE of RFC 5545",
            description="How often.",
            examples=["FREQ=DAILY"],
        ),
    ]
    start: Annotated[
        str,
        Meta(
            pattern=r"\A[0-9]{8}T[0-9]{6}\Z",
            title="YYYYMMDDTHHMMSS",
            description="The first time, by the clock of `zone`.",
            examples=["20261201T060000"],
        ),
    ]
    zone: Annotated[
        str, Meta(max_length=100, title="a time zone", description="As in Europe/Helsinki.")
    ] = "UTC"


class LineSection(Section, frozen=True, kw_only=True):
    """One line of this station; its name is that of its folder under `lines`."""

    addresses: Annotated[
        dict[PartyName, Annotated[tuple[HostPort, ...], Meta(max_length=ADDRESSES_MAX)]],
        Meta(
            title="party = [host:port, ...]",
            description="Where each other party listens, the best address first; when one fails, "
            "the next is tried at once. A party without an address is waited for.",
            examples=[{"southmark": ["192.0.2.7:7400", "[2001:db8::7]:7400"]}],
        ),
    ] = {}
    listen: Annotated[
        HostPort,
        Meta(
            description="Where the other parties' stations reach this one.",
            examples=["0.0.0.0:7400"],
        ),
    ]
    witnesses: Annotated[
        dict[WitnessName, WitnessAddress],
        Meta(
            title="name = { url = ... }",
            description="Where the witnesses that the accord names are reached. One without an "
            "address is never asked.",
            examples=[{"neutral.example/w1": {"url": "https://neutral.example/witness"}}],
        ),
    ] = {}


class LogSection(Section, frozen=True, kw_only=True):
    """One log to be witnessed. After a rekey, add another entry of the same origin."""

    keys: Annotated[
        tuple[Annotated[str, Meta(max_length=4_096)], ...],
        Meta(
            min_length=1,
            max_length=2,
            title="verifier keys (C2SP vkey)",
            description="Every one of them must have signed. A ledger of a line has two: Ed25519 "
            "(0x01) and ML-DSA-44 (0x06), both printed by `detente card`.",
            examples=[["ORIGIN+xxxxxxxx+Ed25519", "ORIGIN+xxxxxxxx+ML-DSA-44"]],
        ),
    ]
    origin: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=255,
            title="a log's origin",
            description="The first line of its checkpoints, and the name of its keys.",
            examples=["detente/northland/0123456789abcdef0123456789abcdef"],
        ),
    ]


class WitnessSection(Section, frozen=True, kw_only=True):
    """Only where this machine serves a witness for the lines of others."""

    keys: Annotated[
        FilePath, Meta(description="The key file of the witness, made by `detente witness init`.")
    ] = "witness/keys.json"
    listen: Annotated[
        HostPort, Meta(description="Where logs submit checkpoints.", examples=["0.0.0.0:7480"])
    ]
    logs: Annotated[
        tuple[LogSection, ...],
        Meta(max_length=LOGS_MAX),
    ] = ()
    name: Annotated[
        WitnessName,
        Meta(
            title="a key name",
            description="The name it signs under, as accords write it.",
            examples=["neutral.example/w1"],
        ),
    ]
    state: Annotated[
        FilePath,
        Meta(
            description="What it has cosigned. In no backup: an older one would let it cosign a "
            "fork. If it is lost, retire the witness and its keys."
        ),
    ] = "witness/state"


class File(Section, frozen=True, kw_only=True):
    """The station itself."""

    alarm: Alarm = Alarm()
    authority: Annotated[
        dict[Name, Annotated[tuple[Name, ...], Meta(max_length=64)]],
        Meta(
            title="act = [post, ...]",
            description="Which posts may release which act. An act that is not named is free. "
            "`senior` names the posts for forms that are not the watch's to release; a form that "
            "is the watch's goes whoever is on duty, for a first notice waits for nobody.",
            examples=[{"suspend": ["chief_of_watch"], "restore": ["chief_of_watch"]}],
        ),
    ] = {}
    control: Annotated[
        FilePath,
        Meta(description="The local socket (0600) by which commands reach the running station."),
    ] = "control.sock"
    credentials: Credentials = Credentials()
    language: Annotated[
        str,
        Meta(
            pattern=r"\A[a-z]{2,3}\Z",
            title="en, ru, uk, or of your own folder",
            description="What the officers of this station read. Each can read in another with "
            "`--language`.",
        ),
    ] = "en"
    languages: Annotated[
        str,
        Meta(
            max_length=1_024,
            title="a path, from this file's folder",
            description="A folder with languages of your own, each a folder of files like those of "
            "the program. Empty: none. One that cannot say a form stops the start, by name.",
        ),
    ] = ""
    disk_reserve_bytes: Annotated[
        int,
        Meta(
            ge=0,
            le=1 << 50,
            title="bytes",
            description="The last part of the disk, kept for our own releases and for safety of "
            "life: below it, other messages wait with their author, and the alarm rings.",
        ),
    ] = 1 << 28
    people: People = People()
    release: Annotated[tuple[ReleaseRow, ...], Meta(max_length=256)] = ()
    shift: Annotated[tuple[ShiftRow, ...], Meta(max_length=1_024)] = ()
    line: Annotated[dict[Name, LineSection], Meta(max_length=LINES_MAX)] = {}
    log_format: Annotated[
        Literal["text", "json"],
        Meta(
            title="text or json",
            description="A line of text for each event, or an object of JSON with `time`, `level`, "
            "`logger` and `message`.",
        ),
    ] = "text"
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"],
        Meta(title="debug, info, warning or error", description="What is worth a line in the log."),
    ] = "info"
    party: Annotated[
        PartyName,
        Meta(
            title="a party's name",
            description="Which party of the accords this station is. A witness alone has none.",
            examples=["northland"],
        ),
    ] = ""
    witness: WitnessSection | None = None


# -- what a type says of itself


def bare(kind: object) -> tuple[Any, Meta | None]:
    """A type without its annotation or its `| None`, and the annotation."""
    if get_origin(kind) is types.UnionType:
        return bare(next(arm for arm in get_args(kind) if arm is not types.NoneType))
    if get_origin(kind) is not Annotated:
        return kind, None
    inner, *metas = get_args(kind)
    merged: dict[str, Any] = {}
    for meta in metas:
        merged |= {name: value for name, value in _said(meta).items() if value is not None}
    return inner, Meta(**merged)


def _said(meta: Meta) -> dict[str, Any]:
    return {name: getattr(meta, name) for name in ("title", "description", "examples")}


def is_section(kind: object) -> TypeGuard[type[Section]]:
    """Whether it is a table of the file."""
    return isinstance(kind, type) and issubclass(kind, Section)


def example(field: msgspec.structs.FieldInfo) -> str:
    """A key and a value that may stand there, as TOML."""
    _, meta = bare(field.type)
    value = meta.examples[0] if meta and meta.examples else default(field)
    return f"{field.name} = {toml(value)}"


def default(field: msgspec.structs.FieldInfo) -> object:
    if field.default_factory is not msgspec.NODEFAULT:
        return field.default_factory()
    return field.default


def toml(value: object) -> str:
    """A value as TOML writes it, on one line."""
    match value:
        case dict():
            items = ", ".join(f"{_toml_key(key)} = {toml(item)}" for key, item in value.items())
            return f"{{ {items} }}" if items else "{}"
        case list() | tuple():
            return f"[{', '.join(toml(item) for item in value)}]"
        case _:
            return msgspec.json.encode(value).decode()


def _toml_key(key: str) -> str:
    return key if re.fullmatch("[A-Za-z0-9_-]+", key) else f'"{key}"'
