"""Turn an encoder's ONNX graph into the served graph: three layers pooled, normalised and joined, weights in int8.

The first, the middle and the last layer together are worth about one point over the last layer alone (docs/adr/0003).
Inner layers are free at serving, because the graph computes them anyway.
"""

from __future__ import annotations

import logging
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

from service.errors import BundleError

HIDDEN_STATE = "last_hidden_state"
AXES_ARE_INPUTS = 18


def write_pooled_graph(source: Path, target: Path) -> None:
    """Write the pooled, quantised graph: `input_ids` (texts, tokens) to `embedding` (texts, dimensions)."""
    write_pooled(onnx.load(source), target)


def write_pooled(model: onnx.ModelProto, target: Path) -> None:
    """Write the pooled, quantised graph of a model in memory. The model is changed."""
    _pool(model)
    plain = target.with_suffix(".fp32.onnx")
    onnx.save(model, plain)
    quiet = logging.getLogger()
    level = quiet.level
    quiet.setLevel(logging.ERROR)
    try:
        quantize_dynamic(plain, target, weight_type=QuantType.QInt8, per_channel=True)
    finally:
        quiet.setLevel(level)
        plain.unlink()


def _pool(model: onnx.ModelProto) -> None:
    graph = model.graph
    outputs = {output.name: output for output in graph.output}
    if HIDDEN_STATE not in outputs:
        raise BundleError(f"The encoder's graph has no output {HIDDEN_STATE}; found {', '.join(sorted(outputs))}.")
    width = outputs[HIDDEN_STATE].type.tensor_type.shape.dim[-1].dim_value
    if not width:
        raise BundleError(f"The encoder's graph does not tell the width of {HIDDEN_STATE}.")
    layers = _layers(graph)
    opset = max(entry.version for entry in model.opset_import if not entry.domain)
    parts = []
    for place, layer in enumerate(layers):
        pooled, norm, unit = (f"{name}_{place}" for name in ("pooled", "norm", "unit"))
        _reduce(graph, "ReduceMean", layer, pooled, axis=1, keepdims=0, opset=opset)
        _reduce(graph, "ReduceL2", pooled, norm, axis=-1, keepdims=1, opset=opset)
        graph.node.append(helper.make_node("Div", [pooled, norm], [unit]))
        parts.append(unit)
    graph.node.append(helper.make_node("Concat", parts, ["embedding"], axis=-1))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", width * len(parts)]))


def _reduce(
    graph: onnx.GraphProto, kind: str, source: str, target: str, *, axis: int, keepdims: int, opset: int
) -> None:
    """Add a reduction. Its axes are an attribute before operator set 18, and an input since."""
    if opset < AXES_ARE_INPUTS:
        graph.node.append(helper.make_node(kind, [source], [target], axes=[axis], keepdims=keepdims))
        return
    axes = f"{target}_axes"
    graph.initializer.append(numpy_helper.from_array(np.array([axis], np.int64), axes))
    graph.node.append(helper.make_node(kind, [source, axes], [target], keepdims=keepdims))


def _layers(graph: onnx.GraphProto) -> list[str]:
    """Return the outputs of the first, middle and last layer, or of the last alone if telling them apart fails."""
    kinds = ("LayerNormalization", "SkipLayerNormalization")
    norms = [node.output[0] for node in graph.node if node.op_type in kinds]
    layers = norms[2::2]
    if len(norms) % 2 == 0 or len(layers) < 3:
        return [HIDDEN_STATE]
    return [layers[0], layers[(len(layers) - 1) // 2], layers[-1]]
