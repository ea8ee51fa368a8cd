"""`errand train` and `errand evaluate`, from a file of examples to figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from service.understand.bundle import load_bundle, read_manifest
from tests.support.catalogues import write_catalogue


def test_a_bundle_is_built_from_examples(run, home: Path, examples: Path, encoder: Path) -> None:
    """Into the home folder, from which `errand classify` takes it."""
    ran = run("train", "--examples", examples, "--encoder", encoder)

    assert (ran.code, ran.out) == (0, "")
    manifest = read_manifest(home / "bundle")
    assert manifest.version in ran.err
    assert manifest.provenance == {"examples": "examples.jsonl", "seed": 0, "encoder": "tiny"}
    assert run("classify", "where is my parcel").code == 0


def test_json_says_what_was_built(run, examples: Path, encoder: Path) -> None:
    """One object on standard output; progress goes to standard error."""
    ran = run("train", "--examples", examples, "--encoder", encoder, "--out", "mine", "--json", "--seed", "3")

    summary = json.loads(ran.out)
    assert summary["bundle"] == load_bundle(Path("mine")).version
    assert summary["folder"] == "mine"
    assert summary["rows"] == 6
    assert summary["intents"] == 3
    assert summary["promise"]["promised"] is False
    assert read_manifest(Path("mine")).provenance["seed"] == 3


def test_the_same_seed_builds_the_same_bundle(run, examples: Path, encoder: Path) -> None:
    """The promise of `--seed`."""
    first, again, other = (
        json.loads(run("train", "--examples", examples, "--encoder", encoder, "--json", "--seed", seed).out)
        for seed in (1, 1, 2)
    )

    assert first["bundle"] == again["bundle"] != other["bundle"]


def test_a_bundle_is_built_from_a_catalogue(run, tmp_path: Path, encoder: Path) -> None:
    """Its manifest ties it to the catalogue, whose misroute budget it takes."""
    folder = write_catalogue(tmp_path / "catalogue", policy={"misroute_budget": 0.07})

    ran = run("train", "--catalogue", folder, "--encoder", encoder, "--out", "mine", "--json")

    manifest = read_manifest(Path("mine"))
    assert json.loads(ran.out)["promise"]["misroute_budget"] == 0.07
    assert manifest.provenance.keys() >= {"catalogue", "rows"}
    assert set(manifest.labels) == {"make_booking", "cancel_booking", "track_order", "speak_to_human", "no_goal_yet"}


@pytest.mark.parametrize(
    ("out", "reason"),
    [("file/bundle", "a folder below a file"), ("file", "a file")],
)
def test_a_bundle_that_cannot_be_written_is_refused(run, examples: Path, encoder: Path, out: str, reason: str) -> None:
    """The last line says where and what; the file stays as it was."""
    Path("file").write_text("mine", encoding="utf-8")

    ran = run("train", "--examples", examples, "--encoder", encoder, "--out", out)

    assert ran.code == 2, reason
    assert ran.err.splitlines()[-1].startswith("errand: "), reason
    assert "file" in ran.err.splitlines()[-1]
    assert Path("file").read_text(encoding="utf-8") == "mine"


def test_an_encoder_without_weights_is_refused(run, examples: Path, tmp_path: Path) -> None:
    """With what was looked for."""
    (tmp_path / "empty").mkdir()

    ran = run("train", "--examples", examples, "--encoder", tmp_path / "empty")

    assert ran.code == 2
    assert "holds no ONNX weights" in ran.err


def test_figures_are_measured_and_written(run, bundle: Path, examples: Path) -> None:
    """For people on standard output, for programs and browsers in files."""
    ran = run("evaluate", "--test", examples, "--bundle", bundle, "--json", "figures.json", "--page", "page.html")

    assert ran.code == 0
    assert "Accuracy" in ran.out
    assert json.loads(Path("figures.json").read_text(encoding="utf-8"))["rows"] == 6
    assert Path("page.html").read_text(encoding="utf-8").startswith("<!")


def test_figures_can_be_printed_as_json(run, bundle: Path, examples: Path) -> None:
    """Then nothing else is on standard output."""
    figures = json.loads(run("evaluate", "--test", examples, "--bundle", bundle, "--json", "-").out)

    assert figures["accuracy"] == 1.0


@pytest.mark.parametrize("option", ["--json", "--page"])
def test_figures_that_cannot_be_written_are_refused(run, bundle: Path, examples: Path, option: str) -> None:
    """In one line that names the file."""
    Path("file").touch()

    ran = run("evaluate", "--test", examples, "--bundle", bundle, option, "file/figures")

    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith("errand: ")
    assert "file/figures" in ran.err


def test_rows_of_unknown_intents_are_refused(run, bundle: Path) -> None:
    """They would count as wrong for ever."""
    Path("rows.jsonl").write_text('{"text": "hello", "intent": "make_payment"}', encoding="utf-8")

    ran = run("evaluate", "--test", "rows.jsonl", "--bundle", bundle)

    assert ran.code == 2
    assert "make_payment" in ran.err
