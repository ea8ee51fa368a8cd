"""What a turn does to the goals before it, by its words."""

from __future__ import annotations

import pytest

from service.understand.correction import Move, last_correction, move_of

MOVES = [
    (Move.REPLACES, "actually, never mind, I want to return it"),
    (Move.REPLACES, "no wait, just change the address"),
    (Move.REPLACES, "Actually no, can you pause it"),
    (Move.REPLACES, "hm no, hang on, make it two rooms"),
    (Move.REPLACES, "on second thought I'd rather keep it"),
    (Move.REPLACES, "scrap that, book a table"),
    (Move.REPLACES, "ignore my last message, it is about an invoice"),
    (Move.REPLACES, "never mind the invoice, I need a refund"),
    (Move.WITHDRAWS, "never mind"),
    (Move.WITHDRAWS, "oh forget it, thanks"),
    (Move.WITHDRAWS, "Nevermind!"),
    (Move.STATES, "no wait"),
    (Move.STATES, "I actually no longer want it"),
    (Move.STATES, "there is no wait time, right?"),
    (Move.STATES, "I can't forget it was you"),
    (Move.STATES, "I will never mind paying more"),
    (Move.STATES, "I cannot log in, never mind the rest of it"),
    (Move.STATES, "where is my parcel"),
    (Move.ADDS, "and also send me the invoice"),
    (Move.ADDS, "oh and can you send me the invoice"),
    (Move.ADDS, "Also, where is it?"),
    (Move.ADDS, "ok thanks. One more thing: the invoice"),
    (Move.ANSWERS, "yes"),
    (Move.ANSWERS, "Yes please."),
    (Move.ANSWERS, "it\u2019s <order_number>"),
    (Move.ANSWERS, "my name is <name>"),
    (Move.ANSWERS, "from the 3rd to the 6th of May"),
    (Move.ANSWERS, "KX-2214"),
    (Move.ANSWERS, "next tuesday at 11 am"),
    (Move.STATES, "no, I want a refund"),
    (Move.STATES, "the order is late"),
]


@pytest.mark.parametrize(("move", "utterance"), MOVES)
def test_move(move: Move, utterance: str) -> None:
    """By cue words alone: whoever reads the turn may know better."""
    assert move_of(utterance) is move


def test_what_stands_after_the_last_cue_counts() -> None:
    """People change their minds more than once."""
    text = "cancel it, no wait, pause it, actually no: change the address"

    correction = last_correction(text, 0, len(text))

    assert correction is not None
    assert text[correction.end :] == "change the address"


def test_a_cue_outside_the_offsets_is_none() -> None:
    """A signature may say what it likes."""
    text = "cancel it\nnever mind the dog"

    assert last_correction(text, 0, 9) is None


HOSTILE = [
    "no. " * 4_000,
    "no wait " * 2_000,
    "never mind " * 1_400,
    "never mind the " * 1_000,
    " " * 16_000,
    "no" + " " * 15_000 + "wait",
    "a1-" * 5_000,
    "yes " * 29 + "x",
    "ok, " * 4_000,
]


@pytest.mark.timeout(5)
@pytest.mark.parametrize("text", HOSTILE)
def test_no_text_takes_long(text: str) -> None:
    """No expression goes back over what it has read more than a few times."""
    move_of(text)
