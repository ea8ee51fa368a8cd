"""What of a text is classified as a whole, and what clause by clause."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.text_segment import MAX_SEGMENTS, MAX_WORDS, SHORT, outline, segments
from tests.support.processor import repeated, times_the_work


def clauses(text: str) -> list[str]:
    return [text[segment.start : segment.end] for segment in segments(text, outline(text).stretches)]


ONE = [
    "where is my parcel",
    "I'd like to cancel my booking, please",
    "fish and chips to room 214",
    "hello",
    "",
]


@pytest.mark.parametrize("text", ONE)
def test_a_short_text_is_itself(text: str) -> None:
    """It is classified once, as it stands."""
    plan = outline(text)

    assert plan.gist == text
    assert not plan.needs_clauses(is_understood=False)


SEVERAL = [
    ("cancel my booking and send me the invoice", ["cancel my booking", "send me the invoice"]),
    ("I want to leave and also delete my data", ["I want to leave", "delete my data"]),
    ("Where is it? And can you change the address?", ["Where is it?", "And can you change the address?"]),
    (
        "Two things: where is my order, and can I change the address?",
        ["Two things: where is my order", "can I change the address?"],
    ),
    ("cancel my order as well as my account please", ["cancel my order", "my account please"]),
    ("stop the box. Oh and the newsletter as well please", ["stop the box.", "Oh and the newsletter as well please"]),
    ("I can\u2019t log in and I\u2019d like my money back", ["I can\u2019t log in", "I\u2019d like my money back"]),
    ("1. take me off the list\n2. close my account", ["1. take me off the list", "2. close my account"]),
]


@pytest.mark.parametrize(("text", "expected"), SEVERAL)
def test_a_text_that_says_it_has_several_errands_is_cut_between_them(text: str, expected: list[str]) -> None:
    """Even where the whole text seems to be understood."""
    assert outline(text).needs_clauses(is_understood=True)
    assert clauses(text) == expected


def test_a_long_text_is_read_closer_only_where_it_is_not_understood() -> None:
    """Two sentences of one story are one errand; reading them twice would cost time and invent goals."""
    plan = outline(
        "I ordered a lamp three weeks ago, the brass one with the green shade. It has not come and nobody tells me why."
    )

    assert len(plan.gist) > SHORT - 20
    assert not outline(plan.gist + " It is late.").needs_clauses(is_understood=True)
    assert outline(plan.gist + " It is late.").needs_clauses(is_understood=False)


CORRECTED = [
    ("cancel my order, no wait, just change the address", "just change the address"),
    ("I want to cancel. Actually no, can you pause it?", "can you pause it?"),
    ("where is it? ah never mind, it came. How do I send it back?", "it came. How do I send it back?"),
    ("cancel my order\nno wait\nchange the address", "change the address"),
]


@pytest.mark.parametrize(("text", "gist"), CORRECTED)
def test_what_stands_before_a_correction_is_dropped(text: str, gist: str) -> None:
    """It is wanted no more."""
    plan = outline(text)

    assert (plan.gist, plan.is_withdrawn) == (gist, False)


def test_what_was_taken_back_is_withdrawn() -> None:
    """Nothing is wanted any more."""
    assert outline("I'd like to book a room... oh forget it, thanks").is_withdrawn


def test_a_correction_in_a_long_letter_drops_its_paragraph_only() -> None:
    """Somebody who changes their mind about the packaging still wants the rest."""
    errand = "I would like to cancel my subscription to the box."
    text = "\n\n".join([errand, "We have had it for years. " * 20, "The tins are lovely, no wait, the jars are."])

    gist = outline(text).gist

    assert errand in gist
    assert "tins" not in gist


def test_unpunctuated_speech_is_cut_into_windows() -> None:
    """At fillers and connectives where there are any; every word is in one window."""
    text = "um so i got this lamp last week and it flickers and my son looked at it " * 4 + "so can you stop it"

    cut = clauses(text)

    assert all(len(clause.split()) <= MAX_WORDS for clause in cut)
    assert " ".join(cut).split() == text.split()


def test_requests_of_a_long_text_stand_for_the_whole() -> None:
    """The encoder cannot read it all: what is asked for is worth more than the story."""
    story = "We came across your shop nine years ago and have liked it ever since. "
    plan = outline(story * 10 + "Could you please cancel my subscription? " + story * 10)

    assert plan.is_abridged
    assert "Could you please cancel my subscription?" in plan.gist
    assert len(plan.gist) <= 560


def test_of_very_many_sentences_the_opening_and_the_requests_are_kept() -> None:
    """Their number is bounded, their order is that of the text."""
    story = "The weather was fine that day. "
    text = story * 100 + "Please send me the invoice. " + story * 100

    cut = segments(text, outline(text).stretches)

    assert len(cut) == MAX_SEGMENTS
    assert "Please send me the invoice." in [text[segment.start : segment.end] for segment in cut]
    assert list(cut) == sorted(cut)


@given(st.text(max_size=300))
def test_offsets_lie_in_the_text(text: str) -> None:
    """Whatever is sent, however its letters change length in lower case."""
    plan = outline(text)

    for start, end, *_ in (*plan.stretches, *segments(text, plan.stretches)):
        assert 0 <= start <= end <= len(text)


def test_letters_that_grow_in_lower_case_do_not_move_offsets() -> None:
    """The Turkish capital is two characters then."""
    text = "\u0130stanbul office here, cancel my booking and send me the invoice"

    assert clauses(text)[-1] == "send me the invoice"


HOSTILE = [
    "a", "\n", "a\n", "cancel my order and ", ". ", ", ", "? ", "a - ", "thanks\n", "> a\n", "On 1 aaaaaa wrote:\n",
    "On 1", "from:a\nto:b\n", "this message ", "to unsubscribe ", "oh and ", "my ", "1. ", "<", "\u0130 and ",
]  # fmt: skip
SHORTER, LONGER = 2_000, 16_000
SQUARE = (LONGER / SHORTER) ** 2


def read(text: str) -> None:
    segments(text, outline(text).stretches)


@pytest.mark.parametrize("text", [repeated(piece, LONGER) for piece in HOSTILE] + ["a" + " " * 15_998 + "b"])
def test_a_long_text_has_few_segments(text: str) -> None:
    """Each segment costs a call of the classifier."""
    assert len(segments(text, outline(text).stretches)) <= MAX_SEGMENTS


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_of_a_text(piece: str) -> None:
    """Eight times the text is about eight times the work, and far from the square."""
    assert times_the_work(read, repeated(piece, LONGER), repeated(piece, SHORTER), rounds=3) < SQUARE / 3


def test_blanks_between_two_words_take_no_longer() -> None:
    """They are passed over once."""

    def apart(length: int) -> str:
        return f"a{' ' * (length - 2)}b"

    assert times_the_work(read, apart(LONGER), apart(SHORTER), rounds=3) < SQUARE / 3
