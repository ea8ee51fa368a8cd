"""A due time as it is said to a customer, in plain English: "today by 16:30", "by Monday noon"."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
A_WEEK: Final = 7
"""From so many days on, a weekday alone could be mistaken for an earlier one."""


def said_due(due_at: datetime, at: datetime, zone: ZoneInfo) -> str:
    """Return the due time as it is said at `at` on the clocks of `zone`. It fits after "We will call you back"."""
    local = due_at.astimezone(zone)
    is_midnight = local.time() == time()
    # Midnight ends the day before: "by midnight on Monday" could be understood as either end of Monday.
    day = local.date() - timedelta(days=1) if is_midnight else local.date()
    today = at.astimezone(zone).date()
    ahead = (day - today).days
    if is_midnight:
        return f"by the end of {_said_day(day, ahead, today.year)}"
    clock = "noon" if local.time() == time(12) else _said_clock(local)
    if ahead in {0, 1}:
        return f"{_said_day(day, ahead, today.year)} by {clock}"
    said = _said_day(day, ahead, today.year)
    return f"by {said} noon" if clock == "noon" and 0 < ahead < A_WEEK else f"by {said}, {clock}"


def _said_day(day: date, ahead: int, this_year: int) -> str:
    if ahead in {0, 1}:
        return ("today", "tomorrow")[ahead]
    weekday = WEEKDAYS[day.weekday()]
    if 0 < ahead < A_WEEK:
        return weekday
    year = "" if day.year == this_year else f" {day.year}"
    return f"{weekday} {day.day} {MONTHS[day.month - 1]}{year}"


def _said_clock(local: datetime) -> str:
    """Return hours and minutes, with the name of the zone for a time that the clocks show twice."""
    is_shown_twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{local:%H:%M} {local.tzname()}" if is_shown_twice else f"{local:%H:%M}"
