"""Transcripts of calls and chats."""

from __future__ import annotations

import pytest

from service.hear.mapped_text import MappedText
from service.hear.transcript import transcript

ERRAND = "I want to cancel my order"


def heard(text: str) -> str:
    return transcript(MappedText.of(text)).text.strip()


SPOKEN = [
    pytest.param("um I want to, uh, cancel my order", "I want to, cancel my order", id="fillers"),
    pytest.param("I I I want to cancel my my order", ERRAND, id="stutters"),
    pytest.param("I want I want to cancel my order", ERRAND, id="phrases twice"),
    pytest.param("I w-want to c-cancel my order", ERRAND, id="parts of words"),
    pytest.param("I want to [inaudible] cancel (coughs) my <noise> order", ERRAND, id="marks"),
    pytest.param("*sighs* I want to cancel my order [laughter]", ERRAND, id="a sigh"),
    pytest.param("[00:12] I want to cancel my order", ERRAND, id="a time stamp"),
    pytest.param("00:12:03 I want to cancel my order", ERRAND, id="a time stamp without brackets"),
    pytest.param("%HESITATION I want to <unk> cancel my order", ERRAND, id="marks of recognisers"),
    pytest.param(f"Customer: {ERRAND}", ERRAND, id="a label"),
    pytest.param(f"Speaker 1: {ERRAND}", ERRAND, id="a numbered speaker"),
    pytest.param(f"[00:01] CALLER: {ERRAND}", ERRAND, id="a label after a time"),
    pytest.param(f"Agent: Hi, how may I help?\nCustomer: {ERRAND}\nAgent: Sure.", ERRAND, id="both sides"),
    pytest.param(f"Agent: How may I help? Customer: {ERRAND}", ERRAND, id="both sides on one line"),
    pytest.param(f"Speaker 1: thank you for calling us\nSpeaker 2: {ERRAND}", ERRAND, id="an agent by the words"),
    pytest.param(f"Kunde: {ERRAND}\nMitarbeiter: gern", ERRAND, id="German"),
    pytest.param(f"well, you know, {ERRAND}", f"well, {ERRAND}", id="you know"),
]


@pytest.mark.parametrize(("text", "expected"), SPOKEN)
def test_only_words_are_left(text: str, expected: str) -> None:
    """Neither marks, nor speakers, nor fillers."""
    assert heard(text) == expected


STAYS = [
    pytest.param("do you know where my order is", id="you know as a verb"),
    pytest.param("I like it, send me one", id="like as a verb"),
    pytest.param("Ich möchte um 10 Uhr kommen, um zu zahlen", id="a German word"),
    pytest.param("quero um reembolso", id="a Portuguese word"),
    pytest.param("write to <email> or <name>", id="placeholders"),
    pytest.param("my room (204) is cold", id="brackets"),
    pytest.param("my call was at 10:30", id="a time"),
    pytest.param("Support: your app is broken", id="a name at the beginning"),
    pytest.param("[inaudible]", id="a mark and nothing else"),
    pytest.param("um", id="a filler and nothing else"),
    pytest.param("it is four four one, two two nine", id="a number that is spelt out"),
    pytest.param("wait -- cancel it", id="a dash"),
]


@pytest.mark.parametrize("text", STAYS)
def test_words_that_look_like_marks_stay(text: str) -> None:
    """A word lost is worse than a mark read."""
    assert heard(text) == text
