"""`./dev bench phrase`: what a form in words costs, against the Babel calls that it makes.

    python -m bench.phrase [--pairs 15] [--each 40]

Every form in every language, with every slot filled. The calls are written down once, while the
texts are made, and then made again bare: the same functions with the same arguments, and nothing
round them. Texts and bare calls are timed in turn; the median of the pairs' ratios is what binds.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any

from bench._report import Row, write
from detente.phrase import values
from detente.phrase.language import Language, shipped
from detente.phrasebook import language
from tests.phrase.bodies import FORMS, example

RATIO_MAX = 3.0
NOTE = """\
The floor is the Babel calls that those texts make, with their arguments, and nothing round them."""
NAMES = ("format_decimal", "format_unit", "format_datetime")

Call = tuple[Callable[..., Any], tuple[Any, ...], dict[str, Any]]
Text = tuple[Language, str, dict[str, Any]]


def texts() -> list[Text]:
    return [
        (language(code), form.acts[0], example(form))
        for code in shipped()
        for form in FORMS.values()
    ]


def recorded(made: list[Text]) -> list[Call]:
    """The Babel calls that these texts make, plural forms among them."""
    calls: list[Call] = []
    kept = {name: getattr(values, name) for name in NAMES}
    say = values.Counted.say

    def counted(self: values.Counted, value: int) -> str:
        calls.append((self.locale.plural_form, (value,), {}))
        return say(self, value)

    def noting(function: Callable[..., Any]) -> Callable[..., Any]:
        def noted(*args: Any, **named: Any) -> Any:
            calls.append((function, args, named))
            return function(*args, **named)

        return noted

    for name, function in kept.items():
        setattr(values, name, noting(function))
    setattr(values.Counted, "say", counted)  # noqa: B010 - a type checker forbids the plain way
    try:
        render(made)
    finally:
        for name, function in kept.items():
            setattr(values, name, function)
        setattr(values.Counted, "say", say)  # noqa: B010 - as above
    return calls


def render(made: list[Text]) -> None:
    for speech, act, body in made:
        speech.say(act, body)


def bare(calls: list[Call]) -> None:
    for function, args, named in calls:
        function(*args, **named)


def timed(act: Callable[[], None], each: int) -> float:
    """Microseconds a turn."""
    begun = time.perf_counter()
    for _ in range(each):
        act()
    return (time.perf_counter() - begun) / each * 1e6


def measure(pairs: int, each: int) -> Row:
    made = texts()
    calls = recorded(made)
    found = [
        (timed(lambda: render(made), each), timed(lambda: bare(calls), each)) for _ in range(pairs)
    ]
    ratio = statistics.median(whole / floor for whole, floor in found)
    a_text, a_floor = (statistics.median(column) / len(made) for column in zip(*found, strict=True))
    figure = f"{ratio:.2f} x ({a_text:.0f} us over {a_floor:.0f} us a text)"
    what = f"a form in words, over its bare Babel calls ({len(calls)} in {len(made)} texts)"
    return Row(what, figure, f"at most {RATIO_MAX} x", ratio <= RATIO_MAX, binds=True)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--each", type=int, default=40)
    args = parser.parse_args()
    row = measure(args.pairs, args.each)
    print(row.text())
    write("phrase", [row], NOTE)
    return 0 if row.met else 1


if __name__ == "__main__":
    sys.exit(main())
