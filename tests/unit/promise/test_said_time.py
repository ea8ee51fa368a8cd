"""A due time in the words that a customer hears."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from service.promise.said_time import said_due

LONDON = ZoneInfo("Europe/London")
SATURDAY = "2026-11-21T11:00"


@pytest.mark.parametrize(
    ("due_at", "at", "said"),
    [
        ("2026-11-21T16:30", SATURDAY, "today by 16:30"),
        ("2026-11-21T12:00", SATURDAY, "today by noon"),
        ("2026-11-22T00:00", SATURDAY, "by the end of today"),
        ("2026-11-22T12:00", SATURDAY, "tomorrow by noon"),
        ("2026-11-22T09:05", SATURDAY, "tomorrow by 09:05"),
        ("2026-11-23T00:00", SATURDAY, "by the end of tomorrow"),
        ("2026-11-23T12:00", SATURDAY, "by Monday noon"),
        ("2026-11-23T09:00", SATURDAY, "by Monday, 09:00"),
        ("2026-11-24T00:00", SATURDAY, "by the end of Monday"),
        ("2026-11-27T09:00", SATURDAY, "by Friday, 09:00"),
        ("2026-11-28T09:00", SATURDAY, "by Saturday 28 November, 09:00"),  # a week on: not this Saturday
        ("2026-12-07T12:00", SATURDAY, "by Monday 7 December, noon"),
        ("2027-01-04T12:00", SATURDAY, "by Monday 4 January 2027, noon"),
        ("2027-01-04T12:00", "2026-12-31T12:00", "by Monday noon"),  # near enough without the year
        ("2026-11-20T16:00", SATURDAY, "by Friday 20 November, 16:00"),  # over already
    ],
)
def test_a_time_is_said_as_people_say_it(due_at: str, at: str, said: str) -> None:
    """The nearer it is, the fewer words it takes."""
    found = said_due(local(due_at), local(at), LONDON)

    assert found == said


@pytest.mark.parametrize(
    ("due_at", "fold", "said"),
    [
        ("2026-10-25T01:30", 0, "today by 01:30 BST"),
        ("2026-10-25T01:30", 1, "today by 01:30 GMT"),
        ("2026-10-25T03:30", 0, "today by 03:30"),
        ("2026-10-26T12:00", 0, "tomorrow by noon"),
    ],
)
def test_a_time_that_the_clock_shows_twice_names_its_zone(due_at: str, fold: int, said: str) -> None:
    """Otherwise it could be either."""
    assert said_due(local(due_at).replace(fold=fold), local("2026-10-25T00:15"), LONDON) == said


def test_days_are_those_of_the_zone() -> None:
    """Half past eleven at night in London is tomorrow in Delhi."""
    due_at, at = local("2026-07-04T20:00"), local("2026-07-04T12:00")

    assert said_due(due_at, at, LONDON) == "today by 20:00"
    assert said_due(due_at, at, ZoneInfo("Asia/Kolkata")) == "tomorrow by 00:30"


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON)
