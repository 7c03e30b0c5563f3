"""Writes again what docs/ repeats of the code's own tables.

    python -m tests.make_docs            every page
    python -m tests.make_docs --check    write nothing; name the pages that are out of date

A page is added by a row in `PAGES`: its path, and a function from its old text to its new one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from detente.station.settings_page import config_table
from tests import coverage, forms_page
from tests.cli import manual
from tests.line import rules_page

ROOT = Path(__file__).resolve().parents[1]


def between(mark: str, make: Callable[[], str]) -> Callable[[str], str]:
    """A page of which only the part between two marks is written again."""

    def page(old: str) -> str:
        head, opening, rest = old.partition(f"<!-- {mark} -->\n")
        _, closing, tail = rest.partition(f"<!-- /{mark} -->")
        assert opening, f"no <!-- {mark} -->"
        assert closing, f"no <!-- /{mark} -->"
        return f"{head}{opening}\n{make().strip()}\n\n{closing}{tail}"

    return page


PAGES: Mapping[str, Callable[[str], str]] = MappingProxyType({
    "docs/cli.md": manual.page,
    "docs/coverage.md": coverage.page,
    "docs/forms.md": forms_page.page,
    "docs/operating.md": between("config", config_table),
    "docs/rules.md": rules_page.page,
})  # fmt: skip


def outdated() -> list[str]:
    """The pages whose text is not what would be written now."""
    return [path for path, make in PAGES.items() if make(_read(path)) != _read(path)]


def main(check: bool) -> int:
    pages = outdated()
    for path in pages:
        print(path)
        if not check:
            (ROOT / path).write_text(PAGES[path](_read(path)), encoding="utf-8")
    return int(check and bool(pages))


def _read(path: str) -> str:
    file = ROOT / path
    return file.read_text(encoding="utf-8") if file.exists() else ""


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
