from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

from detente.cli.stage import wait
from tests.cli.typed import LINE, NORTH, detente, founded


def test_a_log_is_in_utc_and_a_fault_is_one_line(tmp_path: Path) -> None:
    code = (
        "import logging; from pathlib import Path; from detente.cli.serve import log_to_stderr;"
        f"log_to_stderr('info', Path({str(tmp_path)!r}));"
        "logging.getLogger('x').debug('no'); logging.getLogger('x').info('something')\n"
        "try: 1 / 0\n"
        "except ZeroDivisionError: logging.getLogger('x').exception('a fault')"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True,
        env={"TZ": "Asia/Tokyo", "PYTHONPATH": ":".join(sys.path)},
    )  # fmt: skip
    when = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z"
    fault = rf"{when} ERROR a fault \(see {tmp_path}/fault-[0-9a-f]+\.txt\)"
    assert re.fullmatch(rf"{when} INFO something\n{fault}\n", done.stderr)
    (kept,) = tmp_path.glob("fault-*.txt")
    assert "ZeroDivisionError" in kept.read_text()


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


def test_a_log_may_be_objects_of_json(tmp_path: Path) -> None:
    with founded(tmp_path) as stage:
        actor = stage.actors[NORTH]
        config = actor.folder / "detente.toml"
        config.write_text(f'log_format = "json"\n{config.read_text()}')
        stage.start(NORTH)  # southmark is down, and the log says so

        def logged() -> list[str]:
            lines = (actor.folder / "serve.log").read_text().splitlines()
            return [line for line in lines if line.startswith("{")]

        wait(lambda: bool(logged()), "nothing was logged")
        stage.stop(NORTH)
        events = [json.loads(line) for line in logged()]
        assert all(set(each) == {"time", "level", "logger", "message"} for each in events)
        assert events[0]["time"].endswith("Z")
