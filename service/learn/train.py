"""Rows in, bundle out: encode, cross-fit, choose, fit on everything, write."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from service.errors import BundleError
from service.learn.choose import Choice, choose
from service.learn.crossfit import HeldOutScores, cross_fit
from service.learn.dataset import Dataset, require_trainable
from service.learn.feature import texts_of
from service.learn.heads import OUT_OF_SCOPE, Heads, fit_heads
from service.learn.kit import EncoderKit, Progress
from service.understand.bundle import ENCODER, MANIFEST, TOKENIZER, Manifest, file_hash, verify

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    folder: Path
    manifest: Manifest
    report: Mapping[str, Any]
    seconds: float


def train(
    dataset: Dataset,
    kit: EncoderKit,
    *,
    out: Path,
    misroute_budget: float,
    seed: int,
    provenance: Mapping[str, Any],
    progress: Progress,
) -> Trained:
    """Build a bundle in the folder `out`, which is replaced as a whole. Deterministic for rows, encoder and seed.

    Raises DatasetError with fewer than two labels.
    """
    started = perf_counter()
    require_replaceable(out)
    require_trainable(dataset.intents)
    names = dataset.labels
    position = {name: place for place, name in enumerate(names)}
    labels = np.array([OUT_OF_SCOPE if name is None else position[name] for name in dataset.intents], np.int64)
    token_ids = [kit.tokenizer.token_ids(utterance) for utterance in dataset.utterances]
    texts = texts_of(token_ids, kit.token_vectors, kit.embed(token_ids, progress))
    size = len(kit.token_vectors)
    step = partial(progress, "hold rows out and choose")
    held_out = cross_fit(texts, labels, len(names), vocabulary_size=size, seed=seed, progress=step)
    choice = choose(held_out, names, misroute_budget)
    progress("fit the heads", 0.0)
    heads = fit_heads(texts, labels, len(names), np.arange(len(labels)), vocabulary_size=size, seed=seed)
    progress("fit the heads", 1.0)
    report = _report(dataset, choice, held_out)
    manifest = _write(out, kit, heads, names, choice, report, {**provenance, "seed": seed, "encoder": kit.name})
    return Trained(folder=out, manifest=manifest, report=report, seconds=perf_counter() - started)


def require_replaceable(out: Path) -> None:
    """Raise BundleError unless `out` is free, empty or a bundle: nothing else is ever replaced."""
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        if not out.exists() or (out.is_dir() and ((out / MANIFEST).is_file() or not any(out.iterdir()))):
            return
    except OSError as error:
        raise BundleError(f"{out} cannot be written: {error.strerror}.") from error
    raise BundleError(f"{out} is there already and is no bundle. Name another folder, or remove it first.")


def _report(dataset: Dataset, choice: Choice, held_out: HeldOutScores | None) -> dict[str, Any]:
    counts = Counter(dataset.intents)
    report: dict[str, Any] = {
        "rows": len(dataset),
        "intents": len(dataset.labels),
        "out_of_scope_rows": counts[None],
        "fewest_examples": min(count for intent, count in counts.items() if intent is not None),
        "promise": choice.promise,
    }
    if held_out is not None:
        inside = held_out.labels != OUT_OF_SCOPE
        for head in ("lexical", "encoder"):
            guesses = getattr(held_out, head)[inside, :-1].argmax(axis=1)
            report[f"held_out_accuracy_{head}"] = float((guesses == held_out.labels[inside]).mean())
    return report


def _write(  # noqa: PLR0917
    out: Path,
    kit: EncoderKit,
    heads: Heads,
    names: tuple[str, ...],
    choice: Choice,
    report: Mapping[str, Any],
    provenance: Mapping[str, Any],
) -> Manifest:
    draft = Path(tempfile.mkdtemp(prefix=f".{out.name}-", dir=out.parent))
    try:
        shutil.copyfile(kit.graph, draft / ENCODER)
        shutil.copyfile(kit.tokenizer_file, draft / TOKENIZER)
        lexical, encoder_head = heads.folded(kit.token_vectors)
        for prefix, weights in (("lexical", lexical), ("encoder_head", encoder_head)):
            for name in weights.__slots__:
                np.save(draft / f"{prefix}_{name}.npy", getattr(weights, name), allow_pickle=False)
        (draft / "report.json").write_text(json.dumps(report, indent=1, sort_keys=True), encoding="utf-8")
        files = {path.name: file_hash(path) for path in sorted(draft.iterdir())}
        unnamed = Manifest(
            version="", labels=names, settings=choice.settings, thresholds=choice.thresholds,
            provenance=dict(provenance), files=files,
        )  # fmt: skip
        manifest = Manifest(
            version=unnamed.computed_version(), labels=names, settings=choice.settings,
            thresholds=choice.thresholds, provenance=dict(provenance), files=files,
        )  # fmt: skip
        (draft / MANIFEST).write_text(json.dumps(manifest.as_json(), indent=1), encoding="utf-8")
        verify(draft, manifest)
        draft.chmod(0o755)
        _replace(draft, out)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _replace(draft: Path, out: Path) -> None:
    """Put the draft in the place of an older bundle; what has opened the older one keeps its files."""
    old = out.with_name(f".{out.name}-old-{os.getpid()}")
    if out.exists():
        out.rename(old)
    draft.rename(out)
    shutil.rmtree(old, ignore_errors=True)
