"""Ids that states give, by checksum, unmistakable shape or name."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("My SSN is 078-05-1120", "My SSN is <national_id>", "American"),
        ("social security number 078051120", "social security number <national_id>", "American, unseparated but named"),
        ("last 4 of my social are 1120", "last 4 of my social are <national_id>", "the last four, named"),
        ("nhs no 9990629072", "nhs no <national_id>", "British health"),
        ("NHS number 999 063 9990", "NHS number <national_id>", "mistyped, but named"),
        ("National Insurance AB123456C", "National Insurance <national_id>", "British insurance"),
        ("QQ 12 34 56 C", "<national_id>", "British insurance by shape"),
        ("DNI 12345678Z", "DNI <national_id>", "Spanish"),
        ("X1234567L", "<national_id>", "Spanish for foreigners"),
        ("2 55 08 14 168 025 38", "<national_id>", "French"),
        ("Steuer-ID 38273301463", "Steuer-ID <national_id>", "German"),
        ("mijn BSN is 907632403", "mijn BSN is <national_id>", "Dutch"),
        ("6157 9653 2523", "<national_id>", "Indian, checksum holds"),
        ("205.497.921-04", "<national_id>", "Brazilian"),
        ("RSSMRA80A01H501U", "<national_id>", "Italian"),
        ("passport number 533401372 for check-in", "passport number <national_id> for check-in", "named"),
        ("do I need my passport for 2 nights", "do I need my passport for 2 nights", "named without a number"),
        ("the social media team of 2026", "the social media team of 2026", "a look-alike of the cue"),
        ("cpr 150378-2045 is mine", "cpr <national_id> is mine", "Danish, named"),
        ("131052-308T and nothing else", "<national_id> and nothing else", "Finnish, checked"),
        ("131052-308X and nothing else", "<reference> and nothing else", "Finnish, its check fails"),
        ("my nhs number's 999 787 9384", "my nhs number's <national_id>", "with a short form of is"),
    ],
)
def test_national_id(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
