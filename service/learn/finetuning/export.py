"""Export torch weights as the ONNX graph that quantising starts from."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import torch

from service.learn.encoders.pooled_graph import HIDDEN_STATE
from service.learn.finetuning.torch_encoder import TorchEncoder, require_same

OPSET = 18
"""One of the newest operator sets of the tracing exporter. Its operator for layer normalisation marks the layers."""


class _HiddenStates(torch.nn.Module):  # type: ignore[misc]  # torch has no types here
    """Encoder reduced to its served output."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, token_ids: Any, mask: Any) -> Any:
        """Return the hidden states of the last layer, shape (texts, tokens, width)."""
        return self.model(input_ids=token_ids, attention_mask=mask).last_hidden_state


def export_graph(encoder: TorchEncoder, target: Path, name: str) -> None:
    """Write the graph from `input_ids` and `attention_mask` to the last layer, for any number and length of texts.

    Raises BundleError if the graph and the weights give different embeddings.
    """
    encoder.model.cpu()
    whole = _HiddenStates(encoder.model).eval()
    token_ids = torch.ones((2, 8), dtype=torch.long)
    open_axes = {0: "texts", 1: "tokens"}
    with warnings.catch_warnings():
        # The tracing exporter warns that it is old. The newer exporter needs a further package, for a slower graph.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            whole,
            (token_ids, torch.ones_like(token_ids)),
            target,
            dynamo=False,
            opset_version=OPSET,
            input_names=["input_ids", "attention_mask"],
            output_names=[HIDDEN_STATE],
            dynamic_axes=dict.fromkeys(("input_ids", "attention_mask", HIDDEN_STATE), open_axes),
        )
    require_same(encoder, target, name)
