"""Payment cards by Luhn in any separators."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("4111 1111 1111 1111", "<card>", "usual groups"),
        ("4111.1111.1111.1111 exp 09/27", "<card> exp 09/27", "dots; the expiry stays"),
        ("4111-1111-1111-1111", "<card>", "dashes"),
        ("4111/1111/1111/1111", "<card>", "slashes"),
        ("4 1 1 1 1 1 1 1 1 1 1 1 1 1 1 1", "<card>", "digit by digit"),
        ("amex 378282246310005 declined", "amex <card> declined", "fifteen digits"),
        ("07700 900123 4111 1111 1111 1111", "<phone> <card>", "a phone just before"),
        ("my card is 4111 1111 1111 1112", "my card is <card>", "mistyped, but a card is spoken of"),
        ("order number 4111111111111111", "order number <card>", "the checksum outweighs the cue"),
        ("my card ends in 4242", "my card ends in 4242", "four digits tell little"),
        ("4111 pieces at 1111 each", "4111 pieces at 1111 each", "figures apart"),
    ],
)
def test_card(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
