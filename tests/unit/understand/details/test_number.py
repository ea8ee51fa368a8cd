"""Numbers in digits and in words, with a cue or after their question."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.details.number import number_of
from service.understand.details.vocabulary import in_order
from tests.unit.understand.details.declared import NIGHTS, PARTY, ROOM, found, value

TOLD = [
    ("I'm in room 214", 214, "digits after a cue"),
    ("room two one four", 214, "digit by digit"),
    ("room 2 1 4", 214, "digit by digit, as some transcripts write"),
    ("room two fourteen", 214, "in two parts"),
    ("room twenty fourteen", 2014, "in two parts of tens"),
    ("room one oh five", 105, "oh for zero"),
    ("room double four", 44, "double"),
    ("the room number is two hundred and fourteen", 214, "words between the cue and the value"),
    ("room: 7", 7, "after a colon"),
    ("ROOM #12", 12, "a number sign"),
    ("room 1,204", 1204, "a mark for thousands"),
    ("room nine thousand nine hundred and ninety-nine", 9999, "the highest"),
    ("room 214, no sorry, 215", 215, "a correction without its cue"),
    ("room 214... wait, room 215", 215, "the newest cue"),
    ("room 407, second floor", 407, "a floor behind it"),
    ("um room uh three", 3, "fillers"),
]
NONE = [
    ("I have 3 kettles", "no cue and no question"),
    ("the room is cold at 18:30", "a time is no number"),
    ("I want a room for 3 May", "a day is no number"),
    ("room 12345", "above the highest number"),
    ("room 12b", "a code is no number"),
    ("my room has no light", "no number"),
    ("a room for two adults", "adults are no number of a room"),
    ("room for 50%", "a share"),
]
ANSWERS = [
    ("214", 214, "bare"),
    ("it's 214 I think", 214, "with words around"),
    ("two one four", 214, "bare in words"),
    ("number 9", 9, "a label"),
    ("one", 1, "one alone"),
    ("214, no, 215", 215, "corrected"),
    ("a dozen", 12, "a dozen"),
    ("half a dozen", 6, "half of it"),
    ("two dozen", 24, "two of them"),
    ("fifteen hundred", 1500, "hundreds above ten"),
    ("a hundred and one", 101, "an article for one"),
    ("twenty-one", 21, "a hyphen"),
    ("I don't know", None, "a refusal"),
    ("no", None, "a no"),
    ("skip", None, "skipped"),
    ("the one upstairs", None, "one stands for a room"),
    ("two nights", None, "nights are something else"),
    ("12345678", None, "too long"),
    ("<phone>", None, "a placeholder"),
]


@pytest.mark.parametrize(("utterance", "number", "reason"), TOLD, ids=[row[2] for row in TOLD])
def test_a_cued_number(utterance: str, number: int, reason: str) -> None:
    """A number after the words of an example or of the detail's name is found."""
    assert value(utterance, ROOM) == number, reason


@pytest.mark.parametrize(("utterance", "reason"), NONE, ids=[row[1] for row in NONE])
def test_another_number_is_left_alone(utterance: str, reason: str) -> None:
    """A number of something else is no room."""
    assert value(utterance, ROOM) is None, reason


@pytest.mark.parametrize(("utterance", "number", "reason"), ANSWERS, ids=[row[2] for row in ANSWERS])
def test_an_answered_number(utterance: str, number: int | None, reason: str) -> None:
    """After its question, a bare number is the value."""
    assert value(utterance, ROOM, asked=True) == number, reason


@pytest.mark.parametrize(
    ("utterance", "numbers", "reason"),
    [
        ("a table for four", {"party_size": 4}, "a cue before"),
        ("we'd be six people", {"party_size": 6}, "a cue behind"),
        ("a party of 8 in room 3", {"party_size": 8, "room_number": 3}, "two cues"),
        ("room 5 for two people, three nights", {"room_number": 5, "party_size": 2, "nights": 3}, "three cues"),
        ("a table for two hours", {}, "hours are no people"),
        ("2 nights in room 30", {"nights": 2, "room_number": 30}, "the unit is the cue"),
    ],
)
def test_each_number_goes_to_its_own_detail(utterance: str, numbers: dict[str, int], reason: str) -> None:
    """Cues tell numbers apart."""
    details = found(utterance, ROOM, PARTY, NIGHTS)

    assert {name: detail.value for name, detail in details.items()} == numbers, reason


_ONES = in_order(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = in_order("twenty thirty forty fifty sixty seventy eighty ninety")


def in_words(number: int) -> str:
    if number < 20:
        return _ONES[number]
    if number < 100:
        return _TENS[number // 10 - 2] + (f"-{_ONES[number % 10]}" if number % 10 else "")
    size, name = (1000, "thousand") if number >= 1000 else (100, "hundred")
    rest = number % size
    link = " and " if 0 < rest < 100 else " "
    return f"{in_words(number // size)} {name}" + (f"{link}{in_words(rest)}" if rest else "")


@given(st.integers(min_value=0, max_value=9_999))
def test_every_number_in_words(number: int) -> None:
    """All numbers up to 9,999 are understood in words and in digits."""
    assert number_of(in_words(number)) == number
    assert value(f"room {in_words(number)}", ROOM) == number
    assert value(f"room {number}", ROOM) == number
