from __future__ import annotations

from pathlib import Path

import pytest

from tests.vectors import shared_vectors


def test_the_folder_is_the_one_that_the_environment_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETENTE_VECTORS", str(tmp_path))
    (tmp_path / "merkle").mkdir()
    assert shared_vectors("merkle") == tmp_path / "merkle"


def test_absent_vectors_are_said_to_be_skipped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETENTE_VECTORS", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    with pytest.raises(pytest.skip.Exception, match="set DETENTE_VECTORS"):
        shared_vectors("merkle")


def test_absent_vectors_fail_where_everything_must_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETENTE_VECTORS", str(tmp_path))
    monkeypatch.setenv("CI", "true")
    with pytest.raises(pytest.fail.Exception, match="set DETENTE_VECTORS"):
        shared_vectors("merkle")
