from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.cli.typed import LINE, NORTH, detente, founded


def test_a_log_is_in_utc_and_says_so() -> None:
    code = (
        "import logging; from detente.cli.serve import log_to_stderr; log_to_stderr('info');"
        "logging.getLogger('x').debug('no'); logging.getLogger('x').info('something')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"TZ": "Asia/Tokyo", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z INFO something\n", done.stderr)


def test_a_station_tells_when_it_serves_and_ends_when_it_is_told(tmp_path: Path) -> None:
    with founded(tmp_path) as stage:
        stage.start(NORTH)
        typed = detente("status", "--json", folder=stage.actors[NORTH].folder, passphrase=None)
        assert typed.json["lines"][0]["line"] == LINE
        process = stage.actors[NORTH].process
        stage.stop(NORTH)
        assert process is not None
        assert process.returncode == 0
        log = (stage.actors[NORTH].folder / "serve.log").read_text()
        assert "EXERCISE  demo  listens on 127.0.0.1 port" in log
