r"""Text that somebody else wrote, shown so that it cannot lie about itself.

Heard text is never altered. What would move the cursor, reorder a line or be invisible is shown as
`\u{...}` with its code point in hexadecimal, and so is a backslash before `u{`: what is shown has one
reading.
"""

from __future__ import annotations

import unicodedata

# Cc control, Cf format (all bidirectional controls and the invisible), Cs lone surrogates, Co private
# use (no two screens agree on it), Zl and Zp the separators that some terminals take for line ends.
_HIDDEN = frozenset(("Cc", "Cf", "Cs", "Co", "Zl", "Zp"))


def shown(text: str) -> str:
    r"""All of a text on one line. A line end is shown as `\u{a}`."""
    if text.isprintable() and "\\u{" not in text:
        return text  # nearly all there is, and none of it in a hidden category
    safe = text.replace("\\u{", "\\u{5c}u{")
    return "".join(_escaped(c) if unicodedata.category(c) in _HIDDEN else c for c in safe)


def shown_lines(text: str) -> tuple[str, ...]:
    """A text line by line, for where its lines cannot be taken for anybody else's."""
    return tuple(shown(line) for line in text.split("\n"))


def _escaped(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"
