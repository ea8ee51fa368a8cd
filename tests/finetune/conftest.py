"""Tests that need torch: `make test-finetune`. A tiny transformer with random weights, in Hugging Face style."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.learn.dataset import Dataset
from service.learn.finetuning.finetune import require_torch
from tests.support.encoders import dataset

require_torch()  # before any test imports it


@pytest.fixture(scope="session")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for `--encoder`: weights as safetensors, a tokenizer and no graph. Nobody may write to it."""
    from tests.finetune.transformer import write_bert  # noqa: PLC0415  (imports torch)

    return write_bert(tmp_path_factory.mktemp("encoder") / "tiny")


@pytest.fixture(scope="session")
def rows() -> Dataset:
    """Three intents of 24 examples each."""
    return dataset()
