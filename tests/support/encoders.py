"""A tiny encoder in a Hugging Face style folder, so that training takes a second, and rows that it can learn."""

from __future__ import annotations

import json
import string
from itertools import product
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from service.learn.dataset import Dataset
from service.learn.encoders.prepared import EncoderKit, open_kit
from service.learn.encoders.source import named_source
from service.learn.train import Trained, train

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")
WORDS = (
    "where", "is", "my", "parcel", "order", "track", "find", "package", "book", "a", "room", "reserve", "table", "stay",
    "cancel", "the", "booking", "drop", "undo", "speak", "to", "person", "agent", "human", "operator", "hello", "yes",
    "thanks", "weather", "joke", "what", "please", "i", "want", "can", "how", "do", "night", "two",
)  # fmt: skip
"""Whole words of the vocabulary; any other word falls into letters."""
WIDTH = 16
PHRASES = {
    "track_order": ("where is my parcel", "track my order", "find my package", "track the parcel"),
    "make_booking": ("book a room", "reserve a table", "stay two night", "reserve the room"),
    "cancel_booking": ("cancel the booking", "drop my booking", "undo my stay", "cancel my stay"),
}
OPENINGS = ("", "please", "i want to", "can i", "how do i", "hello please")
ROWS = tuple(
    (f"{opening} {phrase}".strip(), intent)
    for intent, phrases in PHRASES.items()
    for opening, phrase in product(OPENINGS, phrases)
)
"""Three intents of 24 examples each, told apart by single words."""


def write_encoder(folder: Path, *, layers: int = 3, opset: int = 21, seed: int = 0) -> Path:
    """Write `onnx/model.onnx` and a fast tokenizer, and give back the folder.

    The graph has an embedding and `layers` layers, each normalised twice, as a transformer is; below opset 17 there is
    no operator for that, so that nothing is normalised there.
    """
    write_graph(folder, write_tokenizer(folder), layers=layers, opset=opset, seed=seed)
    return folder


def write_graph(folder: Path, vocabulary: int, *, layers: int = 3, opset: int = 21, seed: int = 0) -> None:
    """Write `onnx/model.onnx` alone, for a tokenizer of so many entries."""
    graph = folder / "onnx" / "model.onnx"
    graph.parent.mkdir()
    onnx.save(_graph(vocabulary, layers, opset, np.random.default_rng(seed)), graph)


def silent(step: str, share: float) -> None:
    """Progress that nobody watches."""


def tiny_kit(folder: Path, **encoder: int) -> EncoderKit:
    """The kit of an encoder written to the folder; the keywords are those of `write_encoder`."""
    source = named_source(str(write_encoder(folder / "encoder", **encoder)))
    return open_kit(source, folder / "cache", silent)


def dataset(rows: tuple[tuple[str, str | None], ...] = ROWS) -> Dataset:
    """Rows that need no redaction."""
    return Dataset(utterances=tuple(text for text, _ in rows), intents=tuple(intent for _, intent in rows))


def train_tiny(
    kit: EncoderKit,
    out: Path,
    *,
    rows: tuple[tuple[str, str | None], ...] = ROWS,
    seed: int = 0,
    urgent: frozenset[str] = frozenset(),
    person: str | None = None,
    **provenance: str,
) -> Trained:
    """A bundle of these rows."""
    return train(
        dataset(rows),
        kit,
        out=out,
        misroute_budget=0.1,
        seed=seed,
        provenance=provenance,
        progress=silent,
        urgent=urgent,
        person=person,
    )


def tiny_tokenizer() -> Tokenizer:
    """Word pieces over `WORDS`, single letters and digits; `[CLS]` and `[SEP]` at the ends."""
    characters = string.ascii_lowercase + string.digits + "<>_'?.,"
    pieces = (*SPECIAL, *characters, *(f"##{character}" for character in characters), *WORDS)
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))  # noqa: S106  (a token of a text)
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    edges = [(name, vocabulary[name]) for name in ("[CLS]", "[SEP]")]
    tokenizer.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=edges)
    return tokenizer


def write_tokenizer(folder: Path) -> int:
    """Write a fast tokenizer that transformers can load, and give back the size of its vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = tiny_tokenizer()
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "pad_token": "[PAD]"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    size: int = tokenizer.get_vocab_size()
    return size


def _graph(vocabulary: int, layers: int, opset: int, generator: np.random.Generator) -> onnx.ModelProto:
    weights: dict[str, NDArray[np.float32]] = {
        "table": generator.normal(size=(vocabulary, WIDTH)).astype(np.float32),
        "scale": np.ones(WIDTH, np.float32),
        "shift": np.zeros(WIDTH, np.float32),
    }
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["embedded"])]

    def normalised(name: str, output: str) -> str:
        kind, inputs = ("LayerNormalization", [name, "scale", "shift"]) if opset >= 17 else ("Identity", [name])
        nodes.append(helper.make_node(kind, inputs, [output]))
        return output

    hidden = normalised("embedded", "hidden")
    for layer in range(layers):
        for part in ("attention", "output"):
            name = f"{part}_{layer}"
            weights[f"{name}_weights"] = (generator.normal(size=(WIDTH, WIDTH)) / WIDTH**0.5).astype(np.float32)
            nodes.append(helper.make_node("MatMul", [hidden, f"{name}_weights"], [f"{name}_product"]))
            nodes.append(helper.make_node("Tanh", [f"{name}_product"], [f"{name}_bent"]))
            nodes.append(helper.make_node("Add", [f"{name}_bent", hidden], [f"{name}_sum"]))
            last = layer == layers - 1 and part == "output"
            hidden = normalised(f"{name}_sum", "last_hidden_state" if last else f"{name}_normal")
    inputs = [
        helper.make_tensor_value_info(name, TensorProto.INT64, ["texts", "tokens"])
        for name in ("input_ids", "attention_mask")
    ]
    output = helper.make_tensor_value_info(hidden, TensorProto.FLOAT, ["texts", "tokens", WIDTH])
    tensors = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph(nodes, "tiny", inputs, [output], tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
