"""Names at the end of a message and in the heads of mails, and what stands there without being one."""

from __future__ import annotations

import pytest

from service.redact.chain import Redactor


@pytest.mark.parametrize(
    ("raw_text", "utterance", "reason"),
    [
        ("Best regards, Ines Falkner, Buying, Morrow AB", "Best regards, <name>, Buying, Morrow AB", "a post follows"),
        ("Regards, Ines Falkner | Buying", "Regards, <name> | Buying", "a line of a card"),
        ("Kind regards\nIda Quill (Mrs)", "Kind regards\n<name> (Mrs)", "a title behind"),
        ("Thanks in advance,\nKeiko M.", "Thanks in advance,\n<name>.", "first name and initial"),
        ("Met vriendelijke groet, Sanne Vos", "Met vriendelijke groet, <name>", "Dutch"),
        ("Med vänlig hälsning\nOve Lind", "Med vänlig hälsning\n<name>", "Swedish"),
        ("it never came. Marisol T.", "it never came. <name>.", "only first name and initial"),
        ("From: Ida Quill <ida@example.org> Sent: Monday", "From: <name> <<email>> Sent: Monday", "head of a mail"),
        ("From: Leeds To: York", "From: Leeds To: York", "a journey"),
        ("i am short of it. Vitamin B.", "i am short of it. Vitamin B.", "a product with a letter"),
        ("Thanks, please call, the red one", "Thanks, please call, the red one", "a sentence"),
        ("Thanks, Customer Service, for nothing", "Thanks, Customer Service, for nothing", "a desk"),
        ("Thanks. The kettle is broken", "Thanks. The kettle is broken", "the next sentence"),
    ],
)
def test_signature(raw_text: str, utterance: str, reason: str) -> None:
    assert Redactor().redact(raw_text).utterance == utterance, reason
