"""Turns a delivery into a row, and back."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import RowMapping

from service.domain.delivery import DeliveryOutcome, DeliveryReport, DeliveryState, Dispatch, Lease, Payload
from service.domain.understanding import Channel


def to_row(dispatch: Dispatch, *, due_at: datetime) -> dict[str, Any]:
    """Return the row of a delivery before its first attempt."""
    return {
        "delivery_id": dispatch.delivery_id,
        "decision_id": dispatch.decision_id,
        "number": dispatch.number,
        "contact_key": dispatch.contact_key,
        "goal": dispatch.goal,
        "path": dispatch.path,
        "rung": dispatch.rung,
        "name": dispatch.name,
        "channel": dispatch.channel,
        "payload": to_payload_text(dispatch.payload),
        "state": DeliveryState.PENDING,
        "attempt": 0,
        "calls": 0,
        "due_at": due_at,
        "began_at": dispatch.began_at,
        "created_at": dispatch.created_at,
    }


def to_payload_text(payload: Payload) -> str:
    return orjson.dumps({"details": payload.details, "learned": payload.learned}).decode()


def to_lease(row: RowMapping, *, attempt: int) -> Lease:
    """Return the lease of a pending delivery. `row` is its row before it was leased."""
    dispatch = Dispatch(
        delivery_id=row["delivery_id"],
        decision_id=row["decision_id"],
        number=row["number"],
        contact_key=row["contact_key"],
        goal=row["goal"],
        path=row["path"],
        rung=row["rung"],
        name=row["name"],
        channel=None if row["channel"] is None else Channel(row["channel"]),
        payload=Payload(**orjson.loads(row["payload"])),
        began_at=row["began_at"],
        created_at=row["created_at"],
    )
    return Lease(dispatch=dispatch, attempt=attempt, calls=row["calls"])


def to_report(row: RowMapping) -> DeliveryReport:
    return DeliveryReport(
        delivery_id=row["delivery_id"],
        decision_id=row["decision_id"],
        number=row["number"],
        goal=row["goal"],
        path=row["path"],
        rung=row["rung"],
        name=row["name"],
        channel=None if row["channel"] is None else Channel(row["channel"]),
        state=DeliveryState(row["state"]),
        outcome=None if row["outcome"] is None else DeliveryOutcome(row["outcome"]),
        attempt=row["attempt"],
        calls=row["calls"],
        created_at=row["created_at"],
        due_at=row["due_at"],
        leased_until=row["leased_until"],
        finished_at=row["finished_at"],
    )
