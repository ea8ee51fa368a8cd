"""Every metric of the service. Labels come from closed sets such as catalogue names, statuses and endpoints."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from service.domain.decision import Decision
from service.domain.delivery import DeliveryOutcome
from service.domain.effort import EffortEvent
from service.domain.outcome import Outcome
from service.domain.understanding import Abstention, Stage
from service.measure.declaration import counter, declarations, gauge, histogram

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
REFUSAL_REASONS = ("no_key", "forbidden", "origin", "limit", "lockout")
"""Codes of the kinds of AccessError."""
REQUEST_BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
STEP_BUCKETS = (0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5)
SHARE_BUCKETS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)
BATCH_BUCKETS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0)
LAG_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1.0)


class Instruments:
    """The metrics of one process. `errand config metrics` prints their page."""

    # Requests
    _requests = counter("errand_requests_total", "Requests answered.", "endpoint", "status")
    _request_seconds = histogram("errand_request_seconds", "Time to answer.", "endpoint", buckets=REQUEST_BUCKETS)
    _refused = counter("errand_refused_total", "Requests refused for the caller or the number of calls.", "reason")
    limits_alone = counter(
        "errand_limits_alone_total", "Requests counted by a worker alone, because the shared store of limits was away."
    )
    replays = counter("errand_idempotent_replays_total", "Answers given again for the same key or turn.")
    in_flight = gauge(
        "errand_requests_in_flight", "Contacts being answered; a batch counts its items.", over_workers="livesum"
    )
    event_loop_lag = histogram(
        "errand_event_loop_lag_seconds", "Delay of a timer in the event loop.", buckets=LAG_BUCKETS
    )

    # Understanding
    goals = counter("errand_goals_total", "Goals accepted.", "intent")
    _abstentions = counter("errand_abstentions_total", "Contacts without a goal.", "reason")
    _confidence = histogram("errand_confidence", "Confidence of the likeliest intent.", "stage", buckets=SHARE_BUCKETS)
    lexical_seconds = histogram("errand_lexical_seconds", "Time in the lexical head.", buckets=STEP_BUCKETS)
    encoder_seconds = histogram("errand_encoder_seconds", "Time in the encoder.", buckets=STEP_BUCKETS)
    encoder_in_flight = gauge(
        "errand_encoder_in_flight", "Texts in the encoder or waiting for the encoder.", over_workers="livesum"
    )
    cut_short = counter("errand_cut_short_total", "Answers without the encoder, for lack of time or room.")

    # Routing
    contacts = counter("errand_contacts_total", "Contacts routed.", "entry_point", "channel")
    wrong_doors = counter(
        "errand_wrong_door_total", "Goals at an entry point made for other goals.", "entry_point", "intent"
    )
    _effort = counter(
        "errand_effort_total",
        "Customer effort: number of events, or seconds of waiting.",
        *("kind", "cause", "intent", "path", "entry_point"),
    )
    _outcomes = counter(
        "errand_outcomes_total",
        "Outcomes reported. An outcome that replaces another counts too.",
        *("result", "intent", "path", "entry_point"),
    )

    # Calls to other systems
    _deliveries = counter("errand_deliveries_total", "Deliveries that have ended.", "rung", "outcome")
    _delivery_attempts = counter(
        "errand_delivery_attempts_total", "Attempts at a delivery, unsent attempts included.", "rung", "outcome"
    )
    oldest_delivery = gauge(
        "errand_delivery_oldest_seconds",
        "Time for which the most overdue delivery has been due.",
        over_workers="livemax",
    )
    extra_miles = counter(
        "errand_extra_miles_total",
        "Extra miles that have ended; `served` if the step was carried out.",
        "path",
        "outcome",
    )
    breaker_open = gauge(
        "errand_breaker_open",
        "1 while a worker makes no call to a destination, or a single call as a trial.",
        "destination",
        over_workers="livemax",
    )
    _sayings_refused = counter(
        "errand_sayings_refused_total",
        "Sentences of fulfilment systems kept from customers: they promote, or were judged too late.",
        "rung",
    )
    _capacity_probes = counter("errand_capacity_probes_total", "Capacity probes made.", "destination", "result")
    _queue_waiting = gauge(
        "errand_queue_waiting_seconds",
        "Waiting time of a queue, by its last capacity probe.",
        "rung",
        over_workers="livemostrecent",
    )

    # Promises
    promises = counter(
        "errand_promises_total",
        "Promises made, kept, failed and withdrawn. `kept_late` were kept after their due time.",
        "desk",
        "result",
    )
    _late_promises = gauge(
        "errand_promises_late", "Promises that are open after their due time.", "desk", over_workers="livemostrecent"
    )
    oldest_late_promise = gauge(
        "errand_promise_oldest_late_seconds",
        "Time since the due time of the promise that is late for longest.",
        over_workers="livemostrecent",
    )

    # Record
    commit_seconds = histogram("errand_commit_seconds", "Time to commit a batch.", buckets=REQUEST_BUCKETS)
    commit_batch_size = histogram("errand_commit_batch_size", "Decisions in a commit.", buckets=BATCH_BUCKETS)
    queue_depth = gauge("errand_commit_queue_depth", "Decisions waiting for their commit.", over_workers="livesum")
    spooled = counter("errand_spooled_total", "Decisions kept in the spool while the database was away.")
    spool_replayed = counter(
        "errand_spool_replayed_total", "Decisions brought from the spool to the database.", "result"
    )
    spool_records = gauge(
        "errand_spool_records", "Decisions in the spool that the database has yet to take.", over_workers="livesum"
    )
    spool_bytes = gauge("errand_spool_bytes", "Size of those decisions on the disk.", over_workers="livesum")
    announced = counter("errand_announced_total", "Announcements acknowledged by the broker.", "kind")
    announcements_pending = gauge(
        "errand_announcements_pending", "Announcements that wait for the broker.", over_workers="livemax"
    )

    # Versions
    edition_failed = gauge(
        "errand_edition_failed",
        "1 while a worker is unable to serve the published edition and serves the edition before.",
        over_workers="livemax",
    )
    info = gauge("errand_info", "1 for the versions in use.", "version", "bundle", "catalogue", over_workers="liveall")

    def __init__(self) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series for each counter; nobody reads it
        registry = self.registry = CollectorRegistry()
        for attribute, declaration in declarations(Instruments).items():
            setattr(self, attribute, declaration.make(registry))
        # A series that exists from the start lets an alert ask for its rate before the first event.
        self.refused = {reason: self._refused.labels(reason) for reason in REFUSAL_REASONS}
        self.abstentions = {reason: self._abstentions.labels(reason.value) for reason in Abstention}
        self.confidence = {stage: self._confidence.labels(stage.value) for stage in Stage}
        self._late_desks: set[str] = set()
        self._bound: dict[tuple[str, int], tuple[Counter, Histogram]] = {}
        if MULTIPROCESS_VARIABLE not in os.environ:
            ProcessCollector(registry=registry)

    def count_request(self, endpoint: str, status: int, seconds: float) -> None:
        """Count one answer. `endpoint` is the template of the route, since the address itself may hold ids."""
        bound = self._bound.get((endpoint, status))
        if bound is None:
            bound = (self._requests.labels(endpoint, status), self._request_seconds.labels(endpoint))
            self._bound[endpoint, status] = bound
        bound[0].inc()
        bound[1].observe(seconds)

    def count_attempt(self, rung: str, outcome: DeliveryOutcome, *, is_last: bool) -> None:
        """Count one attempt at a delivery. `rung` is its name in the catalogue."""
        self._delivery_attempts.labels(rung, outcome.value).inc()
        if is_last:
            self._deliveries.labels(rung, outcome.value).inc()

    def count_refused_saying(self, rung: str) -> None:
        """Count one refused sentence of the system behind a rung. `rung` is its name in the catalogue."""
        self._sayings_refused.labels(rung).inc()

    def count_probe(self, destination: str, result: str) -> None:
        """Count one question to a capacity probe. `result` is `told`, or the kind of failure."""
        self._capacity_probes.labels(destination, result).inc()

    def show_waiting(self, queues: Iterable[str], seconds: float) -> None:
        """Show the waiting time that a capacity probe told for its queue rungs."""
        for queue in queues:
            self._queue_waiting.labels(queue).set(seconds)

    def show_late_promises(self, late: Mapping[str, int]) -> None:
        """Show the late promises of each desk. A desk that is missing has none any more."""
        self._late_desks |= late.keys()
        for desk in self._late_desks:
            self._late_promises.labels(desk).set(late.get(desk, 0))

    def count_effort(self, events: Iterable[EffortEvent]) -> None:
        """Count every event of a decision, once the decision is committed."""
        for event in events:
            told = (event.cause, event.intent, event.path, event.entry_point)
            self._effort.labels(event.kind.value, *(each or "none" for each in told)).inc(event.amount)

    def count_outcome(self, outcome: Outcome, decision: Decision) -> None:
        """Count a report that changed the known outcome."""
        goal, entry_point = decision.goal or "none", decision.entry_point or "none"
        self._outcomes.labels(outcome.result.value, goal, decision.path, entry_point).inc()

    def exposition(self) -> tuple[bytes, str]:
        """Return the text that Prometheus reads, summed over all workers, and its content type."""
        folder = os.environ.get(MULTIPROCESS_VARIABLE)
        if folder is None:
            return generate_latest(self.registry), CONTENT_TYPE_LATEST
        forget_dead_workers(Path(folder))
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        return generate_latest(registry), CONTENT_TYPE_LATEST


def forget_dead_workers(folder: Path) -> None:
    """Drop the gauges of workers that are gone, since a killed worker leaves them behind."""
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
