"""Customer effort, counted from events. The customer effort score, which a survey asks for, is separate."""

from __future__ import annotations

from collections.abc import Iterable

from service.domain.effort import Effort, EffortEvent, EventKind


def counted(events: Iterable[EffortEvent]) -> Effort:
    """Count every event once. A reroute is counted by the transfer that it is."""
    amounts = dict.fromkeys(EventKind, 0.0)
    for event in events:
        amounts[event.kind] += event.amount
    return effort_of(amounts)


def effort_of(amounts: dict[EventKind, float]) -> Effort:
    """Return the effort of sums by kind. A missing kind counts as zero."""

    def times(kind: EventKind) -> int:
        return int(amounts.get(kind, 0))

    return Effort(
        transfers=times(EventKind.TRANSFER),
        repeats=times(EventKind.REPEAT),
        re_asks=times(EventKind.RE_ASK),
        identity_prompts=times(EventKind.IDENTITY_PROMPT),
        clarifying_turns=times(EventKind.CLARIFY),
        waiting_seconds=amounts.get(EventKind.WAITING, 0.0),
    )
