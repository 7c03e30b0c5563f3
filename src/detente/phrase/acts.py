"""What the acts say that carry no form, one sentence each, in one language.

Free text stands in quotation marks and escaped, so that it cannot pass for a sentence of ours. What
is not understood is shown as it was written.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from detente.errors import Malformed
from detente.phrase.kinds import Kinds
from detente.phrase.plain import shown
from detente.phrase.template import Codec, Template, whole
from detente.phrase.values import Quoted, Whole

HASH_SHOWN: Final = 12  # hexadecimal digits of a hash in a sentence

KINDS: Final = (
    "accident_not_hostile", "aircraft_in_distress", "drone_astray", "entry_by_mistake", "exercise",
    "hazard", "other", "reconnaissance_flight", "search_and_rescue", "stop_you_endanger",
    "unknown_track",
)  # fmt: skip
CALLS: Final = ("opening", "closing", "test", "contact")
RUNGS: Final = ("displayed", "understood", "not_understood", "passed_to_operators")

# The sentences of each act and the gaps of each. An act has a second sentence where something may
# be away: a remark, a reason, a person.
SENTENCES: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "accept": (),
    "acknowledge": ("rung", "text"),
    "acknowledge_bare": ("rung",),
    "agree": (),
    "amend": ("name", "predecessor"),
    "answer": ("text",),
    "callup": ("call",),
    "callup_contact": ("call", "contact"),
    "cancel": ("words",),
    "close": (),
    "conclude": ("leaves",),
    "correction": ("text",),
    "goodwill": ("words",),
    "nothing": (),
    "notify": ("kind", "text"),
    "open": (),
    "query": ("text",),
    "raise": ("words",),
    "ready": ("text",),
    "ready_bare": (),
    "reject": ("words",),
    "reject_bare": (),
    "rekey": ("next_keys",),
    "restore": ("leaves",),
    "revise": ("text",),
    "service": ("text",),
    "standby": ("text",),
    "standby_bare": (),
    "suspend": ("text", "review"),
    "test": ("text",),
    "test_bare": (),
    "translate": ("by", "checked_by", "language", "text"),
    "translate_machine": ("by", "language", "text"),
    "translate_unchecked": ("by", "language", "text"),
})  # fmt: skip


class Hash:
    """The beginning of a leaf hash, or of several. It is shown and not read."""

    regex = "[0-9a-f, ]+"

    def say(self, value: str | list[str]) -> str:
        leaves = [value] if isinstance(value, str) else value
        return ", ".join(shown(leaf[:HASH_SHOWN]) for leaf in leaves)

    def read(self, text: str) -> Any:
        raise Malformed("a hash that was shortened", where=text)


class ActsInWords:
    """Every act that carries no form, in one language."""

    def __init__(self, wording: Mapping[str, Any], kinds: Kinds) -> None:
        """Raises `Malformed` that names the act that the language cannot say."""
        text = Quoted()
        self._codecs: dict[str, Codec] = {
            "by": text,
            "call": kinds.term("call", CALLS),
            "checked_by": text,
            "contact": text,
            "kind": kinds.term("kind", KINDS),
            "language": kinds.language,
            "leaves": Hash(),
            "name": text,
            "next_keys": Hash(),
            "predecessor": Hash(),
            "review": kinds.moment,
            "rung": kinds.term("rung", RUNGS),
            "text": text,
            "words": kinds.words,
            "count": Whole(kinds.wording.locale),
        }
        self._sentences = {name: self._sentence(wording, name) for name in SENTENCES}

    def _sentence(self, wording: Mapping[str, Any], name: str) -> Template:
        text = wording.get(name)
        if not isinstance(text, str) or not text:
            raise Malformed("this language cannot say it", where=f"acts.{name}", mend="add it")
        gaps = {gap: self._codecs[gap] for gap in SENTENCES[name]}
        return whole(text, gaps, f"acts.{name}")

    def say(self, act: str, body: Mapping[str, Any]) -> str:
        """One line. Raises KeyError, TypeError or the like for what is no such act or body."""
        name, values = _chosen(act, body)
        return self._sentences[name].say(values)


def _chosen(act: str, body: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """The sentence that fits a body, and what fills its gaps."""
    match act:
        case "acknowledge" | "ready" | "standby" | "test" if not body["text"]:
            return f"{act}_bare", body
        case "callup" if body["contact"]:
            return "callup_contact", body
        case "raise":
            return act, {"words": body["reason"]}
        case "suspend":
            return act, {"text": body["reason"], "review": body["review"] // 1_000}
        case "restore":
            return act, {"leaves": body["lifts"]}
        case "conclude":
            return act, {"leaves": body["accepts"]}
        case "amend":
            return act, {"name": body["accord"]["name"], "predecessor": body["predecessor"]}
        case "cancel":
            return act, {"words": body["reason"]}
        case "reject":
            return ("reject", {"words": body["reason"]}) if body["reason"] else ("reject_bare", {})
        case "goodwill":
            return act, {"words": body["words"]}
        case "translate" if body["machine"]:
            return "translate_machine", body
        case "translate" if body["checked_by"] in ("", body["by"]):
            return "translate_unchecked", body
        case _:
            return act, body
