"""Rows made for what the given ones lack: only then, and never close to what somebody's errand is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from service.domain.understanding import NO_GOAL_YET
from service.learn.dataset import Dataset
from service.learn.encoders.prepared import EncoderKit
from service.learn.synthetic_rows import ENOUGH_NEGATIVES, NEGATIVES, NO_GOAL_ROWS, extended, kept
from tests.support.encoders import PHRASES, ROWS, dataset, train_tiny

GIVEN = dataset(ROWS)
GREETING = ("hello", NO_GOAL_YET)
NEGATIVE_ROWS = tuple((f"tell me joke {number}", None) for number in range(ENOUGH_NEGATIVES))


def made(rows: Dataset, given: Dataset) -> tuple[int, int]:
    """How many rows out of scope and without a goal were added."""
    added = rows.intents[len(given) :]
    return added.count(None), added.count(NO_GOAL_YET)


def embeddings(rows: Dataset, given: int, *, near: range = range(0)) -> np.ndarray:
    """Given rows close together, candidates far from them and from each other, except those `near`, by position."""
    generator = np.random.default_rng(0)
    vectors = generator.normal(size=(len(rows), 400)).astype(np.float32)
    vectors[:given] = 3.0 + vectors[:given]
    vectors[near.start : near.stop] = vectors[0]
    return vectors


@pytest.mark.parametrize(
    ("rows", "negatives", "greetings", "reason"),
    [
        (ROWS, True, True, "neither is given"),
        ((*ROWS, *NEGATIVE_ROWS[:-1]), True, True, "one row out of scope too few"),
        ((*ROWS, *NEGATIVE_ROWS), False, True, "enough out of scope"),
        ((*ROWS, GREETING), True, False, "one greeting says where the others belong"),
        ((*ROWS, GREETING, *NEGATIVE_ROWS), False, False, "nothing is missing"),
    ],
)
def test_only_what_is_missing_is_made(
    rows: tuple[tuple[str, str | None], ...], negatives: bool, greetings: bool, reason: str
) -> None:
    """The rows given come first and stay as they are."""
    given = dataset(rows)

    longer = extended(given, seed=0, is_multilingual=False)

    assert longer.of(range(len(given))) == given
    assert tuple(count > 0 for count in made(longer, given)) == (negatives, greetings), reason


def test_placeholders_are_not_repeated() -> None:
    """The banks hold many numbers and addresses, which are the same to a classifier that reads redacted texts."""
    longer = extended(GIVEN, seed=0, is_multilingual=False)
    added = longer.of(range(len(GIVEN), len(longer)))

    assert len(set(zip(added.utterances, added.intents, strict=True))) == len(added)
    assert made(longer, GIVEN)[0] <= NEGATIVES


def test_what_is_near_to_a_row_in_scope_is_left_out() -> None:
    """A catalogue that is about recipes has no use for the contrary."""
    longer, given = extended(GIVEN, seed=0, is_multilingual=False), len(GIVEN)
    last = range(len(longer) - 25, len(longer))

    everything = kept(longer, given, embeddings(longer, given), seed=0)
    most = kept(longer, given, embeddings(longer, given, near=last), seed=0)

    assert [row for row in everything if row not in most] == list(last)
    assert list(most[:given]) == list(range(given))
    assert list(most) == sorted(most)


@pytest.mark.parametrize(("near", "is_left_out"), [(0.1, False), (0.3, True)])
def test_greetings_of_their_own_are_enough(near: float, is_left_out: bool) -> None:
    """A set with an intent for greetings, and one for yes and no, needs no third one beside them."""
    longer, given = extended(GIVEN, seed=0, is_multilingual=False), len(GIVEN)
    near_ones = range(given, given + int(near * made(longer, GIVEN)[1]))

    rows = longer.of(kept(longer, given, embeddings(longer, given, near=near_ones), seed=0))

    assert (NO_GOAL_YET not in rows.labels) is is_left_out


def test_greetings_do_not_outgrow_the_intents() -> None:
    """Many rows without a goal beside few of each intent would draw texts towards them."""
    few = dataset(tuple(row for intent in PHRASES for row in [row for row in ROWS if row[1] == intent][:4]))
    longer = extended(few, seed=0, is_multilingual=False)

    rows = longer.of(kept(longer, len(few), embeddings(longer, len(few)), seed=0))

    assert made(rows, few)[1] == NO_GOAL_ROWS * 4


def test_a_bundle_reports_what_was_given_and_what_was_made(kit: EncoderKit, tmp_path: Path) -> None:
    """Nobody takes made rows for proof: they are counted apart, and no promise rests on them."""
    trained = train_tiny(kit, tmp_path / "bundle", rows=(*ROWS, *NEGATIVE_ROWS[:20]))
    report = trained.report

    assert report["rows"] == len(ROWS) + 20
    assert report["out_of_scope_rows"] == 20
    assert report["rows_made"]["out_of_scope"] > 0
    assert report["promise"].get("held_out_rows", report["rows"]) == report["rows"]
