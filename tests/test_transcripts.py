from __future__ import annotations

from pathlib import Path

import pytest

from tests.stage import play

TRANSCRIPTS = sorted((Path(__file__).parent / "transcripts").glob("*.txt"))


@pytest.mark.parametrize("path", TRANSCRIPTS, ids=lambda path: path.stem)
def test_it_happens_as_it_is_written(path: Path, *, rewrite: bool) -> None:
    written = path.read_text(encoding="utf-8")
    played = play(written)
    if rewrite:
        path.write_text(played, encoding="utf-8")
        return
    assert played == written, "if it ought to happen so: pytest tests/test_transcripts.py --rewrite"


def test_there_are_transcripts() -> None:
    assert len(TRANSCRIPTS) >= 14


def test_a_transcript_in_words_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no such command: 'northland sings'"):
        play("a line of northland and southmark\nnorthland sings\n")
