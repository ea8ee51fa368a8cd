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
from service.catalogue.loader import load_catalogue, starter_folder
from service.catalogue.schema import Catalogue
from service.domain import NO_GOAL_YET
from service.errors import BundleError
from service.measure.instruments import Instruments
from service.measure.loop_lag import watch_loop_lag
from service.pipeline import Pipeline
from service.record import schema
from service.record.identity import Identity, load_or_create_secret
from service.record.purge import keep_purging
from service.record.recorder import Recorder, open_recorder
from service.redact.chain import Redactor
from service.settings import Settings
from service.understand.bundle import Manifest, load_bundle, read_manifest, verify
from service.understand.cascade import Cascade, ServedCascade
from service.understand.executor import BoundedExecutor, usable_cores

ENCODER_QUEUE = 32
"""Texts that may wait for each encoder thread; beyond that the lexical head answers alone."""


@dataclass(kw_only=True)
class Context:
    settings: Settings
    pipeline: Pipeline
    recorder: Recorder
    instruments: Instruments
    executor: BoundedExecutor
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
    chosen = folder or settings.resolved_catalogue or starter_folder()
    return load_catalogue(chosen, environment=catalogue_variables(settings))


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
    manifest = read_manifest(settings.resolved_bundle)
    verify(settings.resolved_bundle, manifest)
    require_fit(manifest, open_catalogue(settings))
    open_identity(settings)


@contextlib.asynccontextmanager
async def open_context(
    settings: Settings, instruments: Instruments, clock: Callable[[], datetime]
) -> AsyncIterator[Context]:
    """Everything open and checked; leaving it finishes what was begun, in reverse order."""
    catalogue = open_catalogue(settings)
    cascade = load_bundle(settings.resolved_bundle)
    require_fit(cascade, catalogue)
    url = settings.resolved_database_url
    await asyncio.to_thread(schema.upgrade, url)
    identity = open_identity(settings)
    threads = settings.encoder_threads or max(1, usable_cores() // settings.workers)
    executor = BoundedExecutor(threads=threads, capacity=threads * (1 + ENCODER_QUEUE))
    on_commit = partial(_observe_commit, instruments)
    companions: list[asyncio.Task[None]] = []
    try:
        async with open_recorder(url, on_commit=on_commit) as recorder:
            pipeline = Pipeline(
                catalogue=catalogue,
                classifier=ServedCascade(cascade, executor),
                redactor=Redactor(),
                recorder=recorder,
                identity=identity,
                instruments=instruments,
                clock=clock,
                new_id=lambda: str(uuid7()),
                idempotency_retention=timedelta(hours=settings.idempotency_hours),
            )
            instruments.info.labels(__version__, cascade.version, catalogue.version).set(1)
            context = Context(
                settings=settings, pipeline=pipeline, recorder=recorder, instruments=instruments, executor=executor
            )
            companions += [
                asyncio.create_task(watch_loop_lag(context.observe_lag)),
                asyncio.create_task(keep_purging(recorder, clock)),
            ]
            yield context
            context.draining = True
    finally:
        for companion in companions:
            companion.cancel()
        executor.close()


def _observe_commit(instruments: Instruments, batch_size: int, seconds: float) -> None:
    instruments.commit_batch_size.observe(batch_size)
    instruments.commit_seconds.observe(seconds)
