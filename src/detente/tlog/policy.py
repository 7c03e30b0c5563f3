"""Which signatures make a checkpoint good enough for a stranger (C2SP tlog-policy).

A policy names logs, witnesses, groups of witnesses, and the one quorum that must have cosigned.
Writing a policy is free of choices; reading one allows the white space and comments of the
specification. Our own logs sign twice, and a policy demands both of them so: `log` is the
Ed25519 key, `witness` the ML-DSA-44 key, `quorum` that witness. Two `log` lines would take either.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from detente.errors import Forged, Malformed
from detente.tlog.cosignature import open_ed25519, open_mldsa44
from detente.tlog.head import Checkpoint, parse_checkpoint
from detente.tlog.keys import PublicKeys, verify_ed25519
from detente.tlog.note import (
    COSIGNATURE_ED25519,
    COSIGNATURE_MLDSA44,
    ED25519,
    Note,
    VerifierKey,
    parse_note,
    parse_verifier_key,
)
from detente.tlog.text import parse_decimal

MAX_LOGS = 64
MAX_WITNESSES = 64
MAX_GROUPS = 64
"""C2SP asks for at least 32 of each."""
MAX_POLICY_BYTES = 512 * 1024
"""Room for all of them with ML-DSA-44 keys, addresses and comments."""

NONE = "none"
"""The quorum that needs no cosignature."""

_LOG_TYPES = frozenset({ED25519, COSIGNATURE_MLDSA44})
_WITNESS_TYPES = frozenset({COSIGNATURE_ED25519, COSIGNATURE_MLDSA44})
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f]")
_WORD = re.compile("[^ \t]+")


@dataclass(frozen=True, slots=True)
class Log:
    """A log whose checkpoints are taken; the name of its key is its origin. `url` may be empty."""

    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """A cosigner; `name` means something in this policy only. `url` may be empty."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Has witnessed what at least `threshold` of its members (witnesses or groups) have."""

    name: str
    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """Groups stand after what they name; `quorum` is a witness, a group or `NONE`."""

    logs: tuple[Log, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint that satisfies a policy, and when whom of its witnesses saw it.

    `times_s` maps names of witnesses to POSIX seconds; zero says "at no time in particular".
    """

    checkpoint: Checkpoint
    times_s: Mapping[str, int]


def policy_of(origin: str, keys: PublicKeys) -> Policy:
    """What a stranger must demand of one of our own logs: both of its signatures."""
    log = Log(VerifierKey(origin, ED25519, keys.ed25519))
    witness = Witness("mldsa44", VerifierKey(origin, COSIGNATURE_MLDSA44, keys.mldsa44))
    return Policy((log,), (witness,), (), witness.name)


def format_policy(policy: Policy) -> str:
    """One line for each log, witness and group, in this order, and the quorum."""
    lines = [f"log {log.key.text()} {log.url}" for log in policy.logs]
    lines += [f"witness {each.name} {each.key.text()} {each.url}" for each in policy.witnesses]
    lines += [
        f"group {each.name} {_threshold_word(each)} {' '.join(each.members)}"
        for each in policy.groups
    ]
    lines.append(f"quorum {policy.quorum}")
    return "".join(line.rstrip(" ") + "\n" for line in lines)


def _threshold_word(group: Group) -> str:
    if group.threshold == len(group.members):
        return "all"
    return "any" if group.threshold == 1 else str(group.threshold)


def parse_policy(data: str | bytes) -> Policy:
    """A policy, or Malformed.

    Octets above 0x7f are opaque, as the specification has it: names are equal when their octets
    are, and text that is not UTF-8 is kept (as surrogate escapes).
    """
    try:
        octets = data.encode("utf-8", "surrogateescape") if isinstance(data, str) else data
    except UnicodeError as error:
        raise Malformed("text that no octets encode", where="policy") from error
    if len(octets) > MAX_POLICY_BYTES:
        raise Malformed(f"longer than {MAX_POLICY_BYTES} bytes", where="policy")
    text = octets.decode("utf-8", "surrogateescape")
    if _FORBIDDEN.search(text) is not None:
        raise Malformed("a control character", where="policy", mend="lines end in LF alone")
    lines = text.split("\n")
    if lines.pop() != "":
        raise Malformed("the last line does not end in a newline", where="policy")
    reader = _Reader()
    for number, line in enumerate(lines, start=1):
        words = _WORD.findall(line)
        if words and not words[0].startswith("#"):
            reader.take(words, where=f"policy line {number}")
    return reader.policy()


@dataclass(slots=True)
class _Reader:
    """What the lines read so far have defined."""

    logs: list[Log] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str = ""
    names: set[str] = field(default_factory=set)
    grouped: set[str] = field(default_factory=set)

    def take(self, words: list[str], where: str) -> None:
        match words:
            case ["log", vkey, *url] if len(url) <= 1:
                key = _key(vkey, _LOG_TYPES, [log.key for log in self.logs], where)
                _room(self.logs, MAX_LOGS, where)
                self.logs.append(Log(key, *url))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                key = _key(vkey, _WITNESS_TYPES, [each.key for each in self.witnesses], where)
                _room(self.witnesses, MAX_WITNESSES, where)
                self._define(name, where)
                self.witnesses.append(Witness(name, key, *url))
            case ["group", name, threshold, _, *_]:
                self._group(name, threshold, tuple(words[3:]), where)
            case ["quorum", name] if not self.quorum:
                if name != NONE and name not in self.names:
                    raise Malformed(f"{name!a} is not defined above", where=where)
                self.quorum = name
            case ["quorum", _]:
                raise Malformed("a second quorum", where=where)
            case _:
                raise Malformed(
                    "not a line of a policy",
                    where=where,
                    mend="log <vkey> [<url>], witness <name> <vkey> [<url>], "
                    "group <name> <all, any or number> <name>..., or quorum <name>",
                )

    def policy(self) -> Policy:
        if not self.quorum:
            raise Malformed("no quorum", where="policy", mend="end it with a line `quorum <name>`")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _define(self, name: str, where: str) -> None:
        if name == NONE or name in self.names:
            raise Malformed(f"{name!a} is already defined", where=where)
        self.names.add(name)

    def _group(self, name: str, threshold: str, members: tuple[str, ...], where: str) -> None:
        _room(self.groups, MAX_GROUPS, where)
        for member in members:
            # Once in the whole policy, so that a witness counts towards the quorum in one way.
            if member not in self.names or member in self.grouped:
                raise Malformed(f"{member!a} is not defined above or grouped twice", where=where)
            self.grouped.add(member)
        self._define(name, where)
        match threshold:
            case "all":
                needed = len(members)
            case "any":
                needed = 1
            case _:
                needed = parse_decimal(threshold, where)
        if not 1 <= needed <= len(members):
            raise Malformed(f"{needed} of {len(members)} members", where=where)
        self.groups.append(Group(name, needed, members))


def _key(vkey: str, types: frozenset[int], others: list[VerifierKey], where: str) -> VerifierKey:
    key = parse_verifier_key(vkey)
    if key.algorithm not in types:
        raise Malformed(f"a key of type {key.algorithm:#04x} cannot stand here", where=where)
    if any(key.key == other.key for other in others):
        raise Malformed("the same public key a second time", where=where)
    return key


def _room(taken: list[Log] | list[Witness] | list[Group], most: int, where: str) -> None:
    if len(taken) >= most:
        raise Malformed(f"more than {most} lines of this kind", where=where)


def check_policy(policy: Policy, note: str) -> Witnessed:
    """The checkpoint, if one of the logs signed it and the quorum of witnesses cosigned it.

    Malformed if the note has no such encoding; Forged if the policy is not satisfied, or if a
    line of a key that the policy names is repeated or does not hold.
    """
    opened = parse_note(note)
    checkpoint = parse_checkpoint(opened.text)
    where = f"checkpoint of {checkpoint.origin!a}"
    logs = [log.key for log in policy.logs if log.key.name == checkpoint.origin]
    # Every line of a known key is looked at, not only the first that holds.
    signed = [_time(opened, checkpoint, key) for key in logs]
    if all(time_s is None for time_s in signed):
        raise Forged("signed by no log of the policy", where=where)
    times = {each.name: _time(opened, checkpoint, each.key) for each in policy.witnesses}
    times_s = {name: time_s for name, time_s in times.items() if time_s is not None}
    seen = {NONE, *times_s}
    for group in policy.groups:
        if len(seen.intersection(group.members)) >= group.threshold:
            seen.add(group.name)
    if policy.quorum not in seen:
        raise Forged(f"not cosigned by the quorum {policy.quorum!a}", where=where)
    return Witnessed(checkpoint, times_s)


def _time(note: Note, checkpoint: Checkpoint, key: VerifierKey) -> int | None:
    """When `key` signed the note: None if it did not, zero if its type names no time; or Forged."""
    mine = (key.name, key.id)
    blobs = [line.blob for line in note.signatures if (line.name, line.key_id) == mine]
    match blobs:
        case []:
            return None
        case [blob]:
            return _OPEN[key.algorithm](key, checkpoint, blob)
        case _:
            raise Forged(f"{len(blobs)} lines of the key {key.id.hex()}", where=key.name)


def _open_plain(key: VerifierKey, checkpoint: Checkpoint, blob: bytes) -> int:
    where = f"0x01 line of {key.name!a}"
    verify_ed25519(key.key, checkpoint.text().encode(), blob, where=where)
    return 0


_OPEN: Mapping[int, Callable[[VerifierKey, Checkpoint, bytes], int]] = {
    ED25519: _open_plain,
    COSIGNATURE_ED25519: lambda vkey, *rest: open_ed25519(vkey.key, vkey.name, *rest),
    COSIGNATURE_MLDSA44: lambda vkey, *rest: open_mldsa44(vkey.key, vkey.name, *rest),
}
