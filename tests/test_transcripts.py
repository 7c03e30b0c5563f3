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


def test_every_failure_that_is_an_event_has_a_transcript() -> None:
    """17 and 23 of the documented failures are no events: set-up that is heavy, and overselling."""
    told = {int(path.stem.split("_")[1]) for path in TRANSCRIPTS if path.stem.startswith("failure")}
    assert told == {*range(1, 17), *range(18, 23)}


def test_a_transcript_in_words_that_nobody_knows_is_an_error() -> None:
    with pytest.raises(AssertionError, match="no such command: 'northland sings'"):
        play("a line of northland and southmark\nnorthland sings\n")
