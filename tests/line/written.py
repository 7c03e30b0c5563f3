"""Messages as a party that keeps to no rule may write them, and states folded from them.

Folding asks for no signature: whose word a leaf is was decided when it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from detente.line.canonical import encode
from detente.line.decide import ANYBODY, Arrived, Authority, Event, decide
from detente.line.entry import Entry, Own
from detente.line.evolve import evolve, fold
from detente.line.message import Header, Message, Precedence
from detente.line.state import State, begin
from detente.tlog.advance import Advance
from detente.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.mirror import Mirror
from tests.stations import (
    BODIES,
    FLASH,
    MOVING,
    NOON,
    NORTHLAND,
    PAIR,
    ROUTINE,
    accord,
    card,
    private,
)


def start(us: str = NORTHLAND, names: Iterable[str] = PAIR, **changes: Any) -> State:
    """A state with the accord in its ledger."""
    terms = encode(accord(tuple(names), **changes))
    return evolve(begin(us, terms), Own(terms, NOON))


TERMS = encode(accord())
LINE = start().line


def leaf(
    author: str,
    act: str,
    serial: int,
    body: dict[str, Any] | None = None,
    *,
    epoch: int = 0,
    precedence: Precedence | None = None,
    channel: str = "duty",
    reply: Hash | None = None,
    accord: Hash = LINE,
    line: Hash = LINE,
    salt: int = 0,
) -> bytes:
    """The bytes of a message, whatever they mean."""
    header = Header(
        accord=accord.hex(), act=act, author=author, channel=channel, epoch=epoch, line=line.hex(),
        precedence=precedence or (FLASH if act in MOVING else ROUTINE), releasers=(),
        reply=reply.hex() if reply else None, salt=f"{salt:032x}", serial=serial, time=NOON, to=(),
    )  # fmt: skip
    return encode(Message(BODIES.get(act, {}) if body is None else body, header))


def own(state: State, *leaves: bytes) -> State:
    """The state with these in our ledger, in this order."""
    return fold(state, [Own(each, NOON) for each in leaves])


def why(state: State, data: bytes) -> str:
    """The mark of a message, and the reason for it."""
    mark, reason = state.verdict(leaf_hash(data))
    return f"{mark.value}: {reason}" if reason else mark.value


def step(
    state: State, event: Event, *, ready: bool = True, authority: Authority = ANYBODY
) -> tuple[Entry, ...]:
    decided = decide(state, event, NOON, ready=ready, authority=authority, verify=open_checkpoint)
    return tuple(decided.entries)


def mirror(*leaves: bytes) -> Mirror:
    return Mirror().extend(b"".join(map(leaf_hash, leaves)))


def advance(
    party: str, *ledger: bytes, since: int = 0, shows: Any = None, generation: int = 0
) -> Advance:
    """A party's ledger of these leaves, from `since` on, with the bytes of `shows` (all)."""
    whole = mirror(*ledger)
    checkpoint = Checkpoint(card(party).origin, whole.size, whole.root)
    note = sign_checkpoint(private(party, generation), checkpoint, NOON // 1_000)
    shown = ledger[since:] if shows is None else shows
    return Advance(since, whole.hashes(since, whole.size), note, tuple(shown))


def heard(state: State, *advances: Advance, ready: bool = True) -> State:
    for each in advances:
        state = fold(state, step(state, Arrived(each), ready=ready))
    return state


def said(state: State) -> list[bytes]:
    """Leaf hashes of our ledger, the accord's apart."""
    return [state.own.leaf(index) for index in range(1, state.own.size)]
