"""The encoder: one ONNX graph from token ids to pooled, normalised layers, and the head on top of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Encoder:
    """Embeds token ids with one thread a call. Several threads may call at once."""

    def __init__(self, path: Path) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        self._inputs = {entry.name for entry in self._session.get_inputs()}
        self.dimensions: int = int(self._session.get_outputs()[0].shape[-1])

    def embed(self, batch: Sequence[Sequence[int]]) -> Floats:
        """Return embeddings of texts of one length, shape (texts, dimensions). Equal lengths need no padding."""
        token_ids = np.asarray(batch, np.int64)
        feed = {"input_ids": token_ids}
        if "attention_mask" in self._inputs:
            feed["attention_mask"] = np.ones_like(token_ids)
        if "token_type_ids" in self._inputs:
            feed["token_type_ids"] = np.zeros_like(token_ids)
        embeddings: Floats = self._session.run(["embedding"], feed)[0]
        return embeddings


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderHead:
    """Linear head on an embedding. The K outputs are the labels, then the outlier score."""

    weights: Floats
    """Shape (dimensions, K)."""
    bias: Floats
    """Shape (K,)."""
    centres: Floats
    """Direction of each label's mean embedding, shape (dimensions, K - 1)."""

    def scores(self, embeddings: Floats) -> Floats:
        """Return raw scores, shape (texts, K + 1). The last score is the nearness of the nearest label's centre."""
        nearness = (embeddings @ self.centres).max(axis=1, keepdims=True)
        scores: Floats = np.hstack([embeddings @ self.weights + self.bias, nearness])
        return scores
