"""Builds decisions for tests that do not care about most of their fields."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime
from typing import Any

from service.domain.decision import Decision
from service.domain.recording import DecisionWrite, Recorded
from service.domain.understanding import Channel, Status
from service.record.recorder import Recorder

_numbers = itertools.count(1)
NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def a_decision(**overrides: Any) -> Decision:
    """A decision that was understood, with an id of its own; `overrides` replace any field."""
    number = next(_numbers)
    fields: dict[str, Any] = {
        "decision_id": f"decision-{number}",
        "contact_key": f"contact-key-{number}",
        "repeat_key": None,
        "channel": Channel.VOICE,
        "entry_point": "reservations-line",
        "status": Status.UNDERSTOOD,
        "reason": None,
        "goal": "track_order",
        "path": "track_order",
        "rung": 0,
        "confidence": 0.97,
        "wrong_door": False,
        "degraded": False,
        "bundle": "bundle-hash",
        "catalogue": "catalogue-hash",
        "decided_at": NOON,
        "answer": {"status": "understood", "goal": "track_order", "why": "They ask where their order is."},
    }
    return Decision(**fields | overrides)


async def record_decision(recorder: Recorder, decision: Decision, *, answer: bytes, **fields: Any) -> Recorded:
    """Commit a decision with its answer; `fields` are further ones of what is committed with it."""
    written = {name: tuple(value) if isinstance(value, list) else value for name, value in fields.items()}
    return await recorder.commit(DecisionWrite(decision=decision, answer=answer, **written))
