"""`errand db current` and `errand db upgrade`."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path


def test_a_fresh_home_is_behind_until_it_is_upgraded(run, home: Path) -> None:
    """Exit code 1 before, 0 after; upgrading again does nothing."""
    before = run("db", "current")
    assert before.code == 1
    assert "errand db upgrade" in before.out

    assert "migrated" in run("db", "upgrade").out
    assert (home / "errand.db").is_file()

    after = run("db", "current")
    assert after.code == 0
    assert "Run:" not in after.out
    again = run("db", "upgrade")
    assert (again.code, "Nothing to do" in again.out) == (0, True)


def test_json_tells_both_revisions(run) -> None:
    """Before and after."""
    before = json.loads(run("db", "current", "--json").out)
    run("db", "upgrade")
    after = json.loads(run("db", "current", "--json").out)

    assert before == {"current": None, "head": after["head"], "is_current": False}
    assert after == {"current": after["head"], "head": after["head"], "is_current": True}


def test_a_database_of_a_newer_version_is_left_alone(run, home: Path) -> None:
    """Exit code 2, and what to do."""
    run("db", "upgrade")
    with sqlite3.connect(home / "errand.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'from_the_future'")
    connection.close()

    current, upgrade = run("db", "current"), run("db", "upgrade")

    assert (current.code, upgrade.code) == (2, 2)
    assert "newer Errand" in current.out
    assert "from_the_future" in upgrade.err
