"""`detente forms`, `first` and `read`: forms, the notice that cannot wait, and words read back."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from detente.cli.options import by_option, line_argument, text_of, yes_option
from detente.cli.setting import Command, Setting, now_ms, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers import FormShown
    from detente.line.form import Form, Slot


def form_of(name: str) -> Form:
    """A form of the newest vocabulary by its name or number, or `Refused`."""
    from detente.errors import Refused
    from detente.line.form import named
    from detente.line.rules import VOCABULARIES

    forms = VOCABULARIES[max(VOCABULARIES)].forms
    form = named(forms, name)
    if form is None:
        raise Refused(f"no form {name!a}", where="form", mend="`detente forms` lists them")
    return form


def form_body(
    setting: Setting,
    form: Form,
    values: dict[str, Any],
    remark: str | None,
    releasability: str | None = None,
) -> dict[str, Any]:
    """A filled form; a remark is in the language of whoever writes it."""
    words = {"language": setting.language().code, "text": text_of(remark)} if remark else None
    return {
        "form": form.number,
        "releasability": releasability or form.releasability.value,
        "remarks": words,
        "slots": values,
    }


def typed_slots(
    setting: Setting, form: Form, given: tuple[str, ...], file: Path | None
) -> dict[str, Any]:
    """Slots from `--set` and from a file: typed as a person types them, or as in a message."""
    import msgspec

    from detente.errors import Malformed
    from detente.filling import fill

    values: dict[str, Any] = {}
    if file is not None:
        decode = msgspec.toml.decode if file.suffix == ".toml" else msgspec.json.decode
        try:
            values = decode(file.read_bytes(), type=dict[str, Any])
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Malformed(str(error), where=str(file), mend="write slot = value") from error
    for each in given:
        name, equals, text = each.partition("=")
        if not equals:
            raise click.BadParameter(f"{each!a} is not SLOT=VALUE", param_hint="--set")
        values[name.strip()] = text
    typed = {name: value for name, value in values.items() if isinstance(value, str)}
    return {**values, **fill(form, typed, setting.language(), now_ms() // 1_000)}


def ask_slots(
    setting: Setting, form: Form, values: dict[str, Any], *, optional: bool
) -> dict[str, Any]:
    """At a terminal, ask for what is missing; a wrong answer is told why and asked again.

    Whoever breaks off is told what was typed until then, as options: nothing is lost.
    """
    if not sys.stdin.isatty():
        return values
    typed: dict[str, str] = {}
    try:
        for name, slot in form.slots.items():
            if name not in values and (optional or not slot.optional):
                _ask_slot(setting, name, slot, values, typed)
    except click.Abort:
        given = " ".join(shlex.join(("--set", f"{name}={text}")) for name, text in typed.items())
        click.echo(f"\nNothing was drafted. Typed so far: {given or 'nothing'}", err=True)
        raise
    return values


def _ask_slot(
    setting: Setting, name: str, slot: Slot, values: dict[str, Any], typed: dict[str, str]
) -> None:
    """Ask until it can be read, or is left out where it may be."""
    from detente.errors import Malformed
    from detente.filling import HINTS, fill_slot

    hint = ", ".join(slot.terms) or HINTS[slot.kind]
    while name not in values:
        text = click.prompt(
            f"{name} ({hint})" + (", or nothing" if slot.optional else ""),
            default="" if slot.optional else None, show_default=False, err=True,
        )  # fmt: skip
        if not text:
            return
        try:
            values[name] = fill_slot(name, slot, text, setting.language(), now_ms() // 1_000)
            typed[name] = text
        except Malformed as error:
            click.echo(str(error), err=True)


@click.command(cls=Command)
@click.argument("form", required=False)
@pass_setting
def forms(setting: Setting, form: str | None) -> None:
    """List the forms, or show FORM (a number or a name) with its slots and rules."""
    from detente.cli.answers import FormsAnswer
    from detente.cli.screen import page
    from detente.line.rules import VOCABULARIES

    known = VOCABULARIES[max(VOCABULARIES)].forms
    chosen = [form_of(form)] if form else list(known.values())
    answer = FormsAnswer(forms=tuple(_shown(setting, each) for each in chosen))

    def show() -> None:
        with page(f"forms  {setting.language().code}") as screen:
            for each in answer.forms:
                life = "  SAFETY OF LIFE" if each.safety_of_life else ""
                screen.line(f"{each.number:>3}  {each.name}  {each.precedence}{life}")
                screen.under(each.title, indent=5)
                for name, hint in each.slots.items() if form else ():
                    screen.under(f"{name}: {hint}", indent=9)

    setting.tell(answer, show)


def _shown(setting: Setting, form: Form) -> FormShown:
    from detente.cli.answers import FormShown
    from detente.filling import HINTS

    language = setting.language()
    return FormShown(
        number=form.number, name=form.name, title=language.forms.title(form.number),
        acts=form.acts, precedence=form.precedence.value, safety_of_life=form.safety_of_life,
        released_by=form.released_by, answer_s=form.answer_s or None,
        follows=form.follows.forms if form.follows else (),
        slots={
            name: ("optional: " if slot.optional else "")
            + (
                ", ".join(f"{term} ({language.term(name, term)})" for term in slot.terms)
                or HINTS[slot.kind]
            )
            for name, slot in form.slots.items()
        },
    )  # fmt: skip


@click.command(cls=Command)
@line_argument()
@click.argument("form", required=False)
@click.option("--channel", help="Where; by default the line's first channel.")
@click.option("--set", "given", multiple=True, metavar="SLOT=VALUE", help="Fill a slot otherwise.")
@by_option
@yes_option
@pass_setting
def first(
    setting: Setting, line: str, form: str | None, channel: str | None, given: tuple[str, ...],
    by: tuple[str, ...], yes: bool,
) -> None:  # fmt: skip
    """Release a first notice on LINE: filled already, shown once, details follow as a revise.

    Without FORM the first notices are listed, and one is chosen by its number.
    """
    from detente.cli.compose import Wish, compose, preview, release, show_released
    from detente.cli.reach import accord_of, reach
    from detente.errors import Refused
    from detente.line.rules import VOCABULARIES

    known = VOCABULARIES[max(VOCABULARIES)].forms.values()
    offered = [each for each in known if each.first is not None]
    chosen = form_of(form) if form else _choose(setting, offered)
    if chosen.first is None:
        names = ", ".join(each.name for each in offered)
        raise Refused(f"form {chosen.number} is no first notice", where="form", mend=names)
    filled = {
        name: now_ms() // 60_000 * 60 if value == "now" else value
        for name, value in chosen.first.items()
    }
    values = ask_slots(
        setting, chosen, filled | typed_slots(setting, chosen, given, None), optional=False
    )
    where = channel or accord_of(setting, line).channels[0].name
    body = form_body(setting, chosen, values, None)
    content = compose(setting, line, Wish(chosen.acts[0], where, body))
    if not yes and not sys.stdin.isatty():
        preview(setting, line, content, err=True)
        raise Refused("nothing was released", where="first", mend="look at it, and add --yes")
    with reach(setting, line) as station:
        released = release(setting, station, line, content, by=by, yes=yes)
    setting.tell(released, lambda: show_released(released))


def _choose(setting: Setting, offered: list[Form]) -> Form:
    language = setting.language()
    for number, each in enumerate(offered, 1):
        click.echo(f"{number}  {language.forms.title(each.number)}", err=True)
    if not sys.stdin.isatty():
        raise click.UsageError("Missing argument 'FORM'.")
    chosen = click.prompt("Which", type=click.IntRange(1, len(offered)), err=True)
    return offered[int(chosen) - 1]


@click.command(cls=Command)
@click.argument("text", default="-")
@click.option("--into", metavar="CODE", help="Say it again in this language.")
@pass_setting
def read(setting: Setting, text: str, into: str | None) -> None:
    """Read TEXT (- reads it from stdin), a form in words of any language, back to what it says."""
    import msgspec

    from detente.cli.answers import ReadAnswer
    from detente.cli.screen import page
    from detente.errors import Malformed
    from detente.station.languages import known

    config = setting.config() if (setting.folder / "detente.toml").is_file() else None
    words = text_of(text)
    for code in known(config.languages if config else None):
        language = setting.language(code)
        if language.forms.begins(words.strip()):
            break
    else:
        raise Malformed(
            "it begins as no form does in any language", where="line 1",
            mend="give the text as it was shown, from its first line on",
        )  # fmt: skip
    act, body = language.read(words)
    answer = ReadAnswer(
        language=code, act=act, body=body,
        text=setting.language(into).say(act, body) if into else "",
    )  # fmt: skip

    def show() -> None:
        with page(f"read  {code}") as screen:
            screen.pairs([("act", act), ("form", str(body["form"]))])
            for name, value in body["slots"].items():
                screen.under(f"{name} = {msgspec.json.encode(value).decode()}", indent=4)
            if answer.text:
                screen.line()
                for each in answer.text.split("\n"):
                    screen.line(each)

    setting.tell(answer, show)
