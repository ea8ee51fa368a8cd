"""Due times are counted in the open hours of a desk, over nights, holidays and changes of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from service.catalogue.hours import OpeningHours
from service.promise.due_time import due_at, find_due_at

LONDON = "Europe/London"
SHOP = "Mo-Sa 08:00-20:00; PH off"
OFFICE = "Mo-Fr 09:00-12:30,13:30-17:00; PH off"
SATURDAYS_SHORT = "Mo-Fr 09:00-17:00; Sa 09:00-12:00"
AT_NIGHT = "Mo-Su 22:00-04:00"
EARLY = "Su 00:00-06:00"


def local(text: str, zone: str = LONDON, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone), fold=fold)


def due(within: str, expression: str | None, at: datetime, zone: str = LONDON) -> datetime:
    hours = None if expression is None else OpeningHours.parse(expression, zone, "GB")
    return due_at(within, hours, at, ZoneInfo(zone))


@pytest.mark.parametrize(
    ("within", "hours", "at", "expected"),
    [
        ("PT4H", SHOP, "2026-11-21T12:00", "2026-11-21T16:00"),  # Saturday, within the day
        ("PT4H", SHOP, "2026-11-21T16:00", "2026-11-21T20:00"),  # to the minute in which it closes
        ("PT4H", SHOP, "2026-11-21T16:01", "2026-11-23T08:01"),  # the last minute is Monday's
        ("PT4H", SHOP, "2026-11-22T11:00", "2026-11-23T12:00"),  # Sunday: from the opening on
        ("PT4H", SHOP, "2026-11-23T07:59", "2026-11-23T12:00"),  # before the opening
        ("PT4H", OFFICE, "2026-11-23T11:30", "2026-11-23T16:30"),  # over the break at noon
        ("PT30M", AT_NIGHT, "2026-11-23T23:45", "2026-11-24T00:15"),  # over midnight
        ("PT20H", OFFICE, "2026-11-20T09:00", "2026-11-24T16:00"),  # over a weekend, seven hours a day
        ("PT4H", SHOP, "2026-04-02T18:00", "2026-04-04T10:00"),  # over Good Friday
        ("PT1H", SHOP, "2026-12-25T10:00", "2026-12-26T09:00"),  # made on a holiday
        ("P1D", SHOP, "2026-11-20T15:00", "2026-11-21T15:00"),  # the same time of the next open day
        ("P1D", SHOP, "2026-11-21T15:00", "2026-11-23T15:00"),  # Sunday is no open day
        ("P1D", SHOP, "2026-11-22T15:00", "2026-11-24T08:00"),  # closed now: counted from the opening on
        ("P3D", SHOP, "2026-05-01T10:00", "2026-05-06T10:00"),  # holidays are no open days
        ("P1D", SATURDAYS_SHORT, "2026-11-20T15:00", "2026-11-23T09:00"),  # closed by then on Saturday: next opening
        ("P1DT2H", SHOP, "2026-11-20T19:00", "2026-11-23T09:00"),  # days first, then hours
        ("P1D", None, "2026-11-21T15:00", "2026-11-22T15:00"),  # a desk without hours
        ("PT36H", None, "2026-11-21T15:00", "2026-11-23T03:00"),
        ("P1W", None, "2026-11-21T15:00", "2026-11-28T15:00"),
    ],
)
def test_a_promise_is_due_in_open_hours(within: str, hours: str | None, at: str, expected: str) -> None:
    """Hours count the minutes in which the desk is open, and days count days on which the desk opens."""
    assert due(within, hours, local(at)) == local(expected)


@pytest.mark.parametrize(
    ("within", "hours", "at", "expected"),
    [
        # the clock leaves out 01:00 to 02:00 on 29 March 2026
        ("PT2H", None, "2026-03-29T00:30", "2026-03-29T03:30"),
        ("PT5H", EARLY, "2026-03-29T00:00", "2026-03-29T06:00"),
        ("PT6H", AT_NIGHT, "2026-03-28T22:00", "2026-03-29T23:00"),
        ("P1D", None, "2026-03-28T12:00", "2026-03-29T12:00"),
        ("PT24H", None, "2026-03-28T12:00", "2026-03-29T13:00"),
        ("P1D", None, "2026-03-28T01:30", "2026-03-29T02:30"),  # a time that is left out comes an hour later
        # the clock shows 01:00 to 02:00 twice on 25 October 2026
        ("PT2H", None, "2026-10-25T00:30", "2026-10-25T01:30+1"),
        ("PT7H", EARLY, "2026-10-25T00:00", "2026-10-25T06:00"),
        ("PT6H", AT_NIGHT, "2026-10-24T22:00", "2026-10-25T03:00"),
        ("P1D", None, "2026-10-24T12:00", "2026-10-25T12:00"),
        ("PT24H", None, "2026-10-24T12:00", "2026-10-25T11:00"),
        ("PT4H", SHOP, "2026-10-24T18:00", "2026-10-26T10:00"),
    ],
)
def test_a_change_of_the_clock_neither_takes_nor_gives_an_hour(
    within: str, hours: str | None, at: str, expected: str
) -> None:
    """Hours are hours that pass, and a day leads to the same time on the clock."""
    fold = expected.endswith("+1")

    assert due(within, hours, local(at)).timestamp() == local(expected.removesuffix("+1"), fold=fold).timestamp()


@pytest.mark.parametrize("zone", ["America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kolkata"])
@pytest.mark.parametrize("expression", [SHOP, EARLY, AT_NIGHT, "Mo-Su 00:15-02:45"])
def test_exactly_the_promised_minutes_are_open(zone: str, expression: str) -> None:
    """Counted minute by minute as the clocks show them, in zones that change by other rules and at midnight."""
    hours, minutes = OpeningHours.parse(expression, zone), 200
    at = datetime(2026, 10, 31, 3, 7, tzinfo=UTC)

    found = due_at(f"PT{minutes}M", hours, at, ZoneInfo(zone))

    on_the_wall = {
        day: hours.open_minutes(day, 1) for day in {(at + n * timedelta(days=1)).date() for n in range(-1, 40)}
    }
    shown = [
        (at + n * timedelta(minutes=1)).astimezone(ZoneInfo(zone)) for n in range((found - at) // timedelta(minutes=1))
    ]
    is_open = [bool(on_the_wall[each.date()][each.hour * 60 + each.minute]) for each in shown]
    assert sum(is_open) == minutes
    assert is_open[-1]


def test_seconds_are_rounded_up() -> None:
    """A customer hears minutes, and never one that is too early."""
    at = local("2026-11-21T12:00:01")

    assert due("PT4H", SHOP, at) == due("PT4H", None, at) == local("2026-11-21T16:01")
    assert due("PT10S", SHOP, at) == local("2026-11-21T12:02")


def test_the_answer_is_in_utc() -> None:
    """As every other time that is kept."""
    assert due("PT4H", SHOP, local("2026-07-04T12:00")).tzinfo is UTC


@pytest.mark.parametrize("within", ["PT4H", "P1D"])
def test_a_desk_that_never_opens_gets_the_plain_span(within: str) -> None:
    """A customer still hears a time, and the check of a catalogue can tell the desk."""
    past, at = OpeningHours.parse("2020 Mo-Fr 09:00-17:00", LONDON), local("2026-11-21T12:00")

    assert find_due_at(within, past, at, ZoneInfo(LONDON)) is None
    assert due_at(within, past, at, ZoneInfo(LONDON)) == at + (timedelta(hours=4) if within == "PT4H" else timedelta(1))
