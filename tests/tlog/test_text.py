from __future__ import annotations

import base64
import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detente.errors import Malformed
from detente.tlog.text import MAX_DECIMAL, decode_base64, encode_base64, parse_decimal

LENIENT = ["+5", " 5", "5 ", "5\n", "1_000", "007", "00", "-0", "", "٥", "５", "0x5", "5.0", "1e3"]


@pytest.mark.parametrize("text", [*LENIENT, str(MAX_DECIMAL + 1), "9" * 5000])
def test_spellings_of_numbers_that_we_refuse(text: str) -> None:
    with pytest.raises(Malformed, match=r"^here: "):
        parse_decimal(text, "here")


@given(st.integers(0, MAX_DECIMAL) | st.sampled_from([0, 10**18, MAX_DECIMAL]))
def test_every_number_has_its_spelling(value: int) -> None:
    assert parse_decimal(str(value), "") == value


@pytest.mark.parametrize("text", ["QUI", "QUJ=", "QUK=", "QUI= ", "QU\nI=", "QUI==", "=", "QÜI="])
def test_spellings_of_bytes_that_we_refuse(text: str) -> None:
    with pytest.raises(Malformed, match=r"^here: "):
        decode_base64(text, "here")


@given(st.binary())
def test_every_value_has_its_spelling(data: bytes) -> None:
    assert encode_base64(data) == base64.b64encode(data).decode()
    assert decode_base64(encode_base64(data), "") == data


@given(st.text(st.sampled_from("AQZaz09+/=- _\n")))
def test_any_text_is_one_spelling_or_malformed(text: str) -> None:
    with contextlib.suppress(Malformed):
        assert encode_base64(decode_base64(text, "")) == text
