"""Secrets by issuer, shape or cue."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("key sk_live_4eC39HqLyjWDarjtT1zdp7dc", "key <secret>", "issuer's prefix"),
        ("Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ0In0.c2ln", "Bearer <secret>", "JWT"),
        ("AKIAIOSFODNN7EXAMPLE", "<secret>", "cloud key"),
        ("a8f5f167f44f4964e6c998dee827110c", "<secret>", "long hex"),
        ("password is Sunshine!42", "password is <secret>", "told"),
        ("my password: letmein99 fails", "my password: <secret> fails", "told with a colon"),
        ("password is sunflower, ok?", "password is <secret>, ok?", "plain word, told"),
        ("my password hunter2 fails", "my password <secret> fails", "stands after the word"),
        ("pin is 4821", "pin is <secret>", "PIN"),
        ("cvc 123", "cvc <secret>", "card check"),
        ("the verification code 829104 expired", "the verification code <secret> expired", "one-time code"),
        ("my password is not working", "my password is not working", "a state, not a secret"),
        ("password reset 2 times", "password reset 2 times", "a reset"),
        ("the password is wrong", "the password is wrong", "a state"),
        ("wifi password in room 9", "wifi password in room 9", "a room"),
        ("SPRING20 code", "SPRING20 code", "a short promotion"),
        ("commit 3f2a9c1", "commit 3f2a9c1", "short hex"),
        ("error code 1234", "error code 1234", "an error code"),
        ("the wifi key is hx9-Rowan-00ab", "the wifi key is <secret>", "on a sticker"),
        ("the wi-fi key does not work", "the wi-fi key does not work", "about the key"),
    ],
)
def test_secret(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
