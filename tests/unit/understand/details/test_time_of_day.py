"""Times of day in words and in digits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.understand.details.declared import TIME, value

TOLD = [
    ("at six", "18:00", "an hour of the afternoon"),
    ("at seven", "07:00", "an hour of the morning"),
    ("a table at seven", "19:00", "a table is for the evening"),
    ("at 8 tonight", "20:00", "tonight"),
    ("at nine in the morning", "09:00", "told to be in the morning"),
    ("a taxi at five tomorrow morning", "05:00", "the morning elsewhere in the sentence"),
    ("half past three", "15:30", "half past"),
    ("half three", "15:30", "half, as the British say"),
    ("quarter to four", "15:45", "quarter to"),
    ("a quarter past 12", "12:15", "quarter past noon"),
    ("ten past eight pm", "20:10", "minutes past, with pm"),
    ("20 minutes past 4", "16:20", "minutes in digits"),
    ("15:30", "15:30", "a clock of 24 hours"),
    ("at 03:15", "03:15", "a zero before the hour"),
    ("3:30", "15:30", "no zero before the hour"),
    ("at 7.15", "07:15", "a dot after at"),
    ("3pm", "15:00", "pm"),
    ("3 p.m.", "15:00", "pm with dots"),
    ("12 am", "00:00", "midnight as am"),
    ("12pm", "12:00", "noon as pm"),
    ("at noon", "12:00", "noon"),
    ("midnight", "00:00", "midnight"),
    ("nine o'clock", "09:00", "o'clock"),
    ("nine o'clock at night", "21:00", "o'clock at night"),
    ("at six thirty", "18:30", "hour and minutes in words"),
    ("around 5 please", "17:00", "around"),
    ("in an hour", "11:00", "counted from now"),
    ("in half an hour please", "10:30", "half an hour from now"),
    ("in 20 minutes", "10:20", "minutes from now"),
    ("15h30", "15:30", "as the French write"),
]
NONE = [
    ("a table for six", "people"),
    ("I have 3 kettles", "a number"),
    ("at 5 Main Street", "an address"),
    ("about 6 people", "a count"),
    ("it costs 12.50", "a price"),
    ("five to six people", "a range"),
    ("25:70", "no such time"),
    ("half the money", "a share"),
]
ANSWERS = [
    ("six", "18:00", "bare"),
    ("at 6", "18:00", "with at"),
    ("six thirty", "18:30", "minutes in words"),
    ("1530", "15:30", "four digits"),
    ("noon", "12:00", "noon"),
    ("half 8 tonight", "20:30", "half with a digit"),
    ("20.30", "20:30", "a dot"),
    ("7-ish", "07:00", "about, with a hyphen"),
    ("6ish", "18:00", "about an hour"),
    ("ten to four", "15:50", "minutes to an hour"),
    ("six, no, seven pm", "19:00", "corrected"),
    ("no", None, "a no"),
    ("don't know", None, "a refusal"),
    ("any time", None, "no preference"),
]


@pytest.mark.parametrize(("utterance", "time", "reason"), TOLD, ids=[row[2] for row in TOLD])
def test_a_time(utterance: str, time: str, reason: str) -> None:
    """A time in a sentence is found without a question."""
    assert value(utterance, TIME) == time, reason


@pytest.mark.parametrize(("utterance", "reason"), NONE, ids=[row[1] for row in NONE])
def test_no_time(utterance: str, reason: str) -> None:
    """Numbers of other things are left alone."""
    assert value(utterance, TIME) is None, reason


@pytest.mark.parametrize(("utterance", "time", "reason"), ANSWERS, ids=[row[2] for row in ANSWERS])
def test_an_answered_time(utterance: str, time: str | None, reason: str) -> None:
    """After its question, a bare number is a time."""
    assert value(utterance, TIME, asked=True) == time, reason


@given(st.times())
def test_every_minute_of_a_day(time: object) -> None:
    """A clock of 24 hours, and one of 12 hours with am or pm, are understood for every minute."""
    assert value(f"at {time:%H:%M}", TIME) == f"{time:%H:%M}"
    assert value(f"at {time:%I:%M %p}", TIME) == f"{time:%H:%M}"
