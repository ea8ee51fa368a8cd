"""Catalogues that decisions are made with."""

from __future__ import annotations

import pytest

from service.catalogue.loader import load_catalogue, starter_folder
from service.catalogue.schema import Catalogue
from tests.support.catalogues import write_catalogue


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The minimal catalogue, with an urgent intent."""
    folder = tmp_path_factory.mktemp("catalogue")
    return load_catalogue(write_catalogue(folder, intents={"track_order": {"urgent": True}}))


@pytest.fixture(scope="session")
def starter() -> Catalogue:
    return load_catalogue(starter_folder())
