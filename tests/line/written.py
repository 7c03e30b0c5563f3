"""Messages as a party that keeps to no rule may write them, and states folded from them.

Folding asks for no signature: whose word a leaf is was decided when it was recorded.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from detente.line.canonical import encode
from detente.line.entry import Own
from detente.line.evolve import evolve, fold
from detente.line.message import Header, Message, Precedence
from detente.line.state import State, begin
from detente.tlog.hash import Hash, leaf_hash
from tests.stations import BODIES, FLASH, MOVING, NOON, NORTHLAND, PAIR, ROUTINE, accord



def start(us: str = NORTHLAND, names: Iterable[str] = PAIR, **changes: Any) -> State:
    """A state with the accord in its ledger."""
    terms = encode(accord(tuple(names), **changes))
    return evolve(begin(us, terms), Own(terms, NOON))


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
