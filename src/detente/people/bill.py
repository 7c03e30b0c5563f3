"""The watch bill: who is to be at which post, and where nobody is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator


@dataclasses.dataclass(frozen=True, slots=True, order=True)
class Shift:
    """One officer at one post, from `begins` to before `ends` (ms UTC), and who stands in."""

    begins: int
    ends: int
    post: str
    officer: str
    alternates: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Hole:
    """A time (ms UTC) for which the bill has nobody at a post."""

    post: str
    begins: int
    ends: int


def on_duty(bill: Iterable[Shift], post: str, now: int) -> tuple[str, ...]:
    """Whom the bill has at a post now, the officers before their alternates."""
    found = [each for each in bill if each.post == post and each.begins <= now < each.ends]
    names = [each.officer for each in found] + [name for each in found for name in each.alternates]
    return tuple(dict.fromkeys(names))


def holes(bill: Iterable[Shift], posts: Iterable[str], since: int, until: int) -> Iterator[Hole]:
    """Every time from `since` to `until` in which a post has nobody."""
    shifts = sorted(bill)
    for post in posts:
        at = since
        for each in shifts:
            if each.post != post or each.ends <= at or each.begins >= until:
                continue
            if each.begins > at:
                yield Hole(post, at, each.begins)
            at = max(at, each.ends)
        if at < until:
            yield Hole(post, at, until)
