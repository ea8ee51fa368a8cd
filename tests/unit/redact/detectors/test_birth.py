"""Dates of birth; every other date is part of what the customer came for."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("DOB: 14/03/1985", "DOB: <date_of_birth>", "cue and figures"),
        ("d.o.b 1.2.59", "d.o.b <date_of_birth>", "short year"),
        ("my date of birth is 3rd March 1972", "my date of birth is <date_of_birth>", "month by name"),
        ("date of birth would be September 19th 1981", "date of birth would be <date_of_birth>", "roundabout"),
        ("I was born on 12 May 1990", "I was born on <date_of_birth>", "born"),
        ("born 1988-07-21", "born <date_of_birth>", "ISO 8601"),
        ("birthday is July 4, 1976", "birthday is <date_of_birth>", "American order"),
        ("born march third nineteen eighty one", "born <date_of_birth>", "as said"),
        ("geboren am 17.06.1990", "geboren am <date_of_birth>", "German"),
        ("move it from the 14th to the 21st", "move it from the 14th to the 21st", "days of a booking"),
        ("we arrive on 12/05 and leave on 15/05/2026", "we arrive on 12/05 and leave on 15/05/2026", "dates of a stay"),
        (
            "a table for my birthday on 12/05",
            "a table for my birthday on 12/05",
            "the booking matters, no year is told",
        ),
        ("I was born to shop", "I was born to shop", "no date"),
    ],
)
def test_birth(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
