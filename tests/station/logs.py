"""Logs and witnesses for tests: real keys, real trees, real files."""

from __future__ import annotations

from pathlib import Path

from detente.station.config import LogConfig
from detente.station.cosigner import Cosigner, Submission
from detente.tlog.checkpoint import Checkpoint, sign_checkpoint
from detente.tlog.hash import leaf_hash
from detente.tlog.keys import PrivateKeys
from detente.tlog.mirror import Mirror
from detente.tlog.note import COSIGNATURE_MLDSA44, ED25519, VerifierKey

NOON_S = 1_770_000_000
NAME = "neutral.example/w1"
ORIGIN = "detente/northland/" + "1" * 32
WITNESS_KEYS = PrivateKeys(b"w" * 32, b"v" * 32)


class Log:
    """A log of numbered leaves; two with the same seed and another word are forks of each other."""

    def __init__(self, origin: str = ORIGIN, seed: bytes = b"1", word: str = "leaf") -> None:
        self.origin, self.keys = origin, PrivateKeys(seed * 32, seed * 32)
        self._word = word

    def mirror(self, size: int) -> Mirror:
        leaves = (leaf_hash(f"{self._word} {index}".encode()) for index in range(size))
        return Mirror().extend(b"".join(leaves))

    def note(self, size: int) -> str:
        checkpoint = Checkpoint(self.origin, size, self.mirror(size).root)
        return sign_checkpoint(self.keys, checkpoint, NOON_S)

    def growth(self, old: int, size: int) -> bytes:
        """The request of an honest client."""
        path = self.mirror(size).consistency(old, size) if 0 < old < size else ()
        return Submission(old, path, self.note(size)).text().encode()

    def vkeys(self) -> tuple[VerifierKey, VerifierKey]:
        public = self.keys.public
        return (
            VerifierKey(self.origin, ED25519, public.ed25519),
            VerifierKey(self.origin, COSIGNATURE_MLDSA44, public.mldsa44),
        )

    def config(self) -> LogConfig:
        return LogConfig(self.origin, self.vkeys())


LOG = Log()


def made(folder: Path, *logs: LogConfig) -> Cosigner:
    """A new witness of `logs`, by default of `LOG`."""
    Cosigner.create(folder)
    return opened(folder, *logs)


def opened(folder: Path, *logs: LogConfig) -> Cosigner:
    return Cosigner(NAME, WITNESS_KEYS, logs or [LOG.config()], folder)
