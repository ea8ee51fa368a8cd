"""Addresses that lead further than a home page."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("https://shop.example.com/orders?id=88213&sig=ab gives 404", "<url> gives 404", "query"),
        ("see www.example.com/account/tomhardy.", "see <url>.", "path; the full stop stays"),
        ("example.com/reset?token=abc", "<url>", "no scheme"),
        ("http://jo:pw@example.com/", "<url>", "user and password"),
        ("I ordered on www.example.com", "I ordered on www.example.com", "a home page"),
        ("https://example.com is down", "https://example.com is down", "a home page with a scheme"),
        ("and/or 24/7 w/o", "and/or 24/7 w/o", "slashes"),
    ],
)
def test_url(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
