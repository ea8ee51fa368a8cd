"""Every test in here that takes `database_url` runs twice: on SQLite and on a real PostgreSQL."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from service.record.database.schema import upgrade
from service.record.recorder import Recorder, open_recorder
from tests.support.postgres import PostgreSQL, running_postgresql


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with running_postgresql() as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database."""
    with contextlib.ExitStack() as stack:
        if request.param == "sqlite":
            yield f"sqlite:///{tmp_path}/home/errand.db"
        else:
            yield stack.enter_context(request.getfixturevalue("postgresql").database())


@pytest.fixture
def migrated_url(database_url: str) -> str:
    upgrade(database_url)
    return database_url


@pytest.fixture
async def recorder(migrated_url: str) -> AsyncIterator[Recorder]:
    async with open_recorder(migrated_url) as recorder:
        yield recorder
