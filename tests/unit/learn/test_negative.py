"""The banks of texts that no intent fits, and what is made up beyond them."""

from __future__ import annotations

import pytest

from service.catalogue.loader import load_catalogue, starter_folder
from service.learn.negative import negative_bank, no_goal_bank, synthetic_negatives

ROWS = ("where is my parcel", "i want to pay by card", "cancel the booking for friday please")


def folded(text: str) -> str:
    return " ".join(text.casefold().split())


@pytest.mark.parametrize("count", [0, 1, 50, 600])
def test_as_many_as_asked_for_and_no_two_alike(count: int) -> None:
    """Fewer than the bank holds, and more than it holds."""
    texts = synthetic_negatives(ROWS, count=count, seed=0)

    assert len(texts) == len(set(texts)) == count


def test_the_same_rows_and_seed_give_the_same_texts() -> None:
    """So that a bundle can be built again; another seed gives others."""
    texts = synthetic_negatives(ROWS, count=600, seed=3)

    assert synthetic_negatives(ROWS, count=600, seed=3) == texts
    assert synthetic_negatives(ROWS, count=600, seed=4) != texts


def test_no_text_is_a_row() -> None:
    """A row that somebody labelled is never contradicted."""
    known = synthetic_negatives(ROWS, count=600, seed=0)

    assert not set(synthetic_negatives([*ROWS, *known], count=600, seed=0)) & {*ROWS, *known}


def test_made_up_texts_have_the_letters_of_the_rows() -> None:
    """Latin letters would tell nothing apart in a catalogue in Greek."""
    rows = ("πώς πληρώνω", "ακυρώστε το δωμάτιο", "λάθος χρέωση")
    letters = set("".join(rows))

    made_up = synthetic_negatives(rows, count=len(negative_bank()) + 100, seed=0)[len(negative_bank()) :]

    assert sum(set(text) <= letters for text in made_up) == 40, "two makers of five"


@pytest.mark.parametrize("rows", [(), ("",), ("a",)])
def test_hardly_any_rows_are_enough(rows: tuple[str, ...]) -> None:
    """Nothing to learn letters from, and letters of which hardly two words can be made."""
    assert len(set(synthetic_negatives(rows, count=700, seed=0))) == 700


def test_no_language_is_strange_to_an_encoder_of_many() -> None:
    """A customer's errand may come in any of them, though the rows are in one."""
    bank = negative_bank(is_multilingual=True)

    assert 0 < len(negative_bank()) - len(bank) < 100
    assert not any("\u0370" <= letter <= "\u06ff" for text in bank for letter in text), "Greek to Arabic"
    assert set(synthetic_negatives(ROWS, count=len(bank), seed=0, is_multilingual=True)) == set(bank)


def test_the_banks_hold_no_text_twice_and_contradict_nobody() -> None:
    """Neither each other, nor the starter's examples, which are somebody's errands."""
    negatives, greetings = ([folded(text) for text in bank] for bank in (negative_bank(), no_goal_bank()))
    examples = {
        folded(text) for intent in load_catalogue(starter_folder()).intents.values() for text in intent.examples
    }

    assert len(negatives) >= 400
    assert len(greetings) >= 150
    assert len({*negatives, *greetings}) == len(negatives) + len(greetings)
    assert not examples & {*negatives, *greetings}
