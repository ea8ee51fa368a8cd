"""The schema is what the models say, moves both ways, is migrated once, and refused when it is from the future."""

from __future__ import annotations

import subprocess
import sys

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect, text

from models import metadata
from service.errors import SchemaError, StorageUnavailableError
from service.record.database.schema import current, downgrade, migrating, transaction, upgrade
from service.record.database.schema import open_engine as open_schema_engine
from tests.support.daemon import free_port

UPGRADE = """
import sys
from service.record.database.schema import upgrade
print("ready", flush=True)
sys.stdin.readline()
print(upgrade(sys.argv[1]), flush=True)
"""


def tables(url: str) -> set[str]:
    with transaction(open_schema_engine(url, "DEFERRED")) as connection:
        return set(inspect(connection).get_table_names())


def test_migrations_go_up_down_and_up_again(database_url: str) -> None:
    """A database that was emptied by going down can be used again."""
    upgrade(database_url)
    downgrade(database_url)
    assert tables(database_url) == {"alembic_version"}

    upgrade(database_url)

    assert tables(database_url) == {*metadata.tables, "alembic_version"}


def test_migrated_tables_equal_the_models(migrated_url: str) -> None:
    """Nothing is left for autogenerate to do."""
    with migrating(migrated_url) as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []


def test_an_empty_database_is_behind(database_url: str) -> None:
    """Before the first migration there is no revision, and that is not being ahead."""
    state = current(database_url)

    assert (state.current, state.is_current, state.is_ahead) == (None, False, False)


def test_migrating_twice_changes_nothing(database_url: str) -> None:
    """Every start may migrate."""
    assert upgrade(database_url) is True
    assert upgrade(database_url) is False
    assert current(database_url).is_current


def test_a_database_from_the_future_is_refused(migrated_url: str) -> None:
    """An old version must not write to tables that a newer one has changed."""
    with migrating(migrated_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))

    with pytest.raises(SchemaError, match=r"from_the_future.*Start the version of Errand that last migrated"):
        upgrade(migrated_url)
    assert current(migrated_url).is_ahead


def test_processes_that_start_together_migrate_once(database_url: str) -> None:
    """One of them migrates, the others wait for it and find nothing to do."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-W", "error", "-c", UPGRADE, database_url],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()

    ends = [process.communicate(timeout=60) for process in processes]

    assert sorted(out.strip() for out, _ in ends) == ["False", "False", "False", "True"], ends
    assert [err for _, err in ends] == [""] * 4


def test_a_database_that_is_away_is_told_as_such() -> None:
    """Nothing listens on the port: no driver's error gets out."""
    with pytest.raises(StorageUnavailableError):
        upgrade(f"postgresql://errand@127.0.0.1:{free_port()}/errand")
