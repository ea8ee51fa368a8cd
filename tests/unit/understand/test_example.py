"""Examples: which of them a text is most like."""

from __future__ import annotations

import numpy as np
import pytest

from service.domain.understanding import NO_GOAL_YET
from service.understand.example import NO_EXAMPLES, Examples, examples_of


def at(*degrees: float) -> np.ndarray:
    """Unit vectors in these directions, shape (directions, 2)."""
    radians = np.deg2rad(np.array(degrees))
    return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def three_layers(*degrees: float) -> np.ndarray:
    """Embeddings whose first two layers all point elsewhere, alike, and whose last points in these directions."""
    return np.hstack([at(*[90.0] * len(degrees)), at(*[200.0] * len(degrees)), at(*degrees)])


@pytest.fixture
def examples() -> Examples:
    """Two intents; the second one's examples lie at 0, 30 and 80 degrees."""
    texts = {"cancel_booking": ["call it off"], "track_order": ["where is it", "track it", "has it shipped"]}
    return Examples(texts, at(10, 0, 30, 80).astype(np.float16))


def test_the_nearest_come_first(examples: Examples) -> None:
    """Similarity is the cosine, and no more are given than asked for."""
    nearest = examples.nearest("track_order", at(30)[0], 2)

    assert [example.text for example in nearest] == ["track it", "where is it"]
    assert [example.similarity for example in nearest] == pytest.approx([1.0, np.cos(np.pi / 6)], abs=1e-3)


def test_only_examples_of_the_intent_are_looked_at(examples: Examples) -> None:
    """However near another intent's are."""
    assert [example.text for example in examples.nearest("cancel_booking", at(0)[0], 3)] == ["call it off"]


@pytest.mark.parametrize("intent", ["track_parcel", NO_GOAL_YET])
def test_an_intent_without_examples_has_none_near(examples: Examples, intent: str) -> None:
    """Nor has any intent where none are kept."""
    assert examples.nearest(intent, at(0)[0], 3) == ()
    assert NO_EXAMPLES.nearest("track_order", at(0)[0], 3) == ()


def test_only_the_last_layer_is_kept_and_compared() -> None:
    """Inner layers are alike for all texts, so that they would hide what differs."""
    gathered = examples_of(["a", "b"], ["track_order"] * 2, three_layers(0, 90))

    assert gathered.vectors.shape == (2, 2)
    nearest = gathered.nearest("track_order", three_layers(90)[0], 2)
    assert [(example.text, round(example.similarity, 2)) for example in nearest] == [("b", 1.0), ("a", 0.0)]


def test_rows_are_gathered_by_intent() -> None:
    """Each distinct text once, and nothing of rows that are examples of no intent."""
    rows = [("b", "y"), ("hello", NO_GOAL_YET), ("a", "y"), ("weather", None), ("c", "x"), ("a", "y")]

    gathered = examples_of([text for text, _ in rows], [intent for _, intent in rows], at(10, 20, 30, 40, 50, 30))

    assert gathered.texts == {"x": ["c"], "y": ["a", "b"]}
    np.testing.assert_allclose(gathered.vectors, at(50, 30, 10), atol=1e-3)


@pytest.mark.parametrize("vectors", [np.zeros((1, 2)), np.zeros((3, 2)), np.zeros(2)], ids=["few", "many", "flat"])
def test_each_text_needs_a_vector(vectors: np.ndarray) -> None:
    """Otherwise an example would be shown with the likeness of its neighbour."""
    with pytest.raises(ValueError, match="vector"):
        Examples({"x": ["a", "b"]}, vectors)
