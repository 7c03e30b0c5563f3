"""What the officers of a crisis say in vocabulary 3: forms with plausible slots, and decisions."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any, Final

from detente.line.accord import Call
from detente.line.form import Form
from detente.line.rules import VOCABULARY_3, WHOSE, Thread, answers, by_whom, carried
from detente.line.slots import CLASSES, HOW, QUADRANTS, TREATIES, SlotKind
from detente.line.state import Said as Told
from detente.line.state import State
from detente.tlog.hash import Hash

LANGUAGES: Final = ("en", "ru")
NOON_S: Final = 1_795_780_800
FORMED: Final = tuple(name for name, row in VOCABULARY_3.acts.items() if row.formed)
PLAIN: Final = (
    "cancel", "accept", "reject", "conclude", "goodwill", "correction", "translate", "raise",
    "callup", "ready", "nothing",
)  # fmt: skip
CALLS: Final = tuple(call.value for call in Call)
Said = tuple[str, dict[str, Any], str, Hash | None]  # act, body, channel, reply


def say(rng: random.Random, state: State, channel: str) -> Said | None:
    """An act of vocabulary 3 that an officer might reach for; None: there is nothing to say."""
    if rng.random() < 0.2 and (found := _follow_up(rng, state)):
        return found
    act = rng.choice((*FORMED, *PLAIN, *PLAIN, *("propose",) * 4))
    if act in PLAIN and not (act == "correction" and rng.random() < 0.5):
        return _plain(rng, state, channel, act)
    return _formed(rng, state, channel, act)


def _follow_up(rng: random.Random, state: State) -> Said | None:
    """A form to what it follows, now and then to what another party ought to follow."""
    slip = rng.random() < 0.3
    found = [
        (leaf, form)
        for leaf, said in sorted(state.messages.items())
        for form in VOCABULARY_3.forms.values()
        if said.form is not None
        and form.follows is not None
        and said.form.number in form.follows.forms
        and (slip or by_whom(WHOSE[form.follows.by], ours=said.author == state.us))
    ]
    if not found:
        return None
    leaf, form = rng.choice(found)
    return form.acts[0], _body(rng, form), state.messages[leaf].channel, leaf


def _formed(rng: random.Random, state: State, channel: str, act: str) -> Said | None:
    form = rng.choice([form for form in VOCABULARY_3.forms.values() if carried(form, act)])
    reply = None
    if VOCABULARY_3.acts[act].replies_to or form.follows:
        reply = _original(rng, state, act, form)
        if reply is None:
            return None
        channel = state.messages[reply].channel
    return act, _body(rng, form), channel, reply


def _original(rng: random.Random, state: State, act: str, form: Form | None) -> Hash | None:
    """A message that this may reply to; now and then one of another form or author, or any."""
    row = VOCABULARY_3.acts[act]
    found = list[Hash]()
    slip = form is not None and rng.random() < 0.3  # of what the form must follow
    if slip:
        form = None
    for leaf, said in sorted(state.messages.items()):
        ours = said.author == state.us
        if row.replies_to and not (answers(row, said.act) and by_whom(row.by, ours=ours)):
            continue
        if act in ("revise", "correction", "counter") and form is not None and said.form != form:
            continue
        if form is not None and form.follows is not None and act == form.acts[0]:
            number = said.form.number if said.form else 0
            if number not in form.follows.forms:
                continue
            if not by_whom(WHOSE[form.follows.by], ours=ours):
                continue
        if slip and said.form is None:
            continue
        found.append(leaf)
    if rng.random() < 0.05:
        found = sorted(state.messages)
    return rng.choice(found) if found else None


def _plain(rng: random.Random, state: State, channel: str, act: str) -> Said | None:
    words = {"language": rng.choice(LANGUAGES), "text": f"{rng.random()}"}
    if act == "goodwill":
        return act, {"words": words}, channel, None
    if act == "callup":
        return (
            act,
            {"call": rng.choice(CALLS), "contact": rng.choice(("", "weekly"))},
            channel,
            None,
        )
    if act == "raise":
        return _raised(rng, state, words)
    reply = _original(rng, state, act, None)
    if reply is None:
        return None
    body: dict[str, Any] = {}
    match act:
        case "cancel":
            body = {"reason": words}
        case "reject":
            body = {"reason": rng.choice((None, words))}
        case "conclude":
            known = [a for a in state.replies.get(reply, ()) if state.messages[a].act == "accept"]
            if not known:
                return None
            body = {"accepts": [leaf.hex() for leaf in known]}
        case "correction" | "ready":
            body = {"text": words["text"]}
        case "translate":
            by = rng.choice(("one", "another"))
            body = {"by": by, "checked_by": "another", "machine": rng.random() < 0.5, **words}
    return act, body, state.messages[reply].channel, reply


def _raised(rng: random.Random, state: State, words: dict[str, str]) -> Said | None:
    """A matter brought before another channel, not always a higher one."""
    if not state.messages:
        return None
    matter = rng.choice(sorted(state.messages))
    channel = rng.choice(sorted(each.name for each in state.accord.channels))
    return "raise", {"reason": words}, channel, matter


def due(rng: random.Random, state: State) -> Said | None:
    """What a proposal waits for: an answer of ours, or our own conclusion; or a call-up for us."""
    if rng.random() < 0.2 and (called := _called(rng, state)):
        return called
    for leaf in sorted(state.begun.get(Thread.PROPOSAL, ())):
        replies = state.replies.get(leaf, ())
        said = state.messages[leaf]
        if said.author != state.us:
            if not any(state.messages[each].author == state.us for each in replies):
                return _decision(rng, said, leaf)
            continue
        accepts = [each for each in replies if state.messages[each].act == "accept"]
        done = any(state.messages[each].act in ("conclude", "cancel") for each in replies)
        if len(accepts) == len(state.others) and not done and rng.random() < 0.9:
            return "conclude", {"accepts": [a.hex() for a in accepts]}, said.channel, leaf
    return None


def _called(rng: random.Random, state: State) -> Said | None:
    """What somebody at this post says to a call-up that nobody has answered yet."""
    for leaf, said in sorted(state.messages.items()):
        if said.act == "callup" and said.author != state.us and leaf not in state.replies:
            body = {"text": ""} if (act := rng.choice(("ready", "nothing"))) == "ready" else {}
            return act, body, said.channel, leaf
    return None


def _decision(rng: random.Random, said: Told, leaf: Hash) -> Said:
    """Mostly yes; sometimes no, or otherwise."""
    act = rng.choices(("accept", "reject", "counter"), (6, 1, 1))[0]
    body: dict[str, Any] = {"reason": None} if act == "reject" else {}
    if act == "counter":
        assert said.form is not None  # or it would be no proposal that we understand
        body = _body(rng, said.form)
    return act, body, said.channel, leaf


def _body(rng: random.Random, form: Form) -> dict[str, Any]:
    slots = {
        name: rng.choice(slot.terms) if slot.terms else _VALUES[slot.kind](rng)
        for name, slot in form.slots.items()
        if not slot.optional or rng.random() < 0.3
    }
    if rng.random() < 0.04 and slots:  # a slip: its own station refuses it
        del slots[rng.choice(sorted(slots))]
    words = {"language": rng.choice(LANGUAGES), "text": f"{rng.random()}"}
    return {
        "form": form.number,
        "releasability": rng.choice(("joint", "ours", "never")),
        "remarks": rng.choice((None, words)),
        "slots": slots,
    }


# -- values ----------------------------------------------------------------------------------------


def _point(rng: random.Random) -> dict[str, int]:
    return {"lat": rng.randrange(-5_000_000, 5_000_000), "lon": rng.randrange(-(10**7), 10**7)}


def _area(rng: random.Random) -> dict[str, Any]:
    corners = [list(_point(rng).values()) for _ in range(3)]
    return rng.choice((
        {"circle": {**_point(rng), "radius_m": rng.randrange(1, 100_000)}},
        {"polygon": corners},
        {"quadrant": rng.choice(QUADRANTS)},
    ))  # fmt: skip


def _craft(rng: random.Random) -> dict[str, Any]:
    kind = rng.choice(CLASSES)
    manned = "unmanned" if kind == "drone" else "manned"
    return {"class": kind, "how": rng.choice(HOW), "manned": manned, "number": rng.randint(1, 30)}


def _window(rng: random.Random) -> dict[str, int]:
    begins = NOON_S + rng.randrange(86_400)
    return {"from": begins, "to": begins + rng.randint(60, 9_000)}


_VALUES: Final[dict[SlotKind, Callable[[random.Random], Any]]] = {
    SlotKind.ALTITUDE: lambda rng: {"fl": rng.randint(10, 400)},
    SlotKind.AREA: _area,
    SlotKind.CODE: lambda rng: f"NORTH-{rng.randint(1, 99)}",
    SlotKind.COURSE: lambda rng: rng.randrange(360),
    SlotKind.CRAFT: _craft,
    SlotKind.LEVELS: lambda rng: {"lower": "surface", "upper": {"fl": rng.randint(10, 400)}},
    SlotKind.NUMBER: lambda rng: {"how": rng.choice(HOW), "number": rng.randrange(500)},
    SlotKind.PLACE: lambda _rng: "constanta",
    SlotKind.POSITION: lambda rng: {**_point(rng), "within_m": rng.randint(1, 9_000)},
    SlotKind.SPEED: lambda rng: {"kt": rng.randrange(600)},
    SlotKind.TEXTS: lambda rng: {code: f"{code} {rng.random()}" for code in LANGUAGES},
    SlotKind.TIME: lambda rng: NOON_S + rng.randrange(86_400),
    SlotKind.TREATY: lambda rng: {"article": "III", "treaty": rng.choice(TREATIES)},
    SlotKind.WINDOW: _window,
}
