"""The application for tests over HTTP: one for a whole module where nothing is remembered, a fresh one where it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from os import environ
from pathlib import Path

import pytest

from service.settings import Settings
from tests.support.app import Caller, Clock, serving, settings_for


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_others(starter_bundle: Path) -> Iterator[None]:
    """Whoever runs the tests may have set up a service of their own."""
    with pytest.MonkeyPatch.context() as patch:
        for name in list(environ):
            if name.startswith("ERRAND_"):
                patch.delenv(name)
        yield


@pytest.fixture
def settings(starter_bundle: Path, tmp_path: Path) -> Settings:
    """An empty home and the starter catalogue."""
    return settings_for(starter_bundle, tmp_path / "home")


@pytest.fixture
def clock() -> Clock:
    """Saturday noon, until a test moves it."""
    return Clock()


@pytest.fixture
async def client(settings: Settings, clock: Clock) -> AsyncIterator[Caller]:
    """A client of an application that has served nobody yet."""
    async with serving(settings, clock=clock) as caller:
        yield caller


@pytest.fixture(scope="module")
async def shared(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Caller]:
    """A client of one application for the whole module: for answers that depend on nothing sent before."""
    async with serving(settings_for(starter_bundle, tmp_path_factory.mktemp("home"))) as caller:
        yield caller
