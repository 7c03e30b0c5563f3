"""The two encodings inside every C2SP text, each read in exactly one way.

Python's `int` and `base64` both take many spellings of one value; a signed format may have one.
"""

from __future__ import annotations

import base64
import re

from detente.errors import Malformed

MAX_DECIMAL = 2**63 - 1
"""Sizes, indices and times fit a signed 64-bit integer in every implementation we meet."""

_DECIMAL = re.compile("0|[1-9][0-9]{0,18}")


def parse_decimal(text: str, where: str) -> int:
    """ASCII digits without sign, space or leading zero, at most `MAX_DECIMAL`; or Malformed."""
    if _DECIMAL.fullmatch(text) is None or (value := int(text)) > MAX_DECIMAL:
        raise Malformed("not a decimal number below 2^63 without leading zeros", where=where)
    return value


def encode_base64(data: bytes) -> str:
    """RFC 4648 section 4, padded."""
    return base64.b64encode(data).decode("ascii")


def decode_base64(text: str, where: str) -> bytes:
    """RFC 4648 section 4, padded, padding bits zero; or Malformed."""
    try:
        data = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise Malformed("not base64", where=where) from error
    if encode_base64(data) != text:
        raise Malformed("base64 in a spelling of its own", where=where)
    return data
