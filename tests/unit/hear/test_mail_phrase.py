"""What mail programs put around a message."""

from __future__ import annotations

import pytest

from service.hear.mail_phrase import is_header, separators

HEADS = ["From: Ida", "*Sent:* Monday", "Gesendet : Montag", "À : Ida", "Тема: счёт", "件名: x", "Reply-To: a@b"]
LINES = ["my order: late", "hello", ": x", "From Ida: hello", "a long line in which a colon comes late: so"]


def test_headers_are_told_in_many_languages() -> None:
    """Other lines with a colon are words."""
    assert all(is_header(line) for line in HEADS)
    assert not any(is_header(line) for line in LINES)


SEPARATING = [
    "-----Original Message-----",
    "> ---------- Forwarded message ---------",
    "---- Weitergeleitete Nachricht ----",
    "Begin forwarded message:",
    "Début du message transféré :",
    "##- Please type your reply above this line -##",
    "Shop ---04/03/2025 09:30:12---",
]


@pytest.mark.parametrize("line", SEPARATING)
def test_a_line_separates_an_earlier_message(line: str) -> None:
    """Within any text."""
    assert [found[0].strip() for found in separators(f"hello\n{line}\nold")] == [line]


@pytest.mark.parametrize("line", ["-----", "please begin", "my message -- late", "above all"])
def test_other_lines_separate_nothing(line: str) -> None:
    """Dashes alone are a rule."""
    assert [*separators(f"hello\n{line}\nold")] == []
