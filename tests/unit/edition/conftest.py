"""Two versions of what editions are published from."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.editions import Source, make_sources


@pytest.fixture(scope="session")
def sources(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Source]:
    """The starter catalogue with its bundle, and the two again under other versions."""
    return make_sources(starter_bundle, tmp_path_factory.mktemp("sources"))
