from __future__ import annotations

import pytest
from hypothesis import settings

# The same examples every time, and no clock: a test that fails here fails everywhere.
settings.register_profile("detente", derandomize=True, database=None, deadline=None)
settings.load_profile("detente")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--rewrite", action="store_true", help="write the transcripts again; read the diff"
    )


@pytest.fixture
def rewrite(request: pytest.FixtureRequest) -> bool:
    """Whether transcripts are to be written and not compared."""
    return bool(request.config.getoption("--rewrite"))
