"""Which database URLs are taken, and how SQLite is set up."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import text

from service.errors import SettingsError
from service.record.database.engine import open_engines, parse_url, switch_to_wal


@pytest.mark.parametrize(
    ("url", "drivername"),
    [
        ("sqlite:///var/errand.db", "sqlite+pysqlite"),
        ("postgresql://user@host/errand", "postgresql+psycopg"),
        ("postgresql+psycopg://user@host/errand", "postgresql+psycopg"),
    ],
)
def test_the_driver_does_not_depend_on_how_the_url_is_written(url: str, drivername: str) -> None:
    """Both forms of a PostgreSQL URL mean psycopg 3."""
    assert parse_url(url).drivername == drivername


@pytest.mark.parametrize(
    "url",
    [
        "mysql://host/errand",  # not tested against, so not promised
        "postgresql+asyncpg://host/errand",  # another driver behaves otherwise
        "sqlite://",  # in memory: gone with the process
        "sqlite:///:memory:",
        "errand.db",  # a path is not a URL
    ],
)
def test_any_other_url_is_refused_with_the_forms_that_are_taken(url: str) -> None:
    """The operator reads what to write instead."""
    with pytest.raises(SettingsError, match="Use sqlite:///"):
        parse_url(url)


def test_a_refused_url_is_not_repeated() -> None:
    """It may hold a password."""
    with pytest.raises(SettingsError) as refusal:
        parse_url("mysql://user:swordfish@host/errand")

    assert "swordfish" not in str(refusal.value)


def test_sqlite_keeps_what_it_commits(tmp_path: Path) -> None:
    """Its folder is made, and the settings that durability rests on are in force on both engines."""
    engines = open_engines(f"sqlite:///{tmp_path}/a/b/errand.db", readers=1)

    for engine in (engines.writer, engines.reader):
        with engine.connect() as connection:
            names = ("journal_mode", "synchronous", "busy_timeout", "foreign_keys", "secure_delete")
            values = [connection.execute(text(f"PRAGMA {name}")).scalar_one() for name in names]
        assert values == ["wal", 2, 5000, 1, 1]
    engines.dispose()


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    """A file is in the way."""
    (tmp_path / "var").write_text("")

    with pytest.raises(SettingsError, match="cannot be made"):
        open_engines(f"sqlite:///{tmp_path}/var/errand.db", readers=1)


class LockedCursor:
    """A cursor on a file that other processes are opening too, for as many attempts as told."""

    def __init__(self, attempts: int, message: str = "database is locked") -> None:
        self.attempts_left = attempts
        self._message = message

    def execute(self, _: str) -> None:
        if self.attempts_left > 0:
            self.attempts_left -= 1
            raise sqlite3.OperationalError(self._message)


def test_processes_that_open_a_new_file_together_wait_for_each_other() -> None:
    """SQLite answers "locked" at once here, whatever its busy_timeout."""
    cursor = LockedCursor(3)

    switch_to_wal(cursor)

    assert cursor.attempts_left == 0


def test_a_file_that_cannot_be_used_is_not_tried_again() -> None:
    """Only a lock goes away by waiting."""
    cursor = LockedCursor(3, "unable to open database file")

    with pytest.raises(sqlite3.OperationalError):
        switch_to_wal(cursor)

    assert cursor.attempts_left == 2
