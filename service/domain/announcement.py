"""Announcements to other systems of a decision, of the end of a delivery, and of an outcome.

An announcement holds ids, names and figures only. It leaves out the customer's text, details and contact key, and
everything that a fulfilment system handed on or said.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson

from service.domain.decision import Decision
from service.domain.delivery import Settled, Step
from service.domain.outcome import Outcome

NONE = "none"
"""Subject of the announcement of a decision without a goal."""


class AnnouncementKind(StrEnum):
    DECISION = "decision"
    DELIVERY = "delivery"
    OUTCOME = "outcome"


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """One event on its way to the broker."""

    announcement_id: str
    """Same id at every attempt to send, so that a broker can detect a repeat."""
    decision_id: str
    """Announcements of one decision are sent in the order in which they were committed."""
    kind: AnnouncementKind
    about: str
    """Goal of a decision, outcome of a delivery, or result of an outcome."""
    body: bytes
    """UTF-8 JSON."""
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Relayed:
    """Result of sending leased announcements."""

    acknowledged: tuple[str, ...] = ()
    """Ids of announcements that are finished."""
    returned: tuple[str, ...] = ()
    """Ids of announcements that any worker may lease again at once."""


def of_decision(decision: Decision) -> Announcement:
    destination = decision.answer.get("destination") or {}
    return _announcement(
        AnnouncementKind.DECISION,
        announcement_id=decision.decision_id,
        decision_id=decision.decision_id,
        about=decision.goal or NONE,
        at=decision.decided_at,
        told={
            "status": decision.status,
            "reason": decision.reason,
            "goal": decision.goal,
            "confidence": decision.confidence,
            "path": decision.path,
            "rung": decision.rung,
            "destination": {"kind": destination.get("kind"), "name": destination.get("name")},
            "channel": decision.channel,
            "entry_point": decision.entry_point,
            "wrong_door": decision.wrong_door,
            "degraded": decision.degraded,
            "is_advice": decision.is_advice,
            "bundle": decision.bundle,
            "catalogue": decision.catalogue,
        },
    )


def of_delivery(settled: Settled) -> Announcement:
    """Announce a delivery that has ended. A dead delivery that is sent again ends under a new id."""
    dispatch = settled.lease.dispatch
    return _announcement(
        AnnouncementKind.DELIVERY,
        announcement_id=f"{dispatch.delivery_id}.{settled.lease.attempt}",
        decision_id=dispatch.decision_id,
        about=settled.outcome,
        at=settled.step.at,
        told={
            "delivery_id": dispatch.delivery_id,
            "outcome": settled.outcome,
            "state": settled.state,
            "calls": settled.calls,
            "goal": dispatch.goal,
            "path": dispatch.path,
            "channel": dispatch.channel,
            **_place(settled.step),
            "next": None if settled.next_step is None else _place(settled.next_step),
        },
    )


def of_outcome(outcome: Outcome, decision: Decision) -> Announcement:
    """Announce a report on a decision. A later report with other contents has an id of its own."""
    told = {
        "result": outcome.result,
        "reported_by": outcome.reported_by,
        "transfers": outcome.transfers,
        "customer_effort_score": outcome.customer_effort_score,
        "actual_intent": outcome.actual_intent,
        "goal": decision.goal,
        "path": decision.path,
        "channel": decision.channel,
        "entry_point": decision.entry_point,
        "bundle": decision.bundle,
        "catalogue": decision.catalogue,
    }
    which = hashlib.sha256(orjson.dumps([outcome.reported_at, told])).hexdigest()[:16]
    return _announcement(
        AnnouncementKind.OUTCOME,
        announcement_id=f"{outcome.decision_id}.outcome.{which}",
        decision_id=outcome.decision_id,
        about=outcome.result,
        at=outcome.reported_at,
        told=told,
    )


def _announcement(
    kind: AnnouncementKind, *, announcement_id: str, decision_id: str, about: str, at: datetime, told: dict[str, Any]
) -> Announcement:
    return Announcement(
        announcement_id=announcement_id,
        decision_id=decision_id,
        kind=kind,
        about=str(about),
        body=orjson.dumps({"kind": kind, "decision_id": decision_id, "at": at, **told}),
        created_at=at,
    )


def _place(step: Step) -> dict[str, Any]:
    return {"number": step.number, "rung": step.rung, "destination": {"kind": step.kind, "name": step.name}}
