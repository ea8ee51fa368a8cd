"""Facts become metrics here, and nowhere else."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from service.domain.announcement import of_decision
from service.domain.delivery import EXTRA_MILE, Lease
from service.domain.effort import EffortEvent, EventKind
from service.domain.outcome import Outcome, OutcomeResult
from service.domain.promise import LatePromises, PromiseMoved, PromiseState
from service.domain.recording import DecisionWrite
from service.domain.understanding import (
    Abstention,
    Candidate,
    Channel,
    Goal,
    Prediction,
    Stage,
    Status,
    Understanding,
    Verdict,
)
from service.measure.instruments import Instruments
from service.measure.observers import (
    ContactObserver,
    DeliveryObserver,
    EditionObserver,
    PromiseObserver,
    RecordObserver,
)
from tests.support.app import Metrics
from tests.support.decisions import NOON, a_decision
from tests.support.deliveries import a_dispatch, failed, served, tried_again
from tests.support.promises import DUE_AT, a_held_promise, a_promise


@pytest.fixture
def instruments() -> Instruments:
    return Instruments()


def told(instruments: Instruments) -> Metrics:
    return Metrics(instruments.exposition()[0].decode())


def an_understanding(*intents: str, **fields: Any) -> Understanding:
    """Accepted goals, or an abstention without any."""
    goals = tuple([Goal(intent=each, title=each, confidence=0.9, urgent=False) for each in intents])
    status, reason = (Status.UNDERSTOOD, None) if goals else (Status.NO_GOAL_YET, Abstention.NO_GOAL_YET)
    prediction = Prediction(
        candidates=(Candidate(intent="track_order", confidence=0.9),),
        in_scope=0.9,
        stage=Stage.LEXICAL,
        lexical_seconds=0.001,
        encoder_seconds=0.0,
    )
    return Understanding(
        prediction=replace(prediction, **fields),
        verdict=Verdict(status=status, reason=reason, goals=goals, options=(), confidence=0.9),
        utterance="",
    )


def a_write(*events: EffortEvent, **decision: Any) -> DecisionWrite:
    return DecisionWrite(decision=a_decision(**decision), answer=b"{}", events=events)


def an_event(kind: EventKind, amount: float = 1.0, cause: str | None = None) -> EffortEvent:
    return EffortEvent.of(a_decision(), kind, event_id="e", at=NOON, expires_at=NOON, cause=cause, amount=amount)


# contacts


def test_every_goal_of_a_contact_is_counted(instruments: Instruments) -> None:
    """A contact of two errands has two."""
    ContactObserver(instruments).understood(an_understanding("track_order", "make_booking"))

    assert told(instruments).counts("errand_goals_total", "intent") == {("track_order",): 1, ("make_booking",): 1}


@pytest.mark.parametrize(
    ("understanding", "was_read", "counts", "reason"),
    [
        (an_understanding("track_order"), True, (1, 0, 0, 0), "the lexical head answered"),
        (an_understanding("track_order"), False, (0, 0, 0, 0), "an option was chosen, so nothing was read"),
        (an_understanding("track_order", stage=Stage.ENCODER), True, (1, 1, 0, 0), "the encoder was asked"),
        (an_understanding("track_order", cut_short=True), True, (1, 0, 1, 0), "time was short"),
        (an_understanding(), True, (1, 0, 0, 1), "nothing was accepted"),
    ],
)
def test_a_reading_is_measured(
    instruments: Instruments,
    understanding: Understanding,
    *,
    was_read: bool,
    counts: tuple[int, int, int, int],
    reason: str,
) -> None:
    """Times of both heads, readings cut short, and abstentions."""
    ContactObserver(instruments).understood(understanding, was_read=was_read)

    metrics = told(instruments)
    names = (
        "errand_lexical_seconds_count",
        "errand_encoder_seconds_count",
        "errand_cut_short_total",
        "errand_abstentions_total",
    )
    assert tuple(metrics.total(name) for name in names) == counts, reason
    assert metrics.total("errand_confidence_count") == was_read


@pytest.mark.parametrize(
    ("decision", "contact", "wrong_doors", "reason"),
    [
        ({"entry_point": "reservations-line"}, ("reservations-line", "voice"), 0, "the right door"),
        ({"wrong_door": True}, ("reservations-line", "voice"), 1, "a door for other goals"),
        ({"wrong_door": True, "goal": None}, ("reservations-line", "voice"), 0, "without a goal no door is wrong"),
        ({"entry_point": None, "channel": None}, ("none", "none"), 0, "nothing was told"),
        ({"channel": Channel.CHAT}, ("reservations-line", "chat"), 0, "another channel"),
    ],
)
def test_a_routed_contact_is_counted_by_its_way_in(
    instruments: Instruments, decision: dict[str, Any], contact: tuple[str, str], wrong_doors: int, reason: str
) -> None:
    """Labels are names of the catalogue and of closed sets."""
    ContactObserver(instruments).routed(a_write(**decision))

    metrics = told(instruments)
    assert metrics.counts("errand_contacts_total", "entry_point", "channel") == {contact: 1}, reason
    assert metrics.total("errand_wrong_door_total") == wrong_doors


def test_effort_is_counted_by_its_amount(instruments: Instruments) -> None:
    """A reroute costs effort as a turn does, and is no contact of its own."""
    observer = ContactObserver(instruments)

    observer.routed(a_write(an_event(EventKind.WAITING, 60.0)))
    observer.rerouted(a_write(an_event(EventKind.TRANSFER, cause="door")))

    metrics = told(instruments)
    assert metrics.counts("errand_effort_total", "kind", "cause") == {("waiting", "none"): 60, ("transfer", "door"): 1}
    assert metrics.total("errand_contacts_total") == 1


def test_repeats_and_outcomes_are_counted(instruments: Instruments) -> None:
    """An outcome is counted for the goal of its decision."""
    observer = ContactObserver(instruments)

    observer.replayed()
    observer.outcome_told(
        Outcome(decision_id="d", result=OutcomeResult.DONE, reported_at=NOON), a_decision(goal="track_order")
    )

    metrics = told(instruments)
    assert metrics.total("errand_idempotent_replays_total") == 1
    assert metrics.total("errand_outcomes_total", result="done", intent="track_order") == 1


# deliveries


def test_every_attempt_is_counted_and_every_end_once(instruments: Instruments) -> None:
    """A delivery that is tried again has not ended."""
    observer, lease = DeliveryObserver(instruments), Lease(dispatch=a_dispatch(), attempt=1, calls=0)

    for settlement in (tried_again(lease), failed(lease), served(lease)):
        observer.settled(settlement)

    metrics = told(instruments)
    assert metrics.total("errand_delivery_attempts_total", rung="order-lookup") == 3
    assert metrics.counts("errand_deliveries_total", "outcome") == {("timeout",): 1, ("served",): 1}
    assert metrics.total("errand_extra_miles_total") == 0


def test_an_extra_mile_is_counted_by_its_path(instruments: Instruments) -> None:
    """Only its end counts."""
    observer = DeliveryObserver(instruments)
    lease = Lease(dispatch=a_dispatch(number=EXTRA_MILE), attempt=1, calls=0)

    observer.settled(tried_again(lease))
    observer.settled(served(lease))

    assert told(instruments).counts("errand_extra_miles_total", "path", "outcome") == {("track_order", "served"): 1}


@pytest.mark.parametrize(("is_closed", "shown"), [(True, 0), (False, 1)])
def test_an_open_breaker_is_shown(instruments: Instruments, *, is_closed: bool, shown: int) -> None:
    """An alert can be made of it."""
    DeliveryObserver(instruments).breaker("https://orders.example", is_closed=is_closed)

    assert told(instruments).total("errand_breaker_open", destination="https://orders.example") == shown


def test_a_probe_tells_the_wait_of_its_queues(instruments: Instruments) -> None:
    """A probe that fails leaves the wait that was told last."""
    observer = DeliveryObserver(instruments)

    observer.probed("https://desk.example", ["front-desk", "back-desk"], 42.0)
    observer.probe_failed("https://desk.example", "timeout")

    metrics = told(instruments)
    assert metrics.counts("errand_queue_waiting_seconds", "rung") == {("front-desk",): 42, ("back-desk",): 42}
    assert metrics.counts("errand_capacity_probes_total", "result") == {("told",): 1, ("timeout",): 1}


# the record


def test_the_record_is_watched(instruments: Instruments) -> None:
    """Commits, the spool and announcements each have their metrics."""
    observer, announcement = RecordObserver(instruments), of_decision(a_decision())

    observer.committed(3, 0.004)
    observer.spooled()
    observer.replayed("committed")
    observer.announced(announcement)
    observer.backlog(oldest_delivery_seconds=9.0, announcements=2)

    metrics = told(instruments)
    assert metrics.total("errand_commit_batch_size_sum") == 3
    assert metrics.total("errand_commit_seconds_sum") == pytest.approx(0.004)
    assert metrics.total("errand_spooled_total") == 1
    assert metrics.total("errand_spool_replayed_total", result="committed") == 1
    assert metrics.total("errand_announced_total", kind=announcement.kind.value) == 1
    assert metrics.total("errand_delivery_oldest_seconds") == 9
    assert metrics.total("errand_announcements_pending") == 2


# promises


def test_promises_are_counted_by_their_desk(instruments: Instruments) -> None:
    """Made by a decision, a reroute or the end of a call, and ended by a desk, in time or late, or withdrawn."""
    contacts, deliveries, promises = (
        ContactObserver(instruments),
        DeliveryObserver(instruments),
        PromiseObserver(instruments),
    )
    contacts.routed(replace(a_write(), promises=(a_promise(), a_promise()), withdrawn_promises=(a_held_promise(),)))
    contacts.rerouted(replace(a_write(), promises=(a_promise(),)))
    settled = failed(Lease(dispatch=a_dispatch(), attempt=1, calls=0))
    deliveries.settled(replace(settled, promise=a_promise()))
    for state, ended_at in (
        (PromiseState.KEPT, DUE_AT),
        (PromiseState.KEPT, DUE_AT + timedelta(seconds=1)),
        (PromiseState.FAILED, DUE_AT),
        (PromiseState.CLAIMED, None),
    ):
        promises.moved(PromiseMoved(promise=a_held_promise(state=state, ended_at=ended_at), is_new=True))

    counted = told(instruments).counts("errand_promises_total", "desk", "result")
    results = {"made": 4, "withdrawn": 1, "kept": 1, "kept_late": 1, "failed": 1}
    assert counted == {("order-desk", result): count for result, count in results.items()}


def test_late_promises_are_shown_until_they_end(instruments: Instruments) -> None:
    """By desk, with the age of the oldest of all desks."""
    observer = PromiseObserver(instruments)
    late = [
        LatePromises(desk="a", count=2, oldest_due_at=NOON),
        LatePromises(desk="b", count=1, oldest_due_at=NOON + timedelta(seconds=30)),
    ]

    observer.late(late, NOON + timedelta(minutes=1))
    before = told(instruments)
    observer.late(late[1:], NOON + timedelta(minutes=1))
    after = told(instruments)
    observer.late([], NOON)

    assert before.counts("errand_promises_late", "desk") == {("a",): 2, ("b",): 1}
    assert (before.total("errand_promise_oldest_late_seconds"), after.total("errand_promise_oldest_late_seconds")) == (
        60,
        30,
    )
    assert after.counts("errand_promises_late", "desk") == {("b",): 1}
    assert told(instruments).total("errand_promise_oldest_late_seconds") == 0


def test_versions_in_use_are_shown(instruments: Instruments) -> None:
    """A swap takes one out of use and another into use."""
    observer = EditionObserver(instruments, "0.2.0")

    observer.in_use("bundle-1", "catalogue-1", is_in_use=True)
    observer.in_use("bundle-1", "catalogue-1", is_in_use=False)
    observer.in_use("bundle-2", "catalogue-2", is_in_use=True)

    assert told(instruments).counts("errand_info", "version", "bundle", "catalogue") == {
        ("0.2.0", "bundle-2", "catalogue-2"): 1
    }
