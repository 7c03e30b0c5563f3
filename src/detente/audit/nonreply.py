"""A certificate of non-reply: what can honestly be shown of silence, and nothing more.

It shows the question at its place in the addressee's ledger, every leaf of that ledger up to a size
that the addressee signed at a stated time, and that none of them answers. It holds all that stands
in that ledger, so whoever hands it on shows the whole conversation.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.audit.exports import HASH_CHARACTERS_MAX, MESSAGES_MAX, Text, branches_of
from detente.audit.keyring import REKEYS_MAX, Keyring, Proof, keyrings, prove_rekeys
from detente.errors import Forged, Malformed, Refused
from detente.line.accord import parse_accord
from detente.line.canonical import encode, exact
from detente.line.evolve import rekey_of
from detente.line.frame import NOTE_CHARACTERS_MAX
from detente.line.message import Hex32, Message, PartyName, parse_message
from detente.line.rules import ENDS_A_QUESTION, VOCABULARIES, Thread
from detente.line.state import State
from detente.tlog.advance import Branch
from detente.tlog.checkpoint import open_checkpoint, read_checkpoint
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash
from detente.tlog.mirror import Mirror
from detente.tlog.text import decode_base64, encode_base64

CERTIFICATE_BYTES_MAX: Final = 1 << 29

NOT_PROVEN: Final = (
    "anything after that time: from then on, that party has shown us nothing",
    "that nobody has read the question, or why there is no answer",
    "that nothing was said by voice, by another line, or in person",
)


class NonReply(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="format",
    tag="detente-nonreply@v1",
):
    """`messages`: leaves 1, 2, ... of the party's ledger; empty: its bytes were never shown."""

    accord: Text
    hashes: Annotated[str, Meta(max_length=HASH_CHARACTERS_MAX)]
    messages: Annotated[tuple[Text, ...], Meta(max_length=MESSAGES_MAX)]
    note: Annotated[str, Meta(max_length=NOTE_CHARACTERS_MAX)]
    party: PartyName
    question: Hex32
    rekeys: Annotated[tuple[Proof, ...], Meta(max_length=REKEYS_MAX)]


@dataclasses.dataclass(frozen=True, slots=True)
class Silence:
    """What a certificate shows. `unseen` leaves were signed, and their bytes are not in it."""

    terms: bytes
    question: Message
    index: int  # of the question in the ledger
    party: str
    size: int
    time_s: int  # POSIX seconds, of the party's own signature
    unseen: int


def non_reply(
    state: State,
    sealed: Branch,
    leaf: Callable[[Hash], bytes],
    question: Hash,
    party: str,
    checkpoints: Sequence[str] = (),
) -> bytes:
    """The file. `party` may be empty where the asker has one other party. Other arguments as of
    `evidence`.

    Raises `Refused` if it was answered or withdrawn, is no question, or was not heard yet.
    """
    if question not in state.begun.get(Thread.QUESTION, ()):
        raise Refused("this is no question", where=question.hex()[:16], mend="name a question")
    others = [name for name in state.first.names if name != state.messages[question].author]
    if not party and len(others) == 1:
        (party,) = others
    if party not in others:
        raise Refused(
            f"{party!a} is not who was asked" if party else "several parties were asked",
            where="party", mend=f"one of {', '.join(others)}",
        )  # fmt: skip
    _check_silent(state, question, party)
    branches = branches_of(state, sealed, party)
    mirror, note = (branches[0].mirror, branches[0].note) if branches else (Mirror(), "")
    digests = [mirror.leaf(index) for index in range(mirror.size)]
    if question not in digests:
        raise Refused(
            f"{party}'s ledger, as we were shown it, does not hold the question",
            where=question.hex()[:16], mend="it has not been heard: that is no silence",
        )  # fmt: skip
    messages = tuple(
        leaf(digest).decode() if digest in state.messages else "" for digest in digests[1:]
    )
    data = encode(
        NonReply(
            accord=state.terms.decode(), hashes=encode_base64(b"".join(digests)),
            messages=messages, note=note, party=party, question=question.hex(),
            rekeys=tuple(prove_rekeys(state, sealed, leaf, party, checkpoints)),
        )
    )  # fmt: skip
    try:
        check_non_reply(data)
    except Forged as error:
        raise Refused(error.what, where=error.where) from error
    return data


def _check_silent(state: State, question: Hash, party: str) -> None:
    """Raise `Refused` for what we know to be answered, in whatever ledger, or withdrawn."""
    for leaf in state.replies.get(question, ()):
        said = state.messages[leaf]
        if why := _ends(said.author, said.act, party, state.messages[question].author):
            raise Refused(why, where=leaf.hex()[:16])


def _ends(author: str, act: str, party: str, asker: str) -> str:
    """Why a reply to a question ends the silence of a party; empty if it does not."""
    if author == party and act in ENDS_A_QUESTION:
        return "it was answered"
    return "it was withdrawn" if author == asker and act == "cancel" else ""


_file: Final = msgspec.json.Decoder(NonReply)


def check_non_reply(data: bytes) -> Silence:
    """What the file proves. Raises `Forged` where it does not hold, `Malformed` if it is none."""
    file = exact(_file, data, limit=CERTIFICATE_BYTES_MAX, what="certificate")
    terms = file.accord.encode()
    accord, line = parse_accord(terms), leaf_hash(terms)
    if accord.card(file.party) is None:
        raise Forged(f"{file.party!r} is no party of the accord", where="certificate.party")
    mirror = _ledger(file, line)
    checkpoint = read_checkpoint(file.note)
    if (checkpoint.size, checkpoint.root) != (mirror.size, mirror.root):
        raise Forged("the leaves do not lead to the signed root", where="certificate.note")
    messages = {
        index: parse_message(text.encode()) for index, text in enumerate(file.messages, 1) if text
    }
    ring = keyrings(accord.parties, line, file.rekeys)[file.party]
    _check_turns(ring, messages)
    signed = open_checkpoint(file.note, ring.card.origin, ring.in_force(mirror.size))
    index = _asked(file, mirror, messages, line)
    asker = messages[index].header.author
    for place, message in messages.items():
        head = message.header
        why = _ends(head.author, head.act, file.party, asker)
        if why and head.reply == file.question:
            raise Forged(why, where=f"leaf {place} of {file.party}'s ledger")
    unseen = len(file.messages) - len(messages)
    return Silence(terms, messages[index], index, file.party, mirror.size, signed.time_s, unseen)


def _asked(file: NonReply, mirror: Mirror, messages: Mapping[int, Message], line: Hash) -> int:
    """Where the question stands, if it is one, on this line and not by the party itself."""
    where = "certificate.question"
    for index, message in messages.items():
        if mirror.leaf(index).hex() == file.question:
            head = message.header
            row = VOCABULARIES[max(VOCABULARIES)].acts.get(head.act)
            if row is None or row.begins is not Thread.QUESTION:
                raise Forged("this is no question", where=where)
            if head.line != line.hex() or head.author == file.party:
                raise Forged(f"nobody asked {file.party} this on the line", where=where)
            return index
    raise Forged("the question does not stand in that ledger", where=where)


def _check_turns(ring: Keyring, messages: Mapping[int, Message]) -> None:
    """The keys in force are those that the ledger itself has come to: a rekey that stands in it is
    proven, or whoever holds the keys of before could sign more.
    """
    promised, proven = ring.card.next_keys, {turn.place for turn in ring.turns}
    for index, message in messages.items():
        body = rekey_of(message) if message.header.author == ring.card.party else None
        if body is not None and body.keys.digest().hex() == promised:
            promised = body.next_keys
            if index not in proven:
                raise Forged("a rekey that is not proven", where=f"leaf {index}")


def _ledger(file: NonReply, line: Hash) -> Mirror:
    """The leaf hashes, each that of its bytes."""
    hashes = decode_base64(file.hashes, "certificate.hashes")
    if len(hashes) != HASH_BYTES * (len(file.messages) + 1):
        raise Malformed("a leaf hash for each leaf belongs here", where="certificate.hashes")
    mirror = Mirror().extend(hashes)
    if mirror.leaf(0) != line:
        raise Forged("a ledger of another accord", where="leaf 0")
    for index, text in enumerate(file.messages, 1):
        if text and leaf_hash(text.encode()) != mirror.leaf(index):
            raise Forged("it is not what its hash says", where=f"leaf {index}")
    return mirror
