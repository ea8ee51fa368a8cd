"""Noisy copies of examples: the way people type and speak."""

# ruff: noqa: S311 - no secret is drawn
from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.learn.noise import (
    CLOSINGS,
    FILLERS,
    OPENINGS,
    STORIES,
    bare,
    capitals,
    closed,
    noisy,
    noisy_copies,
    opened,
    slip,
    slips,
    spoken,
    told,
)
from service.understand.spelling import edit_distance

EXAMPLE = "Please cancel my booking, I cannot travel."
PLACEHOLDERS = ("<email>", "<order_number>")
TEXT = "please write to <email> about the order <order_number>"
SEEDS = range(30)


def test_the_same_texts_and_seed_give_the_same_copies() -> None:
    """A bundle can be built again, in any order of its rows."""
    texts = [EXAMPLE, "where is my parcel", "refund"]

    copies = noisy_copies(texts, seed=3)

    assert copies == noisy_copies(texts, seed=3)
    assert copies[::-1] == noisy_copies(texts[::-1], seed=3)
    assert copies != noisy_copies(texts, seed=4)


def test_each_text_has_one_copy() -> None:
    """Copies stand in the order of their texts, and nearly all differ."""
    texts = [f"where is my parcel number {number}" for number in range(200)]

    copies = noisy_copies(texts, seed=0)

    assert len(copies) == len(texts)
    assert sum(copy == text for copy, text in zip(copies, texts, strict=True)) < 20


@pytest.mark.parametrize("seed", SEEDS)
def test_a_slip_is_one_edit_inside_a_longer_word(seed: int) -> None:
    """The first and the last letter stay, as they mostly do when people slip."""
    copy = slip(EXAMPLE, Random(seed))

    pairs = list(zip(EXAMPLE.split(), copy.split(), strict=True))
    (changed,) = [pair for pair in pairs if pair[0] != pair[1]] or [("", "")]
    assert edit_distance(*changed) <= 1
    assert all(len(word) >= 4 for word in changed[:1] if word)


@pytest.mark.parametrize("text", ["a b c", "", "42 17", "\u65e5\u672c\u8a9e", "it is so"])
def test_short_words_and_other_scripts_have_no_slips(text: str) -> None:
    """A slip in a short word makes another word."""
    assert slip(text, Random(1)) == slips(text, Random(1)) == text


@pytest.mark.parametrize("change", [slip, slips, capitals, bare, spoken, opened, closed, told, noisy])
@pytest.mark.parametrize("seed", SEEDS)
def test_placeholders_of_redaction_stay(change, seed: int) -> None:
    """A copy is never corrupted into a text that redaction would not have written."""
    copy = change(TEXT, Random(seed))

    assert all(placeholder in copy for placeholder in PLACEHOLDERS)


def test_shouting_is_in_capitals() -> None:
    """Marks at the end change, the words stay."""
    copy = capitals("Where is my parcel?", Random(5))

    assert copy.rstrip("!?") == "WHERE IS MY PARCEL"


def test_bare_text_has_neither_capitals_nor_marks() -> None:
    """Marks inside of words stay, such as those of a price."""
    assert bare("Hello, where is it? I paid 4.50!", Random(0)) == "hello where is it i paid 4.50"


def test_speech_has_fillers_between_its_words() -> None:
    """The words themselves stay in order."""
    copy = spoken(EXAMPLE, Random(2))

    fillers = {word for filler in FILLERS for word in filler.split()}
    words = bare(EXAMPLE, Random(0)).split()
    assert [word for word in copy.split() if word in words] == words or len(copy.split()) > len(words)
    assert set(copy.split()) <= {*words, *fillers}


@pytest.mark.parametrize(
    ("change", "sentences"), [(opened, OPENINGS), (closed, CLOSINGS), (told, STORIES)], ids=["before", "after", "story"]
)
def test_courtesies_and_stories_stand_beside_the_text(change, sentences: tuple[str, ...]) -> None:
    """The example is in the copy as it was."""
    copy = change(EXAMPLE, Random(3))

    assert EXAMPLE in copy
    assert copy.replace(EXAMPLE, "").strip() in sentences


@given(st.text(max_size=40), st.integers(0, 9))
def test_any_text_has_a_copy(text: str, seed: int) -> None:
    """Half of a surrogate pair is a text as well."""
    (copy,) = noisy_copies([text], seed=seed)

    assert isinstance(copy, str)


def test_a_copy_stays_short_beside_its_example() -> None:
    """One or two changes: noise does not drown a single word."""
    assert all(len(noisy("refund", Random(seed)).split()) == 1 for seed in SEEDS)
