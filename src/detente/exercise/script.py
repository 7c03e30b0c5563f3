"""The script of an exercise: a plain text file. What it may say stands in docs/exercises.md.

    title: Twenty-seven minutes
    source: ...
    you: northland
    partner: southmark
    brief:
      What the officer is told before it begins.

    00:00 southmark callup contact as=call
    00:02 southmark notify stop_you_endanger as=stop endangered=crew by=live_firing time=now
    00:03 you acknowledge stop understood          # the model: what a good officer does
    12:00 fault down
    expect 00:12 acknowledge stop understood | The stop is understood within ten minutes
    never suspend | Silence is not suspension
    27:00 end

Times are HH:MM or HH:MM:SS after the beginning. A message that has a name (`as=`) is referred to by
it. `you` is played by whoever takes part, and by the model when the exercise is played alone.
"""

from __future__ import annotations

import dataclasses
import re
import shlex
from typing import Final

from detente.errors import Malformed
from detente.line.rules import VOCABULARY_3

SCRIPT_BYTES_MAX: Final = 1 << 18
LINES_MAX: Final = 2_000

YOU: Final = "you"
NARRATOR: Final = "note"
FAULT: Final = "fault"
END: Final = "end"
FAULTS: Final = ("down", "up")

_TIME: Final = re.compile(r"([0-9]{1,3}):([0-5][0-9])(?::([0-5][0-9]))?")
_HEAD: Final = re.compile(r"([a-z]+):\s*(.*)")
_PARTY: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_FIELDS: Final = ("title", "source", "you", "partner", "brief", "begins", "line")


@dataclasses.dataclass(frozen=True, slots=True)
class Statement:
    """What somebody says or does: a verb, its words, and its `name=value` pairs."""

    verb: str
    words: tuple[str, ...] = ()
    named: tuple[tuple[str, str], ...] = ()

    def get(self, name: str, default: str = "") -> str:
        return dict(self.named).get(name, default)


@dataclasses.dataclass(frozen=True, slots=True)
class Inject:
    """At a time (ms after the beginning), somebody does something. `line` of the file."""

    at: int
    who: str
    what: Statement
    line: int


@dataclasses.dataclass(frozen=True, slots=True)
class Expected:
    """What is asked of whoever takes part: to have said so by a time, or never to say so."""

    by: int | None  # ms after the beginning; None: never
    what: Statement
    why: str


@dataclasses.dataclass(frozen=True, slots=True)
class Script:
    """A whole exercise. `begins`: the time that it pretends, ms UTC."""

    title: str
    source: str
    brief: str
    you: str
    partner: str
    line: str
    begins: str
    injects: tuple[Inject, ...]
    expected: tuple[Expected, ...]

    @property
    def ends(self) -> int:
        return max(inject.at for inject in self.injects)


def parse_script(text: str, where: str) -> Script:
    """Raises `Malformed` with the number of the line, the reason and the mend."""
    lines = text.split("\n")
    if len(lines) > LINES_MAX or len(text) > SCRIPT_BYTES_MAX:
        raise Malformed("too long", where=where)
    head, rest = _head(lines, where)
    injects, expected = list[Inject](), list[Expected]()
    for number, line in rest:
        place = f"{where}: line {number}"
        if line.startswith(("expect ", "never ")):
            expected.append(_expected(line, place))
        else:
            injects.append(_inject(line, number, place, head))
            _check_name(injects[-1].what.get("as"), place)
    if not any(each.what.verb == END for each in injects):
        raise Malformed("it does not end", where=where, mend="add a line: HH:MM end")
    injects.sort(key=lambda each: each.at)
    return Script(
        title=head["title"], source=head["source"], brief=head["brief"].strip(), you=head["you"],
        partner=head["partner"], line=head["line"], begins=head["begins"],
        injects=tuple(injects), expected=tuple(expected),
    )  # fmt: skip


def _head(lines: list[str], where: str) -> tuple[dict[str, str], list[tuple[int, str]]]:
    head, field, rest = dict[str, str](), "", list[tuple[int, str]]()
    for number, raw in enumerate(lines, 1):
        line = raw.split(" #")[0].rstrip()
        if not line or line.startswith("#"):
            continue
        found = _HEAD.fullmatch(line)
        if found and found[1] in _FIELDS:
            field = found[1]
            head[field] = found[2]
        elif line.startswith("  ") and field:
            head[field] = f"{head[field]}\n{line.strip()}".strip()
        else:
            field = ""
            rest.append((number, line))
    for name in _FIELDS:
        if not head.get(name):
            raise Malformed("it is missing", where=f"{where}: {name}", mend=f"begin with {name}:")
    for name in ("you", "partner"):
        if not _PARTY.fullmatch(head[name]):
            raise Malformed("no name of a party", where=f"{where}: {name}", mend="as northland")
    return head, rest


def _inject(line: str, number: int, place: str, head: dict[str, str]) -> Inject:
    time, _, rest = line.partition(" ")
    at = parse_time(time, place)
    if rest.strip() == END:
        return Inject(at, NARRATOR, Statement(END), number)
    who, _, what = rest.strip().partition(" ")
    if who not in (YOU, NARRATOR, FAULT, head["partner"]):
        raise Malformed(
            f"nobody is called {who!a}", where=place,
            mend=f"one of {head['partner']}, {YOU}, {FAULT}, {NARRATOR}",
        )  # fmt: skip
    if who == NARRATOR:
        return Inject(at, who, Statement(NARRATOR, (what,)), number)
    said = parse_statement(what, place)
    if who == FAULT and said.verb not in FAULTS:
        raise Malformed(f"no fault {said.verb!a}", where=place, mend=f"one of {', '.join(FAULTS)}")
    return Inject(at, who, said, number)


def _check_name(name: str, place: str) -> None:
    """A name is not the name of a form, or nobody could say which is meant."""
    if name in {form.name for form in VOCABULARY_3.forms.values()}:
        raise Malformed(f"{name!a} is the name of a form", where=place, mend="choose another name")


def _expected(line: str, place: str) -> Expected:
    body, bar, why = line.partition(" | ")
    if not bar:
        raise Malformed("it does not say why", where=place, mend="end it with | and a sentence")
    kind, _, rest = body.partition(" ")
    if kind == "never":
        return Expected(None, parse_statement(rest, place), why.strip())
    time, _, what = rest.partition(" ")
    return Expected(parse_time(time, place), parse_statement(what, place), why.strip())


def parse_time(text: str, place: str) -> int:
    """HH:MM or HH:MM:SS, as ms."""
    found = _TIME.fullmatch(text)
    if not found:
        raise Malformed(f"{text!a} is no time", where=place, mend="as 00:10, or 48:00:30")
    hours, minutes, seconds = int(found[1]), int(found[2]), int(found[3] or 0)
    return ((hours * 60 + minutes) * 60 + seconds) * 1_000


def parse_statement(text: str, place: str) -> Statement:
    """A verb, words, and `name=value` pairs; quotation marks hold a value together."""
    try:
        verb, *rest = shlex.split(text)
    except ValueError as error:
        raise Malformed(
            f"it cannot be read: {error}", where=place, mend="close the quotation"
        ) from (error)
    words, named = list[str](), dict[str, str]()
    for part in rest:
        name, equals, value = part.partition("=")
        if equals and re.fullmatch(r"[a-z_]+", name):
            named[name] = value
        else:
            words.append(part)
    return Statement(verb, tuple(words), tuple(named.items()))
