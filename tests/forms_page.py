"""docs/forms.md: every form, its slots and rules, and how it reads in every language."""

from __future__ import annotations

from collections.abc import Iterator

from detente.line.form import Form
from detente.line.slots import SlotKind
from detente.phrase.language import shipped
from detente.phrasebook import language
from tests.phrase.bodies import FORMS, example

OPENING = """\
# The forms of vocabulary 3

This page is made from the files in `src/detente/line/forms/` and `src/detente/phrase/languages/`:
`./dev docs` writes it again.
A form says what a message of its kind must state, and reads the same in every language.
All values are whole numbers, each in the unit of its kind.

Each example has every slot filled, those that may be left out too.
A no-break space is shown as a space.

## Kinds of slots
"""

KINDS = {
    SlotKind.ALTITUDE: "`fl` (hundreds of feet), `amsl_ft`, `amsl_m`, `agl_ft` or `agl_m`: "
    "the reference stays as it was given",
    SlotKind.AREA: "`circle` (centre and `radius_m`), `polygon` (3 to 16 corners) "
    "or `quadrant` (a sea by name); its author chooses the precision",
    SlotKind.CODE: "capital letters of one script, digits, hyphens: no look-alikes",
    SlotKind.COURSE: "degrees true, 0 to 359",
    SlotKind.CRAFT: "class, number and how sure of it, manned or not: *as counted by its author*",
    SlotKind.LEVELS: "`lower` and `upper`, each an altitude, or `surface` and `unlimited`",
    SlotKind.NUMBER: "a number and how sure its author is of it",
    SlotKind.PLACE: "a key of the gazetteer",
    SlotKind.POSITION: "`lat` and `lon` in thousandths of an arc-minute, `within_m` in metres",
    SlotKind.SPEED: "`kt` or `kmh`",
    SlotKind.TERM: "one of the words listed",
    SlotKind.TEXTS: "a text in each language of the accord",
    SlotKind.TIME: "seconds since 1970-01-01T00:00Z",
    SlotKind.TREATY: "a treaty and its article; an empty article is the whole treaty",
    SlotKind.WINDOW: "`from` and `to`, both times",
}


def page(_old: str) -> str:
    """The page; nothing of it is written by hand."""
    parts = [OPENING, _table(["kind", "holds"], [[f"`{k.value}`", v] for k, v in KINDS.items()])]
    for form in FORMS.values():
        parts += _form(form)
    return "\n".join(parts)


def _form(form: Form) -> Iterator[str]:
    yield f"## {form.number}. `{form.name}`\n"
    yield _table(["rule", ""], list(_rules(form)))
    rows = []
    for name, slot in form.slots.items():
        words = ", ".join(f"`{term}`" for term in slot.terms)
        rows.append([f"`{name}`", slot.kind.value, "" if slot.optional else "required", words])
    yield _table(["slot", "kind", "", "words"], rows)
    for code in shipped():
        text = language(code).say(form.acts[0], example(form)).replace("\u00a0", " ")
        yield f"```text\n{text}\n```\n"


def _rules(form: Form) -> Iterator[list[str]]:
    yield ["carried by", ", ".join(f"`{act}`" for act in form.acts)]
    yield ["precedence", form.precedence.value]
    yield ["safety of life", "yes: it passes under suspension" if form.safety_of_life else "no"]
    yield ["released by", "whoever is on watch" if form.released_by == "watch" else "a senior post"]
    if form.follows:
        whose = {"ours": "its own author", "theirs": "another party", "anyone": "any party"}
        which = " or ".join(f"`{FORMS[n].name}`" for n in form.follows.forms)
        yield ["must follow", f"{which} of {whose[form.follows.by]}"]
    if form.opens:
        yield ["begins", f"{'an' if form.opens == 'incident' else 'a'} {form.opens}"]
    if form.answer_s:
        yield ["answered within", _span(form.answer_s)]
    if form.lead:
        yield ["too late to act", f"less than {_span(form.lead.least_s)} before `{form.lead.slot}`"]
    if form.first is not None:
        yield ["first notice", "filled at once, details follow as a `revise`"]


def _span(seconds: int) -> str:
    for size, unit in ((3_600, "h"), (60, "min")):
        if seconds % size == 0 and seconds >= size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _table(heads: list[str], rows: list[list[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
