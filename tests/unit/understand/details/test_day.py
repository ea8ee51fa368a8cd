"""Days relative to Wednesday, 14 May 2025."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.understand.details.declared import ARRIVAL, DAY, DEPARTURE, WEDNESDAY, found, value

TOLD = [
    ("can I come today", "2025-05-14", "today"),
    ("a table for tonight", "2025-05-14", "tonight is today"),
    ("is it free tomorrow morning", "2025-05-15", "tomorrow"),
    ("tommorow please", "2025-05-15", "a common misspelling"),
    ("the day after tomorrow", "2025-05-16", "two days ahead"),
    ("it came yesterday", "2025-05-13", "a day of the past"),
    ("her birthday is on Saturday", "2025-05-17", "the nearest weekday"),
    ("this Friday", "2025-05-16", "this week"),
    ("next Friday", "2025-05-23", "the week after this one"),
    ("next Monday", "2025-05-19", "the week after this one, nearer"),
    ("on Wednesday", "2025-05-21", "the same weekday is a week ahead"),
    ("last Friday", "2025-05-09", "a weekday of the past"),
    ("it arrived on Monday", "2025-05-12", "the past by its verb"),
    ("Friday week", "2025-05-23", "a week later"),
    ("a week on Friday", "2025-05-23", "a week later, in other words"),
    ("a fortnight on Tuesday", "2025-06-03", "two weeks later"),
    ("this weekend", "2025-05-17", "its Saturday"),
    ("next weekend", "2025-05-24", "the Saturday after"),
    ("on the 3rd", "2025-06-03", "the nearest day of a month"),
    ("on the 20th please", "2025-05-20", "still in this month"),
    ("on the 31st", "2025-05-31", "months without that day are passed over"),
    ("12 May", "2026-05-12", "gone by, so next year"),
    ("I bought it on 12 May", "2025-05-12", "gone by, by its verb"),
    ("June 5", "2025-06-05", "month first"),
    ("on June 5th, 2026", "2026-06-05", "with its year"),
    ("the third of June", "2025-06-03", "in words"),
    ("the twenty-first of June", "2025-06-21", "in words with a hyphen"),
    ("Sat 7 June", "2025-06-07", "a weekday before the date"),
    ("12/06", "2025-06-12", "day first"),
    ("12/25", "2025-12-25", "only one order is a date"),
    ("on 12/06/26", "2026-06-12", "a short year"),
    ("01.06.2025", "2025-06-01", "dots with a year"),
    ("2025-07-01", "2025-07-01", "ISO"),
    ("in two weeks", "2025-05-28", "weeks ahead"),
    ("in 10 days' time", "2025-05-24", "days ahead"),
    ("in a month", "2025-06-14", "a month ahead"),
    ("3 days ago", "2025-05-11", "days back"),
    ("two weeks from today", "2025-05-28", "from today"),
    ("on Christmas Eve", "2025-12-24", "a named day"),
    ("29 February", "2028-02-29", "the next leap year"),
]
NONE = [
    ("may I ask something", "may is a verb"),
    ("I sat down in the sun", "short weekdays are words"),
    ("every Monday", "no single day"),
    ("the second one", "an ordinal of a thing"),
    ("on the 3rd floor", "an ordinal of a floor"),
    ("wait a second", "a moment"),
    ("24/7", "always"),
    ("1/2 a pound", "a fraction"),
    ("it costs \u00a312.05", "a price"),
    ("30 February 2026", "no such day"),
    ("version 12.05", "a version"),
    ("next week", "no single day"),
    ("room 214", "a number"),
    ("99/99/9999", "no such day"),
]
ANSWERS = [
    ("tomorrow", "2025-05-15", "bare"),
    ("sat", "2025-05-17", "a short weekday"),
    ("the fifth", "2025-06-05", "an ordinal in words"),
    ("the second", "2025-06-02", "an ordinal that is a moment elsewhere"),
    ("5", "2025-06-05", "a bare number"),
    ("Saturday no Sunday", "2025-05-18", "corrected"),
    ("it would be for the 20th", "2025-05-20", "words around"),
    ("no", None, "a no"),
    ("I don't know yet", None, "a refusal"),
    ("skip", None, "skipped"),
    ("40", None, "no day"),
]


@pytest.mark.parametrize(("utterance", "day", "reason"), TOLD, ids=[row[2] for row in TOLD])
def test_a_day(utterance: str, day: str, reason: str) -> None:
    """A day in a sentence is found without a question."""
    assert value(utterance, DAY) == day, reason


@pytest.mark.parametrize(("utterance", "reason"), NONE, ids=[row[1] for row in NONE])
def test_no_day(utterance: str, reason: str) -> None:
    """Words that only look like a day are left alone."""
    assert value(utterance, DAY) is None, reason


@pytest.mark.parametrize(("utterance", "day", "reason"), ANSWERS, ids=[row[2] for row in ANSWERS])
def test_an_answered_day(utterance: str, day: str | None, reason: str) -> None:
    """After its question, short forms and bare numbers are days."""
    assert value(utterance, DAY, asked=True) == day, reason


def test_the_month_may_come_first() -> None:
    """In a zone of the United States, 12/06 is a day of December."""
    assert value("on 12/06", DAY, day_first=False) == "2025-12-06"


@pytest.mark.parametrize(
    ("utterance", "days"),
    [
        ("from the 3rd to the 6th of June", ("2025-06-03", "2025-06-06")),
        ("from 3 to 6 June", ("2025-06-03", "2025-06-06")),
        ("arriving on Friday, leaving on Sunday", ("2025-05-16", "2025-05-18")),
        ("from June 3 until June 6", ("2025-06-03", "2025-06-06")),
    ],
)
def test_two_days_of_a_stay(utterance: str, days: tuple[str, str]) -> None:
    """Cues tell the first day from the last, and a month counts for both."""
    details = found(utterance, ARRIVAL, DEPARTURE)

    assert (details["arrival"].value, details["departure"].value) == days


def test_a_day_without_a_cue_is_for_neither_of_two_details() -> None:
    """If two days are declared, a day needs a cue or a question."""
    assert found("tomorrow", ARRIVAL, DEPARTURE) == {}
    assert found("tomorrow", ARRIVAL, DEPARTURE, asked="departure").keys() == {"departure"}


def test_the_day_is_that_of_the_zone() -> None:
    """Late in the evening it is already tomorrow in another zone."""
    tokyo = WEDNESDAY.replace(hour=22).astimezone(ZoneInfo("Asia/Tokyo"))

    assert value("tomorrow", DAY, now=tokyo) == "2025-05-16"


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.integers(0, 300))
def test_every_day_to_come_is_understood(today: date, ahead: int) -> None:
    """A day within ten months, told by day and month, is the nearest to come."""
    now = datetime(today.year, today.month, today.day, 12, tzinfo=ZoneInfo("Europe/London"))
    day = today + timedelta(ahead)

    for told in (f"{day.day} {day:%B}", f"{day:%B} {day.day}", f"{day.day}/{day.month}/{day.year}", day.isoformat()):
        assert value(f"on {told}", DAY, now=now) == day.isoformat()


@given(st.dates(min_value=date(2000, 1, 1), max_value=date(2100, 1, 1)), st.sampled_from(range(7)))
def test_a_weekday_lies_within_a_week(today: date, number: int) -> None:
    """A bare weekday is one of the next seven days."""
    now = datetime(today.year, today.month, today.day, 12, tzinfo=ZoneInfo("Europe/London"))
    name = f"{date(2024, 1, 1) + timedelta(number):%A}"

    day = date.fromisoformat(str(value(f"on {name}", DAY, now=now)))

    assert day.weekday() == number
    assert 1 <= (day - today).days <= 7
