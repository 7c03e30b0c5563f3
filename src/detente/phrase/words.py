"""Bytes as words that two officers can read to each other over a bad line.

The spelling alphabet of ICAO (Annex 10, volume II) and the radiotelephony numbers, one word for five
bits (the letters and 2 to 7: the alphabet of RFC 4648, section 6), so no list of words has to be
learnt or translated. Four words carry 20 bits and a fifth checks them: it finds every single word
misheard, every two words exchanged, and every line read in another's place, before the next line is
read. The check is a polynomial over the field of 32 elements (x^5 + x^2 + 1), as of a Reed-Solomon
code with one check symbol.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import MappingProxyType

from detente.errors import Malformed

WORDS = (
    *("ALFA", "BRAVO", "CHARLIE", "DELTA", "ECHO", "FOXTROT", "GOLF", "HOTEL", "INDIA"),
    *("JULIETT", "KILO", "LIMA", "MIKE", "NOVEMBER", "OSCAR", "PAPA", "QUEBEC", "ROMEO"),
    *("SIERRA", "TANGO", "UNIFORM", "VICTOR", "WHISKEY", "XRAY", "YANKEE", "ZULU"),
    *("TWO", "THREE", "FOUR", "FIVE", "SIX", "SEVEN"),
)
DATA_WORDS = 4
LINE_BITS = 20
PAIR_BYTES = 5  # two lines
LINES_MAX = 32
FINGERPRINT_BYTES = 20
"""160 bits, eight lines: to make a second card with the same ones takes 2^160 trials, and about a
minute to read aloud."""

_BITS = 5
_FIELD = 0b100101
_DIGITS = "234567"
_VALUES = MappingProxyType(
    {
        **{word: value for value, word in enumerate(WORDS)},
        **{word[0]: value for value, word in enumerate(WORDS[:26])},
        **{digit: value for value, digit in enumerate(_DIGITS, 26)},
        "ALPHA": 0,
        "JULIET": 9,
        "WHISKY": 22,
        "X-RAY": 23,
        "TOO": 26,
        "TREE": 27,
        "FOWER": 28,
        "FIFE": 29,
    }
)


def fingerprint_lines(fingerprint: bytes) -> tuple[str, ...]:
    """Eight lines to read aloud: the first 160 bits of a 32-byte fingerprint."""
    return spell(fingerprint[:FINGERPRINT_BYTES])


def spell(data: bytes) -> tuple[str, ...]:
    """Lines of five words, two lines for each 5 bytes. Its length must be a multiple of 5."""
    lines = len(data) * 8 // LINE_BITS
    if len(data) % PAIR_BYTES or lines > LINES_MAX:
        raise AssertionError(f"{len(data)} bytes do not make whole lines")
    number = int.from_bytes(data, "big")
    return tuple(
        _line(index, _symbols(number >> LINE_BITS * (lines - 1 - index))) for index in range(lines)
    )


def unspell(lines: Sequence[str]) -> bytes:
    """The bytes of lines as `spell` gives them, as a person may have typed them.

    Upper or lower case, single letters and digits, and the usual other spellings are taken. Raises
    `Malformed` naming each line (from 1 on) that was misheard.
    """
    if len(lines) % 2 or len(lines) > LINES_MAX:
        raise Malformed(f"{len(lines)} lines where an even number belongs", where="words")
    number, misheard = 0, list[str]()
    for index, line in enumerate(lines):
        try:
            number = number << LINE_BITS | _read(index, line)
        except Malformed as error:
            misheard.append(str(error))
    if misheard:
        raise Malformed("; ".join(misheard), where="words", mend="read these lines once more")
    return number.to_bytes(len(lines) * LINE_BITS // 8, "big")


def _read(index: int, line: str) -> int:
    words = line.upper().split()
    unknown = [word for word in words if word not in _VALUES]
    if unknown:
        raise Malformed(f"line {index + 1}: {unknown[0]!a} is no word of the alphabet")
    if len(words) != DATA_WORDS + 1:
        raise Malformed(f"line {index + 1}: {len(words)} words where {DATA_WORDS + 1} belong")
    *symbols, check = (_VALUES[word] for word in words)
    if check != _check(index, symbols):
        raise Malformed(f"line {index + 1}: a word was misheard, or it is another line")
    value = 0
    for symbol in symbols:
        value = value << _BITS | symbol
    return value


def _line(index: int, symbols: Sequence[int]) -> str:
    return " ".join(WORDS[value] for value in (*symbols, _check(index, symbols)))


def _symbols(value: int) -> tuple[int, ...]:
    """The last 20 bits of `value`, five at a time."""
    places = range(LINE_BITS - _BITS, -1, -_BITS)
    return tuple(value >> place & (1 << _BITS) - 1 for place in places)


def _check(index: int, symbols: Iterable[int]) -> int:
    """Horner's rule: each place has a weight of its own, the check itself the weight one."""
    total = index
    for symbol in symbols:
        total = _doubled(total) ^ symbol
    return _doubled(total)


def _doubled(value: int) -> int:
    shifted = value << 1
    return shifted ^ _FIELD if shifted >> _BITS else shifted
