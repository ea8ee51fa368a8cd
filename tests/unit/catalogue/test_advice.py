"""Warnings of a catalogue that can be used, each with a case that has it and one that has not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from service.catalogue.loader import check_catalogue, starter_folder
from service.errors import Problem
from tests.support.catalogues import write_catalogue

MONDAY = date(2026, 3, 2)
ALL = ["voice", "chat", "email", "form", "sms", "social"]
DESK = {"kind": "queue", "name": "desk", "max_wait_seconds": 60, "hours": "Mo-Sa 08:00-20:00", "say": "We are here."}
CALLBACK = {"kind": "callback", "name": "desk-callback", "within": "PT4H", "say": "We will call you back."}
MAIL = {"kind": "email", "name": "desk-mail", "within": "P1D", "say": "We will write to you."}
PAGE = {"kind": "self_service", "name": "hours-page", "url": "/hours", "channels": ALL, "say": "We open at eight."}
TIMED = {**CALLBACK, "say": "We will call you back within four hours."}


def warnings(folder: Path, *rungs: dict[str, Any], rule: str, **policy: Any) -> list[Problem]:
    """What is told of a path, under one rule."""
    write_catalogue(folder, paths={"track_order": {"rungs": list(rungs)}}, policy=policy)
    report = check_catalogue(folder, first=MONDAY)
    assert report.catalogue is not None, report.errors
    places = ("paths.track_order", "policy")
    return [each for each in report.warnings if each.rule == rule and each.where.startswith(places)]


def unsaid(rung: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in rung.items() if key != "say"}


@pytest.mark.parametrize(
    ("rungs", "names", "reason"),
    [
        ((DESK, CALLBACK, MAIL), None, "each says something"),
        ((DESK, unsaid(CALLBACK), unsaid(MAIL)), "desk-callback, desk-mail", "two say nothing"),
        ((unsaid({**DESK, "channels": ["chat"]}), CALLBACK, MAIL), None, "no caller comes there"),
        ((unsaid(PAGE), CALLBACK, MAIL), "hours-page", "a page that is for callers, too"),
        ((unsaid({**PAGE, "channels": ["chat"]}), CALLBACK, MAIL), None, "a page that is not"),
    ],
)
def test_a_caller_is_told_something(
    tmp_path: Path, rungs: tuple[dict[str, Any], ...], names: str | None, reason: str
) -> None:
    """One warning names every silent rung of a path."""
    found = warnings(tmp_path, *rungs, rule="silent_rung")

    assert [each.message for each in found] == ([] if names is None else [f"A caller is told nothing by {names}."]), (
        reason
    )


def test_silence_at_the_end_of_every_path_is_told_once(tmp_path: Path) -> None:
    """Where it is written."""
    (found,) = warnings(tmp_path, DESK, rule="silent_rung", otherwise=[unsaid(CALLBACK), MAIL])

    assert (found.where, found.message) == ("policy.otherwise.0", "A caller is told nothing by desk-callback.")


@pytest.mark.parametrize(
    ("rungs", "message", "reason"),
    [
        ((DESK, CALLBACK, MAIL), None, "it names no time, and the customer is told when it is due"),
        (
            (DESK, TIMED, MAIL),
            "desk-callback names a time that cannot be kept from Saturday 20:00 on: desk is closed until Monday 08:00.",
            "four hours from Saturday evening are over on Sunday",
        ),
        ((DESK, {**TIMED, "within": "P2D"}, MAIL), None, "two days reach beyond Sunday"),
        ((DESK, {**TIMED, "hours": "Mo-Sa 08:00-16:00"}, MAIL, {**CALLBACK, "name": "b"}), None, "made if it is kept"),
        (({**DESK, "hours": "24/7"}, TIMED, MAIL), None, "the desk is never closed"),
        ((TIMED, DESK, MAIL), None, "a desk below is not the one that keeps it"),
        (
            (TIMED, {**DESK, "name": "below"}, {**MAIL, "desk": "below", "say": "In an hour."}),
            "below is closed",
            "named",
        ),
        (
            ({**DESK, "hours": "2020"}, CALLBACK, MAIL),
            "desk-callback cannot be kept within PT4H: desk opens too rarely in the next 400 days.",
            "nobody is ever there",
        ),
        (
            ({**DESK, "hours": "2026 Mar 04 08:00-10:00"}, CALLBACK, MAIL),
            "desk-callback cannot be kept within PT4H: desk opens too rarely in the next 400 days.",
            "two hours are no four",
        ),
    ],
)
def test_a_promise_can_be_kept(
    tmp_path: Path, rungs: tuple[dict[str, Any], ...], message: str | None, reason: str
) -> None:
    """By its desk, in its hours, as it is told."""
    found = warnings(tmp_path, *rungs, rule="late_promise")

    if message is None:
        assert found == [], reason
    else:
        assert message in found[0].message, reason


def test_hours_that_never_open_are_told(tmp_path: Path) -> None:
    """Such a rung serves nobody."""
    (found,) = warnings(tmp_path, {**DESK, "hours": "2020"}, CALLBACK, MAIL, rule="never_open")

    assert (found.where, found.message) == ("paths.track_order.rungs.0", "desk is never open in the next 400 days.")


def test_a_gap_for_customers_without_details_is_told_once(tmp_path: Path) -> None:
    """With an example, and the page that mends it."""
    (gap,) = warnings(tmp_path / "gap", DESK, CALLBACK, MAIL, rule="no_way_without_details")
    mended = warnings(tmp_path / "mended", DESK, rule="no_way_without_details", otherwise=[CALLBACK, MAIL, PAGE])

    assert "leaves no number or address (by voice)" in gap.message
    assert gap.where == "policy.otherwise"
    assert mended == []


def test_an_intent_that_asks_for_offers_by_its_name_is_told(tmp_path: Path) -> None:
    """Catalogues of earlier versions go on as they were."""
    folder = write_catalogue(tmp_path)
    text = (folder / "catalogue.yaml").read_text("utf-8").replace("track_order", "ask_offers")
    (folder / "catalogue.yaml").write_text(text, "utf-8")

    report = check_catalogue(folder)

    assert report.catalogue is not None
    assert report.catalogue.offer_goals == report.offer_goals == {"ask_offers"}
    assert [each.where for each in report.warnings if each.rule == "offers_by_name"] == ["intents.ask_offers"]


@pytest.mark.parametrize(
    ("intent", "marks", "offers"),
    [
        ("track_order", {}, None),
        ("track_order", {"urgent": True}, "is urgent"),
        ("cancel_booking", {}, "is an exit"),
        ("speak_to_human", {}, "is the way to a person"),
    ],
)
def test_only_goals_of_customers_who_may_want_offers_ask_for_them(
    tmp_path: Path, intent: str, marks: dict[str, Any], offers: str | None
) -> None:
    """No catalogue turns the firewall off for those who leave, are in danger or want a person."""
    folder = write_catalogue(tmp_path, intents={intent: {**marks, "asks_for_offers": True}})

    errors = check_catalogue(folder).errors

    assert [each.rule for each in errors] == ([] if offers is None else ["offers_unasked"])
    assert all(f"{intent} {offers}" in each.message for each in errors)


def test_there_is_nothing_to_warn_of_in_the_starter() -> None:
    """It is the first example of all."""
    assert check_catalogue(starter_folder()).problems == ()
