"""Bank accounts by country, length and checksum."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("IBAN DE89 3704 0044 0532 0130 00", "IBAN <iban>", "usual groups"),
        ("to NL91ABNA0417164300 please", "to <iban> please", "unseparated"),
        ("gb29nwbk60161331926819", "<iban>", "small letters"),
        ("FR14 2004 1010 0505 0001 3M02 606, merci", "<iban>, merci", "letters inside"),
        ("IBAN: GB29 NWBK 6016 1331 9268 18", "IBAN: <iban>", "mistyped, but named"),
        ("model DE89 3704 is broken", "model DE89 3704 is broken", "too short for its country"),
    ],
)
def test_iban(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
