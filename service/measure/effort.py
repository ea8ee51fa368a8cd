"""Customer effort, counted from events. What a customer says about it in a survey is another thing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from service.domain.ledger import Event, EventKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """What one contact, or many, had to do and to bear."""

    transfers: int = 0
    repeats: int = 0
    re_asks: int = 0
    identity_prompts: int = 0
    """Details that a rung asked for."""
    clarifying_turns: int = 0
    waiting_seconds: float = 0.0
    """The longest waits that queues promised, added up."""


def counted(events: Iterable[Event]) -> Effort:
    """Every event once; a reroute is counted by the transfer that it is."""
    amounts = dict.fromkeys(EventKind, 0.0)
    for event in events:
        amounts[event.kind] += event.amount
    return effort_of(amounts)


def effort_of(amounts: dict[EventKind, float]) -> Effort:
    """From the sums by kind; a kind that is missing did not happen."""

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
