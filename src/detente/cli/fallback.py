"""`detente fallback`: a page for the day when the line itself is down, to be printed and kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

from detente.cli.options import line_argument
from detente.cli.setting import Command, Setting, now_ms, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers_keeping import FallbackAnswer

# The notices that cannot wait for a cable, as they are read aloud.
URGENT: Final = ("stop_you_endanger", "accident", "entry_by_mistake", "aircraft_in_distress")
STEPS: Final = (
    """Try every other way that the parties agreed on: the other path of this line, voice, radio, an
    embassy. Silence is not suspension: cables are cut by ploughs.""",
    """By voice, ask for the words that only the other station can make, before anything is said:
    `detente voice ask LINE PARTY`. If its station is down, say so, and take nothing for proven.""",
    """Read a notice in the words below, each twice. Write down the time in UTC, who spoke, and what
    was read back.""",
    """A message that is already released travels by itself when the line is up again. What was said
    by voice is then said on the line, as a notice, with the time when it was first said.""",
    """Number what is said by paper or voice: date-time group, then 1, 2, 3. The other side reads
    each number back.""",
)


@click.command(cls=Command)
@line_argument()
@pass_setting
def fallback(setting: Setting, line: str) -> None:
    """Show the page for the day when LINE is down: whom it joins, how to go on by voice, radio or
    paper, and the urgent notices in every language of the line. Print it, and keep it at the post.
    """
    from detente.cli.answers_keeping import FallbackAnswer, NoticeShown
    from detente.cli.reach import accord_of, id_of
    from detente.line.form import named
    from detente.line.rules import VOCABULARIES
    from detente.phrase.words import fingerprint_lines
    from detente.station.languages import known

    accord, number = accord_of(setting, line), id_of(setting, line)
    forms = VOCABULARIES[max(VOCABULARIES)].forms
    ours = known(setting.config().languages)
    notices = list[NoticeShown]()
    for name in URGENT:
        form = named(forms, name)
        assert form is not None
        title = {
            code: setting.language(code).forms.title(form.number)
            for code in accord.languages
            if code in ours
        }
        blanks = {code: _blank(setting, code, form.number) for code in title}
        notices.append(NoticeShown(form=form.number, titles=title, words=blanks))
    answer = FallbackAnswer(
        line=line, exercise=accord.exercise, id=number.hex(), words=fingerprint_lines(number),
        parties=accord.names, standing_orders=accord.standing_orders,
        steps=tuple(" ".join(step.split()) for step in STEPS),
        notices=tuple(notices), made=now_ms(),
    )  # fmt: skip
    setting.tell(answer, lambda: _show(answer))


def _blank(setting: Setting, code: str, number: int) -> str:
    """The sentence of a form with its gaps to be filled by hand."""
    import re

    language = setting.language(code)
    return re.sub(r"\{[a-z_]+\}", "________", language.forms.says(number))


def _show(answer: FallbackAnswer) -> None:
    from detente.cli.screen import page
    from detente.phrase.plain import shown

    with page(f"{answer.line}  when all fails", exercise=answer.exercise) as screen:
        screen.line(f"Between {' and '.join(answer.parties)}. The words of this line:", "bold")
        for number, words in enumerate(answer.words, 1):
            screen.under(f"{number}  {words}", indent=4)
        for order in answer.standing_orders:
            screen.under(f"Agreed: {shown(order)}", indent=4)
        for number, step in enumerate(answer.steps, 1):
            screen.line(f"{number}.")
            screen.under(step, indent=4)
        screen.line()
        for notice in answer.notices:
            for code, words in notice.words.items():
                screen.line(f"{code}  {notice.titles[code].upper()}", "bold")
                screen.under(words, indent=4)
            screen.under("Time ________Z   Position ____________   Read back ______", indent=4)
