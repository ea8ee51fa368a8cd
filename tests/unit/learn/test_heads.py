"""The two heads: what is served scores as what was fitted, and the outlier score is learnt from enough rows only."""

from __future__ import annotations

import numpy as np
import pytest

from service.learn.feature import Texts, texts_of
from service.learn.heads import MIN_OUTLIERS, OUT_OF_SCOPE, Heads, fit_heads
from service.learn.kit import EncoderKit
from service.understand.lexical import LexicalHead
from tests.support.encoders import PHRASES, ROWS, silent

STRANGE = ("tell me a joke", "what is the weather", "sing a song", "how old are you", "who won the game")
UNSEEN = ("", "my order please", "undo undo undo the room", "zzz 42 ?", "track the booking")


def texts(kit: EncoderKit, utterances: list[str]) -> tuple[Texts, list[list[int]]]:
    token_ids = [kit.tokenizer.token_ids(utterance) for utterance in utterances]
    return texts_of(token_ids, kit.token_vectors, kit.embed(token_ids, silent)), token_ids


def fitted(kit: EncoderKit, outliers: int) -> tuple[Heads, Texts, list[list[int]], np.ndarray]:
    names = sorted(PHRASES)
    labels = [names.index(intent) for _, intent in ROWS] + [OUT_OF_SCOPE] * outliers
    strange = [f"{STRANGE[row % len(STRANGE)]} {row}" for row in range(outliers)]
    known, token_ids = texts(kit, [*(text for text, _ in ROWS), *strange, *UNSEEN])
    label = np.array(labels, np.int64)
    heads = fit_heads(known, label, len(names), np.arange(len(label)), vocabulary_size=len(kit.token_vectors), seed=0)
    return heads, known, token_ids, label


@pytest.mark.parametrize("outliers", [0, 2 * MIN_OUTLIERS])
def test_folded_weights_score_as_the_fitted_ones_do(kit: EncoderKit, outliers: int) -> None:
    """Serving computes the same scores, on texts that were learnt and on texts that were not."""
    heads, known, token_ids, _ = fitted(kit, outliers)
    lexical, encoder_head = heads.folded(kit.token_vectors)
    everything = np.arange(len(token_ids))

    served = np.array([LexicalHead(lexical).scores(ids) for ids in token_ids])

    np.testing.assert_allclose(served, heads.lexical_scores(known, everything), atol=1e-4)
    np.testing.assert_allclose(
        encoder_head.scores(known.embeddings), heads.encoder_scores(known, everything), atol=1e-4
    )


def test_both_heads_learn_their_rows(kit: EncoderKit) -> None:
    """Every row's own label has the highest score."""
    heads, known, _, labels = fitted(kit, 0)
    rows = np.arange(len(labels))

    assert (heads.lexical_scores(known, rows)[:, :-2].argmax(axis=1) == labels).all()
    assert (heads.encoder_scores(known, rows)[:, :-2].argmax(axis=1) == labels).mean() > 0.9


def test_rows_out_of_scope_teach_the_outlier_score_and_no_label(kit: EncoderKit) -> None:
    """It is higher for them than for rows in scope, and labels score as if they had never been there."""
    heads, known, _, labels = fitted(kit, 2 * MIN_OUTLIERS)
    scores = heads.lexical_scores(known, np.arange(len(labels)))

    assert scores[labels == OUT_OF_SCOPE, -2].min() > scores[labels != OUT_OF_SCOPE, -2].max()
    assert scores.shape[1] == len(PHRASES) + 2


@pytest.mark.parametrize("outliers", [0, 1, MIN_OUTLIERS - 1])
def test_few_rows_out_of_scope_teach_nothing(kit: EncoderKit, outliers: int) -> None:
    """An outlier score from a handful of texts would be about those texts: it is 0 for all."""
    heads, known, _, labels = fitted(kit, outliers)
    rows = np.arange(len(labels))

    assert not heads.lexical_scores(known, rows)[:, -2].any()
    assert not heads.encoder_scores(known, rows)[:, -2].any()
