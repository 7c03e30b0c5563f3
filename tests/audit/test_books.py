"""What is no book is refused; what a book shows is asked in tests/station/test_book.py."""

from __future__ import annotations

import pytest

from detente.audit.books import check_book
from detente.errors import Malformed


@pytest.mark.parametrize("data", [b"", b"{}", b'{"format":"detente-book@2"}', b"[" * 100])
def test_what_is_no_book_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        check_book(data)
