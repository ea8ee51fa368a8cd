"""Observers: they turn the facts that steps return into metrics, so that no step knows an instrument."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from service.domain.announcement import Announcement
from service.domain.decision import Decision
from service.domain.delivery import Settled, Settlement
from service.domain.outcome import Outcome
from service.domain.promise import LatePromises, PromiseMoved, PromiseState
from service.domain.recording import DecisionWrite
from service.domain.understanding import Stage, Understanding
from service.measure.instruments import Instruments


class ContactObserver:
    """Counts the events on the way of a contact."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def understood(self, understanding: Understanding, *, was_read: bool = True) -> None:
        """A contact was understood. `was_read` is false for an option that the customer chose."""
        for goal in understanding.verdict.goals:
            self._instruments.goals.labels(goal.intent).inc()
        if was_read:
            self._reading(understanding)

    def _reading(self, understanding: Understanding) -> None:
        instruments, prediction, verdict = self._instruments, understanding.prediction, understanding.verdict
        instruments.lexical_seconds.observe(prediction.lexical_seconds)
        if prediction.stage is Stage.ENCODER:
            instruments.encoder_seconds.observe(prediction.encoder_seconds)
        if prediction.cut_short:
            instruments.cut_short.inc()
        instruments.confidence[prediction.stage].observe(verdict.confidence)
        if verdict.reason is not None:
            instruments.abstentions[verdict.reason].inc()

    def routed(self, write: DecisionWrite) -> None:
        """A decision on a turn was committed."""
        decision = write.decision
        entry_point = decision.entry_point or "none"
        self._instruments.contacts.labels(entry_point, decision.channel or "none").inc()
        if decision.wrong_door and decision.goal is not None:
            self._instruments.wrong_doors.labels(entry_point, decision.goal).inc()
        self._instruments.count_effort(write.events)
        _count_promises(self._instruments, write)

    def rerouted(self, write: DecisionWrite) -> None:
        """A contact was led on."""
        self._instruments.count_effort(write.events)
        _count_promises(self._instruments, write)

    def replayed(self) -> None:
        """A request repeated an earlier one."""
        self._instruments.replays.inc()

    def outcome_told(self, outcome: Outcome, decision: Decision) -> None:
        """A report changed the outcome of a decision."""
        self._instruments.count_outcome(outcome, decision)


class DeliveryObserver:
    """Counts deliveries, calls to destinations and capacity probes."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def settled(self, settlement: Settlement) -> None:
        """An attempt at a delivery came to an end."""
        dispatch, is_last = settlement.lease.dispatch, isinstance(settlement, Settled)
        self._instruments.count_attempt(dispatch.name, settlement.outcome, is_last=is_last)
        if isinstance(settlement, Settled) and settlement.promise is not None:
            self._instruments.promises.labels(settlement.promise.desk, "made").inc()
        if is_last and dispatch.is_extra_mile:
            self._instruments.extra_miles.labels(dispatch.path, settlement.outcome.value).inc()

    def breaker(self, origin: str, *, is_closed: bool) -> None:
        """The breaker of a destination changed."""
        self._instruments.breaker_open.labels(origin).set(not is_closed)

    def probed(self, destination: str, queues: Iterable[str], waiting_seconds: float) -> None:
        """A capacity probe was answered."""
        self._instruments.count_probe(destination, "told")
        self._instruments.show_waiting(queues, waiting_seconds)

    def probe_failed(self, destination: str, failure: str) -> None:
        """A capacity probe failed. `failure` is the name of a delivery outcome."""
        self._instruments.count_probe(destination, failure)


class RecordObserver:
    """Counts commits, the spool and announcements."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def committed(self, batch_size: int, seconds: float) -> None:
        """A batch of decisions was committed."""
        self._instruments.commit_batch_size.observe(batch_size)
        self._instruments.commit_seconds.observe(seconds)

    def spooled(self) -> None:
        """A decision was kept in the spool."""
        self._instruments.spooled.inc()

    def replayed(self, fate: str) -> None:
        """A spooled decision reached the database, or was rejected by the database."""
        self._instruments.spool_replayed.labels(fate).inc()

    def announced(self, announcement: Announcement) -> None:
        """The broker acknowledged an announcement."""
        self._instruments.announced.labels(announcement.kind.value).inc()

    def backlog(self, *, oldest_delivery_seconds: float, announcements: int) -> None:
        """Deliveries and announcements that wait in the database."""
        self._instruments.oldest_delivery.set(oldest_delivery_seconds)
        self._instruments.announcements_pending.set(announcements)


class PromiseObserver:
    """Counts promises that end, and shows promises that are late."""

    def __init__(self, instruments: Instruments) -> None:
        self._instruments = instruments

    def moved(self, moved: PromiseMoved) -> None:
        """A desk has changed a promise."""
        promise = moved.promise
        if promise.ended_at is not None:
            is_late = promise.state is PromiseState.KEPT and promise.ended_at > promise.due_at
            self._instruments.promises.labels(promise.desk, "kept_late" if is_late else promise.state.value).inc()

    def late(self, late: Sequence[LatePromises], now: datetime) -> None:
        """Promises that are open after their due time."""
        self._instruments.show_late_promises({each.desk: each.count for each in late})
        oldest = min((each.oldest_due_at for each in late), default=now)
        self._instruments.oldest_late_promise.set((now - oldest).total_seconds())


def _count_promises(instruments: Instruments, write: DecisionWrite) -> None:
    for promise in write.promises:
        instruments.promises.labels(promise.desk, "made").inc()
    for withdrawn in write.withdrawn_promises:
        instruments.promises.labels(withdrawn.desk, "withdrawn").inc()


class EditionObserver:
    """Shows which versions are in use."""

    def __init__(self, instruments: Instruments, version: str) -> None:
        self._instruments = instruments
        self._version = version

    def in_use(self, bundle: str, catalogue: str, *, is_in_use: bool) -> None:
        """An edition was taken into use, or out of use."""
        self._instruments.info.labels(self._version, bundle, catalogue).set(is_in_use)
