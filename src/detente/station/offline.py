"""The office of a station that is not running: the same answers, from its files.

What is released here is recorded and sealed at once, and travels when the station runs again.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from detente.line.decide import Event
from detente.station.circuit import Result
from detente.station.config import Config
from detente.station.files import free_bytes
from detente.station.founding import line_folder
from detente.station.gate import Gate, open_people
from detente.station.opening import open_line
from detente.station.orders import Office
from detente.station.station import now_ms
from detente.station.submitting import cosigned
from detente.station.views import Answer


@contextlib.contextmanager
def offline_office(config: Config, passphrase: bytes, *names: str) -> Iterator[Office]:
    """Holds the database and signer of these lines while open, or of all: no station can start
    meanwhile.
    """
    with contextlib.ExitStack() as held:
        lines = {}
        for name in names or config.lines:
            folder = line_folder(config.folder, name)
            lines[name] = open_line(folder, config.party, passphrase, config.authority)
            held.callback(lines[name].close)
            lines[name].journal.handle([], now_ms())

        async def put(name: str, event: Event) -> Result:
            return lines[name].journal.handle([event], now_ms()).results[0]

        def technical(name: str) -> Answer:
            down = {
                "linked": False,
                "path": "",
                "stale": True,
                "heard_ago_ms": None,
                "clock_offset_ms": None,
            }
            return {
                "disk_free_bytes": free_bytes(line_folder(config.folder, name)),
                "faults": [],
                "technical": dict.fromkeys(lines[name].journal.state.others, down),
            }

        def notes(name: str) -> dict[str, str | None]:
            return cosigned(lines[name].store, lines[name].journal.state.accord)

        people, broken = open_people(config, passphrase, now_ms())
        if people is not None:
            held.callback(people.close)
        journals = {name: line.journal for name, line in lines.items()}
        gate = Gate(people, now_ms, offline=True, broken=broken)
        keys = {name: line.keys for name, line in lines.items()}
        yield Office(journals, put, technical, notes, keys, gate)
