"""The encoder as it is served."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from service.understand.bundle import ENCODER
from service.understand.encoder import Encoder, EncoderHead


def test_a_text_has_the_same_embedding_alone_and_among_others(trained_folder: Path) -> None:
    """Texts of one length are embedded together as each would be alone."""
    encoder = Encoder(trained_folder / ENCODER)
    batch = [[2, 100, 101, 3], [2, 99, 98, 3], [2, 100, 101, 3]]

    together = encoder.embed(batch)

    assert together.shape == (3, encoder.dimensions)
    np.testing.assert_array_equal(together[0], together[2])
    np.testing.assert_allclose(encoder.embed(batch[1:2])[0], together[1], atol=0.05)  # int8 scales are those of a batch


def test_several_threads_may_ask_at_once(trained_folder: Path) -> None:
    """One encoder serves a whole process."""
    encoder = Encoder(trained_folder / ENCODER)
    texts = [[2, token, token + 1, 3] for token in range(4, 68)]
    alone = [encoder.embed([text]) for text in texts]

    with ThreadPoolExecutor(4) as pool:
        at_once = list(pool.map(lambda text: encoder.embed([text]), texts))

    np.testing.assert_array_equal(at_once, alone)


def test_the_head_is_linear() -> None:
    """Scores are the embedding times the weights, plus the bias; then the largest product with a label's centre."""
    head = EncoderHead(
        weights=np.array([[1.0, 2.0], [3.0, 4.0]], np.float32),
        bias=np.array([10.0, 0.0], np.float32),
        centres=np.array([[0.1, 0.5], [0.2, 0.3]], np.float32),
    )

    np.testing.assert_allclose(head.scores(np.array([[1.0, 1.0]], np.float32)), [[14.0, 6.0, 0.8]], rtol=1e-6)
