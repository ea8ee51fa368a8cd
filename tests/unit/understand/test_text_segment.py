"""The text to classify as a whole, and the clauses to classify one by one."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.text_segment import (
    GIST_CHARACTERS,
    MAX_LINES,
    MAX_SEGMENTS,
    MAX_WORDS,
    Passage,
    outline,
    segments,
)
from tests.support.processor import repeated, times_the_work


def clauses(text: str) -> list[str]:
    return [text[segment.start : segment.end] for segment in outline(text).segments]


ONE = [
    "where is my parcel",
    "cancel my booking",
    "fish and chips to room 214",
    "hello",
    "",
]


@pytest.mark.parametrize("text", ONE)
def test_a_single_clause_is_classified_once(text: str) -> None:
    """The text stands for itself, and has no clauses beside it."""
    plan = outline(text)

    assert (plan.gist, plan.segments, plan.passages) == (text, (), (Passage(0, len(text)),))


@pytest.mark.parametrize("text", ["\n", " \n\t ", "\n\n\n"])
def test_blank_lines_hold_no_words(text: str) -> None:
    """A text of blank lines has an empty gist."""
    assert outline(text).gist.strip() == ""


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
    ("- take me off the list\n- close my account", ["- take me off the list", "- close my account"]),
    ("pay my invoice / send me a receipt", ["pay my invoice", "send me a receipt"]),
    ("my room is cold & please send someone up", ["my room is cold", "please send someone up"]),
    ("cancel the blue one then send me the money", ["cancel the blue one", "send me the money"]),
    ("my toilet leaks, there is smoke in the hall", ["my toilet leaks", "there is smoke in the hall"]),
]


@pytest.mark.parametrize(("text", "expected"), SEVERAL)
def test_a_text_of_several_clauses_is_cut_between_them(text: str, expected: list[str]) -> None:
    """Each clause is read on its own beside the whole text, in the order of the text."""
    assert clauses(text) == expected


def test_a_story_is_cut_as_well_as_requests() -> None:
    """A danger may be told in any sentence, so every sentence is read."""
    text = "I ordered a lamp three weeks ago. It smells of smoke when it is on. Where is the second one?"

    assert len(clauses(text)) == 3


@pytest.mark.parametrize(
    ("text", "gist"),
    [
        (
            "Good morning, I hope you are well. Please cancel my booking. Many thanks for your help.",
            "cancel my booking",
        ),
        ("hello to you all. where is my parcel? thank you very much", "where is my parcel?"),
    ],
)
def test_courtesies_are_left_out(text: str, gist: str) -> None:
    """A greeting and thanks are neither in the gist nor among the clauses."""
    plan = outline(text)

    assert gist in plan.gist
    assert not {"morning", "thank", "thanks", "hello"} & set(plan.gist.lower().replace(",", " ").split())
    assert plan.segments == ()


def test_a_text_of_courtesies_is_kept() -> None:
    """Somebody wrote the text, so there is something to read."""
    assert outline("hello there, good morning").gist == "hello there, good morning"


def test_a_clause_tells_whether_it_asks() -> None:
    """Requests and questions differ from the story around them."""
    text = "My parcel came to the neighbour. Could you change the address?"

    assert [segment.asks for segment in outline(text).segments] == [False, True]


CORRECTED = [
    ("cancel my order, no wait, just change the address", "just change the address"),
    ("I want to cancel. Actually no, can you pause it?", "can you pause it?"),
    ("where is it? ah never mind, it came. How do I send it back?", "it came. How do I send it back?"),
    ("cancel my order\nno wait\nchange the address", "change the address"),
]


@pytest.mark.parametrize(("text", "gist"), CORRECTED)
def test_words_before_a_correction_are_dropped(text: str, gist: str) -> None:
    """They are wanted no more."""
    plan = outline(text)

    assert (plan.gist, plan.is_withdrawn) == (gist, False)


def test_a_text_that_was_taken_back_is_withdrawn() -> None:
    """Nothing is wanted any more."""
    assert outline("I'd like to book a room... oh forget it, thanks").is_withdrawn


def test_a_correction_in_a_long_letter_drops_its_paragraph_only() -> None:
    """A changed mind about the packaging leaves the rest of a letter wanted."""
    errand = "I would like to cancel my subscription to the box."
    text = "\n\n".join([errand, "We have had it for years. " * 20, "The tins are lovely, no wait, the jars are."])

    gist = outline(text).gist

    assert errand in gist
    assert "tins" not in gist


def test_unpunctuated_speech_is_cut_into_windows() -> None:
    """Each word is in one window, and no window is longer than a sentence."""
    text = "um the lamp flickers since last week um my son looked at the cable um he found nothing at all there " * 2

    cut = clauses(text)

    assert len(cut) > 2
    assert all(len(clause.split()) <= MAX_WORDS for clause in cut)
    assert " ".join(cut).split() == text.split()


def test_requests_of_a_long_text_stand_for_the_whole() -> None:
    """The encoder reads a part only, and a request is worth more than the story."""
    story = "We came across your shop nine years ago and have liked it ever since. "
    plan = outline(story * 10 + "Could you please cancel my subscription? " + story * 10)

    assert plan.is_abridged
    assert "Could you please cancel my subscription?" in plan.gist
    assert len(plan.gist) <= GIST_CHARACTERS + MAX_SEGMENTS


def test_the_opening_and_the_requests_of_very_many_sentences_are_kept() -> None:
    """The number of clauses is bounded, and their order is that of the text."""
    story = "The weather was fine that day. "
    text = story * 100 + "Please send me the invoice. " + story * 100

    cut = outline(text).segments

    assert len(cut) == MAX_SEGMENTS
    assert "Please send me the invoice." in [text[segment.start : segment.end] for segment in cut]
    assert list(cut) == sorted(cut)


def test_of_very_many_lines_the_first_and_the_last_are_looked_at() -> None:
    """People write their errand at the top or at the bottom."""
    text = "\n".join(["please cancel my order", *["a line of the log"] * 2 * MAX_LINES, "please refund my money"])

    plan = outline(text)

    assert len(plan.passages) == MAX_LINES
    assert {"please cancel my order", "please refund my money"} <= set(clauses(text))


@given(st.text(max_size=300))
def test_offsets_lie_in_the_text(text: str) -> None:
    """Letters that change their length in lower case move no offset."""
    plan = outline(text)

    for start, end, *_ in (*plan.passages, *plan.segments, *segments(text, plan.passages)):
        assert 0 <= start <= end <= len(text)


PIECES = st.sampled_from(
    ["please cancel my order", "where is it", ". ", ", ", "\n", " and ", " / ", "thanks", "- ", "1. ", "\u0130", "? "]
)


@given(st.lists(PIECES, max_size=60).map("".join))
def test_clauses_are_few_and_in_order(text: str) -> None:
    """With the gist a text takes twelve predictions at most, and no clause overlaps another."""
    cut = outline(text).segments

    assert 1 + len(cut) <= 12
    assert all(one.end <= other.start for one, other in pairwise(cut))


def test_letters_that_grow_in_lower_case_do_not_move_offsets() -> None:
    """The Turkish capital is two characters then."""
    text = "\u0130stanbul office here, cancel my booking and send me the invoice"

    assert clauses(text)[-1] == "send me the invoice"


HOSTILE = [
    "a", "\n", "a\n", "cancel my order and ", ". ", ", ", "? ", "a - ", "thanks\n", "> a\n", "On 1 aaaaaa wrote:\n",
    "On 1", "from:a\nto:b\n", "this message ", "to unsubscribe ", "oh and ", "my ", "1. ", "<", "\u0130 and ",
    "hi ", "um so ", "i ", "well " * 17 + "xq. ", "never mind ",
    "no wait, ", "and i ", "please ", "a, b", "- ", "? please ", "thanks. ",
]  # fmt: skip
SHORTER, LONGER = 2_000, 16_000
SQUARE = (LONGER / SHORTER) ** 2


@pytest.mark.parametrize("text", [repeated(piece, LONGER) for piece in HOSTILE] + ["a" + " " * 15_998 + "b"])
def test_a_long_text_has_few_segments(text: str) -> None:
    """Each clause costs a call of the classifier."""
    assert len(outline(text).segments) <= MAX_SEGMENTS


@pytest.mark.parametrize("piece", HOSTILE)
def test_time_grows_with_the_length_of_a_text(piece: str) -> None:
    """Eight times the text is about eight times the work, and far from the square."""
    assert times_the_work(outline, repeated(piece, LONGER), repeated(piece, SHORTER), rounds=3) < SQUARE / 3


def test_blanks_between_two_words_take_no_longer() -> None:
    """They are passed over once."""

    def apart(length: int) -> str:
        return f"a{' ' * (length - 2)}b"

    assert times_the_work(outline, apart(LONGER), apart(SHORTER), rounds=3) < SQUARE / 3
