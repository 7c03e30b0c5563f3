"""The promises of forms and threads, asked anew of what was said and not of the rules that judged
it.
"""

from __future__ import annotations

from collections.abc import Callable

from detente.line.message import parse_message
from detente.line.rules import Half, Mark
from detente.line.state import Said, State
from detente.line.threads import proposals
from detente.sim.checks import promise
from detente.tlog.hash import Hash


def filled(state: State, leaf_of: Callable[[Hash], bytes]) -> None:
    """A form that counts has what it needs, follows what it must, and is said where it may be."""
    for leaf, said in state.messages.items():
        if said.form is None or state.mark(leaf) is not Mark.REGULAR:
            continue
        slots = parse_message(leaf_of(leaf)).body["slots"]
        missing = [n for n, slot in said.form.slots.items() if not slot.optional and n not in slots]
        promise("filled", not missing, f"form {said.form.number} without {missing}")
        original = state.messages.get(said.reply) if said.reply else None
        if said.act in ("revise", "correction", "counter"):
            same = original is not None and original.form == said.form
            promise("same form", same, f"{said.act} of form {said.form.number}")
        elif said.form.follows is not None:
            promise("follows", _follows(said, original), f"form {said.form.number}")
        if said.act in ("query", "notify"):
            half = state.history(said.author, said.channel)[said.epoch].half
            fit = half is Half.OPEN or said.form.safety_of_life
            promise("safety of life", fit, f"form {said.form.number} on a half {half.value}")


def _follows(said: Said, original: Said | None) -> bool:
    assert said.form is not None
    assert said.form.follows is not None
    if original is None or original.form is None:
        return False
    ours = original.author == said.author
    whose = {"ours": ours, "theirs": not ours, "anyone": True}
    return original.form.number in said.form.follows.forms and whose[said.form.follows.by]


def raised(state: State) -> None:
    """What is raised goes up: from a channel to one that the accord says is higher."""
    for said in state.messages.values():
        if said.act != "raise" or said.row is None or said.reply is None:
            continue
        accord = state.accords[said.accord]
        matter = state.messages.get(said.reply)
        below = accord.channel(matter.channel) if matter else None
        above = accord.channel(said.channel)
        levels = [each.level for each in (below, above) if each and each.level]
        up = len(levels) == 2 and levels[0].height < levels[1].height
        leaf = state.numbers[said.number][0]
        promise("raised", up or state.mark(leaf) is not Mark.REGULAR, f"{said}")


def agreed(state: State) -> None:
    """What is agreed was accepted by every other party, and concluded by its proposer alone."""
    for found in proposals(state):
        if not found.agreed:
            continue
        author = state.messages[found.proposal].author
        accepts = {
            state.messages[leaf].author
            for leaf in state.replies[found.proposal]
            if state.messages[leaf].act == "accept"
        }
        promise("accepted by all", accepts >= set(state.first.names) - {author}, author)
        by = {state.messages[leaf].author for leaf in found.concluded}
        promise("concluded by its proposer", by == {author}, f"{author}: {by}")
