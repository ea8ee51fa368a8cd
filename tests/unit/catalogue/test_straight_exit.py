"""Straight exit: nobody who leaves is held on to, and leaving asks for no more than joining."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from service.catalogue.loader import check_catalogue, starter_folder
from tests.support.catalogues import write_catalogue

Rungs = tuple[dict[str, Any], ...]

PAGE = {"kind": "self_service", "name": "page", "url": "/page"}
DESK = {"kind": "queue", "name": "desk", "max_wait_seconds": 60}
CALLBACK = {"kind": "callback", "name": "desk-callback", "within": "PT4H"}
MAIL = {"kind": "email", "name": "desk-mail", "within": "P1D"}
MILE = {"kind": "http", "name": "parting-gift", "url": "https://gifts.example"}
IN = (PAGE, DESK, CALLBACK, MAIL)


def to(purpose: str, rung: dict[str, Any]) -> dict[str, Any]:
    return rung | {"purpose": purpose}


def crooked(folder: Path) -> list[str]:
    """Where, below the path, an exit is not straight."""
    problems = check_catalogue(folder).errors
    assert all(problem.rule == "exit_not_straight" for problem in problems), problems
    return [problem.where.removeprefix("paths.cancel_booking.") for problem in problems]


@pytest.mark.parametrize(
    ("way_out", "way_in", "expected", "reason"),
    [
        ((PAGE, CALLBACK, MAIL), IN, [], "shorter than the way in"),
        (IN, IN, [], "as long as the way in"),
        ((*IN, MAIL), IN, ["rungs"], "longer than the way in"),
        ((PAGE, to("inform", DESK), CALLBACK, MAIL), IN, [], "to be told something is no pressure"),
        ((PAGE, to("escalate", DESK), CALLBACK, MAIL), IN, [], "nor is somebody who may decide"),
        ((PAGE, to("retain", DESK), CALLBACK, MAIL), IN, ["rungs.1.purpose"], "somebody who talks them round"),
        ((to("offer", PAGE), DESK, CALLBACK, MAIL), IN, ["rungs.0.purpose"], "an offer in the doorway"),
        ((PAGE, DESK, to("retain", CALLBACK), MAIL), IN, ["rungs.2.purpose"], "a call that talks them round"),
        (
            (to("offer", PAGE), to("retain", DESK), CALLBACK, MAIL),
            IN,
            ["rungs.0.purpose", "rungs.1.purpose"],
            "each is told",
        ),
        (IN, (to("offer", PAGE), to("retain", DESK), CALLBACK, MAIL), [], "the way in may have them"),
        ((PAGE, to("verify", DESK), CALLBACK, MAIL), IN, ["rungs.1.purpose"], "joining verified nothing"),
        ((PAGE, to("verify", DESK), CALLBACK, MAIL), (to("verify", PAGE), *IN[1:]), [], "joining verified as much"),
        (
            (to("verify", PAGE), to("verify", DESK), CALLBACK, MAIL),
            (PAGE, to("verify", DESK), CALLBACK, MAIL),
            ["rungs.1.purpose"],
            "joining verified once",
        ),
    ],
)
def test_the_way_out_is_compared_with_the_way_in(
    tmp_path: Path, way_out: Rungs, way_in: Rungs, expected: list[str], reason: str
) -> None:
    """No rung to retain or to offer, no more rungs, and no more rungs that verify."""
    paths = {"cancel_booking": {"rungs": list(way_out)}, "make_booking": {"rungs": list(way_in)}}

    assert crooked(write_catalogue(tmp_path, paths=paths)) == expected, reason


@pytest.mark.parametrize(
    ("mile", "expected"),
    [
        (MILE, ["extra_mile"]),
        (to("serve", MILE), ["extra_mile"]),
        (to("offer", MILE), ["extra_mile.purpose", "extra_mile"]),
        (to("retain", MILE), ["extra_mile.purpose", "extra_mile"]),
    ],
)
def test_after_an_exit_there_is_no_extra_mile(tmp_path: Path, mile: dict[str, Any], expected: list[str]) -> None:
    """Whatever it is for: who leaves is let go."""
    folder = write_catalogue(tmp_path, paths={"cancel_booking": {"extra_mile": mile}})

    assert sorted(crooked(folder)) == sorted(expected)


def test_on_the_way_in_an_extra_mile_is_welcome(tmp_path: Path) -> None:
    """It is an exit's only."""
    assert crooked(write_catalogue(tmp_path, paths={"make_booking": {"extra_mile": MILE}})) == []


@pytest.mark.parametrize(
    ("way_out", "expected", "reason"),
    [
        ((*IN, MAIL), [], "there is nothing to be longer than"),
        ((PAGE, to("verify", DESK), CALLBACK, MAIL), ["rungs.1.purpose"], "nothing says that joining verified"),
        ((PAGE, to("retain", DESK), CALLBACK, MAIL), ["rungs.1.purpose"], "pressure is pressure"),
    ],
)
def test_an_exit_without_an_opposite_is_straight_too(
    tmp_path: Path, way_out: Rungs, expected: list[str], reason: str
) -> None:
    """What needs no comparison is refused all the same."""
    folder = write_catalogue(
        tmp_path,
        intents={"cancel_booking": {"opposite": None}},
        paths={"cancel_booking": {"rungs": list(way_out)}},
    )

    assert crooked(folder) == expected, reason


def test_who_does_not_leave_may_be_offered_something(tmp_path: Path) -> None:
    """The same path, of an intent that is no exit."""
    rungs = [to("offer", PAGE), to("retain", DESK), to("verify", CALLBACK), MAIL, MAIL | {"name": "more-mail"}]
    folder = write_catalogue(
        tmp_path, intents={"cancel_booking": {"exit": False}}, paths={"cancel_booking": {"rungs": rungs}}
    )

    assert crooked(folder) == []


def test_the_problem_stands_where_the_purpose_is_written(tmp_path: Path) -> None:
    """On the line of the word, with what to do about it."""
    path = """\
paths:
  cancel_booking:
    rungs:
      - kind: callback
        name: win-back
        within: PT4H
        purpose: retain
      - {kind: email, name: mail, within: P1D}
"""
    folder = write_catalogue(tmp_path, paths={"cancel_booking": None}, files={"faulty.yaml": path})

    [problem] = check_catalogue(folder).problems

    assert (problem.file, problem.line) == ("faulty.yaml", 7)
    assert problem.message == "cancel_booking is an exit, and this rung is there to retain."


def test_an_exit_is_straight_even_while_it_has_other_mistakes(tmp_path: Path) -> None:
    """A mistake in the intent, and one in the path, do not hide the rung that is not allowed there."""
    folder = write_catalogue(
        tmp_path,
        intents={"cancel_booking": {"title": ""}},
        paths={"cancel_booking": {"label": "", "rungs": [PAGE, to("retain", DESK), CALLBACK, MAIL]}},
    )

    assert [problem.rule for problem in check_catalogue(folder).problems] == [
        "empty_text",
        "empty_text",
        "exit_not_straight",
    ]


@pytest.mark.parametrize(
    "name",
    ["cancel_order", "cancel_booking", "cancel_subscription", "return_item", "close_account", "manage_newsletter",
     "delete_my_data"],
)  # fmt: skip
def test_the_starter_s_ways_out_are_exits_with_an_opposite(name: str) -> None:
    """So that all of the above is asked of them."""
    catalogue = check_catalogue(starter_folder()).catalogue

    assert catalogue is not None
    assert catalogue.intents[name].exit
    assert catalogue.intents[name].opposite in catalogue.intents
