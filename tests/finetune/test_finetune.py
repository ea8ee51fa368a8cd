"""`errand train --finetune`, from rows to a bundle."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from service.errors import DatasetError
from service.learn.dataset import Dataset
from service.learn.finetuning.export import export_graph
from service.learn.finetuning.finetune import Finetuned, finetune
from service.learn.finetuning.recipe import Recipe
from service.learn.finetuning.split import split_rows
from service.learn.finetuning.torch_encoder import open_torch_encoder
from service.learn.heads import label_positions
from service.learn.train import train
from service.understand.bundle import read_manifest
from tests.support.encoders import ROWS, silent

ROOT = Path(__file__).resolve().parents[2]
ALWAYS_KEPT = Recipe(steps=60, check_every=20, encoder_rate=1e-3, head_rate=1e-2, level=1.0)
"""A chance of one in one is allowed: whatever was fine-tuned is kept."""
KILLED = """
import os, signal, sys
from pathlib import Path
from service.learn.finetune import finetune
from tests.finetune.test_finetune import ALWAYS_KEPT
from tests.support.encoders import dataset

def progress(step, share):
    if step == "fine-tune the encoder" and share > 0.8:
        os.kill(os.getpid(), signal.SIGKILL)

finetune(dataset(), sys.argv[1], cache=Path(sys.argv[2]), recipe=ALWAYS_KEPT, seed=0, progress=progress)
"""
SERVED = """
import sys
from pathlib import Path
from service.understand.bundle import load_bundle
print(load_bundle(Path(sys.argv[1])).predict_now("where is my parcel").candidates[0].intent)
assert not {"torch", "transformers", "sklearn"} & set(sys.modules)
"""


def run_finetune(rows: Dataset, encoder: Path, cache: Path, recipe: Recipe = ALWAYS_KEPT) -> Finetuned:
    return finetune(rows, str(encoder), cache=cache, recipe=recipe, seed=0, progress=silent)


def python(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def kept(rows: Dataset, encoder: Path, tmp_path_factory: pytest.TempPathFactory) -> Finetuned:
    """A fine-tuning that nothing interrupted."""
    return run_finetune(rows, encoder, tmp_path_factory.mktemp("kept"))


def test_a_killed_fine_tuning_goes_on(kept: Finetuned, rows: Dataset, encoder: Path, tmp_path: Path) -> None:
    """After SIGKILL, the same call goes on from the last checkpoint and makes the encoder that would have come."""
    killed = python("-c", KILLED, encoder, tmp_path)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    shares = []

    def told(step: str, share: float) -> None:
        if step == "fine-tune the encoder":
            shares.append(share)

    resumed = finetune(rows, str(encoder), cache=tmp_path, recipe=ALWAYS_KEPT, seed=0, progress=told)

    assert shares[0] == pytest.approx(41 / 60), "forty steps were made before"
    assert resumed.kit.graph.read_bytes() == kept.kit.graph.read_bytes()
    assert resumed.report == kept.report


def test_a_fine_tuned_bundle_is_served_without_torch(kept: Finetuned, rows: Dataset, tmp_path: Path) -> None:
    """It loads, answers, and says where it comes from."""
    trained = train(
        rows,
        kept.kit,
        out=tmp_path / "bundle",
        misroute_budget=0.1,
        seed=0,
        provenance={},
        progress=silent,
        finetuned=kept,
    )

    served = python("-c", SERVED, trained.folder)

    assert (served.returncode, served.stdout) == (0, "track_order\n"), served.stderr
    provenance = read_manifest(trained.folder).provenance
    assert provenance["encoder"] == "tiny, fine-tuned"
    assert provenance["finetune"]["kept"] is True
    assert provenance["finetune"]["recipe"]["steps"] == 60
    report = json.loads((trained.folder / "report.json").read_text(encoding="utf-8"))
    assert report["finetune"]["rows"] + report["finetune"]["rows_stopped_on"] + report["finetune"]["rows_tuned_on"] == len(rows)  # fmt: skip  # noqa: E501
    assert "fine-tuned encoder is kept" in report["finetune"]["reason"]


def test_the_judging_rows_teach_nothing(kept: Finetuned, rows: Dataset, encoder: Path, tmp_path: Path) -> None:
    """With other texts in their places, the encoder that comes out is the same, byte for byte."""
    judges = split_rows(label_positions(rows), 0).judge
    utterances = list(rows.utterances)
    for row in judges:
        utterances[row] = "what weather"
    others = replace(rows, utterances=tuple(utterances))

    found = run_finetune(others, encoder, tmp_path)

    assert found.kit.graph.read_bytes() == kept.kit.graph.read_bytes()
    assert found.report["tuned_accuracy"] < kept.report["tuned_accuracy"]
    assert not set(kept.unseen) & set(split_rows(label_positions(rows), 0).tune)
    assert set(judges) <= set(kept.unseen)


def test_the_frozen_encoder_is_kept_where_it_is_as_good(encoder: Path, tmp_path: Path) -> None:
    """The command says so with both figures, and the bundle is the one that comes without fine-tuning."""
    folder, examples = shutil.copytree(encoder, tmp_path / "tiny"), tmp_path / "examples.jsonl"
    export_graph(open_torch_encoder(str(folder))[0], folder / "model.onnx", "tiny")
    examples.write_text("".join(json.dumps({"text": text, "intent": intent}) + "\n" for text, intent in ROWS))
    command = ("-m", "service.cli", "train", "--examples", examples, "--encoder", folder, "--json")
    home = {"ERRAND_HOME": str(tmp_path / "home")}

    tuned = python(*command, "--out", tmp_path / "tuned", "--finetune", "--finetune-steps", 2, **home)
    plain = python(*command, "--out", tmp_path / "plain", **home)

    assert (tuned.returncode, plain.returncode) == (0, 0), tuned.stderr + plain.stderr
    verdict = json.loads(tuned.stdout)["finetune"]
    assert verdict["kept"] is False
    assert verdict["reason"].startswith("The frozen encoder is kept: on 21 rows held out, ")
    assert verdict["steps"] == 2
    tuned_manifest, plain_manifest = read_manifest(tmp_path / "tuned"), read_manifest(tmp_path / "plain")
    assert tuned_manifest.provenance["finetune"]["kept"] is False
    assert {**tuned_manifest.files, "report.json": ""} == {**plain_manifest.files, "report.json": ""}
    assert tuned_manifest.thresholds == plain_manifest.thresholds


def test_too_few_rows_are_refused_before_anything_is_opened(rows: Dataset, tmp_path: Path) -> None:
    """The refusal says how many are needed; nothing is downloaded or computed for it."""
    few = Dataset(utterances=rows.utterances[::6], intents=rows.intents[::6])

    with pytest.raises(DatasetError, match="Too few rows to fine-tune on"):
        run_finetune(few, tmp_path / "absent", tmp_path)
