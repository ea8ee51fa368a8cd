"""Customer effort: the events that are counted, and their sums."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.domain.decision import Decision


class EventKind(StrEnum):
    """Kinds of effort for a customer on the way."""

    TRANSFER = "transfer"
    REPEAT = "repeat"
    """The customer came again within the day, by the caller's own reference."""
    RE_ASK = "re_ask"
    """The customer named a goal again while the goal was being served."""
    IDENTITY_PROMPT = "identity_prompt"
    WAITING = "waiting"
    CLARIFY = "clarify"
    REROUTE = "reroute"


@dataclass(frozen=True, slots=True, kw_only=True)
class EffortEvent:
    """One piece of customer effort."""

    event_id: str
    contact_key: str | None
    decision_id: str | None
    kind: EventKind
    intent: str | None
    path: str | None
    entry_point: str | None
    bundle: str
    catalogue: str
    at: datetime
    expires_at: datetime
    cause: str | None = None
    amount: float = 1.0
    """Number of occurrences, or seconds of waiting."""

    @classmethod
    def of(
        cls,
        decision: Decision,
        kind: EventKind,
        *,
        event_id: str,
        at: datetime,
        expires_at: datetime,
        cause: str | None = None,
        amount: float = 1.0,
    ) -> EffortEvent:
        """Return an event of effort that a decision cost its contact."""
        return cls(
            event_id=event_id,
            contact_key=decision.contact_key,
            decision_id=decision.decision_id,
            kind=kind,
            intent=decision.goal,
            path=decision.path,
            entry_point=decision.entry_point,
            bundle=decision.bundle,
            catalogue=decision.catalogue,
            at=at,
            expires_at=expires_at,
            cause=cause,
            amount=amount,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Total effort of one contact, or of many contacts."""

    transfers: int = 0
    repeats: int = 0
    re_asks: int = 0
    identity_prompts: int = 0
    """Details that a rung asked for."""
    clarifying_turns: int = 0
    waiting_seconds: float = 0.0
    """Sum of the longest waits that queues promised."""
