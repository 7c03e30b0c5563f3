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

    def spend(self, amount: int, a_minute: int, now: float) -> float:
        """Seconds to wait until the allowance is no longer overdrawn."""
        regained = (now - self._at) * a_minute / MINUTE_S
        self._spent = max(0.0, self._spent - regained) + amount
        self._at = now
        return max(0.0, (self._spent - a_minute) * MINUTE_S / a_minute)


class Meter:
    """Count and bytes of what one party had us read, precedence by precedence."""

    def __init__(self) -> None:
        self._messages = {precedence: Bucket() for precedence in Precedence}
        self._bytes = {precedence: Bucket() for precedence in Precedence}

    def pause(self, accord: Accord, leaves: Iterable[bytes], now: float) -> float:
        """Seconds to wait before more is read, these leaves being read: a heartbeat at most, or we
        would no longer hear theirs.
        """
        pause = 0.0
        for leaf in leaves:
            precedence, rates = _precedence(leaf), accord.rates
            messages = rates.messages_a_minute.of(precedence)
            octets = rates.bytes_a_minute.of(precedence)
            pause = max(
                pause,
                self._messages[precedence].spend(1, messages, now),
                self._bytes[precedence].spend(len(leaf), octets, now),
            )
        return min(pause, float(accord.clocks.beat_s))


def _precedence(leaf: bytes) -> Precedence:
    try:
        return parse_message(leaf).header.precedence
    except Malformed:
        return Precedence.ROUTINE
