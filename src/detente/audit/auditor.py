"""Read a line as a stranger: a file and what one brings in, findings out.

Everything is judged at the end, from all that the file holds: which keys were in force, who vouches
for a message, whose number is missing. A finding speaks of the file or of a party; what is merely
so (which messages a reader's ledger does not show, which leaves have no bytes) is stated and
accuses nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from detente.audit.exports import Export
from detente.audit.findings import Code, Finding, Outstanding, Report, Standing, Trusted
from detente.audit.forks import equivocations
from detente.audit.ledgers import Reading
from detente.line.entry import Grown, Own
from detente.line.evolve import evolve
from detente.line.message import Precedence
from detente.line.rules import VOCABULARIES, Vocabularies
from detente.line.state import Said, State, begin
from detente.tlog.advance import Advance, Branch
from detente.tlog.checkpoint import Verify, open_checkpoint
from detente.tlog.hash import Hash, leaf_hash

_NOBODY: Trusted = Trusted()


def audit(
    file: Export,
    trusted: Trusted = _NOBODY,
    verify: Verify = open_checkpoint,
    vocabularies: Vocabularies = VOCABULARIES,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Report:
    """What holds and what does not. `verify` is `open_checkpoint` wherever signatures are real;
    `progress` hears how many of how many leaves and ledgers are done.

    Raises `Malformed` if the file's accord is none.
    """
    state = begin(file.by, file.terms, vocabularies)
    leaves = [file.terms, *(text.encode() for text in file.messages)]
    steps = len(leaves) + sum(len(ledger.branches) for ledger in file.ledgers)
    for done, leaf in enumerate(leaves):
        state = evolve(state, Own(leaf, 0))
        progress(done, steps)
    reading = Reading(file, state, verify)
    for done, advance in enumerate(_advances(state, reading), len(leaves)):
        state = evolve(state, advance)
        progress(done, steps)
    progress(steps, steps)
    bytes_of = {leaf_hash(leaf): leaf for leaf in leaves}
    found = [
        *_distrusted(state, trusted),
        *reading.findings,
        *_withheld(state, reading),
        *_contradicted(state, reading, bytes_of, file.checkpoints),
        *_unvouched(state, reading),
        *_missing(state),
        *_before_asked(state, reading),
    ]
    return Report(
        state=state,
        trust=_trust(state, trusted),
        findings=tuple(found),
        signatures=tuple(reading.signatures),
        cosignatures=tuple(reading.cosignatures),
        messages=tuple(_standings(state)),
        outstanding=tuple(_outstanding(state, reading)),
    )


def _advances(state: State, reading: Reading) -> Iterator[Grown]:
    """What a station writes down of the ledgers it was shown; of its own, what it lacks."""
    for shown in reading.shown:
        if shown.opened is not None and shown.name != state.us:
            hashes = shown.mirror.hashes(0, shown.mirror.size)
            yield Grown(Advance(0, hashes, shown.opened.signed.note, ()), 0)


# -- whose word it is ------------------------------------------------------------------------------


def _distrusted(state: State, trusted: Trusted) -> Iterator[Finding]:
    if trusted.line is not None and trusted.line != state.line:
        what = f"this is line {state.line.hex()}, not {trusted.line.hex()}"
        yield Finding(Code.TRUST, "accord", what)
    cards = {card.fingerprint() for card in state.first.parties}
    for fingerprint in sorted(trusted.cards - cards):
        yield Finding(Code.TRUST, "accord", f"no party has the card {fingerprint.hex()}")


def _trust(state: State, trusted: Trusted) -> str:
    if trusted.line == state.line:
        return "You named this line, and so every party's keys."
    known = [c.party for c in state.first.parties if c.fingerprint() in trusted.cards]
    word = [name for name in state.first.names if name not in known]
    if not word:
        return "You brought every party's card: these are their keys."
    theirs = (
        f"That these are the keys of {' and '.join(word)} is the word of whoever gave you this file"
    )
    ask = f"Ask them for their cards, or whether their line is {state.line.hex()}."
    ours = f"You brought the card of {' and '.join(known)}. " if known else ""
    return f"{ours}{theirs}. {ask}"


# -- findings --------------------------------------------------------------------------------------


def _withheld(state: State, reading: Reading) -> Iterator[Finding]:
    """The keeper's own keys signed more than the ledger that it shows as its own."""
    own = next((each for each in reading.shown if each.name == state.us), None)
    for other in reading.of(state.us):
        if own is not other and own is not None and other.mirror.starts_with(own.mirror):
            what = f"{state.us} signed {other.mirror.size} leaves; here are {own.mirror.size}"
            yield Finding(Code.WITHHELD, f"note of {other.name}", what, state.us)


def _contradicted(
    state: State, reading: Reading, bytes_of: dict[Hash, bytes], checkpoints: tuple[str, ...]
) -> Iterator[Finding]:
    own = next((each for each in reading.shown if each.name == state.us), None)
    if own is None or own.opened is None:
        return  # nothing of the keeper's is proven, and a finding says so
    sealed = Branch(own.mirror, own.note)
    for each in equivocations(state, sealed, bytes_of.__getitem__, checkpoints):
        yield Finding(Code.EQUIVOCATION, f"ledgers of {each.party}", each.what, each.party, each)


def _unvouched(state: State, reading: Reading) -> Iterator[Finding]:
    """A message stands in its author's ledger. The keeper's ledger alone proves nothing of
    others.
    """
    for digest, said in _in_order(state):
        if not any(digest in shown.places for shown in reading.of(said.author)):
            what = f"not in the ledger of {said.author}"
            yield Finding(Code.UNVOUCHED, f"leaf {said.place}", what, state.us)


def _missing(state: State) -> Iterator[Finding]:
    """Numbers without gaps, up to the highest that is here."""
    highest: dict[tuple[str, Precedence], int] = {}
    for author, precedence, serial in state.numbers:
        key = author, precedence
        highest[key] = max(highest.get(key, 0), serial)
    for (author, precedence), last in sorted(highest.items()):
        tally = state.tally(author, precedence)
        if tally <= last:
            what = (
                f"{precedence.value} {last} of {author} is here, {precedence.value} {tally} is not"
            )
            yield Finding(Code.NUMBER, f"messages of {author}", what, author)


def _before_asked(state: State, reading: Reading) -> Iterator[Finding]:
    """A reply does not stand before what it answers in its own author's ledger."""
    for digest, said in _in_order(state):
        original = state.messages.get(said.reply) if said.reply is not None else None
        if original is None or said.row is None or not said.row.replies_to:
            continue
        assert said.reply is not None
        for shown in reading.of(said.author):
            place = shown.places.get(digest)
            if place is not None and shown.places.get(said.reply, place) >= place:
                what = f"leaf {place} answers what {said.author} had not heard"
                yield Finding(Code.REPLY, f"ledger of {shown.name}", what, said.author)


# -- statements ------------------------------------------------------------------------------------


def _in_order(state: State) -> list[tuple[Hash, Said]]:
    return sorted(state.messages.items(), key=lambda item: item[1].place)


def _standings(state: State) -> Iterator[Standing]:
    for digest, said in _in_order(state):
        mark, why = state.verdict(digest)
        readers = [name for name in state.first.names if name != said.author]
        heard = tuple(n for n in readers if n == state.us or state.vouches(n, digest))
        yield Standing(
            place=said.place, leaf=digest, number=said.number, act=said.act, channel=said.channel,
            mark=mark, why=why, heard_by=heard,
            not_yet_by=tuple(name for name in readers if name not in heard),
        )  # fmt: skip


def _outstanding(state: State, reading: Reading) -> Iterator[Outstanding]:
    for shown in reading.shown:
        if shown.opened is not None:
            for leaf, place in sorted(shown.places.items(), key=lambda item: item[1]):
                if leaf in state.outstanding:
                    yield Outstanding(shown.party, place, leaf)
