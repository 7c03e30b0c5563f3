"""Where the public test vectors of other projects are: beside the checkout, never committed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

BESIDE = Path(__file__).resolve().parents[2] / "shared" / "vectors"


def shared_vectors(name: str) -> Path:
    """The folder of one project's vectors. Absent, the test is skipped; under CI=true it fails."""
    folder = Path(os.environ.get("DETENTE_VECTORS", BESIDE)) / name
    if folder.is_dir():
        return folder
    absent = f"no vectors at {folder}: set DETENTE_VECTORS to the folder that holds {name}/"
    if os.environ.get("CI") == "true":
        pytest.fail(absent)
    pytest.skip(absent)
