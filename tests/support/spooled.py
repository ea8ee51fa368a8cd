"""Decisions with everything that is committed with them, for tests of the spool."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson

from service.domain.effort import EffortEvent, EventKind
from service.domain.kept_text import KeptText
from service.domain.ledger import Agenda, GoalState, HeldGoal, Ledger, LedgerChange
from service.domain.recording import DecisionWrite, IdempotencyKey
from tests.support.decisions import NOON, a_decision
from tests.support.deliveries import a_dispatch, the_step_of

DAY = timedelta(days=1)


def a_write(number: int = 1, **overrides: Any) -> DecisionWrite:
    """Decision `d-0001` and so on, under a key of its own."""
    decision_id = f"d-{number:04}"
    fields: dict[str, Any] = {
        "decision": a_decision(decision_id=decision_id, contact_key=f"contact-{number}"),
        "idempotency": IdempotencyKey(key_hash=f"key-{number}", body_hash="body", retention=DAY),
        "answer": orjson.dumps({"decision_id": decision_id, "degraded": False, "why": "Grüße — 你好"}),
    }
    return DecisionWrite(**fields | overrides)


def a_full_write(number: int = 1) -> DecisionWrite:
    """One with a delivery, its step, a change of its contact's agenda, effort, and a text that may be kept."""
    write = a_write(number)
    decision = write.decision
    dispatch = a_dispatch(decision_id=decision.decision_id, contact_key=decision.contact_key)
    return a_write(
        number,
        dispatches=(dispatch,),
        steps=(the_step_of(dispatch, learned={"depot": "north", "shelf": 4}),),
        change=a_change(decision.contact_key, ("track_order",), decision_id=decision.decision_id),
        events=(
            EffortEvent.of(
                decision, EventKind.CLARIFY, event_id=f"event-{number}", at=NOON, expires_at=NOON + 30 * DAY
            ),
        ),
        text=KeptText(redacted="the depot keeps my parcel, write to <email> — 你好", until=NOON + 7 * DAY),
    )


def a_ledger(contact_key: str, intents: tuple[str, ...], **overrides: Any) -> Ledger:
    """Each intent was named in a turn of its own."""
    goals = [
        HeldGoal(
            intent=intent,
            state=GoalState.BEING_SERVED,
            turn=turn,
            opened_at=NOON + timedelta(minutes=turn),
            changed_at=NOON + timedelta(minutes=turn),
        )
        for turn, intent in enumerate(intents, start=1)
    ]
    fields: dict[str, Any] = {
        "contact_key": contact_key,
        "turns": len(intents),
        "opened_at": NOON,
        "expires_at": NOON + 30 * DAY,
        "agenda": Agenda(goals=tuple(goals)),
    }
    return Ledger(**fields | overrides)


def a_change(
    contact_key: str, intents: tuple[str, ...], *, revision: int = 0, decision_id: str | None = None
) -> LedgerChange:
    """The turn that names the last of `intents`, after those that named the others."""
    before = a_ledger(contact_key, intents[:-1], revision=revision)
    after = a_ledger(contact_key, intents, revision=revision)
    if len(intents) == 1:
        before = Ledger(contact_key=contact_key, revision=revision)
    return LedgerChange(before=before, after=after, at=NOON + timedelta(minutes=len(intents)))
