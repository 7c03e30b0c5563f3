"""Exports made by hand: what a keeper, or whoever had the file on its way, might have put in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from detente.audit import Export, Report, Trusted, audit, convict, parse_export
from detente.audit.exports import ShownBranch, ShownLedger
from detente.audit.forks import Equivocation
from detente.errors import Equivocated
from detente.line.accord import Accord
from detente.line.canonical import encode
from detente.tlog.advance import Branch
from detente.tlog.text import encode_base64
from tests.lines import make_leaf, sign, witness
from tests.stations import NORTHLAND, SOUTHMARK, accord

replace = msgspec.structs.replace

TERMS = accord(witnesses=(witness(),))
OPEN = make_leaf(TERMS, NORTHLAND, "open")
THEIRS = make_leaf(TERMS, SOUTHMARK, "open")
TEST = make_leaf(TERMS, NORTHLAND, "test", {"text": ""}, serial=1)
BOTH = [OPEN, THEIRS]
"""What northland and southmark say first."""


def shown(branch: Branch) -> ShownBranch:
    return ShownBranch(encode_base64(branch.mirror.hashes(0, branch.mirror.size)), branch.note)


def made(
    accord: Accord,
    leaves: Sequence[bytes],
    ledgers: Mapping[str, Sequence[Branch]],
    checkpoints: Sequence[str] = (),
) -> Export:
    """An export by northland, whose ledger holds these leaves and is signed unless it is given."""
    branches = {NORTHLAND: [sign(accord, NORTHLAND, leaves)], **ledgers}
    file = Export(
        accord=encode(accord).decode(),
        by=NORTHLAND,
        checkpoints=tuple(checkpoints),
        ledgers=tuple(
            ShownLedger(tuple(map(shown, branches.get(name, ()))), name) for name in accord.names
        ),
        messages=tuple(leaf.decode() for leaf in leaves),
    )
    return parse_export(encode(file))


def found(file: Export, trusted: Trusted | None = None) -> list[tuple[str, str]]:
    """(code, where) of each finding, each of which says what it means."""
    report = audit(file, trusted or Trusted())
    assert all(each.what and each.means for each in report.findings)
    return [(each.code.value, each.where) for each in report.findings]


def against(report: Report, party: str) -> list[str]:
    """The codes of what speaks against a party."""
    return [each.code.value for each in report.findings if each.whose == party]


def convicts(accord: Accord, case: Equivocation | None) -> str:
    """What a stranger concludes from the evidence, with nothing but the accord."""
    assert case is not None
    with pytest.raises(Equivocated) as caught:
        convict(encode(accord), case.evidence, case.rekeys)
    assert caught.value.evidence == case.evidence
    return caught.value.what


def pair(leaves: list[bytes] = BOTH, theirs: list[bytes] = BOTH, **more: Any) -> Export:
    """Two ledgers, each of these leaves."""
    return made(TERMS, leaves, {SOUTHMARK: [sign(TERMS, SOUTHMARK, theirs)]}, **more)


def with_branch(file: Export, party: int, **changes: str) -> Export:
    """The file with the first branch of a ledger changed."""
    ledgers = list(file.ledgers)
    branches = ledgers[party].branches
    changed = (replace(branches[0], **changes), *branches[1:])
    ledgers[party] = replace(ledgers[party], branches=changed)
    return replace(file, ledgers=tuple(ledgers))
