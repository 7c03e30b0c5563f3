from __future__ import annotations

import pytest

from tests.make_docs import PAGES, ROOT


@pytest.mark.parametrize("path", PAGES)
def test_the_page_says_what_the_code_says(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf-8")
    assert PAGES[path](text) == text, "write it again: ./dev docs"
