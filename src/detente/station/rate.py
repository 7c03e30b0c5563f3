"""Reading a party at the accord's rate. What exceeds it waits in its own outbox, on its own disk.

Times are seconds of a steady clock, which no one can set back.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from detente.errors import Malformed
from detente.line.accord import Accord
from detente.line.message import Precedence, parse_message

MINUTE_S: Final = 60.0


class Bucket:
    """A minute's allowance, which fills again as time passes. It may be overdrawn once, and then
    waits.
    """

    def __init__(self) -> None:
        self._spent = 0.0
        self._at = 0.0

    def admits(self, amount: int, a_minute: int, now: float) -> bool:
        """Whether there is still some allowance, of which this then takes its amount."""
        regained = (now - self._at) * a_minute / MINUTE_S
        self._spent, self._at = max(0.0, self._spent - regained), now
        if self._spent >= a_minute:
            return False
        self._spent += amount
        return True


class Meter:
    """Count and bytes of what one party had us read, precedence by precedence."""

    def __init__(self) -> None:
        self._messages = {precedence: Bucket() for precedence in Precedence}
        self._bytes = {precedence: Bucket() for precedence in Precedence}

    def admitted(self, accord: Accord, leaves: Iterable[bytes], now: float) -> tuple[bytes, ...]:
        """The leaves that the rate has room for. The others are as if they had not come: they wait
        in their author's outbox, and none of one precedence takes the room of another.
        """
        found = []
        for leaf in leaves:
            precedence, rates = _precedence(leaf), accord.rates
            messages = rates.messages_a_minute.of(precedence)
            octets = rates.bytes_a_minute.of(precedence)
            if self._messages[precedence].admits(1, messages, now) and self._bytes[
                precedence
            ].admits(len(leaf), octets, now):
                found.append(leaf)
        return tuple(found)


def _precedence(leaf: bytes) -> Precedence:
    try:
        return parse_message(leaf).header.precedence
    except Malformed:
        return Precedence.ROUTINE
