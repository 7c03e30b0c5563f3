"""Forms: numbered, versioned data files that say what a message of their kind must state.

A form is what two parties agree on before they need it: its slots and their units, how fast it
goes, whether it is safety of life, what must precede it and by when it is answered. The files stand
in `forms/`, one for each form; a vocabulary names those that it knows, and a released one never
changes (docs/forms.md shows them all). How a form reads in a language stands in `phrase/`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from detente.errors import Malformed
from detente.line.act import Releasability
from detente.line.message import Precedence
from detente.line.slots import SlotKind, check_slot

FORMS_MAX: Final = 1_000

Word = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]{0,31}\Z")]
Opens = Literal["", "incident", "zone"]  # the thread that a message of this form begins
Whose = Literal["ours", "theirs", "anyone"]  # the author of what a form follows


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """The base of what a form's file holds."""


class Slot(Struct, frozen=True, kw_only=True):
    """One field of a form. `terms`: the words of a term, in their order on screens."""

    kind: SlotKind
    terms: tuple[Word, ...] = ()
    optional: bool = False


class Follows(Struct, frozen=True, kw_only=True):
    """What must precede: the form replies to a message of one of these forms, of this author."""

    forms: Annotated[tuple[int, ...], Meta(min_length=1)]
    by: Whose


class Lead(Struct, frozen=True, kw_only=True):
    """The slot that says when it happens, and the least warning (seconds) that can be acted on."""

    slot: Word
    least_s: Annotated[int, Meta(ge=0, le=366 * 86_400)]


class Form(Struct, frozen=True, kw_only=True):
    """One form. `released_by`: *watch* may always be let go by whoever is on duty, *senior* by whom
    the party's authority names. `answer_s`: by when it is answered, where an answer is due (0: the
    accord's clock). `first`: slots of a first notice that are filled before anybody types, `now`
    standing for the present minute. `releasability`: what a draft is marked with unless its officer
    says otherwise.
    """

    number: Annotated[int, Meta(ge=1, lt=FORMS_MAX)]
    version: Annotated[int, Meta(ge=1, lt=2**31)]
    name: Word
    acts: Annotated[tuple[Word, ...], Meta(min_length=1)]
    precedence: Precedence
    safety_of_life: bool
    released_by: Literal["watch", "senior"]
    follows: Follows | None = None
    opens: Opens = ""
    answer_s: Annotated[int, Meta(ge=0, le=366 * 86_400)] = 0
    lead: Lead | None = None
    first: dict[str, Any] | None = None
    releasability: Releasability = Releasability.NEVER
    slots: dict[Word, Slot]


Forms = Mapping[int, Form]
NO_FORMS: Final[Forms] = MappingProxyType({})


def check_slots(form: Form, slots: Mapping[str, Any]) -> None:
    """Raise `Malformed` with the slot, the reason and the mend unless these fill the form."""
    for name, slot in form.slots.items():
        if name not in slots:
            if not slot.optional:
                raise Malformed("it is missing", where=f"slots.{name}", mend=f"give {_hint(slot)}")
        else:
            check_slot(slot.kind, slots[name], slot.terms, f"slots.{name}")
    for name in slots:
        if name not in form.slots:
            known = ", ".join(form.slots) or "none"
            raise Malformed(
                f"form {form.number} has no such slot", where=f"slots.{name}",
                mend=f"leave it out; there are {known}",
            )  # fmt: skip


def _hint(slot: Slot) -> str:
    return f"one of {', '.join(slot.terms)}" if slot.terms else f"a value of kind {slot.kind.value}"


def lead_s(form: Form, slots: Mapping[str, Any], now_ms: int) -> int | None:
    """Seconds from now, by our clock, until what a notice announces; None if it announces no time.

    Less than the form's `least_s`, zero and less included, is too late to act.
    """
    value = slots.get(form.lead.slot) if form.lead else None
    if value is None:
        return None
    begins: int = value["from"] if isinstance(value, dict) else value
    return begins - now_ms // 1_000


def too_late(form: Form, lead: int) -> bool:
    """Whether a lead (seconds) is less than can be acted on."""
    assert form.lead is not None
    return lead < form.lead.least_s


# -- the files -------------------------------------------------------------------------------------


def parse_form(text: str, where: str) -> Form:
    """A form from its file. Raises `Malformed` that names the file and the field."""
    try:
        form = msgspec.convert(tomllib.loads(text), Form, strict=True)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Malformed(str(error), where=where) from error
    for name, slot in form.slots.items():
        if (slot.kind is SlotKind.TERM) != bool(slot.terms) or len(set(slot.terms)) < len(
            slot.terms
        ):
            raise Malformed("terms belong to a term, each once", where=f"{where}: slots.{name}")
    lead = form.slots.get(form.lead.slot) if form.lead else None
    if form.lead and (lead is None or lead.kind not in (SlotKind.TIME, SlotKind.WINDOW)):
        raise Malformed("no such slot that holds a time", where=f"{where}: lead")
    for name in form.first or {}:
        if name not in form.slots:
            raise Malformed("no such slot", where=f"{where}: first.{name}")
    return form


def gather(forms: Iterable[Form]) -> Forms:
    """Forms by number. Raises `Malformed` for two of one number or name, or a form that follows
    none of them.
    """
    found: dict[int, Form] = {}
    for form in sorted(forms, key=lambda each: each.number):
        if form.number in found or form.name in {each.name for each in found.values()}:
            raise Malformed("two forms of one number or name", where=f"form {form.number}")
        found[form.number] = form
    for form in found.values():
        if form.follows and not set(form.follows.forms) <= found.keys():
            raise Malformed("it follows a form that there is not", where=f"form {form.number}")
    return MappingProxyType(found)


@cache
def shipped(version: int) -> Forms:
    """The forms of a released vocabulary version: as much part of the program as its code. Each
    version has those of the ones before, and its own.
    """
    folders = [files("detente.line") / "forms" / f"vocabulary_{n}" for n in range(2, version + 1)]
    found = sorted((e for f in folders for e in f.iterdir()), key=lambda each: each.name)
    return gather(parse_form(each.read_text(encoding="utf-8"), each.name) for each in found)


def named(forms: Forms, name: str) -> Form | None:
    """A form by its name or number, as a person writes it."""
    if name.isdecimal() and name.isascii():
        return forms.get(int(name))
    return next((form for form in forms.values() if form.name == name), None)
