"""Lines that stand above an earlier message."""

from __future__ import annotations

import pytest

from service.hear.mail_introduction import introductions_of

FOUND = [
    pytest.param("On 4 Mar 2025, Shop wrote:\n> old", [True], id="a quotation"),
    pytest.param("Am 4. März schrieb Shop:\n> alt", [True], id="a German quotation"),
    pytest.param("-----Original Message-----\nold", [False], id="a separator"),
    pytest.param("From: A\nSent: B\nTo: C\n\nold", [False], id="the head of a mail"),
    pytest.param("-----Original Message-----\nFrom: A\nSent: B\nTo: C\n\nold", [False, False], id="both"),
    pytest.param("From: A\n\nold", [], id="a sender alone"),
    pytest.param("I wrote: where is it", [], id="nothing that is dated"),
]


@pytest.mark.parametrize(("text", "replies"), FOUND)
def test_introductions_are_told_from_words(text: str, replies: list[bool]) -> None:
    """Those of a quotation apart from those of a whole message."""
    assert [found.is_reply for found in introductions_of(text)] == replies
