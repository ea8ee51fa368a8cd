"""One look tells which detectors a text can concern."""

from __future__ import annotations

import pytest

from service.redact.prefilter import signs_of
from service.redact.trigger import Sign


@pytest.mark.parametrize(
    ("text", "shown", "reason"),
    [
        ("where can i see the menu", Sign(0), "most texts show nothing"),
        ("room 12", Sign.DIGIT, "few digits"),
        ("07700 900142", Sign.DIGIT | Sign.MANY_DIGITS, "five digits or more"),
        ("1 a 2 b 3 c 4 d 55", Sign.DIGIT | Sign.MANY_DIGITS, "five digits, however far apart"),
        ("JO@EXAMPLE.COM", Sign.AT, "capitals do not hide a sign"),
        ("jo [at] example", Sign.AT, "an at sign in words"),
        ("my mail is jo at example.com", Sign.AT, "the word alone, beside mail and a point"),
        ("meet me at noon", Sign(0), "the word alone says nothing"),
        ("see www.example", Sign.SLASH, "an address of a page"),
        ("seven seven four", Sign.SPOKEN_DIGITS, "three digit words"),
        ("one or two", Sign(0), "two digit words are talk"),
        ("sk_live_abc", Sign.TOKEN, "an underscore parts words"),
        ("it is signed j", Sign.INITIAL, "a single letter at the end"),
    ],
)
def test_a_sign_is_shown(text: str, shown: Sign, reason: str) -> None:
    """The signs asked for are exactly those, besides signs of words that may mean other things."""
    watched = int(Sign.DIGIT | Sign.MANY_DIGITS | Sign.AT | Sign.SLASH | Sign.SPOKEN_DIGITS | Sign.INITIAL | Sign.TOKEN)

    assert signs_of(text) & watched == int(shown), reason


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("my password is", Sign.SECRET),
        ("i was born in", Sign.BIRTH),
        ("12 high street", Sign.STREET),
        ("my name is", Sign.NAME),
        ("i'm jo", Sign.PRESENTED),
        ("jo speaking", Sign.HERE),
        ("kind regards", Sign.SIGNED),
        ("my social security", Sign.SOCIAL),
        ("the plate of my car", Sign.PLATE),
        ("i live in", Sign.HOUSE),
    ],
)
def test_a_word_shows_its_sign(text: str, sign: Sign) -> None:
    """The detector that needs it is run."""
    assert signs_of(text) & sign


def test_a_part_of_a_word_is_no_sign() -> None:
    """Otherwise nearly every text would be looked at closely."""
    assert not signs_of("mannerism and unborn") & (Sign.NAME | Sign.BIRTH)
