"""What an officer is told about a message before it goes, and about one that came.

None of it is a rule of the line: positions in words, how much warning a notice gives by our own
clock, and words that have been misread on such lines. One thing is refused, at our own door only: a
position far from the place that it names.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from detente.errors import Refused
from detente.line.act import Body, Formed
from detente.line.form import Form, lead_s, too_late
from detente.line.rules import VOCABULARIES, form_of, understood
from detente.line.slots import SlotKind
from detente.phrase.dtg import age
from detente.phrase.language import Language
from detente.phrase.readback import stray
from detente.phrase.screen import cautions as screened

NEWEST: Final = max(VOCABULARIES)


def filled(act: str, body: Any) -> tuple[Form, Formed] | None:
    """The form that a body fills in, if it is understood."""
    value = understood(VOCABULARIES[NEWEST], act, body)
    form = form_of(VOCABULARIES[NEWEST], value) if value is not None else None
    return (form, value) if form is not None and isinstance(value, Formed) else None


def told(language: Language, act: str, body: Any, now_ms: int) -> dict[str, Any]:
    """`read_back`: its positions in words; `lead_s` and `too_late`: the warning that it gives."""
    found = filled(act, body)
    if found is None:
        return {"read_back": (), "lead_s": None, "too_late": False}
    form, value = found
    lead = lead_s(form, value.slots, now_ms)
    return {
        "read_back": tuple(_read_back(language, form, value.slots)),
        "lead_s": lead,
        "too_late": lead is not None and too_late(form, lead),
    }


def _read_back(language: Language, form: Form, slots: Mapping[str, Any]) -> Iterator[str]:
    for lat, lon in points(form, slots):
        yield f"{language.screens['read_back']}: {language.where(lat, lon)}"


def points(form: Form, slots: Mapping[str, Any]) -> Iterator[tuple[int, int]]:
    """The positions that are read back: of a position, of a circle's centre, of corners."""
    for name, slot in form.slots.items():
        value = slots.get(name)
        match slot.kind, value:
            case SlotKind.POSITION, {"lat": lat, "lon": lon}:
                yield lat, lon
            case SlotKind.AREA, {"circle": {"lat": lat, "lon": lon}}:
                yield lat, lon
            case SlotKind.AREA, {"polygon": corners}:
                yield from ((lat, lon) for lat, lon in corners)


def warnings(language: Language, facts: Mapping[str, Any]) -> Iterator[str]:
    """What is told of the time that a notice leaves."""
    lead = facts["lead_s"]
    if lead is not None:
        words = language.screens
        yield words["lead"].format(age=age(lead * 1_000)) if lead > 0 else words["past"]
        if facts["too_late"]:
            yield words["late"]


def check_places(body: Body) -> None:
    """Raise `Refused` for a position that is far from the place that the same form names."""
    form = form_of(VOCABULARIES[NEWEST], body)
    if form is None or not isinstance(body, Formed):
        return
    position, place = body.slots.get("position"), body.slots.get("place")
    if position is None or place is None:
        return
    far = stray(place, position["lat"], position["lon"], position["within_m"])
    if far is not None:
        raise Refused(
            f"the position is {far / 1_000:.1f} km from {place}, the place that it names",
            where="slots.position", mend="mend the position or the place, or leave the place out",
        )  # fmt: skip


def free_texts(body: Any) -> Iterator[tuple[str, str]]:
    """Language and text of all free text in a body; the language is English where none is said."""
    if not isinstance(body, dict):
        return
    for key, value in body.items():
        match key, value:
            case (("text" | "reason"), str()):
                language = body.get("language")
                yield language if isinstance(language, str) else "en", value
            case "texts" | "names" | "addresses", dict():
                yield from ((code, text) for code, text in value.items() if isinstance(text, str))
            case _, dict():
                yield from free_texts(value)


def cautions(language: Language, text: str) -> tuple[str, ...]:
    """A line for each word that the language's list warns of: what, why, and what to write."""
    return tuple(
        f"“{each.words}”: {each.why} → {each.instead}" for each in screened(language.screen, text)
    )
