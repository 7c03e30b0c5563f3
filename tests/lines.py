"""Lines for whoever reads them as a stranger: with a witness, and with a party that lies.

What a station of ours would never release or sign is made by hand here, with the same keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from detente.audit import Export, export, parse_export
from detente.line.accord import Accord, Witness
from detente.line.canonical import encode
from detente.line.decide import Arrived
from detente.line.message import Header, Message
from detente.tlog.advance import Advance, Branch
from detente.tlog.checkpoint import Checkpoint, read_checkpoint, sign_checkpoint
from detente.tlog.cosignature import cosign_ed25519, cosign_mldsa44
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.mirror import Mirror
from detente.tlog.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    Note,
    Signature,
    VerifierKey,
    format_note,
    parse_note,
)
from tests import stations
from tests.stations import FLASH, NOON, PAIR, private

WITNESS = "witness.example/strait"
NOON_S = NOON // 1_000


def witness() -> Witness:
    """A witness with both kinds of key."""
    public = private(WITNESS).public
    keys = (
        VerifierKey(WITNESS, COSIGNATURE_ED25519, public.ed25519).text(),
        VerifierKey(WITNESS, COSIGNATURE_MLDSA44, public.mldsa44).text(),
    )
    return Witness(every_s=3_600, keys=keys, name=WITNESS)


def cosign(note: str, time_s: int = NOON_S + 60) -> str:
    """The note with the two lines of the witness, which saw it a minute after noon."""
    checkpoint, keys = read_checkpoint(note), private(WITNESS)
    return with_lines(
        note,
        cosign_ed25519(keys, WITNESS, checkpoint, time_s),
        cosign_mldsa44(keys, WITNESS, checkpoint, time_s),
    )


def with_lines(note: str, *lines: Signature) -> str:
    """The note with more lines."""
    opened = parse_note(note)
    return format_note(Note(opened.text, (*opened.signatures, *lines)))


class Line(stations.Line):
    """Stations under an accord that names the witness."""

    def __init__(self, parties: Sequence[str] = PAIR, **changes: Any) -> None:
        super().__init__(parties, **{"witnesses": (witness(),), **changes})

    def sealed(self, party: str) -> Branch:
        """A station's own ledger as its signer signed it."""
        sealed = self[party].sealed
        assert sealed is not None
        return sealed

    def leaves(self, party: str) -> list[bytes]:
        """The leaves of a station's own ledger."""
        mirror = self.sealed(party).mirror
        return [self[party].leaf(mirror.leaf(index)) for index in range(mirror.size)]

    def export(self, party: str, cosigned: Sequence[str] = ()) -> bytes:
        station = self[party]
        return export(station.state, self.sealed(party), station.leaf, cosigned)

    def file(self, party: str, cosigned: Sequence[str] = ()) -> Export:
        return parse_export(self.export(party, cosigned))

    def show(self, reader: str, *advances: Advance) -> None:
        """Hand advances to one station, from nobody in particular, and let everybody hear of it."""
        for advance in advances:
            self.handle(reader, Arrived(advance))
        self.deliver()


# -- by hand ---------------------------------------------------------------------------------------


def make_leaf(terms: Accord, author: str, act: str, body: Any = None, /, **header: Any) -> bytes:
    """Any message at all: FLASH 0 on `duty`, on a half that its author never moved, or as told."""
    line = leaf_hash(encode(terms)).hex()
    fields: dict[str, Any] = {
        "accord": line, "act": act, "author": author, "channel": "duty", "epoch": 0, "line": line,
        "precedence": FLASH, "releasers": (), "reply": None, "salt": "00" * 16, "serial": 0,
        "time": NOON, "to": (), **header,
    }  # fmt: skip
    return encode(Message(body=body or {}, header=Header(**fields)))


def sign_hashes(
    accord: Accord, party: str, hashes: Iterable[Hash], generation: int = 0, time_s: int = NOON_S
) -> Branch:
    """A ledger of any leaf hashes, signed by its party's keys."""
    card = accord.card(party)
    assert card is not None
    mirror = Mirror().extend(b"".join(hashes))
    checkpoint = Checkpoint(card.origin, mirror.size, mirror.root)
    return Branch(mirror, sign_checkpoint(private(party, generation), checkpoint, time_s))


def sign(
    accord: Accord, party: str, leaves: Iterable[bytes], generation: int = 0, time_s: int = NOON_S
) -> Branch:
    """A ledger of any leaves after the accord, signed by its party's keys."""
    hashes = map(leaf_hash, (encode(accord), *leaves))
    return sign_hashes(accord, party, hashes, generation, time_s)


def advance_of(branch: Branch, *leaves: bytes) -> Advance:
    """A whole branch as it travels."""
    return Advance(0, branch.mirror.hashes(0, branch.mirror.size), branch.note, leaves)
