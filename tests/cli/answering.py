"""Which struct each command answers with."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from detente.cli.answers import (
    AccordJoinAnswer,
    AccordNewAnswer,
    AccordShowAnswer,
    Answer,
    CardAnswer,
    DemoAnswer,
    DiscardAnswer,
    DraftAnswer,
    ExportAnswer,
    InitAnswer,
    KeysAnswer,
    ListAnswer,
    MessageShown,
    OutboxAnswer,
    Released,
    ServeAnswer,
    SimulateAnswer,
    StatusAnswer,
    TestLineAnswer,
    VerifyAnswer,
    WitnessAdmitAnswer,
    WitnessInitAnswer,
    WitnessServeAnswer,
    WitnessSubmitAnswer,
)

ANSWERS: Final[Mapping[str, type[Answer]]] = MappingProxyType(
    {
        "init": InitAnswer,
        "card": CardAnswer,
        "keys": KeysAnswer,
        "accord new": AccordNewAnswer,
        "accord show": AccordShowAnswer,
        "accord join": AccordJoinAnswer,
        "serve": ServeAnswer,
        "status": StatusAnswer,
        "test-line": TestLineAnswer,
        "witness init": WitnessInitAnswer,
        "witness admit": WitnessAdmitAnswer,
        "witness serve": WitnessServeAnswer,
        "witness submit": WitnessSubmitAnswer,
        "draft": DraftAnswer,
        "release": Released,
        "discard": DiscardAnswer,
        "answer": Released,
        "ack": Released,
        "inbox": ListAnswer,
        "outbox": OutboxAnswer,
        "show": MessageShown,
        "open": Released,
        "close": Released,
        "suspend": Released,
        "restore": Released,
        "rekey": Released,
        "amend": Released,
        "agree": Released,
        "export": ExportAnswer,
        "verify": VerifyAnswer,
        "simulate": SimulateAnswer,
        "demo": DemoAnswer,
    }
)
