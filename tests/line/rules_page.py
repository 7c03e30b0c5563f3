"""docs/rules.md, made from the tables of `detente.line.rules`."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from detente.line import rules
from detente.line.act import Formed, Kind
from detente.line.form import Form
from detente.line.message import FLASH_BYTES_MAX
from detente.line.rules import ANYTHING, VOCABULARIES, Half, Joint, Mark, Passes, Row, Vocabulary

OPENING = """\
# The rules of a line

This page is made from the tables in `src/detente/line/rules.py`: `./dev docs` writes it again.
It says what may follow what, for both sides alike. What is missing here is irregular:
a station never releases it, and always records it when it is heard.

A *half* is one party's own side of a channel, and each party moves only its own.
So to suspend takes one, to restore takes all, and neither can race.
A message is judged by its author's half at the epoch that the message names.
"""


def page(_old: str) -> str:
    """The page; nothing of it is written by hand."""
    parts = [OPENING, *itertools.chain.from_iterable(map(_vocabulary, VOCABULARIES.values()))]
    return "\n".join([*parts, *_joint(), *_marks()])


def _vocabulary(vocabulary: Vocabulary) -> Iterator[str]:
    acts = vocabulary.acts
    yield f"## Vocabulary {vocabulary.version}\n"
    yield "### What a half becomes\n"
    yield "The columns are the author's half before the act. *stays*: only what passes may be said,"
    yield "and the half stays what it is. An empty cell: the act is irregular.\n"
    heads = ["act", *(half.value for half in Half), "passes", "precedence"]
    rows = [_act(name, row) for name, row in acts.items()]
    if vocabulary.forms:
        heads += ["a form", "begins"]
        rows = [[*cells, *_more(row)] for cells, row in zip(rows, acts.values(), strict=True)]
    yield _table(heads, rows)
    yield "The same for the acts that move a half:\n"
    yield _diagram(vocabulary)
    yield "### What replies to what\n"
    yield "A reply stands on the channel of its original; an acknowledgement may stand on any.\n"
    replies = [
        [f"`{name}`", _originals(row), row.by.value] for name, row in acts.items() if row.replies_to
    ]
    yield _table(["reply", "to", "of"], replies)
    yield "### What is safety of life\n"
    safety = "A `notify` of one of these kinds passes whatever the half"
    if vocabulary.forms:
        forms = "of a `notify` or a `query` in a form, its form says so, and its kind is nothing"
        yield f"{safety};\n{forms}.\n"
    else:
        yield f"{safety}.\n"
    kinds = [[f"`{k.value}`", "yes" if k in vocabulary.safety_of_life else ""] for k in Kind]
    yield _table(["kind", "safety of life"], kinds)
    if vocabulary.forms:
        yield from _forms(vocabulary)
    yield "### What goes FLASH\n"
    yield "What moves a half or a key is never overtaken, so that a half has one history; a FLASH"
    yield f"is at most {FLASH_BYTES_MAX:,} bytes long, so that it can overtake.\n"


def _forms(vocabulary: Vocabulary) -> Iterator[str]:
    """What the fold knows of each form; all else stands on the page of the forms."""
    yield "### Forms\n"
    yield "What a form holds, and how it reads, is on the page of [forms](forms.md). A precedence"
    yield "is where a form begins; its author may choose another. A `revise` and a `correction`"
    yield "carry any form that is not proposed, a `counter` any that is; each has the form of what"
    yield "it replies to, and is asked for nothing that the form follows.\n"
    heads = [
        "form", "name", "acts", "precedence", "safety of life", "follows", "of", "begins",
        "answered within",
    ]  # fmt: skip
    yield _table(heads, [_form(vocabulary, form) for form in vocabulary.forms.values()])
    yield "Where a question's form gives no time, the accord's clock runs.\n"


def _form(vocabulary: Vocabulary, form: Form) -> list[str]:
    numbers = form.follows.forms if form.follows else ()
    threads = {rules.begins(vocabulary.acts[act], form) for act in form.acts}
    return [
        str(form.number),
        f"`{form.name}`",
        ", ".join(f"`{act}`" for act in form.acts),
        form.precedence.value,
        "yes" if form.safety_of_life else "",
        ", ".join(str(number) for number in numbers),
        rules.WHOSE[form.follows.by].value if form.follows else "",
        ", ".join(sorted(thread.value for thread in threads if thread)),
        f"{form.answer_s:,} s" if form.answer_s else "",
    ]


def _more(row: Row) -> list[str]:
    carries = "always" if row.body is Formed else "may be" if row.formed else ""
    return [carries, row.begins.value if row.begins else ""]


def _act(name: str, row: Row) -> list[str]:
    cells = []
    for half in Half:
        moved = rules.after(half, row, passes=False)
        passed = rules.after(half, row, passes=row.passes is not Passes.NEVER)
        cells.append(moved.value if moved else "*stays*" if passed else "")
    return [f"`{name}`", *cells, row.passes.value, "FLASH" if row.flash else "any"]


def _originals(row: Row) -> str:
    if row.replies_to == ANYTHING:
        return "any message, understood or not"
    return ", ".join(f"`{name}`" for name in sorted(row.replies_to))


def _diagram(vocabulary: Vocabulary) -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {Half.CLOSED.value}"]
    for name, row in vocabulary.acts.items():
        for before, after in row.moves.items():
            if before is not after:
                lines.append(f"    {before.value} --> {after.value}: {name}")
    for half in Half:
        if half is not Half.CONTRADICTED:
            twice = "a FLASH number used twice"
            lines.append(f"    {half.value} --> {Half.CONTRADICTED.value}: {twice}")
    return "\n".join([*lines, "```", ""])


def _joint() -> Iterator[str]:
    yield "## What a channel is\n"
    yield "Of all the halves, and of the suspensions that some party has yet to lift. The order of"
    yield "the halves is nothing.\n"
    rows = []
    for one, other in itertools.combinations_with_replacement(Half, 2):
        found = [rules.joint([one, other], standing).value for standing in (0, 1)]
        rows.append([one.value, other.value, *found])
    yield _table(["a half", "another half", "no suspension stands", "a suspension stands"], rows)
    yield "\n".join([
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {Joint.CLOSED.value}",
        f"    {Joint.CLOSED.value} --> {Joint.OPEN.value}: the last half opens",
        f"    {Joint.OPEN.value} --> {Joint.CLOSED.value}: any half closes",
        f"    {Joint.OPEN.value} --> {Joint.SUSPENDED.value}: any party suspends",
        f"    {Joint.CLOSED.value} --> {Joint.SUSPENDED.value}: whose half is open may suspend",
        f"    {Joint.SUSPENDED.value} --> {Joint.OPEN.value}: every suspension is lifted by all",
        f"    {Joint.SUSPENDED.value} --> {Joint.CLOSED.value}: the same, and a half is closed",
        f"    {Joint.OPEN.value} --> {Joint.CONTRADICTED.value}: a half is contradicted",
        f"    {Joint.CLOSED.value} --> {Joint.CONTRADICTED.value}: a half is contradicted",
        f"    {Joint.SUSPENDED.value} --> {Joint.CONTRADICTED.value}: a half is contradicted",
        "```",
        "",
    ])  # fmt: skip


def _marks() -> Iterator[str]:
    yield "## How a message counts\n"
    yield "Marks are asked of the state and never stored: they may change as more is heard.\n"
    meaning = {
        Mark.REGULAR: "as the tables say",
        Mark.IRREGULAR: "recorded and shown; it moves nothing",
        Mark.NOT_UNDERSTOOD: "an act, body, channel, epoch or accord unknown to us: shown raw",
        Mark.CONTRADICTED: "its author used its number twice: of these messages none stands",
    }
    yield _table(["mark", "means"], [[mark.value, meaning[mark]] for mark in Mark])


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"
