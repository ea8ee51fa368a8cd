"""The time by which a promise has to be kept, counted in the open hours of the desk that made the promise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from service.catalogue.fields import span
from service.catalogue.hours import MINUTES_A_DAY, OpeningHours

MINUTE: Final = timedelta(minutes=1)
DAY: Final = timedelta(days=1)
LONGEST_LOOK_DAYS: Final = 400
"""Days to look ahead for open hours, as far as the proof of a catalogue looks."""
DAYS_AT_ONCE: Final = 4
"""Days whose hours are worked out in one call, and remembered."""
BLOCK_MINUTES: Final = 15
"""Clocks are changed at a multiple of this, in any zone in use today."""


def due_at(within: str, hours: OpeningHours | None, at: datetime, zone: ZoneInfo) -> datetime:
    """Return the due time of a promise that is made at `at`, in UTC and on a whole minute.

    `within` is an ISO 8601 duration. Its time part (`PT4H`) counts the minutes in which the desk is open. Each day of
    its date part (`P2D`) leads to the same time on the next day on which the desk opens. If the desk is closed at that
    time, the next opening counts. A desk without hours is always open.

    A desk that opens too rarely to keep the promise gets the plain span of time. `find_due_at` tells such a desk.
    """
    found = find_due_at(within, hours, at, zone)
    return _whole_minute(at + span(within)) if found is None else found


def find_due_at(within: str, hours: OpeningHours | None, at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return the due time as `due_at` does, or `None` if the desk opens too rarely within 400 days."""
    days, rest = _parts(within)
    moment = _whole_minute(at)
    if hours is None:
        return _whole_minute(_on_the_wall(moment.astimezone(zone).date() + days * DAY, moment, zone) + rest)
    desk = _Desk(hours=hours, zone=zone)
    if days:
        after_days = desk.find_after_days(days, moment)
        if after_days is None or not rest:
            return after_days
        moment = after_days
    return desk.find_after_minutes(-(-rest // MINUTE), moment)


def _parts(within: str) -> tuple[int, timedelta]:
    """Return the whole days of the date part, and the rest of the duration."""
    date_part, _, time_part = within.partition("T")
    of_days = span(date_part) if date_part != "P" else timedelta()
    of_time = span(f"PT{time_part}") if time_part else timedelta()
    return of_days.days, of_days - of_days.days * DAY + of_time


def _whole_minute(at: datetime) -> datetime:
    """Return the moment in UTC, rounded up to a minute."""
    utc = at.astimezone(UTC)
    floor = utc.replace(second=0, microsecond=0)
    return floor if floor == utc else floor + MINUTE


def _on_the_wall(day: date, moment: datetime, zone: ZoneInfo) -> datetime:
    """Return the moment of a day at which the clock shows the time of `moment`. A skipped time comes later."""
    local = moment.astimezone(zone)
    if day == local.date():
        return moment  # the second of two equal times on the clock stays the second
    return datetime.combine(day, local.time(), zone).astimezone(UTC)


@lru_cache(maxsize=256)
def _shown(hours: OpeningHours, block: int) -> NDArray[np.bool_]:
    """Return the open minutes of a block of days. Many promises are made, and few desks have hours of their own."""
    return hours.open_minutes(date.fromordinal(block * DAYS_AT_ONCE), DAYS_AT_ONCE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OpenDay:
    """One day by the clock on the wall, with 23 to 25 hours."""

    day: date
    starts_at: datetime
    is_open: NDArray[np.bool_]
    """One entry for each minute that passes."""

    def index_of(self, moment: datetime) -> int:
        return max(0, (moment - self.starts_at) // MINUTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    hours: OpeningHours
    zone: ZoneInfo

    def find_after_minutes(self, minutes: int, moment: datetime) -> datetime | None:
        """Return the end of the last of so many open minutes, counted from `moment`."""
        for each in self._days(moment):
            first = each.index_of(moment)
            found = np.flatnonzero(each.is_open[first:])
            if len(found) >= minutes:
                return each.starts_at + (first + int(found[minutes - 1]) + 1) * MINUTE
            minutes -= len(found)
        return None

    def find_after_days(self, days: int, moment: datetime) -> datetime | None:
        """Return the same time, so many open days after the first open minute from `moment` on."""
        begins = self._find_opening(moment)
        if begins is None:
            return None
        first = begins.astimezone(self.zone).date()
        later = (each.day for each in self._days(begins) if each.day > first and each.is_open.any())
        day = next((day for number, day in enumerate(later, start=1) if number == days), None)
        return None if day is None else self._find_opening(_on_the_wall(day, begins, self.zone))

    def _find_opening(self, moment: datetime) -> datetime | None:
        """Return the first open minute from `moment` on."""
        ends = self.find_after_minutes(1, moment)
        return None if ends is None else ends - MINUTE

    def _days(self, moment: datetime) -> Iterator[_OpenDay]:
        first = moment.astimezone(self.zone).date()
        for ahead in range(LONGEST_LOOK_DAYS):
            day = first + ahead * DAY
            block, place = divmod(day.toordinal(), DAYS_AT_ONCE)
            shown = _shown(self.hours, block)[place * MINUTES_A_DAY : (place + 1) * MINUTES_A_DAY]
            yield self._passing(day, shown)

    def _passing(self, day: date, on_the_wall: NDArray[np.bool_]) -> _OpenDay:
        """Turn the minutes of a clock on the wall into the minutes that pass: a day may skip or repeat an hour."""
        starts_at, ends_at = [datetime.combine(each, time(), self.zone).astimezone(UTC) for each in (day, day + DAY)]
        minutes = (ends_at - starts_at) // MINUTE
        if minutes == MINUTES_A_DAY:
            return _OpenDay(day=day, starts_at=starts_at, is_open=on_the_wall)
        shown = [(starts_at + minute * MINUTE).astimezone(self.zone) for minute in range(0, minutes, BLOCK_MINUTES)]
        places = [each.hour * 60 + each.minute for each in shown]
        blocks = [on_the_wall[place : place + BLOCK_MINUTES] for place in places]
        return _OpenDay(day=day, starts_at=starts_at, is_open=np.concatenate(blocks))
