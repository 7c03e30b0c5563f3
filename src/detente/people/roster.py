"""The state of the people: the fold of the book, and nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Final, assert_never

from rpds import HashTrieMap

from detente.errors import Refused
from detente.people.events import (
    Admitted,
    Answered,
    Challenged,
    Dismissed,
    Drafted,
    Exported,
    Failed,
    Leaf,
    LetGo,
    Listed,
    Offered,
    Qualified,
    Read,
    Reviewed,
    SignedOff,
    SignedOn,
    TookOver,
    Withheld,
    format_leaf,
)
from detente.tlog.hash import Hash, leaf_hash

WRONG_MAX: Final = 5  # then the name is locked
LOCKED_MS: Final = 15 * 60_000


@dataclasses.dataclass(frozen=True, slots=True)
class Officer:
    """One person as the station knows him. `until`: his qualification; `since`: when he was last
    admitted; `wrong`: failures since he last signed on; `locked`: until when nobody signs on under
    his name. Times are ms UTC.
    """

    name: str
    posts: tuple[str, ...]
    needs: tuple[str, ...]
    administrator: bool
    until: int
    since: int = 0
    wrong: int = 0
    locked: int = 0

    def may_read(self, line: str, channel: str) -> bool:
        """Need to know, by channel."""
        return not {"*", f"{line}/*", f"{line}/{channel}"}.isdisjoint(self.needs)


@dataclasses.dataclass(frozen=True, slots=True)
class Watch:
    """Who holds a post since when, and the offer of it that stands. `officer` is empty where he who
    offered it has left before it was taken.
    """

    officer: str
    since: int
    offer: tuple[Hash, Offered] | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """Who wrote a content, who had nothing against it, and who had."""

    drafter: str
    approved: frozenset[str] = frozenset()
    declined: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True, slots=True)
class Roster:
    """Everybody, every post that is held, every draft: by the digest of its content."""

    size: int = 0
    officers: HashTrieMap[str, Officer] = HashTrieMap()
    watches: HashTrieMap[str, Watch] = HashTrieMap()
    drafts: HashTrieMap[str, Draft] = HashTrieMap()

    def officer(self, name: str) -> Officer:
        found = self.officers.get(name)
        if found is None:
            raise Refused(
                f"no officer {name!a}", where="roster", mend="`detente officer list` names them"
            )
        return found

    def holder(self, post: str) -> str:
        """Who has the watch at a post; empty: nobody."""
        found = self.watches.get(post)
        return found.officer if found else ""

    def offered(self, post: str) -> str:
        """To whom the watch at a post is offered; empty: nobody."""
        found = self.watches.get(post)
        return found.offer[1].to if found and found.offer else ""


def fold(leaves: Iterable[Leaf], roster: Roster = Roster()) -> Roster:
    for leaf in leaves:
        roster = evolve(roster, leaf)
    return roster


def evolve(roster: Roster, leaf: Leaf) -> Roster:
    """The state after one more leaf. Total: what a book holds has happened."""
    roster = dataclasses.replace(roster, size=roster.size + 1)
    match leaf.what:
        case Admitted(officer=name, posts=posts, needs=needs, administrator=admin, until=until):
            return _officer(roster, Officer(name, posts, needs, admin, until, leaf.at))
        case Qualified(officer=name, until=until):
            return _changed(roster, name, until=until)
        case Dismissed(officer=name):
            gone = dataclasses.replace(roster, officers=roster.officers.discard(name))
            return _left(gone, name, leaf.at)
        case SignedOn(officer=name, post=post):
            roster = _changed(roster, name, wrong=0, locked=0)
            kept = roster.holder(post) or roster.offered(post) == name
            return roster if kept else _watch(roster, post, Watch(name, leaf.at))
        case SignedOff(officer=name, post=post):
            return _left(roster, name, leaf.at, post)
        case Failed(officer=name):
            return _failed(roster, name, leaf.at)
        case Drafted(officer=name, digest=digest):
            return _draft(roster, digest, Draft(name))
        case Reviewed():
            return _reviewed(roster, leaf.what)
        case Offered(post=post):
            held = roster.watches.get(post)
            offer = leaf_hash(format_leaf(leaf)), leaf.what
            watch = dataclasses.replace(held, offer=offer) if held else None
            return _watch(roster, post, watch) if watch else roster
        case TookOver(post=post, officer=name):
            return _watch(roster, post, Watch(name, leaf.at))
        case LetGo() | Withheld() | Read() | Listed() | Exported() | Challenged() | Answered():
            return roster
        case _:
            assert_never(leaf.what)


def _officer(roster: Roster, officer: Officer) -> Roster:
    return dataclasses.replace(roster, officers=roster.officers.insert(officer.name, officer))


def _changed(roster: Roster, name: str, **changes: Any) -> Roster:
    found = roster.officers.get(name)
    return _officer(roster, dataclasses.replace(found, **changes)) if found else roster


def _failed(roster: Roster, name: str, at: int) -> Roster:
    found = roster.officers.get(name)
    if found is None:
        return roster
    wrong = found.wrong + 1
    locked = at + LOCKED_MS if wrong % WRONG_MAX == 0 else found.locked
    return _changed(roster, name, wrong=wrong, locked=locked)


def _watch(roster: Roster, post: str, watch: Watch) -> Roster:
    return dataclasses.replace(roster, watches=roster.watches.insert(post, watch))


def _left(roster: Roster, name: str, at: int, post: str = "") -> Roster:
    """Posts that he held are held by nobody. What he offered stays offered, but to nobody who is
    gone.
    """
    watches = roster.watches
    for held, watch in roster.watches.items():
        if watch.officer == name and post in ("", held):
            stays = watch.offer is not None and watch.offer[1].to in roster.officers
            watches = (
                watches.insert(held, Watch("", at, watch.offer)) if stays else watches.remove(held)
            )
        elif not post and watch.offer and watch.offer[1].to == name:
            kept = Watch(watch.officer, watch.since)
            watches = watches.insert(held, kept) if watch.officer else watches.remove(held)
    return dataclasses.replace(roster, watches=watches)


def _draft(roster: Roster, digest: str, draft: Draft) -> Roster:
    if digest in roster.drafts:
        return roster  # whoever wrote it first is its drafter
    return dataclasses.replace(roster, drafts=roster.drafts.insert(digest, draft))


def _reviewed(roster: Roster, what: Reviewed) -> Roster:
    found = roster.drafts.get(what.digest)
    if found is None:
        return roster
    if what.good:
        draft = dataclasses.replace(found, approved=found.approved | {what.officer})
    else:
        draft = dataclasses.replace(found, declined={**found.declined, what.officer: what.reason})
    return dataclasses.replace(roster, drafts=roster.drafts.insert(what.digest, draft))
