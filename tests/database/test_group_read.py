"""Look-ups that wait together are read together; each gets its own answer, and a failure is everybody's."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from service.errors import StorageUnavailableError
from service.record.database.engine import open_engines
from service.record.database.group_read import GroupReader
from service.record.database.reader import ReaderPool
from service.record.database.request_deadline import due_within
from service.record.recorder import Recorder
from service.record.tables.ledger import Wanted, select_ledgers
from tests.database.test_agenda import KEY, MONTH, take_turn
from tests.support.decisions import NOON, a_decision, record_decision


@pytest.fixture
async def pool(migrated_url: str) -> AsyncIterator[ReaderPool]:
    engines = open_engines(migrated_url, readers=2)
    pool = ReaderPool(engines.reader, threads=2)
    yield pool
    await pool.close()
    engines.dispose()


async def test_what_comes_while_one_is_read_is_read_together(pool: ReaderPool) -> None:
    sizes: list[int] = []
    may_read = threading.Event()

    def square(connection: Connection, items: Sequence[int]) -> list[int]:
        may_read.wait(10)
        sizes.append(len(items))
        return [connection.execute(text("SELECT :it * :it"), {"it": item}).scalar_one() for item in items]

    reader = GroupReader(pool, square)
    first = asyncio.create_task(reader.read(2))
    await asyncio.sleep(0)  # it is on its way now
    await asyncio.sleep(0)
    rest = [asyncio.create_task(reader.read(item)) for item in (3, 4, 5)]
    rest[1].cancel()
    may_read.set()

    assert await first == 4
    assert [await rest[0], await rest[2]] == [9, 25]
    assert rest[1].cancelled()
    assert sizes[0] == 1
    assert len(sizes) == 2


async def test_a_failure_is_told_to_all_and_does_not_stay(pool: ReaderPool) -> None:
    broken = True

    def sometimes(_: Connection, items: Sequence[int]) -> list[int]:
        if broken:
            raise OperationalError("SELECT", {}, Exception("gone"))
        return list(items)

    reader = GroupReader(pool, sometimes)
    answers = await asyncio.gather(*(reader.read(item) for item in (1, 2)), return_exceptions=True)
    assert [type(answer).__mro__[1] for answer in answers] == [StorageUnavailableError] * 2

    broken = False
    assert await asyncio.gather(*(reader.read(item) for item in (1, 2))) == [1, 2]


async def test_ledgers_of_many_contacts_are_what_each_alone_would_be(recorder: Recorder, pool: ReaderPool) -> None:
    """One with turns, one that has expired, one that had no id, one unknown, and one asked for twice."""
    await take_turn(recorder, "track_order", "get_refund")
    nameless = a_decision(contact_key="nameless", goal="find_store")
    await record_decision(recorder, nameless, idempotency=None, answer=b"{}")
    wanted = [Wanted(KEY, NOON), Wanted("nameless", NOON), Wanted(KEY, NOON + MONTH), Wanted("nobody", NOON)]

    reader = GroupReader(pool, select_ledgers)
    together = await asyncio.gather(*(reader.read(each) for each in [*wanted, wanted[0]]))

    assert together[:4] == [await recorder.ledger(each.contact_key, each.now) for each in wanted]
    assert together[4] == together[0]
    assert [len(ledger.agenda.goals) for ledger in together[:4]] == [2, 1, 0, 0]
    assert [ledger.turns for ledger in together[:4]] == [1, 1, 0, 0]
    assert replace(together[2], revision=0) == replace(together[3], contact_key=KEY)


async def test_who_is_in_a_hurry_goes_on_without_and_spoils_nothing_for_the_others(pool: ReaderPool) -> None:
    """Of two that share a query that hangs, the one whose answer is due is told so; the other gets what is found."""
    may_read = threading.Event()

    def hanging(_: Connection, items: Sequence[int]) -> list[int]:
        may_read.wait(10)
        return list(items)

    reader = GroupReader(pool, hanging)
    with due_within(0.01):
        hurried = asyncio.create_task(reader.read(1))
        await asyncio.sleep(0)
    patient = asyncio.create_task(reader.read(2))
    with pytest.raises(StorageUnavailableError):
        await hurried
    may_read.set()

    assert await patient == 2
