"""Read ledgers as a stranger: keys and files in, findings out. No store, no station, no clock."""

from __future__ import annotations

from detente.audit.auditor import audit
from detente.audit.exports import Export, export, parse_export
from detente.audit.findings import Code, Finding, Report, Trusted
from detente.audit.forks import (
    Contradiction,
    Equivocation,
    convict,
    equivocations,
    format_contradiction,
    parse_contradiction,
)
from detente.audit.messages import (
    Evidence,
    Proven,
    check_message,
    evidence,
    files,
    format_evidence,
    parse_evidence,
)
from detente.audit.nonreply import NOT_PROVEN, Silence, check_non_reply, non_reply
from detente.audit.statements import Agreed, check_statement, statement

__all__ = [
    "NOT_PROVEN",
    "Agreed",
    "Code",
    "Contradiction",
    "Equivocation",
    "Evidence",
    "Export",
    "Finding",
    "Proven",
    "Report",
    "Silence",
    "Trusted",
    "audit",
    "check_message",
    "check_non_reply",
    "check_statement",
    "convict",
    "equivocations",
    "evidence",
    "export",
    "files",
    "format_contradiction",
    "format_evidence",
    "non_reply",
    "parse_contradiction",
    "parse_evidence",
    "parse_export",
    "statement",
]
