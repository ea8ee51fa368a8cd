"""The one object that holds everything a worker needs: built once at start, closed in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from uuid_utils import uuid7

from service import __version__
from service.catalogue.loader import CatalogueReport, check_catalogue, starter_folder
from service.catalogue.schema import Catalogue
from service.delivery import Settled, Settlement
from service.domain import NO_GOAL_YET
from service.errors import BundleError, StorageUnavailableError
from service.followup import FollowUp
from service.fulfil.breaker import BreakerState
from service.fulfil.client import open_fulfilment_client
from service.fulfil.deliverer import Deliverer, open_deliverer
from service.measure.instruments import Instruments
from service.measure.loop_lag import watch_loop_lag
from service.pipeline import Pipeline
from service.record import schema
from service.record.identity import Identity, load_or_create_secret
from service.record.purge import keep_purging
from service.record.recorder import Recorder, open_recorder
from service.redact.chain import Redactor
from service.settings import Settings
from service.understand.bundle import Manifest, open_bundle, read_manifest, verify
from service.understand.cascade import Cascade, ServedCascade
from service.understand.content import ServedJudge
from service.understand.executor import BoundedExecutor, usable_cores
from service.vetting import require_vetted
from service.walk import Walk

ENCODER_QUEUE = 32
"""Texts that may wait for each encoder thread; beyond that the lexical head answers alone."""
BACKLOG_SECONDS = 5.0
"""Between two looks at how far behind deliveries are."""


@dataclass(kw_only=True)
class Context:
    settings: Settings
    pipeline: Pipeline
    follow_up: FollowUp
    recorder: Recorder
    instruments: Instruments
    executor: BoundedExecutor
    judge: ServedJudge
    now: Callable[[], datetime]
    draining: bool = False

    def observe_lag(self, seconds: float) -> None:
        """Also brings the gauges up to date, for those who ask another worker."""
        self.instruments.event_loop_lag.observe(seconds)
        self.sample_gauges()

    def sample_gauges(self) -> None:
        """Bring the gauges that are read rather than counted up to date."""
        self.instruments.in_flight.set(self.instruments.answering)
        self.instruments.queue_depth.set(self.recorder.depth)
        self.instruments.encoder_in_flight.set(self.executor.in_flight)


def utc_now() -> datetime:
    """The clock of every running service; tests pass another."""
    return datetime.now(UTC)


def catalogue_variables(settings: Settings) -> dict[str, str]:
    """Variables that a catalogue may fill its addresses with: only those that the operator has named."""
    return {name: os.environ[name] for name in settings.catalogue_variables if name in os.environ}


def open_catalogue(settings: Settings, folder: Path | None = None) -> Catalogue:
    """The catalogue of a folder, or the one in use. Raises CatalogueError with every mistake."""
    return read_catalogue(settings, folder).usable()


def read_catalogue(settings: Settings, folder: Path | None = None) -> CatalogueReport:
    """The same with every mistake and every sentence, without judging these."""
    chosen = folder or settings.resolved_catalogue or starter_folder()
    return check_catalogue(chosen, environment=catalogue_variables(settings))


def require_fit(bundle: Manifest | Cascade, catalogue: Catalogue) -> None:
    """Raise BundleError unless the bundle knows the catalogue's intents and no others."""
    known = set(bundle.labels) - {NO_GOAL_YET}
    missing, unknown = sorted(catalogue.intents.keys() - known), sorted(known - catalogue.intents.keys())
    if missing or unknown:
        names = ", ".join((missing or unknown)[:5])
        what = f"does not know the intents {names}" if missing else f"has intents that the catalogue lacks: {names}"
        raise BundleError(f"The bundle {bundle.version} {what}. Build one for this catalogue with: errand train")


def open_identity(settings: Settings) -> Identity:
    """Keyed hashes under this installation's secret."""
    secret = settings.secret.get_secret_value() if settings.secret is not None else None
    return Identity(load_or_create_secret(settings.home / "secret.key", secret))


def require_servable(settings: Settings) -> None:
    """Raise the ErrandError that would keep a worker from starting, before any is started."""
    folder, report = settings.resolved_bundle, read_catalogue(settings)
    manifest = read_manifest(folder)
    verify(folder, manifest)
    require_fit(manifest, report.usable())
    require_vetted(
        report,
        bundle=manifest.version,
        open_judge=lambda: open_bundle(folder).judge.promotion_in,
        folder=settings.home / "cache",
    )
    open_identity(settings)


@contextlib.asynccontextmanager
async def open_context(
    settings: Settings, instruments: Instruments, clock: Callable[[], datetime]
) -> AsyncIterator[Context]:
    """Everything open and checked; leaving it finishes what was begun, in reverse order."""
    report = read_catalogue(settings)
    catalogue, bundle = report.usable(), open_bundle(settings.resolved_bundle)
    cascade, judge = bundle.cascade, bundle.judge
    require_fit(cascade, catalogue)
    require_vetted(
        report, bundle=cascade.version, open_judge=lambda: judge.promotion_in, folder=settings.home / "cache"
    )
    url = settings.resolved_database_url
    await asyncio.to_thread(schema.upgrade, url)
    identity = open_identity(settings)
    threads = settings.encoder_threads or max(1, usable_cores() // settings.workers)
    executor = BoundedExecutor(threads=threads, capacity=threads * (1 + ENCODER_QUEUE))
    on_commit = partial(_observe_commit, instruments)
    try:
        async with (
            open_recorder(url, on_commit=on_commit) as recorder,
            open_fulfilment_client(
                allowed_hosts=settings.fulfil_allow,
                signing_secrets=settings.fulfil_secrets,
                on_breaker=partial(_observe_breaker, instruments),
            ) as client,
        ):
            walk = Walk(catalogue=catalogue, down=client.down, clock=clock, new_id=_new_id)
            deliverer = Deliverer(
                queue=recorder, client=client, ladder=walk, on_settled=partial(_observe_delivery, instruments)
            )
            pipeline = Pipeline(
                catalogue=catalogue,
                classifier=ServedCascade(cascade, executor),
                redactor=Redactor(),
                recorder=recorder,
                identity=identity,
                instruments=instruments,
                walk=walk,
                on_dispatch=deliverer.wake,
                clock=clock,
                new_id=_new_id,
                idempotency_retention=timedelta(hours=settings.idempotency_hours),
            )
            instruments.info.labels(__version__, cascade.version, catalogue.version).set(1)
            follow_up = FollowUp(
                catalogue=catalogue,
                recorder=recorder,
                identity=identity,
                instruments=instruments,
                decider=pipeline.decider,
                on_dispatch=deliverer.wake,
                clock=clock,
                new_id=_new_id,
            )
            context = Context(
                settings=settings,
                pipeline=pipeline,
                follow_up=follow_up,
                recorder=recorder,
                instruments=instruments,
                executor=executor,
                judge=ServedJudge(judge, executor),
                now=clock,
            )
            companions = [
                asyncio.create_task(watch_loop_lag(context.observe_lag)),
                asyncio.create_task(keep_purging(recorder, clock)),
                asyncio.create_task(_watch_deliveries(recorder, instruments)),
            ]
            try:
                async with open_deliverer(deliverer):
                    yield context
                    context.draining = True
            finally:
                for companion in companions:
                    companion.cancel()
    finally:
        executor.close()


def _new_id() -> str:
    return str(uuid7())


def _observe_delivery(instruments: Instruments, settlement: Settlement) -> None:
    name = settlement.lease.dispatch.name
    instruments.count_attempt(name, settlement.outcome, is_last=isinstance(settlement, Settled))


def _observe_breaker(instruments: Instruments, origin: str, state: BreakerState) -> None:
    instruments.breaker_open.labels(origin).set(state is not BreakerState.CLOSED)


async def _watch_deliveries(recorder: Recorder, instruments: Instruments) -> None:
    """Keep the age of the oldest delivery up to date; while the database is away it stays as it was."""
    while True:
        with contextlib.suppress(StorageUnavailableError):
            instruments.oldest_delivery.set(await recorder.oldest_pending_seconds())
        await asyncio.sleep(BACKLOG_SECONDS)


def _observe_commit(instruments: Instruments, batch_size: int, seconds: float) -> None:
    instruments.commit_batch_size.observe(batch_size)
    instruments.commit_seconds.observe(seconds)
