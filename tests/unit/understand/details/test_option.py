"""Options of a choice."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.details.option import differs_by_a_typo
from tests.unit.understand.details.declared import SIZE, value

CHOICES = [
    ("the small one please", False, "small", "its name"),
    ("a LITTLE one", False, "small", "a synonym in capitals"),
    ("in extra large", False, "extra_large", "a name of two words"),
    ("an XL", False, "extra_large", "a short synonym"),
    ("the medum one", False, "medium", "a letter left out"),
    ("mediium", False, "medium", "a letter too many"),
    ("smlal", False, "small", "two letters exchanged"),
    ("not the small one, the medium one", False, "medium", "a denied option"),
    ("small, no, medium", False, "medium", "the newest"),
    ("small or medium?", False, None, "a question between two"),
    ("the second one", True, "medium", "an ordinal after the question"),
    ("the last", True, "extra_large", "the last after the question"),
    ("the second one", False, None, "an ordinal without the question"),
    ("they're too small", False, None, "told of another size"),
    ("tall", False, None, "no option"),
    ("no", True, None, "a no"),
    ("skip", True, None, "skipped"),
    ("i don't have it", True, None, "a refusal"),
    ("it's 5 s", False, "small", "a synonym of one letter is exact"),
]


@pytest.mark.parametrize(("utterance", "asked", "option", "reason"), CHOICES, ids=[row[3] for row in CHOICES])
def test_a_choice(utterance: str, asked: bool, option: str | None, reason: str) -> None:
    """An option is known by its words, with one typo allowed."""
    assert value(utterance, SIZE, asked=asked) == option, reason


@given(st.text("abcd", min_size=1, max_size=6), st.data())
def test_one_change_of_a_letter_is_a_typo(word: str, data: st.DataObject) -> None:
    """A letter left out, added or replaced, and neighbours exchanged, are one typo in both directions."""
    at = data.draw(st.integers(0, len(word) - 1))
    letter = data.draw(st.sampled_from("abcde"))
    changed = [
        word[:at] + word[at + 1 :],
        word[:at] + letter + word[at:],
        word[:at] + letter + word[at + 1 :],
        word[:at] + word[at : at + 2][::-1] + word[at + 2 :],
    ]

    for other in changed:
        assert differs_by_a_typo(other, word) is (other != word)
        assert differs_by_a_typo(word, other) is (other != word)


@pytest.mark.parametrize(("said", "word"), [("week", "weakly"), ("small", "smart"), ("abcd", "badc"), ("red", "blue")])
def test_two_changes_are_no_typo(said: str, word: str) -> None:
    """Words that differ more are different words."""
    assert not differs_by_a_typo(said, word)
