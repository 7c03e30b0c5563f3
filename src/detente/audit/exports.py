"""A line in one file: what its keeper's ledger holds, and every ledger as its party signed it.

The file is canonical JSON and holds text where a person may want to read: the accord, and each
message in the order in which the keeper said or heard it. It has none of the keeper's private
times. Nothing in it is to be believed for being in it: `audit` says what holds.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from detente.errors import Malformed, Refused
from detente.line.accord import PARTIES_MAX, parse_accord
from detente.line.canonical import encode, exact
from detente.line.frame import BRANCHES_MAX, NOTE_CHARACTERS_MAX
from detente.line.message import LEAF_BYTES_MAX, PartyName
from detente.line.state import State
from detente.tlog.advance import Branch
from detente.tlog.hash import Hash
from detente.tlog.text import encode_base64

EXPORT_BYTES_MAX: Final = 1 << 29
MESSAGES_MAX: Final = 1_000_000
HASH_CHARACTERS_MAX: Final = (32 * (MESSAGES_MAX + 1) + 2) // 3 * 4  # in base64
CHECKPOINTS_MAX: Final = 65_536
COSIGNED_CHARACTERS_MAX: Final = 65_536  # a note with two lines of its log and two of each witness

Text = Annotated[str, Meta(max_length=LEAF_BYTES_MAX)]
Cosigned = Annotated[str, Meta(max_length=COSIGNED_CHARACTERS_MAX)]


class ShownBranch(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One version of a ledger: its leaf hashes (base64, 32 bytes each) and the checkpoint over
    them.
    """

    hashes: Annotated[str, Meta(max_length=HASH_CHARACTERS_MAX)]
    note: Annotated[str, Meta(max_length=NOTE_CHARACTERS_MAX)]


class ShownLedger(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A party's ledger as the keeper was shown it; an honest one has one branch at most."""

    branches: Annotated[tuple[ShownBranch, ...], Meta(max_length=BRANCHES_MAX)]
    party: PartyName


class Export(
    msgspec.Struct,
    frozen=True,
    forbid_unknown_fields=True,
    kw_only=True,
    tag_field="format",
    tag="detente-export@v1",
):
    """`ledgers`: one for each party of the accord, in its order. `messages`: leaves 1, 2, ... of
    the keeper's ledger. `checkpoints`: earlier ones of any party, with the cosignatures of
    witnesses.
    """

    accord: Text
    by: PartyName
    checkpoints: Annotated[tuple[Cosigned, ...], Meta(max_length=CHECKPOINTS_MAX)]
    ledgers: Annotated[tuple[ShownLedger, ...], Meta(max_length=PARTIES_MAX)]
    messages: Annotated[tuple[Text, ...], Meta(max_length=MESSAGES_MAX)]

    @property
    def terms(self) -> bytes:
        """The bytes of leaf 0."""
        return self.accord.encode()


def branches_of(state: State, sealed: Branch, party: str) -> tuple[Branch, ...]:
    """Every version of a ledger that we hold a checkpoint over. Of our own, what our signer signed,
    and what else our keys were seen to have signed.
    """
    shown = state.branches.get(party, ())
    if party != state.us:
        return shown
    return sealed, *(branch for branch in shown if not sealed.mirror.starts_with(branch.mirror))


def export(
    state: State,
    sealed: Branch,
    leaf: Callable[[Hash], bytes],
    cosigned: Sequence[str],
    *,
    limit: int = EXPORT_BYTES_MAX,
) -> bytes:
    """The file. `sealed` is our ledger as our signer signed it: what is not sealed is not said.

    `leaf` gives the bytes of a leaf of our ledger. `cosigned` are earlier checkpoints of any party,
    each signed by its party: those that witnesses cosigned, and of a party that has changed its
    keys more than once, one by each keys but the first and the last.

    Raises `Refused` if nothing is sealed, or if the file would have more than `limit` bytes.
    """
    own = sealed.mirror
    if not own.size:
        raise Refused("nothing of our ledger is signed yet", where="export")
    ledgers = tuple(
        ShownLedger(tuple(map(_shown, branches_of(state, sealed, party))), party)
        for party in state.first.names
    )
    messages = tuple(leaf(own.leaf(index)).decode() for index in range(1, own.size))
    data = encode(
        Export(
            accord=state.terms.decode(), by=state.us, checkpoints=tuple(cosigned),
            ledgers=ledgers, messages=messages,
        )
    )  # fmt: skip
    if len(data) > limit or len(messages) > MESSAGES_MAX or len(cosigned) > CHECKPOINTS_MAX:
        raise Refused(
            "the line is too long for one file", where="export",
            mend="keep the journal itself, or prove single messages",
        )  # fmt: skip
    return data


def _shown(branch: Branch) -> ShownBranch:
    hashes = branch.mirror.hashes(0, branch.mirror.size)
    return ShownBranch(encode_base64(hashes), branch.note)


# -- reading ---------------------------------------------------------------------------------------

_export: Final = msgspec.json.Decoder(Export)
_AT_BYTE: Final = re.compile(r"byte (\d+)")
_AT_PATH: Final = re.compile(r"`\$\.?([^`]*)`")
_TOKEN: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+(?:"|\\?\Z)|[{}\[\],]', re.DOTALL)


def parse_export(data: bytes) -> Export:
    """Raise `Malformed`, naming the part that is damaged, unless this is an export of some line.

    That its parts are in their places is all that this says: nothing has been verified.
    """
    try:
        data.decode()
        file = exact(_export, data, limit=EXPORT_BYTES_MAX, what="export")
    except UnicodeDecodeError as error:
        raise Malformed("not UTF-8", where=_part(data, error.start)) from error
    except Malformed as error:
        raise Malformed(error.what, where=_damaged(data, error.what)) from error
    try:
        accord = parse_accord(file.terms)
    except Malformed as error:
        raise Malformed(error.what, where=f"export.accord, {error.where}") from error
    parties = tuple(ledger.party for ledger in file.ledgers)
    if parties != accord.names or file.by not in parties:
        raise Malformed(
            f"the accord is between {' '.join(accord.names)}, the ledgers are those of "
            f"{' '.join(parties)}, and {file.by} shows them",
            where="export.accord, export.by or export.ledgers",
        )
    if not file.ledgers[parties.index(file.by)].branches:
        raise Malformed("its keeper shows no ledger of its own", where="export.ledgers")
    return file


def _damaged(data: bytes, what: str) -> str:
    """Where in the file a reader stumbled, from its own words."""
    if path := _AT_PATH.search(what):
        return f"export.{path[1]}"
    wrong = f"{what} {_syntax(data)}"
    found = _AT_BYTE.search(wrong)
    if found is None:
        return _part(data, len(data)) if "truncated" in wrong else "export"
    at = int(found[1])
    if data[at : at + 1] == b"\\":  # no JSON goes on so: the text before it ended too early
        at = len(data[:at].rstrip(b"]},"))
    return _part(data, at)


def _syntax(data: bytes) -> str:
    """What is wrong with the file as plain JSON: it may have ended too early to be an export."""
    try:
        msgspec.json.decode(data)
    except (msgspec.DecodeError, RecursionError) as error:
        return str(error)
    return ""


def _part(data: bytes, at: int) -> str:
    """The place of a byte in what is JSON up to there: `export.ledgers[1].branches[0].note`."""
    steps: list[str | int] = []
    key_next = False
    for token in _TOKEN.findall(data[:at]):
        match token:
            case b"{":
                steps.append("")
                key_next = True
            case b"[":
                steps.append(0)
            case _ if not steps:
                break  # no JSON object at all
            case b"}" | b"]":
                steps = steps[:-1] or steps
            case b"," if isinstance(steps[-1], int):
                steps[-1] += 1
            case b",":
                key_next = True
            case _ if key_next:
                steps[-1] = token.strip(b'"').decode(errors="replace")
                key_next = False
    named = (f"[{step}]" if isinstance(step, int) else f".{step}" for step in steps if step != "")
    return f"export{''.join(named)}"
