"""The unit in `ops/` is the one in the manual, and shuts whatever a station does not need."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.repository import ROOT

UNIT = (ROOT / "ops" / "detente.service").read_text(encoding="utf-8")
SHUT = {
    "NoNewPrivileges": "yes", "CapabilityBoundingSet": "", "ProtectSystem": "strict",
    "ProtectHome": "yes", "PrivateTmp": "yes", "PrivateDevices": "yes", "UMask": "0077",
    "ProtectKernelModules": "yes", "ProtectKernelTunables": "yes", "ProtectControlGroups": "yes",
    "RestrictNamespaces": "yes", "RestrictSUIDSGID": "yes", "LockPersonality": "yes",
    "SystemCallFilter": "@system-service", "SystemCallArchitectures": "native",
    "RestrictAddressFamilies": "AF_INET AF_INET6 AF_UNIX", "LimitCORE": "0",
}  # fmt: skip


def test_the_manual_shows_the_unit_as_it_is() -> None:
    manual = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    assert f"```ini\n{UNIT}```" in manual


def test_the_unit_shuts_what_a_station_does_not_need() -> None:
    lines = (line.partition("=") for line in UNIT.splitlines() if "=" in line)
    given = {key: value for key, _, value in lines}
    assert {key: given.get(key) for key in SHUT} == SHUT


def test_systemd_knows_every_line_of_it() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd-analyze on this machine")
    done = subprocess.run(
        ["systemd-analyze", "verify", str(ROOT / "ops" / "detente.service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Unknown" not in done.stderr
