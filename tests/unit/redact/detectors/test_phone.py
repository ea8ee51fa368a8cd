"""Telephones of any country and the figures that look like one."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("07700 900123", "<phone>", "mobile, usual blanks"),
        ("07700.900.123 please", "<phone> please", "dots"),
        ("07700-900-123", "<phone>", "dashes"),
        ("(020) 7946-0321", "<phone>", "area code in brackets"),
        ("(415) 555-0132 after 5", "<phone> after 5", "American, brackets"),
        ("415.555.0198", "<phone>", "American, dots"),
        ("1-212-555-0156", "<phone>", "American, with the 1"),
        ("+44 (0)20 7946 0321", "<phone>", "country code and a bracketed trunk 0"),
        ("+49 30 901820", "<phone>", "German"),
        ("0049 151 23456789", "<phone>", "dialled 00"),
        ("06 39 98 12 34", "<phone>", "French, by its trunk 0 and length"),
        ("call me on 555-0123", "call me on <phone>", "local, but a call is spoken of"),
        ("ring 07700 900123 and 07700 900456", "ring <phone> and <phone>", "two in a row"),
        ("\u0660\u0667\u0667\u0660\u0660 \u0669\u0660\u0660\u0661\u0662\u0663", "<phone>", "digits of another script"),
        ("07700\u2011900\u2011123", "<phone>", "unbreakable dashes"),
        ("it is 555-0123 wide", "it is 555-0123 wide", "local shape without a cue"),
        ("call reception at extension 214", "call reception at extension 214", "an extension"),
        ("we stay from 01.02.2026 to 10.02.2026", "we stay from 01.02.2026 to 10.02.2026", "dates"),
        ("between 10 and 12 on 03/04/2026 at 10:45", "between 10 and 12 on 03/04/2026 at 10:45", "dates and times"),
        ("I paid 1 249.00 and 2 500.00", "I paid 1 249.00 and 2 500.00", "amounts"),
        ("call me in 2026", "call me in 2026", "a year after a cue"),
        ("I dialled 0800 from abroad", "I dialled 0800 from abroad", "a prefix alone"),
    ],
)
def test_phone(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
