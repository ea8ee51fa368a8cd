"""One tiny bundle for every test that reads one, and a tokenizer for those that need no more."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from service.understand.tokenizer import Tokenizer
from tests.support.encoders import tiny_kit, tiny_tokenizer, train_tiny


@pytest.fixture(scope="session")
def trained_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle of a catalogue, which no test may change."""
    folder = tmp_path_factory.mktemp("trained")
    return train_tiny(tiny_kit(folder), folder / "bundle", catalogue="tiny").folder


@pytest.fixture
def bundle_folder(trained_folder: Path, tmp_path: Path) -> Path:
    """A copy of the bundle, to be damaged."""
    return Path(shutil.copytree(trained_folder, tmp_path / "bundle"))


@pytest.fixture(scope="session")
def tokenizer(tmp_path_factory: pytest.TempPathFactory) -> Tokenizer:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tiny_tokenizer().save(str(path))
    return Tokenizer(path)
