"""Effort is what happened, added up."""

from __future__ import annotations

from datetime import UTC, datetime

from service.domain.effort import Effort, EffortEvent, EventKind
from service.measure.effort import counted

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def an_event(kind: EventKind, amount: float = 1.0) -> EffortEvent:
    return EffortEvent(
        event_id=f"{kind}-{amount}",
        contact_key=None,
        decision_id=None,
        kind=kind,
        intent=None,
        path=None,
        entry_point=None,
        bundle="b",
        catalogue="c",
        at=NOON,
        expires_at=NOON,
        amount=amount,
    )


def test_nothing_costs_nothing() -> None:
    """A contact that was done at once."""
    assert counted([]) == Effort()


def test_every_event_counts_for_its_kind() -> None:
    """Several of a kind add up; a reroute is the transfer that comes with it."""
    amounts = [(kind, 1.0) for kind in EventKind] + [(EventKind.WAITING, 120.0), (EventKind.TRANSFER, 2.0)]

    effort = counted(an_event(kind, amount) for kind, amount in amounts)

    assert effort == Effort(
        transfers=3, repeats=1, re_asks=1, identity_prompts=1, clarifying_turns=1, waiting_seconds=121.0
    )
