"""An event of effort is about the decision that cost it."""

from __future__ import annotations

from datetime import timedelta

from service.domain.effort import EffortEvent, EventKind
from tests.support.decisions import NOON, a_decision

LATER = NOON + timedelta(hours=1)


def test_an_event_carries_what_reports_group_by() -> None:
    """Goal, path, entry point and versions are those of the decision."""
    decision = a_decision(goal="track_order", entry_point="reservations-line")

    event = EffortEvent.of(
        decision, EventKind.WAITING, event_id="e-1", at=LATER, expires_at=LATER, cause="door", amount=60.0
    )

    assert (event.contact_key, event.decision_id) == (decision.contact_key, decision.decision_id)
    assert (event.intent, event.path, event.entry_point) == ("track_order", "track_order", "reservations-line")
    assert (event.bundle, event.catalogue) == (decision.bundle, decision.catalogue)
    assert (event.kind, event.cause, event.amount) == (EventKind.WAITING, "door", 60.0)
    assert (event.at, event.expires_at) == (LATER, LATER)


def test_an_event_happens_once_unless_it_says_otherwise() -> None:
    """Most kinds are counted one by one."""
    event = EffortEvent.of(a_decision(), EventKind.REPEAT, event_id="e-1", at=NOON, expires_at=LATER)

    assert (event.amount, event.cause) == (1.0, None)
