"""The dishonest party: it runs our own station, and does to it what no station of ours would allow.

It holds its own keys and nobody else's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from detente.line.act import SHORT_MAX
from detente.line.canonical import encode
from detente.line.entry import Own
from detente.line.frame import Beat, Carried, Held, Ledger, Where, parse_frame
from detente.line.message import Precedence
from detente.line.state import State
from detente.sim.network import Network
from detente.sim.people import origin
from detente.tlog.hash import leaf_hash

OLD_FRAMES: Final = 200
_UNKNOWN: Final = "ab" * 32

Draft = dict[str, Any]  # a header, and its body under "body"


class Liar:
    def __init__(self, network: Network, party: str) -> None:
        self.network, self.world, self.party = network, network.world, party
        self.rng = network.world.rng
        self.hoards: set[str] = set()  # readers who are not shown all the bytes
        self.silent: set[str] = set()  # readers who are not shown the ledger any more
        self._forged: list[bytes] = []  # words of others, made up by us
        self._old: list[bytes] = []
        self._habits = self.rng.sample(sorted(_LIES), self.rng.randint(1, 5))
        network.alter = self._alter

    # -- on the way out ---------------------------------------------------------------------------

    def _alter(self, reader: str, data: bytes) -> list[bytes]:
        frame = parse_frame(data)
        if not isinstance(frame, Carried):
            return [data]
        advance = frame.advance
        ours = advance.note.startswith(origin(self.party) + "\n")
        if ours and reader in self.silent:
            return []
        leaves = advance.leaves
        if reader in self.hoards:  # the hashes are shown, for the root needs them
            leaves = tuple(leaf for leaf in leaves if leaf_hash(leaf)[0] & 1)
        if ours:
            leaves = (*leaves, *self._forged)
        altered = encode(Carried(msgspec.structs.replace(advance, leaves=leaves)))
        self._old = [*self._old[-OLD_FRAMES:], altered]
        return [altered]

    def pesters(self) -> None:
        """Something that no station sends, to somebody."""
        reader = self.rng.choice([name for name in self.world.names if name != self.party])
        for data in self._pestering():
            self.network.arrives(self.party, reader, data)

    def _pestering(self) -> list[bytes]:
        rng, world = self.rng, self.world
        match rng.randrange(5):
            case 0:
                return [rng.randbytes(rng.randrange(1, 200))]
            case 1:
                return rng.sample(self._old, min(10, len(self._old)))
            case 2:  # "I hold all of it", or nothing, or something else
                held = tuple(
                    Ledger(branches=(Held(root=mirror.root, size=mirror.size),), party=name)
                    for name in world.names
                    for mirror in (world.record.ledger(name),)
                )
                party = rng.choice((*world.names, "nobody"))
                lie = Ledger(branches=(Held(root=bytes(32), size=rng.randrange(99)),), party=party)
                return [encode(Where(by=self.party, held=rng.choice((held, (), (lie,)))))]
            case 3:
                notes = (f"{origin(self.party)}\n7\n", "", world.rng.choice(self._notes()))
                return [encode(Beat(by=self.party, checkpoints=notes[rng.randrange(3) :], time=0))]
            case _:
                return [b'{"frame":"advance","advance":' * 9, b"{}", b'{"frame":"gossip"}', b"\xff"]

    def _notes(self) -> list[str]:
        branches = self.world.station(self.party).journal.state.branches
        return [branches[name][0].note for name in self.world.names if name in branches] or [""]

    # -- in its own ledger ------------------------------------------------------------------------

    def forks(self) -> None:
        """From now on half of the readers are shown a ledger of their own."""
        faces = self.world.faces[self.party]
        if len(faces) < 3 and faces[0].up:
            self.world.count["forks"] += 1
            faces.append(faces[0].twin())
            for face in faces:
                self.network.breaks(face)

    def lies(self) -> None:
        """Put into its ledger what no officer of ours could release."""
        face = self.rng.choice(self.world.faces[self.party])
        state = face.journal.state
        if not face.up or not state.own.size:
            return
        kind = self.rng.choice(self._habits)
        leaf = self._leaf(state, kind)
        self.world.note(self.party, kind, leaf)
        self.world.count["lies"] += 1
        digest = leaf_hash(leaf)
        if digest in state.messages or digest == state.line:
            return
        if kind in _BEYOND:
            self.world.beyond.add(digest)
        if face.signer.size == state.own.size:
            face.disk.write([encode(Own(leaf, face.clock))])
            self.world.step(face, lambda _: face.signer.seal(state.own.size, [leaf], face.clock))
            self.world.boot(face)

    def _leaf(self, state: State, kind: str) -> bytes:
        if kind == "junk":
            return self.rng.choice((b"junk", b'{"body":{"a":1.5},"header":{}}', b"\xff" * 9, b""))
        draft: Draft = {
            "accord": state.line.hex(),
            "act": "service",
            "author": state.us,
            "body": {"text": f"lie {self.rng.random()}"},
            "channel": self.rng.choice(("duty", "high")),
            "line": state.line.hex(),
            "precedence": self.rng.choice(list(Precedence)),
            "releasers": [],
            "reply": None,
            "salt": self.rng.randbytes(16).hex(),
            "time": self.rng.choice((0, 2**53 - 1, self.world.now)),
            "to": [],
        }
        _LIES[kind](self, state, draft)
        history = state.history(state.us, draft["channel"])
        draft.setdefault("epoch", len(history) - 1)
        draft.setdefault("serial", state.tally(state.us, draft["precedence"]))
        leaf = encode({"body": draft.pop("body"), "header": draft})
        if kind == "forge":
            self._forged.append(leaf)
        return leaf


# -- each lie: what it does to a draft of nothing in particular ----------------------------------


def _skips(liar: Liar, state: State, draft: Draft) -> None:
    draft["serial"] = state.tally(state.us, draft["precedence"]) + liar.rng.randint(1, 2)


def _repeats(liar: Liar, state: State, draft: Draft) -> None:
    """A second message under a number that it has used."""
    ours = sorted(leaf for leaf, said in state.messages.items() if said.author == state.us)
    if not ours:
        return
    said = state.messages[liar.rng.choice(ours)]
    draft |= {"precedence": said.precedence, "serial": said.serial, "epoch": said.epoch}
    draft["channel"] = said.channel
    _moves(liar, draft)


def _moves(liar: Liar, draft: Draft) -> None:
    draft["act"] = liar.rng.choice(("open", "suspend", "close"))
    draft["body"] = {"reason": "lie", "review": 0} if draft["act"] == "suspend" else {}


def _slow_half(liar: Liar, _: State, draft: Draft) -> None:
    draft["precedence"] = liar.rng.choice((Precedence.ROUTINE, Precedence.IMMEDIATE))
    _moves(liar, draft)


def _wrong_half(liar: Liar, _: State, draft: Draft) -> None:
    draft["precedence"] = Precedence.FLASH
    _moves(liar, draft)


def _old_epoch(liar: Liar, state: State, draft: Draft) -> None:
    draft["epoch"] = liar.rng.randrange(len(state.history(state.us, draft["channel"])))
    _wrong_half(liar, state, draft)


def _forges(liar: Liar, state: State, draft: Draft) -> None:
    draft["author"] = liar.rng.choice(state.others)
    draft["serial"] = state.tally(draft["author"], draft["precedence"])


def _replies(liar: Liar, state: State, draft: Draft) -> None:
    draft["act"] = liar.rng.choice(("answer", "revise", "agree", "acknowledge"))
    draft["body"] = {} if draft["act"] == "agree" else {"text": "lie"}
    draft["reply"] = liar.rng.choice((None, _UNKNOWN, *_hex(state)))


def _rekeys(liar: Liar, _: State, draft: Draft) -> None:
    """To keys that nobody was promised."""
    card = liar.world.ring.public(liar.party, 0)
    keys = {"ed25519": card.ed25519, "mldsa44": card.mldsa44, "next_keys": _UNKNOWN}
    body = msgspec.to_builtins(keys)
    draft |= {"act": "rekey", "body": body, "precedence": Precedence.FLASH}


def _hex(state: State) -> list[str]:
    return sorted(leaf.hex() for leaf in state.messages)


def _with(**changes: Any) -> Callable[[Liar, State, Draft], None]:
    def lie(_: Liar, __: State, draft: Draft) -> None:
        draft |= changes

    return lie


_LIES: Final[Mapping[str, Callable[[Liar, State, Draft], None]]] = MappingProxyType(
    {
        "accord": _with(accord=_UNKNOWN),
        "act": _with(act="zap"),
        "body": _with(body={"plan": [1, {"x": "y"}]}),
        "channel": _with(channel="nowhere"),
        "epoch": _with(epoch=99),
        "forge": _forges,
        "junk": _with(),
        "old epoch": _old_epoch,
        "oversize": _with(
            body={"text": "x" * SHORT_MAX}, releasers=("y" * 256,) * 8, precedence=Precedence.FLASH
        ),
        "rekey": _rekeys,
        "repeat": _repeats,
        "reply": _replies,
        "skip": _skips,
        "slow half": _slow_half,
        "wave": _with(act="wave"),
        "wrong half": _wrong_half,
    }
)
_BEYOND: Final = frozenset(("accord", "act", "body", "channel", "epoch", "wave"))
