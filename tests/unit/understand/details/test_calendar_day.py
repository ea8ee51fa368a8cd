"""Arithmetic of days."""

from __future__ import annotations

from datetime import date

import pytest

from service.understand.details.calendar_day import find_date, in_year, moved, nearest_of_month, weekday

TODAY = date(2025, 1, 31)


def test_a_day_that_does_not_exist() -> None:
    """There is no date for 30 February, in any year."""
    assert find_date(2025, 2, 30) is None
    assert in_year(None, 2, 30, TODAY, is_past=False) is None
    assert nearest_of_month(32, TODAY, is_past=False) is None


@pytest.mark.parametrize(
    ("is_past", "day"), [(False, date(2025, 3, 30)), (True, date(2025, 1, 30))], ids=["to come", "gone by"]
)
def test_the_nearest_day_of_a_month(is_past: bool, day: date) -> None:
    """Months without the day are passed over."""
    assert nearest_of_month(30, TODAY, is_past=is_past) == day


@pytest.mark.parametrize(
    ("count", "unit", "day"),
    [
        (1, "month", date(2025, 2, 28)),
        (-2, "month", date(2024, 11, 30)),
        (1, "year", date(2026, 1, 31)),
        (2, "fortnight", date(2025, 2, 28)),
        (-1, "day", date(2025, 1, 30)),
    ],
)
def test_moved_by_a_unit(count: int, unit: str, day: date) -> None:
    """A shorter month ends earlier."""
    assert moved(TODAY, count, unit) == day


def test_too_far_ahead() -> None:
    """The calendar ends with the year 9999."""
    assert moved(date(9999, 1, 1), 1, "year") is None


@pytest.mark.parametrize(
    ("which", "is_past", "day"),
    [("", False, 7), ("this", False, 0), ("next", False, 7), ("", True, -7), ("last", True, -7)],
)
def test_the_weekday_of_today(which: str, is_past: bool, day: int) -> None:
    """Only `this Friday` said on a Friday is today."""
    assert (weekday(4, TODAY, which=which, is_past=is_past) - TODAY).days == day
