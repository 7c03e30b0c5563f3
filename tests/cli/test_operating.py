"""The manual is followed, word for word: what docs/operating.md says to type is typed, by an
administrator and by officers on watch, at two real stations.
"""

from __future__ import annotations

import contextlib
import re
import shlex
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detente.cli.exits import Exit
from detente.cli.stage import end, free_port, launch, wait
from detente.station.secrets import code_at
from tests.cli.typed import NORTH, SOUTH, Typed, detente
from tests.repository import ROOT

MANUAL = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
PASSWORD, DURESS = "four words for alfa", "other words for alfa"

# What the manual mentions and this story does not type, and why.
ELSEWHERE = {
    "detente COMMAND --help": "tests/cli/test_program.py",
    "detente serve --passphrase-fd 3 3< FILE": "the stations here are started so",
    "detente serve --lost-database LINE": "tests/cli/test_serve.py",
    "detente --dir FOLDER recover FILE": "tests/cli/test_keeping.py",
    "detente accord new --succeeds EXPORT": "tests/cli/test_founding.py",
    "detente verify border.json --evidence proofs": "tests/cli/test_verify.py",
    "detente verify FILE --accord accord.json": "tests/cli/test_verify.py",
    "detente witness init neutral.example/w1": "tests/cli/test_witness.py",
    "detente witness admit border.accord.json": "tests/cli/test_witness.py",
    "detente witness admit keys.txt": "tests/cli/test_witness.py",
    "detente witness serve": "tests/cli/test_witness.py",
    "detente export border --statement LEAF": "tests/cli/test_forming.py",
    "detente rekey LINE": "tests/cli/test_speaking.py",
    "detente keys LINE --out keys.txt": "tests/cli/test_keys.py",
}
# Words that name a command and are no command line.
NAMES = {
    "detente accord show", "detente officer qualify", "detente accord new", "detente card",
    "detente test-line", "detente show", "detente ack", "detente verify", "detente officer",
    "detente witness init", "detente review",
}  # fmt: skip


def commands() -> list[str]:
    """Every command line of the manual, in blocks and in sentences, without its remark."""
    found = list[str]()
    for block in re.findall(r"```sh\n(.*?)```", MANUAL, re.DOTALL):
        for line in re.sub(r"\\\n\s*", "", block).splitlines():
            if typed := re.match(r"\s*(?:sudo )?(detente\b.*)", line):
                found.append(re.sub(r"\s+#.*", "", typed[1]).strip())
    prose = re.sub(r"```.*?```", "", MANUAL, flags=re.DOTALL)
    found += [each.strip() for each in re.findall(r"`(detente [^`]*)`", prose)]
    return list(dict.fromkeys(found))


def toml_with(words: str) -> str:
    """The block of configuration that has these words."""
    blocks: list[str] = re.findall(r"```toml\n(.*?)```", MANUAL, re.DOTALL)
    return next(each for each in blocks if words in each)


class Story:
    """Two folders, and what was typed in them."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.folder, self._patch = folder, patch
        self.typed: list[str] = []
        self.ports = {NORTH: free_port(), SOUTH: free_port()}
        self.running = dict.fromkeys(self.ports, launch)
        self.codes: dict[str, str] = {}
        for party in self.ports:
            (folder / party).mkdir()

    def home(self, party: str) -> Path:
        return self.folder / party

    def types(
        self, party: str, text: str, *, officer: str = "", code: int = 0, stdin: str = "",
        more: tuple[str, ...] = (), **instead: str,
    ) -> Typed:  # fmt: skip
        """Type a line of the manual as it stands, with these words in place of its examples."""
        assert text in commands(), text
        self.typed.append(text)
        return self.says(party, text, officer=officer, code=code, stdin=stdin, more=more, **instead)

    def says(
        self, party: str, text: str, *, officer: str = "", code: int = 0, stdin: str = "",
        more: tuple[str, ...] = (), **instead: str,
    ) -> Typed:  # fmt: skip
        for old, new in instead.items():
            text = text.replace(old, new)
        self._patch.chdir(self.home(party))
        env = {"DETENTE_SESSION": str(self.home(party) / f"seat-{officer}")} if officer else {}
        args = [*shlex.split(text)[1:], *more]
        typed = detente(*args, folder=self.home(party), stdin=stdin, env=env)
        assert typed.code == code, (text, typed)
        return typed

    def json(
        self, party: str, text: str, *, officer: str = "", more: tuple[str, ...] = (),
        **instead: str,
    ) -> dict[str, Any]:  # fmt: skip
        for old, new in instead.items():
            text = text.replace(old, new)
        return self.says(party, text, officer=officer, more=(*more, "--json")).json

    def signs_on(self, officer: str, post: str = "") -> None:
        code = code_at(self.codes[officer], time.time_ns() // 1_000_000)
        text = f"detente sign-on {officer} --post {post or 'watch'}"
        self.says(NORTH, text, officer=officer, stdin=f"{PASSWORD}\n{code}\n")

    def leaf(self, party: str, act: str, officer: str = "") -> str:
        """The newest message of the others with this act, once it has come."""
        found = list[str]()

        def come() -> bool:
            listed = self.json(party, "detente inbox border", officer=officer)["messages"]
            found[:] = [each["leaf"] for each in listed if each["act"] == act]
            return bool(found)

        wait(come, f"no {act} has come")
        return found[-1]

    @contextlib.contextmanager
    def serving(self) -> Iterator[None]:
        processes = []
        try:
            for party in self.ports:
                home = self.home(party)
                processes.append(launch(["--dir", str(home), "serve"], home / "serve.log"))
                wait((home / "control.sock").exists, f"{party} did not start")
            yield
        finally:
            for process in processes:
                end(process, signal.SIGTERM)


def test_what_the_manual_says_is_typed_or_is_tested_where_it_says() -> None:
    known = set(commands())
    assert set(ELSEWHERE) <= known
    assert known >= NAMES
    for where in ELSEWHERE.values():
        assert not where.startswith("tests/") or (ROOT / where).is_file()


def test_an_administrator_and_the_watch_follow_the_manual(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = Story(tmp_path, monkeypatch)
    _found(story)
    _admit(story)
    with story.serving():
        _open(story)
        _speak(story)
        _call(story)
        _hand_over(story)
        _keep(story)
    told = set(commands()) - set(ELSEWHERE) - NAMES
    assert told - set(story.typed) == set(), "the manual says more than was typed"


def _found(story: Story) -> None:
    for party in (NORTH, SOUTH):
        story.types(party, "detente init northland", northland=party)
        story.types(party, "detente card border")
    for party in (NORTH, SOUTH):
        for other in (NORTH, SOUTH):
            card = story.home(other) / "lines" / "border" / "card.json"
            (story.home(party) / f"{other}.card.json").write_bytes(card.read_bytes())
    text = next(each for each in commands() if each.startswith("detente accord new northland"))
    story.typed.append(text)
    story.says(NORTH, text.replace(" --witness neutral-keys.txt", ""))
    (story.home(SOUTH) / "border.accord.json").write_bytes(
        (story.home(NORTH) / "border.accord.json").read_bytes()
    )
    for party, other in ((NORTH, SOUTH), (SOUTH, NORTH)):
        story.types(party, "detente accord show border.accord.json")
        text = next(each for each in commands() if each.startswith("detente accord join"))
        story.typed.append(text)
        ours = f"127.0.0.1:{story.ports[party]}"
        text = text.partition(" --witness")[0].replace("0.0.0.0:7400", ours)
        address = f"{other}=127.0.0.1:{story.ports[other]}"
        story.says(party, text.replace("southmark=192.0.2.7:7400", address))


def _admit(story: Story) -> None:
    for text in [each for each in commands() if each.startswith("detente officer admit")]:
        stdin = f"{PASSWORD}\n{DURESS}\n" if "--duress" in text else f"{PASSWORD}\n"
        story.typed.append(text)
        typed = story.says(NORTH, text, stdin=stdin)
        story.codes[text.split()[3]] = typed.out.strip().splitlines()[-1]
    people, posts, rules = toml_with("[people]").split("\n", 2)
    config = story.home(NORTH) / "detente.toml"
    text = config.read_text().replace(f"{people}\n", f"{people}\n{posts}\n")
    always = rules.replace("minutes = 480", "minutes = 1440").replace("20261201", "20200101")
    config.write_text(f"{text}\n{always}")
    story.types(NORTH, "detente doctor", code=Exit.FINDINGS)  # it does not run yet
    story.types(NORTH, "detente check", code=2)


def _open(story: Story) -> None:
    story.types(NORTH, "detente status")
    story.typed.append("detente sign-on alfa --post watch")
    for officer in ("alfa", "bravo", "charlie"):
        story.signs_on(officer)
    assert "alfa" in story.types(NORTH, "detente watch").out
    story.types(SOUTH, "detente open border duty", more=("--yes",))
    story.says(SOUTH, "detente open border high-level", more=("--yes",))
    for channel in ("duty", "high-level"):
        text = "detente draft border open --channel duty"
        typed = story.types(NORTH, text, officer="alfa", duty=channel, more=("--json",))
        draft = str(typed.json["draft"])
        himself = "detente release DRAFT"
        story.says(NORTH, himself, officer="alfa", DRAFT=draft, code=Exit.REFUSED)
        story.types(NORTH, "detente review DRAFT", officer="charlie", DRAFT=draft)
        story.types(NORTH, "detente release DRAFT", officer="bravo", DRAFT=draft)
    story.types(SOUTH, "detente test-line border")


def _speak(story: Story) -> None:
    story.types(SOUTH, "detente forms")
    story.types(SOUTH, "detente forms accident")
    story.types(NORTH, "detente first border accident", officer="alfa", more=("--yes",))
    text = next(e for e in commands() if e.startswith("detente draft border --form unknown_track"))
    draft = str(story.types(NORTH, text, officer="alfa", more=("--json",)).json["draft"])
    story.types(NORTH, "detente release DRAFT --urgent", officer="alfa", DRAFT=draft)
    query = story.leaf(SOUTH, "query")
    story.types(SOUTH, "detente threads border")
    story.types(NORTH, "detente due", officer="alfa")
    story.types(
        NORTH, "detente export border --non-reply LEAF", officer="alfa", LEAF=query,
        more=("--out", "non-reply.json"),
    )  # fmt: skip
    incident = ("--form", "incident_opened", "--set", "event=drones", "--set", "time=now")
    made = story.json(SOUTH, "detente draft border --channel duty", more=incident)
    said = story.json(SOUTH, "detente release DRAFT", DRAFT=str(made["draft"]))
    story.types(SOUTH, "detente incident border LEAF", LEAF=str(said["leaf"]))
    words = story.json(SOUTH, "detente show border LEAF", LEAF=str(said["leaf"]))["text"]
    story.typed.append("detente read < text")
    assert "drones" in story.says(SOUTH, "detente read -", stdin=str(words)).out


def _call(story: Story) -> None:
    story.types(SOUTH, "detente call border opening", more=("--yes",))
    call = story.leaf(NORTH, "callup", "alfa")
    story.types(NORTH, "detente ready border LEAF", officer="alfa", LEAF=call, more=("--yes",))
    test = story.leaf(NORTH, "test", "alfa")
    story.types(NORTH, "detente nothing border LEAF", officer="alfa", LEAF=test, more=("--yes",))
    terms = toml_with("[[contact]]").partition("[witness_policy]")[0]  # this line has no witness
    (story.home(SOUTH) / "terms.toml").write_text(terms)
    cards = ("northland.card.json", "southmark.card.json", "--out", "next.accord.json")
    new = "detente accord new --terms terms.toml ..."
    story.typed.append(new)
    story.says(SOUTH, new.removesuffix(" ..."), more=(*cards, "--name", "border"))
    amend = "detente amend LINE FILE"
    story.types(SOUTH, amend, LINE="border", FILE="next.accord.json", more=("--yes",))
    leaf = story.leaf(NORTH, "amend", "alfa")
    story.types(
        NORTH, "detente agree LINE LEAF", officer="alfa", LINE="border", LEAF=leaf, more=("--yes",)
    )
    story.leaf(SOUTH, "agree")
    story.types(SOUTH, "detente call border weekly", more=("--yes",))
    query = story.leaf(SOUTH, "query")
    story.types(
        SOUTH, "detente raise border LEAF --channel high-level --reason TEXT", LEAF=query,
        TEXT="overdue", more=("--yes",),
    )  # fmt: skip
    story.leaf(NORTH, "raise", "alfa")


def _hand_over(story: Story) -> None:
    asked = story.types(SOUTH, "detente voice ask border southmark", southmark=NORTH).out
    number = re.findall(r"[0-9]{6}", asked)[0]
    text = "detente voice answer border northland NUMBER"
    words = story.types(NORTH, text, officer="alfa", northland=SOUTH, NUMBER=number).out
    text = 'detente voice check border southmark NUMBER "WORDS"'
    heard = " ".join(words.split())
    typed = story.types(SOUTH, text, southmark=NORTH, NUMBER=number, WORDS=heard)
    assert typed.out.startswith("RIGHT")
    story.types(NORTH, "detente hand-over bravo", officer="alfa")
    story.types(NORTH, "detente take-over", officer="bravo")
    story.types(NORTH, "detente sign-off", officer="alfa")


def _keep(story: Story) -> None:
    story.signs_on("admin", "administrator")
    story.types(NORTH, "detente book", officer="admin")
    story.types(NORTH, "detente book --export FILE", officer="admin", FILE="book.json")
    story.types(NORTH, "detente verify FILE", FILE="book.json")
    story.types(SOUTH, "detente export border --out border.json")
    text = "detente verify border.json --card northland.card.json --card southmark.card.json"
    story.types(SOUTH, text)
    backup = next(each for each in commands() if each.startswith("detente backup"))
    story.typed.append(backup)
    story.says(NORTH, f"detente backup {story.home(NORTH).parent / 'station.tar'}")
    story.types(NORTH, "detente statistics border", officer="bravo")
    story.types(NORTH, "detente fallback border")
    story.typed.append("detente recover --drill")  # played in tests/cli/test_keeping.py
