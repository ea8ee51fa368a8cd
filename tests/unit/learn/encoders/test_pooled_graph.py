"""The served graph: pooled layers of the encoder's own graph, in whatever version of ONNX it was exported."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest

from service.errors import BundleError
from service.learn.encoders.pooled_graph import write_pooled_graph
from service.understand.encoder import Encoder
from tests.support.encoders import WIDTH, write_encoder

TEXT = [2, 90, 91, 92, 3]


def source(folder: Path, **encoder: int) -> Path:
    return write_encoder(folder / "encoder", **encoder) / "onnx" / "model.onnx"


def similarity(one: np.ndarray, other: np.ndarray) -> float:
    return float(one @ other / (np.linalg.norm(one) * np.linalg.norm(other)))


def test_three_layers_are_pooled_and_joined(tmp_path: Path) -> None:
    """The last part is the mean of the last hidden state, and each part has the length 1."""
    path = source(tmp_path)
    feed = {name: np.array([TEXT], np.int64) for name in ("input_ids", "attention_mask")}
    hidden = ort.InferenceSession(path, providers=["CPUExecutionProvider"]).run(["last_hidden_state"], feed)[0][0]

    write_pooled_graph(path, tmp_path / "pooled.onnx")
    encoder = Encoder(tmp_path / "pooled.onnx")
    embedding = encoder.embed([TEXT])[0]

    assert encoder.dimensions == 3 * WIDTH
    np.testing.assert_allclose(np.linalg.norm(embedding.reshape(3, WIDTH), axis=1), 1.0, rtol=1e-4)
    assert similarity(embedding[-WIDTH:], hidden.mean(axis=0)) > 0.94, (
        "the same but for eight-bit weights, which some processors round more coarsely"
    )


@pytest.mark.parametrize(
    ("layers", "opset", "parts", "reason"),
    [
        (3, 21, 3, "three layers: all of them"),
        (6, 21, 3, "six layers: the first, the middle and the last"),
        (2, 21, 1, "two layers: too few to choose from"),
        (3, 18, 3, "exported some years ago"),
        (3, 17, 3, "before the axes of a mean were an input"),
        (3, 14, 1, "before normalisation was one operator: layers cannot be told apart"),
        (3, 11, 1, "the oldest that exporters still write"),
    ],
)
def test_encoders_of_any_export_can_be_served(tmp_path: Path, layers: int, opset: int, parts: int, reason: str) -> None:
    """Published ONNX weights come in opset 11 to 21; each becomes a graph that runs."""
    write_pooled_graph(source(tmp_path, layers=layers, opset=opset), tmp_path / "pooled.onnx")
    embedding = Encoder(tmp_path / "pooled.onnx").embed([TEXT, TEXT])

    assert embedding.shape == (2, parts * WIDTH), reason
    assert np.isfinite(embedding).all()


def test_the_same_weights_give_the_same_file(tmp_path: Path) -> None:
    """Byte for byte, so that bundles built on different machines can have one version; nothing else is left behind."""
    path = source(tmp_path)
    for name in ("first", "again"):
        (tmp_path / name).mkdir()
        write_pooled_graph(path, tmp_path / name / "pooled.onnx")

    assert (tmp_path / "first/pooled.onnx").read_bytes() == (tmp_path / "again/pooled.onnx").read_bytes()
    assert [each.name for each in (tmp_path / "first").iterdir()] == ["pooled.onnx"]


@pytest.mark.parametrize("fault", ["another output", "no width"])
def test_a_graph_without_hidden_states_is_refused(tmp_path: Path, fault: str) -> None:
    """A classifier's graph is no encoder's; the refusal says what was looked for."""
    path = source(tmp_path)
    model = onnx.load(path)
    if fault == "another output":
        model.graph.output[0].name = "logits"
    else:
        model.graph.output[0].type.tensor_type.shape.dim[-1].Clear()
    onnx.save(model, path)

    with pytest.raises(BundleError, match="last_hidden_state"):
        write_pooled_graph(path, tmp_path / "pooled.onnx")
