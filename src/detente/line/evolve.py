"""Add one journal entry to a state. The same fold runs a station, recovers it, and audits it.

It is total and pure: whatever was recorded can be folded, and an older state stays what it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeVar, assert_never

import msgspec
from rpds import HashTrieMap, HashTrieSet

from detente.errors import Malformed
from detente.line import rules
from detente.line.accord import Accord, check_amended, parse_accord
from detente.line.act import Amend, Body, Callup, Conclude, Rekey, Restore, Suspend
from detente.line.canonical import encode
from detente.line.entry import Entry, Grown, Own
from detente.line.message import Message, Precedence, content_of, parse_message
from detente.line.rules import Half, Mark
from detente.line.state import Amendment, Generation, Said, State, Step, Written
from detente.tlog.advance import Branch, extend, grown
from detente.tlog.checkpoint import read_checkpoint
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash

_replace: Final = msgspec.structs.replace
_NONE: Final[HashTrieSet[Hash]] = HashTrieSet()
K = TypeVar("K")


def evolve(state: State, entry: Entry) -> State:
    """The state after one more entry of the journal."""
    match entry:
        case Own(leaf, recorded_at):
            return _own(state, leaf, recorded_at)
        case Grown(advance, _):
            checkpoint = read_checkpoint(advance.note)
            whose = state.whose(checkpoint.origin)
            mirror = extend(state.mirrors(whose), advance.start, advance.hashes, checkpoint)
            return _grown(state, whose, Branch(mirror, advance.note))
        case _:
            assert_never(entry)


def fold(state: State, entries: Iterable[Entry]) -> State:
    for entry in entries:
        state = evolve(state, entry)
    return state


# -- a ledger that grew --------------------------------------------------------------------------


def _grown(state: State, whose: str, new: Branch) -> State:
    """A leaf that its party signed is vouched for, on whatever branch it stands."""
    vouched = state.vouched.get(whose, HashTrieMap())
    lacking = state.lacking.get(whose, _NONE)
    outstanding = state.outstanding
    for index, leaf in _unseen(state, whose, new):
        known = vouched.get(leaf)
        if known is None or index < known:
            vouched = vouched.insert(leaf, index)
        if leaf in lacking:
            lacking = lacking.remove(leaf)
        if leaf not in state.messages and leaf != state.line:
            outstanding = outstanding.insert(leaf)
    branches = grown(state.branches.get(whose, ()), new)
    return _replace(
        state,
        length=state.length + 1,
        vouched=state.vouched.insert(whose, vouched),
        lacking=state.lacking.insert(whose, lacking),
        outstanding=outstanding,
        branches=state.branches.insert(whose, branches),
    )


def _unseen(state: State, whose: str, new: Branch) -> list[tuple[int, Hash]]:
    """The leaves of a branch past what its nearest known branch already shows, with their
    indices.
    """
    start = 0
    for branch in state.branches.get(whose, ()):
        if new.mirror.starts_with(branch.mirror):
            start = max(start, branch.mirror.size)
        elif branch.mirror.starts_with(new.mirror):
            return []
    hashes = new.mirror.hashes(start, new.mirror.size)
    return [
        (start + at // HASH_BYTES, Hash(hashes[at : at + HASH_BYTES]))
        for at in range(0, len(hashes), HASH_BYTES)
    ]


# -- a leaf of our own ---------------------------------------------------------------------------


def _own(state: State, leaf: bytes, recorded_at: int) -> State:
    digest = leaf_hash(leaf)
    before, written = state, here(state, leaf, recorded_at)
    state = _replace(
        state,
        length=state.length + 1,
        own=state.own.extend(digest),
        outstanding=state.outstanding.discard(digest),
    )
    try:
        message = parse_message(leaf)
    except Malformed:
        return state  # the accord; nothing else that is not a message is ever recorded
    if digest in before.messages:
        return state
    said = summary(state, message, written)
    state = _filed(state, digest, said)
    if said.author == state.us:
        content = content_of(message).digest()
        state = _replace(state, released=state.released.insert(content, digest))
    if said.act == "rekey":
        state = _rekeyed(state, digest, said, message)
    if said.accord not in state.accords:
        state = _replace(state, unjudged=state.unjudged.insert(digest, leaf))
    if said.act == "amend":
        state = _proposed(state, digest, message)
    if said.precedence is Precedence.FLASH:
        state = _folded(state, said.author, again=len(state.numbers[said.number]) > 1)
    return _agreed(state) if state.amendments else state


def here(state: State, leaf: bytes, now: int) -> Written:
    """Where a leaf will stand that is written down next."""
    return Written(len(leaf), state.own.size, state.length, now, state.recovering)


def summary(state: State, message: Message, written: Written) -> Said:
    """What the rules need to know of a message, by the vocabulary of the accord that it names."""
    head = message.header
    accord = state.accords.get(Hash(bytes.fromhex(head.accord)))
    row = form = None
    safe, named, review, contact = False, tuple[Hash, ...](), 0, ""
    if accord is not None and accord.vocabulary in state.vocabularies:
        vocabulary = state.vocabularies[accord.vocabulary]
        body = rules.understood(vocabulary, head.act, message.body)
        if body is not None:
            row, form = vocabulary.acts[head.act], rules.form_of(vocabulary, body)
            safe, named = rules.saves_lives(vocabulary, body), _named(body)
            review = body.review if isinstance(body, Suspend) else 0
            contact = body.contact if isinstance(body, Callup) else ""
    standing = state.standing if state.standing.hex() == head.accord else None
    return Said(
        author=next((name for name in state.first.names if name == head.author), head.author),
        precedence=head.precedence,
        serial=head.serial,
        channel=head.channel,
        epoch=head.epoch,
        act=head.act,
        accord=standing or Hash(bytes.fromhex(head.accord)),
        reply=Hash(bytes.fromhex(head.reply)) if head.reply else None,
        time=head.time,
        size=written.size,
        place=written.place,
        entry=written.entry,
        recorded_at=written.recorded_at,
        recovered=written.recovered,
        row=row,
        form=form,
        safety_of_life=safe,
        named=named,
        review=review,
        contact=contact,
    )


def _named(body: Body) -> tuple[Hash, ...]:
    """The leaves that a body names."""
    match body:
        case Restore(lifts=leaves) | Conclude(accepts=leaves):
            return tuple(Hash(bytes.fromhex(leaf)) for leaf in leaves)
        case _:
            return ()


def _filed(state: State, digest: Hash, said: Said) -> State:
    """Under its number, under what it replies to, and in the outbox of each reader that lacks
    it.
    """
    numbers = _added(state.numbers, said.number, digest)
    tally = state.tally(said.author, said.precedence)
    while (said.author, said.precedence, tally) in numbers:
        tally += 1
    lacking = state.lacking
    for reader in state.others:
        if not state.vouches(reader, digest):
            lacking = lacking.insert(reader, lacking.get(reader, _NONE).insert(digest))
    state = _replace(
        state,
        messages=state.messages.insert(digest, said),
        numbers=numbers,
        tallies=state.tallies.insert((said.author, said.precedence), tally),
        lacking=lacking,
    )
    return _indexed(state, digest, said)


def _indexed(state: State, digest: Hash, said: Said) -> State:
    """Where a question, a suspension, or what belongs to one, is looked for."""
    if said.reply is not None:
        state = _replace(state, replies=_added(state.replies, said.reply, digest))
    thread = rules.begins(said.row, said.form) if said.row is not None else None
    if thread is not None:
        begun = state.begun.get(thread, _NONE).insert(digest)
        state = _replace(state, begun=state.begun.insert(thread, begun))
    if said.act == "suspend":
        state = _replace(state, suspensions=_added(state.suspensions, said.channel, digest))
    if said.act == "restore":
        for suspension in said.named:
            state = _replace(state, lifted=_added(state.lifted, suspension, digest))
    return state


def _added(
    into: HashTrieMap[K, tuple[Hash, ...]], key: K, leaf: Hash
) -> HashTrieMap[K, tuple[Hash, ...]]:
    """Sorted, so that what is kept does not depend on the order of hearing."""
    return into.insert(key, tuple(sorted({*into.get(key, ()), leaf})))


# -- halves --------------------------------------------------------------------------------------


def _folded(state: State, author: str, *, again: bool) -> State:
    """An author's halves, by its FLASH messages in the order of their numbers, up to the first gap.

    `again`: from the beginning, because something before the end has changed.
    """
    halves, serial = state.halves, state.folded.get(author, 0)
    if again:
        serial = 0
        for key in [key for key in halves if key[0] == author]:
            halves = halves.remove(key)
        state = _replace(state, halves=halves)
    while leaves := state.numbers.get((author, Precedence.FLASH, serial)):
        if len(leaves) > 1:
            state = _contradicted(state, author, serial, leaves)
        else:
            state = _moved(state, state.messages[leaves[0]])
        serial += 1
    return _replace(state, folded=state.folded.insert(author, serial))


def _contradicted(state: State, author: str, serial: int, leaves: tuple[Hash, ...]) -> State:
    """Of two FLASH messages with one number neither stands, and no half that they name is
    believed.
    """
    for channel in sorted({state.messages[leaf].channel for leaf in leaves}):
        state = _stepped(state, author, channel, Step(serial, Half.CONTRADICTED))
    return state


def _moved(state: State, said: Said) -> State:
    history = state.history(said.author, said.channel)
    half = history[-1].half
    if said.row is None or said.epoch != len(history) - 1 or half is Half.CONTRADICTED:
        return state
    if state.judge(said).mark is not Mark.REGULAR:
        return state
    new = rules.after(half, said.row, passes=False)
    if new is None or new is half:
        return state
    return _stepped(state, said.author, said.channel, Step(said.serial, new))


def _stepped(state: State, author: str, channel: str, step: Step) -> State:
    history = state.history(author, channel)
    if history[-1].half is step.half:
        return state
    return _replace(state, halves=state.halves.insert((author, channel), (*history, step)))


# -- keys and accords ----------------------------------------------------------------------------


def _rekeyed(state: State, digest: Hash, said: Said, message: Message) -> State:
    """A rekey counts by the hash that promised it, whatever its accord, mark or epoch."""
    body = rekey_of(message)
    if body is None:
        return state
    generation = Generation(digest, body.keys, body.next_keys)
    known = {*state.rekeys.get(said.author, ()), (said.serial, generation)}
    order = sorted(known, key=lambda item: (item[0], item[1].leaf or b""))
    return _replace(state, rekeys=state.rekeys.insert(said.author, tuple(order)))


def rekey_of(message: Message) -> Rekey | None:
    """The keys that a message reveals, if it is a well-formed rekey and they are sound."""
    if message.header.act != "rekey" or message.header.precedence is not Precedence.FLASH:
        return None
    try:
        body = msgspec.convert(message.body, Rekey, strict=True)
        _ = body.keys  # a weak key is refused where it is made
    except (msgspec.ValidationError, Malformed):
        return None
    return body if encode(body) == encode(message.body) else None


def _proposed(state: State, digest: Hash, message: Message) -> State:
    try:
        body = msgspec.convert(message.body, Amend, strict=True)
        accord = parse_accord(encode(body.accord))
        check_amended(state.first, accord)
    except (msgspec.ValidationError, Malformed):
        return state
    amendment = Amendment(digest, accord, Hash(bytes.fromhex(body.predecessor)))
    return _replace(state, amendments=state.amendments.insert(digest, amendment))


def _agreed(state: State) -> State:
    """Settle which accords have all consents. What is said under one may complete the next."""
    for _ in range(len(state.amendments) + 1):
        accords, standing = _consented(state)
        if accords == state.accords and standing == state.standing:
            break
        state = _rejudged(_replace(state, accords=accords, standing=standing))
    return state


def _consented(state: State) -> tuple[HashTrieMap[Hash, Accord], Hash]:
    """Every accord with all consents, from the first; of two successors the lower leaf hash
    stands.
    """
    accords: HashTrieMap[Hash, Accord] = HashTrieMap({state.line: state.first})
    standing, pending = state.line, [state.line]
    while pending:
        predecessor = pending.pop()
        for leaf in sorted(state.amendments):
            amendment = state.amendments[leaf]
            if amendment.predecessor == predecessor and _complete(state, amendment):
                accords = accords.insert(leaf, amendment.accord)
                pending.append(leaf)
                if standing == predecessor:
                    standing = leaf
    return accords, standing


def _complete(state: State, amendment: Amendment) -> bool:
    """Proposed under the accord that it replaces, and agreed to under it by every other party."""
    replies = state.replies.get(amendment.leaf, ())
    agreed = (leaf for leaf in replies if state.messages[leaf].act == "agree")
    consents = {
        state.messages[leaf].author
        for leaf in (amendment.leaf, *agreed)
        if state.messages[leaf].accord == amendment.predecessor and state.binds(leaf)
    }
    return consents == set(state.first.names)


def _rejudged(state: State) -> State:
    """What was said under an accord that we now know is read by its vocabulary."""
    for digest in sorted(state.unjudged):
        old = state.messages[digest]
        if old.accord in state.accords:
            leaf = state.unjudged[digest]
            written = Written(old.size, old.place, old.entry, old.recorded_at, old.recovered)
            said = summary(state, parse_message(leaf), written)
            state = _replace(
                state,
                messages=state.messages.insert(digest, said),
                unjudged=state.unjudged.remove(digest),
            )
            state = _indexed(state, digest, said)
    for party in state.first.names:
        state = _folded(state, party, again=True)
    return state
