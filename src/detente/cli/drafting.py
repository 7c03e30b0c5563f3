"""`detente draft` and `release`: two acts, so that two people can do them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from detente.cli.options import (
    by_option,
    line_argument,
    precedence_option,
    text_of,
    time_of,
    to_option,
    yes_option,
)
from detente.cli.setting import Command, Setting, pass_setting


@click.command(cls=Command)
@line_argument()
@click.argument("act", required=False)
@click.option("--form", metavar="FORM", help="A form by number or name; ACT may be left out.")
@click.option("--set", "given", multiple=True, metavar="SLOT=VALUE", help="Fill a slot of it.")
@click.option(
    "--slots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file with its slots, TOML or JSON.",
)
@click.option("--remark", help="Free text beside the form, of lower trust; - reads it from stdin.")
@click.option(
    "--releasability",
    type=click.Choice(("joint", "ours", "never")),
    help="Who may publish the form: nobody, unless it is a joint statement or you say so.",
)
@click.option(
    "--channel", help="Where; needed unless it is a reply, or the line has one channel only."
)
@click.option(
    "--reply", metavar="LEAF", help="The message that it answers, or the first digits of its hash."
)
@click.option(
    "--body", metavar="JSON", help="The whole body of the act, in place of the options below."
)
@click.option("--text", help="Free text; - reads it from stdin.")
@click.option("--kind", help="Of a notice.")
@click.option("--reason", help="Of a suspension.")
@click.option(
    "--review", metavar="TIME", help="Of a suspension: 221830Z NOV 26, 2026-11-22T18:30Z, or +48h."
)
@click.option("--rung", help="Of an acknowledgement.")
@click.option(
    "--lift",
    "lifts",
    multiple=True,
    metavar="LEAF",
    help="A suspension that a restore names, whole.",
)
@precedence_option
@to_option
@pass_setting
def draft(
    setting: Setting,
    /,
    line: str,
    act: str | None,
    channel: str | None,
    reply: str | None,
    body: str | None,
    precedence: str | None,
    to: tuple[str, ...],
    **fields: Any,
) -> None:
    """Write a draft of ACT on LINE, and show what would be said with its digest.

    Nothing is said until it is released. The digest covers all that a message says but its number
    and time: two officers compare it, in words or in digits, before one of them releases.
    """
    import msgspec

    from detente.cli.answers import DraftAnswer
    from detente.cli.compose import Wish, compose, preview
    from detente.cli.drafts import check_seat, keep_draft, tell_drafter
    from detente.cli.reach import accord_of, token_of
    from detente.line.message import Precedence
    from detente.phrase.words import fingerprint_lines

    accord = accord_of(setting, line)
    original = _original(setting, line, reply) if reply else None
    if channel is None and original is None and len(accord.channels) > 1:
        names = ", ".join(each.name for each in accord.channels)
        raise click.UsageError(f"Missing option '--channel': one of {names}.")
    where = channel or (original["channel"] if original else accord.channels[0].name)
    if accord.channel(where) is None:
        check_channel(setting, line, where)
    act, filled = _said(setting, act, body, fields)
    wish = Wish(
        act,
        where,
        filled,
        Precedence(precedence) if precedence else None,
        original,
        to,
    )
    content = compose(setting, line, wish)
    check_seat(setting, line, where)
    path = keep_draft(setting, line, content)
    tell_drafter(setting, line, content)
    digest = content.digest()

    def show() -> None:
        preview(setting, line, content)
        by = "" if token_of(setting) else " --by POST"
        click.echo(f"draft {path.stem}; release it with: detente release {path.stem}{by}")

    setting.tell(
        DraftAnswer(
            draft=path.stem,
            line=line,
            exercise=accord.exercise,
            file=str(path),
            digest=digest.hex(),
            words=fingerprint_lines(digest),
            text=setting.language().say(content.act, content.body),
            content=msgspec.to_builtins(content),
        ),
        show,
    )


@click.command(cls=Command)
@click.argument("draft")
@by_option
@click.option(
    "--urgent", is_flag=True, help="Lives are in danger: on one officer's own word. It is kept."
)
@yes_option
@pass_setting
def release(setting: Setting, draft: str, by: tuple[str, ...], urgent: bool, yes: bool) -> None:
    """Release DRAFT: exactly what was shown becomes a message, and can never be unsaid."""
    from detente.cli.compose import release as let_go
    from detente.cli.compose import show_released
    from detente.cli.drafts import find_draft, open_draft, released
    from detente.cli.reach import reach

    line, path = find_draft(setting, draft)
    content = open_draft(path)
    with reach(setting, line) as station:
        answer = let_go(setting, station, line, content, by=by, yes=yes, urgent=urgent)
    released(path, answer.number, answer.leaf)
    setting.tell(answer, lambda: show_released(answer))


@click.command(cls=Command)
@click.argument("draft")
@yes_option
@pass_setting
def discard(setting: Setting, draft: str, yes: bool) -> None:
    """Throw DRAFT away. Nobody else has seen it, and nothing was said."""
    from detente.cli.answers import DiscardAnswer
    from detente.cli.compose import preview
    from detente.cli.drafts import check_seat, find_draft, open_draft

    line, path = find_draft(setting, draft)
    content = open_draft(path)
    check_seat(setting, line, content.channel)
    if not yes and not setting.as_json:
        preview(setting, line, content)
        click.confirm("Throw this draft away?", abort=True, err=True)
    path.unlink()
    answer = DiscardAnswer(draft=path.stem, line=line)
    setting.tell(answer, lambda: click.echo(f"draft {path.stem} is gone"))


def _said(
    setting: Setting, act: str | None, body: str | None, fields: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """The act and its body: a form filled in, or what the other options say."""
    from detente.cli.forming import ask_slots, form_body, form_of, typed_slots
    from detente.filling import check_whole

    form, given, file, remark, releasability = (
        fields.pop(name) for name in ("form", "given", "slots", "remark", "releasability")
    )
    if form is None:
        if act is None:
            raise click.UsageError("Missing argument 'ACT', or option '--form'.")
        return act, body_of(body, fields)
    chosen = form_of(form)
    values = typed_slots(setting, chosen, given, file)
    values = ask_slots(setting, chosen, values, optional=not (given or file))
    check_whole(chosen, values)
    filled = form_body(setting, chosen, values, remark, releasability)
    return act or chosen.acts[0], filled


@click.command(cls=Command)
@click.argument("draft")
@click.option("--decline", metavar="REASON", help="It may not go, and why; - reads it from stdin.")
@yes_option
@pass_setting
def review(setting: Setting, draft: str, decline: str | None, yes: bool) -> None:
    """Look at DRAFT, which another wrote, and say that it may go; or decline it."""
    import sys

    from detente.cli.answers_people import ReviewAnswer
    from detente.cli.compose import preview
    from detente.cli.drafts import find_draft, open_draft
    from detente.cli.reach import reach
    from detente.line.canonical import encode
    from detente.station.orders_people import Review

    line, path = find_draft(setting, draft)
    content = open_draft(path)
    if not yes and not setting.as_json and sys.stdin.isatty():
        preview(setting, line, content, err=True)
        click.confirm("Decline it?" if decline else "May it go?", abort=True, err=True)
    reason = text_of(decline) if decline is not None else ""
    with reach(setting, line) as station:
        given = station.ask(Review(line, encode(content), decline is None, reason))
    answer = ReviewAnswer(
        draft=path.stem, line=line, good=decline is None, digest=given["digest"],
        officer=given["officer"],
    )  # fmt: skip
    done = "declined" if decline is not None else "reviewed: it may go"
    setting.tell(answer, lambda: click.echo(f"draft {path.stem} {done}"))


def _original(setting: Setting, line: str, reply: str) -> dict[str, Any]:
    from detente.cli.reach import reach
    from detente.station.orders import Show

    with reach(setting, line) as station:
        return station.ask(Show(line, reply))


def check_channel(setting: Setting, line: str, name: str) -> None:
    """Raise `Refused` unless the accord in force has such a channel."""
    from detente.cli.reach import reach
    from detente.errors import Refused
    from detente.station.orders import Status

    with reach(setting, line) as station:
        (status,) = (each for each in station.ask(Status())["lines"] if each["line"] == line)
    known = [each["channel"] for each in status["channels"]]
    if name not in known:
        raise Refused(f"no channel {name!a}", where="--channel", mend=f"one of {', '.join(known)}")


def body_of(text: str | None, fields: dict[str, Any]) -> dict[str, Any]:
    """The body from `--body`, or from those of the other options that were given."""
    given = {name: value for name, value in fields.items() if value not in (None, ())}
    if text is None:
        if "text" in given:
            given["text"] = text_of(given["text"])
        if "review" in given:
            given["review"] = time_of(given["review"])
        if "lifts" in given:
            given["lifts"] = list(given["lifts"])
        return given
    import msgspec

    if given:
        raise click.UsageError(f"--body and --{next(iter(given))} exclude each other.")
    try:
        value = msgspec.json.decode(text_of(text))
    except msgspec.DecodeError as error:
        raise click.BadParameter(f"not JSON: {error}", param_hint="--body") from error
    if not isinstance(value, dict):
        raise click.BadParameter("not a JSON object", param_hint="--body")
    return value
