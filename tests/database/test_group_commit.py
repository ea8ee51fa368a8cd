"""Concurrent decisions share a commit, a bad row harms itself alone, and closing loses nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvloop
from sqlalchemy import Connection

from service.domain.recording import DecisionWrite, Recorded
from service.errors import OverloadedError, StorageUnavailableError
from service.record.database.engine import Engines, open_engines
from service.record.database.writer import GroupCommitWriter
from service.record.tables.decision import select_count, write_decisions
from tests.support.decisions import a_decision


@dataclass
class Gate:
    """A write that holds the writer's transaction open until the test lets it go."""

    entered: threading.Event = field(default_factory=threading.Event)
    opened: threading.Event = field(default_factory=threading.Event)

    def wait(self, connection: Connection, items: Sequence[None]) -> list[None]:
        self.entered.set()
        assert self.opened.wait(20)
        return [None] * len(items)


def a_write(**overrides: Any) -> DecisionWrite:
    return DecisionWrite(decision=a_decision(**overrides), idempotency=None, answer=b"")


@pytest.fixture
async def engines(migrated_url: str) -> AsyncIterator[Engines]:
    engines = open_engines(migrated_url, readers=1)
    yield engines
    engines.dispose()


def count(engines: Engines) -> int:
    with engines.reader.connect() as connection:
        return select_count(connection)


async def hold(writer: GroupCommitWriter, gate: Gate) -> asyncio.Task[None]:
    holding = asyncio.create_task(writer.write(gate.wait, None))
    await asyncio.to_thread(gate.entered.wait)
    return holding


async def queue(writer: GroupCommitWriter, writes: Sequence[DecisionWrite]) -> list[asyncio.Task[Recorded]]:
    before = writer.depth
    tasks = [asyncio.create_task(writer.write(write_decisions, write)) for write in writes]
    await asyncio.sleep(0)  # each task runs up to where it waits
    assert writer.depth == before + len(writes)
    return tasks


async def test_decisions_that_wait_together_share_a_commit(engines: Engines) -> None:
    """What gathers while one commit runs is the next one."""
    sizes: list[int] = []
    writer = GroupCommitWriter(engines.writer, on_commit=lambda size, _: sizes.append(size))
    gate = Gate()
    await hold(writer, gate)
    tasks = await queue(writer, [a_write(), a_write()])

    gate.opened.set()
    await asyncio.gather(*tasks)
    await writer.close()

    assert sizes == [1, 2]
    assert count(engines) == 2


async def test_a_batch_has_a_limit(engines: Engines) -> None:
    """The rest goes into the commits after it."""
    sizes: list[int] = []
    writer = GroupCommitWriter(engines.writer, batch_limit=4, on_commit=lambda size, _: sizes.append(size))
    gate = Gate()
    await hold(writer, gate)
    tasks = await queue(writer, [a_write() for _ in range(10)])

    gate.opened.set()
    await asyncio.gather(*tasks)
    await writer.close()

    assert sizes == [1, 4, 4, 2]


async def test_one_bad_row_does_not_fail_its_neighbours(engines: Engines) -> None:
    """It alone is refused; the others of its batch are committed."""
    writer = GroupCommitWriter(engines.writer)
    gate = Gate()
    await hold(writer, gate)
    writes = [a_write(path=None if number == 13 else "track_order") for number in range(40)]
    tasks = await queue(writer, writes)

    gate.opened.set()
    outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    await writer.close()

    assert [number for number, outcome in enumerate(outcomes) if isinstance(outcome, StorageUnavailableError)] == [13]
    assert count(engines) == 39


async def test_a_bound_is_kept_and_told(engines: Engines) -> None:
    """More waiting work than the bound is refused at once, with the time to come back."""
    writer = GroupCommitWriter(engines.writer, capacity=3)
    gate = Gate()
    await hold(writer, gate)
    tasks = await queue(writer, [a_write(), a_write()])

    with pytest.raises(OverloadedError) as refusal:
        await writer.write(write_decisions, a_write())
    gate.opened.set()
    await asyncio.gather(*tasks)

    assert refusal.value.retry_after_seconds == 1
    assert writer.depth == 0
    await writer.close()


async def test_closing_commits_what_is_queued(engines: Engines) -> None:
    """Everything admitted is answered, and nothing is admitted any more."""
    writer = GroupCommitWriter(engines.writer, batch_limit=8)
    gate = Gate()
    await hold(writer, gate)
    tasks = await queue(writer, [a_write() for _ in range(30)])
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)

    with pytest.raises(StorageUnavailableError):
        await writer.write(write_decisions, a_write())
    gate.opened.set()
    await closing

    assert all(task.done() for task in tasks)
    assert len(await asyncio.gather(*tasks)) == 30
    assert count(engines) == 30


async def test_who_goes_away_while_waiting_is_forgotten(engines: Engines) -> None:
    """Nothing was answered, so nothing is kept, and the place in the queue is free again."""
    writer = GroupCommitWriter(engines.writer)
    gate = Gate()
    await hold(writer, gate)
    stays, goes = await queue(writer, [a_write(), a_write()])

    goes.cancel()
    await asyncio.sleep(0)
    gate.opened.set()
    await stays
    await writer.close()

    assert goes.cancelled()
    assert count(engines) == 1
    assert writer.depth == 0


async def test_no_caller_waits_for_ever(engines: Engines) -> None:
    """A database that hangs in the middle of a commit is given up on; the writer itself goes on when it can."""
    writer = GroupCommitWriter(engines.writer, answer_within_seconds=0.05)
    gate = Gate()
    holding = asyncio.create_task(writer.write(gate.wait, None))

    with pytest.raises(StorageUnavailableError, match="in time"):
        await holding
    gate.opened.set()
    await writer.close()

    assert writer.depth == 0


def test_writing_works_on_uvloop(migrated_url: str) -> None:
    """The loop that serves; the other tests run on the standard one."""

    opened = open_engines(migrated_url, readers=1)

    async def write_some() -> None:
        writer = GroupCommitWriter(opened.writer)
        await asyncio.gather(*(writer.write(write_decisions, a_write()) for _ in range(100)))
        await writer.close()

    uvloop.run(write_some())

    assert count(opened) == 100
    opened.dispose()
