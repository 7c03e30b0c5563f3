"""What the commands answer about exercises.

As in `answers`, of which this is the fourth part.
"""

from __future__ import annotations

from typing import Annotated

from detente.cli.answers import Answer, Exercise, LineName, field


class CaseShown(Answer, frozen=True):
    case: Annotated[str, field("its name for `exercise run`")]
    title: Annotated[str, field("what it is about")]
    source: Annotated[str, field("where its facts are from, and what is made up")]
    minutes: Annotated[int, field("how long it is by its own clock")]


class ExerciseCasesAnswer(Answer, frozen=True):
    cases: Annotated[tuple[CaseShown, ...], field("by name")]


class ItemShown(Answer, frozen=True):
    what: Annotated[str, field("what was asked")]
    by: Annotated[int | None, field("by when, ms after the beginning; null: never to be done")]
    at: Annotated[int | None, field("when it was done, ms after the beginning; null: it was not")]
    outcome: Annotated[str, field("met, LATE, NEVER or BROKEN")]


class ExerciseRunAnswer(Answer, frozen=True):
    case: Annotated[str, field("its name, or its file")]
    title: Annotated[str, field("what it is about")]
    exercise: Exercise
    score: Annotated[int, field("of a hundred: what was met, of what was asked")]
    met: Annotated[int, field("how many")]
    asked: Annotated[int, field("of how many")]
    items: Annotated[tuple[ItemShown, ...], field("each clock, then what the case asks for")]


class ExerciseDriveAnswer(Answer, frozen=True):
    line: LineName
    exercise: Exercise
    said: Annotated[int, field("messages that went")]
