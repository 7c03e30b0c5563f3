"""Two stations talk as officers do: the ladder, clocks, counter-proposals, corrections, words in
translation, zones, escorts and rescues, each by the commands that officers type.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from detente.cli.exits import Exit
from detente.cli.stage import Stage
from tests.cli.talking import body, form, said, shown, talking, thread, words
from tests.cli.typed import LINE, NORTH, SOUTH, answer, detente, error


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with talking(tmp_path_factory.mktemp("running")) as stage:
        yield stage


@pytest.mark.covers(34)
def test_a_person_climbs_the_ladder_and_the_receipt_is_no_rung_of_it(stage: Stage) -> None:
    leaf = form(stage, NORTH, "information", "about=line")
    heard = shown(stage, NORTH, leaf)
    assert (heard["heard_by"], heard["replies"]) == ([SOUTH], [])
    rungs = ("displayed", "not_understood", "understood", "passed_to_operators")
    for rung in rungs:
        answer("ack", LINE, leaf, rung, "--yes", folder=stage.actors[SOUTH].folder)
    stage.wait_quiet()
    found = [shown(stage, NORTH, each["leaf"]) for each in shown(stage, NORTH, leaf)["replies"]]
    assert {each["body"]["rung"] for each in found} == set(rungs)
    assert len({each["text"] for each in found}) == len(rungs)


@pytest.mark.covers(31)
def test_a_precedence_says_by_when_a_person_acknowledges(stage: Stage) -> None:
    urgent = form(stage, NORTH, "accident", "event=fire", "time=now", "danger=over")
    calm = form(stage, NORTH, "information", "about=line")
    waits = [
        (found["acknowledge_by"] - found["recorded"]) // 1_000
        for found in (shown(stage, SOUTH, leaf) for leaf in (urgent, calm))
    ]
    assert waits == [10, 360]  # the exercise's clocks of a FLASH and of a ROUTINE
    out = detente("show", LINE, urgent, folder=stage.actors[SOUTH].folder).out
    assert "acknowledge by" in out


@pytest.mark.covers(36)
def test_a_question_falls_due_by_its_own_clock_and_is_held_open_by_no_standby(stage: Stage) -> None:
    slow = form(stage, NORTH, "question", "asks=purpose", "about=exercise")
    quick = form(
        stage, NORTH, "unknown_track", "craft=1 unidentified", "position=59N 27E 1km", "time=now",
        "trust=good",
    )  # fmt: skip
    for leaf, clock_s in ((slow, 172_800), (quick, 300)):
        found = thread(stage, SOUTH, leaf)
        recorded = shown(stage, SOUTH, leaf)["recorded"]
        assert (found["state"], found["due"] - recorded) == ("open", clock_s * 1_000)
    answer("answer", LINE, slow, "--standby", "--yes", folder=stage.actors[SOUTH].folder)
    stage.wait_quiet()
    assert thread(stage, NORTH, slow)["state"] == "open"
    form(
        stage, SOUTH, "answer", "result=explained", "inquiry=finished", more=("--reply", slow)
    )  # fmt: skip
    found = thread(stage, NORTH, slow)
    assert (found["state"], found["answered_late"], found["overdue"]) == ("answered", False, False)


@pytest.mark.covers(25, 37)
def test_a_contact_is_proposed_countered_held_rejected_accepted_and_concluded(stage: Stage) -> None:
    slots = ("level=staff", "topic=incident", "means=meeting", "window=+1d to +2d")
    first = form(stage, NORTH, "contact_proposal", *slots)
    said(stage, SOUTH, "standby", "--reply", first, *body(text="we ask our staff"))
    counter = form(
        stage, SOUTH, "contact_proposal", *slots[:3], "window=+3d to +4d",
        more=("counter", "--reply", first),
    )  # fmt: skip
    assert thread(stage, NORTH, first)["state"] == "countered"
    accepted = said(stage, NORTH, "accept", "--reply", counter)
    assert thread(stage, NORTH, counter)["state"] == "accepted"
    said(stage, SOUTH, "conclude", "--reply", counter, *body(accepts=[accepted]))
    assert {thread(stage, party, counter)["state"] for party in (NORTH, SOUTH)} == {"agreed"}
    other = form(stage, NORTH, "contact_proposal", *slots)
    said(stage, SOUTH, "reject", "--reply", other, *body(reason=words("not this week")))
    assert thread(stage, NORTH, other)["state"] == "rejected"
    folder = stage.actors[SOUTH].folder
    late = answer("draft", LINE, "accept", "--reply", other, folder=folder)["draft"]
    assert "we have given our answer" in error("release", late, folder=folder)["what"]


@pytest.mark.covers(38)
def test_what_was_said_is_revised_corrected_and_withdrawn_beside_its_original(stage: Stage) -> None:
    slots = ("activity=naval", "area=north_sea")
    leaf = form(stage, NORTH, "exercise", *slots, "window=+2d to +3d")
    for act, window in (("revise", "+4d to +5d"), ("correction", "+4d to +6d")):
        form(stage, NORTH, "exercise", *slots, f"window={window}", more=(act, "--reply", leaf))
    said(stage, NORTH, "cancel", "--reply", leaf, *body(reason=words("weather")))
    original = shown(stage, SOUTH, leaf)
    assert sorted(each["act"] for each in original["replies"]) == ["cancel", "correction", "revise"]
    assert original["text"].startswith("Notice 2: exercise\n")
    folder = stage.actors[SOUTH].folder
    other = answer(
        "draft", LINE, "cancel", "--reply", leaf, *body(reason=words("no")), folder=folder
    )["draft"]
    assert "the same party" in error("release", other, folder=folder)["what"]


@pytest.mark.covers(54, 55)
def test_a_translation_names_who_made_it_and_who_checked_it_or_is_an_aid(stage: Stage) -> None:
    leaf = said(stage, SOUTH, "goodwill", *body(words=words("С праздником.", "ru")))
    folder = stage.actors[NORTH].folder
    made: dict[str, Any] = {"by": "A", "language": "en", "text": "Greetings on the holiday."}
    alone = answer(
        "draft", LINE, "translate", "--reply", leaf,
        *body(**made, checked_by="A", machine=False), folder=folder,
    )["draft"]  # fmt: skip
    assert "checked by another person" in error("release", alone, folder=folder)["what"]
    for more, what in (
        ({"checked_by": "B", "machine": False}, "by “A”, checked by “B”; the original governs"),
        ({"checked_by": "", "machine": True}, "by a machine (“A”), an aid and nothing more"),
    ):
        given = said(stage, NORTH, "translate", "--reply", leaf, *body(**made, **more))
        assert what in shown(stage, SOUTH, given)["text"]
    found = shown(stage, NORTH, leaf)
    assert "“С праздником.” (original in Russian)" in found["text"]
    beneath = sorted(each["text"] for each in found["translations"])
    assert len(beneath) == 2
    assert all("Greetings on the holiday." in each for each in beneath)
    whole = detente("show", LINE, leaf, folder=stage.actors[NORTH].folder).out
    assert "an aid and nothing more" in whole


@pytest.mark.covers(40)
def test_good_will_is_said_because_somebody_wants_to(stage: Stage) -> None:
    leaf = said(stage, NORTH, "goodwill", *body(words=words("We thank your rescuers.")))
    assert shown(stage, SOUTH, leaf)["text"].startswith("In good will: “We thank your rescuers.”")


@pytest.mark.covers(6, 7)
def test_operators_talk_on_the_line_and_it_is_kept(stage: Stage) -> None:
    leaf = said(stage, NORTH, "service", "--text", "Your clock is 3 s fast, please check.")
    reply = said(stage, SOUTH, "service", "--text", "Checked; thank you.")
    for party in (NORTH, SOUTH):
        folder = stage.actors[party].folder
        boxes = [answer(box, LINE, folder=folder)["messages"] for box in ("inbox", "outbox")]
        kept = {each["leaf"]: each["act"] for box in boxes for each in box}
        assert (kept[leaf], kept[reply]) == ("service", "service")


@pytest.mark.covers(29, 69)
def test_a_zone_is_acknowledged_without_being_recognised_and_forms_keep_their_order(
    stage: Stage,
) -> None:
    folder = stage.actors[NORTH].folder
    early = answer(
        "draft", LINE, "--form", "zone_acknowledged", "--channel", "duty", "--set", "extent=noted",
        folder=folder,
    )["draft"]  # fmt: skip
    found = error("release", early, folder=folder)
    assert (found["exit"], "form 4 to nothing" in found["what"]) == (Exit.REFUSED, True)
    zone = form(
        stage, SOUTH, "zone_declared", "designation=D-9", "nature=danger", "area=norwegian_sea",
        "window=+1d to +2d", "reason=launch",
    )  # fmt: skip
    form(
        stage, NORTH, "zone_acknowledged", "extent=noted_without_recognition",
        more=("--reply", zone),
    )  # fmt: skip
    acknowledged = thread(stage, SOUTH, zone)
    assert (acknowledged["state"], acknowledged["by"]) == ("acknowledged", [NORTH])
    form(stage, SOUTH, "zone_lifted", "time=now", more=("--reply", zone))
    assert thread(stage, NORTH, zone)["state"] == "lifted"


@pytest.mark.covers(73)
@pytest.mark.parametrize(
    "what, outcome", [("intercept", "identified"), ("escort", "left_our_airspace")]
)
def test_an_interception_and_an_escort_begin_and_end(stage: Stage, what: str, outcome: str) -> None:
    slots = ["craft=2 fighter manned", "whose=yours", "time=now"]
    begun = form(
        stage, NORTH, f"{what}_begun", *slots, *(["purpose=accompany"] if what == "escort" else [])
    )
    assert "This is no attack." in shown(stage, SOUTH, begun)["text"]
    ended = form(
        stage, NORTH, f"{what}_ended", "time=now", f"outcome={outcome}", more=("--reply", begun)
    )  # fmt: skip
    assert shown(stage, SOUTH, ended)["reply"] == begun


@pytest.mark.covers(79)
def test_help_is_asked_for_an_aircraft_and_its_crew(stage: Stage) -> None:
    form(
        stage, NORTH, "aircraft_in_distress", "craft=1 helicopter manned", "trouble=engine",
        "time=now", "people=7", "request=search", "position=69N 33E 5km",
    )  # fmt: skip
    asked = form(
        stage, NORTH, "search_and_rescue", "request=please_search", "time=now", "people=7",
        "area=circle 69N 33E 20km", more=("query",),
    )  # fmt: skip
    found = thread(stage, SOUTH, asked)
    assert (found["state"], shown(stage, SOUTH, asked)["safety_of_life"]) == ("open", True)
    assert "просим вести поиск" in shown(stage, SOUTH, asked)["texts"]["ru"]
