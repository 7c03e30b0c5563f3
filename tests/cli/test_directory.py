"""How posts are named and addressed, once all parties agreed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from detente.cli.stage import Stage
from tests.cli.talking import body, form, said, talking
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with talking(tmp_path_factory.mktemp("running")) as stage:
        yield stage


@pytest.mark.covers(50)
def test_posts_are_named_and_addressed_as_was_agreed_in_every_language(stage: Stage) -> None:
    def agree(address: str) -> str:
        slots = (
            "post=CHIEF-NORTH", "names=en=Chief of Staff; ru=Начальник штаба",
            f"addresses=en={address}; ru=Товарищ генерал",
        )  # fmt: skip
        proposal = form(stage, NORTH, "form_of_address", *slots)
        accepted = said(stage, SOUTH, "accept", "--reply", proposal)
        said(stage, NORTH, "conclude", "--reply", proposal, *body(accepts=[accepted]))
        return proposal

    first = agree("General")
    other = ("post=OTHER", "names=en=Other; ru=Другой", "addresses=en=Sir; ru=Господин")
    form(stage, NORTH, "form_of_address", *other)  # which nobody accepts
    second = agree("General, sir")
    for party in (NORTH, SOUTH):
        folder = stage.actors[party].folder
        posts = answer("directory", LINE, folder=folder)["posts"]
        assert [each["leaf"] for each in posts] == [second, first]
        assert posts[0]["names"] == {"en": "Chief of Staff", "ru": "Начальник штаба"}
        out = detente("directory", LINE, "CHIEF-NORTH", folder=folder).out
        assert "Начальник штаба: “Товарищ генерал”" in out
        assert out.index("General, sir") < out.index("CHIEF-NORTH  (before)")
        assert answer("directory", LINE, "OTHER", folder=folder)["posts"] == []
