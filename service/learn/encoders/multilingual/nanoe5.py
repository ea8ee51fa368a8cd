"""Turn the packed multilingual encoder into an ONNX graph and a tokenizer, the inputs of every encoder kit.

The table of word vectors stays in 4 bits, 55 MB instead of 384, and the graph unpacks the rows that a text needs. The
other matrices become plain numbers, to be quantised to 8 bits like the matrices of any encoder. E5 reads a question
after the word "query:". The graph puts this word in front of every text, so that callers pass plain texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers, processors

from service.learn.encoders.multilingual.packed_weights import BLOCK, ZERO, PackedEncoder, Pieces
from service.learn.encoders.pooled_graph import HIDDEN_STATE

OPENING = "query:"
OPSET = 20
"""First operator set with GELU as one operator. Bits can be masked since 18."""
IR_VERSION = 9
MASK = "<mask>"


def load_packed_graph(path: Path) -> onnx.ModelProto:
    """Load the graph of a packed encoder. The graph reads `OPENING` before each text."""
    packed = PackedEncoder(path)
    opening = unigram_tokenizer(packed.pieces).encode(OPENING, add_special_tokens=False).ids
    return encoder_graph(packed, opening)


def save_packed_tokenizer(path: Path, target: Path) -> None:
    """Write the tokenizer of a packed encoder as one JSON file."""
    target.write_text(unigram_tokenizer(PackedEncoder(path).pieces).to_str(pretty=False), encoding="utf-8")


def unigram_tokenizer(pieces: Pieces) -> Tokenizer:
    """Build the tokenizer of XLM-R: normal form of NMT and NFKC, a bar in front of each word, the likeliest pieces."""
    vocabulary = list(zip(pieces.texts, pieces.scores, strict=True))
    tokenizer = Tokenizer(models.Unigram(vocabulary, unk_id=pieces.unknown))
    single_spaces = normalizers.Replace(Regex(" {2,}"), " ")
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC(), single_spaces])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace()])
    first, last = pieces.texts[pieces.first], pieces.texts[pieces.last]
    tokenizer.add_special_tokens([first, last, pieces.texts[pieces.unknown], MASK])
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{first} $A {last}", special_tokens=[(first, pieces.first), (last, pieces.last)]
    )
    return tokenizer


def encoder_graph(packed: PackedEncoder, opening: Sequence[int]) -> onnx.ModelProto:
    """Build the graph from `input_ids` (texts, tokens) to the last layer over the opening and each text's tokens."""
    draft = _Draft(packed)
    hidden = _embedded(draft, _opened(draft, opening))
    for place in range(packed.shape.layers):
        hidden = _layer(draft, hidden, place)
    draft.nodes[-1].output[0] = HIDDEN_STATE
    text = helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["texts", "tokens"])
    layer = helper.make_tensor_value_info(HIDDEN_STATE, TensorProto.FLOAT, ["texts", "read", packed.shape.width])
    graph = helper.make_graph(draft.nodes, "encoder", [text], [layer], draft.tensors)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)


class _Draft:
    """A graph under construction: nodes and tensors, named by their purpose."""

    def __init__(self, packed: PackedEncoder) -> None:
        self.packed = packed
        self.nodes: list[onnx.NodeProto] = []
        self.tensors: list[onnx.TensorProto] = []

    def tensor(self, name: str, values: NDArray[np.generic]) -> str:
        self.tensors.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def integers(self, name: str, values: Sequence[int]) -> str:
        return self.tensor(name, np.array(values, np.int64))

    def node(self, kind: str, inputs: Sequence[str], output: str, **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def linear(self, source: str, name: str, matrix: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """Add a linear layer. `matrix` has the shape (outputs, inputs)."""
        product = self.node("MatMul", [source, self.tensor(f"{name}.weights", matrix.T)], f"{name}.product")
        return self.node("Add", [product, self.tensor(f"{name}.bias", bias)], name)

    def normalised(self, source: str, name: str) -> str:
        scale, shift = (self.tensor(f"{name}.{part}", self.packed.vector(f"{name}.{part}")) for part in ("w", "b"))
        epsilon = self.packed.shape.epsilon
        return self.node("LayerNormalization", [source, scale, shift], f"{name}.out", axis=-1, epsilon=epsilon)


def _opened(draft: _Draft, opening: Sequence[int]) -> str:
    """Insert the opening after the first token id of each text."""
    one, axis = draft.integers("one", [1]), draft.integers("axis", [1])
    first = draft.node("Slice", ["input_ids", draft.integers("start", [0]), one, axis], "first")
    rest = draft.node("Slice", ["input_ids", one, draft.integers("end", [2**31]), axis], "rest")
    texts = draft.node("Shape", ["input_ids"], "texts", start=0, end=1)
    shape = draft.node("Concat", [texts, draft.integers("opening_length", [len(opening)])], "opening_shape", axis=0)
    words = draft.node("Expand", [draft.tensor("opening", np.array([opening], np.int64)), shape], "openings")
    return draft.node("Concat", [first, words, rest], "token_ids", axis=1)


def _embedded(draft: _Draft, token_ids: str) -> str:
    """Add the word vectors, unpacked from their blocks, and the position vectors, then normalise the sum."""
    packed, width = draft.packed, draft.packed.shape.width
    all_scales, all_words = packed.blocks("emb.word", packed.shape.vocabulary)
    scales = draft.node("Gather", [draft.tensor("word_scales", all_scales), token_ids], "scales")
    scales = draft.node("Cast", [scales], "wide_scales", to=TensorProto.FLOAT)
    scales = draft.node("Unsqueeze", [scales, draft.integers("end_axis", [-1])], "block_scales")
    words = draft.node("Gather", [draft.tensor("words", all_words), token_ids], "packed_words")
    blocks = draft.integers("blocks", [0, 0, width // BLOCK, BLOCK // 2])
    words = draft.node("Reshape", [words, blocks], "packed_blocks")
    lower = draft.node("BitwiseAnd", [words, draft.tensor("lower_bits", np.array(0x0F, np.uint8))], "lower")
    upper = draft.node("BitShift", [words, draft.tensor("bits", np.array(4, np.uint8))], "upper", direction="RIGHT")
    words = draft.node("Concat", [lower, upper], "steps", axis=-1)
    words = draft.node("Cast", [words], "wide_steps", to=TensorProto.FLOAT)
    words = draft.node("Sub", [words, draft.tensor("zero_step", np.array(ZERO, np.float32))], "signed_steps")
    words = draft.node("Mul", [words, scales], "scaled_blocks")
    words = draft.node("Reshape", [words, draft.integers("joined", [0, 0, width])], "word_vectors")
    return draft.normalised(draft.node("Add", [words, _positions(draft, token_ids)], "embedded"), "emb.ln")


def _positions(draft: _Draft, token_ids: str) -> str:
    packed, width = draft.packed, draft.packed.shape.width
    kind = packed.vector("emb.type")[:width]  # a text is all of the first kind
    table = draft.tensor("positions", packed.vector("emb.pos").reshape(-1, width) + kind)
    length = draft.node("Shape", [token_ids], "length", start=1, end=2)
    axis = draft.integers("first_axis", [0])
    return draft.node("Slice", [table, axis, length, axis], "position_vectors")


def _layer(draft: _Draft, hidden: str, place: int) -> str:
    """Add attention and the two matrices after it. Each result is added to its input and normalised."""
    packed, shape, name = draft.packed, draft.packed.shape, f"l{place}"
    attended = draft.linear(
        _attended(draft, hidden, name),
        f"{name}.attended",
        packed.matrix(f"{name}.ao.w", shape.width),
        packed.vector(f"{name}.ao.b"),
    )
    hidden = draft.normalised(draft.node("Add", [attended, hidden], f"{name}.first_sum"), f"{name}.aln")
    wide = draft.linear(
        hidden, f"{name}.wide", packed.matrix(f"{name}.fi.w", shape.inner_width), packed.vector(f"{name}.fi.b")
    )
    wide = draft.node("Gelu", [wide], f"{name}.bent")
    narrow = draft.linear(
        wide, f"{name}.narrow", packed.matrix(f"{name}.fo.w", shape.width), packed.vector(f"{name}.fo.b")
    )
    return draft.normalised(draft.node("Add", [narrow, hidden], f"{name}.second_sum"), f"{name}.oln")


def _attended(draft: _Draft, hidden: str, name: str) -> str:
    """Add the values of all tokens, weighted by attention. One product gives queries, keys and values together."""
    packed, shape = draft.packed, draft.packed.shape
    each = shape.width // shape.heads
    scale = np.float32(each**-0.5)  # scales the queries, instead of the products
    weights = [packed.matrix(f"{name}.{part}.w", shape.width) for part in ("q", "k", "v")]
    biases = [packed.vector(f"{name}.{part}.b") for part in ("q", "k", "v")]
    joint = draft.linear(
        hidden,
        f"{name}.joint",
        np.concatenate([weights[0] * scale, *weights[1:]]),
        np.concatenate([biases[0] * scale, *biases[1:]]),
    )
    heads = draft.integers(f"{name}.heads", [0, 0, 3 * shape.heads, each])
    joint = draft.node("Reshape", [joint, heads], f"{name}.by_head")
    joint = draft.node("Transpose", [joint], f"{name}.heads_first", perm=[0, 2, 1, 3])
    asked, offered, passed = (f"{name}.{part}" for part in ("asked", "offered", "passed"))
    parts = draft.integers(f"{name}.parts", [shape.heads] * 3)
    draft.nodes.append(helper.make_node("Split", [joint, parts], [asked, offered, passed], axis=1))
    offered = draft.node("Transpose", [offered], f"{name}.offered_turned", perm=[0, 1, 3, 2])
    fit = draft.node("Softmax", [draft.node("MatMul", [asked, offered], f"{name}.products")], f"{name}.fit", axis=-1)
    read = draft.node("MatMul", [fit, passed], f"{name}.read")
    read = draft.node("Transpose", [read], f"{name}.tokens_first", perm=[0, 2, 1, 3])
    return draft.node("Reshape", [read, draft.integers(f"{name}.joined", [0, 0, shape.width])], f"{name}.context")
