"""Encoders in torch: from a folder, from the default package's graph, and back into a graph."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from onnx import numpy_helper
from transformers import T5Config, T5Model

from service.errors import BundleError
from service.learn.encoders.source import default_source
from service.learn.finetuning.bert import bert_of_graph
from service.learn.finetuning.export import export_graph
from service.learn.finetuning.torch_encoder import TorchEncoder, open_torch_encoder, require_same
from service.understand.tokenizer import Tokenizer
from tests.finetune.transformer import write_bert
from tests.support.encoders import write_encoder, write_tokenizer


@pytest.fixture
def folder(encoder: Path, tmp_path: Path) -> Path:
    """An encoder's folder to be changed."""
    return shutil.copytree(encoder, tmp_path / "mine")


def test_a_text_is_embedded_alike_in_any_company(encoder: Path) -> None:
    """Padding and other texts of the batch do not matter; the length is 1."""
    opened, source = open_torch_encoder(str(encoder))
    opened.model.eval()
    tokenizer = Tokenizer(source.folder / "tokenizer.json")
    batch = [tokenizer.token_ids(text) for text in ("book a room", "where is my parcel, please", "")]

    with torch.no_grad():
        together = opened.embed(batch)
        alone = torch.cat([opened.embed([ids]) for ids in batch])

    np.testing.assert_allclose(together.numpy(), alone.numpy(), atol=1e-5)
    np.testing.assert_allclose(together.norm(dim=1).numpy(), 1.0, rtol=1e-5)


def test_an_exported_graph_gives_the_same_embeddings(encoder: Path, tmp_path: Path) -> None:
    """Whatever the number and length of texts; the same file every time."""
    opened, _ = open_torch_encoder(str(encoder))

    for name in ("first.onnx", "again.onnx"):
        export_graph(opened, tmp_path / name, "tiny")

    require_same(opened, tmp_path / "first.onnx", "tiny")
    assert (tmp_path / "first.onnx").read_bytes() == (tmp_path / "again.onnx").read_bytes()


def test_a_graph_beside_the_weights_is_used(folder: Path) -> None:
    """If it is of the same weights."""
    (folder / "onnx").mkdir()
    export_graph(open_torch_encoder(str(folder))[0], folder / "onnx/model.onnx", "tiny")

    _, source = open_torch_encoder(str(folder))

    assert source.graph == folder / "onnx" / "model.onnx"


@pytest.mark.parametrize("graph", ["other weights", "another shape"])
def test_a_graph_of_another_model_is_refused(folder: Path, tmp_path: Path, graph: str) -> None:
    """What would be fine-tuned is not what is served."""
    if graph == "other weights":
        other = open_torch_encoder(str(write_bert(tmp_path / "other", seed=1)))[0]
        export_graph(other, folder / "model.onnx", "other")
    else:
        shutil.move(write_encoder(tmp_path / "other") / "onnx" / "model.onnx", folder / "model.onnx")

    with pytest.raises(BundleError, match=r"mine .* do not give the same embeddings"):
        open_torch_encoder(str(folder))


@pytest.mark.parametrize("fault", ["weights", "config"])
def test_weights_that_cannot_be_read_are_refused(folder: Path, fault: str) -> None:
    """By the name of the encoder."""
    if fault == "weights":
        (folder / "model.safetensors").write_bytes(b"not weights at all")
    else:
        (folder / "config.json").write_text("{}", encoding="utf-8")

    with pytest.raises(BundleError, match="encoder mine cannot be loaded"):
        open_torch_encoder(str(folder))


def test_an_encoder_with_a_decoder_is_refused(tmp_path: Path) -> None:
    """It has other inputs, and its first half alone is another model."""
    vocabulary = write_tokenizer(tmp_path / "t5")
    T5Model(T5Config(vocab_size=vocabulary, d_model=8, d_kv=4, d_ff=8, num_layers=1, num_heads=2)).save_pretrained(
        tmp_path / "t5"
    )

    with pytest.raises(BundleError, match="t5 has a decoder as well"):
        open_torch_encoder(str(tmp_path / "t5"))


def test_the_default_encoder_can_be_trained() -> None:
    """Its package has a graph only; the weights taken out of it give the graph's embeddings."""
    opened, source = open_torch_encoder(None)

    assert source.name == "all-MiniLM-L6-v2"
    assert sum(weight.numel() for weight in opened.model.parameters()) == 22_565_376


@pytest.mark.parametrize("fault", ["two matrices exchanged", "a weight missing", "names of another export"])
def test_a_graph_that_is_not_the_default_encoders_is_refused(tmp_path: Path, fault: str) -> None:
    """Weights that are put in the wrong place are found out, however well they fit."""
    model = onnx.load(default_source().graph)
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    one, other = (tensors[f"model.layers.3.attn.{part}_proj.MatMul.weight"] for part in ("q", "v"))
    if fault == "two matrices exchanged":
        first, second = numpy_helper.to_array(one).copy(), numpy_helper.to_array(other).copy()
        one.CopyFrom(numpy_helper.from_array(second, one.name))
        other.CopyFrom(numpy_helper.from_array(first, other.name))
    elif fault == "a weight missing":
        model.graph.initializer.remove(one)
    else:
        for number, tensor in enumerate(model.graph.initializer):
            tensor.name = f"onnx::{number}"
    onnx.save(model, tmp_path / "model.onnx")

    with pytest.raises(BundleError, match=r"do not give the same|not named or shaped"):
        require_same(TorchEncoder(bert_of_graph(tmp_path / "model.onnx")), default_source().graph, "default")
