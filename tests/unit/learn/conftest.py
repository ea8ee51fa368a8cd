"""One tiny kit and one bundle for every test that needs them."""

from __future__ import annotations

import pytest

from service.learn.encoders.prepared import EncoderKit
from service.learn.train import Trained
from tests.support.encoders import tiny_kit, train_tiny
from tests.support.languages import many_languages_kit


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> EncoderKit:
    return tiny_kit(tmp_path_factory.mktemp("kit"))


@pytest.fixture(scope="session")
def many_languages(tmp_path_factory: pytest.TempPathFactory) -> EncoderKit:
    """A kit whose vocabulary is too large for a static vector of each entry."""
    return many_languages_kit(tmp_path_factory.mktemp("languages"))


@pytest.fixture(scope="session")
def trained(kit: EncoderKit, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """A bundle that no test may change."""
    return train_tiny(kit, tmp_path_factory.mktemp("trained") / "bundle")
