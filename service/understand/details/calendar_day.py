"""Arithmetic of days: the nearest day of a month, the nearest weekday, a day some months away."""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def find_date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def in_year(year: int | None, month: int, day: int, today: date, *, is_past: bool) -> date | None:
    """Return a day of a month in a year, or else the nearest to come or to have gone by."""
    if year is not None:
        return find_date(year, month, day)
    years = range(today.year, today.year - 9, -1) if is_past else range(today.year, today.year + 9)
    days = (found for each in years if (found := find_date(each, month, day)))
    return next((day for day in days if (day <= today if is_past else day >= today)), None)


def nearest_of_month(number: int, today: date, *, is_past: bool) -> date | None:
    first, step = today.replace(day=1), -1 if is_past else 1
    months = (first.month - 1 + step * count for count in range(4))
    days = (found for month in months if (found := find_date(first.year + month // 12, month % 12 + 1, number)))
    return next((day for day in days if (day <= today if is_past else day >= today)), None)


def weekday(number: int, today: date, *, which: str, is_past: bool) -> date:
    if is_past:
        return today - timedelta((today.weekday() - number - 1) % 7 + 1)
    if which == "next":
        return today + timedelta(7 - today.weekday() + number)
    ahead = (number - today.weekday()) % 7
    return today + timedelta(ahead if ahead or which == "this" else 7)


def moved(today: date, count: int, unit: str) -> date | None:
    if unit in ("month", "year"):
        months = today.year * 12 + today.month - 1 + count * (12 if unit == "year" else 1)
        year, month = divmod(months, 12)
        if not 1 <= year <= 9999:
            return None
        return date(year, month + 1, min(today.day, calendar.monthrange(year, month + 1)[1]))
    return today + timedelta(count * {"day": 1, "week": 7, "fortnight": 14}[unit])
