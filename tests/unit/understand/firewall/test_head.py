"""The firewall of a bundle: read as it was written, or refused by name."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from service.errors import BundleError
from service.understand.bundle import ENCODER, TOKENIZER
from service.understand.encoder import Encoder
from service.understand.firewall.head import FILES, NUMBERS, Firewall, Sigmoid, array_file, load_firewall
from service.understand.tokenizer import Tokenizer


def load(folder: Path) -> Firewall:
    return load_firewall(folder, Tokenizer(folder / TOKENIZER), Encoder(folder / ENCODER))


@pytest.mark.parametrize("text", ["where is my parcel", "", "zzz ???", "word " * 500])
def test_any_text_has_a_score_for_each_kind(trained_folder: Path, text: str) -> None:
    """Also one of which it knows no word."""
    firewall = load(trained_folder)

    scores = firewall.scores(firewall.tokenizer.token_ids(text))

    assert scores.shape == (3,)
    assert np.isfinite(scores).all()


@pytest.mark.parametrize("name", FILES)
def test_what_cannot_be_read_is_refused(bundle_folder: Path, name: str) -> None:
    """With the folder and what to do."""
    (bundle_folder / name).write_bytes(b"{}")

    with pytest.raises(BundleError, match="Build the bundle anew") as refusal:
        load(bundle_folder)

    assert str(bundle_folder) in str(refusal.value)


def test_it_has_to_fit_its_encoder(bundle_folder: Path) -> None:
    """That of another encoder would give scores without meaning."""
    np.save(bundle_folder / array_file("centre"), np.zeros(7, np.float32), allow_pickle=False)

    with pytest.raises(BundleError, match="does not fit the encoder"):
        load(bundle_folder)


def test_its_threshold_is_a_probability_with_a_promise(trained_folder: Path) -> None:
    """What it was chosen for is told beside it."""
    numbers = json.loads((trained_folder / NUMBERS).read_text())

    assert 0 < load(trained_folder).numbers.threshold == numbers["threshold"] < 1
    assert numbers["promise"]["false_refusals"] == 0.02


@pytest.mark.parametrize(("score", "expected"), [(0.0, 0.5), (1e6, 1.0), (-1e6, 0.0)])
def test_a_score_becomes_a_probability(score: float, expected: float) -> None:
    """However large it is."""
    assert Sigmoid(slope=2.0, bias=0.0)(score) == pytest.approx(expected, abs=1e-9)
