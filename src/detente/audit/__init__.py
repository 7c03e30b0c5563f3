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

__all__ = [
    "Code",
    "Contradiction",
    "Equivocation",
    "Evidence",
    "Export",
    "Finding",
    "Proven",
    "Report",
    "Trusted",
    "audit",
    "check_message",
    "convict",
    "equivocations",
    "evidence",
    "export",
    "files",
    "format_contradiction",
    "format_evidence",
    "parse_contradiction",
    "parse_evidence",
    "parse_export",
]
