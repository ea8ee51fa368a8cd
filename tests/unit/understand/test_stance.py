"""The stance of a clause to the goal that it names."""

from __future__ import annotations

import numpy as np
import pytest

from service.domain.understanding import Stance
from service.understand.stance import STANCES, StanceHead, has_cue, stance_shares
from tests.support.processor import repeated, times_the_work


@pytest.mark.parametrize(
    "text",
    [
        "don't cancel it",
        "I do not want a voucher",
        "no refund, a new one",
        "I already sent it back",
        "you deleted my login",
        "somebody closed my account",
        "what happens if I return it",
        "I cancelled it last week",
        "KEEP my membership",
    ],
)
def test_a_cue_may_turn_a_wish_around(text: str) -> None:
    """Negation, the past, a condition and the doings of others are looked into."""
    assert has_cue(text)


@pytest.mark.parametrize("text", ["cancel my order", "where is my parcel", "I want a refund please", "", "nothing"])
def test_a_plain_request_has_no_cue(text: str) -> None:
    """Most contacts want their goal, and cost no encoder call for their stance."""
    assert not has_cue(text)


@pytest.mark.parametrize("piece", ["a", "you ", "wanted ", "one ", "went a", "\u00e9", "x" * 19 + " "])
def test_cues_are_looked_for_in_linear_time(piece: str) -> None:
    """Eight times the text is about eight times the work."""
    assert times_the_work(has_cue, repeated(piece, 16_000), repeated(piece, 2_000), rounds=3) < 24


def head(**changes: object) -> StanceHead:
    """A head of two labels and one dimension a stance, sure of the stance of the greatest dimension."""
    count = len(STANCES)
    parts = {
        "weights": np.eye(count, dtype=np.float32) * 9,
        "bias": np.zeros(count, np.float32),
        "applies": np.array([[stance is not Stance.WANTS for stance in STANCES]] * 2),
        "threshold": 0.5,
    }
    return StanceHead(**{**parts, **changes})  # type: ignore[arg-type]


def embedding(stance: Stance, strength: float = 1.0) -> np.ndarray:
    return np.array([strength * (each is stance) for each in STANCES], np.float32)


@pytest.mark.parametrize("stance", STANCES)
def test_the_likeliest_stance_is_told(stance: Stance) -> None:
    """Each stance has a score of its own."""
    assert head().stance(embedding(stance), 0) is stance


def test_an_unsure_stance_is_a_wish() -> None:
    """A doubt below the threshold refuses nothing."""
    unsure = embedding(Stance.NOT_WANTED, 0.05)

    assert head().stance(unsure, 0) is Stance.WANTS
    assert head(threshold=0.1).stance(unsure, 0) is Stance.NOT_WANTED


def test_a_stance_that_does_not_apply_to_a_label_is_a_wish() -> None:
    """Reports of fraud sound like the doings of others, and want their goal all the same."""
    applies = np.array([[True] * len(STANCES), [stance is not Stance.DONE_BY_COMPANY for stance in STANCES]])
    theirs = embedding(Stance.DONE_BY_COMPANY)

    assert head(applies=applies).stance(theirs, 0) is Stance.DONE_BY_COMPANY
    assert head(applies=applies).stance(theirs, 1) is Stance.WANTS


def test_shares_add_up() -> None:
    """Large scores do not overflow."""
    scores = np.array([[1e4, -1e4, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0]], np.float32)

    shares = stance_shares(scores, np.eye(len(STANCES), dtype=np.float32), np.zeros(len(STANCES), np.float32))

    np.testing.assert_allclose(shares.sum(axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(head().shares(np.zeros((1, len(STANCES)), np.float32)), 1 / len(STANCES), atol=1e-6)


def test_wishes_are_the_stances_that_may_be_accepted() -> None:
    """A story that mentions a goal does not refuse it."""
    assert {stance for stance in STANCES if stance.is_wish} == {Stance.WANTS, Stance.TELLS}
