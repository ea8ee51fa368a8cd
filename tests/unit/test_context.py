"""Everything that a worker needs is opened once, follows what is published, and is closed in reverse."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from os import environ
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import text

from service import __version__
from service.context import Context, open_context
from service.errors import BundleError, SchemaError
from service.measure.instruments import Instruments
from service.record.database.schema import migrating
from service.record.recorder import open_recorder
from service.server.admission import Admission
from service.settings import Settings
from tests.support.app import UNDERSTOOD, Clock, Metrics, settings_for
from tests.support.editions import Source, a_publication, content_of, make_sources
from tests.support.spine import a_contact


@pytest.fixture(autouse=True)
def _no_settings_of_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The settings are those of the test."""
    for name in [name for name in environ if name.startswith("ERRAND_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="module")
def sources(starter_bundle: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Source]:
    return make_sources(starter_bundle, tmp_path_factory.mktemp("sources"))


@pytest.fixture
def settings(starter_bundle: Path, tmp_path: Path) -> Settings:
    return settings_for(starter_bundle, tmp_path / "home", encoder_threads=1)


def opening(settings: Settings, instruments: Instruments | None = None) -> AbstractAsyncContextManager[Context]:
    return open_context(settings, instruments or Instruments(), Admission(10), Clock())


async def routed(context: Context, contact_id: str | None = None) -> dict[str, Any]:
    answer = await context.pipeline.route(a_contact(UNDERSTOOD, contact_id=contact_id))
    found: dict[str, Any] = orjson.loads(answer.answer)
    return found


def metrics_of(context: Context) -> Metrics:
    return Metrics(context.instruments.exposition()[0].decode())


async def test_a_context_answers_and_remembers(settings: Settings) -> None:
    """Pipeline and follow-up are joined by one record."""
    async with opening(settings) as context:
        first, second = [await routed(context, contact_id) for contact_id in ("call-1", "call-2")]
        held = await context.follow_up.look_up("call-1")
        judgement = await context.judge.judge("Your booking is cancelled.", seconds_left=60.0)

    assert held["decisions"] == [first["decision_id"]]
    assert first["decision_id"] < second["decision_id"], "ids are in order of time"
    assert judgement.clauses


async def test_what_was_committed_is_there_after_a_restart(settings: Settings) -> None:
    """The secret is kept in the home, so that a contact is found again."""
    async with opening(settings) as context:
        answer = await routed(context, "call-1")
    async with opening(settings) as context:
        held = await context.follow_up.look_up("call-1")

    assert held["decisions"] == [answer["decision_id"]]


async def test_leaving_drains_and_ends_every_task(settings: Settings) -> None:
    """Also after an error, and nothing of a worker goes on in the background."""
    before = asyncio.all_tasks()

    async def fail() -> None:
        async with opening(settings) as context:
            assert not context.draining
            assert len(asyncio.all_tasks()) > len(before)
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await fail()
    await asyncio.sleep(0)

    assert asyncio.all_tasks() - before == set()


async def test_a_context_that_is_left_is_draining(settings: Settings) -> None:
    """Probes that come late are told so."""
    async with opening(settings) as context:
        pass

    assert context.draining


async def test_gauges_are_sampled(settings: Settings) -> None:
    """The lag of the event loop comes with them, for metrics that another worker is asked for."""
    async with opening(settings) as context:
        context.admission.enter()
        context.observe_lag(0.5)
        metrics = metrics_of(context)
        context.admission.leave()

    assert metrics.total("errand_requests_in_flight") == 1
    assert metrics.total("errand_event_loop_lag_seconds_sum") >= 0.5
    assert metrics.total("errand_spool_records") == metrics.total("errand_commit_queue_depth") == 0


async def publish(settings: Settings, context: Context, source: Source) -> int:
    async with open_recorder(settings.resolved_database_url, readers=1) as recorder:
        published = await recorder.publish(a_publication(content_of(source, context.identity)))
    return published.edition_id


async def test_a_published_edition_takes_over(settings: Settings, sources: Sequence[Source]) -> None:
    """A request that began before it is answered by the edition that it began with."""
    async with opening(settings) as context:
        before = context.pipeline
        number = await publish(settings, context, sources[1])
        await context.follower.look()
        after = await routed(context)
        earlier = orjson.loads(await before.advise(a_contact(UNDERSTOOD)))
        metrics = metrics_of(context)

        assert context.edition.number == number
        assert context.retention == timedelta(days=30)

    assert (after["bundle"], after["catalogue"]) == sources[1].versions
    assert (earlier["bundle"], earlier["catalogue"]) == sources[0].versions
    assert metrics.counts("errand_info", "version", "bundle", "catalogue") == {(__version__, *sources[1].versions): 1}
    assert metrics.total("errand_edition_failed") == 0


async def test_an_edition_that_cannot_be_opened_is_told(settings: Settings, sources: Sequence[Source]) -> None:
    """The served one stays."""
    async with opening(settings) as context:
        content = content_of(sources[1], context.identity, bundle_source="/nowhere")
        async with open_recorder(settings.resolved_database_url, readers=1) as recorder:
            await recorder.publish(a_publication(content))
        await context.follower.look()

        assert context.follower.failure is not None
        assert context.edition.number is None
        assert metrics_of(context).total("errand_edition_failed") == 1


async def test_what_cannot_be_served_is_not_opened(tmp_path: Path) -> None:
    """The error comes at once, and leaves no task behind."""
    before = asyncio.all_tasks()

    with pytest.raises(BundleError):
        async with opening(settings_for(tmp_path / "absent", tmp_path / "home")):
            raise AssertionError

    assert asyncio.all_tasks() == before


async def test_a_database_of_a_newer_release_is_left_alone(settings: Settings) -> None:
    """Nothing is read from it, and nothing written."""
    async with opening(settings):
        pass
    with migrating(settings.resolved_database_url) as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'ffffffffffff'"))

    with pytest.raises(SchemaError):
        async with opening(settings):
            raise AssertionError
