"""The forms of a vocabulary in the languages of this program: where the protocol meets its wording.

`line/` knows what a form must state, `phrase/` how that reads; neither knows the other. Here each
form's shape is given to each language, so that a hole is found when a station starts.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from detente.errors import Refused
from detente.line.form import Form
from detente.line.rules import VOCABULARIES, carried
from detente.phrase.forms import ACTS, Shape, SlotShape
from detente.phrase.language import Language, load, shipped

NEWEST = max(VOCABULARIES)


def shape_of(form: Form) -> Shape:
    """What a language must be able to say of a form."""
    return Shape(
        form.number,
        form.name,
        tuple(act for act in ACTS if carried(form, act)),
        {
            name: SlotShape(slot.kind.value, slot.terms, slot.optional)
            for name, slot in form.slots.items()
        },
    )


@cache
def shapes() -> Mapping[int, Shape]:
    """Of every form of the newest vocabulary."""
    return {number: shape_of(form) for number, form in VOCABULARIES[NEWEST].forms.items()}


@cache
def language(code: str) -> Language:
    """Raises `Refused` for a language that there is not, `Malformed` for one with a hole."""
    if code not in shipped():
        raise Refused(
            f"this program does not speak {code!a}", where="language",
            mend=f"it speaks {', '.join(shipped())}",
        )  # fmt: skip
    return load(code, shapes())


def check_languages() -> tuple[str, ...]:
    """Load every language that there is. Raises `Malformed` by the name of the hole."""
    return tuple(language(code).code for code in shipped())
