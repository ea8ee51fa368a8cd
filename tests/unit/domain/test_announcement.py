"""What other systems are told, and under which id."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson

from service.domain.announcement import of_decision, of_delivery, of_outcome
from service.domain.delivery import Lease
from service.domain.outcome import Outcome, OutcomeResult, Reporter
from tests.support.decisions import NOON, a_decision
from tests.support.deliveries import a_dispatch, failed

OUTCOME = Outcome(
    decision_id="decision-1", result=OutcomeResult.PARTLY, reported_at=NOON, reported_by=Reporter.AGENT, transfers=2
)


def test_a_delivery_tells_where_it_led() -> None:
    """The rung that did not answer, and the one that takes the contact now; nothing that was said or handed on."""
    dispatch = a_dispatch()
    announcement = of_delivery(failed(Lease(dispatch=dispatch, attempt=3, calls=2)))

    assert announcement.announcement_id == f"{dispatch.delivery_id}.3"
    assert orjson.loads(announcement.body) == {
        "kind": "delivery",
        "decision_id": dispatch.decision_id,
        "at": NOON.isoformat(),
        "delivery_id": dispatch.delivery_id,
        "outcome": "timeout",
        "state": "dead",
        "calls": 3,
        "goal": "track_order",
        "path": "track_order",
        "channel": "chat",
        "number": 0,
        "rung": 0,
        "destination": {"kind": "http", "name": "order-lookup"},
        "next": {"number": 1, "rung": 1, "destination": {"kind": "callback", "name": "call-back"}},
    }


def test_an_outcome_is_told_with_what_it_is_about() -> None:
    """By whom, and of which goal, path and door."""
    decision = a_decision(decision_id="decision-1")

    told = orjson.loads(of_outcome(OUTCOME, decision).body)

    assert told == {
        "kind": "outcome",
        "decision_id": "decision-1",
        "at": NOON.isoformat(),
        "result": "partly",
        "reported_by": "agent",
        "transfers": 2,
        "customer_effort_score": None,
        "actual_intent": None,
        "goal": "track_order",
        "path": "track_order",
        "channel": "voice",
        "entry_point": "reservations-line",
        "bundle": "bundle-hash",
        "catalogue": "catalogue-hash",
    }


def test_an_id_is_that_of_one_thing() -> None:
    """The same for the same report, and another for one that says something else, or the same once more."""
    decision = a_decision(decision_id="decision-1")
    others = [replace(OUTCOME, transfers=3), replace(OUTCOME, reported_at=NOON + timedelta(hours=1))]

    ids = {of_outcome(each, decision).announcement_id for each in (OUTCOME, replace(OUTCOME), *others)}

    assert len(ids) == 3
    assert of_decision(decision).announcement_id == "decision-1"
