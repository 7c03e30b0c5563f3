"""The command line: one module per command or small family, loaded when it is asked for."""

from __future__ import annotations


def main() -> int:
    """Run the command that the process was started with. Returns its exit code."""
    from detente.cli.program import run

    return run()
