from __future__ import annotations

import os
import random

import pytest
from hypothesis import settings

# The same examples every time, and no clock: a test that fails here fails everywhere.
settings.register_profile("detente", derandomize=True, database=None, deadline=None)
settings.load_profile("detente")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="write the transcripts again; read the diff"
    )


def pytest_configure() -> None:
    """One seed for the crises that nobody has played before: workers get it by the environment."""
    os.environ.setdefault("DETENTE_SEED", str(random.SystemRandom().randrange(10**9)))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    seed = os.environ["DETENTE_SEED"]
    terminalreporter.write_line(f"fresh crises were played from seed DETENTE_SEED={seed}")


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether transcripts are to be written and not compared."""
    return bool(request.config.getoption("--rewrite"))
