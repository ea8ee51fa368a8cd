"""The way of a contact over one small catalogue."""

from __future__ import annotations

import pytest

from service.catalogue.schema import Catalogue
from tests.support.spine import Spine, a_spine, spine_catalogue


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The catalogue of the spine."""
    return spine_catalogue(tmp_path_factory.mktemp("served"))


@pytest.fixture
def spine(served: Catalogue) -> Spine:
    """A way of a contact on which nobody has come yet."""
    return a_spine(served)
