"""What `doctor` looks at: what was seen, and where it is not well, what that means."""

from __future__ import annotations

import dataclasses
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from detente.cli.reach import reach, running
from detente.cli.setting import Setting
from detente.errors import DetenteError
from detente.station.book import book_folder
from detente.station.config import Config
from detente.station.files import free_bytes
from detente.station.orders import Status
from detente.station.orders_people import Watch

OFFSET_MS_MAX: Final = 5_000
HOUR_MS: Final = 3_600_000
OTHERS: Final = 0o077


@dataclasses.dataclass(frozen=True, slots=True)
class Look:
    """One thing. `state`: ok, warning, critical or unknown."""

    check: str
    state: str
    found: str
    means: str = ""
    do: str = ""
    line: str = ""


def examine(setting: Setting) -> Iterator[Look]:
    """Everything that can be seen without the passphrase, and more of a station that runs."""
    config = setting.config()
    yield from _files(config)
    yield from _people(setting)
    yield from _alarm(config)
    yield from _languages(config)
    yield from _disk(config)
    if not running(config.control):
        yield Look(
            "process", "critical", "the station does not run",
            "Nobody can reach us, and nothing rings.", "start it: systemctl start detente",
        )  # fmt: skip
        return
    yield Look("process", "ok", "the station runs")
    with reach(setting) as station:
        for line in station.ask(Status())["lines"]:
            yield from _line(line)
        if (book_folder(config.folder) / "book.db").exists():
            yield from _watch(station.ask(Watch()))


def _files(config: Config) -> Iterator[Look]:
    for name in config.lines:
        folder = config.folder / "lines" / name
        missing = [
            each
            for each in ("accord.json", "keys.json", "signer.log", "journal.db")
            if not (folder / each).exists()
        ]
        if missing:
            lost = "signer.log" in missing
            yield Look(
                "files", "critical", f"{', '.join(missing)} missing",
                "The line cannot be opened."
                + (" Nobody can say what our keys have signed." if lost else ""),
                f"see docs/operating.md: {'a lost signer' if lost else 'recover'}",
                name,
            )  # fmt: skip
        open_ = [path.name for path in _private(folder) if path.stat().st_mode & OTHERS]
        if open_:
            yield Look(
                "permissions", "critical", f"others may read {', '.join(open_)}",
                "Whoever uses this machine may have copied them.",
                f"chmod 600 {folder}/*, and think about a rekey", name,
            )  # fmt: skip
        if not missing and not open_:
            yield Look("files", "ok", "all there, and nobody else's to read", line=name)


def _private(folder: Path) -> Iterator[Path]:
    for name in ("keys.json", "signer.log", "journal.db", "book.db", "officers.json"):
        path = folder / name
        if path.exists() and stat.S_ISREG(path.stat().st_mode):
            yield path


def _people(setting: Setting) -> Iterator[Look]:
    """The book, and who is signed on at this seat: nobody else's to read."""
    place = book_folder(setting.folder)
    if not (place / "book.db").exists():
        yield Look("people", "ok", "no book: whoever may use the socket may do everything")
        return
    missing = [
        name for name in ("keys.json", "officers.json", "origin", "signer.log")
        if not (place / name).exists()
    ]  # fmt: skip
    if missing:
        yield Look(
            "book", "critical", f"{', '.join(missing)} missing", "The station will not start.",
            "see docs/operating.md: recover",
        )  # fmt: skip
    open_ = [path for path in _private(place) if path.stat().st_mode & OTHERS]
    if setting.session.exists() and setting.session.stat().st_mode & OTHERS:
        open_.append(setting.session)
    if open_:
        yield Look(
            "permissions", "critical", f"others may read {', '.join(map(str, open_))}",
            "Whoever uses this machine may know who has the watch, or act in his name.",
            f"chmod 600 {' '.join(map(str, open_))}; then everybody signs on anew",
        )  # fmt: skip
    if not missing and not open_:
        yield Look("people", "ok", "the book is all there, and nobody else's to read")


def _alarm(config: Config) -> Iterator[Look]:
    command = config.alarm.command
    if not command:
        yield Look(
            "alarm", "warning", "no alarm command",
            "With no screen open, a FLASH makes no noise.", "set [alarm] command in detente.toml",
        )  # fmt: skip
    elif shutil.which(command[0]) is None or not os.access(shutil.which(command[0]) or "", os.X_OK):
        yield Look(
            "alarm", "critical", f"{command[0]} cannot be run",
            "A FLASH will make no noise.", "mend its path, and ring it once by hand",
        )  # fmt: skip
    else:
        yield Look("alarm", "ok", f"{command[0]} can be run")


def _languages(config: Config) -> Iterator[Look]:
    from detente.station.languages import check

    try:
        check(config.languages)
    except DetenteError as error:
        yield Look(
            "languages", "critical", str(error), "The station will not start again.",
            "mend the file that it names",
        )  # fmt: skip
    else:
        yield Look("languages", "ok", "every language says every form")


def _disk(config: Config) -> Iterator[Look]:
    free = free_bytes(config.folder)
    if free is None:
        yield Look("disk", "unknown", "its free space cannot be read", "", "look at the disk")
    elif free < config.disk_reserve_bytes:
        yield Look(
            "disk", "critical", f"{free / 2**30:.1f} GiB free",
            "The reserve is begun: only our own releases and safety of life are written.",
            "free some space",
        )  # fmt: skip
    elif free < 4 * config.disk_reserve_bytes:
        yield Look(
            "disk", "warning", f"{free / 2**30:.1f} GiB free", "The reserve is near.",
            "free some space",
        )  # fmt: skip
    else:
        yield Look("disk", "ok", f"{free / 2**30:.1f} GiB free")


def _line(line: dict[str, Any]) -> Iterator[Look]:
    name = line["line"]
    yield from _links(name, line["technical"])
    if not line["sealed"]:
        yield Look(
            "signer", "critical", line["trouble"] or "it has not signed all that we hold",
            "What we release is not said.", "see docs/operating.md: alarms, signer", name,
        )  # fmt: skip
    for party in line["contradicted"]:
        yield Look(
            "records", "critical", f"two records of {party} contradict each other",
            "The likeliest cause is a restored disk; the worst is a lie.",
            "ask over another path; detente export, and keep it", name,
        )  # fmt: skip
    if line["late"]:
        yield Look(
            "duties", "warning", f"{line['late']} of {line['due']} are late",
            "Somebody waits, here or there.", f"detente due {name}", name,
        )  # fmt: skip
    if waiting := len(line["unacknowledged"]) + line["unacknowledged_unseen"]:
        yield Look(
            "flash", "critical", f"{waiting} wait for a person",
            "The other side does not know that anybody has seen them.", f"detente inbox {name}",
            name,
        )  # fmt: skip
    if line["witnessed"] == "not met":
        yield Look(
            "witnesses", "warning", "the policy of the accord is not met",
            "A stranger could not be shown that our record was not rewritten since.",
            "detente status shows each witness; ask whoever keeps it", name,
        )  # fmt: skip
    yield Look("ledger", "ok", f"{line['leaves']} leaves", line=name)


def _links(name: str, technical: dict[str, Any]) -> Iterator[Look]:
    for party, found in technical.items():
        if not found["linked"] or found["stale"]:
            yield Look(
                "circuit", "critical", f"{party} is not heard",
                "Cables are cut by ploughs: it is no suspension, and no hostility.",
                "ask over another path whether they are well", name,
            )  # fmt: skip
        else:
            yield Look("circuit", "ok", f"{party} is linked", line=name)
        offset = found["clock_offset_ms"]
        if offset is not None and abs(offset) > OFFSET_MS_MAX:
            hours = abs(offset) / HOUR_MS
            told = f"{hours:.1f} h" if hours >= 1 else f"{abs(offset) / 1_000:.0f} s"
            yield Look(
                "clock", "warning", f"the clock of {party} and ours are {told} apart",
                "Times on the screens do not fit. No rule depends on it: whoever is wrong goes on.",
                "compare ours with a time server; tell them by `service`", name,
            )  # fmt: skip


def _watch(found: dict[str, Any]) -> Iterator[Look]:
    for post in found["posts"]:
        if not post["manned"]:
            yield Look(
                "watch", "warning", f"nobody is signed on at {post['post']}",
                "What arrives rings, and nobody of that post sees it.", "detente sign-on NAME",
            )  # fmt: skip
    if found["holes"]:
        yield Look(
            "watch bill", "warning", f"{len(found['holes'])} times in a fortnight without anybody",
            "Then the post will be empty.", "detente watch lists them; add a [[shift]]",
        )  # fmt: skip
    if not found["holes"] and all(post["manned"] for post in found["posts"]):
        yield Look("watch", "ok", "every post is manned")
