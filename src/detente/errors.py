"""One class per party at fault. Verification raises; it never returns a bool.

`AssertionError` is a bug of ours and is not in this list.
"""

from __future__ import annotations


class DetenteError(Exception):
    """What went wrong, where, and how to mend it, in words for the person who reads the log."""

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.mend = what, where, mend

    def __str__(self) -> str:
        text = f"{self.where}: {self.what}" if self.where else self.what
        return f"{text} ({self.mend})" if self.mend else text


class Malformed(DetenteError):
    """Bytes that are not the one encoding of any value we know. Whoever wrote them is at fault."""


class Forged(DetenteError):
    """A proof, signature or claim of authorship that does not hold."""


class Refused(DetenteError):
    """Our own officer asked for what the rules forbid. Nothing was recorded."""


class Conflict(DetenteError):
    """A second writer: fold again and decide again, never append again."""


class Unreachable(DetenteError):
    """Something outside is away for now. It will be tried again."""


class Equivocated(DetenteError):
    """A party showed two ledgers. Carries evidence that a stranger can check."""

    def __init__(self, what: str, evidence: tuple[str, str], *, where: str = "") -> None:
        super().__init__(what, where=where)
        self.evidence = evidence
