"""A form in words, in one language, and those words read back to the form.

A text has a line for each thing said: a head with the act, the form's number and title; a sentence
that says what the form says even when nothing else is known; a line for each slot; who may publish
it; and a remark, if there is one, marked as of lower trust. `read` gives back what `say` was given
and nothing else, so that two different contents can never read the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from detente.errors import Malformed
from detente.phrase.kinds import Kinds
from detente.phrase.template import TEXT_MAX, Codec, Template, plain_spaces, template, whole
from detente.phrase.values import Code, Plain

ACTS: Final = (
    "notify", "revise", "query", "answer", "propose", "counter", "concern", "denial", "statement",
    "correction",
)  # fmt: skip


class SlotShape(NamedTuple):
    """What a phrasebook must know of a slot."""

    kind: str
    terms: tuple[str, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Shape:
    """What a phrasebook must know of a form: the acts that may carry it, and its slots in order."""

    number: int
    name: str
    acts: tuple[str, ...]
    slots: Mapping[str, SlotShape]


class Read(NamedTuple):
    """What a text says: an act and its body."""

    act: str
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a form's text, and the slots that it says; one that says an optional slot may be
    away.
    """

    template: Template
    optional: bool


@dataclass(frozen=True, slots=True)
class FormWords:
    """A form in one language."""

    shape: Shape
    heads: Mapping[str, str]  # by act
    lines: tuple[Line, ...]


class FormsInWords:
    """Every form of a vocabulary in one language."""

    def __init__(
        self, shapes: Mapping[int, Shape], wording: Mapping[str, Any], kinds: Kinds
    ) -> None:
        """Raises `Malformed` that names the form and what it cannot say."""
        self._wording, self._kinds = wording, kinds
        releasable = template(
            _text(wording, "lines", "releasability"),
            {"releasability": kinds.term("releasability", ("joint", "ours", "never"))},
            "lines.releasability",
        )
        remarks = whole(
            _text(wording, "lines", "remarks"), {"remarks": kinds.words}, "lines.remarks"
        )
        self._tail = Line(releasable, optional=False), Line(remarks, optional=True)
        self._forms = {number: self._form(shape) for number, shape in shapes.items()}
        self._heads = {
            plain_spaces(head): (act, form)
            for form in self._forms.values()
            for act, head in form.heads.items()
        }
        if len(self._heads) < sum(len(form.heads) for form in self._forms.values()):
            raise Malformed("two forms have one head", where="heads, titles")

    # -- saying ------------------------------------------------------------------------------------

    def title(self, number: int) -> str:
        return str(self._wording["titles"][self._forms[number].shape.name])

    def says(self, number: int) -> str:
        """The sentence that says what a form says even when nothing else is known, with its gaps."""
        return str(self._wording["says"][self._forms[number].shape.name])

    def codec(self, number: int, slot: str) -> Codec:
        """The codec of one slot of a form."""
        for line in self._forms[number].lines:
            if slot in line.template.gaps:
                return line.template.codecs[line.template.gaps.index(slot)]
        raise KeyError(slot)

    def say(self, act: str, body: Mapping[str, Any]) -> str:
        """Lines of text. Raises KeyError, TypeError or the like for what is no filled form."""
        form = self._forms[body["form"]]
        values = {**body["slots"], "releasability": body["releasability"]}
        if body["remarks"] is not None:
            values["remarks"] = body["remarks"]
        if not values.keys() <= {*form.shape.slots, "releasability", "remarks"}:
            raise KeyError("a slot that the form does not have")
        said = [form.heads[act]]
        said += (
            line.template.say(values)
            for line in (*form.lines, *self._tail)
            if not line.optional or line.template.gaps[0] in values
        )
        return "\n".join(said)

    # -- reading -----------------------------------------------------------------------------------

    def begins(self, text: str) -> bool:
        """Whether a text begins as one of our forms does."""
        return plain_spaces(text.split("\n", 1)[0].strip()) in self._heads

    def read(self, text: str) -> Read:
        """The act and body that a text says, or `Malformed` naming the line that is not ours."""
        if len(text) > TEXT_MAX:
            raise Malformed(f"{len(text)} characters, at most {TEXT_MAX} are read", where="text")
        lines = [plain_spaces(line.strip()) for line in text.strip().split("\n") if line.strip()]
        if not lines or lines[0] not in self._heads:
            raise Malformed("it begins as no form does", where="line 1", mend="give it whole")
        act, form = self._heads[lines[0]]
        values, at = dict[str, Any](), 1
        for line in (*form.lines, *self._tail):
            found = line.template.pattern.fullmatch(lines[at]) if at < len(lines) else None
            if found is not None:
                values.update(line.template.read(lines[at]))
                at += 1
            elif not line.optional:
                raise _unread(lines, at, line)
        if at < len(lines):
            raise Malformed(
                f"no line of form {form.shape.number} reads so", where=f"line {at + 1}",
                mend="give the text as it was shown, all of it and in its order",
            )  # fmt: skip
        body = {
            "form": form.shape.number,
            "releasability": values.pop("releasability"),
            "remarks": values.pop("remarks", None),
            "slots": values,
        }
        if plain_spaces(self.say(act, body)).split("\n") != lines:
            raise Malformed("it does not read back as it stands", where="text")
        return Read(act, body)

    # -- the wording -------------------------------------------------------------------------------

    def _form(self, shape: Shape) -> FormWords:
        name = shape.name
        title = _text(self._wording, "titles", name)
        gaps: dict[str, Codec] = {"number": Plain(1), "title": Code()}
        heads = {
            act: whole(_text(self._wording, "heads", act), gaps, f"heads.{act}").say(
                {"number": shape.number, "title": title}
            )
            for act in shape.acts
        }
        codecs = {
            slot: self._kinds.codec(each.kind, slot, each.terms)
            for slot, each in shape.slots.items()
        }
        needed = {slot: codec for slot, codec in codecs.items() if not shape.slots[slot].optional}
        says = template(_text(self._wording, "says", name), needed, f"says.{name}")
        own = self._wording.get("form", {}).get(name, {})
        if unknown := sorted(own.keys() - codecs.keys()):
            raise Malformed("no such slot", where=f"form.{name}.{unknown[0]}")
        lines = [Line(says, optional=False)]
        for slot, codec in codecs.items():
            if slot in says.gaps:
                continue
            text = own.get(slot) or _text(self._wording, "lines", slot)
            lines.append(
                Line(whole(text, {slot: codec}, f"lines.{slot}"), shape.slots[slot].optional)
            )
        return FormWords(shape, heads, tuple(lines))


def _unread(lines: list[str], at: int, line: Line) -> Malformed:
    if at >= len(lines):
        return Malformed(
            "it ends before it is whole", where=f"line {at + 1}", mend="give all of its lines"
        )
    what = " and ".join(line.template.gaps) or "what the form says"
    return Malformed(f"{what} cannot be read here", where=f"line {at + 1}: {lines[at][:80]}")


def _text(wording: Mapping[str, Any], table: str, key: str) -> str:
    text = wording.get(table, {}).get(key)
    if not isinstance(text, str) or not text:
        raise Malformed("this language cannot say it", where=f"{table}.{key}", mend="add it")
    return text
