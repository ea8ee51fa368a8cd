"""Names of the fields of forms."""

from __future__ import annotations

import pytest

from service.hear.form_label import known_ending, plain_label

LABELS = [
    ("yourMessage", "your message"),
    ("your_message", "your message"),
    ("Your-Message:", "your message"),
    ("data[message]", "data message"),
    ("**Comment**", "comment"),
    ("E-Mail", "email"),
    ("Question/Comment", "question comment"),
]


@pytest.mark.parametrize(("label", "words"), LABELS)
def test_labels_of_programmers_are_words(label: str, words: str) -> None:
    """In whatever way they are joined."""
    assert plain_label(label) == words


def test_the_last_word_tells_of_what_kind_a_field_is() -> None:
    """If the whole label is none that forms have."""
    assert [known_ending(name) for name in ("data message", "your message", "colour")] == [
        "message",
        "your message",
        "colour",
    ]
