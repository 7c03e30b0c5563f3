"""`detente signals`: signals that ships and aircraft already share, and the reply to expect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import click
from click.shell_completion import CompletionItem

from detente.cli.setting import Command, Setting, pass_setting

if TYPE_CHECKING:
    from detente.cli.answers import SignalShown
    from detente.cli.screen import Screen
    from detente.phrase.signals import Signal

SETS: Final = ("incsea", "icao")
HEADINGS: Final = MappingProxyType({
    ("ship", "flags"): "INCSEA: by flags, light or voice, each after YV1",
    ("interceptor", "voice"): "ICAO: said by the interceptor, each twice",
    ("intercepted", "voice"): "ICAO: said by the intercepted aircraft, each twice",
    ("interceptor", "sight"): "ICAO: seen of the interceptor",
    ("intercepted", "sight"): "ICAO: seen of the intercepted aircraft",
})  # fmt: skip
ARGUMENTS: Final = MappingProxyType({
    "call_sign": "the call sign",
    "course": "the course",
    "direction": "the direction (table III)",
    "hundred_metres": "the distance in hundreds of metres (yards)",
    "metres": "the distance in metres",
    "minutes": "the minutes",
    "place": "the name of the place",
})  # fmt: skip
BLANK: Final = "___"  # where a meaning has what is given with the signal


def _codes(_: click.Context, _parameter: click.Parameter, begun: str) -> list[CompletionItem]:
    from detente.phrase.signals import signals as known

    return [CompletionItem(each) for each in known() if each.startswith(begun)]


@click.command(cls=Command)
@click.argument("codes", nargs=-1, metavar="[CODE]...", shell_complete=_codes)
@click.option(
    "--set", "which", type=click.Choice(SETS), help="Only those at sea, or only of interception."
)
@pass_setting
def signals(setting: Setting, codes: tuple[str, ...], which: str | None) -> None:
    """Show the special signals of the agreements on incidents at sea (INCSEA), and the phrases and
    visual signals of interception (ICAO), each with the reply to expect.

    CODE is a code, as ZL1, or what is said, as WILCO: with it, all that is known of that signal.
    What was written down from memory is marked, and so is a reply that no table names.
    """
    from detente.cli.answers import SignalsAnswer
    from detente.cli.screen import page
    from detente.phrase.signals import meanings

    found, language = _found(codes, which), setting.language().code
    texts = meanings(language)
    shown = tuple(_shown(signal, texts) for signal in found)

    def show() -> None:
        with page(f"signals  {language}") as screen:
            if codes:
                _show_cards(screen, shown, texts)
            else:
                _show_list(screen, shown)

    setting.tell(SignalsAnswer(language=language, signals=shown), show)


def _found(codes: Sequence[str], which: str | None) -> tuple[Signal, ...]:
    """The signals that were asked for, each once, in the order that they were asked for."""
    from detente.phrase.signals import named
    from detente.phrase.signals import signals as known

    if not codes:
        return tuple(each for each in known().values() if which in (None, each.table))
    found: dict[str, Signal] = {}
    for code in codes:
        these = [each for each in named(code) if which in (None, each.table)]
        if not these:
            inside = f" in {which}" if which else ""
            raise click.BadParameter(
                f"no signal{inside} is called {code!a}; `detente signals` lists them",
                param_hint="CODE",
            )
        found.update((each.code, each) for each in these)
    return tuple(found.values())


def _shown(signal: Signal, texts: Mapping[str, str]) -> SignalShown:
    from detente.cli.answers import SignalShown

    return SignalShown(
        code=signal.code,
        set=signal.table,
        by=signal.by,
        how=signal.how,
        listed=signal.listed,
        spoken=signal.spoken or None,
        said_as=signal.said_as or None,
        times=signal.times,
        argument=signal.argument or None,
        meaning=texts[signal.code],
        seen=texts[signal.seen] if signal.seen else None,
        reply=signal.reply,
        again=signal.again,
        expected_by=signal.expected_by,
        code_from=signal.code_from,
        meaning_from=signal.meaning_from,
        from_memory=signal.from_memory,
    )


def _show_list(screen: Screen, found: Sequence[SignalShown]) -> None:
    """Each signal under the heading of who gives it and how."""
    for (by, how), heading in HEADINGS.items():
        rows = list[tuple[str, str]]()
        for each in found:
            if (each.by, each.how) == (by, how):
                rows.append((each.code, _said(each)))
                rows += [("", line) for line in (each.seen, _expected(each), _memory(each)) if line]
        if rows:
            screen.line()
            screen.line(heading, "bold")
            screen.pairs(rows)


def _show_cards(screen: Screen, found: Sequence[SignalShown], texts: Mapping[str, str]) -> None:
    """Everything about a few signals."""
    for each in found:
        rows = [
            ("code", each.code),
            ("means", _blank(each.meaning)),
            ("seen", each.seen or ""),
            ("given", _given(each)),
            ("by", each.by),
            ("reply", _replies(each)),
            *(("", f"{code}: {_blank(texts[code])}") for code in each.reply),
            ("expected by", "us: no table names a reply" if _by_us(each) else each.expected_by),
            ("code from", each.code_from),
            ("meaning from", each.meaning_from),
            ("listed", "yes" if each.listed else "no: it is no row of its table"),
            ("", _memory(each)),
        ]
        screen.line()
        screen.pairs([row for row in rows if row[1]])


def _blank(meaning: str) -> str:
    return meaning.replace("{}", BLANK)


def _said(each: SignalShown) -> str:
    spoken = f"{each.spoken} ({each.said_as}): " if each.said_as else ""
    return f"{spoken}{_blank(each.meaning)}"


def _given(each: SignalShown) -> str:
    """As flags, light or voice give it; nothing if it is seen."""
    if each.spoken is None:
        return ""
    said_as = f" ({each.said_as})" if each.said_as else ""
    taken = f", then {ARGUMENTS[each.argument]}" if each.argument else ""
    return f"{each.spoken}{said_as}{taken}{', said twice' if each.times > 1 else ''}"


def _expected(each: SignalShown) -> str:
    return f"{'we expect' if _by_us(each) else 'expected'}: {_replies(each)}"


def _replies(each: SignalShown) -> str:
    if each.again:
        return "what was said before, once more"
    *others, last = each.reply or ("no reply",)
    return f"{', '.join(others)} or {last}" if others else last


def _by_us(each: SignalShown) -> bool:
    from detente.phrase.signals import US

    return each.expected_by == US


def _memory(each: SignalShown) -> str:
    return f"FROM MEMORY: {' and '.join(each.from_memory)}" if each.from_memory else ""
