"""Fine-tune an encoder on the rows for `errand train --finetune`, and keep the result only if it is better.

Another module writes the bundle. torch is imported on first use, so that the rest of the package works without torch.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from service.errors import BundleError
from service.learn.dataset import Dataset, require_trainable
from service.learn.encoders.prepared import EncoderKit, Progress, open_kit
from service.learn.encoders.source import EncoderSource
from service.learn.feature import Texts, texts_of
from service.learn.finetuning.comparison import judge
from service.learn.finetuning.recipe import Recipe
from service.learn.finetuning.split import split_rows
from service.learn.heads import OUT_OF_SCOPE, label_positions
from service.understand.bundle import file_hash

if TYPE_CHECKING:
    from service.learn.finetuning.torch_encoder import TorchEncoder

Integers = NDArray[np.int64]

METHOD = 1
"""Raise this number when the way of fine-tuning changes. Checkpoints of other ways are left alone."""
FOLDER = "finetune"
CHECKPOINT = "checkpoint.safetensors"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finetuned:
    """Result of a fine-tuning: the kit to build the bundle on (tuned or frozen), and the figures to report."""

    kit: EncoderKit
    unseen: Integers | None
    """Rows kept from the encoder. The cascade's numbers are honest on these rows only.

    `None` means the frozen encoder, to which all rows are new.
    """
    report: Mapping[str, Any]
    provenance: Mapping[str, Any]


def require_torch() -> None:
    """Raise BundleError with the command to install torch, unless torch is there. Call it before importing torch."""
    if importlib.util.find_spec("torch") is None:
        raise BundleError("Fine-tuning needs torch. Install it from a checkout: make setup-finetune")
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait by spinning crawl on a machine in use
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # without it sums differ from run to run on CUDA


def finetune(
    dataset: Dataset, encoder: str | None, *, cache: Path, recipe: Recipe, seed: int, progress: Progress
) -> Finetuned:
    """Fine-tune an encoder on a part of the rows, and keep it if it beats the frozen encoder on other rows.

    Takes minutes. An interrupted run goes on from its last checkpoint, found in `cache` by rows, encoder, recipe and
    seed. Raises BundleError if torch is missing or weights are unfit, and DatasetError if rows are too few.
    """
    require_torch()
    require_trainable(dataset.intents)
    from service.learn.finetuning.torch_encoder import open_torch_encoder  # noqa: PLC0415  (imports torch)
    from service.learn.finetuning.tuning import Lesson, tune  # noqa: PLC0415

    labels = label_positions(dataset)
    split = split_rows(labels, seed)
    torch_encoder, source = open_torch_encoder(encoder)
    frozen = _frozen_kit(torch_encoder, source, cache, progress)
    token_ids = [frozen.tokenizer.token_ids(utterance) for utterance in dataset.utterances]
    lesson = Lesson(
        token_ids=token_ids,
        labels=labels,
        tune=split.tune[labels[split.tune] != OUT_OF_SCOPE],
        stop=split.stop[labels[split.stop] != OUT_OF_SCOPE],
    )
    folder = cache / FOLDER / _key(dataset, source, recipe, seed)
    standing = tune(
        torch_encoder,
        lesson,
        recipe,
        seed=seed,
        checkpoint=folder / CHECKPOINT,
        progress=partial(progress, "fine-tune the encoder"),
    )
    tuned = _exported_kit(
        torch_encoder,
        replace(source, name=f"{source.name}, fine-tuned"),
        folder,
        lambda step, share: progress(f"{step} (tuned)", share),
    )
    verdict = judge(
        _texts(frozen, token_ids, lambda _, share: progress("compare the encoders", share / 2)),
        _texts(tuned, token_ids, lambda _, share: progress("compare the encoders", 0.5 + share / 2)),
        labels,
        len(dataset.labels),
        split,
        vocabulary_size=frozen.tokenizer.vocabulary_size,
        seed=seed,
        level=recipe.level,
    )
    return Finetuned(
        kit=tuned if verdict.kept else frozen,
        unseen=split.unseen if verdict.kept else None,
        report={
            **verdict.as_json(),
            "rows_tuned_on": len(lesson.tune),
            "rows_stopped_on": len(lesson.stop),
            "steps": standing.step,
            "best_step": standing.best_step,
        },
        provenance={"kept": verdict.kept, "recipe": asdict(recipe)},
    )


def _key(dataset: Dataset, source: EncoderSource, recipe: Recipe, seed: int) -> str:
    """Return a folder name that is the same for the same fine-tuning, so that a run finds its own checkpoint only."""
    told = [METHOD, dataset.utterances, dataset.intents, source.digest, asdict(recipe), seed]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]


def _frozen_kit(encoder: TorchEncoder, source: EncoderSource, cache: Path, progress: Progress) -> EncoderKit:
    """Return the kit that a plain `errand train` uses. If the graph is missing, export it from the untuned weights."""
    if source.graph.is_file():
        return open_kit(source, cache, progress)
    return _exported_kit(encoder, source, cache, progress)


def _exported_kit(encoder: TorchEncoder, source: EncoderSource, cache: Path, progress: Progress) -> EncoderKit:
    from service.learn.finetuning.export import export_graph  # noqa: PLC0415  (imports torch)

    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".export-", dir=cache) as folder:
        graph = Path(folder) / "model.onnx"
        progress("export the encoder", 0.0)
        export_graph(encoder, graph, source.name)
        progress("export the encoder", 1.0)
        return open_kit(replace(source, graph=graph, digest=source.digest + file_hash(graph)), cache, progress)


def _texts(kit: EncoderKit, token_ids: list[list[int]], progress: Progress) -> Texts:
    return texts_of(token_ids, kit.vectors_for(token_ids, progress), kit.embed(token_ids, progress))
