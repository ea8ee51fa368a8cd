"""E-mail addresses, plain and disguised, and the at-signs and dots that are none."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("mail jo@example.com, please", "mail <email>, please", "plain; the comma stays"),
        ("jo.o'neil+shop@mail.example.co.uk", "<email>", "every mark of a local part"),
        ("jo@e.co", "<email>", "a one-letter domain"),
        ("it is jo@example", "it is <email>", "the customer left the end out"),
        ("jo[at]example.com", "<email>", "bracketed"),
        ("jo (at) example (dot) org", "<email>", "bracketed and spaced"),
        ("jo at example dot com", "<email>", "as said"),
        ("mark dot evans at example dot co dot uk thanks", "<email> thanks", "as said, several labels"),
        ("h underscore lind at example dot org", "<email>", "as said, a mark named"),
        ("abc@example dot com", "<email>", "half written, half said"),
        ("jo @ example.com", "<email>", "blanks around the sign"),
        ("my email is jo at example.com", "my email is <email>", "only the sign is said, and e-mail is the topic"),
        ("jo\uff20example.com", "<email>", "full-width sign"),
        ("I emailed you twice @ lunch", "I emailed you twice @ lunch", "a lone at-sign"),
        ("@yourshop no answer for weeks", "@yourshop no answer for weeks", "a handle has nothing before the sign"),
        ("2 kettles @ 20 each", "2 kettles @ 20 each", "a price each"),
        ("I shopped at example dot com", "I shopped at example dot com", "the shop, not a mailbox"),
        ("order at example.com did not work", "order at example.com did not work", "no e-mail is spoken of"),
        ("look at that dot on the screen", "look at that dot on the screen", "at and dot as ordinary words"),
    ],
)
def test_email_address(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
