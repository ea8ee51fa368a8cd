"""Opening hours: open or closed at a moment, and what is said of hours that cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from service.catalogue.hours import OpeningHours, known_zone

LONDON = "Europe/London"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize(
    ("expression", "timezone", "at", "is_open", "reason"),
    [
        ("Mo-Sa 08:00-20:00", LONDON, "2026-03-03T08:00:00+00:00", True, "the first minute counts"),
        ("Mo-Sa 08:00-20:00", LONDON, "2026-03-03T07:59:59+00:00", False, "a second early"),
        ("Mo-Sa 08:00-20:00", LONDON, "2026-03-03T20:00:00+00:00", False, "the last minute is over"),
        ("Mo-Sa 08:00-20:00", LONDON, "2026-03-01T10:00:00+00:00", False, "a Sunday"),
        ("Mo-Sa 08:00-20:00", LONDON, "2026-07-07T07:30:00+00:00", True, "half past eight in British summer"),
        ("Mo-Sa 08:00-20:00", "America/New_York", "2026-03-03T12:00:00+00:00", False, "seven in the morning there"),
        ("Mo-Sa 08:00-20:00", LONDON, "2026-03-03T09:30:00+05:30", False, "an offset of another place is heeded"),
        ("22:00-06:00", LONDON, "2026-03-03T03:00:00+00:00", True, "a night that began the day before"),
        ("Mo-Su 01:30-02:30", LONDON, "2026-03-29T01:15:00+00:00", True, "a quarter past two on the day clocks go on"),
        ("Mo-Su 01:30-02:30", LONDON, "2026-10-25T00:45:00+00:00", True, "the first 01:45 as clocks go back"),
        ("Mo-Su 01:30-02:30", LONDON, "2026-10-25T01:45:00+00:00", True, "the second 01:45 as clocks go back"),
        ("Mo-Fr unknown", LONDON, "2026-03-03T10:00:00+00:00", False, "nobody has promised to be there"),
        ("off", LONDON, "2026-03-03T10:00:00+00:00", False, "closed for good"),
    ],
)
def test_is_open_at_the_local_time_of_the_zone(
    expression: str, timezone: str, at: str, is_open: bool, reason: str
) -> None:
    """A moment is open or closed by the local clock of the zone, whatever offset it is given in."""
    assert OpeningHours.parse(expression, timezone).is_open(moment(at)) is is_open, reason


def test_each_minute_is_judged_by_itself() -> None:
    """However it was asked before: forth, back, and within the same minute."""
    hours = OpeningHours.parse("Mo-Sa 08:00-20:00", LONDON)
    times = ["07:59:59", "08:00:00", "08:00:59", "19:59:00", "20:00:00", "19:59:59", "07:59:00"]
    answers = [hours.is_open(moment(f"2026-03-03T{time}+00:00")) for time in times]
    assert answers == [False, True, True, True, False, True, False]


def test_public_holidays_are_those_of_the_country() -> None:
    """Christmas is a public holiday in GB, and an ordinary Friday where no country is given."""
    christmas = moment("2026-12-25T10:00:00+00:00")

    assert not OpeningHours.parse("Mo-Fr 09:00-17:00; PH off", LONDON, "GB").is_open(christmas)
    assert OpeningHours.parse("Mo-Fr 09:00-17:00; PH off", LONDON).is_open(christmas)


@pytest.mark.parametrize(
    ("expression", "sentence"),
    [
        ("Mo-Sa 9-2o", '"Mo-Sa 9-2o" cannot be read as opening hours from "9-2o" on.'),
        ("banana", '"banana" cannot be read as opening hours.'),
        ("", "Opening hours have 1 to 500 characters."),
        ("   ", "Opening hours have 1 to 500 characters."),
        ("Mo," * 200, "Opening hours have 1 to 500 characters."),
    ],
)
def test_unreadable_hours_are_refused_in_one_sentence(expression: str, sentence: str) -> None:
    """The refusal quotes the hours and says from where on they cannot be read."""
    with pytest.raises(ValueError, match="pening hours") as refusal:
        OpeningHours.parse(expression)

    assert str(refusal.value) == sentence


def test_an_unknown_country_is_refused() -> None:
    """A code that is no country has no public holidays."""
    with pytest.raises(ValueError, match="No public holidays are known for the country ZZ"):
        OpeningHours.parse("PH off", country="ZZ")


@pytest.mark.parametrize("name", ["Mars/Base", "../etc/passwd", "", "Europe", "localtime", "x" * 5_000, "\0"])
def test_what_is_no_zone_is_refused(name: str) -> None:
    """Only names of the IANA database are zones."""
    with pytest.raises(ValueError, match="is not a time zone"):
        known_zone(name)


def test_a_time_without_a_zone_is_refused() -> None:
    """A naive time is a mistake of the caller, never taken for local time."""
    with pytest.raises(ValueError, match="aware"):
        OpeningHours.parse("24/7").is_open(moment("2026-03-03T10:00:00"))


@pytest.mark.parametrize(
    ("timezone", "changes"),
    [
        (LONDON, ["2026-03-29", "2026-10-25"]),
        ("America/New_York", ["2026-03-08", "2026-11-01"]),
        ("Australia/Lord_Howe", ["2026-04-05", "2026-10-04"]),
        ("Africa/Casablanca", ["2026-02-15", "2026-03-22"]),
        ("America/Santiago", ["2026-04-04", "2026-09-06"]),
        ("UTC", ["2026-03-29"]),
    ],
)
@pytest.mark.parametrize(
    "expression",
    ["Mo-Su 01:30-02:30", "Su 00:30-01:45", "22:00-06:00", "23:30-00:30", "00:10-01:10,02:40-02:50", "24/7", "Mo-Sa"],
)
def test_minutes_on_the_wall_say_it_for_every_moment(timezone: str, changes: list[str], expression: str) -> None:
    """Also of the hour that is left out and of the one that comes twice when clocks change."""
    hours = OpeningHours.parse(expression, timezone)
    for change in changes:
        eve = date.fromisoformat(change) - timedelta(days=1)
        found = hours.open_minutes(eve, 3)
        midnight = datetime.combine(eve, datetime.min.time(), hours.zone).astimezone(UTC)
        for minute in range(0, 2 * 1440, 7):
            at = midnight + timedelta(minutes=minute)
            shown = at.astimezone(hours.zone).replace(tzinfo=None) - datetime.combine(eve, datetime.min.time())
            assert hours.is_open(at) == found[int(shown.total_seconds()) // 60], at


def test_minutes_are_counted_from_the_day_that_is_given() -> None:
    """One value a minute; holidays are those of the country."""
    found = OpeningHours.parse("PH", LONDON, "GB").open_minutes(date(2026, 12, 24), 3)

    assert len(found) == 3 * 1440
    assert [bool(day.all()) for day in found.reshape(3, 1440)] == [False, True, False]
    assert not found[:1440].any()
