"""Holds everything that a worker needs in one object: built once at start, closed in reverse."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from uuid_utils import uuid7

from service import __version__
from service.access.exposure import open_keyring
from service.access.keyring import Keyring
from service.access.limiter import open_limiter
from service.access.rate_limit import Limiter
from service.domain.delivery import CapacityReport, DeliveryOutcome
from service.domain.edition import PublishedEdition
from service.edition.edition import Edition
from service.edition.factory import EditionFactory
from service.edition.follower import OPEN_SECONDS, Follower
from service.edition.startup import open_identity, open_library, open_sealer, open_servable
from service.errors import StorageUnavailableError
from service.events.opening import open_publisher
from service.events.relay import Relay, open_relay
from service.fulfil.breaker import BreakerState
from service.fulfil.capacity import Probe, open_capacity_poller, probes_of
from service.fulfil.client import NO_ORIGIN, open_fulfilment_client
from service.fulfil.deliverer import Deliverer, open_deliverer
from service.fulfil.network import open_network
from service.measure.instruments import Instruments
from service.measure.loop_lag import watch_loop_lag
from service.measure.observers import (
    ContactObserver,
    DeliveryObserver,
    EditionObserver,
    PromiseObserver,
    RecordObserver,
)
from service.pipeline.follow_up import FollowUp
from service.pipeline.pipeline import Pipeline
from service.pipeline.reply_firewall import ReplyFirewall
from service.promise.register import PromiseRegister
from service.record.database import schema
from service.record.database.listen_notify import keep_listening
from service.record.identity import Identity
from service.record.purge import keep_purging
from service.record.recorder import Recorder
from service.record.spool.replay import Fate
from service.record.spool.spooling_recorder import SpoolingRecorder, open_spooling_recorder
from service.server.admission import Admission
from service.settings import Settings
from service.understand.executor import BoundedExecutor, usable_cores
from service.understand.firewall.content_judge import ServedJudge

MEGABYTE = 2**20
ENCODER_QUEUE = 32
"""Texts that may wait for each encoder thread. Beyond that, the lexical head answers alone."""
BACKLOG_SECONDS = 5.0
"""Time between two looks at the backlog of deliveries and announcements."""


log = structlog.get_logger()


@dataclass(kw_only=True)
class Context:
    settings: Settings
    edition: Edition
    """The edition that answers now. A request reads it once, since another may take its place at any moment."""
    follower: Follower
    recorder: SpoolingRecorder
    instruments: Instruments
    executor: BoundedExecutor
    keyring: Keyring
    limiter: Limiter
    identity: Identity
    promises: PromiseRegister
    now: Callable[[], datetime]
    admission: Admission
    draining: bool = False
    """Whether contacts should go elsewhere from now on."""

    @property
    def retention(self) -> timedelta:
        """Time for which decisions are held."""
        return self.edition.catalogue.policy.retention_span

    @property
    def pipeline(self) -> Pipeline:
        return self.edition.pipeline

    @property
    def follow_up(self) -> FollowUp:
        return self.edition.follow_up

    @property
    def judge(self) -> ServedJudge:
        return self.edition.judge

    def drain(self) -> None:
        """Stop being ready, and go on serving."""
        self.draining = True

    def observe_lag(self, seconds: float) -> None:
        """Observe the lag, and update the gauges for metrics that are read from another worker."""
        self.instruments.event_loop_lag.observe(seconds)
        self.sample_gauges()

    def sample_gauges(self) -> None:
        """Update the gauges that are read rather than counted."""
        self.instruments.in_flight.set(self.admission.in_flight)
        self.instruments.queue_depth.set(self.recorder.depth)
        self.instruments.encoder_in_flight.set(self.executor.in_flight)
        self.instruments.spool_records.set(self.recorder.spool.records)
        self.instruments.spool_bytes.set(self.recorder.spool.bytes)


@contextlib.asynccontextmanager
async def open_context(
    settings: Settings, instruments: Instruments, admission: Admission, clock: Callable[[], datetime]
) -> AsyncIterator[Context]:
    """Open and check everything. Leaving the context finishes the work that was begun, in reverse order."""
    url = settings.resolved_database_url
    await asyncio.to_thread(schema.upgrade, url)
    identity, sealer = open_identity(settings), open_sealer(settings)
    library = open_library(settings, identity)
    opened = await open_servable(settings, library)
    threads = settings.encoder_threads or max(1, usable_cores() // settings.workers)
    executor = BoundedExecutor(threads=threads, capacity=threads * (1 + ENCODER_QUEUE))
    records, deliveries = RecordObserver(instruments), DeliveryObserver(instruments)
    versions = EditionObserver(instruments, __version__)
    try:
        async with (
            open_publisher(
                settings.resolved_events_url,
                credentials=settings.events_credentials,
                keep=opened.catalogue.policy.retention_span,
            ) as publisher,
            open_spooling_recorder(
                url,
                folder=settings.spool_folder,
                limit_bytes=settings.spool_mb * MEGABYTE // settings.workers,
                on_commit=records.committed,
                on_spooled=records.spooled,
                announces=publisher.listens,
            ) as recorder,
            open_keyring(settings, recorder, identity, clock) as keyring,
            open_limiter(settings.resolved_limits_url, on_alone=instruments.limits_alone.inc) as limiter,
            open_network(settings.fulfil_allow) as open_transport,
            open_fulfilment_client(
                open_transport,
                signing_secrets=settings.fulfil_secrets,
                on_breaker=partial(_observe_breaker, deliveries),
            ) as client,
            open_capacity_poller(
                open_transport, probes_of(opened.catalogue), clock=clock, on_probe=partial(_observe_probe, deliveries)
            ) as capacity,
        ):

            def dispatched() -> None:
                deliverer.wake()

            workshop = EditionFactory(
                recorder=recorder,
                identity=identity,
                observer=ContactObserver(instruments),
                executor=executor,
                down=client.down,
                capacity=capacity.reports,
                on_dispatch=dispatched,
                clock=clock,
                new_id=_new_id,
                idempotency=timedelta(hours=settings.idempotency_hours),
            )

            def swap(after: Edition) -> None:
                before, context.edition = context.edition, after
                deliverer.ladder, deliverer.sayings = after.walk, _speech(after, instruments)
                capacity.turn_to(probes_of(after.catalogue))
                _show_versions(versions, before, is_in_use=False)
                _show_versions(versions, after, is_in_use=True)
                gc.freeze()  # as at the start; an edition that was replaced is freed all the same

            def make(published: PublishedEdition) -> Edition:
                """Open an edition. Parts that it shares with the served one are opened once."""
                return workshop.make(library.open(published, beside=context.edition.opened.bundle))

            async def open_published(published: PublishedEdition) -> Edition:
                async with asyncio.timeout(OPEN_SECONDS):
                    return await asyncio.to_thread(make, published)

            context = Context(
                settings=settings,
                edition=workshop.make(opened),
                follower=Follower(
                    shelf=recorder,
                    serving=opened.number,
                    open_edition=open_published,
                    swap=swap,
                    on_failed=instruments.edition_failed.set,
                ),
                recorder=recorder,
                instruments=instruments,
                executor=executor,
                keyring=keyring,
                limiter=limiter,
                identity=identity,
                promises=PromiseRegister(
                    store=recorder,
                    sealer=sealer,
                    clock=clock,
                    new_id=_new_id,
                    on_moved=PromiseObserver(instruments).moved,
                    on_unreadable=_tell_unreadable,
                ),
                now=clock,
                admission=admission,
            )
            del opened  # this frame lasts as long as the worker: the first edition need not
            deliverer = Deliverer(
                queue=recorder,
                client=client,
                ladder=context.edition.walk,
                sayings=_speech(context.edition, instruments),
                on_settled=deliveries.settled,
                is_current=context.follower.is_current,
            )
            relay = Relay(queue=recorder, publisher=publisher, on_announced=records.announced)
            _show_versions(versions, context.edition, is_in_use=True)
            companions = [
                asyncio.create_task(watch_loop_lag(context.observe_lag)),
                asyncio.create_task(keep_purging(recorder, clock, lambda: context.retention)),
                asyncio.create_task(_watch_backlog(recorder, records, PromiseObserver(instruments), clock)),
                asyncio.create_task(context.follower.keep_following()),
                asyncio.create_task(keep_listening(url, context.follower.wake)),
                asyncio.create_task(recorder.keep_replaying(partial(_observe_replay, records, deliverer))),
            ]
            try:
                async with open_relay(relay), open_deliverer(deliverer):
                    yield context
                    context.drain()
            finally:
                for companion in companions:
                    companion.cancel()
                library.store.close()
    finally:
        executor.close()


def _new_id() -> str:
    return str(uuid7())


def _tell_unreadable(promise_id: str) -> None:
    log.error("promise_detail_unreadable", promise_id=promise_id, mend="Set ERRAND_SECRET_PREVIOUS.")


def _speech(edition: Edition, instruments: Instruments) -> ReplyFirewall:
    return ReplyFirewall(
        judge=edition.judge,
        on_refused=instruments.count_refused_saying,
        offer_goals=edition.catalogue.offer_goals,
    )


def _show_versions(observer: EditionObserver, edition: Edition, *, is_in_use: bool) -> None:
    observer.in_use(edition.bundle, edition.catalogue.version, is_in_use=is_in_use)


def _observe_breaker(observer: DeliveryObserver, origin: str, state: BreakerState) -> None:
    observer.breaker(origin, is_closed=state is BreakerState.CLOSED)


def _observe_probe(observer: DeliveryObserver, probe: Probe, told: CapacityReport | DeliveryOutcome) -> None:
    destination = probe.origin or NO_ORIGIN
    if isinstance(told, DeliveryOutcome):
        observer.probe_failed(destination, told.value)
    else:
        observer.probed(destination, probe.queues, told.waiting_seconds)


async def _watch_backlog(
    recorder: Recorder, observer: RecordObserver, promises: PromiseObserver, clock: Callable[[], datetime]
) -> None:
    """Keep the gauges of the backlog up to date. While the database is away they stay as they were."""
    while True:
        with contextlib.suppress(StorageUnavailableError):
            observer.backlog(
                oldest_delivery_seconds=await recorder.oldest_pending_seconds(),
                announcements=await recorder.count_announcements(),
            )
            now = clock()
            promises.late(await recorder.list_late_promises(now), now)
        await asyncio.sleep(BACKLOG_SECONDS)


def _observe_replay(observer: RecordObserver, deliverer: Deliverer, fate: Fate) -> None:
    """The deliveries of a replayed decision can be made from now on."""
    observer.replayed(fate.value)
    deliverer.wake()
