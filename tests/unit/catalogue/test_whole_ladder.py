"""The rungs of `otherwise` come last on every path, unless the path has its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.catalogue.loader import check_catalogue, load_catalogue
from service.catalogue.schema import MOST_RUNGS, Policy
from service.catalogue.schema import Path as Ladder
from service.catalogue.serialised import of_text, to_text
from service.catalogue.whole_ladder import completed
from tests.support.catalogues import write_catalogue
from tests.support.faulty import found_in

DESK = {"kind": "queue", "name": "desk", "max_wait_seconds": 60, "hours": "Mo-Fr 08:00-18:00"}
CALLBACK = {"kind": "callback", "name": "later-callback", "within": "P1D"}
MAIL = {"kind": "email", "name": "later-mail", "within": "P1D"}
PAGE = {"kind": "self_service", "name": "hours-page", "url": "/hours", "channels": ["voice", "chat"]}
OTHERWISE = [CALLBACK, MAIL, PAGE]
OWN_CALLBACK = {"kind": "callback", "name": "own-callback", "within": "PT4H"}


@pytest.mark.parametrize(
    ("rungs", "ends", "reason"),
    [
        ([DESK], ["desk", "later-callback", "later-mail", "hours-page"], "it has none of them"),
        ([DESK, OWN_CALLBACK], ["desk", "own-callback", "later-mail", "hours-page"], "nobody is promised two calls"),
        (
            [DESK, {**OWN_CALLBACK, "hours": "Mo-Fr"}],
            ["desk", "own-callback", "later-callback", "later-mail", "hours-page"],
            "its own call is not promised at the weekend",
        ),
        (
            [DESK, {**OWN_CALLBACK, "channels": ["voice"]}],
            ["desk", "own-callback", "later-callback", "later-mail", "hours-page"],
            "nor by mail",
        ),
        ([DESK, {**PAGE, "url": "/own"}], ["desk", "hours-page", "later-callback", "later-mail"], "its own page"),
        ([DESK, {**PAGE, "name": "page"}], ["desk", "page", "later-callback", "later-mail", "hours-page"], "another"),
        (OTHERWISE, ["later-callback", "later-mail", "hours-page"], "it is all of them"),
    ],
)
def test_a_path_ends_as_all_do(rungs: list[dict[str, Any]], ends: list[str], reason: str) -> None:
    """Its own rungs come first, and win."""
    path = Ladder.model_validate({"name": "a_path", "rungs": rungs})
    policy = Policy.model_validate({"otherwise": OTHERWISE})

    whole = completed(path, policy, {})

    assert [rung.name for rung in whole.rungs] == ends, reason
    assert completed(whole, policy, {}) == whole, "once is enough"


def test_a_path_may_end_by_itself() -> None:
    """An emergency ends otherwise than a complaint."""
    path = Ladder.model_validate({"name": "a_path", "rungs": [DESK, OWN_CALLBACK], "otherwise": False})

    assert completed(path, Policy.model_validate({"otherwise": OTHERWISE}), {}) == path


def test_otherwise_mends_a_dead_end(tmp_path: Path) -> None:
    """The proof is about whole ladders."""
    short = {"track_order": {"rungs": [DESK]}}

    alone = check_catalogue(write_catalogue(tmp_path / "alone", paths=short))
    ended = check_catalogue(write_catalogue(tmp_path / "ended", paths=short, policy={"otherwise": OTHERWISE}))

    assert [problem.rule for problem in alone.errors] == ["dead_end"]
    assert ended.errors == ()
    assert ended.catalogue is not None
    assert [rung.name for rung in ended.catalogue.paths["track_order"].rungs][1:] == [
        each["name"] for each in OTHERWISE
    ]


def test_an_unreadable_otherwise_is_no_dead_end(tmp_path: Path) -> None:
    """One mistake is told once."""
    policy = {"otherwise": [{**CALLBACK, "within": "soon"}, MAIL]}
    folder = write_catalogue(tmp_path, paths={"track_order": {"rungs": [DESK]}}, policy=policy)

    assert [problem.rule for problem in check_catalogue(folder).errors] == ["bad_duration"]


def test_a_policy_in_a_part_that_is_unread_is_no_dead_end(tmp_path: Path) -> None:
    """What it says is not known."""
    folder = write_catalogue(
        tmp_path, paths={"track_order": {"rungs": [DESK]}}, files={"policy.yaml": 'policy: {timezone: "UTC'}
    )
    text = (folder / "catalogue.yaml").read_text("utf-8").replace("policy:\n  timezone: Europe/London\n", "")
    (folder / "catalogue.yaml").write_text(text, "utf-8")

    assert [problem.rule for problem in check_catalogue(folder).errors] == ["yaml_syntax"]


def test_a_ladder_has_an_end(tmp_path: Path) -> None:
    """With the common rungs it may be no longer than any."""
    rungs = [{**DESK, "name": f"desk-{number}"} for number in range(MOST_RUNGS - 1)]
    folder = write_catalogue(tmp_path, paths={"track_order": {"rungs": rungs}}, policy={"otherwise": OTHERWISE})

    assert ("too_long", "paths.track_order.rungs") in [
        (rule, where) for rule, _, where in found_in(folder, "catalogue.yaml")
    ]


def test_leaving_is_compared_with_joining_by_whole_ladders(tmp_path: Path) -> None:
    """The way in ends as the way out does."""
    paths = {"make_booking": {"rungs": [DESK]}, "cancel_booking": {"rungs": [DESK, OWN_CALLBACK]}}
    same = write_catalogue(tmp_path / "same", paths=paths, policy={"otherwise": OTHERWISE})
    longer = {**paths, "cancel_booking": {"rungs": [DESK, {**DESK, "name": "other"}]}}
    crooked = write_catalogue(tmp_path / "crooked", paths=longer, policy={"otherwise": OTHERWISE})

    assert check_catalogue(same).errors == ()
    assert [problem.rule for problem in check_catalogue(crooked).errors] == ["exit_not_straight"]


def test_variables_of_the_common_end_are_filled_in_everywhere(tmp_path: Path) -> None:
    """Here, and where a published catalogue is read."""
    probed = {**DESK, "capacity": {"url": "${DESK}/room"}}
    folder = write_catalogue(tmp_path, policy={"otherwise": [probed, CALLBACK, MAIL, PAGE]})
    here = {"DESK": "https://desk.example"}

    report = check_catalogue(folder, environment=here)

    assert report.written is not None
    assert "desk.example" not in to_text(report.written)
    assert of_text(to_text(report.written), here) == load_catalogue(folder, environment=here)


def test_the_page_of_the_common_end_is_no_page_of_an_errand(tmp_path: Path) -> None:
    """A website sends nobody there who has an errand."""
    catalogue = load_catalogue(write_catalogue(tmp_path, policy={"otherwise": OTHERWISE}))

    assert catalogue.page_of("make_booking") == "/bookings/new"
    assert catalogue.page_of("speak_to_human") is None
