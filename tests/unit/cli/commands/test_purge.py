"""`errand purge`."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from service.record.recorder import open_recorder
from tests.support.decisions import a_decision, record_decision


def test_it_says_what_went_and_purging_twice_is_purging_once(run, home: Path) -> None:
    """By the retention of the catalogue in use, which is thirty days in the starter."""
    run("db", "upgrade")
    now = datetime.now(UTC)

    async def fill() -> None:
        async with open_recorder(f"sqlite:///{home}/errand.db") as recorder:
            for days in (31, 40, 29):
                decision = a_decision(decided_at=now - timedelta(days=days))
                await record_decision(recorder, decision, idempotency=None, answer=b"{}")

    asyncio.run(fill())

    first, again, told = run("purge"), run("purge"), run("purge", "--json")

    assert (first.code, first.out) == (0, "Gone: 2 decisions.\n")
    assert (again.code, "Nothing to do" in again.out) == (0, True)
    assert set(json.loads(told.out).values()) == {0}


def test_a_database_that_is_behind_is_said(run) -> None:
    """With the command that mends it."""
    refused = run("purge")

    assert refused.code == 2
    assert "errand db upgrade" in refused.err
