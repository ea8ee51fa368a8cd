"""Load the default encoder in torch: a BERT with the weights of its ONNX graph, the only weights in its package."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import numpy_helper
from transformers import BertConfig, BertModel

from service.errors import BundleError

HEAD_WIDTH = 32
"""Width of an attention head of MiniLM. The shapes of the weights leave it open."""
EDGES = {
    ".model.embeddings.": "embeddings.",
    "model.layers.-1.embeddings_norm_layernorm.": "embeddings.LayerNorm.",
}
LAYER = re.compile(r"model\.layers\.(\d+)\.(.+)\.(weight|bias)")
PARTS = {
    "attn.q_proj": "attention.self.query",
    "attn.k_proj": "attention.self.key",
    "attn.v_proj": "attention.self.value",
    "attn.o_proj": "attention.output.dense",
    "attention_output_norm_layernorm": "attention.output.LayerNorm",
    "mlp.fc1": "intermediate.dense",
    "mlp.fc2": "output.dense",
    "mlp_output_norm_layernorm": "output.LayerNorm",
}
"""Names of the parts of a layer in the graph, with their names in transformers."""


def bert_of_graph(graph: Path) -> Any:
    """Return the encoder as a `BertModel`. Raises BundleError if the graph's weights differ from those of a BERT."""
    weights: dict[str, NDArray[np.float32]] = {}
    for tensor in onnx.load(graph).graph.initializer:
        name, turned = _name(tensor.name)
        array = numpy_helper.to_array(tensor)
        weights[name] = array.T if turned else array
    try:
        vocabulary, width = weights["embeddings.word_embeddings.weight"].shape
        config = BertConfig(
            vocab_size=vocabulary,
            hidden_size=width,
            num_hidden_layers=sum(name.endswith("intermediate.dense.bias") for name in weights),
            num_attention_heads=width // HEAD_WIDTH,
            intermediate_size=len(weights["encoder.layer.0.intermediate.dense.bias"]),
            max_position_embeddings=len(weights["embeddings.position_embeddings.weight"]),
            type_vocab_size=len(weights["embeddings.token_type_embeddings.weight"]),
            attn_implementation="eager",
        )
        model = BertModel(config, add_pooling_layer=False)
        model.load_state_dict({name: torch.from_numpy(array.copy()) for name, array in weights.items()})
    except (KeyError, ValueError, RuntimeError) as error:
        raise BundleError(
            f"The ONNX weights in {graph.name} are not named or shaped as those of the default encoder "
            f"({type(error).__name__}). Name a folder with safetensors weights by --encoder."
        ) from error
    return model


def _name(name: str) -> tuple[str, bool]:
    """Return the name in transformers, and whether the matrix is transposed there."""
    for prefix, other in EDGES.items():
        if name.startswith(prefix):
            return other + name.removeprefix(prefix), False
    found = LAYER.fullmatch(name)
    if found is None:
        return name, False
    layer, part, kind = found.groups()
    plain = part.removesuffix(".MatMul").removesuffix(".Add")
    return f"encoder.layer.{layer}.{PARTS.get(plain, plain)}.{kind}", part.endswith(".MatMul")
