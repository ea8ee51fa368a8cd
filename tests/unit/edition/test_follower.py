"""What is published is followed; what cannot be opened leaves all as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
from structlog.testing import capture_logs

from service.domain.edition import Content, PublishedEdition
from service.edition.follower import LONGEST_PAUSE_SECONDS, SHORTEST_PAUSE_SECONDS, Failure, Follower
from service.errors import BundleAwayError, NotFoundError, StorageUnavailableError
from tests.support.fulfilment import until

NEVER = 1_000.0
"""Seconds that no test comes near."""


def an_edition(number: int) -> PublishedEdition:
    content = Content(
        catalogue_version="c", catalogue="{}", bundle=f"bundle-{number}", bundle_source="/bundles", seal="s"
    )
    return PublishedEdition(edition_id=number, content=content)


@dataclass
class Bench:
    """A shelf, a way to open what is on it, and a worker that serves the last it was given."""

    active: int | None = None
    serving: list[int] = field(default_factory=list)
    opened: list[int] = field(default_factory=list)
    broken: dict[int, Exception] = field(default_factory=dict)
    away: bool = False
    looks: int = 0
    failed: bool = False
    now: float = 100.0

    async def find_active_edition_id(self) -> int | None:
        self.looks += 1
        if self.away:
            raise StorageUnavailableError("The database is away.")
        return self.active

    async def get_edition(self, edition_id: int) -> PublishedEdition:
        if edition_id != self.active:
            raise NotFoundError("No edition has that number.")
        return an_edition(edition_id)

    async def open(self, published: PublishedEdition) -> Any:
        self.opened.append(published.edition_id)
        await asyncio.sleep(0)
        if (error := self.broken.get(published.edition_id)) is not None:
            raise error
        return published.edition_id

    def tell(self, is_failed: bool) -> None:
        self.failed = is_failed

    def follower(self, serving: int | None = None, *, period_seconds: float = NEVER) -> Follower:
        return Follower(
            shelf=self,
            serving=serving,
            open_edition=self.open,
            swap=self.serving.append,  # type: ignore[arg-type]
            on_failed=self.tell,
            period_seconds=period_seconds,
            ticks=lambda: self.now,
        )


@pytest.fixture
def bench() -> Bench:
    return Bench()


def has_looked(bench: Bench, times: int) -> Callable[[], bool]:
    return lambda: bench.looks >= times


async def test_where_nothing_was_published_nothing_changes(bench: Bench) -> None:
    """The folders of the settings are served."""
    follower = bench.follower()

    await follower.look()

    assert bench.opened == []
    assert await follower.is_current()


async def test_what_is_published_is_opened_once_and_served(bench: Bench) -> None:
    """Also where it has a lower number than what is served, as after a database was restored."""
    follower = bench.follower()
    for active in (1, 1, 5, 3, 3):
        bench.active = active
        await follower.look()

    assert bench.opened == bench.serving == [1, 5, 3]
    assert follower.failure is None


async def test_what_cannot_be_opened_leaves_what_is_served(bench: Bench) -> None:
    """It is said once, tried again after longer and longer pauses, and once more when it works."""
    bench.active, bench.broken[2] = 2, BundleAwayError("The folder is away.")
    follower = bench.follower(serving=1)
    tried_at = []
    with capture_logs() as logs:
        for _ in range(400):
            before = len(bench.opened)
            await follower.look()
            if len(bench.opened) > before:
                tried_at.append(bench.now)
            bench.now += 1.0
        failure = follower.failure
        assert bench.failed
        assert not await follower.is_current()
        del bench.broken[2]
        bench.now += LONGEST_PAUSE_SECONDS
        await follower.look()

    pauses = [later - earlier for earlier, later in pairwise(tried_at)]
    assert pauses[0] == SHORTEST_PAUSE_SECONDS
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE_SECONDS
    assert failure == Failure(edition_id=2, code="bundle_away")
    assert [(entry["event"], entry["edition"]) for entry in logs] == [("edition_failed", 2), ("edition_served", 2)]
    assert logs[0]["detail"] == "The folder is away."
    assert (bench.serving, follower.failure, bench.failed) == ([2], None, False)


async def test_what_comes_after_a_failure_is_tried_at_once(bench: Bench) -> None:
    """Nobody waits for the pause of another edition."""
    bench.active, bench.broken[2] = 2, BundleAwayError("The folder is away.")
    follower = bench.follower(serving=1)
    await follower.look()

    bench.active = 3
    await follower.look()

    assert (bench.opened, bench.serving, follower.failure) == ([2, 3], [3], None)


async def test_going_back_to_what_is_served_ends_a_failure(bench: Bench) -> None:
    """What could not be opened is not published any more."""
    bench.active, bench.broken[2] = 2, BundleAwayError("The folder is away.")
    follower = bench.follower(serving=1)
    await follower.look()

    bench.active = 1
    await follower.look()

    assert (bench.serving, follower.failure, bench.failed) == ([], None, False)


async def test_a_mistake_of_ours_keeps_what_is_served_as_well(bench: Bench) -> None:
    """Whatever keeps an edition from opening; the error's own words are not told."""
    bench.active, bench.broken[2] = 2, RuntimeError("zebracanary")
    follower = bench.follower(serving=1)

    with capture_logs() as logs:
        await follower.look()

    assert follower.failure == Failure(edition_id=2, code="internal_error")
    assert "zebracanary" not in str(logs)
    assert logs[0]["detail"] == "RuntimeError"


async def test_while_the_database_is_away_it_goes_on_and_nothing_is_current(bench: Bench) -> None:
    """And follows again when that is back."""
    bench.away = True
    follower = bench.follower(serving=1)
    assert not await follower.is_current()
    following = asyncio.create_task(follower.keep_following())
    await until(has_looked(bench, 2))

    bench.away, bench.active = False, 2
    follower.wake()
    await until(lambda: bench.serving == [2])
    following.cancel()

    assert await follower.is_current()


async def test_a_notice_is_not_waited_for(bench: Bench) -> None:
    """Who is told looks at once, and not at the end of the period, which never comes here."""
    follower = bench.follower()
    following = asyncio.create_task(follower.keep_following())
    await until(has_looked(bench, 1))

    bench.active = 1
    follower.wake()

    await until(lambda: bench.serving == [1])
    following.cancel()


async def test_a_notice_that_nobody_gave_is_found_out(bench: Bench) -> None:
    """At the next look, as where the database tells nobody anything."""
    following = asyncio.create_task(bench.follower(period_seconds=0.001).keep_following())
    await until(has_looked(bench, 3))

    bench.active = 1

    await until(lambda: bench.serving == [1])
    following.cancel()
