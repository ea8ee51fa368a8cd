"""The two heads: what is served scores as what was fitted, and the outlier score is learnt from enough rows only."""

from __future__ import annotations

import numpy as np
import pytest

from service.learn.encoders.prepared import EncoderKit
from service.learn.feature import Texts, texts_of
from service.learn.heads import MIN_OUTLIERS, OUT_OF_SCOPE, Heads, fit_heads
from service.understand.lexical import LexicalHead
from tests.support.encoders import PHRASES, ROWS, silent

STRANGE = ("tell me a joke", "what is the weather", "sing a song", "how old are you", "who won the game")
UNSEEN = ("", "my order please", "undo undo undo the room", "zzz 42 ?", "track the booking")


def fitted(kit: EncoderKit, outliers: int) -> tuple[Heads, Texts, list[list[int]], np.ndarray]:
    """Heads that learnt `ROWS`, and the features of these, of rows out of scope and of `UNSEEN`."""
    names = sorted(PHRASES)
    labels = [names.index(intent) for _, intent in ROWS] + [OUT_OF_SCOPE] * outliers
    strange = [f"{STRANGE[row % len(STRANGE)]} {row}" for row in range(outliers)]
    utterances = [*(text for text, _ in ROWS), *strange, *UNSEEN]
    token_ids = [kit.tokenizer.token_ids(utterance) for utterance in utterances]
    known = texts_of(token_ids, vectors(kit, token_ids), kit.embed(token_ids, silent))
    label, size = np.array(labels, np.int64), kit.tokenizer.vocabulary_size
    heads = fit_heads(known, label, len(names), np.arange(len(label)), vocabulary_size=size, seed=0)
    return heads, known, token_ids, label


def vectors(kit: EncoderKit, token_ids: list[list[int]]) -> np.ndarray:
    """Static vectors of what was learnt; of what was not, where they are bounded, there are none."""
    return kit.vectors_for(token_ids[: -len(UNSEEN)], silent)


@pytest.mark.parametrize("outliers", [0, 2 * MIN_OUTLIERS])
@pytest.mark.parametrize("name", ["kit", "many_languages"])
def test_folded_weights_score_as_the_fitted_ones_do(name: str, outliers: int, request: pytest.FixtureRequest) -> None:
    """Serving computes the same scores, on texts that were learnt and on texts that were not."""
    kit: EncoderKit = request.getfixturevalue(name)
    heads, known, token_ids, _ = fitted(kit, outliers)
    lexical, encoder_head = heads.folded(vectors(kit, token_ids))
    everything = np.arange(len(token_ids))

    served = np.array([LexicalHead(lexical).scores(ids) for ids in token_ids])

    np.testing.assert_allclose(served, heads.lexical_scores(known, everything), atol=1e-4)
    np.testing.assert_allclose(
        encoder_head.scores(known.embeddings), heads.encoder_scores(known, everything), atol=1e-4
    )


def test_only_entries_with_a_vector_have_a_row(many_languages: EncoderKit) -> None:
    """Of a hundred thousand entries, those of the examples and one row of zeros for all others."""
    heads, _, token_ids, _ = fitted(many_languages, 0)
    seen = {token for ids in token_ids[: len(ROWS)] for token in ids[1:-1]}

    lexical, _ = heads.folded(vectors(many_languages, token_ids))

    assert len(lexical.token_places) == many_languages.tokenizer.vocabulary_size
    assert set(np.flatnonzero(lexical.token_places)) == seen
    assert len(lexical.token_rows) == len(lexical.token_importance) == len(seen) + 1
    assert not lexical.token_rows[0].any()
    assert lexical.token_importance[0] == 0.0


def test_the_last_layer_leads_where_examples_serve_other_languages(kit: EncoderKit, many_languages: EncoderKit) -> None:
    """Inner layers are about the words; with the same rows, less is left to them than with one language."""
    shares = []
    for each in (kit, many_languages):
        heads, known, _, _ = fitted(each, 0)
        parts = np.abs(heads.encoder.dense).reshape(3, -1).mean(axis=1)
        spread = known.embeddings.std(axis=0).reshape(3, -1).mean(axis=1)
        shares.append(parts[2] * spread[2] / (parts * spread).sum())

    assert shares[1] > shares[0]


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


def test_rows_of_more_weight_win(kit: EncoderKit) -> None:
    """One text under two labels is predicted as the heavier of both."""
    names = sorted(PHRASES)
    utterances = [*(text for text, _ in ROWS), "hello there", "hello there"]
    labels = np.array([*(names.index(intent) for _, intent in ROWS), 0, 1], np.int64)
    token_ids = [kit.tokenizer.token_ids(utterance) for utterance in utterances]
    known = texts_of(token_ids, kit.vectors_for(token_ids, silent), kit.embed(token_ids, silent))
    size, rows = kit.tokenizer.vocabulary_size, np.arange(len(labels))

    for heavy in (0, 1):
        weights = np.ones(len(labels), np.float32)
        weights[-2 + heavy] = 20.0
        heads = fit_heads(known, labels, len(names), rows, vocabulary_size=size, seed=0, weights=weights)
        for scores in (heads.lexical_scores(known, rows), heads.encoder_scores(known, rows)):
            assert scores[-1, :-2].argmax() == heavy


def test_weights_are_those_of_the_chosen_rows(kit: EncoderKit) -> None:
    """A fold takes the weights of its rows: equal weights in another scale of all rows change nothing."""
    _, known, _, labels = fitted(kit, 0)
    rows = np.flatnonzero(np.arange(len(labels)) % 2 == 0)
    size = kit.tokenizer.vocabulary_size
    even = np.where(np.arange(len(labels)) % 2 == 0, 1.0, 99.0).astype(np.float32)

    one, other = (
        fit_heads(known, labels, len(PHRASES), rows, vocabulary_size=size, seed=0, weights=weights)
        for weights in (None, even)
    )

    np.testing.assert_allclose(one.encoder_scores(known, rows), other.encoder_scores(known, rows), atol=1e-3)
    np.testing.assert_allclose(one.lexical_scores(known, rows), other.lexical_scores(known, rows), atol=1e-3)
