"""Reading a party at the accord's rate. What exceeds it waits in its own outbox, on its own
disk.
"""

from __future__ import annotations

import time
from collections.abc import Iterable

from detente.errors import Malformed
from detente.line.accord import Accord
from detente.line.message import Precedence, parse_message

MINUTE_S = 60.0


class _Bucket:
    """A minute's allowance, which fills again as time passes. It may be overdrawn once, then
    waits.
    """

    def __init__(self, a_minute: int) -> None:
        self._a_minute = a_minute
        self._left = float(a_minute)
        self._at = time.monotonic()

    def spend(self, amount: int) -> float:
        """Seconds to wait until the allowance is no longer overdrawn."""
        now = time.monotonic()
        gained = (now - self._at) * self._a_minute / MINUTE_S
        self._left = min(float(self._a_minute), self._left + gained) - amount
        self._at = now
        return max(0.0, -self._left * MINUTE_S / self._a_minute)


class Meter:
    """Count and bytes of what one party had us read, precedence by precedence."""

    def __init__(self, accord: Accord) -> None:
        rates = accord.rates
        self._messages = {p: _Bucket(rates.messages_a_minute.of(p)) for p in Precedence}
        self._bytes = {p: _Bucket(rates.bytes_a_minute.of(p)) for p in Precedence}

    def spent(self, leaves: Iterable[bytes]) -> float:
        """Seconds to wait before the next frame is read, as far as these leaves exceed the rate."""
        pause = 0.0
        for leaf in leaves:
            try:
                precedence = parse_message(leaf).header.precedence
            except Malformed:
                precedence = Precedence.ROUTINE
            counted = self._messages[precedence].spend(1)
            weighed = self._bytes[precedence].spend(len(leaf))
            pause = max(pause, counted, weighed)
        return pause
