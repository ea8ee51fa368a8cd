"""The encoder made ready, once a machine: quantised graph, tokenizer and static token vectors in a cache folder."""

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
from service.learn.graph import write_pooled_graph
from service.learn.source import EncoderSource, save_tokenizer
from service.understand.bundle import ENCODER, TOKENIZER
from service.understand.encoder import Encoder
from service.understand.executor import usable_cores
from service.understand.tokenizer import Tokenizer

Floats = NDArray[np.float32]
Progress = Callable[[str, float], None]
"""Called with the name of the step and its share done, 0 to 1."""

RECIPE = 2
"""Raise when the way a kit is made changes; kits of other recipes are made anew."""
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
    token_vectors: Floats
    """Static vector of each vocabulary entry, shape (vocabulary, STATIC_DIMENSIONS)."""

    def embed(self, batch: Sequence[Sequence[int]], progress: Progress) -> Floats:
        """Embeddings of many texts, shape (texts, dimensions), in batches of one length, deterministic."""
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
    """The kit of a source, made on first use."""
    key = hashlib.sha256(f"{RECIPE}:{source.digest}".encode()).hexdigest()[:16]
    folder = cache / f"encoder-{key}"
    if not (folder / STATIC_FILE).is_file():
        _make(source, folder, progress)
    tokenizer = Tokenizer(folder / TOKENIZER)
    return EncoderKit(
        name=source.name,
        digest=key,
        graph=folder / ENCODER,
        tokenizer_file=folder / TOKENIZER,
        tokenizer=tokenizer,
        encoder=Encoder(folder / ENCODER),
        token_vectors=np.load(folder / STATIC_FILE, allow_pickle=False).astype(np.float32),
    )


def _make(source: EncoderSource, folder: Path, progress: Progress) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".encoder-", dir=folder.parent))
    try:
        progress("quantise the encoder", 0.0)
        save_tokenizer(source, draft / TOKENIZER)
        write_pooled_graph(source.graph, draft / ENCODER)
        progress("quantise the encoder", 1.0)
        vectors = _token_vectors(Tokenizer(draft / TOKENIZER), Encoder(draft / ENCODER), progress)
        np.save(draft / STATIC_FILE, vectors.astype(np.float16), allow_pickle=False)
        (draft / "source.json").write_text(json.dumps({"name": source.name, "recipe": RECIPE}), encoding="utf-8")
        with suppress(OSError):  # another process was faster: its kit is the same
            os.rename(draft, folder)  # noqa: PTH104
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _token_vectors(tokenizer: Tokenizer, encoder: Encoder, progress: Progress) -> Floats:
    """Each vocabulary entry passed once through the encoder, reduced to its principal components."""
    edges = tokenizer.token_ids("")
    if len(edges) != 2:
        raise BundleError(f"The encoder's tokenizer must add one special token at each end; it adds {len(edges)}.")
    size = tokenizer.vocabulary_size
    vectors = np.empty((size, encoder.dimensions), np.float32)

    def run(start: int) -> int:
        tokens = range(start, min(start + 256, size))
        vectors[start : start + 256] = encoder.embed([[edges[0], token, edges[1]] for token in tokens])
        return start

    with ThreadPoolExecutor(usable_cores()) as pool:
        for start in pool.map(run, range(0, size, 256)):
            progress("make static token vectors", min(1.0, (start + 256) / size))
    centred = vectors - vectors.mean(axis=0)
    _, components = np.linalg.eigh(centred.T @ centred)
    reduced: Floats = centred @ components[:, ::-1][:, :STATIC_DIMENSIONS]
    return reduced
