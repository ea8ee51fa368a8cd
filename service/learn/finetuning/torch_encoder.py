"""An encoder in torch: opened from its weights, run on token ids, compared with its ONNX graph."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
import torch
from safetensors import SafetensorError
from transformers import AutoModel
from transformers.utils import logging

from service.errors import BundleError
from service.learn.encoders.pooled_graph import HIDDEN_STATE
from service.learn.encoders.source import EncoderSource, default_source, trainable_source
from service.learn.finetuning.bert import bert_of_graph

Tensor = Any
"""Stands for torch.Tensor, because torch is missing in the environment of the type check."""

TOLERANCE = 1e-4
"""Greatest difference of an embedding's value between torch and a graph of the same weights. 1e-6 is usual."""
PROBE_LENGTHS = (3, 9, 40)


class TorchEncoder:
    """Trainable weights. A text's embedding is the mean of the last layer, scaled to length 1."""

    def __init__(self, model: Any) -> None:
        if getattr(model, "pooler", None) is not None:
            model.pooler = None  # a further layer on the first token, unused here
        self.model = model
        self._padding: int = getattr(model.config, "pad_token_id", None) or 0

    def embed(self, batch: Sequence[Sequence[int]]) -> Tensor:
        """Return embeddings of texts of any lengths, shape (texts, width), on the device of the weights."""
        shape = (len(batch), max(len(token_ids) for token_ids in batch))
        token_ids, mask = torch.full(shape, self._padding), torch.zeros(shape, dtype=torch.long)
        for row, ids in enumerate(batch):
            token_ids[row, : len(ids)] = torch.tensor(ids)
            mask[row, : len(ids)] = 1
        device = self.model.device
        token_ids, mask = token_ids.to(device), mask.to(device)
        hidden = self.model(input_ids=token_ids, attention_mask=mask).last_hidden_state
        summed = (hidden * mask[..., None]).sum(dim=1)
        return torch.nn.functional.normalize(summed, dim=-1)


def open_torch_encoder(encoder: str | None) -> tuple[TorchEncoder, EncoderSource]:
    """Open the default encoder, or the encoder of a folder or repository. Compare it with its graph, if there is one.

    Raises BundleError if weights are missing, unreadable, or different from the graph beside them.
    """
    if encoder is None:
        source = default_source()
        opened = TorchEncoder(bert_of_graph(source.graph))
    else:
        source = trainable_source(encoder)
        opened = TorchEncoder(_pretrained(source))
    if source.graph.is_file():
        require_same(opened, source.graph, source.name)
    return opened, source


def _pretrained(source: EncoderSource) -> Any:
    logging.disable_progress_bar()  # the command shows its own bar
    try:
        model = AutoModel.from_pretrained(
            str(source.folder),
            local_files_only=True,
            use_safetensors=True,
            attn_implementation="eager",  # the same sums in every run, and plain operators in the exported graph
            dtype=torch.float32,
        )
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        raise BundleError(
            f"The weights of encoder {source.name} cannot be loaded by transformers ({type(error).__name__})."
        ) from error
    if model.config.is_encoder_decoder:
        raise BundleError(f"Encoder {source.name} has a decoder as well. Name a model that is an encoder alone.")
    return model


def require_same(encoder: TorchEncoder, graph: Path, name: str) -> None:
    """Raise BundleError unless the graph gives the same embeddings, tested with several text lengths."""
    session = ort.InferenceSession(str(graph), providers=["CPUExecutionProvider"])
    if HIDDEN_STATE not in {output.name for output in session.get_outputs()}:
        raise BundleError(f"The graph of encoder {name} has no output {HIDDEN_STATE}.")
    wanted = {entry.name for entry in session.get_inputs()}
    generator = np.random.default_rng(0)
    encoder.model.eval()
    for length in PROBE_LENGTHS:
        token_ids = generator.integers(0, encoder.model.config.vocab_size, (2, length))
        ones, zeros = np.ones_like(token_ids), np.zeros_like(token_ids)
        feed = {"input_ids": token_ids, "attention_mask": ones, "token_type_ids": zeros}
        hidden = session.run([HIDDEN_STATE], {key: value for key, value in feed.items() if key in wanted})[0]
        mean = hidden.mean(axis=1)
        expected = mean / np.linalg.norm(mean, axis=1, keepdims=True)
        with torch.no_grad():
            found = encoder.embed(token_ids.tolist()).cpu().numpy()
        if found.shape != expected.shape or not np.abs(found - expected).max() <= TOLERANCE:  # also true of NaN
            raise BundleError(
                f"The weights of encoder {name} in torch and its ONNX graph do not give the same embeddings, so that "
                "what is fine-tuned would not be what is served. Name a folder whose files are of one model."
            )
