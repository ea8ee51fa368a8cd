"""What happens to acknowledged decisions when a process dies, the database goes away or the disk is full."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from service.domain.recording import DecisionWrite
from service.errors import StorageUnavailableError
from service.record.database.engine import open_engines
from service.record.database.failure import DatabaseAwayError
from service.record.database.schema import upgrade
from service.record.database.writer import GroupCommitWriter
from service.record.recorder import open_recorder
from service.record.tables.decision import select_count, write_decisions
from tests.support.decisions import a_decision, record_decision
from tests.support.postgres import PostgreSQL, running_postgresql

ACKNOWLEDGE = """
import asyncio, sys
from service.record.recorder import open_recorder
from tests.support.decisions import a_decision, record_decision

async def client(recorder, name):
    number = 0
    while True:
        number += 1
        decision = a_decision(decision_id=f"{name}-{number}")
        await record_decision(recorder, decision, idempotency=None, answer=b"")
        print(decision.decision_id, flush=True)

async def main():
    async with open_recorder(sys.argv[1]) as recorder:
        await asyncio.gather(*(client(recorder, name) for name in range(8)))

asyncio.run(main())
"""


def acknowledged_until_killed(url: str) -> list[str]:
    """Ids that another process said were recorded, before it was killed in the middle of recording more."""
    with subprocess.Popen([sys.executable, "-c", ACKNOWLEDGE, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(300)]
        process.kill()
        lines += process.stdout.readlines()  # not communicate, which would miss what readline has read ahead
    return [line.strip() for line in lines if line.endswith("\n")]  # the last one may be cut short


async def test_kill_9_loses_nothing_that_was_acknowledged(migrated_url: str) -> None:
    """A process that dies right after an acknowledgement, with others in flight, leaves every acknowledged row."""
    acknowledged = await asyncio.to_thread(acknowledged_until_killed, migrated_url)

    async with open_recorder(migrated_url) as recorder:
        for decision_id in acknowledged:
            await recorder.get_decision(decision_id)

    assert len(acknowledged) >= 300


async def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    """SQLite is limited to the pages that it has: it refuses like a full disk does, and goes on when there is room."""
    url = f"sqlite:///{tmp_path}/errand.db"
    upgrade(url)
    engines = open_engines(url, readers=1)
    writer = GroupCommitWriter(engines.writer, batch_limit=1)
    with engines.writer.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
        connection.execute(text(f"PRAGMA max_page_count = {pages + 10}"))

    outcomes = await asyncio.gather(*(alone(writer) for _ in range(60)), return_exceptions=True)

    refusals = [outcome for outcome in outcomes if isinstance(outcome, StorageUnavailableError)]
    with engines.reader.connect() as connection:
        assert select_count(connection) == 60 - len(refusals) > 0
    assert {refusal.retry_after_seconds for refusal in refusals} == {1}
    with engines.writer.connect() as connection:
        connection.execute(text("PRAGMA max_page_count = 100000"))
    await alone(writer)
    await writer.close()
    engines.dispose()


async def alone(writer: GroupCommitWriter) -> None:
    """One large decision, in a commit of its own: the writer of this test takes no two together."""
    decision = a_decision(answer={"why": "x" * 2000})
    write = DecisionWrite(decision=decision, idempotency=None, answer=b"")
    await writer.write(write_decisions, write)


async def test_a_batch_fails_as_one_when_the_database_is_away(tmp_path: Path) -> None:
    """Nobody waits for his neighbours to be tried one after the other."""
    async with open_recorder(f"sqlite:///{tmp_path}/errand.db") as recorder:
        (tmp_path / "errand.db").mkdir()

        outcomes = await asyncio.gather(
            *(record_decision(recorder, a_decision(), idempotency=None, answer=b"") for _ in range(50)),
            return_exceptions=True,
        )

        assert {type(outcome) for outcome in outcomes} == {DatabaseAwayError}
        assert not await recorder.is_reachable(2.0)


async def test_a_database_that_comes_back_is_used_again() -> None:
    """PostgreSQL stops and starts under an open recorder: refusals meanwhile, no restart of ours afterwards."""
    with running_postgresql() as server, server.database() as url:
        upgrade(url)
        async with open_recorder(url) as recorder:
            await record_decision(recorder, a_decision(), idempotency=None, answer=b"")

            await asyncio.to_thread(server.stop)
            with pytest.raises(StorageUnavailableError):
                await record_decision(recorder, a_decision(), idempotency=None, answer=b"")
            assert not await recorder.is_reachable(2.0)
            await asyncio.to_thread(server.start)

            assert await recorder.is_reachable(2.0)
            await record_decision(recorder, a_decision(), idempotency=None, answer=b"")
            assert await recorder.count_decisions() == 2


async def test_connections_that_were_cut_are_replaced(postgresql: PostgreSQL) -> None:
    """An administrator, or a failover, ends all sessions: the next decision is committed all the same."""
    with postgresql.database() as url:
        upgrade(url)
        async with open_recorder(url) as recorder:
            await record_decision(recorder, a_decision(), idempotency=None, answer=b"")
            await recorder.count_decisions()

            postgresql.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE application_name = 'errand' AND pid <> pg_backend_pid()"
            )

            await record_decision(recorder, a_decision(), idempotency=None, answer=b"")
            assert await recorder.count_decisions() == 2
