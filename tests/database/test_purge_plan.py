"""Purging looks at what has expired, and not at all that is held: it must not take longer as the database grows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, event

from service.domain.expiry import Expiry
from service.record.database.engine import open_engines
from service.record.database.schema import upgrade
from service.record.tables.expiry import delete_expired_contacts, delete_old_decisions
from service.record.tables.idempotency import delete_expired
from tests.support.decisions import NOON


def test_no_table_is_read_from_end_to_end(tmp_path: Path) -> None:
    """As SQLite plans each statement; a scan there holds up every decision for as long as it takes."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    engines, plans = open_engines(url, readers=1), list[str]()

    def explain(connection: Connection, _: Any, statement: str, parameters: Sequence[Any], *__: Any) -> None:
        if statement.startswith(("SELECT", "DELETE")):
            cursor = connection.connection.cursor()
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
            plans.extend(f"{row[3]} in {statement}" for row in cursor.fetchall())

    with engines.writer.begin() as connection:
        event.listen(engines.writer, "before_cursor_execute", explain)
        expiry = Expiry.of(NOON, timedelta(days=30))
        delete_expired(connection, [NOON])
        delete_expired_contacts(connection, [expiry])
        delete_old_decisions(connection, [expiry])
    engines.dispose()

    assert len(plans) >= 6
    assert [plan for plan in plans if plan.startswith("SCAN")] == []
