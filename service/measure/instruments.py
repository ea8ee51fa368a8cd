"""Every metric of the service. Labels come from closed sets: catalogue names, statuses, endpoints; never free text."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    ProcessCollector,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from service.domain.decision import Decision
from service.domain.delivery import DeliveryOutcome
from service.domain.effort import EffortEvent
from service.domain.outcome import Outcome
from service.domain.understanding import Abstention, Stage

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
UNKNOWN_ENTRY_POINT = "unknown"
REFUSAL_REASONS = ("no_key", "forbidden", "origin", "limit", "lockout")
"""Codes of AccessError's kinds."""
REQUEST_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
STEP_BUCKETS = (0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)
SHARE_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
BATCH_BUCKETS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)


class Instruments:
    """One set a process; what is observed often is bound to its label once."""

    def __init__(self) -> None:
        registry = self.registry = CollectorRegistry()
        self._bound: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        self._requests = Counter(
            "errand_requests_total", "Requests answered", ["endpoint", "status"], registry=registry
        )
        self._request_seconds = Histogram(
            "errand_request_seconds", "Time to answer", ["endpoint"], buckets=REQUEST_BUCKETS, registry=registry
        )
        refused = Counter(
            "errand_refused_total", "Requests refused for who asked, or how often", ["reason"], registry=registry
        )
        self.refused = {reason: refused.labels(reason) for reason in REFUSAL_REASONS}
        self.limits_alone = Counter(
            "errand_limits_alone_total",
            "Requests counted in a worker alone because the store of the limits was away",
            registry=registry,
        )
        self.goals = Counter("errand_goals_total", "Goals accepted", ["intent"], registry=registry)
        abstentions = Counter("errand_abstentions_total", "Contacts without a goal", ["reason"], registry=registry)
        self.abstentions = {reason: abstentions.labels(reason.value) for reason in Abstention}
        confidence = Histogram(
            "errand_confidence",
            "Confidence of the likeliest intent",
            ["stage"],
            buckets=SHARE_BUCKETS,
            registry=registry,
        )
        self.confidence = {stage: confidence.labels(stage.value) for stage in Stage}
        self.lexical_seconds = Histogram(
            "errand_lexical_seconds", "Time in the lexical head", buckets=STEP_BUCKETS, registry=registry
        )
        self.encoder_seconds = Histogram(
            "errand_encoder_seconds", "Time in the encoder", buckets=STEP_BUCKETS, registry=registry
        )
        self.cut_short = Counter(
            "errand_cut_short_total", "Answers without the encoder for want of time or room", registry=registry
        )
        self.commit_seconds = Histogram(
            "errand_commit_seconds", "Time to commit a batch", buckets=REQUEST_BUCKETS, registry=registry
        )
        self.commit_batch_size = Histogram(
            "errand_commit_batch_size", "Decisions in a commit", buckets=BATCH_BUCKETS, registry=registry
        )
        self.queue_depth = Gauge(
            "errand_commit_queue_depth",
            "Decisions waiting for their commit",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.in_flight = Gauge(
            "errand_requests_in_flight",
            "Contacts being answered: a batch counts its items",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.encoder_in_flight = Gauge(
            "errand_encoder_in_flight", "Texts in or before the encoder", registry=registry, multiprocess_mode="livesum"
        )
        self.event_loop_lag = Histogram(
            "errand_event_loop_lag_seconds", "How late a timer ran", buckets=LAG_BUCKETS, registry=registry
        )
        self.wrong_doors = Counter(
            "errand_wrong_door_total", "Goals at doors made for others", ["entry_point", "intent"], registry=registry
        )
        self.contacts = Counter(
            "errand_contacts_total", "Contacts routed", ["entry_point", "channel"], registry=registry
        )
        self.replays = Counter(
            "errand_idempotent_replays_total", "Answers given again for the same key or turn", registry=registry
        )
        self._deliveries = Counter(
            "errand_deliveries_total", "Deliveries that have ended", ["rung", "outcome"], registry=registry
        )
        self._delivery_attempts = Counter(
            "errand_delivery_attempts_total", "Attempts, also those not sent", ["rung", "outcome"], registry=registry
        )
        self.extra_miles = Counter(
            "errand_extra_miles_total",
            "Steps after done that have ended; of outcome served are those that were taken up",
            ["path", "outcome"],
            registry=registry,
        )
        self.oldest_delivery = Gauge(
            "errand_delivery_oldest_seconds",
            "Since when the delivery that is due longest has been due",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.spooled = Counter(
            "errand_spooled_total", "Decisions kept on the local disk for want of the database", registry=registry
        )
        self.spool_replayed = Counter(
            "errand_spool_replayed_total", "Decisions brought from there to the database", ["result"], registry=registry
        )
        self.spool_records = Gauge(
            "errand_spool_records",
            "Decisions on the local disk that are not in the database yet",
            registry=registry,
            multiprocess_mode="livesum",
        )
        self.spool_bytes = Gauge(
            "errand_spool_bytes", "What they take there", registry=registry, multiprocess_mode="livesum"
        )
        self.announced = Counter(
            "errand_announced_total", "Announcements that the broker has acknowledged", ["kind"], registry=registry
        )
        self.announcements_pending = Gauge(
            "errand_announcements_pending",
            "Announcements that it has not",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.breaker_open = Gauge(
            "errand_breaker_open",
            "1 while a worker makes no calls to a destination, or one to find out",
            ["destination"],
            registry=registry,
            multiprocess_mode="livemax",
        )
        self._sayings_refused = Counter(
            "errand_sayings_refused_total",
            "Sentences of fulfilment systems that customers are not told: they promote, or were not judged in time",
            ["rung"],
            registry=registry,
        )
        self._capacity_probes = Counter(
            "errand_capacity_probes_total", "Capacity probes asked", ["destination", "result"], registry=registry
        )
        self._queue_waiting = Gauge(
            "errand_queue_waiting_seconds",
            "How long the customers of a queue wait, as its capacity probe told last",
            ["rung"],
            registry=registry,
            multiprocess_mode="livemostrecent",
        )
        self._effort = Counter(
            "errand_effort_total",
            "What customers had to do or to bear: times, or seconds of waiting",
            ["kind", "cause", "intent", "path", "entry_point"],
            registry=registry,
        )
        self._outcomes = Counter(
            "errand_outcomes_total",
            "Outcomes told; one that replaces another counts as well",
            ["result", "intent", "path", "entry_point"],
            registry=registry,
        )
        self.edition_failed = Gauge(
            "errand_edition_failed",
            "1 while a worker cannot serve what was published, and serves what it served before",
            registry=registry,
            multiprocess_mode="livemax",
        )
        self.info = Gauge(
            "errand_info",
            "1 for the versions in use",
            ["version", "bundle", "catalogue"],
            registry=registry,
            multiprocess_mode="liveall" if MULTIPROCESS_VARIABLE in os.environ else "all",
        )
        if MULTIPROCESS_VARIABLE not in os.environ:
            ProcessCollector(registry=registry)

    def count_request(self, endpoint: str, status: int, seconds: float) -> None:
        """One answer; `endpoint` is the route's template, never the address that was asked for."""
        bound = self._bound.get((endpoint, status))
        if bound is None:
            bound = (self._requests.labels(endpoint, status), self._request_seconds.labels(endpoint))
            self._bound[endpoint, status] = bound
        bound[0].inc()
        bound[1].observe(seconds)

    def count_attempt(self, rung: str, outcome: DeliveryOutcome, *, is_last: bool) -> None:
        """One attempt at a delivery; `rung` is its name in the catalogue."""
        self._delivery_attempts.labels(rung, outcome.value).inc()
        if is_last:
            self._deliveries.labels(rung, outcome.value).inc()

    def count_refused_saying(self, rung: str) -> None:
        """One sentence of the system behind a rung; `rung` is its name in the catalogue."""
        self._sayings_refused.labels(rung).inc()

    def count_probe(self, destination: str, result: str) -> None:
        """One time that a capacity probe was asked; `result` is `told`, or how it failed."""
        self._capacity_probes.labels(destination, result).inc()

    def show_waiting(self, queues: Iterable[str], seconds: float) -> None:
        """What the capacity probe of these queue rungs told."""
        for queue in queues:
            self._queue_waiting.labels(queue).set(seconds)

    def count_effort(self, events: Iterable[EffortEvent]) -> None:
        """Every event of a decision, once it is committed."""
        for event in events:
            told = (event.cause, event.intent, event.path, event.entry_point)
            self._effort.labels(event.kind.value, *(each or "none" for each in told)).inc(event.amount)

    def count_outcome(self, outcome: Outcome, decision: Decision) -> None:
        """A report that changed what was known."""
        goal, entry_point = decision.goal or "none", decision.entry_point or "none"
        self._outcomes.labels(outcome.result.value, goal, decision.path, entry_point).inc()

    def exposition(self) -> tuple[bytes, str]:
        """The text that Prometheus reads, summed over all workers, and its content type."""
        folder = os.environ.get(MULTIPROCESS_VARIABLE)
        if folder is None:
            return generate_latest(self.registry), CONTENT_TYPE_LATEST
        forget_dead_workers(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST


def forget_dead_workers(folder: Path) -> None:
    """Drop the gauges of workers that are gone; a killed worker cannot do that itself."""
    for path in folder.glob("gauge_live*_*.db"):
        pid = int(path.stem.rsplit("_", 1)[1])
        if not _is_alive(pid):
            with suppress(FileNotFoundError):  # another worker was asked at the same moment
                mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
