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
    FormsAnswer,
    InitAnswer,
    KeysAnswer,
    ListAnswer,
    MessageShown,
    OutboxAnswer,
    ReadAnswer,
    Released,
    ServeAnswer,
    SignalsAnswer,
    SimulateAnswer,
    StatusAnswer,
    TestLineAnswer,
    VerifyAnswer,
    WitnessAdmitAnswer,
    WitnessInitAnswer,
    WitnessServeAnswer,
    WitnessSubmitAnswer,
)
from detente.cli.answers_threads import DirectoryAnswer, DueAnswer, IncidentAnswer, ThreadsAnswer

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
        "directory": DirectoryAnswer,
        "due": DueAnswer,
        "release": Released,
        "discard": DiscardAnswer,
        "answer": Released,
        "ack": Released,
        "inbox": ListAnswer,
        "outbox": OutboxAnswer,
        "show": MessageShown,
        "threads": ThreadsAnswer,
        "incident": IncidentAnswer,
        "forms": FormsAnswer,
        "read": ReadAnswer,
        "first": Released,
        "signals": SignalsAnswer,
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
