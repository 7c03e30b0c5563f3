"""The officers of one station on the stage: admitted before it starts, signed on while it runs."""

from __future__ import annotations

from typing import Final

from detente.cli.setting import now_ms
from detente.cli.stage import CHEAP, PASSPHRASE, Stage
from detente.people.events import Admitted
from detente.station.book import make_book
from detente.station.config import load_config
from detente.station.files import PRIVATE, replace
from detente.station.orders_people import SignOn
from detente.station.people import People, make_secrets
from detente.station.secrets import code_at

PASSWORD: Final = "four words that are known here"  # noqa: S105 - of an exercise, and of nobody
YEAR_MS: Final = 366 * 86_400_000
MATRIX: Final = """
[people]
posts = ["watch"]

# A first notice that it was an accident is authorised beforehand: the officer on duty, alone.
[[release]]
forms = [12]

# A launch, and of accidents whatever is not authorised above, is announced by two: its drafter, and
# another who lets it go.
[[release]]
forms = [7, 12]
persons = 2
"""


class Crew:
    """`names` may hold the watch; the first is an administrator, too."""

    def __init__(self, stage: Stage, party: str, names: tuple[str, ...]) -> None:
        self._stage, self._party = stage, party
        self._folder = stage.actors[party].folder
        path = self._folder / "detente.toml"
        path.write_text(path.read_text() + MATRIX)
        make_secrets(self._folder, PASSPHRASE, CHEAP)
        make_book(self._folder, party, PASSPHRASE, CHEAP)
        people = People.open(load_config(self._folder), PASSPHRASE, now_ms())
        assert people is not None
        self._codes: dict[str, str] = {}
        for name in names:
            what = Admitted(
                administrator=name == names[0], needs=("*",), officer=name, posts=("watch",),
                until=now_ms() + YEAR_MS,
            )  # fmt: skip
            self._codes[name] = people.admit(what, PASSWORD, "", now_ms())
        people.close()
        self.tokens: dict[str, str] = {}

    def sign_on(self, name: str, post: str = "watch") -> str:
        """The token of his session. Once each: a code counts once."""
        code = code_at(self._codes[name], now_ms())
        order = SignOn(name, PASSWORD, code, post, f"seat of {name}")
        given = self._stage.ask(self._party, order, None)
        self.tokens[name] = given["session"]
        return self.tokens[name]

    def at_the_desk(self, token: str) -> None:
        """Whose commands and words are the party's from now on."""
        self._stage.sessions[self._party] = token
        replace((self._folder / "session").absolute(), token.encode(), PRIVATE)
