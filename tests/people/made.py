"""A book in memory, one event after another."""

from __future__ import annotations

from detente.people.events import Admitted, AnyEvent, Leaf
from detente.people.roster import Roster, evolve

DIGEST = "ab" * 32


EMPTY = Roster()


def admitted(
    name: str, *posts: str, needs: tuple[str, ...] = ("*",), until: int = 10**9
) -> Admitted:
    return Admitted(administrator=False, needs=needs, officer=name, posts=posts, until=until)


def after(*events: AnyEvent, roster: Roster = EMPTY, at: int = 1_000) -> Roster:
    for event in events:
        roster = evolve(roster, Leaf(at=at, number=roster.size, what=event))
    return roster
