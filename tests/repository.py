"""The repository as its own tests read it: what is written by hand, and what our code says."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src"
PACKAGE = SOURCE / "detente"

# Folders that tools make. Every other folder with a dot is a tool's, too.
MADE = frozenset({"__pycache__", "node_modules", "web_dist", "dist", "build", "var"})
DOTTED = frozenset({".ci"})

CODE = frozenset({".py", ".ts", ".svelte"})
BINARY = frozenset({".bin", ".woff2", ".png"})


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file that is written by hand. Without git, which a fresh machine may lack."""
    return tuple(sorted(_walk(ROOT)))


def _walk(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        hidden = path.name.startswith(".") and path.name not in DOTTED
        if path.is_dir():
            if not hidden and path.name not in MADE:
                yield from _walk(path)
        elif path.suffix not in BINARY and (not hidden or path.name == ".gitignore"):
            yield path


def code() -> tuple[Path, ...]:
    return tuple(path for path in files() if path.suffix in CODE or path == ROOT / "dev")


def python() -> tuple[Path, ...]:
    return tuple(path for path in code() if path.suffix in {".py", ""})


def sources() -> tuple[Path, ...]:
    return tuple(path for path in python() if path.is_relative_to(PACKAGE))


@functools.cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), filename=str(path))


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def module(path: Path) -> str:
    """`detente.tlog.note` for src/detente/tlog/note.py, `detente.tlog` for its `__init__`."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(path: Path) -> Iterator[str]:
    """Full names of everything that a file imports, at its top or in a function."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
