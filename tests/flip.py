"""Flips every byte of an export, one at a time, and sees each flip found and its part named.

    python -m tests.flip              the lowest bit of every byte
    python -m tests.flip --bits 3     and three of its other bits, chosen by a fixed seed

A flip passes if `detente verify`, as a person types it, ends with its code for findings and says of
the part that was changed that something is wrong with it. The export is of ten messages, really
signed, with a cosigned checkpoint.
"""

from __future__ import annotations

import argparse
import bisect
import multiprocessing
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass

from detente.audit import Export, parse_export
from detente.cli.exits import Exit
from detente.line.canonical import encode
from tests.cli.typed import detente
from tests.lines import Line, cosign
from tests.stations import FLASH, PAIR

PROCESSES = 2
SHOWN = 20  # failures written out

Flip = tuple[int, int]  # index of a byte, bits of it to change


@dataclass(frozen=True)
class Part:
    """A stretch of the file, and the names by which a reader may find fault with it."""

    start: int
    end: int
    names: tuple[str, ...]


def make_export() -> bytes:
    """The file of one party after ten messages."""
    line = Line()
    line.opened()
    query = line.say("northland", "query", {"text": "Whose?"})
    line.say("southmark", "answer", {"text": "Ours: «Заря», out of Kiel."}, reply=query)
    suspension = line.say("southmark", "suspend", {"reason": 'a "collision"', "review": 0})
    drone = {"kind": "accident_not_hostile", "text": "A drone fell."}
    line.say("northland", "notify", drone, precedence=FLASH)
    for name in PAIR:
        line.say(name, "restore", {"lifts": [suspension.hex()]})
    earlier = line.sealed("northland").note
    test = line.say("southmark", "test", {"text": ""})
    line.say("northland", "acknowledge", {"rung": "understood", "text": ""}, reply=test)
    return line.export("northland", [cosign(earlier)])


def parts(data: bytes) -> list[Part]:
    """The parts of an export by their place in the file, without its punctuation."""
    file = parse_export(data)
    return list(_parts(file, data))


def _parts(file: Export, data: bytes) -> Iterator[Part]:
    at = 0
    for path, name, text in _texts(file):
        written = encode(text)
        at = data.index(written, at)
        yield Part(at, at + len(written), (path, name))
        at += len(written)


def _texts(file: Export) -> Iterator[tuple[str, str, str]]:
    """(path, name in a finding, text) of every text, in the order of the file."""
    yield "export.accord", "accord", file.accord
    yield "export.by", "export.by", file.by
    for index, note in enumerate(file.checkpoints):
        yield f"export.checkpoints[{index}]", f"checkpoint {index + 1}", note
    for index, ledger in enumerate(file.ledgers):
        for branch in ledger.branches:
            path = f"export.ledgers[{index}].branches[0]"
            yield f"{path}.hashes", f"hashes of {ledger.party}", branch.hashes
            yield f"{path}.note", f"note of {ledger.party}", branch.note
        yield f"export.ledgers[{index}].party", "export.ledgers", ledger.party
    for index, message in enumerate(file.messages):
        yield f"export.messages[{index}]", f"leaf {index + 1}", message


def named(data: bytes) -> list[str]:
    """The places that the command finds fault with: none if the file is believed."""
    with tempfile.NamedTemporaryFile(prefix="detente-flip-", suffix=".json") as file:
        file.write(data)
        file.flush()
        typed = detente("verify", file.name, "--json", passphrase=None)
    found = [finding["where"] for finding in typed.json["findings"]]
    assert typed.code == (Exit.FINDINGS if found else Exit.OK), typed
    return found


def check(data: bytes, where: list[Part], flip: Flip) -> str:
    """What is wrong with how a flip is found; empty if nothing is."""
    at, bits = flip
    changed = bytearray(data)
    changed[at] ^= bits
    found = named(bytes(changed))
    place = bisect.bisect_right(where, at, key=lambda part: part.start) - 1
    inside = place >= 0 and at < where[place].end
    wanted = where[place].names if inside else ("export",)
    if any(_begins(each, name) for each in found for name in wanted):
        return ""
    return f"byte {at} xor {bits:#04x}, in {' or '.join(wanted)}: found {found}"


def _begins(found: str, name: str) -> bool:
    """`leaf 1` is not named by `leaf 10`."""
    starts = found.find(name)
    return starts >= 0 and not found[starts + len(name) :][:1].isdigit()


def flips(size: int, bits: int) -> Iterator[Flip]:
    dice = random.Random(1)
    for at in range(size):
        yield at, 1
        for bit in dice.sample(range(1, 8), bits):
            yield at, 1 << bit


_file: tuple[bytes, list[Part]] = b"", []


def _load(data: bytes) -> None:
    global _file  # noqa: PLW0603 - each worker's own copy, written once before it works
    _file = data, parts(data)


def _work(flip: Flip) -> str:
    return check(*_file, flip)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="tests.flip")
    parser.add_argument("--bits", type=int, default=0, choices=range(8), help="other bits a byte")
    bits: int = parser.parse_args(argv).bits
    data = make_export()
    assert named(data) == []
    wanted = list(flips(len(data), bits))
    print(f"{len(wanted)} flips of an export of {len(data)} bytes", flush=True)
    failed = 0
    with multiprocessing.Pool(PROCESSES, _load, (data,)) as pool:
        for done, problem in enumerate(pool.imap_unordered(_work, wanted, chunksize=64), 1):
            if problem:
                failed += 1
                if failed <= SHOWN:
                    print(problem, flush=True)
            if done % (len(wanted) // 10) == 0:
                print(f"{100 * done // len(wanted)} %", flush=True)
    print(f"{len(wanted) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
