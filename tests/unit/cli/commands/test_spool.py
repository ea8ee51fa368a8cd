"""`errand spool list` and `replay`."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import structlog

from service.record.recorder import open_recorder
from service.record.spool.spool import open_spool
from tests.support.deliveries import ORDER_NUMBER
from tests.support.spooled import a_full_write, a_write


@pytest.fixture(autouse=True)
def _logs_as_they_were() -> Iterator[None]:
    """The command sends them to the standard error of its test, which is closed afterwards."""
    configuration, handlers, level = structlog.get_config(), logging.getLogger().handlers[:], logging.getLogger().level
    yield
    structlog.configure(**configuration)
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


@pytest.fixture
def left_behind(run, home: Path) -> list[str]:
    """Ids of two decisions that a service has left in its spool."""
    assert run("db", "upgrade").code == 0
    writes = [a_full_write(1), a_write(2)]

    async def fill() -> None:
        async with open_spool(home / "spool", limit_bytes=2**20) as spool:
            for write in writes:
                await spool.append(write)

    asyncio.run(fill())
    return [write.decision.decision_id for write in writes]


@contextmanager
def a_service(home: Path) -> Iterator[None]:
    """Which owns what is in the spool."""
    with asyncio.Runner() as runner:
        spool = open_spool(home / "spool", limit_bytes=2**20)
        runner.run(spool.__aenter__())
        try:
            yield
        finally:
            runner.run(spool.__aexit__(None, None, None))


def test_what_waits_is_listed_without_anything_of_the_customers(run, home: Path, left_behind: list[str]) -> None:
    """Also while a service runs, and nothing is changed by it."""
    with a_service(home):
        table, listed = run("spool", "list"), run("spool", "list", "--json")

    assert (table.code, listed.code) == (0, 0)
    rows = json.loads(listed.out)
    assert [row["decision_id"] for row in rows] == left_behind
    assert {row["goal"] for row in rows} == {"track_order"}
    assert all(row["bytes"] > 0 for row in rows)
    assert all(decision_id in table.out for decision_id in left_behind)
    assert ORDER_NUMBER not in table.out + listed.out


def test_what_was_left_behind_is_committed(run, home: Path, left_behind: list[str]) -> None:
    """Once; then there is nothing to do any more."""
    ran, again = run("spool", "replay"), run("spool", "replay")

    assert (ran.code, ran.out) == (0, "2 committed.\n")
    assert (again.code, again.out) == (0, "Nothing to do: nothing waits for the database.\n")
    assert run("spool", "list").out == "Nothing waits for the database.\n"

    async def look() -> list[str]:
        async with open_recorder(f"sqlite:///{home}/errand.db") as recorder:
            return [(await recorder.get_decision(decision_id)).decision_id for decision_id in left_behind]

    assert asyncio.run(look()) == left_behind


def test_what_a_service_owns_is_left_to_it(run, home: Path, left_behind: list[str]) -> None:
    """The command says so, and commits nothing."""
    with a_service(home):
        ran = run("spool", "replay")

    assert ran.code == 2
    assert "A running service owns" in ran.err
    assert json.loads(run("spool", "replay", "--json").out) == {"committed": len(left_behind)}
