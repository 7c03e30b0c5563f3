"""What a file shows of each ledger, and whether its leaves, hashes and signatures hold.

Blame is put where it belongs: if a party's signature holds over another root than the hashes lead
to, the hashes are at fault; if it holds over nothing, the note is.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from detente.audit.exports import Export, ShownBranch
from detente.audit.findings import Code, Cosignature, Finding, Signature
from detente.audit.forks import Equivocation
from detente.errors import DetenteError, Forged, Malformed
from detente.line.message import parse_message
from detente.line.state import Generation, State
from detente.tlog.checkpoint import Checkpoint, Signed, Verify, read_checkpoint
from detente.tlog.cosignature import open_ed25519, open_mldsa44
from detente.tlog.hash import HASH_BYTES, Hash, leaf_hash
from detente.tlog.keys import PublicKeys
from detente.tlog.mirror import Mirror
from detente.tlog.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    VerifierKey,
    parse_note,
    parse_verifier_key,
)
from detente.tlog.text import decode_base64

_OPEN: Final = {COSIGNATURE_ED25519: open_ed25519, COSIGNATURE_MLDSA44: open_mldsa44}


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """A checkpoint whose signatures hold, and the keys that made them."""

    signed: Signed
    keys: PublicKeys


@dataclasses.dataclass(frozen=True, slots=True)
class Shown:
    """One branch of a party's ledger. `opened` is None if it does not hold: a finding says why."""

    party: str
    name: str
    mirror: Mirror
    note: str
    places: Mapping[Hash, int]  # the first of each leaf
    opened: Opened | None


class Reading:
    """Everything that is signed in a file, with what was found on the way. Lives for one audit.

    `state` is the fold of the file's leaves: it knows which keys the rekeys among them reveal.
    """

    def __init__(self, file: Export, state: State, verify: Verify) -> None:
        self.findings: list[Finding] = []
        self.cosignatures: dict[Cosignature, None] = {}  # in order; two keys may say one thing
        self.signatures: list[Signature] = []
        self._state, self._verify = state, verify
        self._by: set[tuple[str, PublicKeys]] = set()
        self._witnesses = _witnesses(state)
        self._damaged: set[str] = set()  # parties of whose ledger not all could be read
        self.shown = self._ledgers(file)
        for number, note in enumerate(file.checkpoints, 1):
            self._earlier(note, f"checkpoint {number}")
        self._leaves(file)
        self._times()
        self._generations()

    def of(self, party: str) -> list[Shown]:
        return [each for each in self.shown if each.party == party]

    def _find(self, code: Code, where: str, what: str, whose: str = "") -> None:
        self.findings.append(Finding(code, where, what, whose))

    # -- ledgers -----------------------------------------------------------------------------------

    def _ledgers(self, file: Export) -> list[Shown]:
        found = []
        for ledger in file.ledgers:
            for number, branch in enumerate(ledger.branches, 1):
                name = ledger.party if number == 1 else f"{ledger.party}, branch {number}"
                shown = self._branch(ledger.party, name, branch)
                if shown is None or shown.opened is None:
                    self._damaged.add(ledger.party)
                if shown is not None:
                    found.append(shown)
        return found

    def _branch(self, party: str, name: str, branch: ShownBranch) -> Shown | None:
        where = f"hashes of {name}"
        try:
            mirror = Mirror().extend(decode_base64(branch.hashes, where))
        except Malformed as error:
            self._find(Code.HASHES, where, error.what)
            return None
        if not mirror.size or mirror.leaf(0) != self._state.line:
            ours = name == self._state.us
            self._find(
                Code.ACCORD, "accord" if ours else where, f"not leaf 0 of the ledger of {name}"
            )
        places = _places(mirror)
        if len(places) < mirror.size:
            self._find(Code.REPEATED, where, "a leaf stands twice", party)
        opened = self._opened(party, name, branch.note, mirror, places)
        if opened is not None:
            self._cosigned(party, branch.note, opened.signed, f"note of {name}")
            self._keep(party, opened)
        return Shown(party, name, mirror, branch.note, places, opened)

    def _opened(
        self, party: str, name: str, note: str, mirror: Mirror, places: Mapping[Hash, int]
    ) -> Opened | None:
        where = f"note of {name}"
        try:
            checkpoint = read_checkpoint(note)
        except Malformed as error:
            self._find(Code.NOTE, where, error.what)
            return None
        fits = (checkpoint.size, checkpoint.root) == (mirror.size, mirror.root)
        generations = self._state.generations(party)
        keys = _in_force(generations, places, mirror.size)
        opened = self._try(
            party, note, [keys] if fits else [each.keys for each in generations], where
        )
        if opened is None or fits:
            return opened
        self._find(
            Code.HASHES,
            f"hashes of {name}",
            f"not those of the {checkpoint.size} leaves that it signed",
        )
        return None

    def _try(
        self, party: str, note: str, candidates: Sequence[PublicKeys], where: str
    ) -> Opened | None:
        """By the first of these keys that signed it; a finding if none did."""
        card = self._state.first.card(party)
        assert card is not None
        problem: DetenteError | None = None
        for keys in candidates:
            try:
                return Opened(self._verify(note, card.origin, keys), keys)
            except (Forged, Malformed) as error:
                problem = problem or error
        assert problem is not None
        self._find(Code.NOTE, where, f"{party} has not signed it: {problem.what}")
        return None

    # -- checkpoints -------------------------------------------------------------------------------

    def _earlier(self, note: str, where: str) -> None:
        """A checkpoint of any party: of a ledger shown here, at that size or an earlier one."""
        try:
            checkpoint = read_checkpoint(note)
            party = self._state.whose(checkpoint.origin)
        except DetenteError as error:
            self._find(Code.NOTE, where, error.what)
            return
        generations = self._state.generations(party)
        home = next((each for each in self.of(party) if _was(each.mirror, checkpoint)), None)
        if home is None:
            candidates = [each.keys for each in generations]
        else:
            candidates = [_in_force(generations, home.places, checkpoint.size)]
        opened = self._try(party, note, candidates, where)
        if opened is None:
            return
        self._cosigned(party, note, opened.signed, where)
        self._keep(party, opened)
        if home is None and party not in self._damaged:
            self._stray(party, note, checkpoint, where)

    def _stray(self, party: str, note: str, checkpoint: Checkpoint, where: str) -> None:
        """The party signed it, and no ledger shown here ever was what it says."""
        shown = self.of(party)
        if all(checkpoint.size > each.mirror.size for each in shown):
            most = max((each.mirror.size for each in shown), default=0)
            self._find(
                Code.WITHHELD,
                where,
                f"{party} signed {checkpoint.size} leaves; here are {most}",
                party,
            )
            return
        what = f"{party} signed another ledger of {checkpoint.size} leaves than the one shown"
        twin = next((each for each in shown if each.mirror.size == checkpoint.size), None)
        evidence = Equivocation(party, what, (twin.note, note)) if twin else None
        self.findings.append(Finding(Code.EQUIVOCATION, where, what, party, evidence))

    def _cosigned(self, party: str, note: str, signed: Signed, where: str) -> None:
        """Every line of a note but its own log's two is a witness's, and holds."""
        seen = set(parse_note(signed.note).signatures)
        for line in parse_note(note).signatures:
            if line in seen:
                continue
            seen.add(line)
            place = f"{where}, line of {line.name}"
            key = self._witnesses.get((line.name, line.key_id))
            if key is None:
                self._find(Code.UNKNOWN_KEY, place, f"signed by the key {line.key_id.hex()}")
                continue
            try:
                time_s = _OPEN[key.algorithm](key.key, key.name, signed.checkpoint, line.blob)
            except Forged as error:
                self._find(Code.COSIGNATURE, place, error.what)
                continue
            found = Cosignature(party, signed.checkpoint.size, key.name, time_s)
            self.cosignatures[found] = None

    def _keep(self, party: str, opened: Opened) -> None:
        found = Signature(party, opened.signed.checkpoint.size, opened.signed.time_s)
        self.signatures.append(found)
        self._by.add((party, opened.keys))

    # -- the file's own leaves ---------------------------------------------------------------------

    def _leaves(self, file: Export) -> None:
        """The text of each leaf is what stands at its place in its keeper's ledger."""
        own = next((each for each in self.shown if each.name == file.by), None)
        seen: set[Hash] = set()
        for place, text in enumerate(file.messages, 1):
            leaf, where = text.encode(), f"leaf {place}"
            digest = leaf_hash(leaf)
            if own is not None and place < own.mirror.size and own.mirror.leaf(place) != digest:
                self._find(Code.LEAF, where, "its hash is not the one that stands in the ledger")
            try:
                message = parse_message(leaf)
            except Malformed as error:
                self._find(Code.LEAF, where, str(error))
            else:
                if message.header.line != self._state.line.hex():
                    self._find(Code.LEAF, where, "it was said on another line")
            if digest in seen:
                self._find(Code.REPEATED, where, "the same message stands here before", file.by)
            seen.add(digest)
        if own is not None and own.mirror.size != 1 + len(file.messages):
            what = f"{1 + len(file.messages)} leaves of {own.mirror.size} are here"
            self._find(Code.WITHHELD, "messages", what, file.by)

    # -- of all signatures together ----------------------------------------------------------------

    def _times(self) -> None:
        """A party's later checkpoint is not signed at an earlier time."""
        latest: dict[str, Signature] = {}
        for each in sorted(self.signatures, key=lambda one: (one.party, one.size, one.time_s)):
            before = latest.setdefault(each.party, each)
            if each.time_s < before.time_s:
                what = f"{each.size} leaves at {each.time_s} s, {before.size} at {before.time_s} s"
                self._find(Code.TIME, f"checkpoints of {each.party}", what, each.party)
            latest[each.party] = each

    def _generations(self) -> None:
        """Keys that promised the ones after them signed something here."""
        for shown in self.shown:
            held = [
                each
                for each in self._state.generations(shown.party)
                if each.leaf is not None and each.leaf in shown.places
            ]
            for number, each in enumerate(held[:-1], 2):
                if shown.opened is not None and (shown.party, each.keys) not in self._by:
                    self._find(
                        Code.KEYS,
                        f"hashes of {shown.name}",
                        f"no checkpoint here is by keys {number}",
                    )


def _places(mirror: Mirror) -> dict[Hash, int]:
    hashes = mirror.hashes(0, mirror.size)
    return {
        Hash(hashes[place * HASH_BYTES : (place + 1) * HASH_BYTES]): place
        for place in reversed(range(mirror.size))
    }


def _in_force(
    generations: Iterable[Generation], places: Mapping[Hash, int], size: int
) -> PublicKeys:
    """The keys that sign a ledger at a size: the first checkpoint over a rekey is by the new
    ones.
    """
    first, *later = generations
    keys = first.keys
    for each in later:
        assert each.leaf is not None
        if places.get(each.leaf, size) >= size:
            break
        keys = each.keys
    return keys


def _was(mirror: Mirror, checkpoint: Checkpoint) -> bool:
    return checkpoint.size <= mirror.size and mirror.root_at(checkpoint.size) == checkpoint.root


def _witnesses(state: State) -> dict[tuple[str, bytes], VerifierKey]:
    """The witnesses of every accord that stands or stood."""
    keys = (parse_verifier_key(key) for key in _witness_keys(state))
    return {(key.name, key.id): key for key in keys}


def _witness_keys(state: State) -> Iterator[str]:
    for accord in state.accords.values():
        for witness in accord.witnesses:
            yield from witness.keys
