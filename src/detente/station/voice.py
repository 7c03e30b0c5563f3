"""Words that only the other's station can make, for a voice line that proves nothing by itself.

Both stations hold a secret that no third knows: X25519 (RFC 7748) of the courier keys on the two
cards. A number that is read aloud gives words from it (HKDF, RFC 5869), other words for whoever
asks than for whoever answers, so that a challenge cannot be turned round. Forty bits: a guess is
right once in a million millions. The check words find what was misheard.

What a right answer shows is that the voice sits beside that party's station. It changes no state.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from detente.errors import Malformed, Refused
from detente.line.canonical import encode
from detente.line.state import State
from detente.phrase.words import PAIR_BYTES, spell, unspell
from detente.station.keys import KeyFile

NUMBER_MAX: Final = 999_999
INFO: Final = "detente voice 1"


def words(state: State, keys: KeyFile, number: int, *, asks: str, answers: str) -> tuple[str, ...]:
    """Two lines of five words. One of `asks` and `answers` is ourselves."""
    if not 0 <= number <= NUMBER_MAX:
        raise Refused(f"{number} is no number of six digits", where="voice")
    other = answers if asks == state.us else asks
    card = state.first.card(other)
    if card is None or other == state.us:
        raise Refused(
            f"{other!a} is no other party of this line", where="voice",
            mend=f"one of {', '.join(state.others)}",
        )  # fmt: skip
    told = {"answers": answers, "asks": asks, "line": state.line.hex(), "number": number}
    info = INFO.encode() + b"\n" + encode(told)
    secret = keys.shared(card.courier)
    return spell(HKDF(SHA256(), PAIR_BYTES, salt=None, info=info).derive(secret))


def right(expected: tuple[str, ...], heard: str) -> bool:
    """Whether what was heard is what was expected, however it was typed."""
    parts = heard.replace("/", " ").replace(",", " ").split()
    lines = [" ".join(parts[at : at + 5]) for at in range(0, len(parts), 5)]
    try:
        return unspell(lines) == unspell(expected)
    except Malformed:
        return False
