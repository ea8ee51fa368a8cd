"""What a company says is cut where a promotion may begin, and nowhere that leaves a bare word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.understand.firewall.clause import MOST_PIECES, parts


def cut(text: str) -> list[tuple[str, list[str]]]:
    return [(text[part.start : part.end], [text[start:end] for start, end in part.clauses]) for part in parts(text)]


WHOLE = [
    pytest.param("Your parcel is on its way.", id="one clause"),
    pytest.param("Deliveries run on Tuesdays and Fridays only.", id="a list of two"),
    pytest.param("We serve tea, coffee and biscuits.", id="a list of three"),
    pytest.param("Done, and thanks.", id="too little to stand alone"),
    pytest.param("Your check-in is at 10:30.", id="a hyphen and a time"),
]


@pytest.mark.parametrize("text", WHOLE)
def test_what_says_one_thing_is_not_cut(text: str) -> None:
    """One sentence without clauses."""
    assert cut(text) == [(text, [])]


SENTENCES = [
    ("Your room is ready. Enjoy your stay!", ["Your room is ready.", "Enjoy your stay!"]),
    ("The refund is paid; the receipt is attached", ["The refund is paid", "the receipt is attached"]),
    ("Your table is booked\nSee you on Friday", ["Your table is booked", "See you on Friday"]),
    ('She said "it is done." Then she left.', ['She said "it is done."', "Then she left."]),
]


@pytest.mark.parametrize(("text", "expected"), SENTENCES)
def test_sentences_are_told_apart(text: str, expected: list[str]) -> None:
    """By full stops, semicolons and line ends."""
    assert [sentence for sentence, _ in cut(text)] == expected


CLAUSES = [
    ("Your seat is booked, and our lounge is open to you", ["Your seat is booked", "and our lounge is open to you"]),
    ("It is cancelled and we have a new plan for you", ["It is cancelled", "and we have a new plan for you"]),
    ("The lamp is packed - see our new bulbs", ["The lamp is packed", "see our new bulbs"]),
    ("The lamp is packed\u2014see our new bulbs", ["The lamp is packed", "see our new bulbs"]),
    ("Your line is fixed (fibre is even faster) now", ["Your line is fixed", "fibre is even faster) now"]),
    ("The bill is paid by the way we sell solar", ["The bill is paid", "by the way we sell solar"]),
    ("Your meter is read, PS: ask for our offers", ["Your meter is read", "PS: ask for our offers"]),
    ("A word of advice: take the bigger one", ["A word of advice", "take the bigger one"]),
]


@pytest.mark.parametrize(("text", "expected"), CLAUSES)
def test_clauses_are_cut_where_a_promotion_may_begin(text: str, expected: list[str]) -> None:
    """After "and", dashes, brackets, "by the way", "PS" and colons."""
    assert cut(text) == [(text, expected)]


@pytest.mark.parametrize("text", ["", "  ", "\n\n"])
def test_nothing_has_no_parts(text: str) -> None:
    """Blanks are not judged."""
    assert parts(text) == ()


pieces = st.sampled_from([*"ab. ,;:!?-()\n\u2014\u2026\"'", " and we ", ", by the way ", " word", ". And "])


@given(st.lists(pieces, max_size=60).map("".join))
def test_parts_lie_in_order_and_leave_no_letter_out(text: str) -> None:
    """Whatever the text: clauses inside their sentence, nothing twice, nothing with a letter between them."""
    end = 0
    for part in parts(text):
        assert not any(letter.isalnum() for letter in text[end : part.start])
        end = part.start
        for start, stop in part.clauses or ((part.start, part.end),):
            assert end <= start < stop <= part.end
            rest = text[end:start].lower()
            assert not any(letter.isalnum() for letter in rest), rest
            end = stop
        end = part.end


@pytest.mark.parametrize("piece", ["Go on. ", "we go, and ", "a b c; ", "x - ", "(", ", and", "\n", " ", ". "])
def test_long_texts_are_cut_into_a_bounded_number_of_parts(piece: str) -> None:
    """Each costs a run of the encoder."""
    found = parts(piece * (16_000 // len(piece)))

    assert len(found) <= MOST_PIECES + 1
    assert sum(len(part.clauses) for part in found) <= 2 * MOST_PIECES
