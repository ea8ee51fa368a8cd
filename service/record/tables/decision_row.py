"""Turns a decision into a row, and back."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import RowMapping

from service.domain.decision import Decision
from service.domain.understanding import Abstention, Channel, Status


def to_row(decision: Decision) -> dict[str, Any]:
    return {
        "decision_id": decision.decision_id,
        "contact_key": decision.contact_key,
        "repeat_key": decision.repeat_key,
        "channel": decision.channel,
        "entry_point": decision.entry_point,
        "status": decision.status,
        "reason": decision.reason,
        "goal": decision.goal,
        "path": decision.path,
        "rung": decision.rung,
        "confidence": decision.confidence,
        "wrong_door": decision.wrong_door,
        "degraded": decision.degraded,
        "is_advice": decision.is_advice,
        "bundle": decision.bundle,
        "catalogue": decision.catalogue,
        "decided_at": decision.decided_at,
        "answer": orjson.dumps(decision.answer).decode(),
    }


def to_decision(row: RowMapping) -> Decision:
    return Decision(
        decision_id=row["decision_id"],
        contact_key=row["contact_key"],
        repeat_key=row["repeat_key"],
        channel=None if row["channel"] is None else Channel(row["channel"]),
        entry_point=row["entry_point"],
        status=Status(row["status"]),
        reason=None if row["reason"] is None else Abstention(row["reason"]),
        goal=row["goal"],
        path=row["path"],
        rung=row["rung"],
        confidence=row["confidence"],
        wrong_door=row["wrong_door"],
        degraded=row["degraded"],
        is_advice=row["is_advice"],
        bundle=row["bundle"],
        catalogue=row["catalogue"],
        decided_at=row["decided_at"],
        answer=orjson.loads(row["answer"]),
    )
