"""Swear words that are written by half."""

from __future__ import annotations

import pytest

from service.hear.hear import HeardKind, hear
from service.hear.swearing import is_only_swearing, swear_words

DROPPED = [
    ("who the f*** sends this", "who sends this"),
    ("what the actual f@ck did you charge", "what did you charge"),
    ("how the $%&! does it open", "how does it open"),
    ("FFS! the heating is off", "the heating is off"),
    ("wth, two bills", "two bills"),
    ("this b*****d kettle leaks", "this kettle leaks"),
    ("fix the sh!t wifi", "fix the wifi"),
    ("the f-ing door jams", "the door jams"),
    ("the f---ing door jams", "the door jams"),
    ("your cr@p app crashed", "your app crashed"),
    ("so ein Schei** Paket fehlt", "so ein Paket fehlt"),
    ("where tf is it", "where is it"),
    ("why the f is it red", "why is it red"),
    ("where the [bleep] is it", "where is it"),
    ("it is [bleep] late", "it is late"),
    ("it is (expletive deleted) late", "it is late"),
    ("it is **** late", "it is late"),
    ("my bleeping toaster burnt", "my toaster burnt"),
    ("fcking late again", "late again"),
]


@pytest.mark.parametrize(("raw", "expected"), DROPPED)
def test_half_written_swearing_is_dropped(raw: str, expected: str) -> None:
    """With the article that belongs to it."""
    assert hear(raw).text == expected


STAYS = [
    "please **do not** send *two*",
    "card ****1234 was charged",
    "write to j***@example.com",
    "R&D, AT&T, C# and 3*4",
    "it is 20 % off and #4471",
    "free** delivery",
    "wow!!! really???",
    "my alarm is bleeping",
    "so--no refund",
    "file_name and a_b",
    "* one\n* two",
    "I paid £5*",
    "SQL*Plus does not start",
    "### heading",
]


@pytest.mark.parametrize("raw", STAYS)
def test_other_marks_stay(raw: str) -> None:
    """Words in bold, footnotes, masked numbers, and signs say something."""
    assert swear_words(raw) == []


@pytest.mark.parametrize("raw", ["wtf", "@#$%!", "f*** sh*t", "f*** you!", "[bleep]", "ffs!!"])
def test_nothing_else_is_noise(raw: str) -> None:
    """It has no errand."""
    assert hear(raw).kind is HeardKind.NOISE


def test_words_beside_swearing_are_told() -> None:
    """One is enough."""
    assert not is_only_swearing("wtf refund")
