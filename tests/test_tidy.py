"""What is agreed about our code and a machine can see. It judges nothing else."""

from __future__ import annotations

import ast
import functools
import importlib
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from detente.cli.program import commands
from tests.repository import (
    PACKAGE,
    ROOT,
    code,
    files,
    imports,
    module,
    name,
    python,
    sources,
    tree,
)

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70

# Floors 0 to 3 without the stores: what is here must do the same thing twice.
CORE = (
    "errors.py",
    "tlog",
    "line",
    "people",
    "phrase",
    "phrasebook.py",
    "advice.py",
    "journal.py",
    "audit",
)

BANNED_IN_CORE = {
    "print": "the core has no screen: return what it has to say",
    "input": "the core has no keyboard",
    "open": "the core has no disk: take bytes",
    "id": "an address differs between runs",
    "globals": "no global mutable state",
    "now": "time is an argument",
    "utcnow": "time is an argument",
    "today": "time is an argument",
    "monotonic": "time is an argument",
    "perf_counter": "time is an argument",
    "time_ns": "time is an argument",
    "urandom": "randomness is an argument",
    "token_bytes": "randomness is an argument",
    "getrandbits": "randomness is an argument",
    "randbytes": "randomness is an argument",
    "uuid1": "randomness is an argument",
    "uuid4": "randomness is an argument",
    "getenv": "the core is told what it must know",
    "sleep": "the core does not wait",
}
BANNED_EVERYWHERE = {
    "eval": "bytes are parsed, never run",
    "exec": "bytes are parsed, never run",
    "__import__": "the contracts cannot see it",
    "breakpoint": "left over",
}

ASYNC_FOLDERS = ("station", "desk")
ASYNC_ENTRIES = {
    "src/detente/cli/submitting.py": "shows a witness our checkpoint when no station is serving",
    "src/detente/cli/reach.py": "carries out orders in its own process when no station is serving",
}

SQL = re.compile(
    r"\b(SELECT\s.+\sFROM|INSERT\s+INTO|UPDATE\s+\w+\s+SET|DELETE\s+FROM|CREATE\s+(TABLE|INDEX)|PRAGMA\s)",
    re.DOTALL,
)

LEFT_OVER = re.compile(r"\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b")  # bracketed, not to find itself
SILENCED = re.compile(r"#\s*(noqa|type:\s*ignore|pragma)\b(?P<rest>.*)")
WITH_REASON = re.compile(r"(:\s*[A-Z0-9, ]+|\[[a-z0-9, -]+\]|:\s*no cover)\s+[#-]\s*\S.*")

# Where a process begins. A command's module is loaded by name, when somebody asks for the command.
ENTRIES = {
    "detente.__main__",
    "detente.cli",
    *(f"detente.cli.{loaded}" for loaded, _ in commands().values()),
}

# Defined in src, and used by people, documents and tests only. The value says by whom.
FOR_OTHERS = {
    "check_proof_under": "a stranger's program that has a policy and no accord",
    "REASONS": "tests/station/test_reasons.py, which rings for each of them",
    "config_table": "docs/operating.md, written by tests/make_docs.py",
    "courier_key": "the courier, which is promised on every card",
    "courier_recipient": "the courier, which is promised on every card",
    "parse_policy": "a stranger's program that has a policy and no accord",
    "simulate": "tests, and whoever plays crises from a program of his own",
}

# Modules, or whole folders of them, that no test of their own folder takes in hand; and who does.
TESTED_ELSEWHERE = {
    "src/detente/store/memory.py": "tests/store/test_store.py",
    "src/detente/store/faults.py": "tests/store/test_sqlite_faults.py",
    "src/detente/sim": "tests/sim/test_crisis.py",
    "src/detente/cli/answers_exercise.py": "tests/cli/test_program.py",
    "src/detente/cli/answers_keeping.py": "tests/cli/test_program.py",
    "src/detente/cli/driving.py": "tests/cli/test_exercise.py",
    "src/detente/filling.py": "tests/cli/test_filling.py",
    "src/detente/exercise": "tests/exercise/test_play.py",
    "src/detente/cli/answers_people.py": "tests/cli/test_program.py",
    "src/detente/cli/officers.py": "tests/cli/test_watch.py",
    "src/detente/station/voice.py": "tests/cli/test_voice.py",
    "src/detente/station/gate.py": "tests/cli/test_watch.py",
    "src/detente/cli/answers_threads.py": "tests/cli/test_program.py",
    "src/detente/cli/terms_file.py": "tests/cli/test_contacts.py",
    "src/detente/cli/threads.py": "tests/cli/test_forming.py",
    "src/detente/station/threads.py": "tests/cli/test_forming.py",
    "src/detente/cli/crew.py": "tests/cli/test_demo.py",
    "src/detente/cli/scenes_people.py": "tests/cli/test_demo.py",
    "src/detente/cli/play.py": "tests/cli/test_demo.py",
    "src/detente/cli/scenes.py": "tests/cli/test_demo.py",
}


def test_files_are_short() -> None:
    long = [
        f"{name(path)}: {lines} lines"
        for path in code()
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > FILE_LINES_MAX
    ]

    assert long == []


def test_functions_are_short() -> None:
    long = [
        f"{name(path)}:{node.lineno}: {node.name} has {lines} lines"
        for path in python()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES_MAX
    ]

    assert long == []


def test_the_core_does_the_same_thing_twice() -> None:
    found = [
        f"{name(path)}:{node.lineno}: {called} - {BANNED_IN_CORE[called]}"
        for path in sources()
        if path.relative_to(PACKAGE).parts[0] in CORE
        for node, called in calls(path)
        if called in BANNED_IN_CORE
    ]

    assert found == []


def test_bytes_are_never_run() -> None:
    found = [
        f"{name(path)}:{node.lineno}: {called} - {BANNED_EVERYWHERE[called]}"
        for path in sources()
        for node, called in calls(path)
        if called in BANNED_EVERYWHERE
    ]

    assert found == []


def calls(path: Path) -> Iterator[tuple[ast.Call, str]]:
    """A bare name, or the last part of `module.name` when that part alone is telling."""
    builtins = {"print", "input", "open", "id", "globals", *BANNED_EVERYWHERE}
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(func=ast.Name(id=called)):
                yield node, called
            case ast.Call(func=ast.Attribute(attr=called)) if called not in builtins:
                yield node, called


def test_only_the_station_waits_for_sockets() -> None:
    found = [
        name(path)
        for path in sources()
        if path.relative_to(PACKAGE).parts[0] not in ASYNC_FOLDERS
        and name(path) not in ASYNC_ENTRIES
        and any(what.split(".")[0] == "asyncio" for what in imports(path))
    ]

    assert found == []


def test_sql_is_spoken_in_stores_only() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in sources()
        if path.relative_to(PACKAGE).parts[0] != "store"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.search(node.value)
    ]

    assert found == []


def test_nothing_is_left_for_later() -> None:
    notes = [
        f"{name(path)}: {line.strip()}"
        for path in code()
        for line in path.read_text(encoding="utf-8").splitlines()
        if LEFT_OVER.search(line)
    ]

    assert notes == []


def test_what_is_silenced_says_why() -> None:
    unreasoned = [
        f"{name(path)}: {token.line.strip()}"
        for path in python()
        for token in comments(path)
        if (silenced := SILENCED.match(token.string))
        and not WITH_REASON.fullmatch(silenced["rest"].strip())
    ]

    assert unreasoned == []


def comments(path: Path) -> Iterator[tokenize.TokenInfo]:
    with path.open(encoding="utf-8") as text:
        yield from (
            t for t in tokenize.generate_tokens(text.readline) if t.type == tokenize.COMMENT
        )


# ------------------------------------------------------------------------------ nothing unused


def test_every_module_is_imported() -> None:
    imported = {what for path in sources() for what in imports(path)}
    unreferenced = [
        named_
        for path in sources()
        if (named_ := module(path)) not in imported
        and named_ not in ENTRIES
        and not any(what.startswith(f"{named_}.") for what in imported | ENTRIES)
    ]

    assert unreferenced == []


def test_everything_defined_is_used() -> None:
    used = uses()
    unused = {
        f"{name(path)}: {what}"
        for path in sources()
        for what in definitions(path)
        if what not in used and what not in FOR_OTHERS
    }

    assert sorted(unused) == []


def test_no_excuse_outlives_its_reason() -> None:
    used = uses()
    defined = {what for path in sources() for what in definitions(path)}

    assert sorted(what for what in FOR_OTHERS if what not in defined or what in used) == []
    assert sorted(what for what in FOR_OTHERS if not named_elsewhere(what)) == []


def named_elsewhere(what: str) -> bool:
    """In a test or a document that is not this one."""
    word = re.compile(rf"\b{what}\b")
    outside = [path for path in files() if path.suffix in {".py", ".md"} and path != Path(__file__)]
    return any(
        word.search(path.read_text(encoding="utf-8"))
        for path in outside
        if not path.is_relative_to(PACKAGE)
    )


def definitions(path: Path) -> Iterator[str]:
    """Functions, classes, methods and constants of a module, but for what others call by name."""
    overriding = overrides(path)
    for node in ast.walk(tree(path)):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                if node.name not in overriding and not dunder(node.name) and not registered(node):
                    yield node.name
    for node in tree(path).body:
        match node:
            case ast.AnnAssign(target=ast.Name(id=what)) | ast.Assign(targets=[ast.Name(id=what)]):
                if not dunder(what):
                    yield what


def overrides(path: Path) -> set[str]:
    """Methods that take the place of a library's, and so are called by the library."""
    classes = [
        kind
        for kind in vars(importlib.import_module(module(path))).values()
        if isinstance(kind, type) and kind.__module__ == module(path)
    ]
    return {
        what
        for kind in classes
        for base in kind.__mro__[1:]
        if not base.__module__.startswith("detente")
        for what in vars(kind).keys() & vars(base).keys()
    }


def dunder(what: str) -> bool:
    return what.startswith("__") and what.endswith("__")


def registered(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> bool:
    """A command is used where it stands, by its decorator."""
    return any(
        isinstance(part, ast.Attribute) and part.attr in {"command", "group", "callback"}
        for decorator in node.decorator_list
        for part in ast.walk(decorator)
    )


@functools.cache
def uses() -> frozenset[str]:
    """Every name that src reads. Importing a name, or defining it, is not yet a use of it."""
    used = set()
    for path in sources():
        for node in ast.walk(tree(path)):
            match node:
                case ast.Name(id=what, ctx=ast.Load()) | ast.Attribute(attr=what, ctx=ast.Load()):
                    used.add(what)
    return frozenset(used)


# ------------------------------------------------------------------------------ tests mirror src


def test_every_module_has_its_tests() -> None:
    untested = [
        name(path)
        for path in sources()
        if not has_tests(path)
        and name(path) not in TESTED_ELSEWHERE
        and name(path.parent) not in TESTED_ELSEWHERE
    ]

    assert untested == []


def test_what_is_tested_elsewhere_has_to_be() -> None:
    needless = [
        source
        for source in TESTED_ELSEWHERE
        if not any(
            not has_tests(path) for path in sources() if source in {name(path), name(path.parent)}
        )
    ]
    absent = [where for where in TESTED_ELSEWHERE.values() if not (ROOT / where).exists()]

    assert needless + absent == []


def has_tests(path: Path) -> bool:
    """By the test of its name, or by one in the same folder that takes it in hand."""
    room = ROOT / "tests" / path.relative_to(PACKAGE).parent
    return (
        path.name in {"__init__.py", "__main__.py"}
        or (room / f"test_{path.name}").is_file()
        or any(module(path) in imports(test) for test in room.glob("test_*.py"))
    )
