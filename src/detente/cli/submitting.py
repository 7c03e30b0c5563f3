"""Our newest checkpoint before a witness, from the files of a station that is not running."""

from __future__ import annotations

import asyncio
import contextlib

from detente.cli.reach import running
from detente.cli.setting import Setting, now_ms
from detente.errors import Refused
from detente.station.opening import open_line
from detente.station.submitting import Submitting


def submit_now(setting: Setting, line: str, name: str | None) -> dict[str, int]:
    """The size that each witness cosigned, by its name. Raises what the witness answers."""
    config = setting.config()
    if running(config.control):
        raise Refused(
            "the running station shows its checkpoints itself",
            where=line,
            mend="wait for the accord's time, or stop the station first",
        )
    urls = config.lines[line].witnesses
    opened = open_line(
        setting.line_folder(line), config.party, setting.passphrase(), config.authority
    )
    with contextlib.closing(opened):
        opened.journal.handle([], now_ms())
        if opened.journal.sealed is None:
            raise opened.journal.trouble or Refused("the signer has sealed nothing", where=line)
        asked = [w for w in opened.accord.witnesses if w.name in urls and name in (None, w.name)]
        if not asked:
            raise Refused(
                f"no witness {name!a} with an address" if name else "no witness has an address",
                where=line,
                mend=f'add url = "..." under [line.{line}.witnesses."NAME"] to detente.toml',
            )
        for witness in asked:
            url = urls[witness.name]
            asyncio.run(Submitting(opened.journal, opened.store, witness, url, now_ms).once())
        size = opened.journal.sealed.mirror.size
    return {witness.name: size for witness in asked}
