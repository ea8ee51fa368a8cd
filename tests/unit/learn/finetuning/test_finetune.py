"""Fine-tuning as far as it goes without torch; the rest is in `tests/finetune`."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from service.errors import BundleError
from service.learn.crossfit import HeldOutScores
from service.learn.encoders.prepared import EncoderKit
from service.learn.encoders.source import trainable_source
from service.learn.finetuning.finetune import Finetuned, finetune
from service.learn.finetuning.recipe import Recipe
from service.learn.train import train
from service.understand.bundle import read_manifest
from tests.support.encoders import dataset, silent, write_encoder


def test_without_torch_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is opened or computed."""
    monkeypatch.setitem(sys.modules, "torch", None)

    with pytest.raises(BundleError, match=r"needs torch\..* make setup-finetune"):
        finetune(dataset(), None, cache=tmp_path, recipe=Recipe(), seed=0, progress=silent)

    assert list(tmp_path.iterdir()) == []


def test_scores_of_some_rows_only() -> None:
    """In the order asked for."""
    scores = HeldOutScores(
        lexical=np.arange(6, dtype=np.float32).reshape(3, 2),
        encoder=np.arange(6, 12, dtype=np.float32).reshape(3, 2),
        labels=np.array([0, 1, -1]),
    ).of(np.array([2, 0]))

    assert scores.lexical.tolist() == [[4.0, 5.0], [0.0, 1.0]]
    assert scores.encoder.tolist() == [[10.0, 11.0], [6.0, 7.0]]
    assert scores.labels.tolist() == [-1, 0]


@pytest.mark.parametrize("unseen", [None, np.arange(1, 72, 2)])
def test_numbers_are_chosen_on_rows_that_the_encoder_never_saw(
    kit: EncoderKit, tmp_path: Path, unseen: np.ndarray | None
) -> None:
    """On all rows if it saw none. Report and provenance tell what was done."""
    finetuned = Finetuned(kit=kit, unseen=unseen, report={"kept": unseen is not None}, provenance={"kept": True})

    trained = train(
        dataset(),
        kit,
        out=tmp_path / "bundle",
        misroute_budget=0.5,
        seed=0,
        provenance={},
        progress=silent,
        finetuned=finetuned,
    )

    assert trained.report["promise"]["held_out_rows"] == (72 if unseen is None else 36)
    assert trained.report["finetune"] == {"kept": unseen is not None}
    assert read_manifest(trained.folder).provenance["finetune"] == {"kept": True}


@pytest.mark.parametrize("missing", ["model.safetensors", "config.json"])
def test_a_folder_without_weights_for_torch_cannot_be_trained(tmp_path: Path, missing: str) -> None:
    """The refusal says what it needs."""
    folder = write_encoder(tmp_path / "tiny")
    for name in {"model.safetensors", "config.json"} - {missing}:
        (folder / name).touch()

    with pytest.raises(BundleError, match=r"needs config\.json and weights as safetensors"):
        trainable_source(str(folder))


def test_a_graph_beside_weights_for_torch_is_the_frozen_encoder(tmp_path: Path) -> None:
    """Without one, the encoder is known by its weights, and the graph is still to be made."""
    folder = write_encoder(tmp_path / "tiny")
    for name in ("model.safetensors", "config.json"):
        (folder / name).touch()
    beside = trainable_source(str(folder))
    assert beside.graph.is_file()

    beside.graph.unlink()
    alone = trainable_source(str(folder))

    assert not alone.graph.is_file()
    assert alone.digest != beside.digest
    (folder / "model.safetensors").write_bytes(b"other weights")
    assert trainable_source(str(folder)).digest != alone.digest
