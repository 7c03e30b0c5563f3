"""Two stations on a table: the real journals, signers and proofs, with memory in place of disks and
one cable between them that can be cut.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from detente.errors import DetenteError
from detente.journal import Journal
from detente.line.accord import Accord, Card, Channel, Clocks, Level, PerPrecedence, Rates
from detente.line.canonical import encode
from detente.line.decide import Arrived, Release
from detente.line.frame import Beat, Carried, Where, parse_frame
from detente.line.message import Content
from detente.line.state import begin
from detente.store import Memory
from detente.tlog.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from detente.tlog.hash import Hash, leaf_hash
from detente.tlog.keys import PrivateKeys
from detente.tlog.signer import Leaf, Signer

CHANNELS = (
    Channel(name="duty", title="Duty officers", level=Level.DUTY),
    Channel(name="high-level", title="Chiefs of staff", level=Level.CHIEF),
)
# As `detente accord new` has them: ACP 131, and the Vienna Document's 48 hours. No line tests, but
# where a script asks for one.
CLOCKS = Clocks(
    acknowledge_s=PerPrecedence(flash=600, immediate=1_800, priority=10_800, routine=21_600),
    answer_s=172_800, beat_s=10, test_s=366 * 86_400,
)  # fmt: skip
PLENTY = PerPrecedence(flash=10**6, immediate=10**6, priority=10**6, routine=10**6)


class _Log:
    """A signer's memory."""

    def __init__(self) -> None:
        self._kept: list[Leaf] = []
        self._time = 0

    def hashes(self) -> bytes:
        return b"".join(leaf_hash(leaf.data) for leaf in self._kept)

    def generation(self) -> int:
        return 0  # nobody changes keys in an exercise

    def last_time(self) -> int:
        return self._time

    def read(self, index: int) -> bytes | None:
        return self._kept[index].data

    def append(self, time_ms: int, leaves: Sequence[Leaf]) -> None:
        self._time = time_ms
        self._kept += leaves


def _new_keys() -> PrivateKeys:
    return PrivateKeys(secrets.token_bytes(32), secrets.token_bytes(32))


def _card(party: str, keys: PrivateKeys) -> Card:
    """With keys that nobody has ever used, and nobody will use again."""
    return Card(
        courier=secrets.token_bytes(1_216), ed25519=keys.public.ed25519,
        link=_new_keys().public.ed25519, mldsa44=keys.public.mldsa44,
        next_keys=_new_keys().public.digest().hex(),
        origin=f"exercise/{party.replace('_', '-')}/{secrets.token_hex(16)}", party=party,
    )  # fmt: skip


class Table:
    """A line that exists for one exercise. `now` is its clock, ms UTC."""

    def __init__(self, name: str, parties: tuple[str, str], now: int) -> None:
        self.now, self.linked = now, False
        keys = {party: _new_keys() for party in sorted(parties)}
        self.accord = Accord(
            channels=CHANNELS, clocks=CLOCKS, exercise=True, languages=("en",), name=name,
            parties=tuple(_card(party, each) for party, each in keys.items()),
            rates=Rates(bytes_a_minute=PLENTY, messages_a_minute=PLENTY),
            standing_orders=(f"EXERCISE {name}: nothing said here is about the world.",),
            vocabulary=3,
        )  # fmt: skip
        terms = encode(self.accord)
        self.journals = {
            party: Journal(
                begin(party, terms), Memory(), _signer(self.accord, party, each), open_checkpoint
            )
            for party, each in keys.items()
        }
        for journal in self.journals.values():
            journal.handle((), now)
        self.link()

    @property
    def line(self) -> str:
        return leaf_hash(encode(self.accord)).hex()

    def link(self) -> None:
        if not self.linked:
            self.linked = True
            for party, journal in self.journals.items():
                for other in self.journals.keys() - {party}:
                    journal.link(other)
            self.deliver()

    def cut(self) -> None:
        if self.linked:
            self.linked = False
            for party, journal in self.journals.items():
                for other in self.journals.keys() - {party}:
                    journal.unlink(other)

    def say(self, content: Content) -> Hash:
        """Release it at its author's station, and carry it if it can be. Raises `Refused`."""
        journal = self.journals[content.author]
        (result,) = journal.handle([Release(content, ())], self.now).results
        if isinstance(result, DetenteError):
            raise result
        self.deliver()
        return result[0]

    def deliver(self) -> None:
        """Until nobody has anything to tell."""
        moved = self.linked
        while moved:
            moved = False
            for sender in self.journals:
                for reader in self.journals.keys() - {sender}:
                    frame = self.journals[sender].next_frame(reader, self.now)
                    if frame is not None:
                        self._read(sender, reader, frame)
                        moved = True

    def _read(self, sender: str, reader: str, data: bytes) -> None:
        frame, journal = parse_frame(data), self.journals[reader]
        match frame:
            case Carried(advance):
                journal.handle([Arrived(advance)], self.now, sender=sender)
            case Where():
                journal.stands(sender, frame)
            case Beat():
                journal.beats(sender, frame)


def _signer(accord: Accord, party: str, keys: PrivateKeys) -> Signer:
    card = accord.card(party)
    assert card is not None

    def sign(_generation: int, checkpoint: Checkpoint, time_s: int) -> str:
        return sign_checkpoint(keys, checkpoint, time_s)

    return Signer(card.origin, _Log(), sign, lambda _leaf: False)
