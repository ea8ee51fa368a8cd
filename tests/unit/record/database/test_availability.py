"""When the database counts as away, and what becomes of those who wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest

from service.record.database.availability import Presence
from service.record.database.failure import DatabaseAwayError, RowRefusedError, away

LONG_SECONDS = 300.0


@asynccontextmanager
async def watched(presence: Presence, probe: Callable[[], bool]) -> AsyncIterator[None]:
    """With a probe that answers at once."""

    async def ask() -> bool:
        return probe()

    task = asyncio.create_task(presence.watch(ask))
    await asyncio.sleep(0)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


async def failing(error: Exception) -> None:
    raise error


async def test_one_failure_is_enough_and_one_probe_takes_it_back() -> None:
    """In between nobody is let through."""
    presence = Presence()
    async with watched(presence, lambda: True):
        with pytest.raises(DatabaseAwayError):
            await presence.answer(failing(away()), LONG_SECONDS)
        assert presence.is_away
        with pytest.raises(DatabaseAwayError):
            presence.require()

        while presence.is_away:  # noqa: ASYNC110 - the limit of the test is the bound
            await asyncio.sleep(0.01)
        presence.require()


@pytest.mark.parametrize(
    ("waiting", "within_seconds", "refusal"),
    [
        (lambda: failing(RowRefusedError("")), LONG_SECONDS, RowRefusedError),  # the database has answered
        (lambda: asyncio.sleep(LONG_SECONDS), 0.0, DatabaseAwayError),  # slow, for whatever reason: the probe finds out
    ],
)
async def test_a_refused_row_or_a_slow_answer_is_no_database_that_is_away(
    waiting: Callable[[], asyncio.Future[None]], within_seconds: float, refusal: type[Exception]
) -> None:
    """Others go on trying."""
    presence = Presence()
    async with watched(presence, lambda: True):
        with pytest.raises(refusal):
            await presence.answer(waiting(), within_seconds)

        assert not presence.is_away


async def test_who_waits_is_let_go_when_the_probe_fails_again() -> None:
    """After the first failure a database that was only slow may still answer."""
    presence, waited = Presence(), asyncio.get_running_loop().create_future()
    seen: list[bool] = []

    def probe() -> bool:
        seen.append(waited.done())
        return False

    async with watched(presence, probe):
        with pytest.raises(DatabaseAwayError):
            await presence.answer(waited, LONG_SECONDS)

    assert seen == [False, False]


async def test_without_a_watch_nobody_is_kept_from_trying() -> None:
    """There would be nobody to say that the database is back."""
    presence = Presence()

    with pytest.raises(DatabaseAwayError):
        await presence.answer(failing(away()), LONG_SECONDS)

    assert not presence.is_away
