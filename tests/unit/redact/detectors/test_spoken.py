"""Runs of spoken digits, as transcripts hold them."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("ring oh seven seven double oh nine double oh one two three", "ring <phone>", "a phone, with double"),
        ("it is oh seven seven double oh nine hundred", "it is <number>", "hundreds belong to it"),
        ("it is oh seven seven double oh nine thousand", "it is <number> thousand", "a run that breaks off"),
        ("call oh one six one, uh, four nine six, forty two, seventeen", "call <phone>", "tens, teens and a filler"),
        ("nineteen ninety nine or twenty pounds", "nineteen ninety nine or twenty pounds", "prices"),
        ("twenty twenty five was good", "twenty twenty five was good", "a year"),
        ("four one one one one one one one one one one one one one one one", "<card>", "a card by Luhn"),
        ("order one one four two seven", "order <order_number>", "named"),
        ("my code is four four one nine", "my code is <number>", "four digits"),
        ("triple one two", "<number>", "triple counts three"),
        ("one of the two chairs has three legs", "one of the two chairs has three legs", "words apart"),
        ("one two or three of them", "one two or three of them", "a choice"),
        ("twenty five people", "twenty five people", "a quantity"),
    ],
)
def test_spoken(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
