"""What a step learns from: its batch, and its two losses."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from service.learn.finetuning.contrast import batch_of, contrastive_loss, cosine_scores

ROWS_BY_LABEL = [np.array([0, 1, 2]), np.array([3]), np.array([4, 5]), np.array([6, 7, 8, 9])]


def test_a_batch_has_two_texts_of_each_intent() -> None:
    """Two different ones, unless it has only one."""
    rows, labels = batch_of(ROWS_BY_LABEL, 3, seed=0, step=7)

    assert len(rows) == len(labels) == 6
    assert (np.unique(labels, return_counts=True)[1] == 2).all()
    for label in np.unique(labels):
        own = rows[labels == label]
        assert np.isin(own, ROWS_BY_LABEL[label]).all()
        assert len(set(own)) == min(2, len(ROWS_BY_LABEL[label]))


def test_a_batch_is_drawn_from_seed_and_step_alone() -> None:
    """So that a run that goes on from a checkpoint draws what it would have drawn; and all rows have their turn."""
    drawn = [batch_of(ROWS_BY_LABEL, 2, seed=0, step=step)[0].tolist() for step in range(40)]

    assert drawn == [batch_of(ROWS_BY_LABEL, 2, seed=0, step=step)[0].tolist() for step in range(40)]
    assert drawn != [batch_of(ROWS_BY_LABEL, 2, seed=1, step=step)[0].tolist() for step in range(40)]
    assert {row for rows in drawn for row in rows} == set(range(10))


def test_few_intents_make_a_smaller_batch() -> None:
    """No intent comes twice."""
    assert len(batch_of(ROWS_BY_LABEL, 32, seed=0, step=0)[0]) == 8


def test_the_contrastive_loss_is_that_of_the_paper() -> None:
    """Khosla et al. 2020, equation 2, written out as a sum over texts."""
    embeddings = torch.nn.functional.normalize(torch.tensor([[1.0, 0.2], [0.9, -0.1], [0.1, 1.0], [-0.3, 0.8]]), dim=1)
    labels, temperature = [0, 0, 1, 1], 0.5
    expected = 0.0
    for one in range(4):
        others = [other for other in range(4) if other != one]
        alike = [other for other in others if labels[other] == labels[one]]
        weight = {other: float(torch.exp(embeddings[one] @ embeddings[other] / temperature)) for other in others}
        expected -= sum(np.log(weight[other] / sum(weight.values())) for other in alike) / len(alike) / 4

    found = contrastive_loss(embeddings, torch.tensor(labels), temperature)

    assert float(found) == pytest.approx(expected, rel=1e-5)


def test_texts_that_lie_with_their_own_cost_less() -> None:
    """And the gradient has no gaps where a text meets itself."""
    apart = torch.eye(2).repeat_interleave(2, dim=0).requires_grad_()
    mixed = torch.eye(2).repeat(2, 1)
    labels = torch.tensor([0, 0, 1, 1])

    near, far = contrastive_loss(apart, labels, 0.1), contrastive_loss(mixed, labels, 0.1)
    near.backward()

    assert near.item() < 0.01 < far.item()
    assert torch.isfinite(apart.grad).all()


def test_scores_are_scaled_cosines() -> None:
    """Whatever the length of a label's direction."""
    scores = cosine_scores(torch.eye(2), torch.tensor([[3.0, 0.0], [1.0, 1.0]]), 20.0)

    np.testing.assert_allclose(scores.numpy(), [[20.0, 20 / 2**0.5], [0.0, 20 / 2**0.5]], rtol=1e-6)
